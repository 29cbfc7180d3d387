package record

const (
	// watchCount is how many values of lateness, and how many logins, an interval
	// needs for its two p99: with fewer, a p99 is their maximum, and one unlucky start
	// would condemn a run. An interval is as many whole seconds as that takes. A run
	// with fewer in all is judged by its medians.
	watchCount = 100
	// watchFew is how many values a median needs. Below it nothing is judged.
	watchFew = 20
	// follow is for how many seconds after an interval logins are still compared with
	// its lateness. Attempts that begin together log in one after the other: what was
	// late in one second is part of the latencies of the next ones.
	follow = 10
	// followMost is where waiting for watchCount logins ends, so that hours in which
	// little happens do not thin out what was late at their begin.
	followMost = 60
)

// watch looks for the interval in which the generator was latest.
type watch struct {
	metric Metric
	open   *stretch   // Not enough values of lateness yet.
	ahead  []*stretch // Enough of those; the logins of their attempts still come.
	worst  *Lateness
}

// stretch is an interval that is being filled.
type stretch struct {
	from, until   int
	late, connect *Histogram
}

func newStretch(m Metric, from int) *stretch {
	return &stretch{from: from, until: from, late: NewHistogram(m), connect: NewHistogram(ConnectToLoggedIn)}
}

func newWatch(m Metric) watch { return watch{metric: m, open: newStretch(m, 0)} }

// add takes the next second.
func (w *watch) add(second int, t *Totals, connect *Histogram) {
	w.open.late.Merge(t.Histogram(w.metric, Filter{}))
	w.open.until = second + 1
	w.open.connect.Merge(connect)
	for _, s := range w.ahead {
		s.connect.Merge(connect)
	}
	if w.open.late.Count() >= watchCount {
		w.ahead = append(w.ahead, w.open)
		w.open = newStretch(w.metric, second+1)
	}
	kept := w.ahead[:0]
	for _, s := range w.ahead {
		age := second + 1 - s.until
		if age < follow || s.connect.Count() < watchCount && age < followMost {
			kept = append(kept, s)
			continue
		}
		l := s.judge(true)
		w.worst = worse(w.worst, &l)
	}
	clear(w.ahead[len(kept):])
	w.ahead = kept
}

// result is the worst interval so far; nil when nothing was late or on time. What
// is left over with too few values for a p99 counts when there is nothing else.
func (w *watch) result() *Lateness {
	worst := w.worst
	for _, s := range w.ahead {
		l := s.judge(true)
		worst = worse(worst, &l)
	}
	if worst == nil && w.open.late.Count() > 0 {
		l := w.open.judge(false)
		l.Invalid = l.Invalid && l.Late.Count >= watchFew
		worst = &l
	}
	return worst
}

// judge applies the rule to the p99, or with too few values to the medians. An
// interval in which and after which nobody logged in has no corrected figure that
// the lateness could have spoiled.
func (s *stretch) judge(enough bool) Lateness {
	l := Lateness{Kind: s.late.metric.String(), From: s.from, Until: s.until, Late: s.late.Brief(), Connect: s.connect.Brief(), few: !enough}
	late, connect := l.figures()
	l.excess = float64(late) / float64(max(Seconds(lateFloor), connect/lateShare))
	l.Invalid = l.Connect.Count > 0 && l.excess > 1
	return l
}

// worse picks the interval that weighs more against the run.
func worse(a, b *Lateness) *Lateness {
	if a == nil || b.Invalid && !a.Invalid || b.Invalid == a.Invalid && b.excess > a.excess {
		return b
	}
	return a
}

// Lateness returns the worst interval of each kind of lateness that has samples.
func (a *Aggregate) Lateness() []Lateness {
	var all []Lateness
	for i := range a.lateness {
		if l := a.lateness[i].result(); l != nil {
			all = append(all, *l)
		}
	}
	return all
}
