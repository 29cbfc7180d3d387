package calibrate

import (
	"math"

	"loginstorm/sim/chance"
)

// Quantiles are those at which a fit is held against what was measured.
func Quantiles() [3]float64 { return [3]float64{0.5, 0.9, 0.99} }

// Residual is how far a fit is off at a quantile.
type Residual struct {
	Quantile float64 `json:"quantile"`
	Measured float64 `json:"measured_seconds"`
	Fitted   float64 `json:"fitted_seconds"`
	Error    float64 `json:"error"` // (fitted - measured) / measured.
}

// Fitted is a law with how good it is.
type Fitted struct {
	Law       Law        `json:"-"`
	Family    string     `json:"family"`
	Samples   int64      `json:"samples"`
	Distance  float64    `json:"ks_distance"` // Of Kolmogorov and Smirnov, 0 to 1.
	Residuals []Residual `json:"residuals,omitempty"`
}

// judge holds a model against a sample.
func (s *sample) judge(law Law, model sum) Fitted {
	f := Fitted{Law: law, Family: law.Family(), Samples: int64(s.count), Distance: s.distance(model)}
	for _, q := range Quantiles() {
		f.Residuals = append(f.Residuals, residual(q, s.quantile(q), model.quantile(q)))
	}
	return f
}

func residual(q, measured, fitted float64) Residual {
	r := Residual{Quantile: q, Measured: measured, Fitted: fitted}
	if measured > nothing {
		r.Error = fitted/measured - 1
	}
	return r
}

// nothing is what a span is below which it is not told from 0.
const nothing = 1e-6

// narrow is how far the 1st and the 99th percentile of a constant may lie apart:
// what a coarse histogram makes of one value.
const narrow = 1.03

// constant reports whether all values are one, as far as the buckets tell.
func (s *sample) constant() bool {
	low, high := s.quantile(0.01), s.quantile(0.99)
	return high <= max(low*narrow, low+2*nothing)
}

// candidate is a law of a family, told by two numbers that may be anything.
type candidate struct {
	shape      chance.Shape
	x, y, step float64
	parameters float64
	law        func(x, y float64) Law
}

// candidates lists the families, each with a first guess from mean and deviation.
func candidates(mean, deviation float64) []candidate {
	mean = max(mean, 1e-7)
	deviation = max(deviation, mean/1000)
	cv := deviation / mean
	sigma := math.Sqrt(math.Log1p(cv * cv))
	return []candidate{
		{chance.Constant, math.Log(mean), 0, 0.1, 1, func(x, _ float64) Law { return Law{A: span(math.Exp(x))} }},
		{chance.Uniform, mean, math.Log(deviation * math.Sqrt(3)), 0.1, 2, func(x, y float64) Law {
			half := math.Exp(y)
			return Law{Shape: chance.Uniform, A: span(x - half), B: span(x + half)}
		}},
		{chance.Exponential, math.Log(mean), 0, 0.1, 1, func(x, _ float64) Law {
			return Law{Shape: chance.Exponential, A: span(math.Exp(x))}
		}},
		{chance.Normal, mean, math.Log(deviation), 0.1, 2, func(x, y float64) Law {
			return Law{Shape: chance.Normal, A: span(x), B: span(math.Exp(y))}
		}},
		{chance.Lognormal, math.Log(mean) - sigma*sigma/2, math.Log(sigma), 0.1, 2, func(x, y float64) Law {
			median := math.Exp(x)
			return Law{Shape: chance.Lognormal, A: span(median), B: span(median * math.Exp(z99*math.Exp(y)))}
		}},
	}
}

// fit finds the law of a sample whose values have something on top.
func (s *sample) fit(top extra) Fitted {
	mean, deviation := s.moments()
	more, variance := top.moments()
	return s.best(mean-more, math.Sqrt(max(deviation*deviation-variance, 0)), func(l Law) sum { return sum{l, top} })
}

// fitHalf finds the law of a sample whose values are the sum of two of that law.
func (s *sample) fitHalf() Fitted {
	mean, deviation := s.moments()
	return s.best(mean/2, deviation/math.Sqrt2, twice)
}

// twice is the sum of two values of a law.
func twice(l Law) sum {
	if l.Shape == chance.Constant {
		return sum{law: Law{A: 2 * l.A}}
	}
	return sum{l, l.extra()}
}

// best fits every family and takes the one that explains most for its parameters
// (Schwarz's criterion).
func (s *sample) best(mean, deviation float64, model func(Law) sum) Fitted {
	if s.count == 0 {
		return Fitted{Family: "constant"}
	}
	if mean <= 0 || s.constant() {
		law := Law{Shape: chance.Constant}
		if mean > nothing {
			law.A = span(mean)
		}
		return s.judge(law, model(law))
	}
	least, found := math.Inf(1), Law{}
	for _, c := range candidates(mean, deviation) {
		unit := 1.0
		if c.shape == chance.Uniform || c.shape == chance.Normal {
			unit = mean // Their first number is a span, and not its logarithm.
		}
		cost := func(x, y float64) float64 { return s.cost(model(c.law(x*unit, y))) }
		x, y, most := descend(c.x/unit, c.y, c.step, cost)
		if most += c.parameters * math.Log(s.count) / 2; most < least {
			least, found = most, c.law(x*unit, y)
		}
	}
	return s.judge(found, model(found))
}
