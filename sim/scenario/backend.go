package scenario

// App is the app's own server: it gives tokens out and checks those of third
// parties.
type App struct {
	Workers     uint32         `json:"workers,omitempty" jsonschema:"minimum=1,maximum=100000" jsonschema_description:"Requests served at the same time. Left out: no limit and no queue."`
	Queue       *uint32        `json:"queue,omitempty" jsonschema:"maximum=100000000" jsonschema_description:"Requests that may wait for a worker; beyond it they fail at once (1024)."`
	ServiceTime *Dist          `json:"serviceTime,omitempty" jsonschema_description:"How long a worker is busy with a request (0s)."`
	TTL         *Span          `json:"ttl,omitempty" jsonschema_description:"How long a dynamic token is good for (1h)."`
	ClockSkew   SignedSpan     `json:"clockSkew,omitempty" jsonschema_description:"How far the app's clock is ahead of the gateway's, or behind it: 30s, -30s (0s)."`
	Token       *TokenQuestion `json:"token,omitempty" jsonschema_description:"How your server is asked for a token. Left out: GET /app/token?account=NAME&authType=KIND, answered with {token}."`
	URL         string         `json:"url,omitempty" jsonschema_description:"Where tokens are asked for: http://host:port/path. Left out: at the embedded target."`
}

// AddressServer tells clients where to connect.
type AddressServer struct {
	Workers     uint32  `json:"workers,omitempty" jsonschema:"minimum=1,maximum=100000" jsonschema_description:"Requests served at the same time. Left out: no limit and no queue."`
	Queue       *uint32 `json:"queue,omitempty" jsonschema:"maximum=100000000" jsonschema_description:"Requests that may wait for a worker; beyond it they fail at once (1024)."`
	ServiceTime *Dist   `json:"serviceTime,omitempty" jsonschema_description:"How long a worker is busy with a request (0s)."`
	URL         string  `json:"url,omitempty" jsonschema_description:"Where addresses are asked for: http://host:port/path. Left out: at the embedded target."`
}
