package scenario

import (
	"bytes"
	"encoding/json"
	"strings"

	"github.com/invopop/jsonschema"
)

// Dialect is how the target speaks: a shipped description by its name, or a file.
type Dialect struct {
	Use string            `json:"use" jsonschema:"required,minLength=1,maxLength=500" jsonschema_description:"A shipped dialect such as xmpp, or the file of a description: ./my.yaml."`
	Set map[string]string `json:"set,omitempty" jsonschema:"maxProperties=50" jsonschema_description:"Settings of the description: {domain: example.org}."`
}

// File returns the file that holds the description; "" = it is a shipped one.
func (d *Dialect) File() string {
	if d == nil || !strings.ContainsAny(d.Use, `/\`) && !strings.HasSuffix(d.Use, ".yaml") {
		return ""
	}
	return d.Use
}

// UnmarshalJSON reads a name, or a name with settings.
func (d *Dialect) UnmarshalJSON(data []byte) error {
	if bytes.HasPrefix(data, []byte(`"`)) {
		return json.Unmarshal(data, &d.Use)
	}
	type plain Dialect
	return json.Unmarshal(data, (*plain)(d))
}

// JSONSchemaExtend adds the plain name.
func (Dialect) JSONSchemaExtend(s *jsonschema.Schema) { either(s, "string", &jsonschema.Schema{}) }
