package scenario

import (
	"bytes"
	"encoding/json"

	"github.com/invopop/jsonschema"
)

// Populations are the populations of a file, in its order.
type Populations []Population

// Population is clients of one kind.
type Population struct {
	Name              string     `json:"-"` // Its key.
	Accounts          uint32     `json:"accounts" jsonschema:"required,minimum=1,maximum=100000000" jsonschema_description:"How many accounts."`
	DevicesPerAccount uint32     `json:"devicesPerAccount,omitempty" jsonschema:"minimum=1,maximum=100" jsonschema_description:"Clients of each account (1, or one for each listed clientType)."`
	ClientType        TypeList   `json:"clientType" jsonschema:"required" jsonschema_description:"Platform of the clients, or a list: one for each device of an account."`
	CustomClientType  int32      `json:"customClientType,omitempty" jsonschema_description:"The app's own client type."`
	Profile           string     `json:"profile,omitempty" jsonschema_description:"Preset of timings, retries and reconnect policy. Left out: by platform."`
	Reconnect         *Reconnect `json:"reconnect,omitempty" jsonschema_description:"Reconnect policy in place of the profile's: a preset's name, or its parts."`
	ConnectTimeout    *Span      `json:"connectTimeout,omitempty" jsonschema_description:"A link that is not open after this failed."`
	LoginTimeout      *Span      `json:"loginTimeout,omitempty" jsonschema_description:"A login that is not answered after this failed."`
	Heartbeat         *Span      `json:"heartbeat,omitempty" jsonschema_description:"Between two pings."`
	Manual            *Manual    `json:"manual,omitempty" jsonschema_description:"Manual logins: tries within a call, and its time-out."`
	Login             string     `json:"login,omitempty" jsonschema:"enum=auto,enum=manual" jsonschema_description:"How the clients log in first: auto (Android and iOS alone), or manual (the default elsewhere)."`
	AuthType          string     `json:"authType,omitempty" jsonschema:"enum=default,enum=dynamic,enum=thirdParty" jsonschema_description:"How the token is checked (default: a static token)."`
	Token             *Token     `json:"token,omitempty" jsonschema_description:"When the clients ask the app's server for their token."`
	Force             bool       `json:"force,omitempty" jsonschema_description:"Manual logins push out the oldest device at the device limit."`
	LoginExt          string     `json:"loginExt,omitempty" jsonschema:"maxLength=32" jsonschema_description:"Shown to the account's other devices as customTag."`
	Version           *Version   `json:"version,omitempty" jsonschema_description:"SDK version the clients report."`
	Arrive            []Stage    `json:"arrive,omitempty" jsonschema:"maxItems=1000" jsonschema_description:"Stages of arrival, one after the other. Left out: all at once. When the stages are over and clients are left, the last stage's closing rate goes on."`
	Behavior          *Behavior  `json:"behavior,omitempty" jsonschema_description:"What the people do about what was published."`
	DatabaseFails     *Share     `json:"databaseFails,omitempty" jsonschema_description:"So many of the clients, exactly, have a local database that will not open (code 1000)."`
}

// nameShape is what populations and timeline entries may be called: nothing
// that a path, a label or a threshold would have to quote.
const nameShape = `^[A-Za-z_][A-Za-z0-9_-]{0,63}$`

// UnmarshalJSON reads a mapping of names to populations in its order.
func (ps *Populations) UnmarshalJSON(data []byte) error {
	dec := json.NewDecoder(bytes.NewReader(data))
	if _, err := dec.Token(); err != nil {
		return err
	}
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			return err
		}
		var p Population
		if err := dec.Decode(&p); err != nil {
			return err
		}
		p.Name, _ = key.(string)
		*ps = append(*ps, p)
	}
	return nil
}

// MarshalJSON writes what UnmarshalJSON reads.
func (ps Populations) MarshalJSON() ([]byte, error) {
	out := []byte{'{'}
	for i, p := range ps {
		if i > 0 {
			out = append(out, ',')
		}
		key, _ := json.Marshal(p.Name)
		body, err := json.Marshal(p)
		if err != nil {
			return nil, err
		}
		out = append(append(append(out, key...), ':'), body...)
	}
	return append(out, '}'), nil
}

// TypeList is one platform, or several.
type TypeList []ClientType

// UnmarshalJSON reads one platform or a list.
func (l *TypeList) UnmarshalJSON(data []byte) error { return oneOrMore(data, (*[]ClientType)(l)) }

// JSONSchema describes one platform or a list.
func (TypeList) JSONSchema() *jsonschema.Schema {
	return listSchema(&jsonschema.Schema{Type: "string", Enum: clientTypes()})
}

// Names is one name, or several.
type Names []string

// UnmarshalJSON reads one name or a list.
func (n *Names) UnmarshalJSON(data []byte) error { return oneOrMore(data, (*[]string)(n)) }

// JSONSchema describes one name or a list.
func (Names) JSONSchema() *jsonschema.Schema {
	return listSchema(&jsonschema.Schema{Type: "string"})
}

func oneOrMore[T any](data []byte, into *[]T) error {
	if bytes.HasPrefix(data, []byte(`[`)) {
		return json.Unmarshal(data, into)
	}
	var one T
	if err := json.Unmarshal(data, &one); err != nil {
		return err
	}
	*into = []T{one}
	return nil
}

// listSchema takes an item or a list of 1 to 100 of them. The item's rules are
// put behind an if, so that they never speak of a list.
func listSchema(item *jsonschema.Schema) *jsonschema.Schema {
	least, most := uint64(1), uint64(100)
	s := &jsonschema.Schema{Items: item, MinItems: &least, MaxItems: &most,
		Extras: map[string]any{"type": []string{"string", "array"}}}
	if item.Enum != nil {
		s.If = &jsonschema.Schema{Type: "string"}
		s.Then = &jsonschema.Schema{Enum: item.Enum}
	}
	return s
}

// Manual is the try-and-give-up of a manual login.
type Manual struct {
	Attempts uint8 `json:"attempts,omitempty" jsonschema:"minimum=1,maximum=100" jsonschema_description:"Tries within a call."`
	Timeout  *Span `json:"timeout,omitempty" jsonschema_description:"When the call ends with 408."`
}

// Reconnect is a reconnect policy: a preset's name, or a list of delays or
// base, factor and cap.
type Reconnect struct {
	Preset         string  `json:"preset,omitempty" jsonschema_description:"Start from this preset."`
	Delays         []Span  `json:"delays,omitempty" jsonschema:"maxItems=64" jsonschema_description:"The delays in turn; the last one repeats."`
	Base           *Span   `json:"base,omitempty" jsonschema_description:"The first delay."`
	Factor         float64 `json:"factor,omitempty" jsonschema:"minimum=1,maximum=100" jsonschema_description:"Each delay is so many times the one before (2)."`
	Cap            *Span   `json:"cap,omitempty" jsonschema_description:"No delay is longer."`
	Jitter         *Jitter `json:"jitter,omitempty" jsonschema_description:"none, full, equal, decorrelated, or a share such as 20% for plus and minus so much."`
	JitterAfterCap *bool   `json:"jitterAfterCap,omitempty" jsonschema_description:"Jitter is drawn after the cap (true)."`
	Reset          *Reset  `json:"reset,omitempty" jsonschema_description:"When the delays start over: loggedIn (the default), never, or {after: 60s} of staying loggedIn."`
	ResetOnNetwork *bool   `json:"resetOnNetwork,omitempty" jsonschema_description:"They start over on a network change, too."`
	MaxAttempts    uint32  `json:"maxAttempts,omitempty" jsonschema:"minimum=1" jsonschema_description:"Given up after so many. Left out: never."`
	HonourHint     *bool   `json:"honourHint,omitempty" jsonschema_description:"A delay is not shorter than what the gateway asked for (true)."`
}

// UnmarshalJSON reads a preset's name or a policy.
func (r *Reconnect) UnmarshalJSON(data []byte) error {
	if bytes.HasPrefix(data, []byte(`"`)) {
		return json.Unmarshal(data, &r.Preset)
	}
	type plain Reconnect
	return json.Unmarshal(data, (*plain)(r))
}

// JSONSchemaExtend adds the preset's name.
func (Reconnect) JSONSchemaExtend(s *jsonschema.Schema) { either(s, "string", &jsonschema.Schema{}) }

// Jitter is a kind of jitter; a share means proportional.
type Jitter struct {
	Kind  string // none, full, equal, decorrelated or proportional.
	Share Share  // Proportional: plus and minus.
}

// UnmarshalJSON reads a kind or a share.
func (j *Jitter) UnmarshalJSON(data []byte) error { return scalar(data, j, parseJitter) }

// MarshalText writes what UnmarshalJSON reads.
func (j Jitter) MarshalText() ([]byte, error) {
	if j.Kind == "proportional" {
		return j.Share.MarshalText()
	}
	return []byte(j.Kind), nil
}

// JSONSchema describes a kind or a share.
func (Jitter) JSONSchema() *jsonschema.Schema {
	return &jsonschema.Schema{Type: "string", Format: "jitter", Pattern: `^(none|full|equal|decorrelated|[0-9]+(\.[0-9]{1,4})?%)$`,
		Examples: []any{"full", "20%"}}
}

// Reset says when a reconnect policy starts over.
type Reset struct {
	When  string `json:"-"` // loggedIn, never or after.
	After *Span  `json:"after,omitempty" jsonschema:"required" jsonschema_description:"After it stayed loggedIn for so long."`
}

// UnmarshalJSON reads loggedIn, never, or {after: span}.
func (r *Reset) UnmarshalJSON(data []byte) error {
	if bytes.HasPrefix(data, []byte(`"`)) {
		return json.Unmarshal(data, &r.When)
	}
	type plain Reset
	r.When = "after"
	return json.Unmarshal(data, (*plain)(r))
}

// MarshalJSON writes what UnmarshalJSON reads.
func (r Reset) MarshalJSON() ([]byte, error) {
	if r.When != "after" {
		return json.Marshal(r.When)
	}
	type plain Reset
	return json.Marshal(plain(r))
}

// JSONSchemaExtend adds the names.
func (Reset) JSONSchemaExtend(s *jsonschema.Schema) {
	either(s, "string", &jsonschema.Schema{})
	s.Extras["if"] = map[string]any{"type": "string"}
	s.Extras["then"] = map[string]any{"enum": []any{"loggedIn", "never"}}
}
