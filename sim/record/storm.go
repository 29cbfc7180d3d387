package record

// Storm is what a timeline entry made of the load: how hard those whom it dropped
// came back, whether what they asked for was served, and how it ended. The storm
// of the whole run has no Entry: its wishes are the arrivals too.
type Storm struct {
	Entry string  `json:"entry,omitempty"`
	At    Seconds `json:"at_seconds"`
	// FaultOver is when the trigger is gone, and every other that lasts beside it.
	FaultOver Seconds `json:"fault_over_seconds"`
	// From and Until are the seconds that the load is taken from: from the fault until
	// 99 % of those hit are back, the next such entry begins, or the run ends, whichever
	// comes first. Ended says which it was: back, next or end.
	From  int    `json:"from_second"`
	Until int    `json:"until_second"` // The second behind the last one.
	Ended string `json:"ended"`

	Asked  uint64 `json:"asked"`
	Online uint64 `json:"online"`
	Hit    uint64 `json:"hit"`
	Back   uint64 `json:"back"`
	// Drops is how often those hit dropped, at least Hit: see Recovery. Milestones count
	// from At, Own from each client's own hit; Gradual says that these differ.
	Drops      uint64      `json:"drops"`
	Milestones []Milestone `json:"milestones,omitempty"`
	Own        Figures     `json:"own_time_back,omitzero"`
	Gradual    bool        `json:"gradual,omitempty"`

	// Offered counts attempts that began, Goodput those that ended with 200, in the
	// second in which they did.
	Offered Load `json:"offered"`
	Goodput Load `json:"goodput"`
	// HerdIndex is the peak of Herd over its mean. The peak is the busiest second of Return,
	// or of Offered where there is none, in whichever tenth of a second it begins. The mean
	// is that of the HerdSeconds around it in which most came, and these are one round: the
	// time in which each of the herd tries once, by how long it has been away
	// (Layout.Rounds) or, where that is longer, by the period of its waves; of rounds
	// shorter than 8 s, as many as fit into that, and 8 s where nothing is known. So
	// neither silence before the first wave nor the length of the tail counts, and a herd
	// that comes in one second, once in T seconds, has T, whether it is let in at once or
	// after ten waves. 1 = evenly spread; HerdSeconds = all in one second, the highest
	// there is; 0 = nothing was offered. When the run or the storm ends before 99 % are
	// back, HerdSeconds are no more than there were. Of a storm that made somebody drop,
	// attempts that the plan asked for are left out. The whole run has those of the storm
	// with the highest one.
	HerdIndex   float64 `json:"herd_index"`
	HerdSeconds int     `json:"herd_seconds"`
	Herd        Load    `json:"herd"`
	// Return is the part of Offered that came after a trigger, or all of them, during
	// which next to nothing was served: what hits a gateway that is there again, up to the
	// last second in which anybody came or was served. Total 0 = nothing, or the trigger
	// took no time, or clients were served meanwhile.
	Return Load `json:"return"`
	// Attempts are those of clients that were hit, until they were back;
	// Amplification is so many for each return, that is for each client where none drops
	// twice. 0 = not known.
	Attempts      uint64  `json:"attempts_of_hit"`
	Amplification float64 `json:"amplification"`
	// LoginsSent counts login requests that left, LoginsWasted those that ended timed out
	// or disconnected, at most as many: the last ones from before it may be among them; TooOften counts attempts refused with 416.
	LoginsSent   uint64 `json:"logins_sent"`
	LoginsWasted uint64 `json:"logins_wasted"`
	TooOften     uint64 `json:"too_often"`

	// Waves are the humps in what was offered, from the fault until the next such entry
	// or the end; of the whole run, until the first such entry. Attempts that the plan asked
	// for are no wave of a storm that made somebody drop. Waves holds the first
	// ones. Period is the gap between Regular of them in a row; 0 = none.
	WaveCount int     `json:"wave_count"`
	Waves     []Wave  `json:"waves,omitempty"`
	Period    Seconds `json:"wave_period_seconds,omitempty"`
	Regular   int     `json:"waves_in_phase,omitempty"`

	// Stranded lists who of those hit (of the whole run: of all) was not loggedIn at the
	// end, and why.
	Stranded []Stranded `json:"stranded,omitempty"`

	Class    Class    `json:"class"`
	Because  string   `json:"because"`
	Capacity Capacity `json:"capacity"`
	Tail     Tail     `json:"tail"` // The seconds that it was classified by.
	Curve    Curve    `json:"curve"`
	// Sentence says all this in one sentence.
	Sentence string `json:"sentence"`

	index       int     // Of its entry; whole = of none.
	again       int     // The first second of Return.
	returned    int     // The second behind Return.
	pace        float64 // Seconds from one attempt to the next of those who are away.
	timedOut    float64 // The share of failed attempts between the waves that timed out.
	worst       string  // Of the whole run: the entry that Herd is of.
	from, limit int     // From the fault to where the waves and the class end.
	gone        int     // The first second of these without any trigger; from limit on = none is.
	returns     uint64  // How often one of those hit was loggedIn again.
	roll        roll
	inForce     bool // A trigger lasts up to where its figures end.
	mixed       bool // Of the whole run: clients dropped because of more than one entry.
	trigger     bool // Something is known that began an overload.
	rushed      bool // It is the rush of arrivals.
}

// whole is the index of the whole run's storm.
const whole = -1

// maxWaves is how many waves a Storm lists.
const maxWaves = 64

// LostShare is the share of those hit that never came back.
func (s *Storm) LostShare() float64 {
	if s.Hit == 0 {
		return 0
	}
	return float64(s.Hit-min(s.Back, s.Hit)) / float64(s.Hit)
}

// Wasted is the share of login requests that were sent for nothing, 0 to 1.
func (s *Storm) Wasted() float64 {
	if s.LoginsSent == 0 {
		return 0
	}
	return float64(s.LoginsWasted) / float64(s.LoginsSent)
}

// reading is what storms are read from.
type reading struct {
	space *space
	total *Totals
	line  line
}

func (a *Aggregate) reading() *reading { return &reading{a.space, a.total, a.line} }

// Storms describes the storm of each timeline entry that dropped somebody who is
// expected back, that lasted, or that pushed clients out, and did not leave the load
// calm, in their order; and, last, that of the whole run. There is none before the first second.
func (a *Aggregate) Storms() []Storm { return a.reading().storms() }

// Storms describes the storms of the run up to the snapshot.
func (s *Snapshot) Storms() []Storm {
	r := &reading{s.space, s.Totals, s.line}
	return r.storms()
}

func (r *reading) storms() []Storm {
	if r.line.seconds() == 0 {
		return nil
	}
	c := r.capacity()
	all := make([]Storm, 0, 4)
	for i := range r.entries() {
		f, l := r.total.faults[i], &r.space.layout
		lasting := f.began && l.end(i) > l.begin(i)
		if !f.drops(l, i) && !lasting && !r.shuts(i) {
			continue
		}
		s := r.storm(i, c)
		if s.Hit > 0 || s.Class != Calm {
			all = append(all, s)
		}
	}
	return append(all, r.whole(c, all))
}

// entries is how many entries have figures of their own.
func (r *reading) entries() int { return min(len(r.space.layout.Entries), MaxEntries) }

// drops reports whether an entry dropped clients that are expected back.
func (f *fault) drops(l *Layout, entry int) bool {
	return f.hit > 0 && (entry >= len(l.Recovers) || l.Recovers[entry])
}

// next is the second in which the next entry begins that drops somebody, or the end.
func (r *reading) next(after Time) (second int, ended string) {
	l := &r.space.layout
	second, ended = r.line.seconds(), "end"
	for i := range r.entries() {
		if at := l.begin(i); at > after && r.total.faults[i].drops(l, i) && int(at/secondSpan) < second {
			second, ended = int(at/secondSpan), "next"
		}
	}
	return second, ended
}

// seconds is how many seconds a span takes, begun ones counted in full.
func seconds(t Seconds) int { return int((t + Seconds(secondSpan) - 1) / Seconds(secondSpan)) }

// over is when the trigger of an entry is gone: that entry, and all that last and
// overlap it, or one another.
func (r *reading) over(entry int) Time {
	l := &r.space.layout
	over := l.end(entry)
	for again := true; again; {
		again = false
		for i := range r.entries() {
			if r.lasts(i) && l.begin(i) <= over && l.end(i) > max(over, l.begin(entry)) {
				over, again = l.end(i), true
			}
		}
	}
	return over
}

// lasts reports whether an entry began, and its fault took time.
func (r *reading) lasts(entry int) bool {
	l := &r.space.layout
	return r.total.faults[entry].began && l.end(entry) > l.begin(entry)
}

// gone is the first second of a storm from which on no trigger is in force, and whether
// one is up to the end of its figures.
func (r *reading) gone(s *Storm) (second int, inForce bool) {
	l, end := &r.space.layout, min(Time(s.limit)*secondSpan, r.total.To)
	second = seconds(s.FaultOver)
	for i := range r.entries() {
		if r.lasts(i) && int(l.begin(i)/secondSpan) < s.limit && Seconds(l.end(i)) > s.At {
			second, inForce = max(second, seconds(Seconds(l.end(i)))), inForce || l.end(i) >= end
		}
	}
	return second, inForce
}

// storm describes the storm of an entry.
func (r *reading) storm(entry int, c Capacity) Storm {
	l, f := &r.space.layout, &r.total.faults[entry]
	s := Storm{Entry: r.space.entryName(entry), index: entry, At: Seconds(l.begin(entry)), FaultOver: Seconds(r.over(entry)),
		Asked: f.asked, Online: f.online, Hit: f.hit, Back: f.returned(), Drops: f.dropped, returns: f.back, Attempts: f.attempts, Capacity: c}
	s.Own, s.Gradual = own(r.total, entry)
	s.limit, s.Ended = r.next(l.begin(entry))
	s.from = min(int(l.begin(entry)/secondSpan), s.limit)
	s.From, s.Until = s.from, s.limit
	s.Milestones = milestones(r.total, entry, percents()...)
	for _, m := range s.Milestones {
		if back := seconds(s.At + m.After); m.Percent == 99 && m.Reached && back <= s.limit {
			s.Until, s.Ended = max(back, s.from+1), "back"
		}
	}
	s.Stranded = r.total.strandedOf(func(k stranded) bool { return int(k.entry) == entry })
	r.figures(&s)
	s.trigger = r.began(&s)
	s.Class, s.Because = r.judge(&s)
	s.Sentence = s.sentence()
	return s
}

// figures fills in what comes from the seconds of a storm.
func (r *reading) figures(s *Storm) {
	s.Offered, s.Goodput = load(r.line.offered, s.From, s.Until), load(r.line.goodput, s.From, s.Until)
	s.again = int(s.FaultOver / Seconds(secondSpan))
	if s.index != whole && !r.away(s.From, s.again) {
		s.again = int(r.space.layout.end(s.index) / secondSpan)
	}
	if s.again > s.From && s.again < s.Until && (s.index == whole || r.away(s.From, s.again)) {
		s.returned = r.line.busy(s.again, s.Until)
		s.Return = load(r.line.offered, s.again, s.returned)
	}
	if s.returns > 0 {
		s.Amplification = float64(s.Attempts) / float64(s.returns)
	}
	s.LoginsSent = load(r.line.sent, s.From, s.Until).Total
	s.LoginsWasted = min(load(r.line.wasted, s.From, s.Until).Total, s.LoginsSent)
	s.TooOften = load(r.line.tooOften, s.From, s.Until).Total
	s.gone, s.inForce = r.gone(s)
	s.Tail = r.tail(s)
	s.Curve = r.line.curve(s.from, s.limit)
	r.waves(s, s.limit)
	r.herd(s)
}

// servedAway is the share of what is offered that may succeed while a gateway counts
// as away: logins that were on their way.
const servedAway = 0.005

// away reports whether next to nothing was served in a stretch.
func (r *reading) away(from, until int) bool {
	return float64(load(r.line.goodput, from, until).Total) <= servedAway*float64(load(r.line.offered, from, until).Total)
}

// whole describes the storm of the whole run, whose entries' storms are known. The
// worst of what lasts to its end is its class.
func (r *reading) whole(c Capacity, entries []Storm) Storm {
	s := Storm{index: whole, limit: r.line.seconds(), Until: r.line.seconds(), Ended: "end", Capacity: c}
	l := &r.space.layout
	for i := range r.entries() {
		if f := &r.total.faults[i]; f.began || f.hit > 0 {
			s.FaultOver = max(s.FaultOver, Seconds(l.end(i)))
		}
	}
	s.Stranded = r.total.strandedOf(func(stranded) bool { return true })
	r.figures(&s)
	first, _ := r.next(-1)
	r.waves(&s, first)
	s.Class, s.Because = r.run(&s, entries)
	for i := range entries {
		e := &entries[i]
		s.Asked, s.Online, s.Hit, s.Back, s.Attempts = s.Asked+e.Asked, s.Online+e.Online, s.Hit+e.Hit, s.Back+e.Back, s.Attempts+e.Attempts
		s.Drops, s.returns = s.Drops+e.Drops, s.returns+e.returns
	}
	s.herdOf(entries)
	if s.returns > 0 {
		s.Amplification = float64(s.Attempts) / float64(s.returns)
	}
	s.Sentence = s.sentence()
	return s
}
