package chance

import (
	"math"
	"time"
)

// Shape is the family of a distribution of spans.
type Shape uint8

const (
	// Constant is always A. The zero Dist is constant zero.
	Constant Shape = iota
	// Uniform is even over [A, B).
	Uniform
	// Exponential has mean A.
	Exponential
	// Normal has mean A and standard deviation B, cut off below zero.
	Normal
	// Lognormal has median A and 99th percentile B.
	Lognormal
)

// Dist is a distribution of non-negative spans. A and B mean what its Shape
// says. Samples are capped at Longest.
type Dist struct {
	Shape Shape
	A, B  time.Duration
}

// Longest bounds every sample, so that a heavy tail cannot overflow a clock.
const Longest = 24 * time.Hour

// z99 is the 99th percentile of the standard normal distribution.
const z99 = 2.3263478740408408

// Sample maps one draw to a span by the inverse of the distribution function.
func (d Dist) Sample(u uint64) time.Duration {
	switch d.Shape {
	case Constant:
		return clip(float64(d.A))
	case Uniform:
		if d.B <= d.A {
			return clip(float64(d.A))
		}
		return d.A + time.Duration(Below(u, uint64(d.B-d.A)))
	case Exponential:
		return clip(-math.Log1p(-Unit(u)) * float64(d.A))
	case Normal:
		return clip(float64(d.A) + float64(float64(d.B)*gauss(u))) // Not fused, on any processor.
	case Lognormal:
		if d.A <= 0 || d.B <= d.A {
			return clip(float64(d.A))
		}
		sigma := math.Log(float64(d.B)/float64(d.A)) / z99
		return clip(float64(d.A) * math.Exp(sigma*gauss(u)))
	}
	return 0
}

// Mean returns the mean before the cut-off below zero and the cap.
func (d Dist) Mean() time.Duration {
	switch d.Shape {
	case Uniform:
		return (d.A + d.B) / 2
	case Lognormal:
		if d.A <= 0 || d.B <= d.A {
			return d.A
		}
		sigma := math.Log(float64(d.B)/float64(d.A)) / z99
		return clip(float64(d.A) * math.Exp(sigma*sigma/2))
	}
	return d.A
}

// gauss maps a draw to a standard normal value. Half a step keeps it off the
// two infinities.
func gauss(u uint64) float64 {
	p := (float64(u>>11) + 0.5) / (1 << 53)
	return math.Sqrt2 * math.Erfinv(2*p-1)
}

func clip(ns float64) time.Duration {
	switch {
	case !(ns > 0):
		return 0
	case ns >= float64(Longest):
		return Longest
	}
	return time.Duration(ns)
}
