package scenario

import "github.com/invopop/jsonschema"

// Restart stops the gateway and starts it again.
type Restart struct {
	Node     uint8  `json:"node,omitempty" jsonschema:"minimum=1,maximum=64" jsonschema_description:"One node, counted from 1. Left out: all."`
	Downtime Span   `json:"downtime" jsonschema:"required" jsonschema_description:"How long it is away."`
	Sessions string `json:"sessions,omitempty" jsonschema:"enum=lost,enum=kept" jsonschema_description:"Whether the session table survives (lost)."`
	By       string `json:"by,omitempty" jsonschema:"enum=orderly,enum=kill" jsonschema_description:"Links end with close 1001 (orderly), or by a reset (kill, the default)."`
}

// Stop stops the gateway.
type Stop struct {
	Node uint8  `json:"node,omitempty" jsonschema:"minimum=1,maximum=64" jsonschema_description:"One node, counted from 1. Left out: all."`
	By   string `json:"by,omitempty" jsonschema:"enum=orderly,enum=kill" jsonschema_description:"Links end with close 1001 (orderly, the default), or by a reset (kill)."`
	For  *Span  `json:"for,omitempty" jsonschema_description:"How long it is away. Left out: to the end."`
}

// Refuse keeps new links out.
type Refuse struct {
	Node uint8 `json:"node,omitempty" jsonschema:"minimum=1,maximum=64" jsonschema_description:"One node, counted from 1. Left out: all."`
	For  Span  `json:"for" jsonschema:"required" jsonschema_description:"How long."`
}

// NodeDown kills a node.
type NodeDown struct {
	Node uint8 `json:"node" jsonschema:"required,minimum=1,maximum=64" jsonschema_description:"Which one, counted from 1."`
	For  *Span `json:"for,omitempty" jsonschema_description:"How long it is away. Left out: to the end."`
}

// Drain sends the clients of nodes away.
type Drain struct {
	Node     uint8 `json:"node,omitempty" jsonschema:"minimum=1,maximum=64" jsonschema_description:"One node, counted from 1. Left out: every node, one after another."`
	Over     Span  `json:"over" jsonschema:"required" jsonschema_description:"Over how long a node's links are closed in turn."`
	Downtime *Span `json:"downtime,omitempty" jsonschema_description:"How long the empty node is away for its restart (0s: it is not restarted)."`
	Pause    *Span `json:"pause,omitempty" jsonschema_description:"From a node's return to the next one's drain (0s)."`
}

// BrownOut makes logins cost more.
type BrownOut struct {
	Service Factor `json:"service,omitempty" jsonschema_description:"The service time is so many times as long (1)."`
	Workers *Share `json:"workers,omitempty" jsonschema_description:"So many of the workers are left, at least one (100%)."`
	For     *Span  `json:"for,omitempty" jsonschema_description:"How long. Left out: to the end, or the next brownOut."`
}

// JSONSchemaExtend asks for a change.
func (BrownOut) JSONSchemaExtend(s *jsonschema.Schema) { oneAtLeast(s, "service", "workers") }

// Stall fills the accept queue.
type Stall struct {
	Node uint8 `json:"node,omitempty" jsonschema:"minimum=1,maximum=64" jsonschema_description:"One node, counted from 1. Left out: all."`
	For  Span  `json:"for" jsonschema:"required" jsonschema_description:"How long."`
}

// ColdCache makes data sync slower.
type ColdCache struct {
	Sync    Factor `json:"sync" jsonschema:"required" jsonschema_description:"Data sync takes so many times as long."`
	Service Factor `json:"service,omitempty" jsonschema_description:"The service time of logins is so many times as long, too (1)."`
	For     *Span  `json:"for,omitempty" jsonschema_description:"How long. Left out: to the end, or the next coldCache."`
}

// Outage answers logins with an error.
type Outage struct {
	Code uint16 `json:"code,omitempty" jsonschema:"enum=398,enum=399,enum=449,enum=500,enum=503,enum=511,enum=514" jsonschema_description:"The code of the answers (503)."`
	Hint *Span  `json:"hint,omitempty" jsonschema_description:"What the answers tell clients to wait. Left out: nothing."`
	For  *Span  `json:"for,omitempty" jsonschema_description:"How long. Left out: to the end."`
}

// Backend changes a server beside the gateway.
type Backend struct {
	Service Factor `json:"service,omitempty" jsonschema_description:"The service time is so many times as long (1)."`
	Workers *Share `json:"workers,omitempty" jsonschema_description:"So many of the workers are left, at least one (100%)."`
	Fail    *Share `json:"fail,omitempty" jsonschema_description:"So many of the requests fail (0%)."`
	For     *Span  `json:"for,omitempty" jsonschema_description:"How long. Left out: to the end, or the next change of that server."`
}

// JSONSchemaExtend asks for a change.
func (Backend) JSONSchemaExtend(s *jsonschema.Schema) { oneAtLeast(s, "service", "workers", "fail") }

// AppBackend changes the app's own server, which is asked about third-party logins too.
type AppBackend struct {
	Backend
	Deny    *Share `json:"deny,omitempty" jsonschema_description:"So many of the third-party logins that it is asked about are refused with verdict (0%)."`
	Verdict uint32 `json:"verdict,omitempty" jsonschema:"minimum=20000,maximum=20099" jsonschema_description:"The code of what is denied, 20000 to 20099 (20000)."`
}

// JSONSchemaExtend asks for a change.
func (AppBackend) JSONSchemaExtend(s *jsonschema.Schema) {
	oneAtLeast(s, "service", "workers", "fail", "deny")
}

// SessionTimeout changes the session timeout.
type SessionTimeout struct {
	To  Span  `json:"to" jsonschema:"required" jsonschema_description:"A session ends when nothing was heard for so long."`
	For *Span `json:"for,omitempty" jsonschema_description:"How long it is so. Left out: to the end."`
}

// JSONSchemaExtend refuses sessions that end at once.
func (SessionTimeout) JSONSchemaExtend(s *jsonschema.Schema) { positive(s, "to") }

// Buckets is admission in buckets.
type Buckets struct {
	Bucket uint32 `json:"bucket" jsonschema:"required" jsonschema_description:"So many new links are let in, of all nodes together, in each span of every; 0 = everybody."`
	Every  *Span  `json:"every,omitempty" jsonschema_description:"How long a bucket lasts (1s)."`
	Hint   bool   `json:"hint,omitempty" jsonschema_description:"Those that are refused are told when the next bucket begins."`
}

// JSONSchemaExtend refuses buckets that last no time.
func (Buckets) JSONSchemaExtend(s *jsonschema.Schema) { positive(s, "every") }

// Admission changes admission in buckets.
type Admission struct {
	Buckets
	For *Span `json:"for,omitempty" jsonschema_description:"How long it is so. Left out: to the end, or the next admission."`
}
