package record

import (
	"maps"
	"slices"

	"loginstorm/sim/login"
	"loginstorm/sim/wire"
)

// Totals is everything recorded in a stretch of time: the whole run, a window of
// it, or a moment of it that a Snapshot shows.
type Totals struct {
	space      *space
	From, To   Time
	seconds    int                  // Sealed seconds in it.
	histograms []*Histogram         // By slot, up to space.dense.
	entries    map[int32]*Histogram // By slot, from there on; only those that hold something.
	status     []int64              // Gauges at To.
	tally
}

func newTotals(s *space) *Totals {
	return &Totals{space: s, histograms: make([]*Histogram, s.dense), status: make([]int64, s.rows*login.Statuses),
		tally: newTally(s)}
}

// at returns the histogram of a slot, nil when it holds nothing.
func (t *Totals) at(slot int) *Histogram {
	if slot >= t.space.dense {
		return t.entries[int32(slot)]
	}
	return t.histograms[slot]
}

// to returns the histogram of a slot, to be added to; it is made if need be.
func (t *Totals) to(slot int) *Histogram {
	h := t.at(slot)
	if h != nil {
		return h
	}
	h = NewHistogram(t.space.metric(slot))
	if slot < t.space.dense {
		t.histograms[slot] = h
		return h
	}
	if t.entries == nil {
		t.entries = map[int32]*Histogram{}
	}
	t.entries[int32(slot)] = h
	return h
}

// merge adds a stretch that follows this one.
func (t *Totals) merge(o *Totals) {
	for i, h := range o.histograms {
		if h.Count() > 0 {
			t.to(i).Merge(h)
		}
	}
	for i, h := range o.entries { // In any order: each is a series of its own.
		t.to(int(i)).Merge(h)
	}
	t.tally.add(&o.tally)
	if o.seconds > 0 {
		if t.seconds == 0 {
			t.From = o.From
		}
		t.seconds += o.seconds
		t.To = o.To
		copy(t.status, o.status)
	}
}

// clone returns an independent copy.
func (t *Totals) clone() *Totals {
	c := *t
	c.histograms = make([]*Histogram, len(t.histograms))
	for i, h := range t.histograms {
		if h != nil {
			c.histograms[i] = h.Clone()
		}
	}
	c.entries = make(map[int32]*Histogram, len(t.entries))
	for i, h := range t.entries {
		c.entries[i] = h.Clone()
	}
	c.status = slices.Clone(t.status)
	c.dialled, c.attempts, c.kicks = slices.Clone(t.dialled), slices.Clone(t.attempts), slices.Clone(t.kicks)
	c.results, c.faults = slices.Clone(t.results), slices.Clone(t.faults)
	c.stranded = maps.Clone(t.stranded)
	return &c
}

// Layout is what the run is about.
func (t *Totals) Layout() Layout { return t.space.layout }

// Filter narrows a figure down. The zero Filter takes everything.
type Filter struct {
	Population string // "" = all.
	Origin     login.Origin
	Entry      string // Of metrics by timeline entry; "" = all.
	Step       string // Of metrics by step; "" = all.
}

// takes reports whether a series passes.
func (f Filter) takes(k Key) bool {
	return (f.Population == "" || f.Population == k.Population) &&
		(f.Origin == wire.NoOrigin || f.Origin == k.Origin) && (f.Entry == "" || f.Entry == k.Entry) &&
		(f.Step == "" || f.Step == k.Step)
}

// rows lists the rows that the filter takes.
func (t *Totals) rows(f Filter) []int {
	var rows []int
	for row := range t.space.rows {
		if f.Population == "" || f.Population == t.space.population(row) {
			rows = append(rows, row)
		}
	}
	return rows
}

// Series lists the histograms of a metric that hold something, in the order of
// populations (or entries) and origins.
func (t *Totals) Series(m Metric) []Series {
	var all []Series
	at := t.space.metrics[m]
	for i := int(at.base); i < at.end(); i++ {
		if h := t.at(i); h.Count() > 0 {
			all = append(all, Series{t.space.key(i), h})
		}
	}
	return all
}

// Histogram merges the series of a metric that the filter takes into a new one.
func (t *Totals) Histogram(m Metric, f Filter) *Histogram {
	h := NewHistogram(m)
	for _, s := range t.Series(m) {
		if f.takes(s.Key) {
			h.Merge(s.Histogram)
		}
	}
	return h
}

// StatusCounts counts clients by status.
type StatusCounts [login.Statuses]int64

// Statuses counts clients by status at the end of the stretch.
func (t *Totals) Statuses(f Filter) StatusCounts {
	var n StatusCounts
	for _, row := range t.rows(f) {
		for s := range n {
			n[s] += t.status[row*login.Statuses+s]
		}
	}
	return n
}

// CodeCounts counts by code; CodeName names its places.
type CodeCounts [Codes]uint64

// Sum is how many there are in all.
func (c CodeCounts) Sum() uint64 {
	var n uint64
	for _, k := range c {
		n += k
	}
	return n
}

// Attempts counts attempts that ended, by code.
func (t *Totals) Attempts(f Filter) CodeCounts {
	var n CodeCounts
	for _, row := range t.rows(f) {
		for o := range origins {
			if f.Origin != wire.NoOrigin && f.Origin != login.Origin(o) {
				continue
			}
			for c := range n {
				n[c] += t.attempts[(row*origins+o)*Codes+c]
			}
		}
	}
	return n
}

// Dials counts attempts that began.
func (t *Totals) Dials(f Filter) uint64 {
	var n uint64
	for _, row := range t.rows(f) {
		for o := range origins {
			if f.Origin == wire.NoOrigin || f.Origin == login.Origin(o) {
				n += t.dialled[row*origins+o]
			}
		}
	}
	return n
}

// KickCounts counts kicks by reason; ReasonName names its places.
type KickCounts [Reasons]uint64

// Sum is how many there are in all.
func (k KickCounts) Sum() uint64 {
	var n uint64
	for _, c := range k {
		n += c
	}
	return n
}

// Kicks counts clients pushed out, by reason.
func (t *Totals) Kicks(f Filter) KickCounts {
	var n KickCounts
	for _, row := range t.rows(f) {
		for r := range n {
			n[r] += t.kicks[row*Reasons+r]
		}
	}
	return n
}

// KickedInto counts clients pushed out by the status it left them in.
func (t *Totals) KickedInto() StatusCounts {
	var n StatusCounts
	for s, k := range t.kicked {
		n[s] = int64(k)
	}
	return n
}

// Results counts the results of a call of the app, by code.
func (t *Totals) Results(op Op) CodeCounts {
	return CodeCounts(t.results[int(op)*Codes : (int(op)+1)*Codes])
}

// Counter is how often something happened.
func (t *Totals) Counter(c Counter) uint64 { return t.counters[c] }

// Clamped is how many values of a metric were above its range.
func (t *Totals) Clamped(m Metric) uint64 { return t.clamped[m] }

// Populations names the rows that figures are told apart by; Other is the last
// one, when there are more populations than that.
func (t *Totals) Populations() []string {
	return t.names(t.space.rows, len(t.space.layout.Populations), t.space.population)
}

// Entries names the timeline entries that figures are told apart by.
func (t *Totals) Entries() []string {
	return t.names(t.space.entries, len(t.space.layout.Entries), t.space.entryName)
}

// Steps names the steps behind the login that figures are told apart by.
func (t *Totals) Steps() []string {
	return t.names(t.space.steps, len(t.space.layout.Steps), t.space.step)
}

func (t *Totals) names(rows, given int, name func(int) string) []string {
	if given < rows {
		rows = given
	}
	names := make([]string, rows)
	for i := range names {
		names[i] = name(i)
	}
	return names
}
