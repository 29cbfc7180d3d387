package plan

import (
	"strconv"

	"loginstorm/sim/gateway"
)

// DefaultPrefix begins the names of generated accounts.
const DefaultPrefix = "storm-"

// nameDigits is the least width of the number in a generated name, so that names
// sort as their numbers do in all but the largest runs.
const nameDigits = 6

// Accounts names every account of a plan and knows its token. Generated accounts
// follow from prefix, number and seed, so that an embedded gateway and a target
// started from the same scenario know them without a list.
type Accounts struct {
	Count     uint32
	Prefix    string
	TokenSeed uint64
	Chosen    bool         // The scenario says whose accounts they are: a prefix, or a list.
	list      []credential // From a file; nil = generated.
}

type credential struct {
	name  string
	token Secret
}

// Generated reports whether names and tokens follow from the seed.
func (a *Accounts) Generated() bool { return a.list == nil }

// Name returns the name of account i: storm-000017.
func (a *Accounts) Name(i uint32) string {
	if a.list != nil {
		return a.list[i].name
	}
	return string(a.AppendName(nil, i))
}

// AppendName appends Name(i).
func (a *Accounts) AppendName(dst []byte, i uint32) []byte {
	if a.list != nil {
		return append(dst, a.list[i].name...)
	}
	dst = append(dst, a.Prefix...)
	for digits, least := decimals(i), nameDigits; digits < least; least-- {
		dst = append(dst, '0')
	}
	return strconv.AppendUint(dst, uint64(i), 10)
}

func decimals(i uint32) int {
	n := 1
	for ; i >= 10; i /= 10 {
		n++
	}
	return n
}

// Number returns the account that a generated name means.
func (a *Accounts) Number(name string) (uint32, bool) {
	digits := name[min(len(a.Prefix), len(name)):]
	n, err := strconv.ParseUint(digits, 10, 32)
	if err != nil || n >= uint64(a.Count) || a.list != nil || string(a.AppendName(nil, uint32(n))) != name {
		return 0, false
	}
	return uint32(n), true
}

// Token returns the static token of account i. It is a secret: never log it.
func (a *Accounts) Token(i uint32) string {
	if a.list != nil {
		return a.list[i].token.Reveal()
	}
	return gateway.AccountToken(a.TokenSeed, i)
}

// AppendToken appends Token(i).
func (a *Accounts) AppendToken(dst []byte, i uint32) []byte { return append(dst, a.Token(i)...) }
