package live

import (
	"slices"
	"sync/atomic"
	"time"

	"loginstorm/sim/client"
	"loginstorm/sim/dial"
	"loginstorm/sim/gateway"
	"loginstorm/sim/login"
	"loginstorm/sim/plan"
)

// entries is what a shard needs of the timeline's entries.
type entries struct {
	begun []bool
	// selective reports whether some steps of an entry hit only clients on a node.
	selective []bool
	// ends reports whether what an entry does is taken back.
	ends []bool
	// hit are the victims of entries with a node that were on it, until what was done
	// to them is taken back.
	hit   map[hit]struct{}
	dying []dying
}

// dying is a node that is losing its links, or all of them.
type dying struct {
	node         uint8
	entry        uint16
	since, until Time
}

// dyingSlack is how much longer than it lasts a node's loss reaches clients: the command
// takes its way to the gateway, and the ends of links theirs to the clients.
const dyingSlack = time.Second

// hit is a client whom an entry hit, by its place.
type hit struct {
	place uint32
	entry uint16
}

// gate holds a command back until every shard has seen its entry begin, or has marked
// those whom it hits: who is loggedIn has to be counted before the gateway is changed.
type gate struct {
	missing atomic.Int32
	open    chan struct{}
}

func newGate(shards int) *gate {
	g := &gate{open: make(chan struct{})}
	g.missing.Store(int32(shards))
	return g
}

func (g *gate) pass() {
	if g.missing.Add(-1) == 0 {
		close(g.open)
	}
}

// assign gives a shard its part of the plan.
func (s *shard) assign() {
	p, n := s.f.plan, len(s.f.plan.Entries)
	s.entries = entries{begun: make([]bool, n), selective: make([]bool, n), ends: make([]bool, n), hit: map[hit]struct{}{}}
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
		}
		if mine || first || p.Takes(step) {
			s.steps = append(s.steps, int32(i))
		}
	}
}

// carryOut carries out one step of the timeline, if it is about a client of this
// shard, and notes the beginning of its entry.
func (s *shard) carryOut(now Time, step *plan.Step) {
	s.begin(step.Entry)
	if g := s.f.takes[step]; g != nil {
		s.doom(now, step)
		g.pass()
	}
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

// mark counts a client that is loggedIn when its turn comes, and tells it that a step is
// about to hit it, so that its recovery is counted.
func (s *shard) mark(now Time, place uint32, step *plan.Step) {
	if int(step.Entry) >= len(s.f.plan.Entries) || !step.Hits() {
		return
	}
	if s.clients[place].Status() == login.LoggedIn {
		s.rec.FaultFound(step.Entry, 1, false)
	}
	if s.f.plan.Entries[step.Entry].Drops && step.Strikes() {
		s.marked(now, place, step.Entry, step.At)
	}
}

func (s *shard) marked(now Time, place uint32, entry uint16, hit Time) {
	s.tell(now, place, client.Input{Kind: client.Marked, Entry: entry, Due: hit})
}

// begin notes that an entry begins, with its first step, and whom it is asked to hit,
// which the first shard alone counts.
func (s *shard) begin(entry uint16) {
	if int(entry) >= len(s.entries.begun) || s.entries.begun[entry] {
		return
	}
	s.entries.begun[entry] = true
	asked := uint32(0)
	if s.index == 0 {
		asked = s.f.plan.Entries[entry].Asked
	}
	s.rec.FaultBegan(entry, asked, 0)
	s.f.gates[entry].pass()
}

// doom marks whoever is loggedIn at the nodes that lose their links by a command, before
// it leaves. On a node that drains each has a turn, which only the gateway knows.
func (s *shard) doom(now Time, step *plan.Step) {
	e, c := &s.f.plan.Entries[step.Entry], step.Command
	hit, node, online := step.At, c.Node, uint32(0)
	if e.Gradual {
		hit = client.InTurn
	}
	if c.Kind == gateway.SetSessionTimeout {
		node = gateway.AllNodes
	} else {
		s.entries.dying = slices.DeleteFunc(s.entries.dying, func(d dying) bool { return d.until <= now })
		s.entries.dying = append(s.entries.dying, dying{node, step.Entry, hit, step.At + c.Downtime + dyingSlack})
	}
	for i := range s.clients {
		place := uint32(i)
		if s.clients[i].Status() != login.LoggedIn || node != gateway.AllNodes && !s.on(place, node) {
			continue
		}
		if !s.clients[i].Awaits(step.Entry) {
			online++
		}
		s.marked(now, place, step.Entry, hit)
	}
	s.rec.FaultFound(step.Entry, online, e.Asked == 0)
}

// doomed marks a client whose link is ended by a node that is losing all of its own: it
// has logged in since the others were marked.
func (s *shard) doomed(now Time, place uint32, c *dial.Conn) {
	v := &s.clients[place]
	for i := len(s.entries.dying) - 1; i >= 0; i-- {
		d := &s.entries.dying[i]
		if d.until > now && (d.node == gateway.AllNodes || d.node == c.Node) && v.Status() == login.LoggedIn && !v.Marked() {
			s.marked(now, place, d.entry, d.since)
		}
	}
}

// on reports whether a client's link goes to a node.
func (s *shard) on(place uint32, node uint8) bool {
	c := s.links[place].conn
	return c != nil && c.Node == node
}
