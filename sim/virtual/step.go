package virtual

import (
	"loginstorm/sim/client"
	"loginstorm/sim/gateway"
	"loginstorm/sim/login"
	"loginstorm/sim/plan"
	"loginstorm/sim/wire"
)

// entries is what the timeline's entries need while they run, by number.
type entries struct {
	victims [][]victim // Whom the steps of each entry name.
	begun   []bool
	kinds   []entryKind
	// hit are the victims of selective entries that were on their node, until that is
	// taken back: by entry and client.
	hit map[uint64]struct{}
}

// victim is a client that an entry hits.
type victim struct {
	client uint32
	on     uint8 // The node, from 1, that its link must go to; 0 = any.
}

// entryKind is what kinds of steps an entry has.
type entryKind struct {
	selective bool // Some hit only clients on a node.
	returns   bool // Some take back what others did.
}

func entriesOf(p *plan.Plan) entries {
	n := len(p.Entries)
	e := entries{victims: make([][]victim, n), begun: make([]bool, n), kinds: make([]entryKind, n), hit: map[uint64]struct{}{}}
	for i := range p.Steps {
		step := &p.Steps[i]
		if int(step.Entry) >= n || !step.Kind.Personal() {
			continue
		}
		if k := &e.kinds[step.Entry]; step.Hits() {
			e.victims[step.Entry] = append(e.victims[step.Entry], victim{step.Client, step.On})
			k.selective = k.selective || step.On != 0
		} else {
			k.returns = true
		}
	}
	return e
}

// spared reports whether a step is left out because its client's link does not go
// to the node that is meant, or did not when the entry hit the others.
func (s *Simulator) spared(step *plan.Step) bool {
	if int(step.Entry) >= len(s.entries.kinds) || !step.Kind.Personal() {
		return false
	}
	k := s.entries.kinds[step.Entry]
	if !k.selective {
		return false
	}
	key := uint64(step.Entry)<<32 | uint64(step.Client)
	if !step.Hits() {
		_, hit := s.entries.hit[key]
		delete(s.entries.hit, key)
		return !hit
	}
	if step.On != 0 && !s.on(step.Client, step.On-1) {
		return true
	}
	if k.returns {
		s.entries.hit[key] = struct{}{}
	}
	return false
}

// arrive starts the process of a client that arrives by itself.
func (s *Simulator) arrive(who uint32, due Time) {
	if s.plan.Populations[s.plan.Clients.Population[who]].Login == wire.Auto {
		s.given(who)
	}
	s.tell(who, client.Input{Kind: client.Arrive, Due: due})
}

// carryOut carries out one step of the timeline.
func (s *Simulator) carryOut(step *plan.Step) {
	s.begin(step.Entry)
	if !s.spared(step) {
		s.mark(step)
		s.act(step)
	}
	if s.check != nil {
		s.check.Faulted(s.now)
	}
}

// act does what a step says.
func (s *Simulator) act(step *plan.Step) {
	app := func(ev login.Event) {
		s.tell(step.Client, client.Input{Kind: client.App, Due: step.At, Event: ev})
	}
	switch step.Kind {
	case plan.Arrive:
		s.arrive(step.Client, step.At)
	case plan.AutoLogin:
		s.given(step.Client)
		s.tell(step.Client, client.Input{Kind: client.AutoLogin, Due: step.At})
	case plan.Start:
		s.tell(step.Client, client.Input{Kind: client.Start, Due: step.At})
	case plan.CallLogin:
		force := s.plan.Populations[s.plan.Clients.Population[step.Client]].Force
		app(login.Event{Kind: login.LoginCalled, Force: force})
	case plan.CallLogout:
		app(login.Event{Kind: login.LogoutCalled})
	case plan.CallKickOther:
		app(login.Event{Kind: login.KickOtherCalled, Device: step.Device})
	case plan.NetworkLost:
		app(login.Event{Kind: login.NetworkLost})
	case plan.NetworkBack:
		app(login.Event{Kind: login.NetworkBack})
	case plan.Kill:
		app(login.Event{Kind: login.ProcessKilled})
	case plan.Fault:
		s.fault(step)
	case plan.Weather:
		s.change(step.Client, step.Fault)
	case plan.DatabaseFails, plan.DatabaseWorks:
		s.tell(step.Client, client.Input{Kind: client.Database, OK: step.Kind == plan.DatabaseWorks})
	case plan.Control:
		s.command(step.Command)
	}
}

// given lets the oracles know that a client gets credentials from the plan.
func (s *Simulator) given(who uint32) {
	if s.check != nil {
		s.check.Given(s.now, who)
	}
}

// mark tells a client that an entry is about to hit it, so that its recovery is
// counted. A call is nothing that somebody has to recover from.
func (s *Simulator) mark(step *plan.Step) {
	switch step.Kind {
	case plan.Fault, plan.NetworkLost, plan.Kill, plan.Weather, plan.DatabaseFails:
	default:
		return
	}
	if int(step.Entry) < len(s.plan.Entries) && s.plan.Entries[step.Entry].Recover && step.Hits() {
		s.marked(step.Client, step.Entry)
	}
}

func (s *Simulator) marked(who uint32, entry uint16) {
	s.tell(who, client.Input{Kind: client.Marked, Entry: entry, Due: s.plan.Entries[entry].At})
}

// begin notes that an entry begins, with its first step: whom it was asked to
// hit and who of those is loggedIn. A wide one hits all that are.
func (s *Simulator) begin(entry uint16) {
	if int(entry) >= len(s.entries.begun) || s.entries.begun[entry] {
		return
	}
	s.entries.begun[entry] = true
	e := &s.plan.Entries[entry]
	asked, online := e.Asked, uint32(0)
	if !e.Wide {
		for _, v := range s.entries.victims[entry] {
			if s.clients[v.client].Status() == login.LoggedIn && (v.on == 0 || s.on(v.client, v.on-1)) {
				online++
			}
		}
		s.rec.FaultBegan(entry, asked, online)
		return
	}
	for who := range s.clients {
		if s.clients[who].Status() != login.LoggedIn || e.Node != gateway.AllNodes && !s.on(uint32(who), e.Node) {
			continue
		}
		online++
		if e.Recover {
			s.marked(uint32(who), entry)
		}
	}
	if asked == 0 {
		asked = online
	}
	s.rec.FaultBegan(entry, asked, online)
}

// on reports whether a client's link goes to a node.
func (s *Simulator) on(who uint32, node uint8) bool {
	place := s.conns[who]
	return place != 0 && s.links[place-1].node == node
}
