package plan

import (
	"fmt"

	"loginstorm/sim/gateway"
	"loginstorm/sim/scenario"
	"loginstorm/sim/wire"
)

// compare warns of what is legal and yet probably not meant.
func (c *compiler) compare() {
	cfg := &c.plan.Gateway
	notes := map[string][]string{} // Populations that a note is about.
	var order []string
	for i := range c.plan.Populations {
		p := &c.plan.Populations[i]
		note := func(format string, args ...any) {
			text := fmt.Sprintf(format, args...)
			if notes[text] == nil {
				order = append(order, text)
			}
			notes[text] = append(notes[text], p.Name)
		}
		// Spec 6: a session must outlive a heartbeat and its probes.
		silence := silenceOf(p.Profile)
		if silence == 0 {
			note("clients without a heartbeat lose their session after %v", cfg.SessionTimeout)
		} else if cfg.SessionTimeout < silence {
			note("the session timeout of %v is shorter than heartbeat and probes, %v: healthy sessions may end", cfg.SessionTimeout, silence)
		}
		if cfg.MinVersion > p.Version {
			note("version %v is older than gateway.minVersion %v: every login gets 317", scenario.Version(p.Version), scenario.Version(cfg.MinVersion))
		}
		if text := c.tokens(p); text != "" {
			note("%s", text)
		}
		if h := p.Habits; h != nil && p.Login == wire.Auto && h.Think.Mean() > 0 && !h.Session.On && h.OnOutage.Share == 0 {
			note("they log in by themselves, so they press no button to think of")
		}
	}
	for _, text := range order {
		c.warn("%s: %s", some(notes[text]), text)
	}
	for i := range c.groups {
		if c.groups[i].race < 0 {
			c.crowded(&c.groups[i])
		}
	}
	if r := c.plan.PeakRate(); c.plan.Target.MaxRate > 0 && r > c.plan.Target.MaxRate {
		c.warn("arrivals peak at %.0f/s, and --max-rate lets %.0f/s begin: the rest is late", r, c.plan.Target.MaxRate)
	}
}

// tokens returns what may surprise about the tokens of a population. Spec 8.
func (c *compiler) tokens(p *Population) string {
	ttl, _ := c.plan.TokenTTL()
	switch {
	case p.AuthType == wire.AuthThirdParty && c.plan.App == nil:
		return "there is no app server, so third-party logins are let in at once: describe it at the top with app:"
	case p.AuthType != wire.AuthDynamic || p.Fetch == FetchEvery:
		return ""
	case c.foreign() && c.plan.Accounts.Generated():
		return "dynamic tokens are signed with a generated app secret, which nobody else's gateway knows"
	case p.Fetch == FetchNever && ttl < c.plan.Duration:
		return fmt.Sprintf("dynamic tokens are made when the run begins and expire after %v: later logins get 302", ttl)
	}
	return ""
}

// crowded warns of accounts whose devices push each other out.
func (c *compiler) crowded(g *group) {
	m := &c.plan.Gateway.MultiDevice
	if m.Policy == gateway.PolicyAll && len(g.devices) > gateway.DeviceLimit {
		c.warn("%s: %d devices an account are more than the %d that policy all lets in", g.name, len(g.devices), gateway.DeviceLimit)
		return
	}
	for i, a := range g.devices {
		for _, b := range g.devices[i+1:] {
			ta, tb := c.plan.Populations[a.part].ClientType, c.plan.Populations[b.part].ClientType
			if m.Excludes(ta, tb) {
				c.warn("%s: policy %v keeps %v and %v of one account from being online together: they push each other out, or get 417", g.name, m.Policy, ta, tb)
				return
			}
		}
	}
}
