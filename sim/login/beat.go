package login

// Beats reports whether nothing but a ping is due at now, so that Beat may stand for the
// ping and its answer. Spec section 4.
func (m *Machine) Beats(now Time) bool {
	return m.step == now && m.status == LoggedIn && m.left == 0 && m.call == never &&
		m.p.HeartbeatWait > 0 && m.p.Heartbeat > m.p.HeartbeatWait
}

// Beat is Step with a deadline at now that Beats spoke for, and Step with Alive at the same
// instant, without the SendPing between them. It returns the deadline that lies between
// the two steps: when the answer would have been missed.
func (m *Machine) Beat(now Time) (missed Time) {
	m.step = after(now, m.p.Heartbeat)
	return after(now, m.p.HeartbeatWait)
}
