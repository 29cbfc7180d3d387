package explore

import (
	"time"

	"loginstorm/sim/login"
	"loginstorm/sim/scenario"
)

// timings draws profile, reconnect policy and time-outs.
func (d *drawer) timings(p *scenario.Population) {
	if d.in(35) {
		p.Profile = of(&d.dice, login.ProfileNames()...)
	}
	if d.in(55) {
		p.Reconnect = d.reconnect()
	}
	p.ConnectTimeout = maybe(&d.dice, 20, func() scenario.Span { return d.span(2*time.Second, 15*time.Second) })
	p.LoginTimeout = maybe(&d.dice, 20, func() scenario.Span { return d.span(4*time.Second, 40*time.Second) })
	p.Heartbeat = maybe(&d.dice, 30, func() scenario.Span { return d.span(3*time.Second, 60*time.Second) })
	p.Manual = maybe(&d.dice, 20, func() scenario.Manual {
		return scenario.Manual{Attempts: uint8(d.between(1, 5)), Timeout: d.spanRef(4*time.Second, 60*time.Second)}
	})
}

// reconnect draws a policy: a preset, a list, or a formula.
func (d *drawer) reconnect() *scenario.Reconnect {
	r := &scenario.Reconnect{}
	switch d.below(5) {
	case 0, 1, 2:
		r.Preset = of(&d.dice, login.PolicyNames()...)
		if r.Preset == "immediate" {
			r.Preset = "fixed"
			r.Delays = []scenario.Span{d.span(10*time.Millisecond, time.Second)}
		}
		if d.in(70) {
			return r
		}
	case 3:
		for range d.between(1, 5) {
			r.Delays = append(r.Delays, d.span(10*time.Millisecond, 20*time.Second))
		}
	case 4:
		r.Base = d.spanRef(50*time.Millisecond, 5*time.Second)
		r.Factor = of(&d.dice, 0, 1, 1.5, 2, 3)
		r.Cap = d.spanRef(time.Duration(*r.Base), 60*time.Second)
	}
	r.Jitter = maybe(&d.dice, 50, func() scenario.Jitter {
		return scenario.Jitter{Kind: of(&d.dice, "none", "full", "equal", "decorrelated", "proportional"), Share: 200_000}
	})
	if r.Jitter != nil && r.Jitter.Kind != "proportional" {
		r.Jitter.Share = 0
	}
	if r.Jitter != nil && r.Jitter.Kind == "decorrelated" && r.Base == nil {
		r.Jitter.Kind = "equal" // Decorrelated jitter grows from a base.
	}
	r.JitterAfterCap = maybe(&d.dice, 20, func() bool { return d.one(2) })
	r.Reset = maybe(&d.dice, 40, func() scenario.Reset {
		when := of(&d.dice, "loggedIn", "never", "after")
		if when == "after" {
			return scenario.Reset{When: when, After: d.spanRef(time.Second, time.Minute)}
		}
		return scenario.Reset{When: when}
	})
	r.ResetOnNetwork = maybe(&d.dice, 20, func() bool { return d.one(2) })
	r.HonourHint = maybe(&d.dice, 20, func() bool { return d.one(2) })
	if d.one(8) {
		r.MaxAttempts = uint32(d.between(1, 6))
	}
	return r
}

// arrive draws stages of arrival: the last one brings whoever is left.
func (d *drawer) arrive() []scenario.Stage {
	if d.in(40) {
		return nil // All at once.
	}
	var stages []scenario.Stage
	if d.in(30) {
		stages = append(stages, scenario.Stage{Pause: d.spanRef(time.Millisecond, d.window/4)})
	}
	rate := func() scenario.Rate { return scenario.Rate{Count: uint64(d.between(1, 40)), Per: time.Second} }
	brief := func() *scenario.Span { return d.spanRef(100*time.Millisecond, 5*time.Second) }
	switch d.below(6) {
	case 0:
		stages = append(stages, scenario.Stage{AtOnce: &scenario.AtOnce{Count: uint32(d.between(1, 5))}})
	case 1:
		stages = append(stages, scenario.Stage{Ramp: &scenario.Ramp{From: rate(), To: rate(), Over: *brief()}})
	case 2:
		stages = append(stages, scenario.Stage{Spike: &scenario.Spike{Base: rate(), Peak: rate(), Before: brief(), For: *brief(), After: brief()}})
	case 3:
		stages = append(stages, scenario.Stage{Steps: &scenario.Steps{From: rate(), By: rate(), Times: uint32(d.between(1, 4)), Each: *brief()}})
	case 4:
		list := []scenario.Span{0}
		for range d.between(0, 4) {
			list = append(list, list[len(list)-1]+d.span(0, 2*time.Second))
		}
		stages = append(stages, scenario.Stage{Instants: list})
	}
	return append(stages, of(&d.dice, scenario.Stage{AtOnce: &scenario.AtOnce{}}, scenario.Stage{Constant: &scenario.Steady{Rate: rate()}},
		scenario.Stage{Poisson: &scenario.Steady{Rate: rate()}}))
}

// hesitation is how long somebody waits before they act. It is never zero: where
// nothing else takes time either, an instant would not end.
func (d *drawer) hesitation() *scenario.Dist {
	return of(&d.dice, d.dist(time.Millisecond, 10*time.Second), d.dist(time.Millisecond, 50*time.Millisecond))
}

// limit draws how often somebody does something; 0 = for ever.
func (d *drawer) limit() uint32 { return of[uint32](&d.dice, 1, 2, 3, 5, 0) }

// behavior draws what people do.
func (d *drawer) behavior() *scenario.Behavior {
	if d.in(40) {
		return nil
	}
	b := &scenario.Behavior{}
	if d.in(25) {
		b.Think = d.dist(0, 5*time.Second)
	}
	if d.in(50) {
		b.OnKick = &scenario.OnKick{Relogin: d.share(), After: d.hesitation(), Max: d.limit()}
	}
	if d.in(40) {
		b.OnFailure = &scenario.OnFailure{Retry: uint32(d.between(0, 5)), After: d.hesitation(),
			Patience: maybe(&d.dice, 30, func() scenario.Span { return d.span(time.Second, time.Minute) })}
	}
	if d.in(20) {
		b.OnOutage = &scenario.OnOutage{Share: ref(d.share()), After: d.dist(2*time.Second, 30*time.Second), Reopen: d.dist(0, 5*time.Second), Max: d.limit()}
	}
	if d.in(25) {
		b.Session = &scenario.Session{Length: d.dist(100*time.Millisecond, 40*time.Second), Pause: d.dist(10*time.Millisecond, 20*time.Second), Max: d.limit()}
		if d.one(3) {
			b.SwitchAccounts = &scenario.SwitchAccounts{Accounts: uint32(d.between(2, 3)), Share: ref(d.share())}
		} else if d.one(4) {
			b.Session.Pause = nil
		}
	}
	return b
}
