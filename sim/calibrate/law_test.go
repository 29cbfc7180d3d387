package calibrate

import (
	"math"
	"slices"
	"testing"
	"time"

	"loginstorm/sim/chance"
	"loginstorm/sim/record"
)

func laws() []Law {
	const ms = time.Millisecond
	return []Law{
		{Shape: chance.Uniform, A: 10 * ms, B: 30 * ms},
		{Shape: chance.Exponential, A: 20 * ms},
		{Shape: chance.Normal, A: 20 * ms, B: 15 * ms}, // Much of it is cut off.
		{Shape: chance.Lognormal, A: 20 * ms, B: 90 * ms},
		{Shape: chance.Constant, A: 20 * ms},
	}
}

// drawn are values as chance draws them.
func drawn(l Law, n int) []float64 {
	s := chance.Stream{Seed: 7, Purpose: chance.Service}
	all := make([]float64, n)
	for i := range all {
		all[i] = seconds(chance.Dist(l).Sample(s.Next()))
	}
	slices.Sort(all)
	return all
}

// TestLawsAreThoseOfChance holds distribution function and mean against what is
// really drawn.
func TestLawsAreThoseOfChance(t *testing.T) {
	const n = 20_000
	for _, l := range laws() {
		all := drawn(l, n)
		var sum float64
		for _, x := range all {
			sum += x
		}
		if mean := sum / n; math.Abs(l.mean()-mean) > 0.02*mean {
			t.Errorf("%v: mean %g, drawn %g", l, l.mean(), mean)
		}
		for i := 0; i < n && l.Shape != chance.Constant; i += 500 {
			if p := l.below(all[i]); all[i] > 0 && math.Abs(p-float64(i)/n) > 0.015 {
				t.Errorf("%v: below %g are %g, drawn %g", l, all[i], p, float64(i)/n)
			}
		}
	}
}

// TestFamiliesAreToldApart: every family is found in values of its own, also behind
// something that comes on top.
func TestFamiliesAreToldApart(t *testing.T) {
	for _, l := range laws() {
		if l.Shape == chance.Normal {
			l.B = 4 * time.Millisecond
		}
		h := record.NewHistogram(record.PhaseLogin)
		top := record.NewHistogram(record.PhaseDial)
		more := chance.Stream{Seed: 9, Purpose: chance.LinkUp}
		trip := chance.Dist{Shape: chance.Normal, A: 10 * time.Millisecond, B: time.Millisecond}
		for _, x := range drawn(l, 5000) {
			h.Observe(span(x) + trip.Sample(more.Next()))
			top.Observe(trip.Sample(more.Next()))
		}
		s, u := sampled(h), sampled(top)
		f := s.fit(u.extra())
		if f.Family != l.Family() && l.Shape != chance.Constant || math.Abs(f.Law.mean()/l.mean()-1) > 0.03 || f.Distance > 0.03 {
			t.Errorf("%v: found %v, distance %.3f", l, f.Law, f.Distance)
		}
	}
}

// TestStraysDoNotBendATail: a pause of the machine is in the figures and not in the law.
func TestStraysDoNotBendATail(t *testing.T) {
	l := Law{Shape: chance.Lognormal, A: 20 * time.Millisecond, B: 90 * time.Millisecond}
	h := record.NewHistogram(record.PhaseLogin)
	for i, x := range drawn(l, 3000) {
		h.Observe(span(x))
		if i%300 == 0 {
			h.Observe(3 * time.Second)
		}
	}
	s := sampled(h)
	f := s.fit(extra{})
	if f.Family != "lognormal" || math.Abs(seconds(f.Law.B)/0.090-1) > 0.06 {
		t.Errorf("found %v", f.Law)
	}
}

func TestErlang(t *testing.T) {
	for _, c := range []struct{ servers, work, want float64 }{
		{1, 0.5, 0.5}, {2, 1, 1.0 / 3}, {10, 8, 0.4092}, {3, 3, 1}, {0, 1, 1}, {5, 0, 0},
	} {
		if got := waits(c.servers, c.work); math.Abs(got-c.want) > 0.0005 {
			t.Errorf("%g servers, %g of work: %g wait, want %g", c.servers, c.work, got, c.want)
		}
	}
}

func TestSpansAreWrittenAsScenariosReadThem(t *testing.T) {
	for _, c := range []struct {
		span time.Duration
		want string
	}{
		{0, "0s"}, {66761, "66.76us"}, {30 * time.Millisecond, "30ms"}, {1559 * time.Millisecond, "1.559s"},
		{123456789, "123.5ms"}, {17 * time.Hour, "61200s"},
	} {
		if got := written(c.span); got != c.want {
			t.Errorf("%v is written %s, want %s", c.span, got, c.want)
		}
		if back, err := time.ParseDuration(written(c.span)); err != nil || math.Abs(seconds(back-c.span)) > 0.001*seconds(c.span) {
			t.Errorf("%s is read as %v: %v", written(c.span), back, err)
		}
	}
}

func TestRanges(t *testing.T) {
	if got := ranges([]int{0, 1, 2, 5, 7, 8}); got != "0-2, 5, 7-8" {
		t.Errorf("got %q", got)
	}
}
