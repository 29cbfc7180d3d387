// Package dialects holds the descriptions of dialogues that are shipped, so that a
// scenario names them without a path. How they are written: template.yaml.
package dialects

import (
	"embed"
	"io/fs"
	"strings"
)

//go:embed *.yaml
var files embed.FS

// Read returns a shipped description; false = there is none of that name.
func Read(name string) ([]byte, bool) {
	if name == "template" {
		return nil, false // It is there to be copied.
	}
	data, err := files.ReadFile(name + ".yaml")
	return data, err == nil
}

// Template returns the description to begin with: every word of the language, with
// comments.
func Template() []byte {
	data, _ := files.ReadFile("template.yaml") // It is embedded.
	return data
}

// Names returns what Read knows, sorted.
func Names() []string {
	found, _ := fs.Glob(files, "*.yaml") // The pattern is well formed.
	var names []string
	for _, f := range found {
		if name := strings.TrimSuffix(f, ".yaml"); name != "template" {
			names = append(names, name)
		}
	}
	return names
}
