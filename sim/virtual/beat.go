package virtual

import (
	"loginstorm/sim/client"
	"loginstorm/sim/gateway"
)

// tick is a deadline of a client that may be due. Most are heartbeats, or the wait for
// the answer to one, which came: both are carried out here in one event, where that is
// exactly what would come of stepping the client. It rests then, see rest.
func (s *Simulator) tick(who uint32) {
	if s.plain {
		s.tell(who, client.Input{Kind: client.Tick})
		return
	}
	v := &s.clients[who]
	at, ok := v.Deadline()
	switch {
	case !ok:
	case at > s.now: // Nothing is due any more; a client that is stepped now does nothing.
		s.remind(who, at)
	case !s.beat(who, v):
		s.tell(who, client.Input{Kind: client.Tick})
	}
	if s.renewed {
		s.renewed = false
		s.await()
	}
}

// renew carries out what the gateway has to do at this instant, if that is what comes next
// and comes to nothing. It is carried out before the ping arrives at any rate.
func (s *Simulator) renew() {
	e := s.queue.peek()
	if e.kind() != gatewayDue || e.at() != s.gwTimer || !s.gw.Renew(s.now) {
		return
	}
	s.queue.pop()
	s.mix(uint64(e.who)<<24^uint64(e.ref), uint64(gatewayDue))
	s.events++
	s.gwTimer, s.renewed = never, true
	if s.check != nil {
		s.check.Asked(s.now, &gateway.Input{Kind: gateway.Tick})
	}
}

// alone reports whether nothing else is to happen at this instant, the gateway's deadlines
// aside that come to nothing: those are carried out.
func (s *Simulator) alone() bool {
	if s.lanes.at <= s.now {
		return false
	}
	if at, ok := s.queue.next(); !ok || at > s.now {
		return true
	}
	if s.renew(); !s.renewed {
		return false
	}
	at, ok := s.queue.next()
	return !ok || at > s.now
}

// beat carries out a ping, its way to the gateway, the answer and its way back at once, if
// nothing else can happen in between: the link never delayed anything and nothing is on
// its way over it, neither the client nor the gateway has anything else to do, and nothing
// else is to happen at this instant. Step by step that would be three events of this
// instant, one behind the other, and the digest takes them as such.
func (s *Simulator) beat(who uint32, v *client.Virtual) bool {
	place := s.conns[who]
	if place == 0 || !v.Beats(s.now) {
		return false
	}
	c := &s.links[place-1]
	if !c.transparent() || c.gen != v.Gen() || !s.alone() || !s.gw.Heard(s.now, gateway.Link(c.place)) {
		return false
	}
	if s.check != nil {
		s.check.Asked(s.now, &gateway.Input{Kind: gateway.Pinged, Link: gateway.Link(c.place)})
	}
	c.link.Passed(1, s.now)
	serial, missed := v.Beat(s.now, s.rec, &s.out)
	s.answered(c.place, serial)
	if !s.rest(who, c, serial) {
		s.remind(who, missed)
	}
	s.pinging()
	return true
}
