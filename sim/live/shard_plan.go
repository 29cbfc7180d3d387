package live

import (
	"sync/atomic"

	"loginstorm/sim/client"
	"loginstorm/sim/gateway"
	"loginstorm/sim/login"
	"loginstorm/sim/plan"
)

// entries is what a shard needs of the timeline's entries.
type entries struct {
	victims [][]victim // Clients of this shard that the steps of each entry name.
	begun   []bool
	// selective reports whether some steps of an entry hit only clients on a node.
	selective []bool
	// ends reports whether what an entry does is taken back.
	ends []bool
	// hit are the victims of entries with a node that were on it, until what was done
	// to them is taken back.
	hit map[hit]struct{}
}

// victim is a client that an entry hits.
type victim struct {
	place uint32
	on    uint8 // The node, from 1, that its link must go to; 0 = any.
}

// hit is a client whom an entry hit, by its place.
type hit struct {
	place uint32
	entry uint16
}

// gate holds a command back until every shard has seen its entry begin: who
// is loggedIn has to be counted before the gateway is changed.
type gate struct {
	missing atomic.Int32
	open    chan struct{}
}

func (g *gate) pass() {
	if g.missing.Add(-1) == 0 {
		close(g.open)
	}
}

// assign gives a shard its part of the plan.
func (s *shard) assign() {
	p, n := s.f.plan, len(s.f.plan.Entries)
	s.entries = entries{victims: make([][]victim, n), begun: make([]bool, n), selective: make([]bool, n), ends: make([]bool, n), hit: map[hit]struct{}{}}
	begins := make([]bool, n)
	for i := range p.Steps {
		step := &p.Steps[i]
		entry := int(step.Entry)
		first := entry < n && !begins[entry]
		if first {
			begins[entry] = true
		}
		mine := step.Kind.Personal() && s.mine(step.Client)
		switch {
		case entry >= n || !step.Kind.Personal():
		case !step.Hits():
			s.entries.ends[entry] = true
		default:
			s.entries.selective[entry] = s.entries.selective[entry] || step.On != 0
			if mine {
				s.entries.victims[entry] = append(s.entries.victims[entry], victim{s.place(step.Client), step.On})
			}
		}
		if mine || first {
			s.steps = append(s.steps, int32(i))
		}
	}
}

// carryOut carries out one step of the timeline, if it is about a client of this
// shard, and notes the beginning of its entry.
func (s *shard) carryOut(now Time, step *plan.Step) {
	s.begin(now, step.Entry)
	if !step.Kind.Personal() || !s.mine(step.Client) {
		return
	}
	if place := s.place(step.Client); !s.spared(place, step) {
		s.mark(now, place, step)
		s.act(now, place, step)
	}
}

// spared reports whether a step is left out because its client's link does not go
// to the node that is meant, or did not when the entry hit the others. The rows of
// a replay may each mean another node.
func (s *shard) spared(place uint32, step *plan.Step) bool {
	if int(step.Entry) >= len(s.entries.selective) || !s.entries.selective[step.Entry] {
		return false
	}
	key := hit{place, step.Entry}
	if !step.Hits() {
		_, was := s.entries.hit[key]
		delete(s.entries.hit, key)
		return !was
	}
	if step.On != 0 && !s.on(place, step.On-1) {
		return true
	}
	if s.entries.ends[step.Entry] {
		s.entries.hit[key] = struct{}{}
	}
	return false
}

// act does what a step says.
func (s *shard) act(now Time, place uint32, step *plan.Step) {
	app := func(ev login.Event) {
		s.tell(now, place, client.Input{Kind: client.App, Due: step.At, Event: ev})
	}
	switch step.Kind {
	case plan.Arrive:
		s.arrive(now, place, step.At)
	case plan.AutoLogin:
		s.tell(now, place, client.Input{Kind: client.AutoLogin, Due: step.At})
	case plan.Start:
		s.tell(now, place, client.Input{Kind: client.Start, Due: step.At})
	case plan.CallLogin:
		app(login.Event{Kind: login.LoginCalled, Force: s.f.plan.Populations[s.clients[place].Population()].Force})
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
		s.fault(now, place, step.Entry, step.Fault)
	case plan.Weather:
		s.change(now, place, step.Fault)
	case plan.DatabaseFails, plan.DatabaseWorks:
		s.tell(now, place, client.Input{Kind: client.Database, OK: step.Kind == plan.DatabaseWorks})
	}
}

// mark tells a client that a step is about to hit it, so that its recovery is
// counted. A call is nothing that somebody has to recover from.
func (s *shard) mark(now Time, place uint32, step *plan.Step) {
	switch step.Kind {
	case plan.Fault, plan.NetworkLost, plan.Kill, plan.Weather, plan.DatabaseFails:
	default:
		return
	}
	if e := s.f.plan.Entries; int(step.Entry) < len(e) && e[step.Entry].Recover && step.Hits() {
		s.marked(now, place, step.Entry)
	}
}

func (s *shard) marked(now Time, place uint32, entry uint16) {
	s.tell(now, place, client.Input{Kind: client.Marked, Entry: entry, Due: s.f.plan.Entries[entry].At})
}

// begin notes that an entry begins, with its first step: whom it was asked to
// hit, which is counted by the first shard alone, and who of those is loggedIn. A
// wide one hits all that are.
func (s *shard) begin(now Time, entry uint16) {
	if int(entry) >= len(s.entries.begun) || s.entries.begun[entry] {
		return
	}
	s.entries.begun[entry] = true
	defer s.f.gates[entry].pass()
	e := &s.f.plan.Entries[entry]
	asked, online := uint32(0), uint32(0)
	if s.index == 0 {
		asked = e.Asked
	}
	if !e.Wide {
		for _, v := range s.entries.victims[entry] {
			if s.clients[v.place].Status() == login.LoggedIn && (v.on == 0 || s.on(v.place, v.on-1)) {
				online++
			}
		}
		s.rec.FaultBegan(entry, asked, online)
		return
	}
	for i := range s.clients {
		place := uint32(i)
		if s.clients[i].Status() != login.LoggedIn || e.Node != gateway.AllNodes && !s.on(place, e.Node) {
			continue
		}
		online++
		if e.Recover {
			s.marked(now, place, entry)
		}
	}
	if e.Asked == 0 {
		asked = online
	}
	s.rec.FaultBegan(entry, asked, online)
}

// on reports whether a client's link goes to a node.
func (s *shard) on(place uint32, node uint8) bool {
	c := s.links[place].conn
	return c != nil && c.Node == node
}
