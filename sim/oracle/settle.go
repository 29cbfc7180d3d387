package oracle

import (
	"slices"

	"loginstorm/sim/gateway"
	"loginstorm/sim/wire"
)

// settle judges the moment that is over. Spec 6, rules 2 and 3.
func (c *Checker) settle() {
	m := &c.now
	for i := range m.wins {
		c.cleared(&m.wins[i])
		c.kept(&m.wins[i])
	}
	for _, i := range m.ends {
		c.justified(&c.sessions[i])
	}
	for _, i := range m.began {
		// If none was answered 200, none holds the session.
		if s := &c.sessions[i]; !s.ended && s.judged == 0 && s.began == m.at {
			c.find(LastWins, m.at, NoOne, s.account, "device %d has a session, but no login of it was answered 200", s.device)
		}
	}
	for _, i := range m.ends {
		c.sessions[i] = session{next: c.free, account: NoOne}
		c.free = i
	}
	m.reset()
}

// cleared asks whether a 200 left a session that the policy excludes against it.
func (c *Checker) cleared(w *win) {
	var now uint32
	for i := c.head(w.account); i != 0; i = c.sessions[i].next {
		s := &c.sessions[i]
		now++
		if s.judged >= w.serial || s.judged == 0 {
			continue
		}
		switch {
		case s.device == w.device:
			c.find(ExcludedGoes, c.now.at, NoOne, w.account, "device %d got a 200 and keeps an older session on link %d", w.device, s.link)
		case excludes(&w.policy, w.clientType, s.clientType):
			c.find(ExcludedGoes, c.now.at, NoOne, w.account, "device %d got a 200 and device %d, which the policy excludes, stays online", w.device, s.device)
		}
	}
	switch {
	case w.policy.Policy != policyAll:
	case now > gateway.DeviceLimit && now > w.before:
		c.find(ExcludedGoes, c.now.at, NoOne, w.account, "%d devices are online together, the limit is %d", now, gateway.DeviceLimit)
	case now < gateway.DeviceLimit && w.before >= gateway.DeviceLimit && c.pushedOnly(w.account):
		c.find(ExcludedGoes, c.now.at, NoOne, w.account, "devices were pushed out for the limit of %d, and only %d are online", gateway.DeviceLimit, now)
	}
}

// pushedOnly reports whether logins pushed sessions of an account out at this
// instant, and none ended for another reason.
func (c *Checker) pushedOnly(account uint32) bool {
	pushed := false
	for _, i := range c.now.ends {
		s := &c.sessions[i]
		if s.account != account || s.cause == gateway.SameDevice {
			continue
		}
		if s.cause != gateway.ExcludedByLogin {
			return false
		}
		pushed = true
	}
	return pushed
}

// kept asks whether the login judged last holds the session it was given.
func (c *Checker) kept(w *win) {
	for i := range c.now.wins {
		v := &c.now.wins[i]
		if v.account == w.account && v.serial > w.serial && (v.device == w.device || excludes(&v.policy, v.clientType, w.clientType) || limited(v.policy.Policy)) {
			return // A later one takes it away; cleared looks after that.
		}
	}
	if c.holds(w) {
		return
	}
	for _, i := range c.now.ends {
		switch s := &c.sessions[i]; {
		case s.judged != w.serial:
		case s.cause == gateway.ExcludedByLogin || s.cause == gateway.SameDevice || s.cause == gateway.NoCause:
			c.find(LastWins, c.now.at, NoOne, w.account, "device %d was judged last and lost its session, %s", w.device, causeName(s.cause))
			return
		default:
			return
		}
	}
	c.find(LastWins, c.now.at, NoOne, w.account, "device %d was judged last and answered 200, but has no session", w.device)
}

// justified asks whether a session ended for a reason that spec section 6 knows.
func (c *Checker) justified(s *session) {
	switch s.cause {
	case gateway.ExcludedByLogin:
		if !slices.ContainsFunc(c.now.wins, func(w win) bool { return c.pushes(&w, s) }) {
			c.find(ExcludedGoes, c.now.at, NoOne, s.account, "device %d was pushed out, but no later login may do that", s.device)
		}
	case gateway.SameDevice:
		if !slices.ContainsFunc(c.now.wins, func(w win) bool {
			return w.account == s.account && w.device == s.device && w.serial > s.judged
		}) {
			c.find(ExcludedGoes, c.now.at, NoOne, s.account, "device %d was replaced, but it did not log in again", s.device)
		}
	case gateway.KickedByServer, gateway.KickedByOther:
		if c.cfg.Inputs && !slices.ContainsFunc(c.now.kicks, func(k kick) bool { return c.means(&k, s) }) {
			c.find(ExcludedGoes, c.now.at, NoOne, s.account, "device %d was pushed out, %s, but nobody asked for it", s.device, causeName(s.cause))
		}
	case gateway.NoCause:
		c.find(OneEnd, c.now.at, NoOne, s.account, "the session of device %d ended without a cause", s.device)
	}
}

// pushes reports whether a login may push a session out. Spec 6, step 7.
func (c *Checker) pushes(w *win, s *session) bool {
	if w.account != s.account || w.device == s.device || w.serial <= s.judged {
		return false
	}
	if excludes(&w.policy, w.clientType, s.clientType) {
		return w.origin == wire.Manual || w.origin == wire.Reconnect && c.cfg.ReconnectEvicts
	}
	// At the device limit the oldest goes, if force says so.
	return limited(w.policy.Policy) && w.origin == wire.Manual && w.force && w.before >= gateway.DeviceLimit && c.oldest(w, s)
}

// oldest reports whether no other device was online for longer.
func (c *Checker) oldest(w *win, s *session) bool {
	for i := c.head(s.account); i != 0; i = c.sessions[i].next {
		if o := &c.sessions[i]; o.judged < s.judged && o.device != w.device {
			return false
		}
	}
	return true
}

// limited reports whether a policy bounds the number of devices. Under custom
// the gateway may, so that its lists stay bounded.
func limited(p gateway.Policy) bool { return p == policyAll || p == policyCustom }

// means reports whether a kick that was asked for is meant for a session.
func (c *Checker) means(k *kick, s *session) bool {
	if k.cause != s.cause || k.account != NoOne && k.account != s.account {
		return false
	}
	if k.account == NoOne && !c.asks(k.link, s.account) {
		return false
	}
	return len(k.devices) == 0 || slices.Contains(k.devices, s.device) != k.allBut
}

// asks reports whether the session on a link is one of an account's, or was
// until this instant.
func (c *Checker) asks(link gateway.Link, account uint32) bool {
	for i := c.head(account); i != 0; i = c.sessions[i].next {
		if c.sessions[i].link == link {
			return true
		}
	}
	return slices.ContainsFunc(c.now.ends, func(i int32) bool { return c.sessions[i].link == link && c.sessions[i].account == account })
}
