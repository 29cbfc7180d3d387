package record

import (
	"cmp"
	"slices"

	"loginstorm/sim/wire"
)

// Fate says what kind of being away it is.
type Fate uint8

const (
	// Trying: it should be loggedIn and does something about it: it waits to try again or
	// for a network, or its person is about to press the button.
	Trying Fate = iota
	// Locked: a rule keeps it out, a terminal status or a 416; capacity would not help.
	Locked
	// GaveUp: nobody tries any more, and a service that works would have let it in.
	GaveUp
	// Left: it went by itself, logged out or its process is dead, or never wanted in.
	Left
	// Replaced: another device of its account holds its place, as the policy has it or
	// because that device asked. It is what a race is for, and no outage.
	Replaced
	// Coming: on its way, and nothing went wrong so far.
	Coming
)

// fates is how many fates there are.
const fates = int(Coming) + 1

// String is the fate's word in files.
func (f Fate) String() string {
	switch f {
	case Locked:
		return "locked"
	case GaveUp:
		return "gaveUp"
	case Left:
		return "left"
	case Replaced:
		return "replaced"
	case Coming:
		return "coming"
	}
	return "trying"
}

// MarshalText writes the fate's word.
func (f Fate) MarshalText() ([]byte, error) { return []byte(f.String()), nil }

// UnmarshalText reads the fate's word; one that is not known is Trying.
func (f *Fate) UnmarshalText(b []byte) error {
	for *f = Coming; *f > Trying && f.String() != string(b); *f-- {
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
	Next   Next   `json:"next,omitzero"`    // What they do about it.
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
		one := Stranded{Entry: t.space.strandedBy(k.entry), Status: k.status.String(), Next: k.next, Count: sums[k]}
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
