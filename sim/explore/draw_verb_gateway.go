package explore

import (
	"time"

	"loginstorm/sim/scenario"
)

// brief draws how long something is away.
func (d *drawer) brief() scenario.Span { return d.span(0, min(40*time.Second, d.window/2)) }

func (d *drawer) restart(e *scenario.Entry) bool {
	e.Restart = &scenario.Restart{Node: d.node(), Downtime: d.brief(), Sessions: of(&d.dice, "", "lost", "kept"), By: of(&d.dice, "", "orderly", "kill")}
	return true
}

func (d *drawer) stop(e *scenario.Entry) bool {
	v := &scenario.Stop{Node: d.node(), By: of(&d.dice, "", "orderly", "kill")}
	v.For = d.away(v.Node)
	e.Stop = v
	return true
}

// away draws how long a node is away. Nothing brings one back that went for good, so
// that only the first of several does: the others take its clients.
func (d *drawer) away(node uint8) *scenario.Span {
	if node == 1 && d.file.Gateway.Nodes > 1 {
		return d.lasting()
	}
	return ref(d.brief())
}

func (d *drawer) refuse(e *scenario.Entry) bool {
	e.Refuse = &scenario.Refuse{Node: d.node(), For: d.brief()}
	return true
}

func (d *drawer) nodeDown(e *scenario.Entry) bool {
	v := &scenario.NodeDown{Node: max(1, d.node())}
	v.For = d.away(v.Node)
	e.NodeDown = v
	return true
}

func (d *drawer) drain(e *scenario.Entry) bool {
	v := &scenario.Drain{Node: d.node(), Over: d.span(0, 10*time.Second)}
	v.Downtime = maybe(&d.dice, 50, func() scenario.Span { return d.span(0, 10*time.Second) })
	v.Pause = maybe(&d.dice, 40, func() scenario.Span { return d.span(0, 5*time.Second) })
	e.Drain = v
	return true
}

func (d *drawer) brownOut(e *scenario.Entry) bool {
	v := &scenario.BrownOut{Workers: d.workers(), For: d.lasting()}
	if v.Workers == nil || d.one(2) {
		v.Service = d.factor()
	}
	e.BrownOut = v
	return true
}

func (d *drawer) acceptQueueFull(e *scenario.Entry) bool {
	e.AcceptQueueFull = &scenario.Stall{Node: d.node(), For: d.brief()}
	return true
}

func (d *drawer) coldCache(e *scenario.Entry) bool {
	e.ColdCache = &scenario.ColdCache{Sync: d.factor(), For: d.lasting()}
	if d.one(2) {
		e.ColdCache.Service = d.factor()
	}
	return true
}

func (d *drawer) authOutage(e *scenario.Entry) bool {
	e.AuthOutage = &scenario.Outage{Code: of[uint16](&d.dice, 0, 398, 399, 449, 500, 503, 511, 514), For: d.lasting(),
		Hint: maybe(&d.dice, 40, func() scenario.Span { return d.span(0, 20*time.Second) })}
	return true
}

func (d *drawer) backend() *scenario.Backend {
	v := &scenario.Backend{Workers: d.workers(), For: d.lasting()}
	v.Fail = maybe(&d.dice, 60, func() scenario.Share { return d.share() })
	if v.Workers == nil && v.Fail == nil || d.one(2) {
		v.Service = d.factor()
	}
	return v
}

// appServer draws a change of the app's server, which may deny logins for good.
func (d *drawer) appServer(e *scenario.Entry) bool {
	v := &scenario.AppBackend{Backend: *d.backend()}
	if d.one(2) {
		v.Deny = ref(d.share())
		v.Verdict = d.verdict()
		if d.one(2) { // It may do nothing else.
			v.Backend = scenario.Backend{For: v.For}
		}
	}
	e.AppServer = v
	return d.file.App != nil
}

// verdict draws a verdict of the app's own check; 0 = the usual one. Spec 5.
func (d *drawer) verdict() uint32 { return of[uint32](&d.dice, 0, 20000, 20001, 20099) }

func (d *drawer) addressServer(e *scenario.Entry) bool {
	e.AddressServer = d.backend()
	return d.file.AddressServer != nil
}

func (d *drawer) sessionTimeout(e *scenario.Entry) bool {
	e.SessionTimeout = &scenario.SessionTimeout{To: d.span(time.Second, 3*time.Minute), For: d.lasting()}
	return true
}

func (d *drawer) admission(e *scenario.Entry) bool {
	e.Admission = &scenario.Admission{Buckets: *d.buckets(), For: d.lasting()}
	return true
}

func (d *drawer) limiter(e *scenario.Entry) bool {
	e.RateLimit = d.rateLimit()
	return true
}

func (d *drawer) minVersion(e *scenario.Entry) bool {
	e.MinVersion = &scenario.MinVersion{To: of[scenario.Version](&d.dice, 0, 9_00_00, 9_11_00)}
	return true
}

func (d *drawer) multiDevice(e *scenario.Entry) bool {
	e.MultiDevice = d.policy()
	return true
}
