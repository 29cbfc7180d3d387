package scenario

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// Parse reads a scenario. The name is for messages; it is not opened. The error
// is Faults when the file is at fault: all faults of form at once. It does not
// judge meaning: that a population exists, or that a rate can be kept.
func Parse(name string, data []byte) (*File, error) {
	src := open(name, data)
	if faults := scan(&src); len(faults) > 0 {
		return nil, faults.sort()
	}
	r, faults := read(&src)
	if r == nil || len(r.out) == 0 {
		return nil, faults.sort()
	}
	schema, err := compile()
	if err != nil {
		return nil, fmt.Errorf("compile the schema of scenarios: %w", err)
	}
	faults = append(faults, r.validate(schema)...)
	if len(faults) > 0 {
		return nil, faults.sort()
	}
	f := &File{source: src, places: r.places}
	if err := json.Unmarshal(r.out, f); err != nil {
		return nil, Faults{src.fault(Place{}, "the file cannot be read: "+err.Error(), "")}
	}
	if f.Description == "" {
		f.Description = opening(src.text)
	}
	return f, nil
}

// open makes a source of a file. A byte order mark in front is none of its text.
func open(name string, data []byte) source {
	return source{name: name, text: strings.TrimPrefix(string(data), "\ufeff")}
}

// validate holds the tree against the schema. Values that were refused while
// reading stand in it as null and are not spoken of again.
func (r *reader) validate(schema *jsonschema.Schema) Faults {
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(r.out))
	if err != nil {
		return Faults{r.src.fault(Place{}, "the file cannot be read: "+err.Error(), "")}
	}
	var found *jsonschema.ValidationError
	if err := schema.Validate(doc); errors.As(err, &found) {
		return r.explain(found, schema)
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
