package virtual

import (
	"slices"
	"time"

	"loginstorm/sim/gateway"
	"loginstorm/sim/link"
	"loginstorm/sim/plan"
	"loginstorm/sim/record"
)

// fault lets a fault happen to a client's link. Spec section 10. A thaw is for the
// link that the entry hit, the one that its client opened since is not touched; and a
// link that several entries keep silent is healed with the last of them.
func (s *Simulator) fault(step *plan.Step) {
	c := s.newest(step.Client)
	if c == nil {
		return
	}
	switch step.Fault.Kind {
	case link.HalfOpen, link.Frozen:
		s.silence(c, step.Entry)
	case link.Thawed:
		if !s.heals(c, step.Entry) {
			return
		}
	}
	s.apply(c, step.Fault)
}

// silence notes that an entry keeps a link half-open or frozen.
func (s *Simulator) silence(c *conn, entry uint16) {
	key := uint64(c.client)<<32 | uint64(c.gen)
	switch {
	case c.entry == 0:
		c.entry = entry + 1
	case c.entry != entry+1 && !slices.Contains(s.entries.silent[key], entry):
		if s.entries.silent == nil {
			s.entries.silent = map[uint64][]uint16{}
		}
		s.entries.silent[key] = append(s.entries.silent[key], entry)
	}
}

// heals ends what an entry did to a link, and reports whether no other one keeps it
// silent.
func (s *Simulator) heals(c *conn, entry uint16) bool {
	key := uint64(c.client)<<32 | uint64(c.gen)
	others := s.entries.silent[key]
	if i := slices.Index(others, entry); i >= 0 {
		s.entries.silent[key] = slices.Delete(others, i, i+1)
		return false
	}
	switch {
	case c.entry != entry+1:
		return false
	case len(others) == 0:
		c.entry = 0
		delete(s.entries.silent, key)
		return true
	}
	c.entry, s.entries.silent[key] = others[0]+1, others[1:]
	return false
}

// newest returns the link of a client whose own end lives, nil without one.
func (s *Simulator) newest(who uint32) *conn {
	if place := s.conns[who]; place != 0 && s.links[place-1].near {
		return &s.links[place-1]
	}
	return nil
}

// apply lets a fault happen to a link and tells both ends what they notice.
func (s *Simulator) apply(c *conn, f link.Fault) {
	s.rouse(c.client)
	near, far := c.link.Apply(s.now, f)
	if far.Lost {
		s.sendEnd(far, toGateway, c)
	}
	if !c.link.Holds(link.Down) {
		c.unread = 0
		for c.held != 0 {
			i := c.held
			c.held = s.packets.all[i].next
			s.send(s.now, toClient, c, s.unpack(i))
		}
	}
	if near.Lost {
		s.sendEnd(near, toClient, c)
	}
}

// writeDeadline is how long a gateway waits for a client that reads nothing: the
// embedded target's. Spec 10, "freeze".
const writeDeadline = 10 * time.Second

// hold keeps a packet that a frozen client does not read, in order. The first one
// starts the gateway's write deadline: there are no socket buffers here that would
// take the first sends in.
func (s *Simulator) hold(c *conn, ref uint32) {
	i := s.pack(ref)
	s.packets.all[i].next = 0
	if c.held == 0 {
		c.held = i
	} else {
		s.packets.all[c.heldLast].next = i
	}
	c.heldLast = i
	if c.far && c.unread == 0 {
		c.unread = s.now + writeDeadline
		s.send(c.unread, unread, c, 0)
	}
}

// overdue ends the gateway's end of a link whose client has read nothing for the
// write deadline. The client learns it when it reads again, or gives the link up
// by its heartbeat. Spec 10, "freeze".
func (s *Simulator) overdue(c *conn) {
	if !c.far || c.unread != s.now {
		return
	}
	place := c.place
	s.gatewayEnds(c, noCloseFrame)
	s.ask(gateway.Input{Kind: gateway.Closed, Link: gateway.Link(place)})
}

// change changes what the network of a client is like: the link it has and those
// it opens later.
func (s *Simulator) change(who uint32, f link.Fault) {
	w := s.weather[who]
	w.Take(f)
	if w.Calm() {
		delete(s.weather, who)
	} else {
		s.weather[who] = w
	}
	c := s.newest(who)
	if c == nil {
		return
	}
	switch f.Kind {
	case link.Slowed, link.Delayed, link.Lossy:
		s.apply(c, f)
	case link.Healed: // Of a weather: a link that is half-open or frozen stays so.
		for _, k := range [...]link.FaultKind{link.Slowed, link.Delayed, link.Lossy} {
			s.apply(c, link.Fault{Kind: k})
		}
	}
}

// blocked makes a new link as the weather is, and reports whether it lets the
// attempt fail: the client hears so at once, and no packet leaves it. Spec 10,
// "connect failure, DNS failure".
func (s *Simulator) blocked(c *conn) bool {
	w, ok := s.weather[c.client]
	if !ok {
		return false
	}
	if w.Refuses(s.plan.Seed, c.client, c.gen) {
		s.rec.Add(record.ConnectsBlocked, 1)
		s.sendEnd(link.Sees{At: s.now, Code: noCloseFrame}, refused, c)
		return true
	}
	s.bend(&w, &c.link)
	return false
}

// bend makes a link that is new as the weather is.
func (s *Simulator) bend(w *link.Weather, l *link.Link) {
	s.faults = w.Faults(s.faults[:0])
	for _, f := range s.faults {
		l.Apply(s.now, f)
	}
}
