package record

// MaxUndrained is how many sealed rows wait for Sealed to be called, an hour and
// a bit; the oldest are dropped then, and counted.
const MaxUndrained = 4096

// Aggregate merges the intervals of all shards. A second is sealed when every
// shard has delivered it: only then does it count in totals and windows, so that
// what is shown is never half of the shards.
type Aggregate struct {
	space     *space
	shards    int
	next      int       // The second to be sealed next.
	open      []*second // open[i] is second next+i.
	sealed    []Row
	undrained int // Rows dropped because nobody drained them.
	total     *Totals
	windows   []window
	lateness  [3]watch
	dials     Peak
	logins    Peak
	line      line
	strain    Strain
	capped    float64 // Attempts begun a second, at most; 0 = there is no cap.
}

// Peak is the second in which there was most of something.
type Peak struct {
	Second int    `json:"second"`
	Count  uint64 `json:"count"`
}

func (p *Peak) add(second int, n uint64) {
	if n > p.Count {
		*p = Peak{second, n}
	}
}

// Peaks are the seconds with the most attempts begun and the most logins.
func (a *Aggregate) Peaks() (dials, logins Peak) { return a.dials, a.logins }

// second is one that not every shard has delivered yet.
type second struct {
	delivered int
	totals    *Totals
}

// window is a stretch between the instants of timeline entries.
type window struct {
	from   int // First second.
	totals *Totals
}

// newWindow returns the totals of a window. What became of timeline entries is told of
// the whole run alone: a window of each entry that held all entries would grow with
// their square.
func newWindow(s *space) *Totals {
	t := newTotals(s)
	t.faults = nil
	return t
}

// NewAggregate returns the aggregate of a run that so many shards record.
func NewAggregate(l Layout, shards int) *Aggregate {
	s := newSpace(l)
	a := &Aggregate{space: s, shards: max(shards, 1), total: newTotals(s)}
	a.windows = []window{{0, newWindow(s)}}
	for _, from := range s.boundaries() {
		if from > 0 {
			a.windows = append(a.windows, window{from, newWindow(s)})
		}
	}
	for i, m := range [...]Metric{StartLateness, TimerLateness, RecordLateness} {
		a.lateness[i] = newWatch(m)
	}
	return a
}

// Add merges what one shard recorded in one second. The interval is not kept: the
// shard may release it afterwards. It panics when the interval is of another
// layout, or of a second that is sealed already: each shard delivers each second
// once.
func (a *Aggregate) Add(iv *Interval) {
	if len(iv.histograms) != a.space.dense || iv.space.slots != a.space.slots || len(iv.status) != len(a.total.status) || iv.Second < a.next {
		panic("record: interval of another layout, or delivered twice")
	}
	for len(a.open) <= iv.Second-a.next {
		a.open = append(a.open, &second{totals: newTotals(a.space)})
	}
	s := a.open[iv.Second-a.next]
	s.delivered++
	t := s.totals
	for _, i := range iv.touched {
		if int(i) >= a.space.dense {
			t.to(int(i)).Merge(iv.entries[i])
			continue
		}
		h := NewHistogram(a.space.metric(int(i)))
		h.fill(iv.histograms[i])
		t.to(int(i)).Merge(h)
	}
	t.tally.add(&iv.tally)
	for i, n := range iv.status {
		t.status[i] += n
	}
	if s.delivered == 1 || iv.From < t.From {
		t.From = iv.From
	}
	t.To = max(t.To, iv.To)
	for len(a.open) > 0 && a.open[0].delivered >= a.shards {
		a.seal(false)
	}
}

// Flush seals the seconds that some shard never delivered, at the end of a run
// that was cut short; their rows say so.
func (a *Aggregate) Flush() {
	for len(a.open) > 0 {
		a.seal(a.open[0].delivered < a.shards)
	}
}

// seal closes the oldest open second.
func (a *Aggregate) seal(short bool) {
	t := a.open[0].totals
	t.seconds = 1
	a.open[0] = nil
	a.open = a.open[1:]
	a.total.merge(t)
	a.windowOf(a.next).merge(t)
	connect := t.Histogram(ConnectToLoggedIn, Filter{})
	for i := range a.lateness {
		a.lateness[i].add(a.next, t, connect)
	}
	row := newRow(a.next, t, connect, short)
	a.dials.add(a.next, row.Dials)
	a.logins.add(a.next, row.LoggedIn)
	a.line.add(a.next, t)
	a.sealed = append(a.sealed, row)
	if len(a.sealed) > MaxUndrained {
		a.sealed = append(a.sealed[:0], a.sealed[1:]...)
		a.undrained++
	}
	a.next++
}

// Sealed returns the rows that were sealed since the last call.
func (a *Aggregate) Sealed() []Row {
	rows := a.sealed
	a.sealed = nil
	return rows
}

// Undrained is how many rows were dropped because Sealed was not called.
func (a *Aggregate) Undrained() int { return a.undrained }

// Seconds is how many seconds are sealed.
func (a *Aggregate) Seconds() int { return a.next }

// Totals is everything sealed so far. It is the aggregate's own: it changes with
// the next Add, and is not to be changed by the caller.
func (a *Aggregate) Totals() *Totals { return a.total }

// Snapshot is an independent copy of everything sealed so far.
type Snapshot struct {
	*Totals
	Recoveries []Recovery
	Strain     *Strain // Of the generator; nil = nobody looked.
	line       line
}

// Snapshot returns the figures at this moment, to be read by another goroutine.
func (a *Aggregate) Snapshot() *Snapshot {
	return &Snapshot{Totals: a.total.clone(), Recoveries: a.Recoveries(), Strain: a.Strain(), line: a.line}
}

// boundaries lists the seconds in which the timeline entries that have figures of
// their own begin, each once, in order.
func (s *space) boundaries() []int {
	var at []int
	for i := range min(len(s.layout.Entries), MaxEntries) {
		second := int(s.layout.begin(i) / secondSpan)
		place := len(at)
		for place > 0 && at[place-1] >= second {
			place--
		}
		if place < len(at) && at[place] == second {
			continue
		}
		at = append(at[:place], append([]int{second}, at[place:]...)...)
	}
	return at
}

// window returns what was recorded from the second in which an entry begins: up to
// the second in which the next one begins (during), or to the end. Entries that
// begin in the same second share their windows.
func (a *Aggregate) window(entry int, during bool) *Totals {
	from := int(a.space.layout.begin(entry) / secondSpan)
	t := newWindow(a.space)
	for _, w := range a.windows {
		if w.from == from || !during && w.from > from {
			t.merge(w.totals)
		}
	}
	return t
}

// windowOver reports whether the window of an entry is complete.
func (a *Aggregate) windowOver(entry int) bool {
	from := int(a.space.layout.begin(entry) / secondSpan)
	for _, w := range a.windows {
		if w.from > from {
			return a.next >= w.from
		}
	}
	return false
}
