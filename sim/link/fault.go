// Package link is one connection between a client and a gateway as a value:
// when does what is sent now arrive, if ever, and what does each end notice of
// a fault.
//
// Most callers use New, Link.Arrives, Link.End and Link.Apply. A simulator asks
// a Link, a wrapper around a real connection obeys it, so that a fault means the
// same in both. Arrivals in one direction never overtake each other, and the same
// seed gives the same delays. It moves no bytes, reads no clock and keeps no
// data back: that is its driver's.
package link

import (
	"strconv"
	"time"

	"loginstorm/sim/chance"
)

// Time is an instant, as elapsed time since the run began.
type Time = time.Duration

// Direction is one way over a link.
type Direction uint8

const (
	Up   Direction = iota // Client to gateway.
	Down                  // Gateway to client.
)

// Config is what a healthy link of a population is like.
type Config struct {
	Latency    chance.Dist // One way.
	Loss       uint32      // Parts in a million of the sends that need a retransmission.
	Retransmit Time        // Delay of a lost send; 0 = 200 ms. Doubles on each further loss.
	Bandwidth  uint64      // Bytes a second and direction; 0 = not limited.
}

// FaultKind is what happens to a link. Spec section 10.
type FaultKind uint8

const (
	NoFault FaultKind = iota
	// Reset: cut by reset. Both ends lose the link, the far one after the latency.
	Reset
	// Closed: cut by a close frame with Code. Both ends lose the link in order.
	Closed
	// HalfOpen: nothing arrives any more, in either direction; nobody is told.
	HalfOpen
	// Frozen: the client reads nothing more; what it sends still arrives.
	Frozen
	// RadioLost: the link is gone for the client at once, the gateway is told
	// nothing: as HalfOpen, seen from there.
	RadioLost
	// Healed takes every fault back that did not break the link: HalfOpen,
	// Frozen, Slowed, Delayed and Lossy; of a Weather, everything.
	Healed
	// Slowed limits the bandwidth to Bandwidth, where the link has not less; 0 =
	// as configured. It is left by another Slowed or Healed.
	Slowed
	// Delayed adds Delay to the latency of each direction; 0 = as configured. It
	// is left by another Delayed or Healed.
	Delayed
	// Lossy sets the loss to Loss; 0 = as configured, a million and more = nothing
	// arrives. It is left by another Lossy or Healed.
	Lossy
	// Thawed takes HalfOpen and Frozen back, and nothing else.
	Thawed
	// Unreachable and Nameless are of a Weather, not of a link: a share of the
	// attempts fails to connect, or to find the address by its name: Loss parts in
	// a million; 0 = none. They are left by another one or Healed.
	Unreachable
	Nameless
)

// Fault is one fault; its Kind says which fields count.
type Fault struct {
	Kind      FaultKind
	Code      uint16 // Closed: the close code.
	Loss      uint32 // Lossy, Unreachable, Nameless: parts in a million.
	Delay     Time   // Delayed: one way.
	Bandwidth uint64 // Slowed: bytes a second and direction.
}

// String returns the direction's name.
func (d Direction) String() string {
	if d == Up {
		return "up"
	}
	return "down"
}

// String returns the fault's name in lower camel case.
func (k FaultKind) String() string {
	names := [...]string{
		"none", "reset", "closed", "halfOpen", "frozen", "radioLost", "healed", "slowed", "delayed", "lossy",
		"thawed", "unreachable", "nameless",
	}
	if int(k) < len(names) {
		return names[k]
	}
	return "fault(" + strconv.Itoa(int(k)) + ")"
}
