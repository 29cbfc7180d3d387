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
	Chosen    bool         // The scenario says whose accounts they are: a prefix, a list, or an API.
	Register  *Register    `json:"-"` // How they come to be before the run; nil = they are there.
	list      *AccountList // From a file; nil = names are generated.
	made      []Secret     // Tokens that a server API gave out; nil = none were asked for.
}

// Generated reports whether names and tokens follow from the seed.
func (a *Accounts) Generated() bool { return a.list == nil && a.Register == nil }

// Listed reports whether they come from a file.
func (a *Accounts) Listed() bool { return a.list != nil }

// API returns where they are registered; "" = nowhere.
func (a *Accounts) API() string {
	if a.Register == nil {
		return ""
	}
	return a.Register.URL
}

// Registered takes the tokens that a server API gave out, one for each account. It is
// called once, before anybody reads the plan.
func (a *Accounts) Registered(tokens []string) {
	a.made = make([]Secret, len(tokens))
	for i, token := range tokens {
		a.made[i] = NewSecret(token)
	}
}

// Columns returns what is known of an account beside its name and its token.
func (a *Accounts) Columns() []string { return a.list.Columns() }

// Field returns a column of account i, "" when there is no such column. It may be a
// secret.
func (a *Accounts) Field(i uint32, column string) string {
	if a.list == nil {
		return ""
	}
	return a.list.Field(int(i), column)
}

// Name returns the name of account i: storm-000017.
func (a *Accounts) Name(i uint32) string {
	if a.list != nil {
		return a.list.Name(int(i))
	}
	return string(a.AppendName(nil, i))
}

// AppendName appends Name(i).
func (a *Accounts) AppendName(dst []byte, i uint32) []byte {
	if a.list != nil {
		return append(dst, a.list.Name(int(i))...)
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
	switch {
	case a.list != nil:
		return a.list.Token(int(i))
	case a.made != nil:
		return a.made[i].Reveal()
	}
	return gateway.AccountToken(a.TokenSeed, i)
}

// AppendToken appends Token(i).
func (a *Accounts) AppendToken(dst []byte, i uint32) []byte { return append(dst, a.Token(i)...) }
