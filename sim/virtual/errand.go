package virtual

import (
	"loginstorm/sim/backend"
	"loginstorm/sim/client"
	"loginstorm/sim/gateway"
	"loginstorm/sim/link"
)

// errand is a request that a client makes over HTTP, and its answer: not over its
// link to the gateway but over a connection of its own that is kept alive, so that
// request and answer take one latency of its network each, whatever happens to the
// link.
type errand struct {
	client  uint32
	gen     uint32
	account uint32
	token   token  // Answer of the app's server.
	list    uint32 // Answer of the address server: which of Simulator.lists.
	kind    backend.Kind
	ok      bool
}

// errands is a pool. Place 0 is used like any other.
type errands struct {
	all   []errand
	spare []uint32
}

func (p *errands) take(e errand) uint32 {
	if n := len(p.spare); n > 0 {
		i := p.spare[n-1]
		p.spare = p.spare[:n-1]
		p.all[i] = e
		return i
	}
	p.all = append(p.all, e)
	return uint32(len(p.all) - 1)
}

func (p *errands) put(i uint32) { p.spare = append(p.spare, i) }

// What a request and its answer take on the wire, in bytes.
const (
	requestSize = 300
	answerSize  = 500
)

// run sends a client on an errand. One whose request the network swallows never
// comes back: the client's own time-out ends the attempt.
func (s *Simulator) run(who uint32, e *client.Effect, kind backend.Kind) {
	job := errand{client: who, gen: e.Gen, account: e.Account, kind: kind}
	if at, ok := s.way(&job, link.Up, requestSize); ok {
		s.queueUp(at, errandAsked, s.errands.take(job), 0)
	}
}

// way returns when a request or its answer arrives. Its connection is like a link
// that the client opens now; no link has these numbers.
func (s *Simulator) way(e *errand, dir link.Direction, size int) (at Time, ok bool) {
	const above = 30 // Attempts of a client stay below 1<<30.
	l := link.New(&s.plan.Network, s.plan.Seed, e.client, e.gen|1<<(above+uint32(e.kind)))
	if w, bent := s.weather[e.client]; bent {
		s.bend(&w, &l)
	}
	return l.Arrives(s.now, dir, size)
}

// errandArrived is a request that reaches its server. A plan without one answers
// at once.
func (s *Simulator) errandArrived(place uint32) {
	e := &s.errands.all[place]
	at, ok := s.now, true
	if server := s.servers[e.kind]; server != nil {
		at, ok = server.Ask(s.now)
	}
	e.ok = ok
	s.queueUp(at, errandServed, place, 0)
}

// errandDone is a request that was served: what the answer says is as of now.
func (s *Simulator) errandDone(place uint32) {
	e := &s.errands.all[place]
	switch {
	case !e.ok:
	case e.kind == backend.App:
		e.token = s.issue(e.account)
	default:
		e.list = uint32(len(s.lists) - 1)
		e.ok = len(s.lists[e.list]) > 0
	}
	if at, ok := s.way(e, link.Down, answerSize); ok {
		s.queueUp(at, errandAnswered, place, 0)
	} else {
		s.errands.put(place)
	}
}

// errandOver is an answer that reaches its client. One to an attempt that the
// client has left is of no use.
func (s *Simulator) errandOver(place uint32) {
	e := s.errands.all[place]
	s.errands.put(place)
	if e.gen != s.clients[e.client].Gen() {
		return
	}
	in := client.Input{Kind: client.Token, Gen: e.gen, OK: e.ok}
	switch {
	case e.kind == backend.Address:
		in.Kind = client.Addressed
		if e.ok {
			s.told[e.client] = e.list
		}
	case e.ok:
		s.tokens[e.client] = e.token
	}
	s.tell(e.client, in)
}

// appFailed is the verdict of an app server that could not be asked.
const appFailed = ^uint32(0)

// askApp is the gateway that asks the app's server about somebody else's login; the
// two stand side by side, so that the network takes no time. Spec 8, third party.
func (s *Simulator) askApp(job uint32) {
	at, verdict := s.now, uint32(0)
	if server := s.servers[backend.App]; server != nil {
		var ok bool
		if at, ok, verdict = server.Check(s.now); !ok {
			verdict = appFailed
		}
	}
	s.queueUp(at, answered, job, verdict)
}

// changeServer changes a server beside the gateway. A plan without it has nothing to
// change.
func (s *Simulator) changeServer(c *gateway.Command) {
	if int(c.Backend) < len(s.servers) && s.servers[c.Backend] != nil {
		s.servers[c.Backend].Change(c.Change(s.now))
	}
}
