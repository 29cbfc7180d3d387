package compare

import (
	"context"
	"fmt"
	"slices"
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

// simulated carries a system out with a seed.
func simulated(ctx context.Context, file *scenario.File, seed uint64) (*Run, error) {
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
	file, err := scenario.Parse("gate.yaml", []byte(system(factor)))
	if err != nil {
		t.Fatal(err)
	}
	runs := make([]*Run, n)
	var all errgroup.Group
	for half := range uint64(2) {
		all.Go(func() (err error) {
			for i := half; i < n && err == nil; i += 2 {
				runs[i], err = simulated(t.Context(), file, first+i)
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

// calls is how often a gate called something, of so many rounds.
type calls struct {
	worse int // Any figure.
	p99   int
	// naive counts what a gate would call that knew neither floor nor how many figures it
	// looks at.
	naive int
}

const rounds = 200

// ask compares runs that pick draws, again and again.
func ask(t *testing.T, who uint32, gate Gate, pick func(s *chance.Stream) (a, b []*Run)) (n calls) {
	t.Helper()
	s := chance.Stream{Seed: 7, Purpose: chance.Resample, Who: who}
	for range rounds {
		a, b := pick(&s)
		c, err := Compare(a, b, gate, Options{})
		if err != nil || len(c.Faults) > 0 {
			t.Fatal(err, c.Faults)
		}
		if c.Verdict == Worse {
			n.worse++
		}
		naive := false
		for _, f := range c.Figures {
			if f.Verdict == Worse && f.Figure == "p99(connect_to_logged_in)" {
				n.p99++
			}
			naive = naive || f.P/2 < Alpha && f.Ratio > 1
		}
		if naive {
			n.naive++
		}
	}
	t.Logf("%+v of %d", n, rounds)
	return n
}

// The gate must not cry wolf, must see what is there, and must let small things pass.
func TestGateOnSimulatedRuns(t *testing.T) {
	if testing.Short() {
		t.Skip("110 simulations")
	}
	base := bare(pool(t, 1, 1, 60))
	slower := bare(pool(t, 1.10, 1001, 25))
	little := bare(pool(t, 1.03, 2001, 25))
	gate := DefaultGate(base[0].Manifest.Layout.Record())
	const most = rounds * 8 / 100
	for _, n := range []int{5, 10} {
		got := ask(t, uint32(n), gate, func(s *chance.Stream) (a, b []*Run) {
			both := draw(s, base, 2*n)
			return both[:n], both[n:]
		})
		if got.worse > most {
			t.Errorf("%d runs each of one system: %d of %d called a regression, want at most %d", n, got.worse, rounds, most)
		}
		if got.naive <= most {
			t.Errorf("%d runs each: a gate without a floor and without Holm's rule is wrong in %d of %d alone: this test has no teeth", n, got.naive, rounds)
		}
	}
	against := func(who uint32, candidate []*Run) calls {
		return ask(t, who, gate, func(s *chance.Stream) (a, b []*Run) { return draw(s, base, 10), draw(s, candidate, 10) })
	}
	if got := against(100, slower); got.p99 < rounds*95/100 {
		t.Errorf("+10 %%: p99 was called in %d of %d, want %d", got.p99, rounds, rounds*95/100)
	}
	if got := against(200, little); got.worse > most {
		t.Errorf("+3 %%, below the floor: %d of %d called, want at most %d", got.worse, rounds, most)
	}
}
