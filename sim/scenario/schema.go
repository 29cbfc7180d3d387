package scenario

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"reflect"
	"strconv"

	reflector "github.com/invopop/jsonschema"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

// schemaID names the schema; nothing is fetched from it.
const schemaID = "https://loginstorm.invalid/scenario.schema.json"

// Schema returns the JSON Schema (draft 2020-12) of a scenario, indented, for
// editors and for whoever generates scenarios.
func Schema() ([]byte, error) {
	data, err := json.MarshalIndent(reflected(), "", "  ")
	if err != nil {
		return nil, err
	}
	return append(data, '\n'), nil
}

func reflected() *reflector.Schema {
	return Language{ID: schemaID, Title: "loginstorm scenario", Tree: &File{},
		About: "What a load test asks: clients, a gateway, faults in time, and what must hold."}.reflected()
}

// numbers gives the whole numbers of Go their ranges.
func numbers(t reflect.Type) *reflector.Schema {
	if t.PkgPath() != "" {
		return nil
	}
	whole := func(least, most string) *reflector.Schema {
		return &reflector.Schema{Type: "integer", Minimum: json.Number(least), Maximum: json.Number(most)}
	}
	switch t.Kind() {
	case reflect.Uint8:
		return whole("0", strconv.Itoa(math.MaxUint8))
	case reflect.Uint16:
		return whole("0", strconv.Itoa(math.MaxUint16))
	case reflect.Uint32:
		return whole("0", strconv.Itoa(math.MaxUint32))
	case reflect.Uint64:
		return whole("0", strconv.FormatUint(math.MaxUint64, 10))
	case reflect.Int32:
		return whole(strconv.Itoa(math.MinInt32), strconv.Itoa(math.MaxInt32))
	}
	return nil
}

// compile makes the validator of Schema, with the formats of this language.
func compile() (*jsonschema.Schema, error) { return compileAs(reflected(), schemaID) }

// compileAs makes the validator of a schema that goes by a name.
func compileAs(schema *reflector.Schema, id string) (*jsonschema.Schema, error) {
	data, err := json.Marshal(schema)
	if err != nil {
		return nil, err
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	for name, check := range map[string]func(string) error{
		"span":        func(s string) error { _, err := parseSpan(s); return err },
		"share":       func(s string) error { _, err := parseShare(s); return err },
		"rate":        func(s string) error { _, err := parseRate(s); return err },
		"version":     func(s string) error { _, err := parseVersion(s); return err },
		"jitter":      func(s string) error { _, err := parseJitter(s); return err },
		"signed-span": func(s string) error { _, err := parseSignedSpan(s); return err },
		"factor":      func(string) error { return nil }, // A number: its bounds say what is wrong.
		"accounts":    func(s string) error { _, err := parseRange(s); return err },
		"positive": func(s string) error {
			if _, err := parseSpan(s); err != nil {
				return nil // The span's own format says it.
			}
			_, err := parsePositive(s)
			return err
		},
	} {
		c.RegisterFormat(&jsonschema.Format{Name: name, Validate: func(v any) error {
			if s, ok := v.(string); ok {
				return check(s)
			}
			return nil
		}})
	}
	if err := c.AddResource(id, doc); err != nil {
		return nil, err
	}
	return c.Compile(id)
}

func parseJitter(text string) (Jitter, error) {
	switch text {
	case "none", "full", "equal", "decorrelated":
		return Jitter{Kind: text}, nil
	}
	share, err := parseShare(text)
	if err != nil {
		if near := Nearest(text, []string{"none", "full", "equal", "decorrelated"}); near != "" {
			return Jitter{}, errors.New("unknown jitter \"" + text + "\": did you mean " + near + "?")
		}
		return Jitter{}, errors.New("\"" + text + "\" is not a jitter: write none, full, equal, decorrelated, or a share such as 20%")
	}
	return Jitter{Kind: "proportional", Share: share}, nil
}
