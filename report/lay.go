package report

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"math"
	"slices"

	"loginstorm/report/rundir"
	"loginstorm/sim/record"
)

// Lay is two runs of one scenario laid over each other: what one predicted, and what
// the other measured. Its JSON is stable, as that of a Summary is.
type Lay struct {
	Name      string `json:"name"`
	Seed      uint64 `json:"seed"`
	Predicted Side   `json:"predicted"`
	Measured  Side   `json:"measured"`
	// Faults say why the two cannot be compared; none = they can.
	Faults []string `json:"not_comparable,omitempty"`
	// Notes say what to bear in mind.
	Notes   []string `json:"notes,omitempty"`
	Figures []Laid   `json:"figures"`
	Logins  Curves   `json:"logins"`
	// Parts take the difference of the mean of connect_to_logged_in apart.
	Parts []Part `json:"parts,omitempty"`
}

// Side is one of the two.
type Side struct {
	Driver  string         `json:"driver"`
	RunDir  string         `json:"run_dir"`
	Verdict record.Verdict `json:"verdict"`
	Logins  uint64         `json:"logins"`
}

// Laid is one figure on both sides.
type Laid struct {
	Metric    string  `json:"metric"`
	Of        string  `json:"of,omitempty"` // A population and origin, or a timeline entry; "" = all.
	Figure    string  `json:"figure"`       // p50, p99, 99 % back, herd index ...
	Unit      string  `json:"unit,omitempty"`
	Predicted float64 `json:"predicted"`
	Measured  float64 `json:"measured"`
	// Error is (predicted - measured) / measured; it is not there when one of the two
	// is not known.
	Error *float64 `json:"error,omitempty"`
	// Few: there are too few values behind it to judge by, on either side.
	Few bool `json:"few,omitempty"`
	// Missing says on which side it was never reached: "predicted", "measured", "both".
	Missing string `json:"missing,omitempty"`
}

// Part is what a phase has to do with a difference, in seconds of the mean.
type Part struct {
	Phase     string  `json:"phase"`
	Predicted float64 `json:"predicted_mean_seconds"`
	Measured  float64 `json:"measured_mean_seconds"`
}

// LayOver lays two run directories over each other, in any order: a simulation
// predicts, a run measures; of two of one kind the first one predicts.
func LayOver(a, b *rundir.Run) (*Lay, error) {
	if a.Manifest.Driver != Simulate && b.Manifest.Driver == Simulate {
		a, b = b, a
	}
	p, err := FromRun(a)
	if err != nil {
		return nil, err
	}
	m, err := FromRun(b)
	if err != nil {
		return nil, err
	}
	l := &Lay{Name: m.Name, Seed: m.Seed, Predicted: sideOf(p), Measured: sideOf(m)}
	l.comparable(a, b)
	l.sound(p, m)
	l.latencies(p, m)
	l.phases(p, m)
	l.recoveries(p, m)
	l.herds(p, m)
	l.Logins = curvesOf(a.Rows, b.Rows)
	l.parts(p, m)
	return l, nil
}

func sideOf(s *Summary) Side {
	return Side{Driver: s.Driver, RunDir: s.RunDir, Verdict: s.Judgement.Verdict, Logins: s.Logins}
}

// Comparable reports whether the figures may be held against each other.
func (l *Lay) Comparable() bool { return len(l.Faults) == 0 }

func (l *Lay) fault(format string, args ...any) {
	l.Faults = append(l.Faults, fmt.Sprintf(format, args...))
}

func (l *Lay) note(format string, args ...any) {
	l.Notes = append(l.Notes, fmt.Sprintf(format, args...))
}

// comparable checks that both are of one story.
func (l *Lay) comparable(a, b *rundir.Run) {
	m, n := &a.Manifest, &b.Manifest
	if m.Seed != n.Seed {
		l.fault("the seeds differ: %d and %d", m.Seed, n.Seed)
	}
	if m.Known.Planned != n.Known.Planned {
		l.fault("the durations differ: %s and %s", record.FormatSpan(m.Known.Planned.Duration()), record.FormatSpan(n.Known.Planned.Duration()))
	}
	if m.Known.Injected != n.Known.Injected && n.Driver != Simulate && m.Driver != Simulate {
		l.fault("latency was injected in one of the two alone")
	}
	if m.Environment.Version != n.Environment.Version {
		l.note("the versions differ: %s and %s", m.Environment.Version, n.Environment.Version)
	}
	if !slices.Equal(m.Known.Clients, n.Known.Clients) {
		l.fault("the populations differ in size: %v and %v clients; were they scaled alike?", m.Known.Clients, n.Known.Clients)
	}
	var p, q map[string]json.RawMessage
	if json.Unmarshal(m.Scenario, &p) != nil || json.Unmarshal(n.Scenario, &q) != nil {
		l.fault("the scenario is missing in one of the two")
		return
	}
	same := func(key string) bool { return bytes.Equal(compact(p[key]), compact(q[key])) }
	for _, key := range [...]string{"populations", "timeline"} {
		if !same(key) {
			l.fault("the scenarios differ in their %s", key)
		}
	}
	for _, key := range [...]string{"gateway", "network", "app", "addressServer"} {
		if !same(key) {
			l.note("the scenarios differ in %s: the two were told another model", key)
		}
	}
}

func compact(raw json.RawMessage) []byte {
	var b bytes.Buffer
	if json.Compact(&b, raw) != nil {
		return raw
	}
	return b.Bytes()
}

// leastLogins is how many logins either side needs to be compared at all.
const leastLogins = 100

// sound checks that the figures of both are about the gateway.
func (l *Lay) sound(sides ...*Summary) {
	for _, s := range sides {
		v := s.Judgement.Verdict
		switch {
		case v == record.Invalid:
			l.fault("the %s is invalid: the generator was the bottleneck, and its figures are about it", s.Driver)
		case v == record.Broken:
			l.fault("the %s broke a rule", s.Driver)
		case v == record.Running || s.Interrupted != "":
			l.fault("the %s did not reach its end", s.Driver)
		}
		if s.Logins < leastLogins {
			l.fault("too few samples: the %s has %d logins, and %d are the least", s.Driver, s.Logins, leastLogins)
		}
		if s.Driver != Simulate && s.Health.Start.P99 > 0 {
			l.note("the generator of the %s began attempts up to %s late (p99); a simulation is never late",
				s.Driver, record.FormatSpan(s.Health.Start.P99.Duration()))
		}
	}
}

// add adds a figure with its error.
func (l *Lay) add(f Laid) {
	if f.Missing == "" {
		f.setError()
	}
	l.Figures = append(l.Figures, f)
}

func (f *Laid) setError() {
	switch {
	case f.Measured != 0:
		e := (f.Predicted - f.Measured) / math.Abs(f.Measured)
		f.Error = &e
	case f.Predicted == 0:
		f.Error = new(float64)
	}
}

// quantiles of a distribution, and how many values one needs: ten beyond it.
func quantiles(f record.Figures) []struct {
	name  string
	value record.Seconds
	least int64
} {
	return []struct {
		name  string
		value record.Seconds
		least int64
	}{{"p50", f.P50, 20}, {"p90", f.P90, 100}, {"p99", f.P99, 1000}, {"p99.9", f.P999, 10_000}}
}

// distribution lays the percentiles of a metric over each other.
func (l *Lay) distribution(metric, of string, p, m record.Figures) {
	if p.Count == 0 && m.Count == 0 {
		return
	}
	theirs := quantiles(m)
	for i, q := range quantiles(p) {
		f := Laid{Metric: metric, Of: of, Figure: q.name, Unit: "seconds", Few: min(p.Count, m.Count) < q.least,
			Predicted: q.value.Duration().Seconds(), Measured: theirs[i].value.Duration().Seconds()}
		switch {
		case p.Count == 0:
			f.Missing = "predicted"
		case m.Count == 0:
			f.Missing = "measured"
		}
		l.add(f)
	}
}

// overall finds the line that is about everybody.
func (s *Summary) overall() Latency {
	for _, line := range s.Latency {
		if line.Population == All && line.Origin == All || len(s.Latency) == 1 {
			return line
		}
	}
	return Latency{}
}

const (
	connectMetric = "connect_to_logged_in"
	timeMetric    = "time_to_logged_in"
	backMetric    = "time_back"
	herdMetric    = "herd_index"
)

func (l *Lay) latencies(p, m *Summary) {
	x, y := p.overall(), m.overall()
	l.distribution(connectMetric, "", x.Connect, y.Connect)
	l.distribution(timeMetric, "", x.Time, y.Time)
	for _, theirs := range m.Latency {
		if len(m.Latency) == 1 || theirs.Population == All {
			continue
		}
		i := slices.IndexFunc(p.Latency, func(o Latency) bool { return o.Population == theirs.Population && o.Origin == theirs.Origin })
		ours := Latency{}
		if i >= 0 {
			ours = p.Latency[i]
		}
		l.distribution(connectMetric, theirs.Population+" "+theirs.Origin, ours.Connect, theirs.Connect)
	}
}

// phase finds a phase of everybody.
func (s *Summary) phase(name string) record.Figures {
	var only record.Figures
	for _, f := range s.Phases {
		if f.Name == name {
			only = f.Figures
			if f.Population == All {
				return only
			}
		}
	}
	return only
}

// phaseNames lists the phases of an attempt and data sync, as far as one of the two
// has them.
func phaseNames(p, m *Summary) (names []string) {
	for metric := record.PhaseWait; metric <= record.DataSync; metric++ {
		name := metric.String()
		x, y := p.phase(name), m.phase(name)
		alone := min(x.Count, y.Count) == 0 // One of the two never took that step, or took no time for it.
		if max(x.P99, y.P99) > trifle || !alone && max(x.P99, y.P99) > 0 {
			names = append(names, name)
		}
	}
	return names
}

func (l *Lay) phases(p, m *Summary) {
	for _, name := range phaseNames(p, m) {
		l.distribution(name, "", p.phase(name), m.phase(name))
	}
}

// leastHit is how many clients an entry has to drop before the time until 99 % of
// them are back is judged.
const leastHit = 100

// recoveries lays the times until clients were back over each other.
func (l *Lay) recoveries(p, m *Summary) {
	for _, theirs := range m.Timeline {
		i := slices.IndexFunc(p.Timeline, func(e Entry) bool { return e.Recovery.Entry == theirs.Recovery.Entry })
		if i < 0 || !theirs.Expected || theirs.Hit == 0 && p.Timeline[i].Hit == 0 {
			continue
		}
		ours := p.Timeline[i]
		for _, percent := range [...]float64{50, 90, 99} {
			x, okX := reached(ours.Milestones, percent)
			y, okY := reached(theirs.Milestones, percent)
			f := Laid{Metric: backMetric, Of: theirs.Recovery.Entry, Figure: fmt.Sprintf("%g %% back", percent), Unit: "seconds",
				Predicted: x, Measured: y, Few: min(ours.Hit, theirs.Hit) < leastHit}
			switch {
			case !okX && !okY:
				f.Missing = "both"
			case !okX:
				f.Missing = "predicted"
			case !okY:
				f.Missing = "measured"
			}
			l.add(f)
		}
		l.add(Laid{Metric: "hit", Of: theirs.Recovery.Entry, Figure: "clients dropped", Predicted: float64(ours.Hit), Measured: float64(theirs.Hit)})
	}
}

func reached(all []record.Milestone, percent float64) (after float64, ok bool) {
	for _, m := range all {
		if m.Percent == percent {
			return m.After.Duration().Seconds(), m.Reached
		}
	}
	return 0, false
}

// herds lays over each other how unevenly attempts came.
func (l *Lay) herds(p, m *Summary) {
	for _, theirs := range m.Storms {
		for _, ours := range p.Storms {
			if ours.Entry == theirs.Entry {
				l.add(Laid{Metric: herdMetric, Of: cmp.Or(theirs.Entry, record.WholeRun), Figure: "herd index",
					Predicted: ours.HerdIndex, Measured: theirs.HerdIndex})
			}
		}
	}
}

// parts takes the mean apart: the phases of an attempt add up to it.
func (l *Lay) parts(p, m *Summary) {
	for _, name := range phaseNames(p, m) {
		if name == record.DataSync.String() {
			continue
		}
		x, y := p.phase(name), m.phase(name)
		l.Parts = append(l.Parts, Part{Phase: name, Predicted: x.Mean.Duration().Seconds(), Measured: y.Mean.Duration().Seconds()})
	}
}

// Headline is what a prediction is judged by: p50, p90 and p99 of
// connect_to_logged_in, and the time until 99 % are back after each entry.
func (l *Lay) Headline() (all []Laid) {
	for _, f := range l.Figures {
		switch {
		case f.Metric == connectMetric && f.Of == "" && f.Figure != "p99.9",
			f.Metric == backMetric && f.Figure == "99 % back":
			all = append(all, f)
		}
	}
	return all
}

// Within reports whether a figure can be judged, and whether its error is at most
// so much.
func (f *Laid) Within(tolerance float64) (judged, within bool) {
	if f.Few {
		return false, true
	}
	switch f.Missing {
	case "both":
		return true, true // Neither came to it: that was predicted.
	case "":
		return f.Error != nil, f.Error == nil || math.Abs(*f.Error) <= tolerance
	}
	return true, false
}
