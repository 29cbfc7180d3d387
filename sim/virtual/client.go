package virtual

import (
	"loginstorm/sim/backend"
	"loginstorm/sim/client"
	"loginstorm/sim/dialect"
	"loginstorm/sim/link"
	"loginstorm/sim/login"
	"loginstorm/sim/record"
)

// tell steps a client and carries out what it wants.
func (s *Simulator) tell(who uint32, in client.Input) {
	if s.tamper.Hears != nil {
		told := in // This one is on the heap.
		if !s.tamper.Hears(s.now, who, &told) {
			return
		}
		in = told
	}
	s.rouse(who)
	v := &s.clients[who]
	before := v.Status()
	s.out.Reset()
	v.Step(s.now, in, s.rec, &s.out)
	if after := v.Status(); after != before {
		s.byStatus[before]--
		s.byStatus[after]++
		s.mix(uint64(who), uint64(after)<<4|0xf)
	}
	if s.out.Watched {
		s.publish()
	}
	for i := range s.out.Effects {
		s.effect(who, &s.out.Effects[i])
	}
	if at, ok := v.Deadline(); ok && at < s.timers[who] {
		s.remind(who, at)
	}
}

// publish lets observers hear what a client did.
func (s *Simulator) publish() {
	heard := s.out.Published
	if s.check != nil {
		for i := range heard {
			if p := &heard[i]; p.Action.Kind == login.NoAction {
				s.check.Event(p.At, p.Client, &p.Event)
			} else {
				s.check.Client(p.At, p.Client, &p.Action)
			}
		}
	}
	if s.cfg.Watch != nil && len(heard) > 0 {
		s.cfg.Watch(heard)
	}
}

// effect carries out one effect of a client.
func (s *Simulator) effect(who uint32, e *client.Effect) {
	switch e.Kind {
	case client.Dial:
		s.dial(who, e)
		return
	case client.Fetch:
		s.run(who, e, backend.App)
		return
	case client.Lookup:
		s.run(who, e, backend.Address)
		return
	}
	c := s.current(who, e.Gen)
	if c == nil {
		return
	}
	switch e.Kind {
	case client.Say:
		s.rec.Add(record.FramesOut, 1)
		at, ok := c.link.Arrives(s.now, link.Up, size(&e.Message))
		if !ok {
			return
		}
		if ref, short := abridged(&e.Message); short {
			s.send(at, toGateway, c, ref)
			return
		}
		i := s.packets.take()
		p := &s.packets.all[i]
		p.message, p.account, p.origin, p.force = e.Message, e.Account, e.Origin, e.Force
		s.send(at, toGateway, c, i)
	case client.Close:
		s.hangUp(c, e.CloseCode)
	case client.Reset:
		s.hangUp(c, noCloseFrame)
	case client.Abandon:
		// Spec 10: the gateway is told nothing.
		c.link.Apply(s.now, link.Fault{Kind: link.RadioLost})
		s.leave(c)
	}
}

// noCloseFrame is the close code that stands for an end without a close frame.
// RFC 6455, section 7.1.5.
const noCloseFrame = 1006

// current returns the link gen of a client, nil when its end is closed.
func (s *Simulator) current(who, gen uint32) *conn {
	place := s.conns[who]
	if place == 0 {
		return nil
	}
	if c := &s.links[place-1]; c.near && c.gen == gen {
		return c
	}
	return nil
}

// hangUp closes the client's end; the gateway hears of it behind what was sent.
func (s *Simulator) hangUp(c *conn, code uint16) {
	if far := c.link.End(s.now, link.Up, code); far.Lost {
		s.sendEnd(far, toGateway, c)
	}
	s.leave(c)
}

// leave forgets the client's end of a link.
func (s *Simulator) leave(c *conn) {
	if c.up {
		s.rec.Add(record.LinksEnded, 1)
	}
	c.near, c.up, c.unread = false, false, 0
	for c.held != 0 {
		i := c.held
		c.held = s.packets.all[i].next
		s.packets.put(i)
	}
	s.release(c)
}

// toldBy gives a client what came over its link.
func (s *Simulator) toldBy(c *conn, in dialect.Input, phases client.Phases) {
	s.tell(c.client, client.Input{Kind: client.Link, Gen: c.gen, Dialect: in, Phases: phases})
}

// delivered is what reaches the client.
func (s *Simulator) delivered(c *conn, ref uint32) {
	if c.near && c.link.Holds(link.Down) {
		s.hold(c, ref)
		return
	}
	switch code, end := s.read(ref); {
	case !c.near:
	case end:
		s.doomed(c)
		s.leave(c)
		s.toldBy(c, dialect.Input{Kind: dialect.LinkDown, CloseCode: code}, client.Phases{})
	default:
		s.rec.Add(record.FramesIn, 1)
		s.toldBy(c, dialect.Input{Kind: dialect.Message, Message: &s.message}, client.Phases{})
	}
	s.packets.put(ref)
}
