package dialect

import (
	"time"

	"loginstorm/sim/chance"
	"loginstorm/sim/wire"
)

// Speaker is who says something in a described dialogue: what templates are filled
// in with, and what their chance is drawn from. The same speaker says the same.
type Speaker struct {
	// Credentials is the account with its secret, and the device. What a description
	// calls `password` is its Token. nil = nobody: every name is empty.
	Credentials *wire.Credentials
	// Columns are the account's own fields, in the order of Dialogue.Columns.
	Columns []string
	// Epoch is the instant at which Time is 0, since 1 January 1970 UTC; Now is when it
	// is said.
	Epoch time.Duration
	Now   Time
	// Seed, Client and Link are whom the draws belong to; each link draws its own.
	Seed   uint64
	Client uint32
	Link   uint32
}

// unix is the instant of speaking, since 1970.
func (w *Speaker) unix() time.Duration { return w.Epoch + w.Now }

// draw returns the n-th draw of the speaker on this link.
func (w *Speaker) draw(n uint32) uint64 {
	return chance.Draw(w.Seed^uint64(w.Link)*0x9e3779b97f4a7c15, chance.Words, w.Client, n)
}
