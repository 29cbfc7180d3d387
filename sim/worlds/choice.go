package worlds

import (
	"fmt"

	"loginstorm/sim/client"
	"loginstorm/sim/gateway"
	"loginstorm/sim/login"
	"loginstorm/sim/wire"
)

// act is what a choice does.
type act uint8

const (
	arrives    act = iota // At the gateway, of link who.
	isHeard               // By the client, of link who.
	judges                // A worker, job who.
	expires               // The next timer of client who, which waits for nothing that will come.
	isLate                // The next timer of client who, before what it waits for comes.
	starts                // The process of client who.
	logsIn                // Client who, by hand.
	logsOut               // Client who.
	kicksOther            // Client who, the device of client whom.
	isKilled              // The process of client who.
	losesNet              // Client who.
	regainsNet            // Client who.
	isCut                 // Link who.
	isMuted               // Link who.
	serverKicks
	timesOut // The gateway's next session timeout.
)

// faulty reports whether an act is an interference that Budget.Faults bounds.
func (a act) faulty() bool { return a >= isLate && a != starts && a != logsIn && a != regainsNet }

// choice is one thing that may happen in a state; links and jobs are named by their
// places.
type choice struct {
	act  act
	who  uint8
	whom uint8
}

// choices appends what may happen in a state: first what follows from what was done,
// then what the outside may do while the budget lasts.
func (w *world) choices(out []choice) []choice {
	for n := range w.conns {
		if c := &w.conns[n]; len(c.up) > 0 {
			out = append(out, choice{act: arrives, who: uint8(n)})
		}
		if c := &w.conns[n]; c.near && len(c.down) > 0 {
			out = append(out, choice{act: isHeard, who: uint8(n)})
		}
	}
	for n := range w.jobs {
		out = append(out, choice{act: judges, who: uint8(n)})
	}
	for i := range w.actors {
		if w.ticks(i) && !w.awaits(i) {
			out = append(out, choice{act: expires, who: uint8(i)})
		}
	}
	return w.interferences(out)
}

// interferences appends what the outside may do.
func (w *world) interferences(out []choice) []choice {
	b := w.left
	if b.Faults == 0 {
		b = Budget{Logins: b.Logins}
	}
	for i := range w.actors {
		m := w.actors[i].v.Machine()
		offer := func(act act, allowed bool) {
			if allowed {
				out = append(out, choice{act: act, who: uint8(i)})
			}
		}
		runs := m.Status() != login.Unknown
		offer(starts, !runs)
		offer(logsIn, runs && b.Logins > 0)
		offer(logsOut, runs && b.Logouts > 0)
		offer(isKilled, runs && b.Kills > 0)
		offer(losesNet, runs && m.Online() && b.Losses > 0)
		offer(regainsNet, !m.Online())
		offer(isLate, b.Lates > 0 && w.ticks(i) && w.awaits(i))
		for j := range w.actors {
			if j != i && m.Status() == login.LoggedIn && b.KickOthers > 0 {
				out = append(out, choice{act: kicksOther, who: uint8(i), whom: uint8(j)})
			}
		}
	}
	held := false
	for n := range w.conns {
		c := &w.conns[n]
		if c.whole() && b.Cuts > 0 {
			out = append(out, choice{act: isCut, who: uint8(n)})
		}
		if c.whole() && b.Mutes > 0 {
			out = append(out, choice{act: isMuted, who: uint8(n)})
		}
		held = held || c.far
	}
	if b.ServerKicks > 0 {
		out = append(out, choice{act: serverKicks})
	}
	if held && b.Timeouts > 0 {
		out = append(out, choice{act: timesOut})
	}
	return out
}

// ticks reports whether a timer of a client may expire. A heartbeat that will be
// answered changes nothing, and is left out.
func (w *world) ticks(i int) bool {
	m := w.actors[i].v.Machine()
	if _, ok := m.Deadline(); !ok {
		return false
	}
	if m.Status() != login.LoggedIn {
		return true
	}
	_, calling := m.Calling()
	c := w.connOf(i, m.Gen())
	return calling || c == nil || c.mute
}

// awaits reports whether something is on its way, or in the making, that a client
// waits for.
func (w *world) awaits(i int) bool {
	m := w.actors[i].v.Machine()
	c := w.connOf(i, m.Gen())
	if !m.Linked() || c == nil || c.mute {
		return false
	}
	return len(c.up) > 0 || len(c.down) > 0 || m.Status() == login.Logging
}

// make carries a choice out.
func (w *world) make(ch choice) {
	w.step.choice, w.step.arrived, w.step.broken = ch, packet{}, ""
	w.step.events = w.step.events[:0]
	i := int(ch.who)
	app := func(ev login.Event) { w.tell(i, client.Input{Kind: client.App, Event: ev}) }
	b := &w.left
	if ch.act.faulty() {
		b.Faults--
	}
	switch ch.act {
	case arrives:
		w.toGateway(&w.conns[i])
	case isHeard:
		w.toClient(&w.conns[i])
	case judges:
		job := w.jobs[i].job
		w.jobs = append(w.jobs[:i], w.jobs[i+1:]...)
		w.tellGateway(gateway.Input{Kind: gateway.Worked, Job: job})
	case expires, isLate:
		if ch.act == isLate {
			b.Lates--
		}
		at, _ := w.actors[i].v.Deadline()
		w.actors[i].now = max(w.actors[i].now, at)
		w.tell(i, client.Input{Kind: client.Tick})
	case starts:
		w.start(i)
	case logsIn:
		b.Logins--
		app(login.Event{Kind: login.LoginCalled})
	case logsOut:
		b.Logouts--
		app(login.Event{Kind: login.LogoutCalled})
	case kicksOther:
		b.KickOthers--
		app(login.Event{Kind: login.KickOtherCalled, Device: device(int(ch.whom))})
	case isKilled:
		b.Kills--
		app(login.Event{Kind: login.ProcessKilled})
	case losesNet:
		b.Losses--
		app(login.Event{Kind: login.NetworkLost})
	case regainsNet:
		app(login.Event{Kind: login.NetworkBack})
	case isCut:
		b.Cuts--
		w.conns[i].cut()
	case isMuted:
		b.Mutes--
		w.conns[i].silence()
	case serverKicks:
		b.ServerKicks--
		w.tellGateway(gateway.Input{Kind: gateway.Commanded, Command: &gateway.Command{Kind: gateway.KickServer, Account: account}})
	case timesOut:
		b.Timeouts--
		w.timeOut()
	}
}

// start begins a process: the first client's first one has credentials, every other
// uses what it stored.
func (w *world) start(i int) {
	kind := client.Start
	if m := w.actors[i].v.Machine(); i == 0 && m.Gen() == 0 {
		kind = client.AutoLogin
	}
	w.tell(i, client.Input{Kind: kind})
}

// timeOut advances the gateway's clock until a timeout does something. Those that
// were overtaken do not.
func (w *world) timeOut() {
	for {
		at, ok := w.gw.Deadline()
		if !ok {
			return
		}
		w.gwNow = max(w.gwNow, at)
		if w.tellGateway(gateway.Input{Kind: gateway.Tick}) > 0 {
			return
		}
	}
}

// says tells a choice in words, before it is made.
func (w *world) says(ch choice) string {
	who := func(i uint8) string { return fmt.Sprintf("client %d (%v)", i, w.specs[i].Profile.ClientType) }
	link := func() string {
		c := &w.conns[ch.who]
		return fmt.Sprintf("link %d of %s", c.gen, who(c.client))
	}
	switch ch.act {
	case arrives:
		return fmt.Sprintf("%s: %s arrives at the gateway", link(), w.conns[ch.who].up[0])
	case isHeard:
		return fmt.Sprintf("%s: %s arrives at the client", link(), w.conns[ch.who].down[0])
	case judges:
		return fmt.Sprintf("a worker is done with the login of %s", who(w.jobs[ch.who].client))
	case expires, isLate:
		return fmt.Sprintf("%s: a timer expires", who(ch.who))
	case starts:
		return fmt.Sprintf("%s: its process starts", who(ch.who))
	case logsIn:
		return fmt.Sprintf("%s: login is called", who(ch.who))
	case logsOut:
		return fmt.Sprintf("%s: logout is called", who(ch.who))
	case kicksOther:
		return fmt.Sprintf("%s: kickOutOtherOnlineClient is called for %s", who(ch.who), who(ch.whom))
	case isKilled:
		return fmt.Sprintf("%s: its process is killed", who(ch.who))
	case losesNet:
		return fmt.Sprintf("%s: its physical network is lost", who(ch.who))
	case regainsNet:
		return fmt.Sprintf("%s: its physical network is back", who(ch.who))
	case isCut:
		return fmt.Sprintf("%s is reset", link())
	case isMuted:
		return fmt.Sprintf("%s becomes half-open", link())
	case serverKicks:
		return "the server kicks all devices of the account"
	}
	return "the session timeout of the gateway passes"
}

// String tells what is on its way.
func (p packet) String() string {
	switch {
	case p.what == opening:
		return "its opening"
	case p.what == end:
		return "its end"
	case p.kind == wire.Login:
		return fmt.Sprintf("a login (%v)", p.origin)
	case p.kind == wire.LoginReply, p.kind == wire.KickReply:
		return fmt.Sprintf("%v %v", p.kind, p.code)
	case p.kind == wire.Kick:
		return fmt.Sprintf("a kick, reason %d (%v)", p.reason, p.reason)
	}
	return p.kind.String()
}
