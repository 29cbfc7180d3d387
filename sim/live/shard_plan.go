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
	victims [][]uint32 // Places of the clients that the steps of each entry name.
	begun   []bool
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
	p := s.f.plan
	s.entries = entries{victims: make([][]uint32, len(p.Entries)), begun: make([]bool, len(p.Entries))}
	begins := make([]bool, len(p.Entries))
	for i := range p.Steps {
		step := &p.Steps[i]
		first := int(step.Entry) < len(begins) && !begins[step.Entry]
		if first {
			begins[step.Entry] = true
		}
		mine := step.Kind.Personal() && int(step.Client)%s.f.conf.Shards == s.index
		if mine && step.Kind.Hits() && int(step.Entry) < len(begins) {
			s.entries.victims[step.Entry] = append(s.entries.victims[step.Entry], s.place(step.Client))
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
	if !step.Kind.Personal() || int(step.Client)%s.f.conf.Shards != s.index {
		return
	}
	place := s.place(step.Client)
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
		s.mark(now, place, step.Entry)
		app(login.Event{Kind: login.NetworkLost})
	case plan.NetworkBack:
		app(login.Event{Kind: login.NetworkBack})
	case plan.Kill:
		s.mark(now, place, step.Entry)
		app(login.Event{Kind: login.ProcessKilled})
	case plan.Fault:
		s.mark(now, place, step.Entry)
		s.fault(now, place, step.Fault)
	}
}

// mark tells a client that an entry is about to hit it, so that its recovery is
// counted.
func (s *shard) mark(now Time, place uint32, entry uint16) {
	if e := s.f.plan.Entries; int(entry) < len(e) && e[entry].Recover {
		s.tell(now, place, client.Input{Kind: client.Marked, Entry: entry, Due: e[entry].At})
	}
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
		for _, place := range s.entries.victims[entry] {
			if s.clients[place].Status() == login.LoggedIn {
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
			s.mark(now, place, entry)
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
	return c != nil && s.f.conf.Endpoints[s.endpoint(c.Client, c.Gen)].Node == node
}

func (s *shard) endpoint(number, gen uint32) int {
	return plan.Address(number, gen, len(s.f.conf.Endpoints))
}
