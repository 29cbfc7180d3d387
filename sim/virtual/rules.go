package virtual

import (
	"time"

	"loginstorm/sim/login"
	"loginstorm/sim/oracle"
	"loginstorm/sim/plan"
	"loginstorm/sim/wire"
)

// slack is what a network may add to a bound beside the draws that are known.
const slack = 5 * time.Second

// Rules returns what the oracles have to know of a plan. Both sides are taken to
// be fed; a driver that sees one of them alone clears Clients or Inputs.
func Rules(p *plan.Plan) oracle.Config {
	cfg := oracle.Config{
		Clients: uint32(len(p.Clients.Account)), Account: p.Clients.Account,
		ClientType:  make([]wire.ClientType, len(p.Clients.Account)),
		MultiDevice: p.Gateway.MultiDevice, ReconnectEvicts: p.Gateway.ReconnectEvicts, Inputs: true,
	}
	for who, pop := range p.Clients.Population {
		cfg.ClientType[who] = p.Populations[pop].ClientType
	}
	for i := range p.Populations {
		profile := p.Populations[i].Profile
		// Spec 6, rule 6: the longest delay + connect and login time-outs.
		cfg.Bound = max(cfg.Bound, longestDelay(&profile.Policy)+profile.ConnectTimeout+profile.LoginTimeout)
		cfg.LongestCall = max(cfg.LongestCall, profile.ManualTimeout, login.KickOtherTimeout)
		cfg.Silence = max(cfg.Silence, profile.Heartbeat+profile.HeartbeatWait+time.Duration(profile.Probes)*profile.ProbeEvery)
	}
	auth := &p.Gateway.Auth
	if auth.Workers > 0 {
		cfg.Bound += auth.ServiceTime.Mean() * time.Duration(auth.Queue) / time.Duration(auth.Workers)
	}
	cfg.Bound += cfg.Silence + slack
	cfg.LongestCall += slack
	cfg.Silence += slack
	return cfg
}

// longestDelay bounds the delays of a policy.
func longestDelay(p *login.Policy) time.Duration {
	longest := p.Cap
	if longest == 0 {
		longest = listed(p)
	}
	return max(longest, p.First)
}

// listed bounds the delays of a policy without a cap.
func listed(p *login.Policy) time.Duration {
	var longest time.Duration
	switch p.Shape {
	case login.List:
		for _, d := range p.Delays {
			longest = max(longest, d)
		}
	case login.Multiples:
		for _, n := range p.Times {
			longest = max(longest, (p.Base+p.Spread)*time.Duration(n))
		}
	default:
		return 24 * time.Hour
	}
	if p.Jitter == login.Proportional {
		longest += longest * time.Duration(p.Proportion) / 1_000_000
	}
	return longest
}
