package scenario

import (
	"bytes"
	"encoding/json"

	"github.com/invopop/jsonschema"
)

// Dist is a distribution of spans: a plain span for a constant, or one of the
// forms below. Exactly one is set.
type Dist struct {
	Constant    *Span      `json:"constant,omitempty" jsonschema_description:"Always this span."`
	Uniform     *[2]Span   `json:"uniform,omitempty" jsonschema_description:"Even between two spans: [20ms, 80ms]."`
	Exponential *MeanForm  `json:"exponential,omitempty" jsonschema_description:"Exponential around a mean."`
	Normal      *BellForm  `json:"normal,omitempty" jsonschema_description:"Normal, cut off below zero."`
	Lognormal   *QuantForm `json:"lognormal,omitempty" jsonschema_description:"Lognormal by median and 99th percentile: most service times look like this."`
}

// MeanForm is an exponential distribution.
type MeanForm struct {
	Mean Span `json:"mean" jsonschema:"required"`
}

// BellForm is a normal distribution.
type BellForm struct {
	Mean Span `json:"mean" jsonschema:"required"`
	SD   Span `json:"sd" jsonschema:"required" jsonschema_description:"Standard deviation."`
}

// QuantForm is a lognormal distribution.
type QuantForm struct {
	P50 Span `json:"p50" jsonschema:"required" jsonschema_description:"Median."`
	P99 Span `json:"p99" jsonschema:"required" jsonschema_description:"99th percentile."`
}

// UnmarshalJSON reads a plain span or one of the forms.
func (d *Dist) UnmarshalJSON(data []byte) error {
	if bytes.HasPrefix(bytes.TrimSpace(data), []byte(`"`)) {
		d.Constant = new(Span)
		return json.Unmarshal(data, d.Constant)
	}
	type plain Dist
	return json.Unmarshal(data, (*plain)(d))
}

// JSONSchemaExtend adds the plain span, and that exactly one form is written.
func (Dist) JSONSchemaExtend(s *jsonschema.Schema) {
	either(s, "string", Span(0).JSONSchema())
	one := uint64(1)
	s.MinProperties, s.MaxProperties = &one, &one
	s.Description = "A distribution of spans of time: a plain span, or one of constant, uniform, exponential, normal and lognormal."
}

// either lets a schema of objects take a scalar too. Keywords of one type do
// not touch values of another, so that no oneOf stands between a mistake and a
// message that helps.
func either(s *jsonschema.Schema, kind string, scalar *jsonschema.Schema) {
	s.Type = ""
	if s.Extras == nil {
		s.Extras = map[string]any{}
	}
	s.Extras["type"] = []string{kind, "object"}
	s.Format, s.Pattern, s.Enum = scalar.Format, scalar.Pattern, scalar.Enum
}
