package scenario

// Cut breaks links, or makes them silent.
type Cut struct {
	Who
	By     string `json:"by,omitempty" jsonschema:"enum=reset,enum=close,enum=halfOpen,enum=freeze" jsonschema_description:"A reset (the default), a close frame, halfOpen (nothing arrives any more and nobody is told), or freeze (the client reads nothing any more)."`
	Code   uint16 `json:"code,omitempty" jsonschema:"minimum=1000,maximum=4999" jsonschema_description:"Close code of by: close (1001)."`
	Spread *Span  `json:"spread,omitempty" jsonschema_description:"Over how long they are hit, evenly (0s)."`
	For    *Span  `json:"for,omitempty" jsonschema_description:"With halfOpen and freeze: the link is well again after so long, if it still stands. Left out: never."`
}

// Slow limits the bandwidth.
type Slow struct {
	Who
	While
	Bandwidth uint64 `json:"bandwidth" jsonschema:"required,minimum=1" jsonschema_description:"Bytes a second and direction."`
}

// Delay adds to the latency.
type Delay struct {
	Who
	While
	By Span `json:"by" jsonschema:"required" jsonschema_description:"So much more, one way."`
}

// Loss loses sends.
type Loss struct {
	Who
	While
	Rate Share `json:"rate" jsonschema:"required" jsonschema_description:"Sends that need a retransmission; 100% = nothing arrives."`
}

// Fail lets attempts fail.
type Fail struct {
	Who
	While
	Rate *Share `json:"rate,omitempty" jsonschema_description:"So many of the attempts fail (100%)."`
}

// NetworkLoss takes the physical network away.
type NetworkLoss struct {
	Who
	While
}

// Replay plays a recorded disconnect log again.
type Replay struct {
	File string `json:"file" jsonschema:"required,minLength=1,maxLength=4096" jsonschema_description:"The log, .csv or .ndjson, relative to the scenario. Rows have an instant (at, time, timestamp or ts) and may have a count, node, by and code; the first instant is the entry's at."`
	Of   Names  `json:"of,omitempty" jsonschema_description:"A population, or several, whose links break. Left out: all."`
	By   string `json:"by,omitempty" jsonschema:"enum=reset,enum=close,enum=halfOpen" jsonschema_description:"How links break where a row does not say it (reset)."`
	Code uint16 `json:"code,omitempty" jsonschema:"minimum=1000,maximum=4999" jsonschema_description:"Close code of by: close where a row does not say it (1001)."`
}
