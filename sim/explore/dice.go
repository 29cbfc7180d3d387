package explore

import (
	"time"

	"loginstorm/sim/chance"
	"loginstorm/sim/scenario"
)

// drawing is the purpose of this package's draws. It is far from those that a plan
// and what it drives draw for, so that a scenario's own chance is another.
const drawing chance.Purpose = 1 << 20

// dice draws values for scenarios.
type dice struct{ chance.Stream }

func diceOf(seed uint64) dice { return dice{chance.Stream{Seed: seed, Purpose: drawing}} }

// below returns a number from 0 to n-1.
func (d *dice) below(n int) int { return int(chance.Below(d.Next(), uint64(n))) }

// between returns a number from low to high, both among them.
func (d *dice) between(low, high int) int { return low + d.below(high-low+1) }

// one reports whether one of n equal chances came.
func (d *dice) one(n int) bool { return d.below(n) == 0 }

// in reports whether something happens that does so in percent of all cases.
func (d *dice) in(percent int) bool { return d.below(100) < percent }

// of returns one of some values.
func of[T any](d *dice, values ...T) T { return values[d.below(len(values))] }

// span returns a span from low to high, short ones as often as long ones: evenly
// among the powers of two, then evenly within, in steps of about a hundredth.
func (d *dice) span(low, high time.Duration) scenario.Span {
	if low >= high {
		return scenario.Span(low)
	}
	top := low
	for steps := d.below(doublings(low, high) + 1); steps > 0; steps-- {
		top = max(2*top, time.Microsecond)
	}
	at := min(high, top+time.Duration(chance.Below(d.Next(), uint64(max(1, top)))))
	grain := time.Nanosecond
	for grain*1000 <= at {
		grain *= 10
	}
	return scenario.Span(max(low, at/grain*grain))
}

// doublings is how often a span can be doubled below another one.
func doublings(low, high time.Duration) int {
	n := 0
	for low = max(low, time.Microsecond/2); 2*low < high; low *= 2 {
		n++
	}
	return n
}

func (d *dice) spanRef(low, high time.Duration) *scenario.Span { return ref(d.span(low, high)) }

// share returns a share of whole percents, and all of it often.
func (d *dice) share() scenario.Share {
	if d.one(3) {
		return 1_000_000
	}
	return scenario.Share(d.between(1, 100)) * 10_000
}

// dist returns a distribution whose spans are mostly between low and high.
func (d *dice) dist(low, high time.Duration) *scenario.Dist {
	a, b := d.span(low, high), d.span(low, high)
	a, b = min(a, b), max(a, b)
	switch d.below(8) {
	case 0:
		return &scenario.Dist{Uniform: &[2]scenario.Span{a, b}}
	case 1:
		return &scenario.Dist{Exponential: &scenario.MeanForm{Mean: a}}
	case 2:
		return &scenario.Dist{Normal: &scenario.BellForm{Mean: a, SD: a / 4}}
	case 3:
		a = max(a, scenario.Span(time.Millisecond))
		return &scenario.Dist{Lognormal: &scenario.QuantForm{P50: a, P99: max(a, min(b, 10*a))}}
	}
	return &scenario.Dist{Constant: &a}
}

func ref[T any](v T) *T { return &v }

// maybe returns a pointer to what draw gives in percent of all cases, else nil.
func maybe[T any](d *dice, percent int, draw func() T) *T {
	if !d.in(percent) {
		return nil
	}
	return ref(draw())
}
