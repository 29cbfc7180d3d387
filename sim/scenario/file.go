package scenario

import (
	"bytes"
	"encoding/json"

	"github.com/invopop/jsonschema"
)

// File is a scenario file as it was written: nothing is filled in. Absent values
// are nil or zero.
type File struct {
	Name          string         `json:"name,omitempty" jsonschema:"pattern=^[A-Za-z0-9_][A-Za-z0-9_.-]{0\\,63}$" jsonschema_description:"Names run directories. Left out: the file's name."`
	Description   string         `json:"description,omitempty" jsonschema_description:"The question the scenario asks. Left out: the file's opening comment."`
	Seed          *uint64        `json:"seed,omitempty" jsonschema_description:"Where all chance comes from (1)."`
	Duration      Span           `json:"duration" jsonschema:"required" jsonschema_description:"How long the run lasts."`
	Target        *Target        `json:"target,omitempty" jsonschema_description:"Where the clients go. Left out: the embedded gateway."`
	Gateway       *Gateway       `json:"gateway,omitempty" jsonschema_description:"The embedded and the simulated gateway."`
	App           *App           `json:"app,omitempty" jsonschema_description:"The app's own server: it gives tokens out and checks those of third parties. Left out: there is none."`
	AddressServer *AddressServer `json:"addressServer,omitempty" jsonschema_description:"The server that tells clients where to connect. Left out: they know every address."`
	Network       *Network       `json:"network,omitempty" jsonschema_description:"What the links are like."`
	Populations   Populations    `json:"populations" jsonschema:"required" jsonschema_description:"The clients."`
	Timeline      []Entry        `json:"timeline,omitempty" jsonschema:"maxItems=1000" jsonschema_description:"What happens to them."`
	Thresholds    []Threshold    `json:"thresholds,omitempty" jsonschema:"maxItems=1000" jsonschema_description:"What must hold for the run to pass."`
	Abort         []Abort        `json:"abort,omitempty" jsonschema:"maxItems=100" jsonschema_description:"What ends the run before it hurts: conditions over the last seconds, and over target.metrics."`
	Gate          []GateMetric   `json:"gate,omitempty" jsonschema:"maxItems=100" jsonschema_description:"What candidate runs are compared with base runs by. Left out: latency, recovery, herd and processor time."`

	source source
	places map[string]spot
	lost   map[string]bool // Parts that could not be read; nil = none.
}

// JSONSchemaExtend describes the mapping of populations.
func (Populations) JSONSchemaExtend(s *jsonschema.Schema) {
	item := s.Items
	least, most := uint64(1), uint64(1000)
	*s = jsonschema.Schema{Type: "object", AdditionalProperties: item, MinProperties: &least, MaxProperties: &most,
		PropertyNames: &jsonschema.Schema{Pattern: nameShape}, Description: "Populations by name."}
}

// Threshold is a condition on the figures of a run: its text alone, or with what
// happens when it is crossed while the run goes on.
type Threshold struct {
	Text  string `json:"threshold" jsonschema:"required,minLength=1,maxLength=500" jsonschema_description:"The condition, such as p99(connect_to_logged_in) < 800ms."`
	Abort bool   `json:"abort,omitempty" jsonschema_description:"End the run as soon as it is crossed."`
	Grace *Span  `json:"grace,omitempty" jsonschema_description:"Not before so long after the begin (0s)."`
}

// UnmarshalJSON reads a text, or a text with abort and grace.
func (t *Threshold) UnmarshalJSON(data []byte) error {
	if bytes.HasPrefix(data, []byte(`"`)) {
		return json.Unmarshal(data, &t.Text)
	}
	type plain Threshold
	return json.Unmarshal(data, (*plain)(t))
}

// JSONSchemaExtend adds the plain text.
func (Threshold) JSONSchemaExtend(s *jsonschema.Schema) { either(s, "string", &jsonschema.Schema{}) }

// At returns where the value of a path stands: for a collection its key, or its
// first item where it has none. Paths are written like
// populations.phones.arrive[0].ramp.from; a path that is not in the file gives
// the place of the nearest collection around it that is, and one that a patch set
// the zero Place.
func (f *File) At(path string) Place { return f.shown(f.at(path)) }

// KeyAt returns where the key of a path stands, as At.
func (f *File) KeyAt(path string) Place {
	if s, ok := f.places[path]; ok && s.key != (where{}) {
		return f.shown(s.key)
	}
	return f.At(path)
}

// shown is the place of something within the file.
func (f *File) shown(at where) Place {
	if at.patch > 0 {
		return Place{}
	}
	return at.Place
}

func (f *File) at(path string) where {
	for path != "" {
		if s, ok := f.places[path]; ok {
			return s.value
		}
		path = parent(path)
	}
	return f.places[""].value
}

// Has reports whether the file has a value of its own at a path.
func (f *File) Has(path string) bool {
	_, ok := f.places[path]
	return ok
}

// Fault returns a fault of meaning at a path, which names the patch where one set
// what stands there. A remedy may be "".
func (f *File) Fault(path, message, remedy string) Fault {
	return f.source.fault(f.at(path), message, remedy)
}

// Source returns the name the file was parsed under.
func (f *File) Source() string { return f.source.name }

// Text returns the file as it was given.
func (f *File) Text() string { return f.source.text }

// Patches returns what was put onto the file before it was read.
func (f *File) Patches() []Patch { return f.source.patches }

// parent cuts the last step off a path.
func parent(path string) string {
	for i := len(path) - 1; i >= 0; i-- {
		if path[i] == '.' || path[i] == '[' {
			return path[:i]
		}
	}
	return ""
}
