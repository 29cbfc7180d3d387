package report

import (
	"bytes"
	"encoding/json"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"loginstorm/report/rundir"
	"loginstorm/sim/record"
)

// figuresAt are of so many values around a span: p50 is the span itself.
func figuresAt(count int64, span time.Duration) record.Figures {
	at := func(k int64) record.Seconds { return record.Seconds(span * time.Duration(k) / 10) }
	return record.Figures{Count: count, Min: at(5), Mean: at(12), P50: at(10), P90: at(20), P99: at(40), P999: at(60), Max: at(80)}
}

// side is a run of two populations whose figures are those of a span, and of a fault
// from which they were back after a hundred spans.
func side(t *testing.T, driver string, count int64, span time.Duration, change func(*Summary, *rundir.Manifest)) *rundir.Run {
	t.Helper()
	at := func(k time.Duration) record.Seconds { return record.Seconds(k * span) }
	s := &Summary{Name: "node-loss", Driver: driver, Seed: 42, Judgement: record.Judgement{Verdict: record.Pass}, Logins: uint64(count)}
	for _, name := range []string{"phones", All} {
		origin := "auto"
		if name == All {
			origin = All
		}
		s.Latency = append(s.Latency, Latency{Population: name, Origin: origin, Connect: figuresAt(count, span), Time: figuresAt(count, 2*span)})
	}
	s.Phases = []Phase{
		{record.PhaseUpgrade.String(), All, figuresAt(count, span/10)},
		{record.PhaseLogin.String(), All, figuresAt(count, span-span/10)},
		{record.DataSync.String(), All, figuresAt(count, 50*time.Millisecond)},
	}
	s.Timeline = []Entry{
		{Expected: true, Recovery: record.Recovery{Entry: "cut", Hit: 500, Back: 500, Milestones: []record.Milestone{
			{Percent: 50, Reached: true, After: at(50)}, {Percent: 90, Reached: true, After: at(90)}, {Percent: 99, Reached: true, After: at(100)}}}},
		{Expected: true, Recovery: record.Recovery{Entry: "outage", Hit: 500, Back: 450, Milestones: []record.Milestone{
			{Percent: 50, Reached: true, After: at(50)}, {Percent: 90, Reached: true, After: at(90)}, {Percent: 99}}}},
	}
	s.Storms = []record.Storm{{Entry: "cut", HerdIndex: 3.5}, {HerdIndex: 7}}
	m := rundir.Manifest{Name: s.Name, Driver: driver, Seed: s.Seed, Verdict: record.Pass,
		Scenario: json.RawMessage(`{"populations": {"phones": {"accounts": 1000}}, "gateway": {"auth": {"workers": 8}}}`),
		Known:    rundir.Known{Planned: record.Seconds(30 * time.Second), Clients: []uint64{1000}}}
	if change != nil {
		change(s, &m)
	}
	m.Verdict = s.Judgement.Verdict
	var err error
	if m.Summary, err = json.Marshal(s); err != nil {
		t.Fatal(err)
	}
	run := &rundir.Run{Dir: "runs/" + driver, Manifest: m}
	for i := range 4 {
		run.Rows = append(run.Rows, record.Row{Second: i, LoggedIn: uint64(count) / 4})
	}
	return run
}

func laid(t *testing.T, a, b *rundir.Run) *Lay {
	t.Helper()
	l, err := LayOver(a, b)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestLayText(t *testing.T) {
	run := side(t, "run", 5000, 105*time.Millisecond, func(s *Summary, _ *rundir.Manifest) {
		s.Health.Start = figuresAt(5000, time.Millisecond)
		s.Phases[0].Figures = figuresAt(5000, 15*time.Millisecond)
	})
	run.Rows[1].LoggedIn += 100
	l := laid(t, side(t, Simulate, 5000, 100*time.Millisecond, nil), run)
	var b bytes.Buffer
	if err := LayText(&b, l, Options{Width: 100}); err != nil {
		t.Fatal(err)
	}
	golden(t, "lay.txt", b.Bytes())
	for _, line := range strings.Split(b.String(), "\n") {
		if columns(line) > 100 {
			t.Errorf("wider than the terminal: %s", line)
		}
	}
}

// TestLayNeedsNoOrder: a simulation predicts, whichever is named first.
func TestLayNeedsNoOrder(t *testing.T) {
	a, b := side(t, Simulate, 5000, 100*time.Millisecond, nil), side(t, "run", 5000, 125*time.Millisecond, nil)
	var one, two bytes.Buffer
	for i, l := range []*Lay{laid(t, a, b), laid(t, b, a)} {
		if err := LayJSON([]*bytes.Buffer{&one, &two}[i], l); err != nil {
			t.Fatal(err)
		}
		if l.Predicted.Driver != Simulate || !l.Comparable() {
			t.Errorf("predicted by %s, faults %q", l.Predicted.Driver, l.Faults)
		}
	}
	if one.String() != two.String() {
		t.Error("the order makes a difference")
	}
	for _, f := range laid(t, a, b).Headline() {
		if f.Missing == "" && math.Abs(*f.Error+0.2) > 0.001 {
			t.Errorf("%s %s: error %v, want -20 %%", f.Metric, f.Figure, *f.Error)
		}
	}
}

func TestLaySaysWhatCannotBeCompared(t *testing.T) {
	for _, c := range []struct {
		want   string
		change func(*Summary, *rundir.Manifest)
	}{
		{"the seeds differ: 42 and 43", func(_ *Summary, m *rundir.Manifest) { m.Seed = 43 }},
		{"the durations differ", func(_ *Summary, m *rundir.Manifest) { m.Known.Planned++ }},
		{"the populations differ in size", func(_ *Summary, m *rundir.Manifest) { m.Known.Clients = []uint64{500} }},
		{"differ in their populations", func(_ *Summary, m *rundir.Manifest) { m.Scenario = json.RawMessage(`{"populations":{}}`) }},
		{"differ in their timeline", func(_ *Summary, m *rundir.Manifest) {
			m.Scenario = json.RawMessage(strings.Replace(string(m.Scenario), "{", `{"timeline":[],`, 1))
		}},
		{"the scenario is missing", func(_ *Summary, m *rundir.Manifest) { m.Scenario = nil }},
		{"the run is invalid", func(s *Summary, _ *rundir.Manifest) { s.Judgement.Verdict = record.Invalid }},
		{"broke a rule", func(s *Summary, _ *rundir.Manifest) { s.Judgement.Verdict = record.Broken }},
		{"did not reach its end", func(s *Summary, _ *rundir.Manifest) { s.Interrupted = "Ctrl-C" }},
		{"too few samples: the run has 99 logins", func(s *Summary, _ *rundir.Manifest) { s.Logins = 99 }},
	} {
		l := laid(t, side(t, Simulate, 5000, 100*time.Millisecond, nil), side(t, "run", 5000, 100*time.Millisecond, c.change))
		if text := strings.Join(l.Faults, "\n"); l.Comparable() || !strings.Contains(text, c.want) {
			t.Errorf("want a fault %q, got %q", c.want, text)
		}
		var b bytes.Buffer
		if err := LayText(&b, l, Options{}); err != nil || !strings.HasPrefix(b.String(), "NOT COMPARABLE") {
			t.Errorf("%s: %v %s", c.want, err, b.String())
		}
	}
	other := side(t, "run", 5000, 100*time.Millisecond, func(_ *Summary, m *rundir.Manifest) {
		m.Scenario = json.RawMessage(`{"gateway": {}, "populations": {"phones": {"accounts": 1000}}}`)
	})
	l := laid(t, side(t, Simulate, 5000, 100*time.Millisecond, nil), other)
	if !l.Comparable() || !strings.Contains(strings.Join(l.Notes, "\n"), "another model") {
		t.Errorf("another model is a note and no fault: %q %q", l.Faults, l.Notes)
	}
}

func TestPredictionsAreJudged(t *testing.T) {
	for _, c := range []struct {
		name           string
		count          int64
		measured       time.Duration
		judged, within int
		words          string
	}{
		{"near", 5000, 105 * time.Millisecond, 5, 5, "5 of 5 figures within 10 %"},
		{"far", 5000, 130 * time.Millisecond, 5, 1, "MISS"},
		{"few", 200, 105 * time.Millisecond, 4, 4, "few values"},
		{"none", 50, 105 * time.Millisecond, 0, 0, "not comparable, because too few samples"},
	} {
		l := laid(t, side(t, Simulate, c.count, 100*time.Millisecond, nil), side(t, "run", c.count, c.measured, nil))
		all := &Predictions{Tolerance: 0.1, All: []Prediction{{Scenario: c.name, Lay: l}}, Words: DriversAlone}
		if judged, within := all.Judged(); judged != c.judged || within != c.within {
			t.Errorf("%s: %d of %d within, want %d of %d", c.name, within, judged, c.within, c.judged)
		}
		var b bytes.Buffer
		if err := PredictionsText(&b, all, Options{}); err != nil || !strings.Contains(b.String(), c.words) || !strings.Contains(b.String(), DriversAlone) {
			t.Errorf("%s: %v\n%s", c.name, err, b.String())
		}
		var back Predictions
		b.Reset()
		if err := PredictionsJSON(&b, all); err != nil || json.Unmarshal(b.Bytes(), &back) != nil || len(back.All) != 1 {
			t.Errorf("%s: JSON %v\n%s", c.name, err, b.String())
		}
	}
}

// TestAReturnThatWasNotForeseen is a miss, whichever side it is missing on.
func TestAReturnThatWasNotForeseen(t *testing.T) {
	never := func(s *Summary, _ *rundir.Manifest) { s.Timeline[0].Milestones[2] = record.Milestone{Percent: 99} }
	with, without := side(t, Simulate, 5000, 100*time.Millisecond, nil), side(t, "run", 5000, 100*time.Millisecond, never)
	l := laid(t, with, without)
	i := slices.IndexFunc(l.Figures, func(f Laid) bool { return f.Of == "cut" && f.Figure == "99 % back" })
	if judged, within := l.Figures[i].Within(1); !judged || within || l.Figures[i].Missing != "measured" {
		t.Errorf("judged %v, within %v, missing %q", judged, within, l.Figures[i].Missing)
	}
}

func TestCurvesOfDifferentLength(t *testing.T) {
	rows := func(n ...uint64) (all []record.Row) {
		for i, logins := range n {
			all = append(all, record.Row{Second: i, LoggedIn: logins})
		}
		return all
	}
	c := curvesOf(rows(10, 10), rows(0, 10, 10))
	if c.Step != 1 || len(c.Predicted) != 3 || len(c.Measured) != 3 || c.Shifted != 0.5 || c.MeasuredPeak != 10 {
		t.Errorf("%+v", c)
	}
	long := make([]uint64, 100)
	for i := range long {
		long[i] = 3
	}
	if c = curvesOf(rows(long...), rows(long...)); c.Shifted != 0 || len(c.Predicted) > curvePoints || c.Predicted[len(c.Predicted)-1] != 3 {
		t.Errorf("%+v", c)
	}
	if c = curvesOf(nil, []record.Row{{Second: -5, LoggedIn: 1}, {Second: 1 << 40, LoggedIn: 1}}); c.Shifted != 0 {
		t.Errorf("%+v", c)
	}
}
