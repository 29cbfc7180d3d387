package gateway

// command carries out a change. One that is not valid changes nothing.
func (g *Gateway) command(c *Command) {
	if c.Validate() != nil {
		return
	}
	switch c.Kind {
	case Restart:
		g.restart(c)
	case RefuseLinks:
		g.each(c.Node, func(n uint8) {
			g.refuseFor(n, c.Downtime)
			g.raiseLater(n)
		})
	case Drain:
		g.each(c.Node, func(n uint8) { g.startDrain(n, c.Downtime) })
	case Undrain:
		g.each(c.Node, g.stopDrain)
	case KickServer:
		g.kickServer(c.Account, c.Devices, c.AllBut)
	case Ban, Unban:
		if a := g.account(c.Account); a != nil {
			a.banned = c.Kind == Ban
			if a.banned && c.Kick {
				g.kickServer(c.Account, nil, false)
			}
		}
	case RotateToken:
		if g.account(c.Account) != nil {
			g.tokens[c.Account] = c.Token
		}
	case SetMultiDevice:
		// A change of policy touches later logins only. Spec section 6.
		g.cfg.MultiDevice = *c.MultiDevice
		g.exclude = exclusionOf(c.MultiDevice)
	case SetRateLimit:
		// Other keys may be counted now: nothing is carried over [ours].
		g.limiter = newLimiter(*c.RateLimit)
	case SetMinVersion:
		g.cfg.MinVersion = c.Version
	case SetAuth:
		g.setAuth(c.Workers, c.ServiceTime)
		if c.Downtime > 0 {
			g.timers.push(g.now+c.Downtime, dueAuth, 0, g.auth.check)
		}
	case SetSync:
		g.syncBy = orWhole(c.SyncTime)
	case Outage:
		g.outage = outage{code: c.Code, hint: c.Hint, check: g.outage.check + 1}
		if c.Downtime > 0 {
			g.timers.push(g.now+c.Downtime, dueOutage, 0, g.outage.check)
		}
	case SetSessionTimeout:
		g.setSessionTimeout(c.Downtime)
	}
}

// orWhole reads thousandths of which 0 means that they were not given.
func orWhole(thousandths uint32) uint32 {
	if thousandths == 0 {
		return 1000
	}
	return thousandths
}

// setAuth multiplies what was configured by thousandths; 0 = as configured. At
// least one worker is left. Logins being served keep their service time.
func (g *Gateway) setAuth(workers, service uint32) {
	g.auth.check++
	g.auth.service = orWhole(service)
	g.auth.workers = g.cfg.Auth.Workers
	if g.cfg.Auth.Workers > 0 {
		scaled := uint64(g.cfg.Auth.Workers) * uint64(orWhole(workers)) / 1000
		g.auth.workers = uint32(min(max(scaled, 1), 1<<32-1))
	}
	g.feed()
}

// setSessionTimeout changes the timeout of all links, also of those that are
// silent already; 0 = DefaultSessionTimeout.
func (g *Gateway) setSessionTimeout(timeout Time) {
	if timeout == 0 {
		timeout = DefaultSessionTimeout
	}
	shorter := timeout < g.cfg.SessionTimeout
	g.cfg.SessionTimeout = timeout
	if !shorter {
		return
	}
	for id := range g.links {
		if l := &g.links[id]; l.open {
			g.timeLink(Link(id), l)
		}
	}
	for len(g.timers.heap) > 0 && g.timers.heap[0].at <= g.now {
		t := g.timers.pop()
		g.due(&t)
	}
}
