package scenario

import (
	"bytes"
	"encoding/json"

	"github.com/invopop/jsonschema"
)

// Target is where the clients go. A scenario without one brings its own gateway.
type Target struct {
	URL             string          `json:"url,omitempty" jsonschema_description:"The gateway's WebSocket address: ws://host:port/path, or wss://. Left out: the embedded gateway."`
	URLs            []Address       `json:"urls,omitempty" jsonschema:"minItems=1,maxItems=4096" jsonschema_description:"Several addresses, or {url, weight}; clients spread over them."`
	TLS             *TLS            `json:"tls,omitempty" jsonschema_description:"How links to addresses that begin with wss: are secured."`
	Proxy           *Proxy          `json:"proxy,omitempty" jsonschema_description:"An HTTP proxy that every link goes through."`
	Headers         []Header        `json:"headers,omitempty" jsonschema:"maxItems=32" jsonschema_description:"Sent with every upgrade."`
	Dialect         *Dialect        `json:"dialect,omitempty" jsonschema_description:"How the target speaks: xmpp, mqtt5, ./my.yaml, or {use, set} (the reference protocol)."`
	Authorized      bool            `json:"authorized,omitempty" jsonschema_description:"The target's owner agreed to this load. Needed for a target that is not loopback."`
	AppKey          *Source         `json:"appKey,omitempty" jsonschema_description:"Where the appKey is read from; it is never written into a scenario."`
	Accounts        *AccountsSource `json:"accounts,omitempty" jsonschema_description:"Where accounts and tokens come from. Left out: generated from the seed."`
	Control         *Control        `json:"control,omitempty" jsonschema_description:"Who carries out timeline verbs that change the gateway: its control port, or hooks."`
	SourceAddresses []string        `json:"sourceAddresses,omitempty" jsonschema:"maxItems=4096" jsonschema_description:"Local addresses to spread the clients over: 127.0.0.2, 127.0.0.2-127.0.0.9 or 10.0.0.0/28. Each has some 28,000 ports to every address of the target."`
	Metrics         []TargetMetric  `json:"metrics,omitempty" jsonschema:"maxItems=32" jsonschema_description:"The target's own series, asked for while run goes on: for the report's timeline, and for abort."`
}

// Source says where a secret is read from. Exactly one is set.
type Source struct {
	Env   string `json:"env,omitempty" jsonschema:"minLength=1" jsonschema_description:"An environment variable."`
	File  string `json:"file,omitempty" jsonschema:"minLength=1" jsonschema_description:"A file; its last line end is dropped."`
	Stdin bool   `json:"stdin,omitempty" jsonschema_description:"The first line of standard input."`
}

// JSONSchemaExtend says that exactly one source is written.
func (Source) JSONSchemaExtend(s *jsonschema.Schema) { exactlyOne(s) }

// Gateway is how the embedded gateway, and the simulated one, behaves.
type Gateway struct {
	Nodes           uint8        `json:"nodes,omitempty" jsonschema:"minimum=1,maximum=64" jsonschema_description:"Nodes that share one session table (1)."`
	MultiDevice     *MultiDevice `json:"multiDevice,omitempty" jsonschema_description:"Which devices of an account may be online together: one, class, all, or {custom: sets that exclude themselves}."`
	Auth            *Auth        `json:"auth,omitempty" jsonschema_description:"What it costs to serve a login."`
	RateLimit       *RateLimit   `json:"rateLimit,omitempty" jsonschema_description:"The 416 limiter. Left out: none."`
	Admission       *Buckets     `json:"admission,omitempty" jsonschema_description:"New links are let in by buckets. Left out: everybody at once."`
	Sync            *Dist        `json:"sync,omitempty" jsonschema_description:"How long data sync takes after a login."`
	MinVersion      *Version     `json:"minVersion,omitempty" jsonschema_description:"Older SDK versions are refused with 317."`
	MaxLinks        uint32       `json:"maxLinks,omitempty" jsonschema:"minimum=1" jsonschema_description:"Links a node holds at most. Left out: no limit."`
	AcceptRate      *Rate        `json:"acceptRate,omitempty" jsonschema_description:"Links a node accepts at most. Left out: no limit."`
	SessionTimeout  *Span        `json:"sessionTimeout,omitempty" jsonschema_description:"A session ends when nothing was heard for so long (90s)."`
	Linger          *Span        `json:"linger,omitempty" jsonschema_description:"How long the sessions of a dead node stay (0s)."`
	DeviceCheck     *bool        `json:"deviceCheck,omitempty" jsonschema_description:"Automatic logins from another device than the last one get 417 (true)."`
	ReconnectEvicts bool         `json:"reconnectEvicts,omitempty" jsonschema_description:"A late reconnect pushes out the healthy device, instead of getting 417."`
	UnknownIs404    bool         `json:"unknownIs404,omitempty" jsonschema_description:"An unknown account gets 404 instead of 302."`
}

// ClientTypes are the names of platforms; see the login rules for their numbers.
func clientTypes() []any {
	return []any{"android", "ios", "windows", "windowsPhone", "web", "rest", "macos", "harmonyos"}
}

// ClientType is the platform of a client, by name.
type ClientType string

// JSONSchema lists the platforms.
func (ClientType) JSONSchema() *jsonschema.Schema {
	return &jsonschema.Schema{Type: "string", Enum: clientTypes(), Description: "The platform of a client."}
}

// MultiDevice is a multi-device policy: a name, or custom sets.
type MultiDevice struct {
	Policy string         `json:"-"` // one, class, all or custom.
	Custom [][]ClientType `json:"custom,omitempty" jsonschema:"required,maxItems=64" jsonschema_description:"Each set excludes itself: [[web, windows], [android, ios]]."`
}

// UnmarshalJSON reads a policy's name, or {custom: sets}.
func (m *MultiDevice) UnmarshalJSON(data []byte) error {
	if bytes.HasPrefix(data, []byte(`"`)) {
		return json.Unmarshal(data, &m.Policy)
	}
	type plain MultiDevice
	m.Policy = "custom"
	return json.Unmarshal(data, (*plain)(m))
}

// MarshalJSON writes what UnmarshalJSON reads.
func (m MultiDevice) MarshalJSON() ([]byte, error) {
	if m.Policy != "custom" {
		return json.Marshal(m.Policy)
	}
	type plain MultiDevice
	return json.Marshal(plain(m))
}

// JSONSchemaExtend adds the names.
func (MultiDevice) JSONSchemaExtend(s *jsonschema.Schema) {
	either(s, "string", &jsonschema.Schema{})
	s.Extras["if"] = map[string]any{"type": "string"}
	s.Extras["then"] = map[string]any{"enum": []any{"one", "class", "all"}}
}

// Auth is what it costs to serve a login.
type Auth struct {
	Workers     uint32 `json:"workers,omitempty" jsonschema:"minimum=1,maximum=1000000" jsonschema_description:"Logins served at the same time. Left out: no limit and no queue."`
	Queue       uint32 `json:"queue,omitempty" jsonschema:"maximum=100000000" jsonschema_description:"Logins that may wait for a worker; beyond it they get 503 (1024)."`
	ServiceTime *Dist  `json:"serviceTime,omitempty" jsonschema_description:"How long a worker is busy with a login."`
	Hint        *Span  `json:"hint,omitempty" jsonschema_description:"What a 503 tells clients to wait."`
	ChargeGone  *bool  `json:"chargeGone,omitempty" jsonschema_description:"A login whose link is gone still costs its service time (true)."`
}

// RateLimit is the 416 limiter.
type RateLimit struct {
	Scope        string `json:"scope,omitempty" jsonschema:"enum=account,enum=device,enum=ip,enum=app" jsonschema_description:"What it counts by (account)."`
	Limit        uint32 `json:"limit" jsonschema:"required" jsonschema_description:"Attempts that pass within a window; 0 switches the limiter off."`
	Window       *Span  `json:"window,omitempty" jsonschema_description:"The sliding window (1m)."`
	Penalty      *Span  `json:"penalty,omitempty" jsonschema_description:"How long it refuses after tripping; 0s = until the window frees."`
	Counts       string `json:"counts,omitempty" jsonschema:"enum=manual,enum=all,enum=failed" jsonschema_description:"Which logins it counts (manual)."`
	CountRefused bool   `json:"countRefused,omitempty" jsonschema_description:"Refused attempts count too."`
	Hint         bool   `json:"hint,omitempty" jsonschema_description:"Replies say how long to wait."`
}

// Network is what the links are like: in simulate, and in run with inject.
type Network struct {
	Latency    *Dist  `json:"latency,omitempty" jsonschema_description:"One way."`
	Loss       *Share `json:"loss,omitempty" jsonschema_description:"Sends that need a retransmission."`
	Retransmit *Span  `json:"retransmit,omitempty" jsonschema_description:"Delay of a lost send (200ms); doubles on each further loss."`
	Bandwidth  uint64 `json:"bandwidth,omitempty" jsonschema_description:"Bytes a second and direction. Left out: no limit."`
	Inject     bool   `json:"inject,omitempty" jsonschema_description:"Put it on the real links of run, too."`
}
