package calibrate

import (
	"fmt"
	"math"
	"time"

	"loginstorm/sim/chance"
)

// z99 is the 99th percentile of the standard normal distribution, as a lognormal
// of chance.Dist is told by it.
const z99 = 2.3263478740408408

// Law is a distribution of spans with its distribution function. Its samples are
// those of the chance.Dist that it is.
type Law chance.Dist

// Dist is the law as other rooms know it.
func (l Law) Dist() chance.Dist { return chance.Dist(l) }

// below returns the share of values that are less than x seconds.
func (l Law) below(x float64) float64 {
	a, b := seconds(l.A), seconds(l.B)
	switch {
	case x <= 0:
		return 0 // No span is negative.
	case l.Shape == chance.Uniform && b > a:
		return min(max((x-a)/(b-a), 0), 1)
	case l.Shape == chance.Exponential && a > 0:
		return -math.Expm1(-x / a)
	case l.Shape == chance.Normal && b > 0:
		return math.Erfc((a-x)/(b*math.Sqrt2)) / 2
	case l.Shape == chance.Lognormal && a > 0 && b > a:
		return math.Erfc(math.Log(a/x)*z99/(math.Log(b/a)*math.Sqrt2)) / 2
	case x > a:
		return 1
	}
	return 0
}

// mean is the mean of what is sampled: that of a normal distribution has its part
// below zero cut off.
func (l Law) mean() float64 {
	a, b := seconds(l.A), seconds(l.B)
	if l.Shape != chance.Normal || b <= 0 {
		return seconds(chance.Dist(l).Mean())
	}
	z := a / b
	return a*math.Erfc(-z/math.Sqrt2)/2 + b*math.Exp(-z*z/2)/math.Sqrt(2*math.Pi)
}

// scaled returns the law of values that are k times as long.
func (l Law) scaled(k float64) Law {
	l.A, l.B = span(seconds(l.A)*k), span(seconds(l.B)*k)
	return l
}

// spread returns the standard deviation of what is sampled, by a sum over quantiles.
func (l Law) spread() float64 {
	var sum, squares float64
	const n = 400
	for i := range n {
		u := (float64(i) + 0.5) / n
		x := seconds(chance.Dist(l).Sample(uint64(u * (1 << 63) * 2)))
		sum, squares = sum+x, squares+x*x
	}
	mean := sum / n
	return math.Sqrt(max(squares/n-mean*mean, 0))
}

// String is the law as a scenario has it: {lognormal: {p50: 30ms, p99: 120ms}}.
func (l Law) String() string {
	a, b := written(l.A), written(l.B)
	switch l.Shape {
	case chance.Uniform:
		return fmt.Sprintf("{uniform: [%s, %s]}", a, b)
	case chance.Exponential:
		return fmt.Sprintf("{exponential: {mean: %s}}", a)
	case chance.Normal:
		return fmt.Sprintf("{normal: {mean: %s, sd: %s}}", a, b)
	case chance.Lognormal:
		return fmt.Sprintf("{lognormal: {p50: %s, p99: %s}}", a, b)
	}
	return a
}

// Family is the law's family as a scenario names it.
func (l Law) Family() string {
	switch l.Shape {
	case chance.Uniform:
		return "uniform"
	case chance.Exponential:
		return "exponential"
	case chance.Normal:
		return "normal"
	case chance.Lognormal:
		return "lognormal"
	}
	return "constant"
}

// digits is how exactly a span is written: more than a run can tell.
const digits = 1000

// written rounds a span to four digits and writes it in one unit.
func written(d time.Duration) string {
	unit := time.Duration(1)
	for d/unit >= 10*digits {
		unit *= 10
	}
	d = d.Round(unit)
	switch {
	case d >= time.Second:
		return fmt.Sprintf("%.6gs", d.Seconds())
	case d >= time.Millisecond:
		return fmt.Sprintf("%.6gms", float64(d)/1e6)
	case d > 0:
		return fmt.Sprintf("%.6gus", float64(d)/1e3)
	}
	return "0s"
}

func seconds(d time.Duration) float64 { return float64(d) / float64(time.Second) }

// span turns seconds into a span; what is no span is 0.
func span(s float64) time.Duration {
	switch {
	case !(s > 0):
		return 0
	case s >= seconds(chance.Longest):
		return chance.Longest
	}
	return time.Duration(math.Round(s * float64(time.Second)))
}
