package login

import (
	"math"
	"time"

	"loginstorm/sim/wire"
)

// publish changes the status and says so, if it is a change.
func (m *Machine) publish(to Status, out []Action) []Action {
	from := m.status
	if from == to {
		return out
	}
	m.status = to
	return append(out, Action{Kind: PublishStatus, Status: to, From: from, Origin: m.Origin()})
}

// result ends a call that is no login.
func result(call uint32, code wire.Code, out []Action) []Action {
	return append(out, Action{Kind: Result, Call: call, Code: code})
}

// loginResult ends a login call.
func loginResult(call uint32, code wire.Code, out []Action) []Action {
	return append(out, Action{Kind: Result, Call: call, Code: code, Origin: wire.Manual})
}

// onLink appends an action that concerns the newest link.
func (m *Machine) onLink(kind ActionKind, out []Action) []Action {
	return append(out, Action{Kind: kind, Gen: m.gen})
}

// dial begins an attempt that was wanted at due.
func (m *Machine) dial(due, now Time, out []Action) []Action {
	m.gen++
	m.step = after(now, m.p.ConnectTimeout)
	if m.Origin() != wire.Manual {
		m.attempts = more(m.attempts)
	}
	out = m.publish(Connecting, out)
	return append(out, Action{Kind: Dial, Gen: m.gen, Origin: m.Origin(), Account: m.account, Due: due})
}

// ended says how the attempt in progress went.
func (m *Machine) ended(code wire.Code, out []Action) []Action {
	return append(out, Action{Kind: AttemptEnded, Gen: m.gen, Origin: m.Origin(), Code: code})
}

// linkFailed is the end of an attempt without a reply: no address, no link, no
// token, or a time-out that came at due. Spec section 4, `connecting`.
func (m *Machine) linkFailed(due, now Time, code wire.Code, hint Time, out []Action) []Action {
	out = m.ended(code, out)
	out = m.publish(NetBroken, out)
	switch {
	case m.Origin() != wire.Manual && m.spent():
		return m.giveUp(code, out)
	case m.Origin() != wire.Manual:
		return m.wait(now, hint, out)
	case m.left > 0:
		m.left--
		return m.dial(due, now, out)
	}
	return m.callFailed(code, out)
}

// callFailed ends a manual login: its code is the call's result, and nothing
// automatic follows. Spec section 3.
func (m *Machine) callFailed(code wire.Code, out []Action) []Action {
	call := m.calling
	out = m.publish(UnLogin, out)
	m.idle()
	return loginResult(call, code, out)
}

// giveUp ends an automatic sequence without a terminal status.
func (m *Machine) giveUp(code wire.Code, out []Action) []Action {
	out = m.publish(UnLogin, out)
	out = append(out, Action{Kind: PublishLoginFailed, Origin: m.Origin(), Code: code})
	m.idle()
	return out
}

// spent reports whether the policy allows no further attempt.
func (m *Machine) spent() bool {
	most := m.p.Policy.MaxAttempts
	return most != 0 && m.attempts >= most
}

// wait starts the next delay of the sequence; the status is already published.
// Spec section 7.
func (m *Machine) wait(now, hint Time, out []Action) []Action {
	d := m.p.Policy.Delay(Turn{
		Seed: m.p.Seed, Client: m.client, N: m.draws, Try: uint32(m.tries),
		Prev: Time(m.prev) * time.Microsecond, Hint: hint,
	})
	m.draws++
	m.tries = more(m.tries)
	m.prev = uint32(min(d/time.Microsecond, math.MaxUint32))
	m.step, m.call = now+d, never
	return out
}

// restart makes the next delay the first one again.
func (m *Machine) restart() { m.tries, m.attempts, m.prev = 0, 0, 0 }

// idle forgets whatever was in progress: nothing automatic is pending.
func (m *Machine) idle() {
	m.step, m.call = never, never
	m.calling, m.left = 0, 0
	m.flags &^= originMask | forced | asking
	m.restart()
}

// drop ends what is in progress because the app or a kick wants something else:
// the link by how (Close, Reset, Abandon), after a goodbye if the client was
// loggedIn and the gateway is to know; the attempt and the pending call with a
// code of their own. The status is the caller's to publish.
func (m *Machine) drop(how ActionKind, code wire.Code, out []Action) []Action {
	switch m.status {
	case Connecting, Logging:
		out = m.onLink(how, out)
		out = m.ended(code, out)
	case LoggedIn:
		if how == Close {
			out = m.onLink(SendLogout, out)
		}
		out = m.onLink(how, out)
	}
	return m.cutCall(code, out)
}

// cutCall gives the pending call, if there is one, its result.
func (m *Machine) cutCall(code wire.Code, out []Action) []Action {
	call, ok := m.Calling()
	if !ok {
		return out
	}
	if m.has(asking) {
		m.set(asking, false)
		m.call = never
		return result(call, code, out)
	}
	return loginResult(call, code, out)
}
