package calibrate

import (
	"math"
	"slices"

	"loginstorm/sim/chance"
	"loginstorm/sim/record"
)

// bin is a bucket of a histogram, in seconds.
type bin struct{ from, to, count float64 }

// sample is a histogram that a law is fitted to.
type sample struct {
	bins  []bin
	count float64
	low   float64 // Of the logarithms of what was measured,
	high  float64 // for the floor below every law.
}

func sampled(h *record.Histogram) sample {
	var s sample
	for b := range h.Buckets() {
		to := b.To + 1
		if b.From == 0 {
			to = 1 // Finer than anything that is measured: nothing.
		}
		s.bins = append(s.bins, bin{seconds(b.From), seconds(to), float64(b.Count)})
		s.count += float64(b.Count)
	}
	if len(s.bins) > 0 {
		s.low = math.Log(max(s.bins[0].from, 1e-7))
		s.high = math.Log(max(s.bins[len(s.bins)-1].to, 1e-6))
	}
	return s
}

// quantile returns where a share q of the values lies below.
func (s *sample) quantile(q float64) float64 {
	var seen float64
	for _, b := range s.bins {
		if seen+b.count >= q*s.count {
			return b.from + (b.to-b.from)*(q*s.count-seen)/b.count
		}
		seen += b.count
	}
	return 0
}

// moments returns mean and standard deviation of the middle 99 % of the values.
func (s *sample) moments() (mean, deviation float64) {
	low, high := s.quantile(0.005), s.quantile(0.995)
	var n, sum, squares float64
	for _, b := range s.bins {
		if x := (b.from + b.to) / 2; b.to > low && b.from <= high {
			n, sum, squares = n+b.count, sum+b.count*x, squares+b.count*x*x
		}
	}
	if n == 0 {
		return 0, 0
	}
	mean = sum / n
	return mean, math.Sqrt(max(squares/n-mean*mean, 0))
}

// extra is what comes on top of a value: parts of equal weight, each even between two
// edges. None = nothing.
type extra struct{ middles, edges []float64 }

// parts is how finely an extra is looked at.
const parts = 24

// extra takes what was measured as what comes on top of something else.
func (s *sample) extra() extra {
	if s.count == 0 {
		return extra{}
	}
	return cut(s.quantile)
}

// extra takes the values of a law as what comes on top of something else.
func (l Law) extra() extra {
	return cut(func(q float64) float64 { return seconds(chance.Dist(l).Sample(uint64(min(q, 1-1e-6) * (1 << 63) * 2))) })
}

// cut takes a distribution apart. The outermost edges are not its ends: those are
// strays.
func cut(quantile func(float64) float64) extra {
	var e extra
	const inside = 1.0 / (8 * parts)
	for i := range parts {
		e.middles = append(e.middles, quantile((float64(i)+0.5)/parts))
		e.edges = append(e.edges, quantile(max(float64(i)/parts, inside)))
	}
	e.edges = append(e.edges, quantile(1-inside))
	return e
}

// mean and variance of what comes on top.
func (e extra) moments() (mean, variance float64) {
	for _, x := range e.middles {
		mean, variance = mean+x/parts, variance+x*x/parts
	}
	return mean, max(variance-mean*mean, 0)
}

// below returns the share of what comes on top that is less than x.
func (e extra) below(x float64) float64 {
	i, found := slices.BinarySearch(e.edges, x)
	switch {
	case i == 0 && !found:
		return 0
	case i >= parts:
		return 1
	case found:
		return float64(i) / parts
	}
	from, to := e.edges[i-1], e.edges[i]
	return (float64(i-1) + (x-from)/(to-from)) / parts
}

// sum is the distribution of a law's value and of what comes on top of it.
type sum struct {
	law Law
	top extra
}

func (s sum) below(x float64) float64 {
	switch {
	case len(s.top.middles) == 0:
		return s.law.below(x)
	case s.law.Shape == chance.Constant:
		return s.top.below(x - seconds(s.law.A))
	}
	var p float64
	for _, t := range s.top.middles {
		p += s.law.below(x - t)
	}
	return p / parts
}

// quantile inverts below.
func (s sum) quantile(q float64) float64 {
	low, high := 0.0, 1e-6
	for s.below(high) < q && high < seconds(chance.Longest) {
		low, high = high, high*2
	}
	for range 60 {
		if mid := (low + high) / 2; s.below(mid) < q {
			low = mid
		} else {
			high = mid
		}
	}
	return (low + high) / 2
}

// strays is the share of values that may belong to no law: a pause of a machine.
const strays = 0.005

// cost is how unlikely a sample is, as minus the logarithm of its likelihood.
func (s *sample) cost(model sum) float64 {
	var cost float64
	reach := max(s.high-s.low, 1e-3)
	// Neighbours share an edge: each is looked up once.
	edge, last := 0.0, math.NaN()
	for _, b := range s.bins {
		if b.from != last {
			edge = model.below(b.from)
		}
		next := model.below(b.to)
		floor := (math.Log(max(b.to, 1e-6)) - math.Log(max(b.from, 1e-7))) / reach
		cost -= b.count * math.Log((1-strays)*max(next-edge, 0)+strays*max(floor, 1e-12))
		edge, last = next, b.to
	}
	return cost
}

// distance is that of Kolmogorov and Smirnov: the greatest difference between what
// share a model has below a value, and what share was measured there.
func (s *sample) distance(model sum) float64 {
	var seen, most float64
	for _, b := range s.bins {
		seen += b.count
		most = max(most, math.Abs(model.below(b.to)-seen/s.count))
	}
	return most
}

// apart is the same distance between two samples, and whether it is more than
// chance brings about in one of a thousand cases.
func apart(a, b *sample) (most float64, differ bool) {
	var i, j int
	var x, y float64
	for i < len(a.bins) || j < len(b.bins) {
		switch {
		case j == len(b.bins) || i < len(a.bins) && a.bins[i].to < b.bins[j].to:
			x += a.bins[i].count / a.count
			i++
		case i == len(a.bins) || b.bins[j].to < a.bins[i].to:
			y += b.bins[j].count / b.count
			j++
		default:
			x, y = x+a.bins[i].count/a.count, y+b.bins[j].count/b.count
			i, j = i+1, j+1
		}
		most = max(most, math.Abs(x-y))
	}
	const critical = 1.95
	return most, most > critical*math.Sqrt((a.count+b.count)/(a.count*b.count))
}
