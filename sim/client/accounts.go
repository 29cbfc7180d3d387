package client

import "loginstorm/sim/wire"

// Accounts follows what happens among the devices of accounts: how long a kick
// takes to be heard, kick wars, two sessions where one is allowed, and how long
// 416 locks somebody out. One goroutine owns it, and steps every client of the
// accounts that it follows.
type Accounts struct {
	excludes func(a, b wire.ClientType) bool
}

// NewAccounts returns one that has seen nothing. excludes is the multi-device
// policy: whether two client types of an account may not be online together.
func NewAccounts(excludes func(a, b wire.ClientType) bool) *Accounts {
	return &Accounts{excludes: excludes}
}
