package calibrate

import (
	"errors"
	"slices"

	"loginstorm/sim/login"
	"loginstorm/sim/record"
)

// Second is what was recorded in one second of a run. A histogram of nothing may be
// nil.
type Second struct {
	Sent    uint64 // Login requests that left.
	Served  uint64 // Logins that a worker was done with: answered 200, or refused by their judgement.
	Refused uint64 // Attempts that ended with 503.
	Wasted  uint64 // Login requests whose attempt timed out or was disconnected.
	Logging uint64 // Clients that waited for an answer at its end.

	Login, Dial, Upgrade, Sync *record.Histogram
}

// Figures are what was recorded of a run, second by second; a second that is missing
// is one in which nothing happened.
type Figures struct {
	Seconds []Second
	Tokens  uint64 // Tokens fetched: clients wait for them where they wait for an answer.
	Limited uint64 // Attempts that ended with 416.
	Faults  int    // Timeline entries that began.
}

// maxSeconds bounds a run: twelve days.
const maxSeconds = 1 << 20

// at returns a second to write to; nil where no run has one.
func (f *Figures) at(second int) *Second {
	if second < 0 || second >= maxSeconds {
		return nil
	}
	for len(f.Seconds) <= second {
		f.Seconds = append(f.Seconds, Second{})
	}
	return &f.Seconds[second]
}

// Row takes the counts of a second.
func (f *Figures) Row(r *record.Row) {
	s := f.at(r.Second)
	if s == nil {
		return
	}
	s.Sent, s.Wasted = r.Counters[record.LoginsSent], r.Counters[record.LoginsWasted]
	s.Logging = uint64(max(r.Statuses[login.Logging], 0))
	s.Served, s.Refused = 0, 0
	for slot, n := range r.Codes {
		switch name := record.CodeName(slot); {
		case slices.Contains(judged(), name):
			s.Served += n
		case name == "503":
			s.Refused += n
		case name == "416":
			f.Limited += n
		}
	}
	f.Tokens += r.Counters[record.TokensFetched]
	for _, fault := range r.Faults {
		if fault.Began {
			f.Faults++
		}
	}
}

// judged lists the codes that cost a worker its time. Spec 6, steps 3 to 8.
func judged() []string { return []string{"200", "302", "317", "403", "404", "417", "422"} }

// Histogram takes a histogram of a second; those of all populations are one. It is
// not kept.
func (f *Figures) Histogram(second int, h *record.Histogram) {
	s := f.at(second)
	if s == nil || h.Count() == 0 {
		return
	}
	var into **record.Histogram
	switch h.Metric() {
	case record.PhaseLogin:
		into = &s.Login
	case record.PhaseDial:
		into = &s.Dial
	case record.PhaseUpgrade:
		into = &s.Upgrade
	case record.DataSync:
		into = &s.Sync
	default:
		return
	}
	if *into == nil {
		*into = h.Clone()
	} else {
		(*into).Merge(h)
	}
}

// Metrics lists the histograms that are looked at.
func Metrics() []record.Metric {
	return []record.Metric{record.PhaseLogin, record.PhaseDial, record.PhaseUpgrade, record.DataSync}
}

// between is how many empty seconds stand between two runs, so that none of the
// second one is taken for the end of the first.
const between = 60

// Join appends the seconds of another run of the same gateway.
func (f *Figures) Join(o *Figures) {
	if len(f.Seconds) > 0 {
		f.Seconds = append(f.Seconds, make([]Second, between)...)
	}
	f.Seconds = append(f.Seconds, o.Seconds...)
	f.Tokens, f.Limited, f.Faults = f.Tokens+o.Tokens, f.Limited+o.Limited, f.Faults+o.Faults
}

// ErrNoLogins is the error of a run in which nobody logged in.
var ErrNoLogins = errors.New("nobody logged in: there is nothing to fit a cost model to")

// pick returns a phase of a second.
type pick func(*Second) *record.Histogram

func loginPhase(s *Second) *record.Histogram   { return s.Login }
func dialPhase(s *Second) *record.Histogram    { return s.Dial }
func upgradePhase(s *Second) *record.Histogram { return s.Upgrade }
func syncPhase(s *Second) *record.Histogram    { return s.Sync }

// merged is a phase of the seconds that are asked for; nil = all.
func (f *Figures) merged(m record.Metric, phase pick, only []int) sample {
	h := record.NewHistogram(m)
	if only == nil {
		for i := range f.Seconds {
			h.Merge(phase(&f.Seconds[i]))
		}
	}
	for _, i := range only {
		h.Merge(phase(&f.Seconds[i]))
	}
	return sampled(h)
}
