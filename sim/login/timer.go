package login

import "loginstorm/sim/wire"

// due carries out the deadline at, which is the earliest one and not after now.
func (m *Machine) due(at, now Time, out []Action) []Action {
	if m.call == at {
		return m.callTimedOut(out)
	}
	switch m.status {
	case Connecting, Logging:
		// Spec 4: connectTimeout, loginTimeout.
		out = m.onLink(Close, out)
		return m.linkFailed(at, now, wire.TimedOut, 0, out)
	case LoggedIn:
		return m.beat(now, out)
	}
	// Spec 4: waiting, the delay is over.
	return m.dial(at, now, out)
}

// callTimedOut ends the app's call: a login after manual.timeout, or
// kickOutOtherOnlineClient after its 8 s. Spec section 4.
func (m *Machine) callTimedOut(out []Action) []Action {
	if m.status == LoggedIn {
		return m.cutCall(wire.TimedOut, out)
	}
	out = m.onLink(Close, out)
	out = m.ended(wire.TimedOut, out)
	return m.callFailed(wire.TimedOut, out)
}

// beat sends the next ping or probe, or finds the link dead. Spec sections 4 and
// 7: a ping each Heartbeat; without an answer for HeartbeatWait, Probes pings
// ProbeEvery apart; when the last one is not answered either, the link is dead.
//
//	ping      probe  probe  ...  probe   dead
//	 |---wait---|-every-|-every-|-every-|
func (m *Machine) beat(now Time, out []Action) []Action {
	switch {
	case m.left == 0:
		m.step = after(now, m.p.HeartbeatWait)
	case m.left <= min(m.p.Probes, mostProbes):
		m.step = after(now, m.p.ProbeEvery)
	default:
		out = m.onLink(Close, out)
		return m.dropped(now, out)
	}
	m.left++
	return m.onLink(SendPing, out)
}

// heard takes an inbound frame as proof of life. The next ping keeps its place:
// one interval after the ping that is answered now, or at once when that is
// past. Spec section 4.
func (m *Machine) heard(now Time) {
	if m.left == 0 {
		return
	}
	// Wait and probes lie between the ping and the timer that runs.
	sent := m.step - m.p.HeartbeatWait - Time(m.left-1)*m.p.ProbeEvery
	m.left = 0
	m.step = max(now, after(sent, m.p.Heartbeat))
}
