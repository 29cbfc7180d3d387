package link

import (
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
	// Healed takes HalfOpen, Frozen and Slowed back.
	Healed
	// Slowed limits the bandwidth to Bandwidth; Delayed adds Delay one way; Lossy
	// sets the loss to Loss.
	Slowed
	Delayed
	Lossy
)

// Fault is one fault; its Kind says which fields count.
type Fault struct {
	Kind      FaultKind
	Code      uint16
	Loss      uint32
	Delay     Time
	Bandwidth uint64
}
