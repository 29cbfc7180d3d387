package compare

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sync/errgroup"

	"loginstorm/report/rundir"
	"loginstorm/sim/chance"
	"loginstorm/sim/plan"
	"loginstorm/sim/record"
	"loginstorm/sim/scenario"
	"loginstorm/sim/virtual"
)

// system is a gateway with free workers, so that what a login takes is what its service
// takes; the half of its clients is cut off once. The factor plants a fault: every
// service takes so much longer.
func system(factor float64) string {
	return fmt.Sprintf(`
name: gate
duration: 20s
gateway: {auth: {workers: 2000, queue: 2000, serviceTime: {lognormal: {p50: %.4fms, p99: %.4fms}}}}
populations:
  phones: {accounts: 2000, clientType: web, profile: nim-web, reconnect: full-jitter, login: manual, arrive: [{poisson: {rate: 400/s}}]}
timeline:
  - {name: cut, at: 8s, cut: {share: 50%%, of: phones, by: reset, spread: 0s}}
`, 20*factor, 50*factor)
}

// simulated carries the system out with a seed.
func simulated(ctx context.Context, factor float64, seed uint64) (*Run, error) {
	file, err := scenario.Parse("gate.yaml", []byte(system(factor)))
	if err != nil {
		return nil, err
	}
	p, err := plan.Compile(file, plan.Options{Seed: &seed, Virtual: true})
	if err != nil {
		return nil, err
	}
	r := &Run{Dir: fmt.Sprintf("run-%d", seed), Aggregate: record.NewAggregate(p.Layout(), 1)}
	r.Manifest = rundir.Manifest{Name: p.Name, Driver: simulate, Seed: seed, Verdict: record.Pass, Scenario: []byte(`{"populations":1,"timeline":1}`),
		Layout: rundir.LayoutOf(p.Layout()), Known: rundir.Known{Planned: record.Seconds(p.Duration), Clients: []uint64{2000}}}
	sim, err := virtual.New(virtual.Config{Plan: p, Sink: func(iv *record.Interval) {
		r.Aggregate.Add(iv)
		for _, row := range r.Aggregate.Sealed() {
			for _, s := range row.Series {
				if s.Metric == record.ConnectToLoggedIn {
					r.Seconds = append(r.Seconds, rundir.Logged{Second: row.Second, Series: record.Series{Key: s.Key, Histogram: s.Histogram.Clone()}})
				}
			}
		}
	}})
	if err != nil {
		return nil, err
	}
	if _, err = sim.Run(ctx); err != nil {
		return nil, err
	}
	r.Aggregate.Flush()
	return r, nil
}

// pool is many runs of one system under seeds of their own, on two processors.
func pool(t testing.TB, factor float64, first, n uint64) []*Run {
	t.Helper()
	runs := make([]*Run, n)
	var all errgroup.Group
	for half := range uint64(2) {
		all.Go(func() (err error) {
			for i := half; i < n && err == nil; i += 2 {
				runs[i], err = simulated(t.Context(), factor, first+i)
			}
			return err
		})
	}
	if err := all.Wait(); err != nil {
		t.Fatal(err)
	}
	return runs
}

// draw takes n runs at random without taking one twice.
func draw(s *chance.Stream, from []*Run, n int) []*Run {
	runs := slices.Clone(from)
	for i := range n {
		j := i + int(chance.Below(s.Next(), uint64(len(runs)-i)))
		runs[i], runs[j] = runs[j], runs[i]
	}
	return runs[:n]
}

// bare takes the bootstrap out of the way: it calls nothing.
func bare(runs []*Run) []*Run {
	out := make([]*Run, len(runs))
	for i, r := range runs {
		c := *r
		c.Seconds = nil
		out[i] = &c
	}
	return out
}

// The gate must not cry wolf, must see what is there, and must let small things pass.
func TestGateOnSimulatedRuns(t *testing.T) {
	base := bare(pool(t, 1, 1, 60))
	slower := bare(pool(t, 1.10, 1001, 30))
	little := bare(pool(t, 1.03, 2001, 30))
	gate := DefaultGate(base[0].Manifest.Layout.Record())
	called := func(name string, rounds int, pick func(s *chance.Stream) (a, b []*Run)) (worse int) {
		s := chance.Stream{Seed: 7, Purpose: chance.Resample, Who: uint32(len(name))}
		by := map[string]int{}
		for range rounds {
			a, b := pick(&s)
			c, err := Compare(a, b, gate, Options{})
			if err != nil || len(c.Faults) > 0 {
				t.Fatal(err, c.Faults)
			}
			if c.Verdict == Worse {
				worse++
			}
			for _, f := range c.Figures {
				if f.Verdict == Worse && strings.HasPrefix(f.Figure, "p") {
					by[f.Figure]++
				}
			}
		}
		t.Logf("%s: %d of %d called, %v", name, worse, rounds, by)
		return by["p99(connect_to_logged_in)"] + worse<<16
	}
	for _, n := range []int{5, 10} {
		got := called(fmt.Sprintf("A/A, %d runs each", n), 200, func(s *chance.Stream) (a, b []*Run) {
			both := draw(s, base, 2*n)
			return both[:n], both[n:]
		})
		if got>>16 > 16 {
			t.Errorf("%d runs each of one system: %d of 200 called a regression, want at most 16", n, got>>16)
		}
	}
	got := called("planted +10 %", 200, func(s *chance.Stream) (a, b []*Run) { return draw(s, base, 10), draw(s, slower, 10) })
	if p99 := got & 0xffff; p99 < 190 {
		t.Errorf("+10 %%: p99 was called in %d of 200, want 190", p99)
	}
	got = called("planted +3 %", 200, func(s *chance.Stream) (a, b []*Run) { return draw(s, base, 10), draw(s, little, 10) })
	if got>>16 > 16 {
		t.Errorf("+3 %%, below the floor: %d of 200 called, want at most 16", got>>16)
	}
	for _, g := range gate.Metrics {
		read, _, _ := g.reader()
		var v []float64
		for _, r := range base {
			if x := read(r); x.Known {
				v = append(v, x.Value)
			}
		}
		slices.Sort(v)
		if len(v) > 0 {
			t.Logf("%s: %v .. %v .. %v", g.Figure, v[0], median(v), v[len(v)-1])
		}
	}
}
