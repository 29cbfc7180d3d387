package record

import "loginstorm/sim/wire"

// Milestone is when a share of the drops that an entry caused was over: the client that
// dropped was loggedIn again. It counts from the instant at which the entry began, so
// that of an entry that hits one client after another (a spread, a replay, a rolling
// drain) the time that takes is part of it; what each client waited for itself is
// Recovery.Own. 100 % is reached when the last return of the last one has come.
type Milestone struct {
	Percent float64 `json:"percent"`
	Reached bool    `json:"reached"`
	After   Seconds `json:"after_seconds"` // When reached: time since the entry began.
	Missing uint64  `json:"missing"`       // When not: how many more would have to be back.
}

// Recovery is what became of a timeline entry.
type Recovery struct {
	Entry string  `json:"entry"`
	At    Seconds `json:"at_seconds"`
	Began bool    `json:"began"`
	// Asked is how many times the entry was to hit a client, Online how many of those
	// were loggedIn when their turn came. Where everybody has one turn, as a rule, both
	// count clients; a client that several rows of a replay name, or that is on one
	// draining node after another, counts each time. Whoever logs in while a gateway is
	// dying is hit without having been found.
	Asked  uint64 `json:"asked"`
	Online uint64 `json:"online"`
	// Hit counts clients that dropped because of it, Drops how often they did, Back those
	// of Hit that are loggedIn again after the last of their drops.
	Hit        uint64      `json:"hit"`
	Drops      uint64      `json:"drops"`
	Back       uint64      `json:"back"`
	Attempts   uint64      `json:"attempts,omitempty"` // Of those hit, until they were back.
	Milestones []Milestone `json:"milestones"`
	// Own is the time from a client's own hit until it was loggedIn again, a value for
	// each drop that is over. Gradual says that the entry hit one client after another:
	// then it differs from the milestones.
	Own     Figures `json:"own_time_back,omitzero"`
	Gradual bool    `json:"gradual,omitempty"`
}

// Returns is how often one of those hit was loggedIn again.
func (r *Recovery) Returns() uint64 { return r.Drops - min(r.Hit-min(r.Back, r.Hit), r.Drops) }

// percents are the milestones of a recovery.
func percents() []float64 { return []float64{50, 90, 95, 99, 99.9, 100} }

// Recoveries tells what became of each timeline entry so far, in their order.
func (a *Aggregate) Recoveries() []Recovery {
	var all []Recovery
	for i := range min(len(a.space.layout.Entries), MaxEntries) {
		f := a.total.faults[i]
		r := Recovery{Entry: a.space.entryName(i), At: Seconds(a.space.layout.begin(i)), Began: f.began,
			Asked: f.asked, Online: f.online, Hit: f.hit, Drops: f.dropped, Back: f.returned(), Attempts: f.attempts}
		r.Own, r.Gradual = own(a.total, i)
		r.Milestones = milestones(a.total, i, percents()...)
		all = append(all, r)
	}
	return all
}

// own returns what those whom an entry hit waited from their own hit on, and whether it
// hit one after another.
func own(t *Totals, entry int) (f Figures, gradual bool) {
	back := t.at(t.space.slot(TimeBack, uint16(entry), wire.NoOrigin))
	return back.Figures(), t.at(t.space.slot(BackSinceBegin, uint16(entry), wire.NoOrigin)).Count() > 0
}

// milestone tells when p percent of the drops that an entry caused were over, counted
// from the instant at which it began.
func milestone(t *Totals, entry int, p float64) Milestone {
	if all := milestones(t, entry, p); len(all) > 0 {
		return all[0]
	}
	return Milestone{Percent: p}
}

// milestones is milestone of several percentages, which ascend, in one walk over the
// buckets; nil when the entry hit nobody.
func milestones(t *Totals, entry int, percents ...float64) []Milestone {
	f := t.faults[entry]
	if f.hit == 0 {
		return nil
	}
	h := t.at(t.space.slot(BackSinceBegin, uint16(entry), wire.NoOrigin))
	if h.Count() == 0 {
		h = t.at(t.space.slot(TimeBack, uint16(entry), wire.NoOrigin)) // All were hit when it began.
	}
	have, all := h.Count(), make([]Milestone, len(percents))
	ranks := make([]int64, 0, len(percents)) // Of those that were reached: the first ones.
	for i, p := range percents {
		all[i].Percent = p
		if want := rank(p/100, int64(f.dropped)); have < want {
			all[i].Missing = uint64(want - have)
		} else {
			ranks, all[i].Reached = append(ranks, want), true
		}
	}
	if len(ranks) == 0 {
		return all // There may be no histogram.
	}
	var seen int64
	at := 0
	for b := range h.Buckets() {
		seen += b.Count
		for ; at < len(ranks) && seen >= ranks[at]; at++ {
			all[at].After = Seconds(b.upper())
		}
		if at == len(ranks) {
			break
		}
	}
	return all
}
