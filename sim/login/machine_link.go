package login

import "loginstorm/sim/wire"

// whileConnecting handles the events of a link that is being opened.
func (m *Machine) whileConnecting(now Time, ev *Event, out []Action) []Action {
	switch ev.Kind {
	case LinkOpened:
		// Spec 4: one time-out covers the token and the login.
		m.step = after(now, m.p.LoginTimeout)
		out = m.publish(Logging, out)
		return append(out, Action{
			Kind: SendLogin, Gen: m.gen, Origin: m.Origin(), Account: m.account, Force: m.has(forced),
		})
	case LinkFailed, LinkLost:
		return m.linkFailed(now, now, linkCode(ev), ev.Hint, out)
	}
	return out
}

// linkCode returns the code of a link that ended before its login was answered.
func linkCode(ev *Event) wire.Code {
	if ev.Code == wire.TimedOut {
		return wire.TimedOut
	}
	return wire.Disconnected
}

// whileLogging handles the events of a link whose login is not answered.
func (m *Machine) whileLogging(now Time, ev *Event, out []Action) []Action {
	switch ev.Kind {
	case LinkFailed, LinkLost:
		return m.linkFailed(now, now, linkCode(ev), ev.Hint, out)
	case TokenFailed:
		out = m.onLink(Close, out)
		return m.linkFailed(now, now, wire.Disconnected, 0, out)
	case Replied:
		if ev.Code == wire.Success {
			return m.accepted(now, ev, out)
		}
		return m.refused(now, ev, out)
	case Kicked:
		// Spec 3: a kick gives the call 417.
		return m.kicked(ev, wire.NotLastDevice, out)
	}
	return out
}

// accepted is the reply 200. Spec section 4.
func (m *Machine) accepted(now Time, ev *Event, out []Action) []Action {
	manual := m.Origin() == wire.Manual
	if manual && ev.DatabaseFails {
		out = m.onLink(SendLogout, out)
		out = m.onLink(Close, out)
		out = m.ended(wire.DatabaseFailed, out)
		return m.callFailed(wire.DatabaseFailed, out)
	}
	call := m.calling
	m.since, m.call = now, never
	m.calling, m.left, m.attempts = 0, 0, 0
	m.step = after(now, m.p.Heartbeat)
	m.set(forced, false)
	if m.p.Policy.Reset == ResetOnLogin {
		m.restart()
	}
	out = m.ended(wire.Success, out)
	out = m.publish(LoggedIn, out)
	if manual {
		m.set(hasCredentials, true)
		out = loginResult(call, wire.Success, out)
	}
	return out
}

// refused is any other reply. Spec sections 4 and 5.
func (m *Machine) refused(now Time, ev *Event, out []Action) []Action {
	to, manual := StatusOf(ev.Code), m.Origin() == wire.Manual
	out = m.onLink(Close, out)
	out = m.ended(ev.Code, out)
	switch {
	case to.Terminal():
		call := m.calling
		out = m.publish(to, out)
		if to == KickOut {
			m.set(hasCredentials, false)
			out = append(out, Action{Kind: PublishKick, Status: to})
		}
		m.idle()
		if manual {
			out = loginResult(call, ev.Code, out)
		}
		return out
	case manual:
		return m.callFailed(ev.Code, out)
	case m.spent() || !m.p.Retry.Has(ev.Code):
		return m.giveUp(ev.Code, out)
	}
	out = m.publish(UnLogin, out)
	return m.wait(now, ev.Hint, out)
}

// whileLoggedIn handles the events of a session. Whatever arrives proves that
// the link lives.
func (m *Machine) whileLoggedIn(now Time, ev *Event, out []Action) []Action {
	switch ev.Kind {
	case LinkFailed, LinkLost:
		return m.dropped(now, out)
	case Kicked:
		return m.kicked(ev, wire.Cancelled, out)
	case LinkOpened, TokenFailed:
		return out
	}
	m.heard(now)
	switch ev.Kind {
	case SyncBegan:
		return m.sync(DataSyncStart, out)
	case SyncEnded:
		return m.sync(DataSyncFinish, out)
	case OnlineChanged:
		return append(out, Action{Kind: PublishOnline})
	case KickOtherReplied:
		if m.has(asking) {
			return m.cutCall(ev.Code, out)
		}
	}
	return out
}

// sync publishes a data-sync event where the platform has them. Spec section 1.
func (m *Machine) sync(status Status, out []Action) []Action {
	if !publishesSync(m.p.ClientType) {
		return out
	}
	return append(out, Action{Kind: PublishSync, Status: status})
}

// dropped is the end of a session that nobody asked for: the SDK comes back by
// itself, after a delay or when there is a network again. Spec section 4.
func (m *Machine) dropped(now Time, out []Action) []Action {
	out = m.cutCall(wire.Disconnected, out)
	m.setOrigin(wire.Reconnect)
	m.step, m.call, m.left = never, never, 0
	if p := &m.p.Policy; p.Reset == ResetAfterStay && now-m.since >= p.Stay {
		m.restart()
	}
	out = m.publish(NetBroken, out)
	if m.has(offline) {
		return out
	}
	return m.wait(now, 0, out)
}

// kicked is a push-out; the pending call, if there is one, gets code. Reason 3 is
// the only one that leads to kickOutByOtherClient; reason 4 alone keeps the
// credentials. Spec sections 2, 3 and 4.
func (m *Machine) kicked(ev *Event, code wire.Code, out []Action) []Action {
	to := KickOut
	if ev.Reason == wire.ByOtherClient {
		to = KickOutByOtherClient
	}
	if ev.Reason != wire.BySameDevice {
		m.set(hasCredentials, false)
	}
	out = m.onLink(Close, out)
	if m.status == Logging {
		out = m.ended(code, out)
	}
	call, login := m.calling, m.status == Logging && m.Origin() == wire.Manual
	asked := m.has(asking)
	out = m.publish(to, out)
	out = append(out, Action{
		Kind: PublishKick, Status: to, Reason: ev.Reason, ClientType: ev.ClientType, CustomType: ev.CustomType,
	})
	m.idle()
	switch {
	case login:
		out = loginResult(call, code, out)
	case asked:
		out = result(call, code, out)
	}
	return out
}
