package gateway

import "loginstorm/sim/wire"

// judge answers a login whose worker has finished, in one piece. Verdict is what
// the app server said, 0 before it was asked. Spec section 6, steps 3 to 8.
func (g *Gateway) judge(id uint32, verdict wire.Code) {
	j := &g.jobs[id]
	if j.gone {
		// It makes no session and pushes nobody out.
		g.stats.wasted++
		g.stats.wastedTime += j.served
		g.freeJob(id)
		return
	}
	// Spec 10: while the login service is out, nothing of steps 3 to 8 can be judged,
	// and its answer is not counted as the client's failure [ours].
	code, hint := g.outage.code, g.outage.hint
	if code == 0 {
		hint = 0
		code = g.identify(&j.ask, verdict)
		if code == wire.Success && j.ask.AuthType == wire.AuthThirdParty && verdict == 0 {
			j.state = jobAsking
			g.stats.appAsked++
			o := g.emit(AskApp)
			o.Job, o.Account, o.Device, o.ClientType = id, j.ask.Account, j.ask.Device, j.ask.ClientType
			return
		}
		if code == wire.Success {
			code = g.place(&j.ask)
		}
		if code != wire.Success {
			g.countFailure(j, code)
			if code == wire.Unavailable {
				hint = g.cfg.Auth.Hint
			}
		}
	}
	g.links[j.link].job = 0
	if code == wire.Success {
		g.accept(j)
	} else {
		g.answer(j, code, hint)
	}
	g.freeJob(id)
}

// countFailure counts a login that was refused by what it asked for, if that is
// what the 416 limiter counts. That the gateway, or the app server behind it, is
// busy or broken is not the client's fault [ours].
func (g *Gateway) countFailure(j *job, code wire.Code) {
	if g.limiter.rule.Counts != CountFailed || code == wire.Unavailable {
		return
	}
	if key, limited := g.limiter.keyOf(&j.ask, g.links[j.link].ip); limited {
		g.limiter.count(g.now, key)
	}
}

// identify judges steps 3 and 4.
func (g *Gateway) identify(r *Request, verdict wire.Code) wire.Code {
	// A request that no SDK sends [ours].
	_, able := platform(r.ClientType)
	if r.Device == 0 || !able && r.ClientType != wire.REST || r.Origin < wire.Manual || r.Origin > wire.Reconnect {
		return wire.BadParameter
	}
	// Spec 6.3.
	if r.Version < g.cfg.MinVersion {
		return wire.VersionTooOld
	}
	// Spec 6.4.
	if g.cfg.App != 0 && r.App != g.cfg.App {
		return wire.Mismatch
	}
	if g.account(r.Account) == nil {
		if g.cfg.UnknownIs404 {
			return wire.NoSuchAccount
		}
		return wire.Mismatch
	}
	if !able {
		return wire.NotPermitted
	}
	switch r.AuthType {
	case wire.AuthDefault:
		if r.Token != g.tokenOf(r.Account) {
			return wire.Mismatch
		}
	case wire.AuthThirdParty:
		if verdict != 0 {
			return verdict
		}
	case wire.AuthDynamic:
		// Without an app secret nobody could have signed one.
		if !g.cfg.Dynamic {
			return wire.NotPermitted
		}
		if !r.good(g.now) {
			return wire.Mismatch
		}
	default:
		return wire.NotPermitted
	}
	return wire.Success
}

// place judges steps 5 to 7 and leaves in g.evicted whom a success pushes out.
func (g *Gateway) place(r *Request) wire.Code {
	a := &g.accounts[r.Account]
	g.evicted = g.evicted[:0]
	// Spec 6.5.
	if a.banned {
		return wire.AccountDisabled
	}
	p, _ := platform(r.ClientType)
	excluded := g.exclude.by[p]
	// Spec 6.6: an auto login has to come from the last device.
	if r.Origin == wire.Auto && !g.cfg.AnyDevice {
		if last, ok := g.lastAmong(a, excluded); ok && last != r.Device {
			return wire.NotLastDevice
		}
	}
	// Spec 6.7: other devices that the policy excludes.
	var kept int
	for slot := a.first; slot != 0; slot = g.sessions[slot].next {
		s := &g.sessions[slot]
		if s.device == r.Device {
			continue
		}
		if p, _ := platform(s.client); excluded>>p&1 != 0 {
			g.evicted = append(g.evicted, slot)
		} else {
			kept++
		}
	}
	evicts := r.Origin == wire.Manual || r.Origin == wire.Reconnect && g.cfg.ReconnectEvicts
	if len(g.evicted) > 0 && !evicts {
		return wire.NotLastDevice
	}
	// Spec 6.7: the device limit.
	if g.exclude.limited && kept >= DeviceLimit {
		if r.Origin != wire.Manual || !r.Force {
			return wire.NotLastDevice
		}
		g.evictOldest(a, r.Device, excluded, kept-DeviceLimit+1)
	}
	return wire.Success
}

// evictOldest adds the n oldest sessions of other devices that the policy does
// not exclude anyway. The chain of an account runs from old to new.
func (g *Gateway) evictOldest(a *account, device uint64, excluded uint8, n int) {
	for slot := a.first; slot != 0 && n > 0; slot = g.sessions[slot].next {
		s := &g.sessions[slot]
		if p, _ := platform(s.client); s.device != device && excluded>>p&1 == 0 {
			g.evicted = append(g.evicted, slot)
			n--
		}
	}
}

// accept carries out a 200, in the order of spec 6.8: the session is in the
// table, then comes the reply, then the kicks, then the lists, then data sync.
func (g *Gateway) accept(j *job) {
	r := &j.ask
	a := &g.accounts[r.Account]
	// A stale session of the same device is replaced only now.
	var stale uint32
	for slot := a.first; slot != 0; slot = g.sessions[slot].next {
		if g.sessions[slot].device == r.Device {
			stale = slot
		}
	}
	p, _ := platform(r.ClientType)
	g.remember(a, p, r.Device)
	g.answer(j, wire.Success, 0)
	slot := g.beginSession(j)
	g.reply(j, wire.Success, 0)
	for _, other := range g.evicted {
		g.kick(other, wire.ByLogin, r.ClientType, r.CustomType)
	}
	if stale != 0 {
		g.kick(stale, wire.BySameDevice, r.ClientType, r.CustomType)
	}
	g.tellLists()
	g.startSync(slot)
}
