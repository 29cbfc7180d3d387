package plan

import (
	"fmt"
	"strings"

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
		silence := p.Profile.Heartbeat + p.Profile.HeartbeatWait + Time(p.Profile.Probes)*p.Profile.ProbeEvery
		if p.Profile.Heartbeat == 0 {
			note("clients without a heartbeat lose their session after %v", cfg.SessionTimeout)
		} else if cfg.SessionTimeout < silence {
			note("the session timeout of %v is shorter than heartbeat and probes, %v: healthy sessions may end", cfg.SessionTimeout, silence)
		}
		if cfg.MinVersion > p.Version {
			note("version %v is older than gateway.minVersion %v: every login gets 317", scenario.Version(p.Version), scenario.Version(cfg.MinVersion))
		}
		if p.AuthType != wire.AuthDefault {
			note("tokens are static all the same: the embedded gateway refuses dynamic ones (403) and lets third-party ones in")
		}
	}
	for _, text := range order {
		c.warn("%s: %s", strings.Join(notes[text], ", "), text)
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
