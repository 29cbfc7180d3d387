package screen

import (
	"time"

	"loginstorm/sim/login"
	"loginstorm/sim/record"
)

// Recent is how many seconds the figures called recent are about: long enough for
// a p99 to rest on something, short enough to see a storm come and go.
const Recent = 10

// Facts is what does not change while a run goes on.
type Facts struct {
	Name    string
	Driver  string // "run" or "simulate".
	Seed    uint64
	Target  string // Whom the clients log in to, for people; no secrets.
	Clients uint64
	// Duration is the planned one.
	Duration   time.Duration
	Virtual    bool // Time flies: the plot shows the whole run and not its end.
	Entries    []Entry
	Thresholds []string
	Color      bool
}

// Entry is one of the timeline.
type Entry struct {
	Name, Says string
	At, Until  time.Duration
	Stays      bool // It is never taken back.
}

// Latency is a distribution in short. Without a count there is none.
type Latency struct {
	Count              int64
	P50, P90, P99, Max time.Duration
}

// Fault is what a timeline entry did so far.
type Fault struct {
	Drops, Back uint64 // Drops it caused, and how many of them are over.
}

// State is a run at a moment. It shares nothing that changes with its Feed.
type State struct {
	At       time.Duration // The end of the last second; 0 = nothing is known yet.
	Statuses record.StatusCounts
	Seen     [login.Statuses]bool // Statuses that somebody had at some time.
	// Planned, Began and Logins count by second: attempts that arrivals and the timeline
	// asked for, attempts that began, logins that succeeded.
	Planned, Began, Logins []uint64
	Codes, RecentCodes     record.CodeCounts
	Kicks, RecentKicks     record.KickCounts
	Lockouts, Wars         uint64
	Late, Dropped          uint64 // Attempts that began more than 5 ms late, or never.
	Recent, Whole          Latency
	P99                    []time.Duration // connect_to_logged_in by second; 0 = nobody logged in.
	Faults                 []Fault         // By Facts.Entries.

	// Of the generator, in the last second.
	Lateness record.Brief
	Worst    record.Brief   // The second that was latest so far, by p99.
	CPU      float64        // In cores; 0 = not known.
	Health   *record.Health // nil = nobody looked.

	// Of a simulation: what it did so far, how fast, and what is left of it in real time.
	Events  uint64
	PerSec  float64
	LeftFor time.Duration

	// Outcomes are how the thresholds stand; nil = nobody looked yet.
	Outcomes []record.Outcome
	Note     string // The last thing that was said while the screen is up.
	Notes    int    // How many there were.
}

// Feed folds the rows of a run, one a second, into what a screen shows. One
// goroutine at a time may use it. A row costs a merge of its own histograms.
type Feed struct {
	state State
	names map[string]int
	whole *record.Histogram
	ring  [Recent]second
}

// second is what leaves the recent figures again.
type second struct {
	codes   record.CodeCounts
	kicks   record.KickCounts
	connect []*record.Histogram
}

// NewFeed returns the feed of a run that has not begun.
func NewFeed(f Facts) *Feed {
	feed := &Feed{names: map[string]int{}, whole: record.NewHistogram(record.ConnectToLoggedIn)}
	feed.state.Faults = make([]Fault, len(f.Entries))
	for i, e := range f.Entries {
		feed.names[e.Name] = i
	}
	return feed
}

// Add takes the next second. Its histograms must not change any more.
func (f *Feed) Add(r record.Row) {
	s := &f.state
	s.At, s.Statuses, s.Lateness, s.CPU, s.Health = r.To.Duration(), r.Statuses, r.Lateness, r.CPU, r.Health
	for i, n := range r.Statuses {
		s.Seen[i] = s.Seen[i] || n != 0
	}
	if r.Lateness.P99 > s.Worst.P99 {
		s.Worst = r.Lateness
	}
	s.Planned = append(s.Planned, r.Counters[record.AttemptsPlanned])
	s.Began = append(s.Began, r.Dials)
	s.Logins = append(s.Logins, r.LoggedIn)
	s.P99 = append(s.P99, r.Connect.P99.Duration())
	s.Lockouts += r.Counters[record.Lockouts]
	s.Wars += r.Counters[record.Wars]
	s.Late += r.Counters[record.StartsLate]
	s.Dropped += r.Counters[record.StartsDropped]
	for _, one := range r.Faults {
		if i, ok := f.names[one.Entry]; ok {
			s.Faults[i].add(one)
		}
	}
	f.slide(r)
}

func (f *Fault) add(r record.FaultRow) {
	f.Drops += max(r.Drops, r.Hit)
	f.Back += r.Back
}

// slide moves the recent figures on by a second.
func (f *Feed) slide(r record.Row) {
	s, old := &f.state, &f.ring[(len(f.state.Began)-1)%Recent]
	for i := range s.Codes {
		s.Codes[i] += r.Codes[i]
		s.RecentCodes[i] += r.Codes[i] - old.codes[i]
	}
	for i := range s.Kicks {
		s.Kicks[i] += r.Kicks[i]
		s.RecentKicks[i] += r.Kicks[i] - old.kicks[i]
	}
	*old = second{codes: r.Codes, kicks: r.Kicks}
	for _, one := range r.Series {
		if one.Histogram.Metric() == record.ConnectToLoggedIn {
			old.connect = append(old.connect, one.Histogram)
			f.whole.Merge(one.Histogram)
		}
	}
}

// State is how the run stands now.
func (f *Feed) State() State {
	s := f.state
	s.Faults = append([]Fault(nil), s.Faults...)
	recent := record.NewHistogram(record.ConnectToLoggedIn)
	for i := range f.ring {
		for _, h := range f.ring[i].connect {
			recent.Merge(h)
		}
	}
	s.Recent, s.Whole = latency(recent), latency(f.whole)
	return s
}

func latency(h *record.Histogram) Latency {
	return Latency{Count: h.Count(), P50: h.Quantile(.5), P90: h.Quantile(.9), P99: h.Quantile(.99), Max: h.Max()}
}
