package plan

import (
	"math"
	"math/big"

	"loginstorm/sim/chance"
	"loginstorm/sim/scenario"
)

// An arrival process is a sequence of segments on which the rate is linear in
// time. With F(t) the clients that the rate calls for within a segment of length
// T, from rate r0 to r1,
//
//	F(t) = r0 t + (r1 - r0) t^2 / 2T
//
// the n-th client (from 0) arrives at the last whole nanosecond t with
// F(t) <= n - C, where C is the exact sum of all segments before. Nothing is
// accumulated but C, a fraction without rounding, so an arrival after an hour is
// right to the nanosecond. Random, instant and listed arrivals add whole clients
// to C.

// segment is a span on which the rate changes linearly.
type segment struct {
	from, to scenario.Rate
	length   Time // 0 = to the end of all clients; from and to are equal then.
}

// schedule brings clients one after the other.
type schedule struct {
	seed  uint64
	owner uint32 // Of the stream of random gaps.
	total uint32 // Clients to bring.
	bring func(n uint32, at Time) bool
	n     uint32   // Clients brought.
	now   Time     // Begin of the current stage.
	done  *big.Rat // C: what the rates have called for until now.
	stop  bool     // bring wants no more.
}

func newSchedule(seed uint64, name string, total uint32, bring func(n uint32, at Time) bool) *schedule {
	return &schedule{seed: seed, owner: who(name), total: total, bring: bring, done: new(big.Rat)}
}

// over reports whether nobody is left to bring.
func (s *schedule) over() bool { return s.stop || s.n >= s.total }

func (s *schedule) arrive(at Time) {
	if !s.bring(s.n, at) {
		s.stop = true
	}
	s.n++
}

// linear runs through a segment.
func (s *schedule) linear(g segment) {
	c := newCurve(g, s.done)
	end, last := new(big.Rat), s.total
	if g.length > 0 {
		end.Add(s.done, c.integral())
		last = uint32(min(uint64(s.total), ceiling(end)))
	}
	for s.n < last && !s.stop {
		s.arrive(s.now + c.at(s.n))
	}
	s.now += g.length
	s.done = end
}

// ceiling returns the least whole number that is not below r.
func ceiling(r *big.Rat) uint64 {
	q, m := new(big.Int).DivMod(r.Num(), r.Denom(), new(big.Int))
	if m.Sign() > 0 {
		q.Add(q, big.NewInt(1))
	}
	if !q.IsUint64() {
		return math.MaxUint64
	}
	return q.Uint64()
}

// atOnce brings clients in one instant; 0 = all that are left.
func (s *schedule) atOnce(count uint32) {
	if count == 0 {
		count = s.total
	}
	before := s.n
	for range count {
		if s.over() {
			break
		}
		s.arrive(s.now)
	}
	s.whole(s.n - before)
}

// instants brings one client at each instant.
func (s *schedule) instants(at []scenario.Span) {
	begin := s.now
	before := s.n
	for _, t := range at {
		if s.over() {
			break
		}
		s.now = begin + Time(t)
		s.arrive(s.now)
	}
	s.whole(s.n - before)
}

// poisson brings clients with exponential gaps; length 0 = all that are left.
func (s *schedule) poisson(r scenario.Rate, length Time) {
	if r.Count == 0 {
		s.now += length
		return
	}
	mean := float64(r.Per) / float64(r.Count)
	before := s.n
	at := s.now
	for !s.over() {
		u := chance.Unit(chance.Draw(s.seed, chance.Arrival, s.owner, s.n))
		at += gap(float64(-math.Log1p(-u) * mean))
		if length > 0 && at >= s.now+length {
			break
		}
		s.arrive(at)
	}
	s.now += length
	s.whole(s.n - before)
}

// gap rounds a random gap to whole nanoseconds.
func gap(ns float64) Time { return Time(min(ns+0.5, float64(scenario.MaxSpan))) }

// whole adds clients that no rate called for.
func (s *schedule) whole(n uint32) {
	s.done = new(big.Rat).Add(s.done, new(big.Rat).SetInt64(int64(n)))
}

// curve solves F(t) = n - C on one segment. Everything is multiplied by
// L = 2 T p0 p1 d, with rates a/p and C = c/d, so that it is whole:
//
//	b t + a t^2 <= n L - k
type curve struct {
	a, b, l, k     *big.Int
	length         Time
	fa, fb, fl, fk float64
	sum            *big.Rat
	left, right, t big.Int // Scratch.
}

func newCurve(g segment, done *big.Rat) *curve {
	num := func(u uint64) *big.Int { return new(big.Int).SetUint64(u) }
	mul := func(xs ...*big.Int) *big.Int {
		out := big.NewInt(1)
		for _, x := range xs {
			out.Mul(out, x)
		}
		return out
	}
	length := g.length
	if length == 0 {
		length = 1
	}
	a0, a1, p0, p1 := num(g.from.Count), num(g.to.Count), num(uint64(g.from.Per)), num(uint64(g.to.Per))
	two, t, d := big.NewInt(2), num(uint64(length)), done.Denom()
	c := &curve{length: g.length}
	c.b = mul(two, t, a0, p1, d)
	c.a = mul(new(big.Int).Sub(mul(a1, p0), mul(a0, p1)), d)
	c.l = mul(two, t, p0, p1, d)
	c.k = mul(two, t, p0, p1, done.Num())
	// Common factors go, so that numbers stay short.
	g4 := new(big.Int).GCD(nil, nil, c.l, c.b)
	for _, x := range []*big.Int{c.a, c.k} {
		if x.Sign() != 0 {
			g4.GCD(nil, nil, g4, new(big.Int).Abs(x))
		}
	}
	for _, x := range []*big.Int{c.a, c.b, c.l, c.k} {
		x.Quo(x, g4)
	}
	c.fa, c.fb, c.fl, c.fk = float(c.a), float(c.b), float(c.l), float(c.k)
	// r0 T + (r1 - r0) T / 2 = (r0 + r1) T / 2.
	r := new(big.Rat).Add(new(big.Rat).SetFrac(a0, p0), new(big.Rat).SetFrac(a1, p1))
	c.sum = r.Mul(r, new(big.Rat).SetFrac(num(uint64(g.length)), two))
	return c
}

func float(x *big.Int) float64 {
	f, _ := new(big.Float).SetInt(x).Float64()
	return f
}

// integral returns what the whole segment calls for.
func (c *curve) integral() *big.Rat { return c.sum }

// latest bounds an arrival, so that sums of instants stay far from overflow.
const latest = Time(math.MaxInt64 / 4)

// at returns when client n arrives, from the segment's begin. An estimate in
// floating point finds the neighbourhood; whole numbers decide.
func (c *curve) at(n uint32) Time {
	c.right.SetUint64(uint64(n))
	c.right.Mul(&c.right, c.l)
	c.right.Sub(&c.right, c.k)
	if c.right.Sign() <= 0 {
		return 0
	}
	most := latest
	if c.length > 0 {
		most = c.length
	}
	low := min(max(c.estimate(float64(n)), 0), most)
	for step := Time(1); low > 0 && !c.fits(low); step *= 2 {
		low = max(low-step, 0)
	}
	high := low + 1
	for step := Time(1); high <= most && c.fits(high); step *= 2 {
		low, high = high, high+step
	}
	high = min(high, most+1)
	for high-low > 1 {
		if mid := low + (high-low)/2; c.fits(mid) {
			low = mid
		} else {
			high = mid
		}
	}
	return low
}

// fits reports whether F(t) <= n - C.
func (c *curve) fits(t Time) bool {
	c.t.SetInt64(int64(t))
	c.left.Mul(c.a, &c.t)
	c.left.Add(&c.left, c.b)
	c.left.Mul(&c.left, &c.t)
	return c.left.Cmp(&c.right) <= 0
}

// estimate solves the curve in floating point, in the form that does not cancel:
// t = 2y / (b + sqrt(b^2 + 4 a y)).
func (c *curve) estimate(n float64) Time {
	y := n*c.fl - c.fk
	under := c.fb*c.fb + 4*c.fa*y
	t := 2 * y / (c.fb + math.Sqrt(math.Max(under, 0)))
	if !(t < float64(latest)) {
		return latest
	}
	return Time(t)
}
