package explore

import (
	"time"

	"loginstorm/sim/scenario"
)

// gateway draws the gateway. What it can serve is enough for all once it is healed.
func (d *drawer) gateway() {
	g := &scenario.Gateway{Nodes: uint8(of(&d.dice, 0, 1, 2, 3, 4))}
	if d.in(85) {
		g.MultiDevice = d.policy()
	}
	if d.in(50) {
		g.Auth = &scenario.Auth{Workers: uint32(d.between(1, 6)), Queue: 1 + d.queue(),
			ServiceTime: d.dist(0, of(&d.dice, 20*time.Millisecond, time.Second))}
		g.Auth.Hint = maybe(&d.dice, 30, func() scenario.Span { return d.span(100*time.Millisecond, 20*time.Second) })
		g.Auth.ChargeGone = maybe(&d.dice, 30, func() bool { return d.one(2) })
	}
	if d.in(40) {
		g.RateLimit = d.rateLimit()
	}
	if d.in(15) {
		g.Admission = d.buckets()
	}
	if d.in(60) {
		g.Sync = d.dist(0, 2*time.Second)
	}
	if d.in(8) {
		g.MinVersion = ref(of[scenario.Version](&d.dice, 9_00_00, 9_11_00))
	}
	if d.in(12) {
		g.MaxLinks = uint32(of(&d.dice, d.between(1, 20), 200))
	}
	if d.in(10) {
		g.AcceptRate = &scenario.Rate{Count: uint64(d.between(5, 100)), Per: time.Second}
	}
	g.SessionTimeout = maybe(&d.dice, 35, func() scenario.Span {
		return of(&d.dice, d.span(2*time.Second, 60*time.Second), d.span(60*time.Second, 180*time.Second))
	})
	g.Linger = maybe(&d.dice, 30, func() scenario.Span { return d.span(100*time.Millisecond, 40*time.Second) })
	g.DeviceCheck = maybe(&d.dice, 20, func() bool { return d.one(2) })
	g.ReconnectEvicts = d.one(5)
	g.UnknownIs404 = d.one(20)
	d.file.Gateway = g
}

// policy draws a multi-device policy.
func (d *drawer) policy() *scenario.MultiDevice {
	m := &scenario.MultiDevice{Policy: of(&d.dice, "one", "class", "all", "custom")}
	if m.Policy != "custom" {
		return m
	}
	for range d.between(1, 3) {
		var set []scenario.ClientType
		for range d.between(1, 4) {
			set = append(set, of(&d.dice, platforms[:]...))
		}
		m.Custom = append(m.Custom, set)
	}
	return m
}

func (d *drawer) rateLimit() *scenario.RateLimit {
	return &scenario.RateLimit{Scope: of(&d.dice, "", "account", "device", "ip", "app"), Limit: uint32(of(&d.dice, 0, 1, 1, 2, 3, 8)),
		Window:  maybe(&d.dice, 80, func() scenario.Span { return d.span(100*time.Millisecond, time.Minute) }),
		Penalty: maybe(&d.dice, 50, func() scenario.Span { return d.span(0, time.Minute) }),
		Counts:  of(&d.dice, "", "manual", "all", "failed"), CountRefused: d.one(3), Hint: d.one(2)}
}

func (d *drawer) buckets() *scenario.Buckets {
	return &scenario.Buckets{Bucket: uint32(d.between(0, 6)), Every: d.spanRef(50*time.Millisecond, 10*time.Second), Hint: d.one(2)}
}
