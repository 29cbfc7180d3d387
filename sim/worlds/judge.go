package worlds

import (
	"fmt"
	"time"

	"loginstorm/sim/gateway"
	"loginstorm/sim/login"
	"loginstorm/sim/oracle"
)

// event is something that the oracles hear: an action of a machine, what was done to a
// client, or an input or output of the gateway.
type event struct {
	kind   eventKind
	client uint8
	action login.Action
	event  login.Event
	input  gateway.Input
	output gateway.Output
}

type eventKind uint8

const (
	acted    eventKind = iota // action of client
	happened                  // event of client
	asked                     // input
	told                      // output
)

// judge has the oracles hear histories. One Checker hears many of them, each as other
// clients of an account of their own, so that what a Checker costs is shared; an
// account's findings are its history's.
type judge struct {
	cfg     *Config
	check   *oracle.Checker
	at      Time
	edges   []edge // The histories of this batch, by account.
	counts  [login.Statuses]uint32
	batches int
}

// edge is a history: that of a state and one choice more.
type edge struct {
	from   uint32
	choice choice
}

// batch is how many histories a Checker hears.
const batch = 512

// mostLinks bounds how many links a history has at a time; numbers are reused.
const mostLinks = 32

// hear has the oracles hear one history, step by step, and returns what is broken when
// a batch is full.
func (j *judge) hear(e edge, w *world, steps ...[][]event) (edge, string) {
	if j.check == nil {
		j.check = oracle.New(j.cfg.rules(batch))
		j.counts = [login.Statuses]uint32{}
	}
	n := len(j.edges)
	j.edges = append(j.edges, e)
	for _, part := range steps {
		for _, step := range part {
			j.at += time.Microsecond
			for i := range step {
				j.tell(uint32(n), &step[i])
			}
		}
	}
	for i := range w.actors {
		j.counts[w.actors[i].v.Status()]++
	}
	if len(j.edges) == batch {
		return j.close()
	}
	return edge{}, ""
}

// tell has the Checker hear one event of history n.
func (j *judge) tell(n uint32, e *event) {
	who := n*uint32(j.cfg.Clients) + uint32(e.client)
	switch e.kind {
	case acted:
		a := e.action
		a.Account = n
		j.check.Client(j.at, who, &a)
	case happened:
		if e.event.Kind == login.Initialised && e.event.Credentials {
			j.check.Given(j.at, who)
		}
		j.check.Event(j.at, who, &e.event)
	case asked:
		in := e.input
		in.Link += gateway.Link(n * mostLinks)
		if in.Command != nil {
			command := *in.Command
			command.Account = n
			in.Command = &command
		}
		j.check.Asked(j.at, &in)
	case told:
		o := e.output
		o.Account = n
		o.Link += gateway.Link(n * mostLinks)
		j.check.Gateway(j.at, &o)
	}
}

// close ends a batch and returns the first history that broke a rule.
func (j *judge) close() (broken edge, says string) {
	if len(j.edges) == 0 {
		return edge{}, ""
	}
	j.at += time.Microsecond
	j.counts[login.Unknown] += uint32((batch - len(j.edges)) * j.cfg.Clients)
	j.check.Counted(j.at, &j.counts)
	j.check.End(j.at)
	first := len(j.edges)
	for _, f := range j.check.Broken() {
		n := int(f.Account)
		if f.Account == oracle.NoOne && f.Client != oracle.NoOne {
			n = int(f.Client) / j.cfg.Clients
		}
		if n < first {
			first, broken = n, j.edges[n]
			says = fmt.Sprintf("rule %d (%v): %s", f.Rule, f.Rule, f.Says)
		}
	}
	if first == len(j.edges) && j.check.Found() > 0 {
		says, broken = "a rule is broken that belongs to no history: "+j.check.Broken()[0].String(), j.edges[0]
	}
	j.check, j.edges = nil, j.edges[:0]
	j.batches++
	return broken, says
}
