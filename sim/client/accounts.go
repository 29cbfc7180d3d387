package client

import (
	"time"

	"loginstorm/sim/record"
	"loginstorm/sim/wire"
)

// Accounts follows what happens among the devices of accounts, as clients see it:
// how long a kick takes to be heard, kick wars, two sessions where one is allowed,
// and how long 416 locks somebody out. One goroutine owns it, and steps every
// client of the accounts that it follows.
//
//	quiet   one client is loggedIn, and that is all: 16 bytes in a table
//	busy    anything else: a state of its own, given back when it is quiet again
//
// A table is at most 7/8 full and doubles, so a quiet account costs 18 to 37 bytes; a
// busy one costs 72 more, and 24 for each device that was in. An account of which
// nobody is loggedIn and nothing is pending costs nothing. Events allocate only while
// a table or a pool grows.
type Accounts struct {
	excludes func(a, b wire.ClientType) bool
	table    table
	busy     []account // By number; 0 is nobody.
	free     int32     // Head of those that are not used.
	devices  []device  // By number; 0 is nobody.
	unused   int32     // Head of those that are not used.
	// first and last are the ends of the list of accounts with a chain of kicks, in
	// the order of their newest kick.
	first, last int32
}

const (
	// Grudge is how long after a kick the next one still belongs to the same chain:
	// somebody who comes back later than that is not fighting.
	Grudge = 60 * time.Second
	// WarKicks is how many kicks in a chain make it a war, if somebody who was pushed
	// out in it came back, and pushed in turn or was pushed out again. Devices that
	// merely race for one seat fight no war, however many there are.
	WarKicks = 3
	// MaxDevices is how many devices of an account are followed; no policy lets more
	// than 10 in, and the rest of a fight is like the part that is seen.
	MaxDevices = 32
)

// seat is one client of an account.
type seat struct {
	account, client uint32
	population      uint16
	kind            wire.ClientType
	alone           bool // Its account has no other client.
	sent            Time // When its newest login left.
}

// account is what is remembered of a busy one.
type account struct {
	number     uint32
	devices    int32  // Head of its devices.
	prev, next int32  // In the list of chains; next also links those that are not used.
	places     uint32 // That its devices take.
	kicks      uint32 // In the chain of kicks that lasts; 0 = none does.
	loser      uint32 // The client that heard of the newest kick whose winner is not known.
	population uint16 // Of the newest event.
	losers     uint16 // The population of loser.
	unheard    uint8  // How many such kicks there are.
	fought     bool   // Somebody came back in the chain, and kicked or was kicked.
	began      Time   // Its first kick.
	kicked     Time   // Its newest kick.
	together   Time   // Since when two are loggedIn that exclude each other, or never.
	locked     Time   // Since the first 416, or never.
}

// device is one client of a busy account that is, or was, loggedIn.
type device struct {
	client uint32
	next   int32
	since  Time   // When it heard its 200.
	rivals uint32 // By place: those that are loggedIn too and exclude it.
	place  uint8
	kind   wire.ClientType
	in     bool
	grudge grudge
}

// grudge is what a chain of kicks did to a device so far.
type grudge uint8

const (
	unharmed grudge = iota
	pushed          // It was kicked, and has not been back.
	returned        // It was kicked, and loggedIn again.
)

// NewAccounts returns one that has seen nothing. excludes is the multi-device
// policy: whether two client types of an account may not be online together; nil =
// all may.
func NewAccounts(excludes func(a, b wire.ClientType) bool) *Accounts {
	a := &Accounts{busy: make([]account, 1), devices: make([]device, 1)}
	a.SetPolicy(excludes)
	return a
}

// SetPolicy changes the multi-device policy. Like the gateway's it touches later
// logins only: those who are together already stay what they were. Spec section 6.
func (a *Accounts) SetPolicy(excludes func(a, b wire.ClientType) bool) {
	if excludes == nil {
		excludes = func(_, _ wire.ClientType) bool { return false }
	}
	a.excludes = excludes
}

// Busy returns how many accounts have a state of their own, and how many are merely
// known as loggedIn.
func (a *Accounts) Busy() (busy, quiet int) {
	for i := range a.table.cells {
		switch c := &a.table.cells[i]; {
		case c.ref&busyBit != 0:
			busy++
		case c.ref != 0:
			quiet++
		}
	}
	return busy, quiet
}

// End records what still lasts when the run ends at now: wars, overlaps, lockouts.
// It is called once, before the recorder's last Cut.
func (a *Accounts) End(now Time, rec *record.Recorder) {
	for i := range a.table.cells {
		c := &a.table.cells[i]
		if c.ref&busyBit == 0 {
			continue
		}
		acc := &a.busy[c.ref&^busyBit]
		a.conclude(acc, rec)
		if acc.together != never {
			rec.Observe(record.Overlap, acc.population, wire.NoOrigin, now-acc.together)
		}
		if acc.locked != never {
			rec.Add(record.LockedOut, 1)
		}
	}
}
