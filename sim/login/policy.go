package login

import (
	"errors"
	"fmt"
	"math"
	"time"

	"loginstorm/sim/chance"
)

// Shape is the family of a policy's delays before jitter.
type Shape uint8

const (
	// List is Delays one after the other.
	List Shape = iota
	// Exponential is Base x Factor^n, n from 0.
	Exponential
	// Linear is Base x consecutive failures: Base, 2 Base, 3 Base ...
	Linear
	// Multiples is Base times each of Times one after the other.
	Multiples
)

// Jitter is how chance spreads a delay d. Every kind takes one draw.
type Jitter uint8

const (
	NoJitter Jitter = iota
	// FullJitter is uniform in 0..d.
	FullJitter
	// EqualJitter is d/2 and uniform in 0..d/2 on top.
	EqualJitter
	// Decorrelated is uniform in Base..3 x the delay before; it ignores the shape.
	Decorrelated
	// Proportional is uniform in d-p..d+p, p = d x Proportion.
	Proportional
)

// ResetRule is when a sequence of delays goes back to its first one.
type ResetRule uint8

const (
	// ResetOnLogin goes back whenever loggedIn is reached. The default.
	ResetOnLogin ResetRule = iota
	// ResetAfterStay goes back when loggedIn lasted for Policy.Stay.
	ResetAfterStay
	// ResetNever does not go back. A login or logout by the app, a kick or a new
	// process still begin a new sequence.
	ResetNever
)

// Policy is when a login that failed or was lost is tried again. It is data; the
// zero value tries again at once, for ever. Spec section 7.
type Policy struct {
	Name  string
	Shape Shape

	Delays []Time   // List: used in turn; the last one repeats.
	Wrap   int      // List: after the last, continue with Delays[Wrap]; 0 = repeat the last.
	Times  []uint32 // Multiples: used in turn; the last one repeats.

	Base   Time   // Exponential, Linear, Multiples and Decorrelated.
	Spread Time   // Added to Base: a constant of each client, of whole seconds in 0..Spread.
	Factor uint32 // Exponential: in thousandths, 1600 = x1.6.
	Cap    Time   // Longest delay; 0 = 24 h.
	First  Time   // Not 0: the first delay is uniform in 0..First, then the shape begins.

	Jitter       Jitter
	Proportion   uint32 // Proportional: parts in a million of the delay.
	JitterBefore bool   // Jitter is drawn before the cap, so capped delays are exactly Cap.

	Reset          ResetRule
	Stay           Time // ResetAfterStay.
	ResetOnNetwork bool // The physical network coming back begins a new sequence too,
	DelayOnNetwork bool // and its first delay applies instead of "at once".

	// MaxAttempts is how many automatic attempts in a row fail before LoginFailed;
	// 0 = no limit. Reaching loggedIn begins the count anew under every reset rule,
	// and a client that waits for a network is granted the attempt it wakes up to.
	MaxAttempts uint16
	HonourHint  bool // A delay is not shorter than the reply's hint.
}

// longest is the cap of a policy that has none, and of every hint.
const longest = chance.Longest

// Bounds of a policy: a list is read by people, and the delay before is
// remembered in 32 bits of microseconds.
const (
	mostDelays        = 1000
	decorrelatedLimit = time.Hour
	leastFactor       = 1000
	mostFactor        = 100_000
)

// String returns the name of the shape.
func (s Shape) String() string {
	switch s {
	case List:
		return "list"
	case Exponential:
		return "exponential"
	case Linear:
		return "linear"
	case Multiples:
		return "multiples"
	}
	return fmt.Sprintf("Shape(%d)", uint8(s))
}

// String returns the spelling of scenario files.
func (j Jitter) String() string {
	switch j {
	case NoJitter:
		return "none"
	case FullJitter:
		return "full"
	case EqualJitter:
		return "equal"
	case Decorrelated:
		return "decorrelated"
	case Proportional:
		return "proportional"
	}
	return fmt.Sprintf("Jitter(%d)", uint8(j))
}

// String returns the name of the rule.
func (r ResetRule) String() string {
	switch r {
	case ResetOnLogin:
		return "on loggedIn"
	case ResetAfterStay:
		return "after a stay"
	case ResetNever:
		return "never"
	}
	return fmt.Sprintf("ResetRule(%d)", uint8(r))
}

// Validate returns all that is wrong with a policy; nil when it is fit for use.
func (p *Policy) Validate() []error {
	var faults []error
	bad := func(format string, args ...any) {
		faults = append(faults, fmt.Errorf("policy "+format, args...))
	}
	span := func(name string, d Time) {
		if d < 0 || d > longest {
			bad("%s %s: not between 0s and %s", name, d, longest)
		}
	}
	for i, d := range p.Delays {
		span(fmt.Sprintf("delay %d", i+1), d)
	}
	span("base", p.Base)
	span("spread", p.Spread)
	span("cap", p.Cap)
	span("first", p.First)
	span("stay", p.Stay)
	if p.Cap != 0 && p.Base > p.Cap {
		bad("base %s: above the cap of %s", p.Base, p.Cap)
	}
	faults = append(faults, p.validateShape()...)
	switch {
	case p.Jitter > Proportional:
		bad("jitter %d: no such jitter", uint8(p.Jitter))
	case p.Jitter == Proportional && p.Proportion > 1_000_000:
		bad("jitter of %d parts in a million: above 1000000", p.Proportion)
	case p.Jitter == Decorrelated && (p.Base <= 0 || p.Cap <= 0 || p.Cap > decorrelatedLimit):
		bad("decorrelated jitter: needs a base, and a cap up to %s", decorrelatedLimit)
	}
	switch {
	case p.Reset > ResetNever:
		bad("reset rule %d: no such rule", uint8(p.Reset))
	case p.Reset == ResetAfterStay && p.Stay <= 0:
		bad("reset after a stay: needs the length of the stay")
	}
	if p.DelayOnNetwork && !p.ResetOnNetwork {
		bad("delay on network change: needs a reset on network change")
	}
	return faults
}

// validateShape checks what only one shape uses.
func (p *Policy) validateShape() []error {
	var faults []error
	switch p.Shape {
	case List:
		if len(p.Delays) > mostDelays {
			faults = append(faults, fmt.Errorf("policy delays: %d, more than %d", len(p.Delays), mostDelays))
		}
		if p.Wrap < 0 || p.Wrap > 0 && p.Wrap >= len(p.Delays) {
			faults = append(faults, fmt.Errorf("policy wrap %d: not one of the %d delays", p.Wrap, len(p.Delays)))
		}
	case Exponential:
		if p.Jitter != Decorrelated && (p.Factor < leastFactor || p.Factor > mostFactor) {
			faults = append(faults, fmt.Errorf("policy factor %g: not between 1 and 100", float64(p.Factor)/1000))
		}
	case Linear:
	case Multiples:
		if len(p.Times) == 0 || len(p.Times) > mostDelays {
			faults = append(faults, fmt.Errorf("policy multiples: %d of them, not between 1 and %d", len(p.Times), mostDelays))
		}
	default:
		faults = append(faults, errors.New("policy shape: no such shape"))
	}
	return faults
}

// Turn is the place of a delay: whose it is, and how far its sequence has come.
type Turn struct {
	Seed   uint64
	Client uint32
	N      uint32 // The draw: how many delays this client has had so far.
	Try    uint32 // How many delays of this sequence came before.
	Prev   Time   // Decorrelated: the delay before; 0 = none.
	Hint   Time   // The reply asked not to be tried again sooner; 0 = none.
}

// Delay returns how long to wait before the next attempt: whole nanoseconds, 0
// to 24 h, the same for the same turn, even when Validate finds faults. Formulas:
// spec section 7.
func (p *Policy) Delay(t Turn) Time {
	u := chance.Draw(t.Seed, chance.Backoff, t.Client, t.N)
	limit := p.Cap
	if limit <= 0 || limit > longest {
		limit = longest
	}
	var d Time
	switch {
	case p.First > 0 && t.Try == 0:
		d = min(upTo(u, min(p.First, longest)), limit)
	case p.Jitter == Decorrelated:
		d = p.decorrelated(u, t, limit)
	case p.JitterBefore:
		d = min(p.jittered(u, p.raw(t, p.enough(limit))), limit)
	default:
		d = p.jittered(u, min(p.raw(t, limit), limit))
	}
	if p.HonourHint {
		d = max(d, min(t.Hint, longest))
	}
	return min(max(d, 0), longest)
}

// raw returns the delay of the shape before jitter and cap. It stops growing
// somewhere at or above enough.
func (p *Policy) raw(t Turn, enough Time) Time {
	try := t.Try
	if p.First > 0 {
		try--
	}
	switch p.Shape {
	case List:
		return p.listed(try)
	case Exponential:
		return grown(p.base(t), p.Factor, try, enough)
	case Linear:
		return product(p.base(t), uint64(try)+1)
	case Multiples:
		if len(p.Times) == 0 {
			return 0
		}
		return product(p.base(t), uint64(p.Times[min(int(try), len(p.Times)-1)]))
	}
	return 0
}

// listed returns the try-th delay of the list, from 0.
func (p *Policy) listed(try uint32) Time {
	n := len(p.Delays)
	switch i := int(try); {
	case n == 0:
		return 0
	case i < n:
		return p.Delays[i]
	case p.Wrap <= 0 || p.Wrap >= n:
		return p.Delays[n-1]
	default:
		return p.Delays[p.Wrap+(i-n)%(n-p.Wrap)]
	}
}

// base returns the client's own base. Smack draws it once for each client.
func (p *Policy) base(t Turn) Time {
	if p.Spread <= 0 {
		return p.Base
	}
	u := chance.Draw(t.Seed, chance.BackoffBase, t.Client, 0)
	return p.Base + Time(chance.Below(u, uint64(p.Spread/time.Second)+1))*time.Second
}

// enough returns a raw delay from which on jitter drawn before the cap can only
// end at the cap, or cannot grow any more.
func (p *Policy) enough(limit Time) Time {
	switch {
	case p.Jitter == NoJitter:
		return limit
	case p.Jitter == EqualJitter:
		return min(2*limit+2, farthest)
	case p.Jitter == Proportional && p.Proportion <= 500_000:
		return min(2*limit+2, farthest)
	}
	return farthest
}

// farthest bounds raw delays, so that no arithmetic on them overflows.
const farthest Time = math.MaxInt64 / 8

// jittered spreads a delay.
func (p *Policy) jittered(u uint64, d Time) Time {
	d = min(max(d, 0), farthest)
	switch p.Jitter {
	case FullJitter:
		return upTo(u, d)
	case EqualJitter:
		return d - d/2 + upTo(u, d/2)
	case Proportional:
		p := ppm(d, min(p.Proportion, 1_000_000))
		return d - p + upTo(u, 2*p)
	}
	return d
}

// decorrelated is min(cap, uniform in base..3 x the delay before), which starts
// at base.
func (p *Policy) decorrelated(u uint64, t Turn, limit Time) Time {
	base := min(max(p.base(t), 0), limit)
	prev := min(max(t.Prev, base), limit)
	return min(base+upTo(u, 3*prev-base), limit)
}
