package virtual

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"loginstorm/sim/chance"
	"loginstorm/sim/record"
)

// trial is a scenario, and what theory says of it.
type trial struct {
	queueing
	dist   chance.Dist             // The service, a second time.
	like   func(x float64) float64 // Its distribution, in units of its mean.
	theory theory
}

// trials are queues at half, at four fifths and near the end of their capacity. With
// c workers a login takes c times as long, so that the same arrivals load them alike.
func trials() []trial {
	const ms = time.Millisecond
	var all []trial
	for i, at := range []struct{ rate, logins int }{{500, 20_000}, {800, 40_000}, {950, 160_000}} {
		rho := float64(at.rate) / 1000
		for _, workers := range []int{1, 4} {
			mean := time.Duration(workers) * ms
			all = append(all, trial{queueing{11 + i, at.logins, "poisson", at.rate, workers, fmt.Sprintf("{exponential: {mean: %v}}", mean)},
				chance.Dist{Shape: chance.Exponential, A: mean}, exponential, mmc(workers, rho)})
		}
		all = append(all, trial{queueing{21 + i, at.logins, "poisson", at.rate, 1, "1ms"}, chance.Dist{A: ms}, constant, md1(rho)})
	}
	even := func(x float64) float64 { return min(1, max(0, x-0.5)) }
	all = append(all, trial{queueing{31, 40_000, "poisson", 800, 1, "{uniform: [500us, 1500us]}"},
		chance.Dist{Shape: chance.Uniform, A: ms / 2, B: 3 * ms / 2}, even, mg1("M/G/1 uniform", 0.8, 1+1.0/12)})
	// What most scenarios of the library have, 30 times as fast: sigma is what puts the
	// 99th percentile where it is.
	sigma := math.Log(4) / 2.3263478740408408
	skewed := func(x float64) float64 {
		return math.Erfc(-(math.Log(x)+sigma*sigma/2)/sigma/math.Sqrt2) / 2
	}
	mean := math.Exp(sigma * sigma / 2)
	all = append(all, trial{queueing{32, 40_000, "poisson", 670, 1, "{lognormal: {p50: 1ms, p99: 4ms}}"},
		chance.Dist{Shape: chance.Lognormal, A: ms, B: 4 * ms}, skewed, mg1("M/G/1 lognormal", 0.67*mean, math.Exp(sigma*sigma))})
	return all
}

// TestQueuesAreThoseOfTheory carries each trial out, from its text to what is
// recorded. To the nanosecond it is the queue that was asked for, Little's law holds
// in it, and the recorder's login phase is wait, service and latency. Its waits, as
// its workers' hours, agree with the closed formulas within the interval of the run.
func TestQueuesAreThoseOfTheory(t *testing.T) {
	for _, q := range trials() {
		t.Run(fmt.Sprintf("%s at %.2f", q.theory.name, q.theory.rho()), func(t *testing.T) {
			t.Parallel()
			o := watch(t, q.queueing)
			if err := o.inOrder(q.workers); err != nil {
				t.Error(err)
			}
			if err := o.little(); err != nil {
				t.Error(err)
			}
			if err := o.recorded(); err != nil {
				t.Error(err)
			}
			figures := o.judge(q.theory, q.dist.Mean(), q.like)
			for _, miss := range misses(figures) {
				t.Error(miss)
			}
			t.Logf("\n%s", table(q.theory.name, q.theory.rho(), figures))
		})
	}
}

// recorded demands that the recorder's login phase is that of both sides, bucket for
// bucket.
func (o *watched) recorded() error {
	want := record.NewHistogram(record.PhaseLogin)
	for i := range o.logins {
		want.Observe(o.logins[i].after + 2*theoryLatency)
	}
	got := o.all.Totals().Histogram(record.PhaseLogin, record.Filter{})
	var buckets [2][]record.Bucket
	for i, h := range []*record.Histogram{want, got} {
		for b := range h.Buckets() {
			buckets[i] = append(buckets[i], b)
		}
	}
	if fmt.Sprint(buckets[0]) != fmt.Sprint(buckets[1]) {
		return fmt.Errorf("the login phase is recorded with a mean of %v, of %d; it was %v, of %d", got.Mean(), got.Count(), want.Mean(), want.Count())
	}
	return nil
}

// recursion returns the waits of so many logins in a queue, in units of the mean
// service, from the draws that a scenario takes but without anything that carries it
// out: who is first takes the worker that is idle first.
func recursion(q *trial, logins int) []float64 {
	idle := make([]float64, q.workers)
	unit, gap := float64(q.dist.Mean()), 1/q.theory.load
	waits := make([]float64, logins)
	now := 0.0
	for i := range waits {
		n := uint32(i)
		now -= gap * math.Log1p(-chance.Unit(chance.Draw(uint64(q.seed), chance.Arrival, 1, n)))
		first := 0
		for w := range idle {
			if idle[w] < idle[first] {
				first = w
			}
		}
		begun := max(now, idle[first])
		idle[first] = begun + float64(q.dist.Sample(chance.Draw(uint64(q.seed), chance.Service, 1, n)))/unit
		waits[i] = begun - now
	}
	return waits
}

// TestTheRecursionIsTheTheory: a simulated run obeys the recursion to the nanosecond,
// and a recursion is cheap. Over millions of logins its waits agree with the formulas
// within intervals that no simulation of a second could have.
func TestTheRecursionIsTheTheory(t *testing.T) {
	all := trials()
	for _, rho := range []float64{0.8, 0.95} {
		d := chance.Dist{Shape: chance.Exponential, A: 32 * time.Millisecond}
		all = append(all, trial{queueing{seed: 41, workers: 32}, d, exponential, mmc(32, rho)})
	}
	for _, q := range all {
		t.Run(fmt.Sprintf("%s at %.2f", q.theory.name, q.theory.rho()), func(t *testing.T) {
			t.Parallel()
			logins := 2_000_000
			if q.theory.rho() > 0.9 && q.workers < 32 {
				logins = 6_000_000 // It forgets slowly.
			}
			figures := q.theory.hold(recursion(&q, logins)[logins/10:])
			for _, miss := range misses(figures) {
				t.Error(miss)
			}
			t.Logf("\n%s", table(q.theory.name, q.theory.rho(), figures))
		})
	}
}

// TestTheJudgeCatchesPlantedFaults: a judge that never says no is none.
func TestTheJudgeCatchesPlantedFaults(t *testing.T) {
	const ms = time.Millisecond
	plain := queueing{51, 24_000, "poisson", 800, 1, "{exponential: {mean: 1ms}}"}
	four := queueing{52, 24_000, "poisson", 800, 4, "{exponential: {mean: 4ms}}"}
	even := plain
	even.arrive = "constant"
	for _, fault := range []struct {
		name  string
		run   queueing
		mean  time.Duration
		like  func(x float64) float64
		told  theory
		found []string // What the judge must be right about.
	}{
		{"a worker too few", four, 4 * ms, exponential, mmc(5, 0.64), []string{"waits at all", "mean wait"}},
		{"a worker too many", four, 4 * ms, exponential, theoryOf(3, 3.2/3), []string{"waits at all", "mean wait"}},
		{"constant service", plain, ms, constant, md1(0.8), []string{"mean wait", "services, distance"}},
		{"a service of the same mean", queueing{53, 24_000, "poisson", 800, 1, "1ms"}, ms, exponential, mmc(1, 0.8), []string{"mean wait", "services, distance"}},
		{"a service that is longer", queueing{54, 24_000, "poisson", 800, 1, "{exponential: {mean: 1100us}}"}, ms, exponential, mmc(1, 0.8), []string{"waits at all", "mean wait", "busy workers"}},
		{"arrivals that are even", even, ms, exponential, mmc(1, 0.8), []string{"mean wait", "gaps, distance"}},
		{"other arrivals", queueing{55, 24_000, "poisson", 760, 1, "{exponential: {mean: 1ms}}"}, ms, exponential, mmc(1, 0.8), []string{"busy workers", "gaps, distance"}},
	} {
		t.Run(fault.name, func(t *testing.T) {
			t.Parallel()
			o := watch(t, fault.run)
			all := strings.Join(misses(o.judge(fault.told, fault.mean, fault.like)), "\n")
			for _, what := range fault.found {
				if !strings.Contains(all, what+":") {
					t.Errorf("nobody noticed by %s:\n%s", what, all)
				}
			}
			if o.inOrder(fault.run.workers+1) == nil || fault.run.workers > 1 && o.inOrder(fault.run.workers-1) == nil {
				t.Error("it is also the queue of another number of workers")
			}
		})
	}
}

// theoryOf is an M/M/c that is overloaded: everybody waits, for ever.
func theoryOf(workers int, rho float64) theory {
	return theory{"M/M/c", workers, rho * float64(workers), 1, math.Inf(1), nil}
}

// TestTheLawsCatchPlantedFaults spoils what was seen of a run, by a nanosecond where
// that is a fault.
func TestTheLawsCatchPlantedFaults(t *testing.T) {
	clean := watch(t, queueing{61, 4_000, "poisson", 800, 2, "{exponential: {mean: 2ms}}"})
	first := 0 // One who waits, and whose successor does.
	for clean.logins[first].begun == clean.logins[first].arrived || clean.logins[first+1].begun == clean.logins[first+1].arrived {
		first++
	}
	check := func(o *watched) (broken []string) {
		for law, err := range map[string]error{"order": o.inOrder(2), "little": o.little(), "recorder": o.recorded()} {
			if err != nil {
				broken = append(broken, law)
			}
		}
		return broken
	}
	if broken := check(clean); len(broken) > 0 {
		t.Fatalf("broken without a fault: %v", broken)
	}
	for name, fault := range map[string]struct {
		law   string
		spoil func(o *watched, l, next *visit)
	}{
		"the last comes first": {"order", func(_ *watched, l, next *visit) {
			l.begun, l.service, l.judged, next.begun, next.service, next.judged = next.begun, next.service, next.judged, l.begun, l.service, l.judged
		}},
		"a worker is slow to begin":        {"order", func(_ *watched, l, _ *visit) { l.begun++ }},
		"a reply is late":                  {"order", func(_ *watched, l, _ *visit) { l.judged++ }},
		"the gateway's clock is wrong":     {"little", func(_ *watched, l, _ *visit) { l.after++ }},
		"a service is longer than it is":   {"little", func(_ *watched, l, _ *visit) { l.service++ }},
		"a gauge misses one who waits":     {"little", func(o *watched, _, _ *visit) { o.gauges[2].queue++ }},
		"a gauge misses one who is served": {"little", func(o *watched, _, _ *visit) { o.gauges[1].busy++ }},
		"a status is counted twice":        {"little", func(o *watched, _, _ *visit) { o.gauges[3].logging++ }},
		"a login is not recorded":          {"recorder", func(_ *watched, l, next *visit) { *l = *next }},
		"a phase is too long":              {"recorder", func(_ *watched, l, _ *visit) { l.after += time.Second }},
	} {
		o := *clean
		o.logins, o.gauges = slices.Clone(clean.logins), slices.Clone(clean.gauges)
		fault.spoil(&o, &o.logins[first], &o.logins[first+1])
		if broken := check(&o); !slices.Contains(broken, fault.law) {
			t.Errorf("%s: %s does not notice, %v do", name, fault.law, broken)
		}
	}
}
