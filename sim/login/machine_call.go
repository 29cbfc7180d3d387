package login

import "loginstorm/sim/wire"

// initialised starts the process. Spec section 4, rows 1 to 3.
func (m *Machine) initialised(now Time, ev *Event, out []Action) []Action {
	if m.status != Unknown {
		// It is initialised already; the call succeeds and changes nothing.
		return result(ev.Call, wire.Success, out)
	}
	if ev.Credentials || !m.has(hasCredentials) {
		m.account = ev.Account
		m.set(hasCredentials, ev.Credentials)
	}
	switch {
	case !m.has(hasCredentials) || !AutoLogin(m.p.ClientType):
		out = m.publish(UnLogin, out)
	case m.has(offline):
		m.setOrigin(wire.Auto)
		out = m.publish(NetBroken, out)
	default:
		m.setOrigin(wire.Auto)
		out = m.dial(now, now, out)
	}
	return result(ev.Call, wire.Success, out)
}

// loginCalled begins a manual login: it cancels pending automatic work and the
// older call, and says goodbye on the link of an older session. Spec sections 3
// and 4.
func (m *Machine) loginCalled(now Time, ev *Event, out []Action) []Action {
	if m.status == Unknown {
		return loginResult(ev.Call, wire.BadParameter, out)
	}
	out = m.drop(Close, wire.Cancelled, out)
	m.idle()
	if ev.Account != m.account {
		// Spec 3: switching accounts is a logout of the old one.
		m.account = ev.Account
		m.set(hasCredentials, false)
	}
	m.setOrigin(wire.Manual)
	if m.has(offline) {
		out = m.publish(UnLogin, out)
		m.idle()
		return loginResult(ev.Call, wire.Disconnected, out)
	}
	m.calling = ev.Call
	m.set(forced, ev.Force)
	m.left = max(m.p.ManualAttempts, 1) - 1
	m.call = after(now, m.p.ManualTimeout)
	return m.dial(now, now, out)
}

// logoutCalled always succeeds at once and wipes the credentials. Spec section 3.
func (m *Machine) logoutCalled(ev *Event, out []Action) []Action {
	if m.status == Unknown {
		return result(ev.Call, wire.BadParameter, out)
	}
	out = m.drop(Close, wire.Cancelled, out)
	m.idle()
	m.set(hasCredentials, false)
	out = m.publish(UnLogin, out)
	return result(ev.Call, wire.Success, out)
}

// kickOtherCalled asks the gateway to push out another device. A newer question
// supersedes the older one, whose answer the dialogue then skips. Spec
// section 4.
func (m *Machine) kickOtherCalled(now Time, ev *Event, out []Action) []Action {
	if m.status != LoggedIn {
		return result(ev.Call, wire.Disconnected, out)
	}
	if m.has(asking) {
		out = m.cutCall(wire.Cancelled, out)
	}
	m.calling = ev.Call
	m.set(asking, true)
	m.call = after(now, KickOtherTimeout)
	return append(out, Action{Kind: SendKickOther, Gen: m.gen, Call: ev.Call, Device: ev.Device})
}

// killed ends the process: the operating system resets the link without a
// goodbye, and nobody is left to hear results. Spec section 4.
func (m *Machine) killed(out []Action) []Action {
	if m.status == Unknown {
		return out
	}
	switch m.status {
	case Connecting, Logging:
		out = m.onLink(Reset, out)
		out = m.ended(wire.Cancelled, out)
	case LoggedIn:
		out = m.onLink(Reset, out)
	}
	m.idle()
	return m.publish(Unknown, out)
}

// networkLost takes the physical network away: the link is gone for the client
// at once, and the gateway is told nothing. Spec section 4.
func (m *Machine) networkLost(now Time, out []Action) []Action {
	if m.has(offline) {
		return out
	}
	m.set(offline, true)
	switch {
	case m.status == LoggedIn:
		out = m.onLink(Abandon, out)
		return m.dropped(now, out)
	case m.Waiting():
		m.step = never
		return m.publish(NetBroken, out)
	case m.status == Connecting || m.status == Logging:
		out = m.onLink(Abandon, out)
		out = m.ended(wire.Disconnected, out)
		if m.Origin() == wire.Manual {
			return m.callFailed(wire.Disconnected, out)
		}
		m.step = never
		return m.publish(NetBroken, out)
	}
	return out
}

// networkBack lets parked clients connect at once, without a delay and without
// spreading, unless their policy begins anew with its first delay. Spec sections
// 4 and 7.
func (m *Machine) networkBack(now Time, out []Action) []Action {
	parked := m.Parked()
	m.set(offline, false)
	if !parked {
		return out
	}
	if m.p.Policy.ResetOnNetwork {
		m.restart()
	}
	if m.p.Policy.DelayOnNetwork {
		return m.wait(now, 0, out)
	}
	return m.dial(now, now, out)
}
