package virtual

import (
	"loginstorm/sim/client"
	"loginstorm/sim/gateway"
)

// Tamper plants faults between the rooms, so that a test can hold its judges against
// rules that are broken on purpose. Each function may change what passes by, or
// return false to have it lost; nil = everything passes as it is. The oracles are
// told what the gateway was asked before Asked sees it, and what the gateway decided
// after Decided did: to them a gateway that is tampered with is one that breaks the
// rules by itself.
type Tamper struct {
	// Hears is what a client is told: calls, links, deadlines.
	Hears func(now Time, who uint32, in *client.Input) bool
	// Asked is what the gateway is given.
	Asked func(now Time, in *gateway.Input) bool
	// Decided is what the gateway does.
	Decided func(now Time, o *gateway.Output) bool
}

// Plant has a simulation that was not run yet tampered with.
func (s *Simulator) Plant(t Tamper) { s.tamper, s.plain = t, true }

func (t *Tamper) decided(now Time, o *gateway.Output) bool {
	return t.Decided == nil || t.Decided(now, o)
}
