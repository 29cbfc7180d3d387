package report

import (
	"fmt"
	"slices"

	"loginstorm/sim/login"
	"loginstorm/sim/record"
	"loginstorm/sim/wire"
)

// Summary is a run in figures. Its JSON is stable: names do not change, new ones
// may come. Spans are decimal seconds.
type Summary struct {
	Name      string           `json:"name"`
	Question  string           `json:"question,omitempty"`
	Driver    string           `json:"driver"` // "run" or Simulate.
	Seed      uint64           `json:"seed"`
	Judgement record.Judgement `json:"judgement"`
	// Interrupted says what ended the run before its time; "" when nothing did.
	Interrupted string `json:"interrupted,omitempty"`
	// Aborted is the condition that did; nil = none did.
	Aborted *record.Tripped `json:"aborted,omitempty"`
	// Injected: the network's latency was put on real links. It is part of every
	// figure.
	Injected bool           `json:"injected,omitempty"`
	Planned  record.Seconds `json:"planned_seconds"`
	Ran      record.Seconds `json:"ran_seconds"`

	Populations []Population        `json:"populations"`
	Statuses    record.StatusCounts `json:"statuses"` // At the end.
	Dials       uint64              `json:"dials"`    // Attempts that began.
	Logins      uint64              `json:"logins"`   // Attempts that ended with 200.
	PeakDials   record.Peak         `json:"peak_dials"`
	PeakLogins  record.Peak         `json:"peak_logins"`

	Latency  []Latency  `json:"latency"`
	Phases   []Phase    `json:"phases,omitempty"`
	Attempts []Attempts `json:"attempts"`
	Calls    []Calls    `json:"calls,omitempty"`
	Kicks    []Kicks    `json:"kicks,omitempty"`
	Unsure   *Unsure    `json:"unsure,omitempty"` // Ends that nobody can tell apart.
	Timeline []Entry    `json:"timeline,omitempty"`
	// Storms are those of timeline entries, and last that of the whole run.
	Storms        []record.Storm   `json:"storms,omitempty"`
	Distributions []Distribution   `json:"distributions,omitempty"`
	Rivals        *Rivals          `json:"rivals,omitempty"`
	Lockouts      *Lockouts        `json:"lockouts,omitempty"`
	Thresholds    []record.Outcome `json:"thresholds,omitempty"`
	Health        Health           `json:"health"`
	Target        []TargetFigures  `json:"target_series,omitempty"`
	Simulation    *Simulation      `json:"simulation,omitempty"` // Of a run in virtual time.
	Warnings      []string         `json:"warnings,omitempty"`
	// Missing says, a sentence each, what of the run directory could not be read. They
	// are the last of the Warnings, too.
	Missing []string `json:"missing,omitempty"`

	// RunDir and Replay differ between two equal runs: InFile leaves them out.
	RunDir string `json:"run_dir,omitempty"`
	Replay string `json:"replay,omitempty"` // The command that repeats the run.
}

// Population is clients of one kind.
type Population struct {
	Name     string              `json:"name"`
	Clients  uint64              `json:"clients"`
	Statuses record.StatusCounts `json:"statuses"`
}

// Latency is how long logins took. All is the name of what is summed over.
type Latency struct {
	Population string `json:"population"`
	Origin     string `json:"origin"`
	// Connect is connect_to_logged_in, counted from when the attempt was due, and
	// Uncorrected from when it really began. Late is the generator's lateness between
	// the two, by population.
	Connect     record.Figures `json:"connect_to_logged_in"`
	Uncorrected record.Figures `json:"connect_to_logged_in_uncorrected"`
	Late        record.Figures `json:"late"`
	// Time is time_to_logged_in: failed attempts and delays included.
	Time record.Figures `json:"time_to_logged_in"`
}

// Simulate is the driver in virtual time.
const Simulate = "simulate"

// All stands for every population or origin.
const All = "all"

// Phase is a part of an attempt. Where several populations have it, there is a line
// for All of them behind theirs.
type Phase struct {
	Name       string         `json:"name"`
	Population string         `json:"population"`
	Figures    record.Figures `json:"figures"`
}

// Attempts counts attempts that ended with a code.
type Attempts struct {
	Origin  string  `json:"origin"`
	Code    string  `json:"code"`
	Meaning string  `json:"meaning"`
	Count   uint64  `json:"count"`
	Share   float64 `json:"share"` // Of all attempts, 0 to 1.
}

// Calls counts results of a call of the app.
type Calls struct {
	Call    string `json:"call"`
	Code    string `json:"code"`
	Meaning string `json:"meaning"`
	Count   uint64 `json:"count"`
}

// Kicks counts clients that were pushed out.
type Kicks struct {
	Reason  string `json:"reason"`
	Meaning string `json:"meaning"`
	Count   uint64 `json:"count"`
}

// Unsure is how many ends of links could have been a kick or a lost link.
type Unsure struct {
	Ends    uint64 `json:"ends"`
	Dialect string `json:"dialect"`
	Says    string `json:"says"`
}

// unsure says that a dialect cannot tell, where the run met it.
func (s *Summary) unsure(t *record.Totals) {
	n := t.Counter(record.EndsUnsure)
	if n == 0 {
		return
	}
	name := t.Layout().Dialogue
	ends := "ends"
	if n == 1 {
		ends = "end"
	}
	s.Unsure = &Unsure{Ends: n, Dialect: name,
		Says: fmt.Sprintf("%s %s that could have been a kick or a lost link: the dialect %s cannot tell", number(n), ends, name)}
}

// Entry is what became of a timeline entry.
type Entry struct {
	record.Recovery
	Says string `json:"says,omitempty"` // What it does.
	// Expected: those whom it drops are expected back.
	Expected bool `json:"expected_back"`
	// Populations are of clients that came with it.
	Populations []string `json:"populations,omitempty"`
}

// Health is how well the generator kept up.
type Health struct {
	Start    record.Figures       `json:"start_lateness"`
	Timer    record.Figures       `json:"timer_lateness"`
	Record   record.Figures       `json:"record_lateness"`
	Counters record.CounterCounts `json:"counters"`
	Clamped  uint64               `json:"clamped"` // Values above the range of their metric.
	// CPU is the mean share of one core: 1.5 = a core and a half. 0 = not known.
	CPU       float64 `json:"cpu,omitempty"`
	TargetCPU float64 `json:"target_cpu,omitempty"` // Of the embedded target.
	// Strain is how the generator and its machine were; absent where nobody looked: in
	// simulations, and in runs of older versions.
	Strain *record.Strain `json:"strain,omitempty"`
}

// Facts is what a Summary holds that no sample tells.
type Facts struct {
	Name, Question, Driver string
	Seed                   uint64
	Judgement              record.Judgement
	Interrupted            string
	Aborted                *record.Tripped
	Target                 []TargetFigures
	Injected               bool
	Planned                record.Time
	Clients                []uint64   // By population.
	Says                   []string   // By timeline entry.
	Expected               []bool     // By timeline entry; missing = expected back.
	Brings                 [][]string // By timeline entry: populations that come with it.
	Thresholds             []record.Outcome
	Warnings               []string
	CPU, TargetCPU         float64
	RunDir, Replay         string
}

// Summarize makes the summary of what an aggregate has sealed.
func Summarize(a *record.Aggregate, f Facts) *Summary {
	t := a.Totals()
	s := &Summary{Name: f.Name, Question: f.Question, Driver: f.Driver, Seed: f.Seed, Judgement: f.Judgement,
		Interrupted: f.Interrupted, Aborted: f.Aborted, Target: f.Target, Injected: f.Injected, Planned: record.Seconds(f.Planned), Ran: record.Seconds(t.To),
		Statuses: t.Statuses(record.Filter{}), Dials: t.Dials(record.Filter{}), Thresholds: f.Thresholds,
		Warnings: slices.Clone(f.Warnings), RunDir: f.RunDir, Replay: f.Replay}
	s.PeakDials, s.PeakLogins = a.Peaks()
	for i, name := range t.Populations() {
		p := Population{Name: name, Statuses: t.Statuses(record.Filter{Population: name})}
		if i < len(f.Clients) && name != record.Other {
			p.Clients = f.Clients[i]
		} else {
			for _, n := range p.Statuses {
				p.Clients += uint64(max(n, 0))
			}
		}
		s.Populations = append(s.Populations, p)
	}
	var series []record.Series
	for m := range record.Metrics {
		series = append(series, t.Series(record.Metric(m))...)
	}
	s.distributions(series)
	s.attempts(t)
	s.kicks(t.Kicks(record.Filter{}))
	s.unsure(t)
	s.storms(a)
	for i, r := range a.Recoveries() {
		e := Entry{Recovery: r, Expected: i >= len(f.Expected) || f.Expected[i]}
		if i < len(f.Says) {
			e.Says = f.Says[i]
		}
		if i < len(f.Brings) {
			e.Populations = f.Brings[i]
		}
		s.Timeline = append(s.Timeline, e)
	}
	for c := range record.Counters {
		s.Health.Counters[c] = t.Counter(record.Counter(c))
	}
	for m := range record.Metrics {
		s.Health.Clamped += t.Clamped(record.Metric(m))
	}
	s.Health.CPU, s.Health.TargetCPU, s.Health.Strain = f.CPU, f.TargetCPU, a.Strain()
	return s
}

// distributions fills in everything that comes from histograms.
func (s *Summary) distributions(series []record.Series) {
	s.latencies(series)
	for m := record.PhaseWait; m <= record.DataSync; m++ {
		populations := 0
		for _, one := range series {
			if one.Metric == m {
				s.Phases = append(s.Phases, Phase{m.String(), one.Population, one.Histogram.Figures()})
				populations++
			}
		}
		if populations > 1 {
			s.Phases = append(s.Phases, Phase{m.String(), All, merged(series, m, record.Key{}).Figures()})
		}
	}
	for _, one := range series {
		if one.Metric == record.PhaseStep {
			s.Phases = append(s.Phases, Phase{record.PhaseStep.String() + "_" + one.Step, All, one.Histogram.Figures()})
		}
	}
	s.Health.Start = merged(series, record.StartLateness, record.Key{}).Figures()
	s.Health.Timer = merged(series, record.TimerLateness, record.Key{}).Figures()
	s.Health.Record = merged(series, record.RecordLateness, record.Key{}).Figures()
}

// merged merges the series of a metric; a population or origin in want narrows it.
func merged(series []record.Series, m record.Metric, want record.Key) *record.Histogram {
	h := record.NewHistogram(m)
	for _, s := range series {
		if s.Metric == m && (want.Population == "" || want.Population == s.Population) &&
			(want.Origin == wire.NoOrigin || want.Origin == s.Origin) {
			h.Merge(s.Histogram)
		}
	}
	return h
}

// latencies makes a line for each population and origin that somebody logged in by,
// and one for all of them when they are several.
func (s *Summary) latencies(series []record.Series) {
	var keys []record.Key
	for _, one := range series {
		k := record.Key{Population: one.Population, Origin: one.Origin}
		if (one.Metric == record.ConnectToLoggedIn || one.Metric == record.TimeToLoggedIn) && !slices.Contains(keys, k) {
			keys = append(keys, k)
		}
	}
	if len(keys) > 1 {
		keys = append(keys, record.Key{})
	}
	for _, k := range keys {
		l := Latency{Population: k.Population, Origin: k.Origin.String(),
			Connect:     merged(series, record.ConnectToLoggedIn, k).Figures(),
			Uncorrected: merged(series, record.ConnectToLoggedInUncorrected, k).Figures(),
			Late:        merged(series, record.PhaseWait, record.Key{Population: k.Population}).Figures(),
			Time:        merged(series, record.TimeToLoggedIn, k).Figures()}
		if k == (record.Key{}) {
			l.Population, l.Origin = All, All
		}
		s.Latency = append(s.Latency, l)
	}
}

// attempts fills in what is counted by code.
func (s *Summary) attempts(t *record.Totals) {
	all := t.Attempts(record.Filter{})
	s.Logins = all[0]
	none := all // Of no origin that is known: a run directory of an older version.
	for o := login.Origin(wire.Manual); o <= wire.Reconnect; o++ {
		codes := t.Attempts(record.Filter{Origin: o})
		s.codes(o.String(), codes, all.Sum())
		for i, n := range codes {
			none[i] -= n
		}
	}
	s.codes(All, none, all.Sum())
	for op := range record.Ops {
		for slot, n := range t.Results(record.Op(op)) {
			if n > 0 {
				s.Calls = append(s.Calls, Calls{record.Op(op).String(), record.CodeName(slot), record.CodeMeaning(slot), n})
			}
		}
	}
}

func (s *Summary) codes(origin string, codes record.CodeCounts, of uint64) {
	for slot, n := range codes {
		if n > 0 {
			s.Attempts = append(s.Attempts, Attempts{origin, record.CodeName(slot), record.CodeMeaning(slot), n,
				float64(n) / float64(max(of, 1))})
		}
	}
}

func (s *Summary) kicks(kicks record.KickCounts) {
	for r, n := range kicks {
		if n > 0 {
			s.Kicks = append(s.Kicks, Kicks{record.ReasonName(r), reasonMeaning(r), n})
		}
	}
}

// reasonMeaning says what pushed a client out. Spec 6.
func reasonMeaning(reason int) string {
	switch wire.Reason(reason) {
	case wire.NoReason:
		return "refused with 417: another device holds the place"
	case wire.ByLogin:
		return "another device logged in"
	case wire.ByServer:
		return "the server did it, or a ban"
	case wire.ByOtherClient:
		return "another device asked for it"
	case wire.BySameDevice:
		return "the same device came back on a newer link"
	}
	return "a reason that is not known"
}
