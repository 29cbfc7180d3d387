package virtual

import (
	"loginstorm/sim/client"
	"loginstorm/sim/dialect"
	"loginstorm/sim/gateway"
	"loginstorm/sim/link"
)

// conn is one link with its two ends. Its place in Simulator.links is the
// gateway's number for it; the place is free again when both ends are gone and
// nothing in the queue names it.
type conn struct {
	link     link.Link
	dialled  Time // When the client began.
	answered Time // When its SYN was answered.
	unread   Time // When the gateway's write deadline is over; 0 = the client reads.
	client   uint32
	gen      uint32
	place    uint32
	refs     uint32 // Events in the queue that name it.
	held     uint32 // First and last packet that a frozen client has not read.
	heldLast uint32
	entry    uint16 // Whose fault keeps it half-open or frozen, from 1; 0 = nobody's.
	node     uint8
	syns     uint8 // How often the SYN was sent again.
	used     bool
	near     bool // The client's end lives.
	up       bool // The client knows that it is open.
	far      bool // The gateway's end lives.
}

// What the hops of opening a link take on the wire, in bytes.
const (
	synSize     = 60
	upgradeSize = 400
	replySize   = 200
)

// dial begins to open a link.
func (s *Simulator) dial(who uint32, e *client.Effect) {
	place := uint32(len(s.links))
	if n := len(s.spare); n > 0 {
		place, s.spare = s.spare[n-1], s.spare[:n-1]
	} else {
		s.links = append(s.links, conn{})
	}
	s.inUse++
	c := &s.links[place]
	*c = conn{link: link.New(&s.plan.Network, s.plan.Seed, who, e.Gen), dialled: s.now,
		client: who, gen: e.Gen, place: place, node: s.node(who, e.Gen), used: true, near: true}
	s.conns[who] = place + 1
	if len(s.weather) > 0 && s.blocked(c) {
		return
	}
	s.hop(c, synArrives, link.Up, synSize)
}

// hop sends the next part of opening a link.
func (s *Simulator) hop(c *conn, k kind, dir link.Direction, size int) {
	if at, ok := c.link.Arrives(s.now, dir, size); ok {
		s.send(at, k, c, 0)
	}
}

// send queues something that is on its way over a link.
func (s *Simulator) send(at Time, k kind, c *conn, packet uint32) {
	c.refs++
	s.queueUp(at, k, c.place, packet)
}

// release frees the place of a link that nobody names any more.
func (s *Simulator) release(c *conn) {
	if !c.used || c.near || c.far || c.refs > 0 {
		return
	}
	c.used = false
	if s.conns[c.client] == c.place+1 {
		s.conns[c.client] = 0
	}
	s.spare = append(s.spare, c.place)
	s.inUse--
}

// arrived carries out what reaches one end of a link.
func (s *Simulator) arrived(e event) {
	c := &s.links[e.who]
	c.refs--
	switch e.kind() {
	case synAgain:
		if c.near {
			s.hop(c, synArrives, link.Up, synSize)
		}
	case synArrives:
		s.synArrived(c)
	case synAnswered:
		if c.near {
			c.answered = s.now
			s.hop(c, upgradeAsked, link.Up, upgradeSize)
		}
	case upgradeAsked:
		s.upgradeArrived(c)
	case upgradeAnswered:
		s.opened(c)
	case refused:
		s.refusedBy(c, e.ref)
	case toGateway:
		s.received(c, e.ref)
	case toClient:
		s.delivered(c, e.ref)
	case unread:
		s.overdue(c)
	}
	s.release(&s.links[e.who])
}

// synArrived is the first hop: a node that is down refuses with a reset, one
// whose accept queue is full does not answer.
func (s *Simulator) synArrived(c *conn) {
	switch {
	case s.nodes[c.node].down:
		s.reset(c)
	case !c.near:
	case s.nodes[c.node].stalled:
		s.dropped(c)
	default:
		s.hop(c, synAnswered, link.Down, synSize)
	}
}

// reset refuses a link the way an operating system does.
func (s *Simulator) reset(c *conn) {
	if far := c.link.End(s.now, link.Down, noCloseFrame); far.Lost {
		s.sendEnd(far, refused, c)
	}
}

// upgradeArrived is the third hop: the gateway admits the link or refuses it.
func (s *Simulator) upgradeArrived(c *conn) {
	switch {
	case !c.near: // The client gave up, and its goodbye is behind this.
	case s.nodes[c.node].down:
		s.reset(c)
	case s.nodes[c.node].stalled:
		s.wait(c)
	default:
		place := c.place
		c.far = true
		s.ask(gateway.Input{Kind: gateway.Opened, Node: c.node, Link: gateway.Link(place), IP: uint64(c.client)})
		if c = &s.links[place]; c.far {
			s.hop(c, upgradeAnswered, link.Down, replySize)
		}
	}
}

// unavailable is the HTTP status of an upgrade that is refused. RFC 9110,
// section 15.6.4.
const unavailable = 503

// refuse is the gateway's answer to an upgrade it does not admit.
func (s *Simulator) refuse(c *conn, after Time) {
	c.far = false
	if at, ok := c.link.Arrives(s.now, link.Down, replySize); ok {
		if after == 0 {
			s.send(at, refused, c, briefly(saysRefused, 0))
			return
		}
		i := s.packets.take()
		p := &s.packets.all[i]
		p.status, p.after = unavailable, after
		s.send(at, refused, c, i)
	}
}

// opened is the last hop.
func (s *Simulator) opened(c *conn) {
	if !c.near {
		return
	}
	c.up = true
	s.toldBy(c, dialect.Input{Kind: dialect.LinkUp}, client.Phases{
		Dial: c.answered - c.dialled, Upgrade: s.now - c.answered,
	})
}

// refusedBy tells the client that its link was refused.
func (s *Simulator) refusedBy(c *conn, ref uint32) {
	in := dialect.Input{Kind: dialect.Refused, HTTPStatus: unavailable}
	if ref&brief == 0 {
		p := &s.packets.all[ref]
		in.HTTPStatus, in.RetryAfter = p.status, p.after
	} else if code, end := s.read(ref); end {
		in = dialect.Input{Kind: dialect.LinkDown, CloseCode: code}
	}
	s.packets.put(ref)
	if c.near {
		s.leave(c)
		s.toldBy(c, in, client.Phases{})
	}
}
