package scenario

import (
	"bytes"
	"encoding/json"
	"fmt"
	"iter"
	"reflect"
	"slices"
	"strings"

	"github.com/invopop/jsonschema"
)

// Control says who carries out what the timeline does to the gateway: its control port,
// or hooks of the user's making. Exactly one of URL and Hooks is set.
type Control struct {
	URL    string  `json:"url,omitempty" jsonschema:"minLength=1" jsonschema_description:"http://host:port of the control port."`
	Secret *Source `json:"secret,omitempty" jsonschema_description:"Where the port's secret is read from."`
	Hooks  *Hooks  `json:"hooks,omitempty" jsonschema_description:"What to do for each verb, for a gateway without such a port."`
}

// UnmarshalJSON reads an address, or an object.
func (c *Control) UnmarshalJSON(data []byte) error {
	if bytes.HasPrefix(data, []byte(`"`)) {
		return json.Unmarshal(data, &c.URL)
	}
	type plain Control
	return json.Unmarshal(data, (*plain)(c))
}

// JSONSchemaExtend adds the plain address, and says that a port has no hooks.
func (Control) JSONSchemaExtend(s *jsonschema.Schema) {
	s.If = &jsonschema.Schema{Type: "object"}
	s.Then = &jsonschema.Schema{OneOf: []*jsonschema.Schema{{Required: []string{"url"}}, {Required: []string{"hooks"}}}}
	either(s, "string", &jsonschema.Schema{})
}

// Hooks is what is done for the verbs that change the gateway, by verb.
type Hooks struct {
	Restart         *Hook `json:"restart,omitempty" jsonschema_description:"The gateway stops, and is back after downtime."`
	Stop            *Hook `json:"stop,omitempty" jsonschema_description:"The gateway stops."`
	Refuse          *Hook `json:"refuse,omitempty" jsonschema_description:"New links are refused."`
	NodeDown        *Hook `json:"nodeDown,omitempty" jsonschema_description:"A node dies."`
	Drain           *Hook `json:"drain,omitempty" jsonschema_description:"Called for drain, restart and undrain of each node in turn."`
	BrownOut        *Hook `json:"brownOut,omitempty" jsonschema_description:"Logins become slow."`
	AcceptQueueFull *Hook `json:"acceptQueueFull,omitempty" jsonschema_description:"New links are neither accepted nor refused."`
	ColdCache       *Hook `json:"coldCache,omitempty" jsonschema_description:"Data sync becomes slow."`
	AuthOutage      *Hook `json:"authOutage,omitempty" jsonschema_description:"Every login is answered with an error."`
	AppServer       *Hook `json:"appServer,omitempty" jsonschema_description:"The app server is slow, fails or denies."`
	AddressServer   *Hook `json:"addressServer,omitempty" jsonschema_description:"The address server is slow or fails."`
	SessionTimeout  *Hook `json:"sessionTimeout,omitempty" jsonschema_description:"The session timeout changes."`
	Admission       *Hook `json:"admission,omitempty" jsonschema_description:"Admission in buckets changes."`
	RateLimit       *Hook `json:"rateLimit,omitempty" jsonschema_description:"The 416 limiter changes."`
	MinVersion      *Hook `json:"minVersion,omitempty" jsonschema_description:"Older versions are refused."`
	MultiDevice     *Hook `json:"multiDevice,omitempty" jsonschema_description:"The multi-device policy changes."`
	KickServer      *Hook `json:"kickServer,omitempty" jsonschema_description:"Devices of accounts are kicked."`
	Ban             *Hook `json:"ban,omitempty" jsonschema_description:"Accounts are banned."`
	Unban           *Hook `json:"unban,omitempty" jsonschema_description:"Accounts are free again."`
	RotateTokens    *Hook `json:"rotateTokens,omitempty" jsonschema_description:"Accounts get new tokens."`
}

// For returns the hook of a verb; nil = there is none.
func (h *Hooks) For(verb string) *Hook {
	if h == nil {
		return nil
	}
	if i := slices.Index(hookNames(), verb); i >= 0 {
		return reflect.ValueOf(h).Elem().Field(i).Interface().(*Hook)
	}
	return nil
}

// EachHook yields every hook of the file with its place, what takes it back included.
func (f *File) EachHook() iter.Seq2[string, *Hook] {
	return func(yield func(string, *Hook) bool) {
		both := func(path string, h *Hook) bool {
			return h == nil || yield(path, h) && (h.Then == nil || yield(path+".then", h.Then))
		}
		if f.Target != nil && f.Target.Control != nil {
			for _, name := range hookNames() {
				if !both("target.control.hooks."+name, f.Target.Control.Hooks.For(name)) {
					return
				}
			}
		}
		for i := range f.Timeline {
			if c := f.Timeline[i].Control; c != nil && !both(fmt.Sprintf("timeline[%d].control", i), &c.Hook) {
				return
			}
		}
	}
}

// hookNames lists the verbs that may have a hook.
func hookNames() []string {
	t := reflect.TypeFor[Hooks]()
	names := make([]string, t.NumField())
	for i := range names {
		names[i], _, _ = strings.Cut(t.Field(i).Tag.Get("json"), ",")
	}
	return names
}

// Hook is something done to a gateway from outside. Exactly one of Run, Webhook and Mark
// is set.
type Hook struct {
	Run     []string `json:"run,omitempty" jsonschema:"minItems=1,maxItems=256" jsonschema_description:"A program and its arguments, without a shell; it runs in the scenario's directory and is told everything in LOGINSTORM_ variables and on standard input."`
	Webhook *Webhook `json:"webhook,omitempty" jsonschema_description:"An address that is asked with POST; any 2xx is a success."`
	Mark    bool     `json:"mark,omitempty" jsonschema:"enum=true" jsonschema_description:"Nothing is done: somebody else does it at that instant."`
	Timeout *Span    `json:"timeout,omitempty" jsonschema_description:"How long it may take (30s)."`
	Then    *Hook    `json:"then,omitempty" jsonschema_description:"What takes it back when its time is over: the start after a stop."`
}

// JSONSchemaExtend says that a hook does one thing.
func (Hook) JSONSchemaExtend(s *jsonschema.Schema) {
	for _, way := range []string{"run", "webhook", "mark"} {
		s.OneOf = append(s.OneOf, &jsonschema.Schema{Required: []string{way}})
	}
	positive(s, "timeout")
}

// Webhook is a question to a server of the user's.
type Webhook struct {
	URL     string   `json:"url" jsonschema:"required,minLength=1" jsonschema_description:"http:// or https://"`
	Headers []Header `json:"headers,omitempty" jsonschema:"maxItems=32" jsonschema_description:"Sent with it."`
}

// UnmarshalJSON reads an address, or an object.
func (w *Webhook) UnmarshalJSON(data []byte) error {
	if bytes.HasPrefix(data, []byte(`"`)) {
		return json.Unmarshal(data, &w.URL)
	}
	type plain Webhook
	return json.Unmarshal(data, (*plain)(w))
}

// JSONSchemaExtend adds the plain address.
func (Webhook) JSONSchemaExtend(s *jsonschema.Schema) { either(s, "string", &jsonschema.Schema{}) }

// Header is a header of a question. Exactly one of Value and From is set.
type Header struct {
	Name  string  `json:"name" jsonschema:"required,pattern=^[A-Za-z0-9!#$%&'*+.^_|~-]+$" jsonschema_description:"Its name."`
	Value string  `json:"value,omitempty" jsonschema_description:"What it says, when that is no secret."`
	From  *Source `json:"from,omitempty" jsonschema_description:"Where a secret is read from."`
}

// JSONSchemaExtend says that a header has one value.
func (Header) JSONSchemaExtend(s *jsonschema.Schema) {
	s.OneOf = []*jsonschema.Schema{{Required: []string{"value"}}, {Required: []string{"from"}}}
}

// Outside is a timeline entry that does something to a gateway by itself, and how long
// it lasts.
type Outside struct {
	Hook
	For *Span `json:"for,omitempty" jsonschema_description:"How long what it does lasts, for the report; then is carried out afterwards. Left out: an instant."`
}
