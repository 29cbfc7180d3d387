package record

import (
	"cmp"
	"slices"

	"loginstorm/sim/login"
	"loginstorm/sim/wire"
)

// Fate says what kind of being away it is.
type Fate uint8

const (
	// Trying: on its way, or waiting to try again, or given up for lack of a service
	// that would have let it in.
	Trying Fate = iota
	// Locked: a rule keeps it out, a terminal status or a 416; capacity would not help.
	Locked
	// Left: it went by itself: logged out, or its process is dead.
	Left
)

// String is the fate's word in files.
func (f Fate) String() string {
	switch f {
	case Locked:
		return "locked"
	case Left:
		return "left"
	}
	return "trying"
}

// MarshalText writes the fate's word.
func (f Fate) MarshalText() ([]byte, error) { return []byte(f.String()), nil }

// UnmarshalText reads the fate's word; one that is not known is Trying.
func (f *Fate) UnmarshalText(b []byte) error {
	for *f = Left; *f > Trying && f.String() != string(b); *f-- {
	}
	return nil
}

// Stranded counts clients that were not loggedIn when the run ended and that ended
// alike.
type Stranded struct {
	Entry  string `json:"entry,omitempty"` // What made them drop; "" = nothing did.
	Status string `json:"status"`
	Code   string `json:"code,omitempty"`   // Of their last attempt; "" = none ended.
	Reason string `json:"reason,omitempty"` // Of the kick that put them there.
	Count  uint64 `json:"count"`
	Fate   Fate   `json:"fate"`
	Why    string `json:"why"`
}

// Stranded lists who was not loggedIn when the run ended and why, the most first. It
// is empty until the recorders were told.
func (t *Totals) Stranded(f Filter) []Stranded {
	return t.strandedOf(func(k stranded) bool {
		return (f.Population == "" || f.Population == t.space.population(int(k.row))) &&
			(f.Entry == "" || f.Entry == t.space.strandedBy(k.entry))
	})
}

// strandedBy names the entry that made a client drop; "" = nothing did.
func (s *space) strandedBy(entry uint16) string {
	if entry == NoEntry {
		return ""
	}
	return s.entryName(int(entry))
}

func (t *Totals) strandedOf(takes func(stranded) bool) []Stranded {
	sums := map[stranded]uint64{}
	for k, n := range t.stranded {
		if takes(k) {
			k.row = 0
			if !k.status.Terminal() {
				k.reason = 0 // Of an earlier kick: no reason any more.
			}
			sums[k] += n
		}
	}
	keys := sortedStranded(sums)
	slices.SortStableFunc(keys, func(a, b stranded) int { return cmp.Compare(sums[b], sums[a]) })
	all := make([]Stranded, 0, len(keys))
	for _, k := range keys {
		one := Stranded{Entry: t.space.strandedBy(k.entry), Status: k.status.String(), Count: sums[k]}
		one.Fate, one.Why = k.why()
		if k.code != noCode {
			one.Code = CodeName(int(k.code))
		}
		if k.status.Terminal() && wire.Reason(k.reason) != wire.NoReason {
			one.Reason = ReasonName(int(k.reason))
		}
		all = append(all, one)
	}
	return all
}

// compare orders the ways to be away.
func (k stranded) compare(o stranded) int {
	return cmp.Or(cmp.Compare(k.row, o.row), cmp.Compare(k.entry, o.entry), cmp.Compare(k.status, o.status),
		cmp.Compare(k.code, o.code), cmp.Compare(k.reason, o.reason), cmp.Compare(k.next, o.next))
}

// byHand is how a terminal status is left. Spec 1.
const byHand = "; only a login by hand brings them back"

// why says in words what keeps a client away. Spec 1, 5.
func (k stranded) why() (Fate, string) {
	switch k.status {
	case login.KickOut, login.KickOutByOtherClient:
		return Locked, k.kickedOut() + byHand
	case login.Forbidden:
		if int(k.code) == codeSlot(wire.NotPermitted) {
			return Locked, "this way of logging in is not permitted" + byHand
		}
		return Locked, "the account is banned: back after the ban is lifted, and only with a login by hand"
	case login.VersionError:
		return Locked, "the client's version is refused: only an update brings them back"
	case login.PwdError:
		return Locked, "account, token or appKey is refused: only a login by hand with a good token brings them back"
	case login.Unknown:
		return Left, "the process is dead, or never began"
	case login.UnLogin:
		return k.loggedOut()
	case login.NetBroken:
		return Trying, "waiting to try again, or without a network"
	case login.LoggedIn, login.Connecting, login.Logging:
		return Trying, "on their way when the run ended"
	}
	return Trying, "in a status that says nothing"
}

// kickedOut says who pushed a client out.
func (k stranded) kickedOut() string {
	if int(k.code) == codeSlot(wire.NotLastDevice) {
		return "another device holds the place, or there is no room"
	}
	switch wire.Reason(k.reason) {
	case wire.ByLogin:
		return "another device logged in and pushed them out"
	case wire.ByServer:
		return "the server pushed them out"
	case wire.ByOtherClient:
		return "another device of the account asked for it"
	case wire.BySameDevice:
		return "the same device logged in on a newer link"
	}
	return "they were pushed out"
}

// loggedOut says why a client is not logged in although nothing terminal holds it.
func (k stranded) loggedOut() (Fate, string) {
	switch int(k.code) {
	case noCode:
		return Left, "never tried to log in"
	case codeSlot(wire.Success):
		return Left, "logged out"
	case codeSlot(wire.TooOften):
		return Locked, "refused with 416, login called too often: they wait for the end of the penalty, or gave up"
	case thirdParty:
		return Locked, "refused by the app's own check: not tried again"
	case codeSlot(wire.TimedOut), codeSlot(wire.Disconnected):
		return Trying, "the last attempt found no answer: they wait to try again, or gave up"
	case codeSlot(wire.DatabaseFailed):
		return Trying, "the local database could not be opened"
	case codeSlot(wire.Cancelled):
		return Left, "the last call was cut short by a logout or another call"
	}
	return Trying, "the last attempt was refused as busy or failed for now: they wait to try again, or gave up"
}
