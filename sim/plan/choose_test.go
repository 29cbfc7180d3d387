package plan

import (
	"slices"
	"testing"

	"loginstorm/sim/chance"
)

func TestChooseIsExactAndEven(t *testing.T) {
	const n, k, rounds = 40, 13, 8000
	var hits [n]int
	for seed := range uint64(rounds) {
		var got []uint64
		choose(seed, chance.Pick, "cut", n, k, func(i uint64) { got = append(got, i); hits[i]++ })
		if len(got) != k || !slices.IsSorted(got) {
			t.Fatalf("seed %d: %v", seed, got)
		}
	}
	// Chi-square over 40 cells; 39 degrees of freedom, 99.99th percentile.
	var chi float64
	for _, h := range hits {
		want := float64(rounds) * k / n
		chi += (float64(h) - want) * (float64(h) - want) / want
	}
	if chi > 82 {
		t.Errorf("chi-square %.1f: %v", chi, hits)
	}
}

func TestChooseAtTheEnds(t *testing.T) {
	for _, c := range [][2]uint64{{0, 0}, {5, 0}, {5, 5}, {1, 1}} {
		n := uint64(0)
		choose(1, chance.Pick, "x", c[0], c[1], func(uint64) { n++ })
		if n != c[1] {
			t.Errorf("%d of %d: %d", c[1], c[0], n)
		}
	}
}

func TestPartRoundsHalvesUp(t *testing.T) {
	for _, c := range [][3]uint64{{330_000, 6000, 1980}, {333_333, 3, 1}, {500_000, 1, 1}, {499_999, 1, 0}, {1_000_000, 100_000_000, 100_000_000}, {0, 9, 0}} {
		if got := part(uint32(c[0]), c[1]); got != c[2] {
			t.Errorf("%d ppm of %d: %d, want %d", c[0], c[1], got, c[2])
		}
	}
}
