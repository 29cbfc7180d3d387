package compare

import (
	"flag"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"loginstorm/report/rundir"
	"loginstorm/sim/chance"
	"loginstorm/sim/record"
)

// Real runs take minutes, and a machine that does nothing else:
//
//	loginstorm suite --on run --seeds 40 --out /tmp/aa report/compare/testdata/aa.yaml
//	go test ./report/compare -run RealAA -v -count=1 -runs /tmp/aa
var realRuns = flag.String("runs", "", "a directory of run directories of one system under seeds of their own, 24 at least: what the gate calls between them")

// realRounds is how many comparisons are drawn, realSide how many runs each side of
// them has, and realLeast how many runs that takes at the least: so many more than both
// sides that draws differ.
const (
	realRounds = 200
	realSide   = 10
	realLeast  = 24
)

// loadReal reads the usable runs of a directory.
func loadReal(t *testing.T, dir string) (runs []*Run) {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(dir, "*", rundir.RunFile))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range found {
		r, err := Load(filepath.Dir(file))
		if err != nil {
			t.Fatal(err)
		}
		if why, is := r.accident(); is {
			t.Logf("left out: %s: %s", r.Dir, why)
			continue
		}
		runs = append(runs, r)
	}
	if len(runs) < realLeast {
		t.Fatalf("%s has %d usable runs of %d, want %d at least", dir, len(runs), len(found), realLeast)
	}
	t.Logf("%d usable runs of %d", len(runs), len(found)) // Their story is checked by every comparison.
	return bare(runs)
}

// stretched is a run whose logins all took so much longer.
func stretched(t *testing.T, r *Run, factor float64) *Run {
	t.Helper()
	restored := record.NewRestored(r.Manifest.Layout.Record())
	restored.Row(record.Row{To: record.Seconds(time.Second)}) // All of it in one second.
	for _, s := range r.Aggregate.Totals().Series(record.ConnectToLoggedIn) {
		h := record.NewHistogram(s.Metric)
		for b := range s.Histogram.Buckets() {
			middle := float64(b.From) + float64(b.To-b.From)/2
			for range b.Count {
				h.Observe(time.Duration(factor * middle))
			}
		}
		restored.Histogram(0, record.Series{Key: s.Key, Histogram: h})
	}
	c := *r
	c.Aggregate = restored.Aggregate()
	return &c
}

// Between real runs of one system the gate stays quiet, whichever of them are called
// base; and 10 % that are put onto all latencies of real runs are seen in spite of what
// real runs differ by.
func TestRealAA(t *testing.T) {
	if *realRuns == "" {
		t.Skip("it wants real runs: -runs DIR")
	}
	runs := loadReal(t, *realRuns)
	gate, err := GateOf(runs[0])
	if err != nil {
		t.Fatal(err)
	}
	called := map[string]int{}
	s := chance.Stream{Seed: 11, Purpose: chance.Resample}
	regressions := 0
	verdicts := map[Verdict]int{}
	for range realRounds {
		both := draw(&s, runs, 2*realSide)
		c, err := Compare(both[:realSide], both[realSide:], gate, Options{})
		if err != nil || c.Verdict == Invalid {
			t.Fatal(err, c.Sentence)
		}
		verdicts[c.Verdict]++
		for _, f := range c.Figures {
			if f.Verdict == Worse {
				called[f.Figure]++
			}
		}
		if c.Verdict == Worse {
			regressions++
		}
	}
	t.Logf("of %d comparisons, %d runs against %d: %d regressions %v; verdicts %v", realRounds, realSide, realSide, regressions, called, verdicts)
	if most := realRounds * 8 / 100; regressions > most {
		t.Errorf("%d of %d comparisons of one system are called a regression, want at most %d", regressions, realRounds, most)
	}
	planted(t, runs)
}

// planted puts 10 % onto the candidates' latencies.
func planted(t *testing.T, runs []*Run) {
	t.Helper()
	slow := make([]*Run, len(runs))
	same := make([]*Run, len(runs))
	for i, r := range runs {
		slow[i], same[i] = stretched(t, r, 1.1), stretched(t, r, 1)
	}
	p99 := Gate{Asked: true, Metrics: []Metric{{Figure: "p99(connect_to_logged_in)", Floor: DefaultFloor}}}
	s := chance.Stream{Seed: 13, Purpose: chance.Resample}
	seen, falsely := 0, 0
	order := make([]*Run, len(runs))
	for range realRounds {
		both := draw(&s, same, 2*realSide)
		for i, r := range both[realSide:] {
			order[i] = slow[slices.Index(same, r)]
		}
		for at, candidate := range [][]*Run{order[:realSide], both[realSide:]} {
			c, err := Compare(both[:realSide], candidate, p99, Options{})
			if err != nil || c.Verdict == Invalid {
				t.Fatal(err, c.Sentence)
			}
			switch {
			case c.Verdict == Worse && at == 0:
				seen++
			case c.Verdict == Worse:
				falsely++
			}
		}
	}
	t.Logf("+10 %% on every latency: p99 is called in %d of %d, without them in %d", seen, realRounds, falsely)
	if seen < realRounds*95/100 {
		t.Errorf("+10 %%: p99 is called in %d of %d, want %d: more logins a run, or more runs", seen, realRounds, realRounds*95/100)
	}
}
