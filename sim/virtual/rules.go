package virtual

import (
	"time"

	"loginstorm/sim/chance"
	"loginstorm/sim/link"
	"loginstorm/sim/login"
	"loginstorm/sim/oracle"
	"loginstorm/sim/plan"
	"loginstorm/sim/wire"
)

// slack is what a busy generator or gateway may add to a bound.
const slack = 5 * time.Second

// Rules returns what the oracles have to know of a plan. Both sides are taken to
// be fed; a driver that sees one of them alone clears Clients or Inputs. What
// cannot be bounded is not checked: how long a client may stay away that honours
// the hints of a foreign gateway, or how long a dead link goes unnoticed without
// a heartbeat.
//
// Servers that are slow, accept queues that are full and networks that are bent move
// no bound: a client gives such an attempt up at its time-outs and tries again. How
// long a command is at work is told while it runs (Checker.Faulted), and people who
// come back when they like are none that may come back before: they logged out, or
// their app is shut.
func Rules(p *plan.Plan) oracle.Config {
	cfg := oracle.Config{
		Clients: uint32(len(p.Clients.Account)), Account: p.Clients.Account,
		ClientType:  make([]wire.ClientType, len(p.Clients.Account)),
		MultiDevice: p.Gateway.MultiDevice, ReconnectEvicts: p.Gateway.ReconnectEvicts, Inputs: true,
	}
	for who, pop := range p.Clients.Population {
		cfg.ClientType[who] = p.Populations[pop].ClientType
	}
	hinted, silent := false, bent(p)
	var away Time
	for i := range p.Populations {
		profile := p.Populations[i].Profile
		// Spec 6, rule 6: the longest delay + connect and login time-outs.
		away = max(away, longestDelay(&profile.Policy)+profile.ConnectTimeout+profile.LoginTimeout)
		cfg.LongestCall = max(cfg.LongestCall, profile.ManualTimeout, login.KickOtherTimeout)
		cfg.Silence = max(cfg.Silence, profile.Heartbeat+profile.HeartbeatWait+time.Duration(profile.Probes)*profile.ProbeEvery)
		hinted = hinted || profile.Policy.HonourHint
		silent = silent || profile.Heartbeat == 0
	}
	// A dead link has to be noticed before the way back begins.
	cfg.Bound = away + drained(p) + cfg.Silence + slowest(&p.Network) + slack
	if hinted {
		cfg.Bound += longestHint(p)
	}
	if hinted && len(p.Target.URLs) > 0 {
		cfg.Bound = 0
	}
	cfg.LongestCall += slack
	cfg.Silence += slowest(&p.Network) + slack
	if silent {
		cfg.Silence = 0
	}
	return cfg
}

// bent reports whether the plan slows links down, so that a kick may take any
// time to arrive.
func bent(p *plan.Plan) bool {
	for i := range p.Steps {
		switch p.Steps[i].Fault.Kind {
		case link.Slowed, link.Delayed, link.Lossy:
			return true
		}
	}
	return p.Network.Bandwidth > 0
}

// drained bounds the time in which a full queue of logins is served.
func drained(p *plan.Plan) Time {
	auth := &p.Gateway.Auth
	if auth.Workers == 0 {
		return 0
	}
	return auth.ServiceTime.Mean() * Time(auth.Queue) / Time(auth.Workers)
}

// longestHint bounds what the gateway of the plan asks clients to wait.
func longestHint(p *plan.Plan) Time {
	longest := max(p.Gateway.Auth.Hint, p.Gateway.RateLimit.Window+p.Gateway.RateLimit.Penalty, p.Gateway.Admission.Every)
	for i := range p.Steps {
		if c := p.Steps[i].Command; c != nil {
			longest = max(longest, c.Hint)
			if c.RateLimit != nil {
				longest = max(longest, c.RateLimit.Window+c.RateLimit.Penalty)
			}
			if c.Admission != nil {
				longest = max(longest, c.Admission.Every)
			}
		}
	}
	return longest
}

// slowest bounds what opening a link and one answer take on the network: six
// hops that are each rarer than one in a million million, and one send that is
// lost again and again.
func slowest(n *link.Config) Time {
	hop := n.Latency.A
	switch n.Latency.Shape {
	case chance.Uniform:
		hop = max(hop, n.Latency.B)
	case chance.Exponential:
		hop *= 28
	case chance.Normal:
		hop += 7 * n.Latency.B
	case chance.Lognormal:
		// The 99th percentile lies 2.33 deviations from the median; thrice that.
		if ratio := float64(n.Latency.B) / float64(max(1, n.Latency.A)); ratio > 1 {
			hop = Time(min(float64(chance.Longest), float64(n.Latency.A)*ratio*ratio*ratio))
		}
	}
	hop = min(hop, chance.Longest)
	if n.Loss > 0 {
		const backoff = 255 // 1 + 2 + 4 + ... + 128.
		hop += max(n.Retransmit, 200*time.Millisecond) * backoff / 6
	}
	return 6 * hop
}

// longestDelay bounds the delays of a policy.
func longestDelay(p *login.Policy) Time {
	longest := p.Cap
	if longest == 0 {
		longest = listed(p)
	}
	return max(longest, p.First)
}

// listed bounds the delays of a policy without a cap.
func listed(p *login.Policy) Time {
	var longest Time
	switch p.Shape {
	case login.List:
		for _, d := range p.Delays {
			longest = max(longest, d)
		}
	case login.Multiples:
		for _, n := range p.Times {
			longest = max(longest, (p.Base+p.Spread)*Time(n))
		}
	default:
		return chance.Longest
	}
	if p.Jitter == login.Proportional {
		longest += longest * Time(p.Proportion) / 1_000_000
	}
	return longest
}
