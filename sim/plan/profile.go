package plan

import (
	"fmt"

	"loginstorm/sim/login"
	"loginstorm/sim/scenario"
	"loginstorm/sim/wire"
)

// profileOf names the profile of a platform.
func profileOf(t wire.ClientType) string {
	switch t {
	case wire.IOS:
		return "nim-ios"
	case wire.Web:
		return "nim-web"
	case wire.Windows, wire.WindowsPhone:
		return "nim-windows"
	case wire.MacOS:
		return "nim-macos"
	case wire.HarmonyOS:
		return "nim-harmonyos"
	}
	return "nim-android"
}

// profile settles timings, retries and reconnect policy.
func (c *compiler) profile(s *scenario.Population, path string, t wire.ClientType) *login.Profile {
	name := s.Profile
	if name == "" {
		name = profileOf(t)
	}
	p, ok := login.ProfileNamed(name)
	if !ok {
		c.fault(path+".profile", fmt.Sprintf("unknown profile %q", name), suggest(name, login.ProfileNames()))
		p, _ = login.ProfileNamed(profileOf(t))
	}
	p.Seed, p.ClientType = c.plan.Seed, t
	p.ConnectTimeout = span(s.ConnectTimeout, p.ConnectTimeout)
	p.LoginTimeout = span(s.LoginTimeout, p.LoginTimeout)
	p.Heartbeat = span(s.Heartbeat, p.Heartbeat)
	if m := s.Manual; m != nil {
		p.ManualTimeout = span(m.Timeout, p.ManualTimeout)
		if m.Attempts > 0 {
			p.ManualAttempts = m.Attempts
		}
	}
	if s.Reconnect != nil {
		p.Policy = c.policy(s.Reconnect, path+".reconnect")
	}
	for _, err := range p.Validate() {
		c.fault(path, err.Error(), "")
	}
	return &p
}

// suggest is the remedy for an unknown name.
func suggest(word string, known []string) string {
	if near := scenario.Nearest(word, known); near != "" {
		return fmt.Sprintf("did you mean %s?", near)
	}
	text := "known are "
	for i, k := range known {
		if i > 0 {
			text += ", "
		}
		text += k
	}
	if len(known) == 0 {
		return "there is none"
	}
	return text
}

// policy makes a reconnect policy of a preset, of parts, or of both.
func (c *compiler) policy(r *scenario.Reconnect, path string) login.Policy {
	p := login.Policy{Name: "custom", HonourHint: true}
	if r.Preset != "" {
		preset, ok := login.PolicyNamed(r.Preset)
		if !ok {
			c.fault(path, fmt.Sprintf("unknown reconnect policy %q", r.Preset), suggest(r.Preset, login.PolicyNames()))
			return p
		}
		p = preset
	}
	switch {
	case len(r.Delays) > 0 && r.Base != nil:
		c.fault(path, "a reconnect policy has delays or a base, not both", "leave one of them out")
	case len(r.Delays) > 0:
		p.Shape, p.Delays, p.Wrap, p.First = login.List, nil, 0, 0
		for _, d := range r.Delays {
			p.Delays = append(p.Delays, Time(d))
		}
	case r.Base != nil:
		if r.Preset == "" || p.Shape == login.List {
			p.Shape, p.Factor, p.Delays = login.Exponential, 2000, nil
		}
		p.Base = Time(*r.Base)
	case r.Preset == "":
		c.fault(path, "a reconnect policy needs delays, or a base", "write delays: [1s, 2s, 4s], or base: 1s, or a preset's name")
		return p
	}
	if r.Factor != 0 {
		p.Factor = uint32(r.Factor*1000 + 0.5)
	}
	p.Cap = span(r.Cap, p.Cap)
	p.ResetOnNetwork = either(r.ResetOnNetwork, p.ResetOnNetwork)
	p.DelayOnNetwork = p.DelayOnNetwork && p.ResetOnNetwork
	p.HonourHint = either(r.HonourHint, p.HonourHint)
	if r.JitterAfterCap != nil {
		p.JitterBefore = !*r.JitterAfterCap
	}
	if r.MaxAttempts > 65_535 {
		c.fault(path+".maxAttempts", fmt.Sprintf("%d attempts are more than 65535", r.MaxAttempts), "leave it out for no limit")
	} else if r.MaxAttempts > 0 {
		p.MaxAttempts = uint16(r.MaxAttempts)
	}
	c.spreadPolicy(r, path, &p)
	return p
}

// spreadPolicy settles jitter and the reset rule.
func (c *compiler) spreadPolicy(r *scenario.Reconnect, path string, p *login.Policy) {
	if j := r.Jitter; j != nil {
		p.Jitter, p.Proportion = map[string]login.Jitter{"none": login.NoJitter, "full": login.FullJitter, "equal": login.EqualJitter,
			"decorrelated": login.Decorrelated, "proportional": login.Proportional}[j.Kind], uint32(j.Share)
	}
	if r.Reset == nil {
		return
	}
	switch r.Reset.When {
	case "loggedIn":
		p.Reset = login.ResetOnLogin
	case "never":
		p.Reset = login.ResetNever
	case "after":
		p.Reset, p.Stay = login.ResetAfterStay, span(r.Reset.After, 0)
	}
}

// silenceOf returns after how long at most a client notices that its link is silent: a
// heartbeat, the wait for its answer and the probes. Spec 7; 0 = it never does.
func silenceOf(p *login.Profile) Time {
	if p.Heartbeat == 0 {
		return 0
	}
	return p.Heartbeat + p.HeartbeatWait + Time(p.Probes)*p.ProbeEvery
}
