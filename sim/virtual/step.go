package virtual

import (
	"slices"
	"time"

	"loginstorm/sim/client"
	"loginstorm/sim/gateway"
	"loginstorm/sim/login"
	"loginstorm/sim/plan"
	"loginstorm/sim/wire"
)

// entries is what the timeline's entries need while they run, by number.
type entries struct {
	begun []bool
	kinds []entryKind
	// hit are the victims of selective entries that were on their node, until that is
	// taken back: by entry and client.
	hit   map[uint64]struct{}
	dying []dying
	// silent are the entries that keep a link silent, beside conn.entry: by client and
	// link.
	silent map[uint64][]uint16
}

// dying is a node that is losing its links, or all of them.
type dying struct {
	node         uint8
	entry        uint16
	since, until Time
}

// dyingSlack is how much longer than it lasts a node's loss reaches clients: ends that
// are on their way.
const dyingSlack = time.Second

// entryKind is what kinds of steps an entry has.
type entryKind struct {
	selective bool // Some hit only clients on a node.
	returns   bool // Some take back what others did.
}

func entriesOf(p *plan.Plan) entries {
	n := len(p.Entries)
	e := entries{begun: make([]bool, n), kinds: make([]entryKind, n), hit: map[uint64]struct{}{}}
	for i := range p.Steps {
		step := &p.Steps[i]
		if int(step.Entry) >= n || !step.Kind.Personal() {
			continue
		}
		if k := &e.kinds[step.Entry]; step.Hits() {
			k.selective = k.selective || step.On != 0
		} else {
			k.returns = true
		}
	}
	return e
}

// faultsOf is what clients have to know of the timeline's entries.
func faultsOf(p *plan.Plan) []client.Fault {
	all := make([]client.Fault, len(p.Entries))
	for i := range p.Entries {
		e := &p.Entries[i]
		all[i] = client.Fault{Began: e.At, Gradual: e.Gradual, Again: e.Again}
	}
	return all
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
	if s.plan.Takes(step) {
		s.doom(step)
	}
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

// mark counts a client that is loggedIn when its turn comes, and tells it that an entry
// is about to hit it, so that its recovery is counted.
func (s *Simulator) mark(step *plan.Step) {
	if int(step.Entry) >= len(s.plan.Entries) || !step.Hits() {
		return
	}
	if s.clients[step.Client].Status() == login.LoggedIn {
		s.rec.FaultFound(step.Entry, 1, false)
	}
	if s.plan.Entries[step.Entry].Drops && step.Strikes() {
		s.marked(step.Client, step.Entry, step.At)
	}
}

func (s *Simulator) marked(who uint32, entry uint16, hit Time) {
	s.tell(who, client.Input{Kind: client.Marked, Entry: entry, Due: hit})
}

// begin notes that an entry begins, with its first step, and whom it is asked to hit.
func (s *Simulator) begin(entry uint16) {
	if int(entry) < len(s.entries.begun) && !s.entries.begun[entry] {
		s.entries.begun[entry] = true
		s.rec.FaultBegan(entry, s.plan.Entries[entry].Asked, 0)
	}
}

// doom marks whoever is loggedIn at the nodes that lose their links by a command. On a
// node that drains each has a turn, which only the gateway knows.
func (s *Simulator) doom(step *plan.Step) {
	e, c := &s.plan.Entries[step.Entry], step.Command
	hit, node, online := step.At, c.Node, uint32(0)
	if e.Gradual {
		hit = client.InTurn
	}
	if c.Kind == gateway.SetSessionTimeout {
		node = gateway.AllNodes
	} else {
		s.entries.dying = slices.DeleteFunc(s.entries.dying, func(d dying) bool { return d.until <= s.now })
		s.entries.dying = append(s.entries.dying, dying{node, step.Entry, hit, step.At + c.Downtime + dyingSlack})
	}
	for who := range s.clients {
		if s.clients[who].Status() != login.LoggedIn || node != gateway.AllNodes && !s.on(uint32(who), node) {
			continue
		}
		if !s.clients[who].Awaits(step.Entry) {
			online++
		}
		s.marked(uint32(who), step.Entry, hit)
	}
	s.rec.FaultFound(step.Entry, online, e.Asked == 0)
}

// doomed marks a client whose link is ended by a node that is losing all of its own: it
// has logged in since the others were marked.
func (s *Simulator) doomed(c *conn) {
	v := &s.clients[c.client]
	for i := len(s.entries.dying) - 1; i >= 0; i-- {
		d := &s.entries.dying[i]
		if d.until > s.now && (d.node == gateway.AllNodes || d.node == c.node) && v.Status() == login.LoggedIn && !v.Marked() {
			s.marked(c.client, d.entry, d.since)
		}
	}
}

// on reports whether a client's link goes to a node.
func (s *Simulator) on(who uint32, node uint8) bool {
	place := s.conns[who]
	return place != 0 && s.links[place-1].node == node
}
