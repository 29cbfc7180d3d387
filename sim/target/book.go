package target

import (
	"sync"

	"loginstorm/sim/gateway"
)

// book is which accounts there are where a server API makes them. Names of the rule keep
// its numbers, so that a command that names an account by its number means the same one;
// others are numbered behind them, in the order in which they were registered.
type book struct {
	rule  func(name string) (uint32, bool)
	only  bool // Accounts of the rule are unknown, too, until they were registered.
	first uint32
	last  uint32 // The first number that is none.

	mu     sync.RWMutex
	made   map[uint32]struct{} // Those of the rule that were registered.
	others map[string]uint32
	chosen map[uint32]string // Tokens that somebody chose: what follows from the seed is not theirs.
}

// newBook returns the book of a gateway whose first accounts follow from a rule.
func newBook(rule func(string) (uint32, bool), ruled, all uint32, only bool) *book {
	return &book{rule: rule, only: only, first: ruled, last: all,
		made: map[uint32]struct{}{}, others: map[string]uint32{}, chosen: map[uint32]string{}}
}

// number resolves the name of an account that is there.
func (b *book) number(name string) (uint32, bool) {
	if n, ok := b.rule(name); ok {
		if !b.only {
			return n, true
		}
		b.mu.RLock()
		defer b.mu.RUnlock()
		_, ok = b.made[n]
		return n, ok
	}
	b.mu.RLock()
	defer b.mu.RUnlock()
	n, ok := b.others[name]
	return n, ok
}

// add makes an account. fresh is false when it was there; full when there is no room.
func (b *book) add(name string) (n uint32, fresh, full bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if n, ok := b.rule(name); ok {
		_, was := b.made[n]
		if was || !b.only {
			return n, false, false
		}
		b.made[n] = struct{}{}
		return n, true, false
	}
	if n, ok := b.others[name]; ok {
		return n, false, false
	}
	if b.first+uint32(len(b.others)) >= b.last {
		return 0, false, true
	}
	n = b.first + uint32(len(b.others))
	b.others[name] = n
	return n, true, false
}

// choose notes the token that somebody chose for an account; "" = none.
func (b *book) choose(n uint32, token string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if token == "" {
		delete(b.chosen, n)
		return
	}
	b.chosen[n] = token
}

// token returns the token that somebody chose for an account. A nil book has none.
func (b *book) token(n uint32) (string, bool) {
	if b == nil {
		return "", false
	}
	b.mu.RLock()
	defer b.mu.RUnlock()
	token, ok := b.chosen[n]
	return token, ok
}

// rotated forgets the chosen tokens of the accounts that a command gives new ones.
func (b *book) rotated(cmd *gateway.Command) {
	if b == nil {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(cmd.Accounts) == 0 {
		delete(b.chosen, cmd.Account)
		return
	}
	for _, n := range cmd.Accounts {
		delete(b.chosen, n)
	}
}
