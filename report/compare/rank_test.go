package compare

import (
	"math"
	"slices"
	"testing"

	"loginstorm/sim/chance"
)

// values are draws around a center with a relative spread, in a bell.
func values(seed uint64, n int, center, spread float64) []float64 {
	draws := chance.Stream{Seed: seed, Purpose: chance.Resample}
	out := make([]float64, n)
	for i := range out {
		sum := 0.0
		for range 12 {
			sum += chance.Unit(draws.Next())
		}
		out[i] = center * math.Exp(spread*(sum-6))
	}
	return out
}

// The count of orders against a walk over all of them, and against the p of benchmath.
func TestOrders(t *testing.T) {
	for n := 1; n <= 5; n++ {
		for m := 1; m <= 5; m++ {
			want := make([]float64, n*m+1)
			for set := range 1 << (n + m) {
				u, seconds, firsts := 0, 0, 0
				for i := range n + m {
					if set>>i&1 == 1 {
						u += seconds
						firsts++
					} else {
						seconds++
					}
				}
				if firsts == n {
					want[u]++
				}
			}
			if got := orders(n, m); !slices.Equal(got, want) {
				t.Errorf("%d and %d: %v, want %v", n, m, got, want)
			}
		}
	}
}

func TestLeastP(t *testing.T) {
	for _, c := range []struct {
		n, m int
		want float64
	}{{3, 3, 0.1}, {4, 4, 2.0 / 70}, {5, 5, 2.0 / 252}, {1, 1, 1}, {0, 5, 1}, {2, 8, 2.0 / 45}} {
		if got := leastP(c.n, c.m); math.Abs(got-c.want) > 1e-12 {
			t.Errorf("%d against %d: %v, want %v", c.n, c.m, got, c.want)
		}
		if c.n == 0 {
			continue
		}
		low, high := values(1, c.n, 1, 0.01), values(2, c.m, 2, 0.01)
		if r := mannWhitney(low, high); c.n*c.m > 1 && math.Abs(r.p-c.want) > 1e-9 {
			t.Errorf("%d against %d, all apart: p %v, want %v", c.n, c.m, r.p, c.want)
		}
	}
	if enough(1) != 4 || enough(3) != 4 || enough(12) != 5 || enough(13) != 6 {
		t.Errorf("runs that are enough: %d %d %d", enough(1), enough(12), enough(13))
	}
}

func TestHolm(t *testing.T) {
	got := holm([]float64{0.04, 0.01, 0.03, 0.5})
	want := []float64{0.09, 0.04, 0.09, 0.5}
	for i := range want {
		if math.Abs(got[i]-want[i]) > 1e-12 {
			t.Errorf("%v, want %v", got, want)
		}
	}
}

// The interval must hold the true ratio about as often as it says.
func TestIntervalCovers(t *testing.T) {
	for _, n := range []int{5, 10, 20} {
		const rounds = 400
		held := 0
		for i := range uint64(rounds) {
			s := hodgesLehmann(values(2*i, n, 1, 0.05), values(2*i+1, n, 1.1, 0.05), true)
			if !s.bounded {
				t.Fatal("no interval")
			}
			if s.low <= 1.1 && 1.1 <= s.high {
				held++
			}
		}
		if share := float64(held) / rounds; share < 0.93 || share == 1 {
			t.Errorf("%d runs a side: the interval of 95 %% held the truth in %.1f %%", n, 100*share)
		}
	}
	if s := hodgesLehmann([]float64{1, 2, 3}, []float64{2, 4, 6}, true); s.bounded || s.center != 2 {
		t.Errorf("three runs: %+v", s)
	}
	inf := math.Inf(1)
	if s := hodgesLehmann([]float64{1, 2, inf}, []float64{inf, inf, inf}, true); math.IsNaN(s.center) || s.center != inf {
		t.Errorf("without bound: %+v", s)
	}
}
