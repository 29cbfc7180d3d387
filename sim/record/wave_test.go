package record

import (
	"math"
	"math/rand/v2"
	"testing"
)

// poisson draws a count by adding exponential gaps, and for large rates the normal
// distribution near it.
func poisson(r *rand.Rand, rate float64) uint32 {
	if rate > 500 {
		return uint32(max(0, math.Round(rate+math.Sqrt(rate)*r.NormFloat64())))
	}
	n, sum := uint32(0), r.ExpFloat64()
	for sum < rate {
		n, sum = n+1, sum+r.ExpFloat64()
	}
	return n
}

func noisy(r *rand.Rand, seconds int, rate func(float64) float64) []uint32 {
	x := make([]uint32, seconds)
	for i := range x {
		x[i] = poisson(r, rate(float64(i)))
	}
	return x
}

// What has no waves must show none, whatever its noise.
func TestNoWaves(t *testing.T) {
	shapes := map[string]func(size float64) func(float64) float64{
		"steady": func(a float64) func(float64) float64 { return func(float64) float64 { return a } },
		"decay":  func(a float64) func(float64) float64 { return func(s float64) float64 { return a * math.Exp(-s/15) } },
		"tail":   func(a float64) func(float64) float64 { return func(s float64) float64 { return a / (1 + s) } },
		"onto load": func(a float64) func(float64) float64 {
			return func(s float64) float64 { return a/8 + a*math.Exp(-s/10) }
		},
		"ramp": func(a float64) func(float64) float64 { return func(s float64) float64 { return a * min(s, 100) / 100 } },
		"one hump": func(a float64) func(float64) float64 {
			return func(s float64) float64 { return a * math.Exp(-(s-40)*(s-40)/200) }
		},
		"plateau": func(a float64) func(float64) float64 {
			return func(s float64) float64 {
				if s < 60 {
					return a
				}
				return 0
			}
		},
	}
	for name, shape := range shapes {
		for seed := range uint64(60) {
			r := rand.New(rand.NewPCG(seed, 1))
			size := math.Exp(r.Float64() * math.Log(5000))
			seconds := []int{30, 120, 600, 3000}[seed%4]
			if found := humps(noisy(r, seconds, shape(size))); len(found) > 1 {
				t.Errorf("%s of %.1f, seed %d: %d waves: %v", name, size, seed, len(found), found)
			}
		}
	}
}

// A day of noise has no wave either, at any rate.
func TestNoWavesInADay(t *testing.T) {
	for i, rate := range []float64{0.3, 3, 20, 100} {
		r := rand.New(rand.NewPCG(uint64(i), 7))
		if found := humps(noisy(r, 86_400, func(float64) float64 { return rate })); len(found) > 1 {
			t.Errorf("rate %g: %d waves", rate, len(found))
		}
	}
}

// Clients that draw full jitter spread out: nobody would call that waves.
func TestNoWavesWithFullJitter(t *testing.T) {
	for seed := range uint64(50) {
		r := rand.New(rand.NewPCG(seed, 2))
		x := make([]uint32, 120)
		for range 50 + r.IntN(3000) {
			at := 0.0
			for n := 0; ; n++ {
				at += r.Float64() * min(60, math.Pow(2, float64(n)))
				if at >= 120 {
					break
				}
				x[int(at)]++
			}
		}
		if found := humps(x); len(found) > 1 {
			t.Errorf("seed %d: %d waves: %v in %v", seed, len(found), found, x)
		}
	}
}

// A herd in phase shows as many waves as there are, with their period.
func TestWaves(t *testing.T) {
	for seed := range uint64(400) {
		r := rand.New(rand.NewPCG(seed, 3))
		size, period, count := 20+r.IntN(4000), 3+r.IntN(30), 2+r.IntN(9)
		decay := 0.8 + r.Float64()*0.2
		background := 0.0
		if seed%2 == 0 {
			background = float64(size) / 10 * r.Float64()
		}
		wide := 0
		if period > 6 && seed%3 == 0 {
			wide = r.IntN(period / 3) // Smeared over some seconds.
		}
		if wide > 0 {
			size = max(size, 200)
		}
		x := noisy(r, period*count+5, func(float64) float64 { return background / float64(wide+1) })
		first := r.IntN(4)
		for w := range count {
			n := float64(size) * math.Pow(decay, float64(w))
			for range int(n) {
				x[first+w*period+r.IntN(wide+1)]++
			}
		}
		found := humps(x)
		if len(found) != count {
			t.Fatalf("seed %d: %d of %d waves of %d, every %d s, %d s wide, on %.1f: %v", seed, len(found), count, size, period, wide+1, background, x)
		}
		every, waves := rhythm(found)
		if count >= 3 && (math.Abs(every-float64(period)) > 1 || waves < count-1) {
			t.Errorf("seed %d: %d waves every %g s, want %d every %d: %v", seed, waves, every, count, period, found)
		}
	}
}

func TestWaveFigures(t *testing.T) {
	x := make([]uint32, 40)
	x[2], x[3] = 1500, 500
	x[10], x[11], x[20] = 1800, 50, 3 // Three attempts are no wave.
	x[30] = 100                       // Nor is a twentieth of the largest.
	found := humps(x)
	if len(found) != 2 || found[0] != (hump{2, 4, 2, 2000}) || found[1] != (hump{10, 11, 10, 1800}) {
		t.Errorf("%+v", found)
	}
	if humps(nil) != nil || len(humps(make([]uint32, 9))) != 0 || len(humps([]uint32{9})) != 0 || len(humps([]uint32{0, 10})) != 1 {
		t.Error("nothing is a wave")
	}
}

// nim-web's first gaps are shorter than those at its cap: the period is that of the cap.
func TestRhythm(t *testing.T) {
	at := func(seconds ...int) (all []hump) {
		for _, s := range seconds {
			all = append(all, hump{from: s})
		}
		return all
	}
	for _, c := range []struct {
		all    []hump
		period float64
		waves  int
	}{
		{at(1, 4, 11, 19, 27, 35, 43), 8, 5},
		{at(0, 8, 16, 25, 33, 42), 8.4, 6},
		{at(0, 8, 16), 8, 3},
		{at(0, 8), 0, 0},
		{at(0, 1, 3, 7, 15, 31), 0, 0},
		{at(0, 4, 30, 34, 70, 74), 0, 0},
		{nil, 0, 0},
	} {
		if period, waves := rhythm(c.all); math.Abs(period-c.period) > 0.01 || waves != c.waves {
			t.Errorf("%v: %g, %d; want %g, %d", c.all, period, waves, c.period, c.waves)
		}
	}
}

func BenchmarkHumps(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 1))
	x := noisy(r, 86_400, func(float64) float64 { return 20 })
	for b.Loop() {
		humps(x)
	}
}
