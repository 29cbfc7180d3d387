package virtual

import (
	"fmt"
	"time"

	"loginstorm/sim/gateway"
	"loginstorm/sim/link"
	"loginstorm/sim/login"
	"loginstorm/sim/plan"
	"loginstorm/sim/wire"
)

// traced is one line of a trace, all but its words.
type traced struct {
	at   Time
	l    *life // nil: it is about nobody alone.
	who  string
	from login.Status
	to   string // "" = the status stays.
	gen  uint32 // 0 = none.
}

// here begins a line about a client as it is.
func (l *life) here(at Time, who string) traced {
	return traced{at: at, l: l, who: who, from: l.status, gen: l.gen}
}

// say writes one line.
func (t *Trace) say(e traced, format string, args ...any) {
	t.events++
	client, status, arrow, link := "all", "", "  ", ""
	if e.l != nil {
		client, status = fmt.Sprint(e.l.client), e.from.String()
		if e.gen > 0 {
			link = fmt.Sprintf("#%d", e.gen)
		}
	}
	if e.to != "" {
		arrow = "->"
	}
	t.line = fmt.Appendf(t.line[:0], "%12.6f  %8s  %-8s  %-20s %s %-20s  %5s  ",
		float64(e.at/time.Microsecond)/1e6, client, e.who, status, arrow, e.to, link)
	t.line = fmt.Appendf(t.line, format, args...)
	t.write(append(t.line, '\n'))
}

// Legend is what stands above the lines: whose lives they are, and what the columns
// mean.
func (t *Trace) Legend() []string {
	p := t.plan
	legend := []string{fmt.Sprintf("# %s, seed %d: the lives of %d of %d clients in virtual time", p.Name, p.Seed, len(t.lives), len(p.Clients.Account))}
	for i := range t.lives {
		who := t.lives[i].client
		q := &p.Populations[p.Clients.Population[who]]
		legend = append(legend, fmt.Sprintf("# client %d: account %s, device %d, one of %s, %v, profile %s, reconnect policy %s", who,
			p.Accounts.Name(p.Clients.Account[who]), p.Clients.Device[who], q.Name, q.ClientType, q.Profile.Name, q.Profile.Policy.Name))
	}
	return append(legend,
		"# seconds  since the run began, to the microsecond",
		"# who      app: a call, or something that happens to the device; client: what the SDK does;",
		"#          gateway: what it does for this client; timeline: an entry of the scenario",
		"# link     the client's n-th link since the run began",
		fmt.Sprintf("#%11s  %8s  %-8s  %-20s %s %-20s  %5s  %s", "seconds", "client", "who", "status", "->", "status after", "link", "what happens"))
}

// spellCode writes a code with its meaning.
func spellCode(c wire.Code) string { return fmt.Sprintf("%v (%s)", c, c.Text()) }

// hinted writes how long somebody is asked to stay away.
func hinted(after Time) string {
	if after <= 0 {
		return ""
	}
	return fmt.Sprintf(", with the hint not to come back for %v", after)
}

// called writes what was done to the app or the device.
func (t *Trace) called(ev *login.Event) string {
	switch ev.Kind {
	case login.Initialised:
		if ev.Credentials {
			return fmt.Sprintf("call %d: initialize, with credentials for %s", ev.Call, t.account(ev.Account))
		}
		return fmt.Sprintf("call %d: initialize, without credentials", ev.Call)
	case login.LoginCalled:
		force := ""
		if ev.Force {
			force = ", force"
		}
		return fmt.Sprintf("call %d: login as %s%s", ev.Call, t.account(ev.Account), force)
	case login.LogoutCalled:
		return fmt.Sprintf("call %d: logout", ev.Call)
	case login.KickOtherCalled:
		return fmt.Sprintf("call %d: kickOutOtherOnlineClient of device %d", ev.Call, ev.Device)
	case login.ProcessKilled:
		return "the process is killed"
	case login.NetworkLost:
		return "the physical network is lost"
	case login.NetworkBack:
		return "the physical network is back"
	}
	return ev.Kind.String()
}

func (t *Trace) account(n uint32) string {
	if n >= t.plan.Accounts.Count {
		return fmt.Sprintf("account %d", n)
	}
	return t.plan.Accounts.Name(n)
}

// node names the node that a link will go to, where there are several and no address
// server has to be asked first.
func (t *Trace) node(who, gen uint32) string {
	if t.plan.Address != nil || len(t.sim.nodes) < 2 {
		return ""
	}
	return fmt.Sprintf(" to node %d", t.sim.node(who, gen)+1)
}

// acted writes an action of a client's machine that was in a status before.
func (t *Trace) acted(who uint32, a *login.Action, from login.Status) string {
	switch a.Kind {
	case login.Dial:
		return fmt.Sprintf("opens link %d%s: %v login as %s", a.Gen, t.node(who, a.Gen), a.Origin, t.account(a.Account))
	case login.SendLogin:
		return fmt.Sprintf("link %d is open, sends the login (%v)", a.Gen, a.Origin)
	case login.SendLogout:
		return "says goodbye"
	case login.SendPing:
		return "sends a ping"
	case login.SendKickOther:
		return fmt.Sprintf("asks the gateway to push out device %d", a.Device)
	case login.Close:
		return "closes the link"
	case login.Reset:
		return "the operating system resets the link"
	case login.Abandon:
		return "the link is gone, and the gateway does not know"
	case login.Result:
		return fmt.Sprintf("call %d ends with %s", a.Call, spellCode(a.Code))
	case login.PublishStatus:
		return movedOn(a, from)
	case login.PublishKick:
		return kickedBy(a)
	case login.PublishSync:
		return fmt.Sprintf("hears %v", a.Status)
	case login.PublishOnline:
		return "hears which other devices are online"
	case login.PublishLoginFailed:
		return fmt.Sprintf("%v login is given up with %s", a.Origin, spellCode(a.Code))
	case login.AttemptEnded:
		return fmt.Sprintf("the attempt ends with %s", spellCode(a.Code))
	}
	return a.Kind.String()
}

// movedOn says why a status changed.
func movedOn(a *login.Action, from login.Status) string {
	switch {
	case a.Status == login.LoggedIn:
		return fmt.Sprintf("%v login succeeded", a.Origin)
	case a.Status == login.NetBroken && from == login.LoggedIn:
		return "the session is lost"
	case a.Status == login.NetBroken:
		return "the network does not work"
	case a.Status.Terminal():
		return "terminal: nothing automatic follows"
	case a.Status == login.Unknown:
		return "the process is gone"
	}
	return "not logged in"
}

// kickedBy says who pushed a client out. Spec 2: without a reason it was a 417.
func kickedBy(a *login.Action) string {
	if a.Reason == wire.NoReason {
		return "kick event: its login was refused with " + spellCode(wire.NotLastDevice)
	}
	by := ""
	if a.ClientType != wire.NoClientType {
		by = fmt.Sprintf(", by %v", a.ClientType)
	}
	return fmt.Sprintf("kick event: reason %d (%v)%s", a.Reason, a.Reason, by)
}

// served writes an output of the gateway about a link or a session; "" = another
// line says it.
func served(o *gateway.Output) string {
	switch o.Kind {
	case gateway.Refuse:
		return fmt.Sprintf("refuses the link: %s%s", spellCode(o.Code), hinted(o.After))
	case gateway.Close:
		return fmt.Sprintf("closes the link with code %d", o.CloseCode)
	case gateway.Cut:
		return "resets the link"
	case gateway.AskApp:
		return "asks the app's server about the login"
	case gateway.Judged:
		return fmt.Sprintf("node %d answers the %v login %s, %v after it arrived", o.Node+1, o.Origin, spellCode(o.Code), o.After)
	case gateway.SessionBegan:
		return fmt.Sprintf("session begins on node %d", o.Node+1)
	case gateway.SessionEnded:
		return fmt.Sprintf("session on node %d ends: %v", o.Node+1, o.Cause)
	case gateway.Send:
		return sent(&o.Message)
	}
	return o.Kind.String()
}

// sent writes a message of the gateway.
func sent(m *wire.Message) string {
	switch m.Kind {
	case wire.LoginReply:
		if m.RetryAfter == 0 {
			return "" // Judged says it.
		}
		return "sends the answer" + hinted(m.RetryAfter)
	case wire.Pong:
		return "answers the ping"
	case wire.KickReply:
		return fmt.Sprintf("answers kickOutOtherOnlineClient %s", spellCode(m.Code))
	case wire.Kick:
		return fmt.Sprintf("sends a kick, reason %d (%v)", m.Reason, m.Reason)
	case wire.Online:
		return fmt.Sprintf("sends the list of other devices: %d online", len(m.Clients))
	case wire.SyncStart:
		return "begins data sync"
	case wire.SyncFinish:
		return "ends data sync"
	case wire.Drain:
		return "announces that the link will be closed"
	}
	return "sends " + m.Kind.String()
}

// nodeDid writes what became of a node.
func nodeDid(o *gateway.Output) string {
	switch o.Kind {
	case gateway.Down:
		return fmt.Sprintf("node %d takes no new links", o.Node+1)
	case gateway.Up:
		return fmt.Sprintf("node %d takes new links again", o.Node+1)
	case gateway.Stalled:
		return fmt.Sprintf("node %d's accept queue is full", o.Node+1)
	}
	return fmt.Sprintf("node %d's accept queue drains again", o.Node+1)
}

// stepped writes a step of the timeline.
func (t *Trace) stepped(s *plan.Step) string {
	entry, says := "", ""
	if int(s.Entry) < len(t.plan.Entries) {
		e := &t.plan.Entries[s.Entry]
		entry = e.Name + ": "
		if e.At == s.At {
			says = e.Says
		}
	}
	on := ""
	if s.On > 0 {
		on = fmt.Sprintf(", if its link goes to node %d", s.On)
	}
	switch s.Kind {
	case plan.Control:
		if says == "" {
			says = commanded(s.Command)
		}
		return entry + says
	case plan.Fault:
		return entry + fmt.Sprintf("its link, if it has one, is %s%s", s.Fault.Kind, on)
	case plan.Weather:
		return entry + fmt.Sprintf("its network is %s%s", weathered(&s.Fault), on)
	}
	return entry + acts(s.Kind) + on
}

// commanded writes a command to the gateway.
func commanded(c *gateway.Command) string {
	switch c.Kind {
	case gateway.Restart, gateway.RefuseLinks, gateway.Drain, gateway.Undrain, gateway.Stall:
		if c.Node != gateway.AllNodes {
			return fmt.Sprintf("%v of node %d", c.Kind, c.Node+1)
		}
		return fmt.Sprintf("%v of every node", c.Kind)
	}
	return c.Kind.String()
}

func weathered(f *link.Fault) string {
	if f.Kind != link.Healed && f.Loss == 0 && f.Bandwidth == 0 && f.Delay == 0 {
		return "no longer " + f.Kind.String()
	}
	return f.Kind.String()
}

// acts writes what a step does to an app or a device.
func acts(k plan.StepKind) string {
	switch k {
	case plan.Arrive, plan.Start, plan.AutoLogin:
		return "the process starts"
	case plan.CallLogin:
		return "somebody presses login"
	case plan.CallLogout:
		return "somebody presses logout"
	case plan.CallKickOther:
		return "somebody presses kickOutOtherOnlineClient"
	case plan.NetworkLost:
		return "takes the physical network away"
	case plan.NetworkBack:
		return "gives the physical network back"
	case plan.Kill:
		return "kills the process"
	case plan.DatabaseFails:
		return "the local database will not open"
	case plan.DatabaseWorks:
		return "the local database opens again"
	}
	return "begins or ends"
}
