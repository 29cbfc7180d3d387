package scenario

import (
	"encoding/json"
	"fmt"
	"strings"

	reflector "github.com/invopop/jsonschema"
)

// Language is another kind of file that is read as scenarios are: by the same scan,
// the same bounds, a schema of its own, and with all faults of form at once.
type Language struct {
	Word  string // What a file of it is called in faults: "description".
	ID    string // Names its schema; nothing is fetched from it.
	Title string
	About string
	Tree  any // A pointer to the zero value of what a file is read into.
}

// Schema returns the language's JSON Schema (draft 2020-12), indented.
func (l Language) Schema() ([]byte, error) {
	data, err := json.MarshalIndent(l.reflected(), "", "  ")
	if err != nil {
		return nil, err
	}
	return append(data, '\n'), nil
}

func (l Language) reflected() *reflector.Schema {
	r := reflector.Reflector{RequiredFromJSONSchemaTags: true, ExpandedStruct: true, Anonymous: true, Mapper: numbers}
	s := r.Reflect(l.Tree)
	s.ID, s.Title, s.Description = reflector.ID(l.ID), l.Title, l.About
	return s
}

// Page is a file of a language once it was read: where everything stands.
type Page struct{ file File }

// Read reads a file into into, which has the type of l.Tree. The name is for
// messages. The error is Faults when the file is at fault.
func (l Language) Read(name string, data []byte, into any) (*Page, error) {
	src := open(name, data, nil)
	src.word = l.Word
	d, faults := load(&src)
	if d == nil {
		return nil, faults.sort()
	}
	schema, err := compileAs(l.reflected(), l.ID)
	if err != nil {
		return nil, fmt.Errorf("compile the schema of a %s: %w", l.Word, err)
	}
	faults = append(faults, d.validate(schema)...)
	if len(faults) > 0 {
		return nil, faults.sort()
	}
	if err := json.Unmarshal(d.out, into); err != nil {
		return nil, Faults{src.fault(where{}, "the file cannot be read: "+err.Error(), "")}
	}
	return &Page{File{source: src, places: d.places}}, nil
}

// Fault returns a fault of meaning at a path, such as states.login.on[0].when. A
// remedy may be "".
func (p *Page) Fault(path, message, remedy string) Fault { return p.file.Fault(path, message, remedy) }

// At returns where the value of a path stands. See File.At.
func (p *Page) At(path string) Place { return p.file.At(path) }

// reword speaks of a file by the word of its language.
func (s *source) reword(text string) string {
	if s.word == "" {
		return text
	}
	text = strings.ReplaceAll(text, "a scenario needs at least duration and populations; `loginstorm schema` describes it", "see the commented template")
	text = strings.ReplaceAll(text, "begin with duration: and populations:", "begin with name:")
	return strings.ReplaceAll(text, "scenario", s.word)
}
