package chance

import (
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestDrawIsWhatASeedMeans(t *testing.T) {
	// A change here changes every plan ever printed.
	got := []uint64{Draw(1, Backoff, 0, 0), Draw(1, Backoff, 0, 1), Draw(1, Backoff, 1, 0), Draw(2, Backoff, 0, 0), Draw(1, Habit, 0, 0)}
	seen := map[uint64]bool{}
	for _, u := range got {
		if seen[u] {
			t.Fatalf("two streams share a draw: %x", got)
		}
		seen[u] = true
	}
	s := Stream{Seed: 1, Purpose: Backoff}
	if diff := cmp.Diff(got[:2], []uint64{s.Next(), s.Next()}); diff != "" {
		t.Error(diff)
	}
}

func TestDrawsAreUniform(t *testing.T) {
	// Chi-square over 64 cells along each of the three counters; the bound is
	// the 99.99th percentile of 63 degrees of freedom.
	for name, draw := range map[string]func(i uint32) uint64{
		"n":    func(i uint32) uint64 { return Draw(7, Backoff, 3, i) },
		"who":  func(i uint32) uint64 { return Draw(7, Backoff, i, 0) },
		"seed": func(i uint32) uint64 { return Draw(uint64(i), Backoff, 3, 0) },
	} {
		var cells [64]int
		const n = 64 * 1000
		for i := range uint32(n) {
			cells[Below(draw(i), 64)]++
		}
		var chi float64
		for _, c := range cells {
			chi += (float64(c) - 1000) * (float64(c) - 1000) / 1000
		}
		if chi > 112 {
			t.Errorf("along %s: chi-square %.1f", name, chi)
		}
	}
}

func TestDistributionsHaveTheirMoments(t *testing.T) {
	const n = 200_000
	for _, d := range []Dist{
		{Constant, 5 * time.Millisecond, 0},
		{Uniform, 20 * time.Millisecond, 80 * time.Millisecond},
		{Exponential, 10 * time.Millisecond, 0},
		{Normal, 50 * time.Millisecond, 5 * time.Millisecond},
		{Lognormal, 8 * time.Millisecond, 40 * time.Millisecond},
	} {
		var sum float64
		var over int
		for i := range uint32(n) {
			v := d.Sample(Draw(11, Service, 0, i))
			sum += float64(v)
			if v > d.B {
				over++
			}
		}
		if mean := sum / n; math.Abs(mean/float64(d.Mean())-1) > 0.01 {
			t.Errorf("%v: mean %v, want %v", d, time.Duration(mean), d.Mean())
		}
		if d.Shape == Lognormal && math.Abs(float64(over)/n-0.01) > 0.001 {
			t.Errorf("%v: %d of %d above its p99", d, over, n)
		}
	}
}

func TestSamplesStayInBounds(t *testing.T) {
	for _, d := range []Dist{{Normal, 0, time.Hour}, {Lognormal, time.Hour, 1000 * time.Hour}, {Exponential, math.MaxInt64, 0}, {Constant, -1, 0}} {
		for _, u := range []uint64{0, 1, math.MaxUint64 / 2, math.MaxUint64 - 1, math.MaxUint64} {
			if v := d.Sample(u); v < 0 || v > Longest {
				t.Errorf("%v at %x: %v", d, u, v)
			}
		}
	}
}

func TestHitIsExactAtTheEnds(t *testing.T) {
	for _, u := range []uint64{0, 1 << 40, math.MaxUint64} {
		if Hit(u, 0) || !Hit(u, 1_000_000) {
			t.Errorf("draw %x: 0 ppm %v, all %v", u, Hit(u, 0), Hit(u, 1_000_000))
		}
	}
}

func BenchmarkDraw(b *testing.B) {
	b.ReportAllocs()
	var x uint64
	for i := range b.N {
		x ^= Draw(1, Backoff, 17, uint32(i))
	}
	_ = x
}
