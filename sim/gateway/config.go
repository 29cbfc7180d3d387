package gateway

import (
	"loginstorm/sim/chance"
	"loginstorm/sim/wire"
)

// Policy is a multi-device policy. Spec section 6.
type Policy uint8

const (
	PolicyOne    Policy = iota // One session for an account.
	PolicyClass                // One desktop and one mobile session.
	PolicyAll                  // All together, at most DeviceLimit.
	PolicyCustom               // Sets of client types that exclude each other; no limit.
)

// DeviceLimit is how many devices PolicyAll lets in. Spec section 6.
const DeviceLimit = 10

// MultiDevice is the policy in force.
type MultiDevice struct {
	Policy Policy              `json:"policy"`
	Custom [][]wire.ClientType `json:"custom,omitempty"` // PolicyCustom: each set excludes itself.
}

// Scope is what the 416 limiter counts by.
type Scope uint8

const (
	ByAccount Scope = iota // One account, whatever its devices.
	ByDevice               // One device.
	ByIP                   // One source address.
	ByApp                  // One appKey.
)

// Counts is which logins the 416 limiter counts.
type Counts uint8

const (
	CountManual Counts = iota // Manual logins. The default.
	CountAll                  // Every login.
	CountFailed               // Logins of any origin that were refused.
)

// RateLimit is the 416 limiter of spec section 6, step 2. Limit 0 = none.
type RateLimit struct {
	Scope        Scope  `json:"scope"`
	Counts       Counts `json:"counts"`
	Limit        uint32 `json:"limit"`                  // Attempts that pass within a window.
	Window       Time   `json:"window"`                 // Sliding.
	Penalty      Time   `json:"penalty,omitempty"`      // Refusal after tripping, the window is empty then; 0 = until the window frees.
	CountRefused bool   `json:"countRefused,omitempty"` // Refused attempts count too.
	Hint         bool   `json:"hint,omitempty"`         // Replies carry how long to wait.
}

// Auth is what it costs to serve a login.
type Auth struct {
	Workers     uint32      `json:"workers"` // 0 = no limit and no queue.
	Queue       uint32      `json:"queue"`   // Logins that may wait for a worker; beyond it, 503.
	ServiceTime chance.Dist `json:"serviceTime"`
	ChargeGone  bool        `json:"chargeGone"`     // A login whose link is gone still costs its service time.
	Hint        Time        `json:"hint,omitempty"` // Retry hint of a 503; 0 = none.
}

// Admission lets links in by buckets: at most Bucket of them, of all nodes
// together, in each Every from Time 0 on; the others are refused, with a hint that
// names the begin of the next bucket where Hint is set. Bucket 0 = everybody.
type Admission struct {
	Bucket uint32 `json:"bucket"`
	Every  Time   `json:"every"`
	Hint   bool   `json:"hint,omitempty"`
}

// Config is everything a gateway is told before it starts. The zero value of
// each field means what its comment says; Normal fills the defaults in.
type Config struct {
	Seed      uint64 `json:"seed"`
	Nodes     uint8  `json:"nodes"`     // 0 = 1.
	Accounts  uint32 `json:"accounts"`  // Accounts are numbered from 0.
	App       uint64 `json:"app"`       // TokenDigest of the appKey; 0 = not checked.
	TokenSeed uint64 `json:"tokenSeed"` // Static tokens: see AccountToken.
	// Dynamic says that the app has a secret (AppSecret(TokenSeed) in a generated
	// world), so that dynamic logins are taken; without it they get 403. The secret
	// itself stays with whoever hears the logins, see Request.ReadDynamic.
	Dynamic         bool        `json:"dynamic,omitempty"`
	MultiDevice     MultiDevice `json:"multiDevice"`
	RateLimit       RateLimit   `json:"rateLimit"`
	Admission       Admission   `json:"admission"`
	Auth            Auth        `json:"auth"`
	Sync            chance.Dist `json:"sync"`
	MinVersion      uint32      `json:"minVersion,omitempty"`
	MaxLinks        uint32      `json:"maxLinks,omitempty"`       // A node; 0 = no limit.
	AcceptRate      uint32      `json:"acceptRate,omitempty"`     // Links a second and node, a second's worth at once; 0 = no limit.
	SessionTimeout  Time        `json:"sessionTimeout,omitempty"` // 0 = 90 s.
	Linger          Time        `json:"linger,omitempty"`         // How long a dead node's sessions stay.
	AnyDevice       bool        `json:"anyDevice,omitempty"`      // Switches step 6, the device check, off.
	ReconnectEvicts bool        `json:"reconnectEvicts,omitempty"`
	UnknownIs404    bool        `json:"unknownIs404,omitempty"` // No such account: 404 instead of 302.
	Epoch           int64       `json:"epoch"`                  // Unix milliseconds at Time 0, for login times.
}
