package gateway

import (
	"loginstorm/sim/backend"
	"loginstorm/sim/wire"
)

// CommandKind is a change somebody makes to a running gateway.
type CommandKind uint8

const (
	NoCommand CommandKind = iota
	// Restart: a node (or all) goes down, comes back after Downtime. Uses Node,
	// Downtime, Orderly (close 1001 instead of a reset), KeepSessions.
	Restart
	// RefuseLinks: nodes refuse new links for Downtime. Uses Node, Downtime.
	RefuseLinks
	// KickServer: the server API kicks devices of an account. Uses Account,
	// Devices (empty = all), AllBut (all but Devices).
	KickServer
	// Ban and Unban: use Account; Ban also Kick (reason 2 for its sessions).
	Ban
	Unban
	// RotateToken gives the account a new token: Token, or with Token 0 the one that
	// follows from Rotation (see RotatedToken). Uses Account, Token, Rotation.
	RotateToken
	// SetMultiDevice changes the policy for later logins. Uses MultiDevice.
	SetMultiDevice
	// SetRateLimit changes the 416 limiter. Uses RateLimit.
	SetRateLimit
	// SetMinVersion refuses older versions with 317. Uses Version.
	SetMinVersion
	// SetAuth changes workers and service time: multiplies them by parts in a
	// thousand of what was configured, at most MaxFactor, for Downtime (0 = until told
	// otherwise). Uses Workers, ServiceTime; 0 = as configured. One worker at least is
	// left.
	SetAuth
	// SetSync multiplies the configured sync time by SyncTime thousandths, 0 = as
	// configured, for Downtime (0 = until told otherwise). A cold cache.
	SetSync
	// Outage answers logins with Code and a Hint, for Downtime (0 = until told
	// otherwise, by an Outage with Code 0). It stands for steps 3 to 8 of spec
	// section 6: admission and the 416 limiter come before it, and it costs a worker
	// its service time, so that the queue grows. Spec 10.
	Outage
	// SetSessionTimeout uses Downtime as the new timeout; 0 = as configured.
	SetSessionTimeout
	// Drain closes a node's links in turn over Downtime, after a Drain message,
	// and refuses new ones until an Undrain, also over a Restart. Undrain takes it
	// back. Both use Node; Drain uses Downtime.
	Drain
	Undrain
	// Stall: the accept queue of a node is full for Downtime: new links are neither
	// accepted nor refused. Links that are open stay. Of two stalls the later end
	// holds, and a Restart ends them. Uses Node, Downtime. Spec 10.
	Stall
	// SetAdmission changes admission in buckets, and begins a new one. Uses Admission.
	SetAdmission
	// SetBackend changes a server beside the gateway for Downtime (0 = until told
	// otherwise). The gateway ignores it: its driver hands it over (see Change). Uses
	// Backend, Workers, ServiceTime, Fails; for the app server also Denies and Code,
	// the verdict on third-party logins that are denied, 20000 to 20099.
	SetBackend
)

// AllNodes is the Node of a command that means every node.
const AllNodes = 0xff

// Command is one change; its Kind says which fields count. It is plain data
// and marshals to JSON for the control port.
type Command struct {
	Kind         CommandKind `json:"kind"`
	Node         uint8       `json:"node,omitempty"`
	Orderly      bool        `json:"orderly,omitempty"`
	KeepSessions bool        `json:"keepSessions,omitempty"`
	AllBut       bool        `json:"allBut,omitempty"`
	Kick         bool        `json:"kick,omitempty"`
	Account      uint32      `json:"account,omitempty"`
	// Accounts replaces Account where it is not empty, for KickServer, Ban, Unban
	// and RotateToken. At most MaxBatch; numbers that are none are passed over.
	Accounts    []uint32     `json:"accounts,omitempty"`
	Rotation    uint32       `json:"rotation,omitempty"`
	Fails       uint32       `json:"fails,omitempty"`  // Parts in a million.
	Denies      uint32       `json:"denies,omitempty"` // Parts in a million.
	Backend     backend.Kind `json:"backend,omitempty"`
	Admission   *Admission   `json:"admission,omitempty"`
	Token       uint64       `json:"token,omitempty"`
	Version     uint32       `json:"version,omitempty"`
	Workers     uint32       `json:"workers,omitempty"`
	ServiceTime uint32       `json:"serviceTime,omitempty"`
	SyncTime    uint32       `json:"syncTime,omitempty"`
	Code        wire.Code    `json:"code,omitempty"`
	Downtime    Time         `json:"downtime,omitempty"`
	Hint        Time         `json:"hint,omitempty"`
	Devices     []uint64     `json:"devices,omitempty"`
	MultiDevice *MultiDevice `json:"multiDevice,omitempty"`
	RateLimit   *RateLimit   `json:"rateLimit,omitempty"`
}

// Change is what a SetBackend that is carried out at now means to the server that
// it names.
func (c *Command) Change(now Time) backend.Change {
	change := backend.Change{Workers: c.Workers, ServiceTime: c.ServiceTime, Fails: c.Fails, Denies: c.Denies, Verdict: uint32(c.Code)}
	if c.Downtime > 0 {
		change.Until = now + c.Downtime
	}
	return change
}
