package record

import (
	"fmt"
	"strconv"
)

// aboutStorm reports whether the figure is one of a storm.
func (t Threshold) aboutStorm() bool {
	return t.fn.ofStorm() || t.what == ofOffered || t.what == ofGoodput
}

// storm judges a figure of the storm of an entry, or of the whole run.
func (t Threshold) storm(a *Aggregate, entry int, o Outcome) Outcome {
	r := a.reading()
	if r.line.seconds() == 0 {
		o.Reason = "nothing was recorded"
		return o
	}
	var s Storm
	if entry == whole {
		all := r.storms()
		s = all[len(all)-1]
	} else {
		if f := a.total.faults[min(entry, MaxEntries)]; !f.began && f.hit == 0 {
			o.Reason = fmt.Sprintf("%s did not begin", t.window)
			if a.total.To < a.space.layout.begin(entry) {
				o.Reason = fmt.Sprintf("the run ended before %s began", t.window)
			}
			return o
		}
		s = r.storm(entry, r.capacity())
	}
	if t.fn == stormClass {
		return t.kind(&s, o)
	}
	got := t.stormFigure(a, &s, &o)
	if !o.Known {
		return o
	}
	if o.Value == "" {
		o.Value, o.Pass = t.format(got), t.holds(got)
	}
	return o
}

// load judges what was offered or served in the window of an entry: from the second in
// which it begins up to the one in which the next entry begins, or to the end.
func (t Threshold) load(a *Aggregate, entry int, o Outcome) Outcome {
	from, until := int(a.space.layout.begin(entry)/secondSpan), a.line.seconds()
	for _, at := range a.space.boundaries() {
		if at > from {
			until = min(until, at)
			break
		}
	}
	if from >= until {
		o.Reason = "nothing was recorded in that time"
		return o
	}
	s := Storm{index: entry, Offered: load(a.line.offered, from, until), Goodput: load(a.line.goodput, from, until)}
	got := t.stormFigure(a, &s, &o)
	o.Value, o.Pass = t.format(got), t.holds(got)
	return o
}

// kind compares what kind of storm it was.
func (t Threshold) kind(s *Storm, o Outcome) Outcome {
	if o.Count, o.Of = s.Hit, "clients dropped"; s.Hit == 0 {
		o.Count, o.Of = s.roll.expected(), "clients that should be loggedIn"
	}
	if o.Known = s.Class != Unjudged; !o.Known {
		o.Reason = s.Because
		return o
	}
	o.Value = s.Class.String()
	if o.Pass = (s.Class == t.class) == (t.op == "=="); !o.Pass {
		o.Reason = fmt.Sprintf("it was %s: %s", s.Class, s.Because)
	}
	return o
}

// stormFigure is the number that the threshold is about.
func (t Threshold) stormFigure(a *Aggregate, s *Storm, o *Outcome) float64 {
	o.Known, o.Count, o.Of = true, s.Offered.Total, "attempts"
	unknown := func(why string) float64 {
		o.Known, o.Reason = false, why
		return 0
	}
	switch {
	case t.what == ofOffered && t.fn == maximum:
		return float64(s.Offered.Peak)
	case t.what == ofOffered:
		return s.Offered.Mean
	case t.what == ofGoodput && t.fn == maximum:
		o.Count, o.Of = s.Goodput.Total, "logins"
		return float64(s.Goodput.Peak)
	case t.what == ofGoodput:
		o.Count, o.Of = s.Goodput.Total, "logins"
		return s.Goodput.Mean
	case t.fn == herdIndex && s.Offered.Total == 0:
		return unknown("no attempt began in that time")
	case t.fn == herdIndex:
		return s.HerdIndex
	case t.fn == waves:
		return float64(s.WaveCount)
	case t.fn == wasted:
		o.Count, o.Of = s.LoginsSent, "login requests"
		if s.LoginsSent == 0 {
			return unknown("no login request left in that time")
		}
		return s.Wasted()
	case t.fn == strandedClients:
		return t.strandedFigure(a, s, o)
	}
	o.Count, o.Of = s.Back, "clients back"
	switch {
	case s.Hit == 0:
		return unknown("no client dropped")
	case s.returns == 0:
		o.Value = "unbounded"
		o.Reason = strconv.FormatUint(s.Attempts, 10) + " attempts, and nobody is back"
		o.Pass = t.op == ">" || t.op == ">="
	}
	return s.Amplification
}

// strandedFigure counts those who are not loggedIn at the end, or their share of those
// hit; of the whole run, of all clients.
func (t Threshold) strandedFigure(a *Aggregate, s *Storm, o *Outcome) float64 {
	if s.index != whole && s.Hit == 0 {
		o.Known, o.Reason = false, s.Entry+" made nobody drop who is expected back: stranded() without after counts everybody"
		return 0
	}
	var n, of uint64
	f := Filter{Population: t.filter.Population, Entry: s.Entry}
	for _, one := range a.total.Stranded(f) {
		if (t.status == "" || t.status == one.Status) && (t.code == "" || t.code == one.Code) {
			n += one.Count
		}
	}
	if of, o.Of = s.Hit, "clients dropped"; s.index == whole {
		o.Of = "clients"
		of = 0
		for _, k := range a.total.Statuses(Filter{Population: t.filter.Population}) {
			of += uint64(max(k, 0))
		}
	}
	if o.Count = of; t.unit == number {
		return float64(n)
	}
	if of == 0 {
		o.Known, o.Reason = false, "no client dropped"
		return 0
	}
	return float64(n) / float64(of)
}
