package worlds

import (
	"fmt"

	"loginstorm/sim/login"
	"loginstorm/sim/wire"
)

// happened follows a call or a fault of an app or a device.
func (a *actor) happened(ev *login.Event) {
	switch ev.Kind {
	case login.LoginCalled, login.LogoutCalled:
		a.owed++
		a.pending = false
	case login.Initialised:
		a.owed++
		// Spec 3: with credentials Android and iOS log in by themselves.
		p := a.v.Machine()
		a.pending = ev.Credentials && p.Status() != login.UnLogin
	case login.KickOtherCalled:
		a.owed++
	case login.ProcessKilled:
		a.owed, a.pending = 0, false
	}
}

// acted follows an action of a machine, and holds it to the rules that one action can
// break.
func (w *world) acted(i int, act *login.Action) {
	a := &w.actors[i]
	switch act.Kind {
	case login.Result:
		if a.owed == 0 {
			w.breaks("client %d: call %d ends with %v, but every call has its result", i, act.Call, act.Code)
			return
		}
		a.owed--
	case login.AttemptEnded:
		// Spec 3 and 5: what an automatic login answers with another attempt.
		again := act.Code != wire.Success && act.Code != wire.Cancelled && !login.StatusOf(act.Code).Terminal() && w.specs[i].Profile.Retry.Has(act.Code)
		if act.Origin != wire.Manual {
			a.pending = again
		}
	case login.PublishStatus:
		w.moved(i, act)
	}
}

// moved holds a change of status to spec section 1.
func (w *world) moved(i int, act *login.Action) {
	a := &w.actors[i]
	if act.From == login.LoggedIn && act.Status == login.NetBroken {
		a.pending = true // Spec 4: after a drop the SDK comes back by itself.
	}
	if act.Status.Terminal() {
		a.pending = false
		if to := w.step.arrived.leadsTo(); w.step.choice.act != isHeard || to != act.Status {
			w.breaks("client %d: becomes %v without a message that says so", i, act.Status)
		}
	}
	if act.From.Terminal() {
		switch ch := w.step.choice; {
		case int(ch.who) == i && (ch.act == logsIn || ch.act == logsOut || ch.act == isKilled):
		default:
			w.breaks("client %d: leaves %v, a terminal status, for %v by itself", i, act.From, act.Status)
		}
	}
}

// leadsTo returns the terminal status that a message of the gateway leads to, or
// Unknown. Spec sections 4 and 5.
func (p packet) leadsTo() login.Status {
	switch {
	case p.what != message:
	case p.kind == wire.Kick && p.reason == wire.ByOtherClient:
		return login.KickOutByOtherClient
	case p.kind == wire.Kick:
		return login.KickOut
	case p.kind == wire.LoginReply:
		return login.StatusOf(p.code)
	}
	return login.Unknown
}

// breaks notes the first rule that a step broke.
func (w *world) breaks(format string, args ...any) {
	if w.step.broken == "" {
		w.step.broken = fmt.Sprintf(format, args...)
	}
}

// hold holds a state to the rules that every state keeps, however it was reached, and
// returns the first that is broken.
func (w *world) hold() string {
	for i := range w.actors {
		if broken := w.alive(i); broken != "" {
			return fmt.Sprintf("client %d, %v: %s", i, w.actors[i].v.Status(), broken)
		}
	}
	for n := range w.conns {
		c := &w.conns[n]
		m := w.actors[c.client].v.Machine()
		if c.near && (!m.Linked() || m.Gen() != c.gen) {
			return fmt.Sprintf("client %d keeps link %d open, and does not know of it", c.client, c.gen)
		}
		// Spec 6.8: the table never has two sessions that exclude each other.
		for k := range w.conns[:n] {
			if o := &w.conns[k]; o.session && c.session && (o.client == c.client || w.exclusive(int(o.client), int(c.client))) {
				return fmt.Sprintf("clients %d and %d have a session each, which the policy forbids", o.client, c.client)
			}
		}
	}
	return ""
}

// alive says what is wrong with a client that cannot go on although it should.
func (w *world) alive(i int) string {
	a := &w.actors[i]
	m := a.v.Machine()
	_, due := m.Deadline()
	_, calling := m.Calling()
	switch {
	case m.Linked() && !due:
		return "it has a link, and no timer that would notice its end"
	case m.Linked() && w.connOf(i, m.Gen()) == nil:
		return "it has a link that does not exist"
	case a.pending && !m.Linked() && !m.Parked() && !m.Waiting():
		return "it may come back, and nothing is due"
	case !a.pending && m.Waiting():
		return "nothing automatic is pending, and a delay runs"
	case calling != (a.owed > 0) || a.owed > 1:
		return fmt.Sprintf("%d calls wait for their result, and the machine says %t", a.owed, calling)
	case calling && !due:
		return "a call waits for its result, and no timer would end it"
	case calling && m.Linked() && w.unanswered(i, m):
		return "a call waits for an answer that nobody owes it"
	}
	return ""
}

// unanswered reports whether a client waits for an answer on a link that works while
// neither question nor answer is under way.
func (w *world) unanswered(i int, m *login.Machine) bool {
	c := w.connOf(i, m.Gen())
	if c.mute || !c.far || c.dialling || ending(c.up) || ending(c.down) || m.Status() == login.Connecting {
		return false
	}
	question, answer := wire.Login, wire.LoginReply
	if m.Status() == login.LoggedIn {
		question, answer = wire.KickOther, wire.KickReply
	}
	for n := range c.up {
		if c.up[n].kind == question {
			return false
		}
	}
	for n := range c.down {
		if k := c.down[n].kind; k == answer || k == wire.Kick {
			return false
		}
	}
	if question != wire.Login {
		return true
	}
	for n := range w.jobs {
		if j := &w.jobs[n]; int(j.client) == i && j.gen == c.gen {
			return false
		}
	}
	return len(w.jobs) < workers // Otherwise it may wait for one.
}
