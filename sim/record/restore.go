package record

// Restored is an aggregate that is put together from what a run directory holds:
// rows in their order, and the histograms of each second, before or after.
type Restored struct{ a *Aggregate }

// NewRestored returns an empty one.
func NewRestored(l Layout) *Restored { return &Restored{NewAggregate(l, 1)} }

// Row adds a sealed second; one that is not behind the last one is left out.
func (r *Restored) Row(row Row) {
	const most = 1 << 20 // Seconds; what a run directory may hold.
	a := r.a
	if row.Second < a.next || row.Second >= most {
		return
	}
	t := newTotals(a.space)
	t.tally, t.status = row.tally(a.space)
	t.To, t.From, t.seconds = row.To.Duration(), max(0, row.To.Duration()-secondSpan), 1
	a.line.add(row.Second, t)
	if row.Health != nil {
		a.strain.add(row.Second, row.Health)
	}
	a.dials.add(row.Second, row.Dials)
	a.logins.add(row.Second, row.LoggedIn)
	a.total.merge(t)
	a.windowOf(row.Second).merge(t)
	a.next = row.Second + 1
}

// Histogram adds what a series held in a second.
func (r *Restored) Histogram(second int, s Series) {
	slot, ok := r.a.space.slotOf(s.Key)
	if !ok || s.Histogram.Count() == 0 {
		return
	}
	for _, t := range []*Totals{r.a.total, r.a.windowOf(second)} {
		t.to(slot).Merge(s.Histogram)
	}
}

// Aggregate is what was put together. Its lateness is not known second by second.
func (r *Restored) Aggregate() *Aggregate { return r.a }

// slotOf finds the slot of a key.
func (s *space) slotOf(k Key) (int, bool) {
	if int(k.Metric) >= Metrics {
		return 0, false
	}
	row, ok := 0, true
	switch k.Metric.about().by {
	case byPopulation, byPopulationOrigin:
		row, ok = place(s.rows, s.population, k.Population)
	case byEntry:
		row, ok = place(s.entries, s.entryName, k.Entry)
	case byStep:
		row, ok = place(s.steps, s.step, k.Step)
	}
	return s.slot(k.Metric, uint16(row), k.Origin), ok
}

// windowOf is the window that a second lies in.
func (a *Aggregate) windowOf(second int) *Totals {
	at := 0
	for i, w := range a.windows {
		if w.from <= second {
			at = i
		}
	}
	return a.windows[at].totals
}
