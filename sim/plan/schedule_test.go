package plan

import (
	"fmt"
	"math"
	"math/big"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"loginstorm/sim/scenario"
)

// exact is the definition of a segment in fractions, worked out apart from the
// schedule: what the rate calls for until t.
func exact(g segment, t Time) *big.Rat {
	rate := func(r scenario.Rate) *big.Rat { return big.NewRat(int64(r.Count), int64(r.Per)) }
	at := big.NewRat(int64(t), 1)
	f := new(big.Rat).Mul(rate(g.from), at)
	slope := new(big.Rat).Sub(rate(g.to), rate(g.from))
	slope.Quo(slope, big.NewRat(2*int64(max(g.length, 1)), 1))
	return f.Add(f, slope.Mul(slope, at.Mul(at, at)))
}

// root solves the same segment with 400 bits: the instant at which y is called for.
func root(g segment, y *big.Rat) float64 {
	f := func(r *big.Rat) *big.Float { return new(big.Float).SetPrec(400).SetRat(r) }
	r0 := f(big.NewRat(int64(g.from.Count), int64(g.from.Per)))
	r1 := f(big.NewRat(int64(g.to.Count), int64(g.to.Per)))
	k := new(big.Float).Sub(r1, r0)
	k.Quo(k, new(big.Float).SetPrec(400).SetInt64(int64(g.length)))
	under := new(big.Float).Mul(r0, r0)
	under.Add(under, new(big.Float).Mul(k, new(big.Float).Mul(big.NewFloat(2), f(y))))
	if under.Sign() < 0 {
		under.SetInt64(0)
	}
	sum := new(big.Float).Add(r0, new(big.Float).Sqrt(under))
	if sum.Sign() == 0 {
		return 0
	}
	t, _ := new(big.Float).Quo(new(big.Float).Mul(big.NewFloat(2), f(y)), sum).Float64()
	return t
}

// checkSegments brings all clients and holds each arrival against the definition.
func checkSegments(t rapid.TB, segments []segment, total uint32) {
	type arrival struct {
		n  uint32
		at Time
	}
	var got []arrival
	s := newSchedule(1, "x", total, func(n uint32, at Time) bool { got = append(got, arrival{n, at}); return true })
	begin, done := Time(0), new(big.Rat)
	for _, g := range segments {
		got = got[:0]
		s.linear(g)
		end := new(big.Rat).Add(done, exact(g, g.length))
		for _, a := range got {
			y := new(big.Rat).Sub(big.NewRat(int64(a.n), 1), done)
			at := a.at - begin
			if exact(g, at).Cmp(y) > 0 || at < g.length && exact(g, at+1).Cmp(y) <= 0 {
				t.Fatalf("%+v: client %d at %d is not its instant", g, a.n, at)
			}
			if r := root(g, y); at < g.length && math.Abs(r-float64(at)) > 1.01 {
				t.Fatalf("%+v: client %d at %d, the root is %.3f", g, a.n, at, r)
			}
		}
		if left := new(big.Rat).SetInt64(int64(s.n)); s.n < total && left.Cmp(end) < 0 {
			t.Fatalf("%+v: %d brought, %v called for", g, s.n, end.FloatString(3))
		}
		begin, done = begin+g.length, end
	}
}

func TestArrivalsAreRightToTheNanosecond(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rate := func(name string) scenario.Rate {
			return scenario.Rate{Count: rapid.Uint64Range(0, 5000).Draw(t, name), Per: rapid.SampledFrom([]time.Duration{time.Second, time.Minute, 7 * time.Second, time.Hour}).Draw(t, name+" per")}
		}
		var segments []segment
		for range rapid.IntRange(1, 5).Draw(t, "segments") {
			g := segment{from: rate("from"), to: rate("to"), length: Time(rapid.Int64Range(1, int64(time.Minute)).Draw(t, "length"))}
			if rapid.Bool().Draw(t, "constant") {
				g.to = g.from
			}
			segments = append(segments, g)
		}
		checkSegments(t, segments, 300)
	})
}

func TestArrivalsAfterAnHour(t *testing.T) {
	perSecond := func(n uint64) scenario.Rate { return scenario.Rate{Count: n, Per: time.Second} }
	for _, g := range []segment{
		{perSecond(1), perSecond(600), time.Hour},
		{perSecond(600), perSecond(0), time.Hour},
		{perSecond(0), scenario.Rate{Count: 1, Per: 3 * time.Second}, 30 * 24 * time.Hour},
		{perSecond(333), perSecond(333), 30 * 24 * time.Hour},
		{perSecond(10_000_000), perSecond(1), 30 * 24 * time.Hour},
	} {
		done := big.NewRat(-2, 7) // A fraction that no float holds.
		c := newCurve(g, done)
		whole := exact(g, g.length)
		for _, share := range []int64{0, 1, 500, 900, 999, 1000} {
			most := ceiling(new(big.Rat).Add(done, whole))
			n := uint32(min(most*uint64(share)/1000, math.MaxUint32))
			if share == 1000 {
				n = uint32(min(most-1, math.MaxUint32))
			}
			y := new(big.Rat).Sub(big.NewRat(int64(n), 1), done)
			at := c.at(n)
			if exact(g, at).Cmp(y) > 0 || at < g.length && exact(g, at+1).Cmp(y) <= 0 {
				t.Errorf("%+v: client %d at %v", g, n, at)
			}
		}
	}
}

// TestStagesHaveKnownArrivals holds the stages against times worked out by hand.
func TestStagesHaveKnownArrivals(t *testing.T) {
	for _, c := range []struct {
		stages string
		want   string
	}{
		{"[{constant: {rate: 4/s}}]", "[0s 250ms 500ms 750ms 1s]"},
		{"[{pause: 2s}, {atOnce: {count: 3}}, {constant: {rate: 1/s}}]", "[2s 2s 2s 2s 3s]"},
		{"[{constant: {rate: 2/s, for: 1s}}, {pause: 3s}, {atOnce: {}}]", "[0s 500ms 4s 4s 4s]"},
		{"[{ramp: {from: 0/s, to: 2/s, over: 2s}}]", "[0s 1.414213562s 2s 2.5s 3s]"},
		{"[{ramp: {from: 2/s, to: 0/s, over: 4s}}, {atOnce: {}}]", "[0s 535.898384ms 1.171572875s 2s 4s]"},
		{"[{steps: {from: 1/s, by: 1/s, times: 2, each: 2s}}]", "[0s 1s 2s 2.5s 3s]"},
		{"[{spike: {base: 1/s, peak: 10/s, before: 2s, for: 200ms, after: 1s}}]", "[0s 1s 2s 2.1s 2.2s]"},
		{"[{instants: [1s, 1.5s, 1.5s]}, {constant: {rate: 1/s}}]", "[1s 1.5s 1.5s 1.5s 2.5s]"},
		{"[{constant: {rate: 0.4/s, for: 1s}}, {constant: {rate: 1/s}}]", "[0s 1.6s 2.6s 3.6s 4.6s]"},
	} {
		p := compiled(t, "duration: 1m\npopulations: {a: {accounts: 5, clientType: ios, arrive: "+c.stages+"}}", Options{})
		if got := fmt.Sprint(p.Clients.Arrive); got != c.want {
			t.Errorf("%s\ngot  %s\nwant %s", c.stages, got, c.want)
		}
	}
}

func TestPoissonHasItsRate(t *testing.T) {
	const n = 50_000
	p := compiled(t, fmt.Sprintf("duration: 10h\npopulations: {a: {accounts: %d, clientType: ios, arrive: [{poisson: {rate: 7/s}}]}}", n), Options{})
	all := p.Clients.Arrive
	if !slices.IsSorted(all) {
		t.Error("arrivals run backwards")
	}
	// n gaps of mean 1/7 s: the sum is within 4 standard deviations.
	mean := all[n-1].Seconds() / n
	if math.Abs(mean*7-1) > 4/math.Sqrt(n) {
		t.Errorf("mean gap %v s", mean)
	}
	var short int
	for i := 1; i < n; i++ {
		if (all[i] - all[i-1]).Seconds() < math.Ln2/7 {
			short++
		}
	}
	if math.Abs(float64(short)/n-0.5) > 4*0.5/math.Sqrt(n) {
		t.Errorf("%d of %d gaps are below the median", short, n)
	}
	// Another population does not shift its draws.
	q := compiled(t, fmt.Sprintf("duration: 10h\npopulations: {b: {accounts: 3, clientType: web}, a: {accounts: %d, clientType: ios, arrive: [{poisson: {rate: 7/s}}]}}", n), Options{})
	if !slices.Equal(all, q.Clients.Arrive[3:]) {
		t.Error("another population shifts the arrivals")
	}
}
