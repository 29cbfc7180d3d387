package scenario

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// Parse reads a scenario, and puts patches onto it, one after the other. The name
// is for messages; it is not opened. The error is Faults when the file or a patch is
// at fault: all faults of form at once. It does not judge meaning: that a population
// exists, or that a rate can be kept.
func Parse(name string, data []byte, patches ...Patch) (*File, error) {
	return parse(open(name, data, patches), compile)
}

// parse reads a source; the schema is asked for once it is needed.
func parse(src source, compile func() (*jsonschema.Schema, error)) (*File, error) {
	d, faults := load(&src)
	if d == nil {
		return nil, faults.sort()
	}
	schema, err := compile()
	if err != nil {
		return nil, fmt.Errorf("compile the schema of scenarios: %w", err)
	}
	faults = append(faults, d.validate(schema)...)
	if len(faults) > 0 {
		return nil, faults.sort()
	}
	f := &File{source: src, places: d.places}
	if err := json.Unmarshal(d.out, f); err != nil {
		return nil, Faults{src.fault(where{}, "the file cannot be read: "+err.Error(), "")}
	}
	if f.Description == "" {
		f.Description = opening(src.text)
	}
	return f, nil
}

// load reads a source and puts its patches onto it. Without a document there is
// nothing to go on with.
func load(src *source) (*document, Faults) {
	if faults := scan(src); len(faults) > 0 {
		return nil, faults
	}
	t, faults := read(src)
	if t == nil {
		return nil, faults
	}
	faults = append(faults, patch(src, t)...)
	d := write(src, t)
	return d, append(faults, d.faults...)
}

// open makes a source of a file. A byte order mark in front is none of its text.
func open(name string, data []byte, patches []Patch) source {
	return source{name: name, text: strings.TrimPrefix(string(data), "\ufeff"), patches: patches}
}

// validate holds the tree against the schema. Values that were refused while
// reading stand in it as null and are not spoken of again.
func (d *document) validate(schema *jsonschema.Schema) Faults {
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(d.out))
	if err != nil {
		return Faults{d.src.fault(where{}, "the file cannot be read: "+err.Error(), "")}
	}
	var found *jsonschema.ValidationError
	if err := schema.Validate(doc); errors.As(err, &found) {
		return d.explain(found, schema)
	}
	return nil
}

// opening returns the comment a file begins with.
func opening(text string) string {
	var words []string
	for line := range strings.Lines(text) {
		line, ok := strings.CutPrefix(strings.TrimSpace(line), "#")
		if !ok {
			break
		}
		words = append(words, strings.TrimSpace(line))
	}
	return strings.TrimSpace(strings.Join(words, "\n"))
}
