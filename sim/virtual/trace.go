package virtual

import (
	"fmt"
	"slices"

	"loginstorm/sim/client"
	"loginstorm/sim/gateway"
	"loginstorm/sim/login"
	"loginstorm/sim/plan"
	"loginstorm/sim/wire"
)

// Trace writes down the lives of a few clients, one line an event: what each of
// them did, what the gateway did for it, and what the timeline did to it. See
// Legend for the columns.
//
// A client that is not traced costs one look at a bit, and a simulation without a
// Trace nothing. It changes no event and no draw. No secret is in a line, because
// none is in what it hears.
type Trace struct {
	plan  *plan.Plan
	write func(line []byte)
	sim   *Simulator // After Follow.

	watched []uint64 // A bit a client.
	lives   []life   // In the order of their clients.
	steps   []int    // Places in plan.Steps of what is still to come.
	line    []byte
	events  uint64
}

// life is what is remembered of one traced client.
type life struct {
	client uint32
	status login.Status
	gen    uint32 // Its newest link.
	until  Time   // The end of the delay that was told last; never = none.
	ended  wire.Code
	lost   string // Why the last link ended.
}

// NewTrace returns the trace of some clients of a plan. write takes one line after
// another, each with its newline, and does not keep them.
func NewTrace(p *plan.Plan, clients []uint32, write func(line []byte)) *Trace {
	clients = slices.Compact(slices.Sorted(slices.Values(clients)))
	t := &Trace{plan: p, write: write, watched: make([]uint64, len(p.Clients.Account)/64+1)}
	for _, who := range clients {
		if int(who) < len(p.Clients.Account) {
			t.watched[who/64] |= 1 << (who % 64)
			t.lives = append(t.lives, life{client: who, until: never})
		}
	}
	for i := range p.Steps {
		if s := &p.Steps[i]; s.Kind == plan.Control && t.concerns(s.Command) || s.Kind.Personal() && t.watches(s.Client) {
			t.steps = append(t.steps, i)
		}
	}
	return t
}

// concerns reports whether a command may change the lives that are traced: one about
// accounts names one of theirs.
func (t *Trace) concerns(c *gateway.Command) bool {
	switch c.Kind {
	case gateway.KickServer, gateway.Ban, gateway.Unban, gateway.RotateToken:
		return slices.ContainsFunc(t.lives, func(l life) bool {
			account := t.plan.Clients.Account[l.client]
			return len(c.Accounts) == 0 && c.Account == account || slices.Contains(c.Accounts, account)
		})
	}
	return true
}

// Follow has the trace hear a simulation of its plan that has not begun, beside
// those who hear it already, and writes the legend.
func (t *Trace) Follow(s *Simulator) {
	t.sim = s
	s.out.Watched = true
	watch, watchGateway := s.cfg.Watch, s.cfg.WatchGateway
	s.cfg.Watch = func(heard []client.Published) {
		t.client(heard)
		if watch != nil {
			watch(heard)
		}
	}
	s.cfg.WatchGateway = func(now Time, o *gateway.Output) {
		t.gateway(now, o)
		if watchGateway != nil {
			watchGateway(now, o)
		}
	}
	for _, line := range t.Legend() {
		t.write([]byte(line + "\n"))
	}
}

// End writes what the timeline still did until at, and how each life stands then.
func (t *Trace) End(at Time) {
	t.timeline(at)
	for i := range t.lives {
		l := &t.lives[i]
		t.say(l.here(at, "run"), "ends%s", t.standing(at, l))
	}
}

// Events is how many lines were written, the legend aside.
func (t *Trace) Events() uint64 { return t.events }

// standing says what a client that is not loggedIn waits for.
func (t *Trace) standing(at Time, l *life) string {
	m := t.sim.clients[l.client].Machine()
	until, ok := m.Deadline()
	switch {
	case m.Parked():
		return ", waiting for a physical network"
	case m.Waiting() && ok:
		return fmt.Sprintf(", %v before the next attempt", until-at)
	}
	return ""
}

func (t *Trace) watches(who uint32) bool {
	return int(who/64) < len(t.watched) && t.watched[who/64]>>(who%64)&1 != 0
}

// life returns a client that is traced, nil for any other.
func (t *Trace) life(who uint32) *life {
	if !t.watches(who) {
		return nil
	}
	i, _ := slices.BinarySearchFunc(t.lives, who, func(l life, who uint32) int { return int(int64(l.client) - int64(who)) })
	return &t.lives[i]
}

// client hears one step of one client.
func (t *Trace) client(heard []client.Published) {
	l := t.life(heard[0].Client)
	if l == nil {
		return
	}
	t.timeline(heard[0].At)
	for i := 0; i < len(heard); i++ {
		p := &heard[i]
		if p.Action.Kind == login.NoAction {
			t.say(l.here(p.At, "app"), "%s", t.called(&p.Event))
			continue
		}
		was := l.here(p.At, "client")
		if p.Action.Kind == login.PublishStatus {
			l.status = p.Action.Status
			// What is told with the change belongs to it: one event, one line.
			if i+1 < len(heard) && tells(p.Action.Status, heard[i+1].Action.Kind) {
				i++
				p = &heard[i]
			}
		}
		t.did(was, l, &p.Action)
	}
	t.delay(heard[len(heard)-1].At, l)
}

// tells reports whether an action says why the change of status before it came.
func tells(to login.Status, next login.ActionKind) bool {
	switch next {
	case login.Dial:
		return to == login.Connecting
	case login.SendLogin:
		return to == login.Logging
	case login.PublishKick:
		return to == login.KickOut || to == login.KickOutByOtherClient
	case login.PublishLoginFailed:
		return to == login.UnLogin
	}
	return false
}

// did writes one action of a machine, and the change of status that it goes with.
func (t *Trace) did(was traced, l *life, a *login.Action) {
	switch a.Kind {
	case login.Dial:
		l.gen, l.lost = a.Gen, ""
	case login.AttemptEnded:
		l.ended = a.Code
	case login.Close:
		l.lost = "the link was given up"
	case login.Abandon:
		l.lost = "the physical network was gone"
	}
	was.gen = l.gen
	if l.status != was.from {
		was.to = l.status.String()
	}
	t.say(was, "%s", t.acted(l.client, a, was.from))
}

// delay tells of a reconnect delay that began.
func (t *Trace) delay(at Time, l *life) {
	m := t.sim.clients[l.client].Machine()
	until, _ := m.Deadline()
	if !m.Waiting() {
		l.until = never
		return
	}
	if until == l.until {
		return
	}
	l.until = until
	policy := &t.profile(l.client).Policy
	t.say(l.here(at, "client"), "waits %v: delay %d of reconnect policy %s, because %s", until-at, m.Delays(), policy.Name, t.why(l))
}

// why says what a delay follows from.
func (t *Trace) why(l *life) string {
	switch {
	case l.status == login.UnLogin || l.ended != wire.Success:
		return "the attempt ended with " + spellCode(l.ended)
	case l.lost != "":
		return l.lost
	}
	return "the link was lost"
}

func (t *Trace) profile(who uint32) *login.Profile {
	return t.plan.Populations[t.plan.Clients.Population[who]].Profile
}

// gateway hears one output of the gateway.
func (t *Trace) gateway(now Time, o *gateway.Output) {
	switch o.Kind {
	case gateway.Down, gateway.Up, gateway.Stalled, gateway.Unstalled:
		t.timeline(now)
		t.say(traced{at: now, who: "gateway"}, "%s", nodeDid(o))
		return
	case gateway.Work:
		return
	case gateway.AskApp, gateway.SessionEnded:
		// Of a session that outlived its link the number may be somebody else's now.
		if l := t.owner(o); l != nil {
			t.timeline(now)
			t.say(l.here(now, "gateway"), "%s", served(o))
		}
		return
	}
	if int(o.Link) >= len(t.sim.links) {
		return
	}
	c := &t.sim.links[o.Link]
	if l := t.life(c.client); l != nil {
		if words := served(o); words != "" {
			t.timeline(now)
			here := l.here(now, "gateway")
			here.gen = c.gen
			t.say(here, "%s", words)
		}
	}
}

// owner returns the traced client that an output means by its device.
func (t *Trace) owner(o *gateway.Output) *life {
	for i := range t.lives {
		l := &t.lives[i]
		if t.plan.Clients.Device[l.client] == o.Device && t.sim.clients[l.client].Machine().Account() == o.Account {
			return l
		}
	}
	return nil
}

// timeline writes the steps of the timeline that were due until now.
func (t *Trace) timeline(now Time) {
	for len(t.steps) > 0 && t.plan.Steps[t.steps[0]].At <= now {
		s := &t.plan.Steps[t.steps[0]]
		t.steps = t.steps[1:]
		if s.Kind == plan.Control {
			t.say(traced{at: s.At, who: "timeline"}, "%s", t.stepped(s))
			continue
		}
		t.say(t.life(s.Client).here(s.At, "timeline"), "%s", t.stepped(s))
	}
}
