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
	case Stall:
		g.each(c.Node, func(n uint8) { g.startStall(n, c.Downtime) })
	case KickServer, Ban, Unban, RotateToken:
		if len(c.Accounts) == 0 {
			g.commandAccount(c, c.Account)
		}
		for _, number := range c.Accounts {
			g.commandAccount(c, number)
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
		g.cold = cold{by: orWhole(c.SyncTime), check: g.cold.check + 1}
		if c.Downtime > 0 {
			g.timers.push(g.now+c.Downtime, dueSyncTime, 0, g.cold.check)
		}
	case Outage:
		g.outage = outage{code: c.Code, hint: c.Hint, check: g.outage.check + 1}
		if c.Downtime > 0 {
			g.timers.push(g.now+c.Downtime, dueOutage, 0, g.outage.check)
		}
	case SetSessionTimeout:
		g.setSessionTimeout(c.Downtime)
	case SetAdmission:
		// A change begins a bucket of its own [ours].
		g.cfg.Admission, g.bucket = *c.Admission, bucket{}
	case SetBackend:
		// Not the gateway's: its driver hands it over.
	}
}

// commandAccount carries out a command for one account that it names.
func (g *Gateway) commandAccount(c *Command, number uint32) {
	a := g.account(number)
	if a == nil {
		return
	}
	switch c.Kind {
	case KickServer:
		g.kickServer(number, c.Devices, c.AllBut)
	case Ban, Unban:
		a.banned = c.Kind == Ban
		if a.banned && c.Kick {
			g.kickServer(number, nil, false)
		}
	case RotateToken:
		if c.Token == 0 {
			g.rotate(number, c.Rotation)
		} else {
			g.tokens[number] = c.Token
		}
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
// silent already; 0 = as configured.
func (g *Gateway) setSessionTimeout(timeout Time) {
	if timeout == 0 {
		timeout = g.cfg.SessionTimeout
	}
	shorter := timeout < g.timeout
	g.timeout = timeout
	if !shorter {
		// What is pending comes too early, and looks again.
		return
	}
	g.timers.forgetTimeouts()
	for id := range g.links {
		l := &g.links[id]
		if l.timed = false; l.open {
			g.timeLink(Link(id), l)
		}
	}
	for t, ok := g.timers.due(g.now); ok; t, ok = g.timers.due(g.now) {
		g.due(&t)
	}
}
