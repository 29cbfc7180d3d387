package plan

import (
	"fmt"

	"loginstorm/sim/chance"
	"loginstorm/sim/scenario"
)

// span returns a span, or what stands for an absent one.
func span(s *scenario.Span, absent Time) Time {
	if s == nil {
		return absent
	}
	return Time(*s)
}

func share(s *scenario.Share) uint32 {
	if s == nil {
		return 0
	}
	return uint32(*s)
}

// either returns a flag, or what stands for an absent one.
func either(b *bool, absent bool) bool {
	if b == nil {
		return absent
	}
	return *b
}

// dist makes a distribution; an absent one is constant zero.
func (c *compiler) dist(d *scenario.Dist, path string) chance.Dist {
	switch {
	case d == nil:
		return chance.Dist{}
	case d.Constant != nil:
		return chance.Dist{Shape: chance.Constant, A: Time(*d.Constant)}
	case d.Uniform != nil:
		u := *d.Uniform
		if u[0] > u[1] {
			c.fault(path+".uniform", fmt.Sprintf("uniform runs backwards, from %v to %v", u[0], u[1]), "write the shorter span first")
		}
		return chance.Dist{Shape: chance.Uniform, A: Time(u[0]), B: Time(u[1])}
	case d.Exponential != nil:
		return chance.Dist{Shape: chance.Exponential, A: Time(d.Exponential.Mean)}
	case d.Normal != nil:
		return chance.Dist{Shape: chance.Normal, A: Time(d.Normal.Mean), B: Time(d.Normal.SD)}
	case d.Lognormal != nil:
		l := d.Lognormal
		if l.P50 <= 0 || l.P99 < l.P50 {
			c.fault(path+".lognormal", fmt.Sprintf("a p99 of %v does not fit a p50 of %v", l.P99, l.P50), "p50 is above zero, and p99 is not below it")
		}
		return chance.Dist{Shape: chance.Lognormal, A: Time(l.P50), B: Time(l.P99)}
	}
	return chance.Dist{}
}
