package login

import (
	"math/bits"

	"loginstorm/sim/chance"
)

// upTo maps a draw to a span uniform in 0..d, both ends included.
func upTo(u uint64, d Time) Time {
	if d <= 0 {
		return 0
	}
	return Time(chance.Below(u, uint64(d)+1))
}

// product returns d x n, at most farthest.
func product(d Time, n uint64) Time {
	if d <= 0 {
		return 0
	}
	hi, lo := bits.Mul64(uint64(d), n)
	if hi != 0 || lo > uint64(farthest) {
		return farthest
	}
	return Time(lo)
}

// ppm returns parts in a million of d, rounded down.
func ppm(d Time, parts uint32) Time {
	hi, lo := bits.Mul64(uint64(d), uint64(parts))
	q, _ := bits.Div64(hi, lo, 1_000_000)
	return Time(q)
}

// grown returns base x (factor/1000)^n in whole nanoseconds, rounding each step
// down. It stops growing at the first value that reaches enough.
func grown(base Time, factor, n uint32, enough Time) Time {
	if base <= 0 || factor == leastFactor {
		return max(base, 0)
	}
	d := uint64(base)
	for ; n > 0 && d < uint64(enough); n-- {
		hi, lo := bits.Mul64(d, uint64(factor))
		if hi >= 1000 {
			return farthest
		}
		next := lo / 1000
		if hi != 0 {
			next, _ = bits.Div64(hi, lo, 1000)
		}
		if next == d {
			break // Rounded down, it grows no more.
		}
		d = next
	}
	return Time(min(d, uint64(farthest)))
}
