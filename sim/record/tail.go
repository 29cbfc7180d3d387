package record

const (
	// metastableStretch is how many seconds the end of a storm has that it is judged by, and
	// for how long its trigger has to be gone before it is called metastable.
	metastableStretch = 20
	// returnStretch is how many seconds the rate is taken from at which those who are missing
	// come back: more than a round of most policies and than a bucket of admission.
	returnStretch = 60
)

// Tail is the end of a storm, by which it is judged: the last seconds until the last one
// in which anybody came or was served, and none in which a trigger was in force when there
// are others. Silence behind it changes nothing.
type Tail struct {
	From    int     `json:"from_second"`
	Until   int     `json:"until_second"` // The second behind the last one.
	Offered float64 `json:"offered_per_second"`
	Goodput float64 `json:"goodput_per_second"`
	Retries float64 `json:"retries_share"` // Of what was offered: all but the first attempts of clients that came new.
	// Fresh are clients that came new, Wasted login requests that ended timed out or
	// disconnected.
	Fresh  float64 `json:"fresh_per_second"`
	Wasted float64 `json:"wasted_per_second"`
	// Returning is how fast those who are out became fewer in the last minute, at most as
	// fast as logins succeeded; 0 = they did not.
	Returning float64 `json:"returning_per_second"`

	served float64 // The goodput of that minute.
	rest   int     // Seconds from when the trigger was gone; 0 = it is not.
}

// seconds is how many seconds it has.
func (t *Tail) seconds() int { return t.Until - t.From }

// tail looks at the end of a storm.
func (r *reading) tail(s *Storm) Tail {
	end := r.line.busy(s.from, s.limit)
	t := Tail{From: max(s.from, end-metastableStretch), Until: end}
	since := max(s.from, end-returnStretch)
	if at := r.dropped(s); at >= end { // What was before it says nothing of those who dropped then.
		end, since = at, at
		t.From, t.Until = at, at
	} else {
		since = max(since, at)
	}
	if s.gone < end {
		t.From, since, t.rest = max(t.From, s.gone), max(since, s.gone), end-max(s.gone, s.from)
	}
	offered := load(r.line.offered, t.From, end)
	t.Offered, t.Goodput = offered.Mean, load(r.line.goodput, t.From, end).Mean
	t.Wasted, t.served = load(r.line.wasted, t.From, end).Mean, load(r.line.goodput, since, end).Mean
	if n := end - t.From; n > 0 {
		fresh := r.fresh(t.From, end)
		t.Fresh = float64(fresh) / float64(n)
		if offered.Total > 0 { // Who tries without having failed is no retry either.
			t.Retries = min(max(0, 1-float64(fresh)/float64(offered.Total)), float64(load(r.line.failed, t.From, end).Total)/float64(offered.Total))
		}
	}
	out := func(second int) float64 { return float64(r.line.trying[second]) + float64(r.line.idle[second]) }
	if n := end - 1 - since; n > 0 {
		t.Returning = max(0, min(t.served, (out(since)-out(end-1))/float64(n)))
	}
	return t
}

// dropped is the last second of the whole run in which an entry began that made
// somebody drop; -1 = none did, or the storm is one of an entry.
func (r *reading) dropped(s *Storm) int {
	last := -1
	for i := range r.entries() {
		if at := int(r.space.layout.begin(i) / secondSpan); s.index == whole && r.total.faults[i].drops(&r.space.layout, i) && at < s.limit {
			last = max(last, at)
		}
	}
	return last
}

// fresh counts clients that came new in a stretch: their first attempt is no retry. Rows
// that do not say what the plan asked for tell it by those who were not there before.
func (r *reading) fresh(from, until int) (n uint64) {
	for i := max(from, 0); i < until; i++ {
		n += r.arrived(i)
	}
	return n
}

// arrived counts clients that came new in a second.
func (r *reading) arrived(second int) uint64 {
	n := uint64(r.line.planned[second])
	if second > 0 {
		if before, after := r.line.absent[second-1], r.line.absent[second]; before > after {
			n = max(n, uint64(before-after))
		}
	}
	return n
}

// rushStretch is how many seconds arrivals have to be above the capacity for, on average,
// to be a rush.
const rushStretch = 5

// rush is the second behind the last in which arrivals alone asked for more than the
// capacity; 0 = they never did.
func (r *reading) rush(c Capacity) (over int) {
	var sum uint64
	for i := range r.line.seconds() {
		sum += r.arrived(i)
		if i >= rushStretch {
			sum -= r.arrived(i - rushStretch)
		}
		if float64(sum) > c.PerSecond*rushStretch {
			over = i + 1
		}
	}
	return over
}
