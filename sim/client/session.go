package client

import (
	"loginstorm/sim/dialect"
	"loginstorm/sim/wire"
)

// Encode appends what a Say effect on link gen says, as one frame, for a dialogue that
// keeps something between what it says (dialect.Dialogue.Described). It is called once for
// each such effect, in their order and before the next Step.
func (v *Virtual) Encode(dst []byte, gen uint32, m *wire.Message, who *dialect.Speaker) (frame []byte, binary bool) {
	return v.session.Encode(dst, m, gen != v.machine.Gen(), who)
}

// Account returns the account that the client logs in with, or is loggedIn with.
func (v *Virtual) Account() uint32 { return v.machine.Account() }
