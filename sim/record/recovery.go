package record

import "loginstorm/sim/wire"

// Milestone is when a share of those whom a fault hit was back.
type Milestone struct {
	Percent float64 `json:"percent"`
	Reached bool    `json:"reached"`
	After   Seconds `json:"after_seconds"` // When reached: time since the fault.
	Missing uint64  `json:"missing"`       // When not: how many more would have to be back.
}

// Recovery is what became of a timeline entry.
type Recovery struct {
	Entry      string      `json:"entry"`
	At         Seconds     `json:"at_seconds"`
	Began      bool        `json:"began"`
	Asked      uint64      `json:"asked"`              // Clients the scenario asked for.
	Online     uint64      `json:"online"`             // Of those, loggedIn when it began.
	Hit        uint64      `json:"hit"`                // Of those, dropped because of it.
	Back       uint64      `json:"back"`               // Of those, loggedIn again.
	Attempts   uint64      `json:"attempts,omitempty"` // Of those hit, until they were back.
	Milestones []Milestone `json:"milestones"`
}

// percents are the milestones of a recovery.
func percents() [6]float64 { return [6]float64{50, 90, 95, 99, 99.9, 100} }

// Recoveries tells what became of each timeline entry so far, in their order.
func (a *Aggregate) Recoveries() []Recovery {
	var all []Recovery
	for i := range min(len(a.space.layout.Entries), MaxEntries) {
		f := a.total.faults[i]
		r := Recovery{Entry: a.space.entryName(i), At: Seconds(a.space.layout.begin(i)), Began: f.began,
			Asked: f.asked, Online: f.online, Hit: f.hit, Back: f.back, Attempts: f.attempts}
		for _, p := range percents() {
			if f.hit > 0 {
				r.Milestones = append(r.Milestones, milestone(a.total, i, p))
			}
		}
		all = append(all, r)
	}
	return all
}

// milestone tells when p percent of those whom an entry hit were back.
func milestone(t *Totals, entry int, p float64) Milestone {
	f := t.faults[entry]
	m := Milestone{Percent: p}
	if f.hit == 0 {
		return m
	}
	want := rank(p/100, int64(f.hit))
	h := t.histograms[t.space.slot(TimeBack, uint16(entry), wire.NoOrigin)]
	if have := h.Count(); have < want {
		m.Missing = uint64(want - have)
		return m
	}
	m.Reached, m.After = true, Seconds(h.atRank(want))
	return m
}
