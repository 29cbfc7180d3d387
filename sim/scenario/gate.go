package scenario

import (
	"bytes"
	"encoding/json"

	"github.com/invopop/jsonschema"
)

// GateMetric is a figure that candidate runs must not have worse than base runs: its
// text alone, or with its floor and direction.
type GateMetric struct {
	Metric string `json:"metric" jsonschema:"required,minLength=1,maxLength=500" jsonschema_description:"A figure as in a threshold, without its bound: p99(connect_to_logged_in); also cpu_per_login and target_cpu_per_login."`
	Floor  *Share `json:"floor,omitempty" jsonschema_description:"A difference that is too small to be called (5%)."`
	Worse  string `json:"worse,omitempty" jsonschema:"enum=higher,enum=lower" jsonschema_description:"The direction that is a regression (by the figure's nature: higher, and lower for what should be many)."`
}

// UnmarshalJSON reads a text, or a text with floor and direction.
func (g *GateMetric) UnmarshalJSON(data []byte) error {
	if bytes.HasPrefix(data, []byte(`"`)) {
		return json.Unmarshal(data, &g.Metric)
	}
	type plain GateMetric
	return json.Unmarshal(data, (*plain)(g))
}

// JSONSchemaExtend adds the plain text.
func (GateMetric) JSONSchemaExtend(s *jsonschema.Schema) { either(s, "string", &jsonschema.Schema{}) }
