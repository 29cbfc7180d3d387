package virtual

import (
	"loginstorm/sim/gateway"
	"loginstorm/sim/record"
)

// A client that is online does nothing but ping until something happens to it, its link or
// its session. It rests then: its turns come in the lanes as they would, at the same
// instants and in the same order, but neither the client nor its link nor the gateway's end
// of it is touched, wherever they lie in memory. Whatever touches one of them rouses the
// client before, and rousing brings all three up to date.

// rhythms makes the lanes for the heartbeats of all populations.
func (s *Simulator) rhythms() {
	s.lanes.at = never
	s.paces = make([]int8, len(s.plan.Populations))
	for i := range s.plan.Populations {
		p := s.plan.Populations[i].Profile
		s.paces[i] = int8(s.lanes.add(p.Heartbeat, p.HeartbeatWait))
	}
	for i := range s.lanes.rhythms {
		r := &s.lanes.rhythms[i]
		r.pace = s.gw.Pace(r.every)
	}
	s.rests = make([]uint8, len(s.clients))
}

// remind sets the deadline of a client.
func (s *Simulator) remind(who uint32, at Time) {
	s.timers[who] = at
	if lane := s.lanes.of(at - s.now); lane >= 0 {
		s.lanes.push(lane, turn{at: at, who: who})
		s.peak = max(s.peak, s.waiting())
		return
	}
	s.queueUp(at, clientDue, who, 0)
}

// waiting is how many events wait.
func (s *Simulator) waiting() int { return s.queue.len + s.lanes.len }

// expired is a deadline of a client, if it is its latest one.
func (s *Simulator) expired(who uint32) {
	if s.timers[who] == s.now && s.rests[who]&1 == 0 {
		s.timers[who] = never
		s.tick(who)
	}
}

// turns carries out the next turn of the lanes, and those that follow before an instant at
// which something else may be due. Those of clients that rest put nothing into the queue; so
// where millions rest nobody looks elsewhere between two of them.
func (s *Simulator) turns(before Time) {
	for {
		if next := s.lanes.all[s.lanes.next].unseen(); len(next) > 0 {
			s.warmTurns(next)
		}
		if !s.turn() || s.lanes.at >= before || (s.events+1)%checkEvery == 0 {
			return
		}
		if s.lanes.at > s.now {
			s.now, s.still = s.lanes.at, 0
		}
		s.events++
		s.still++
	}
}

// turn carries out the next turn of the lanes, and reports whether it put nothing into the
// queue.
func (s *Simulator) turn() (quiet bool) {
	t := s.lanes.pop()
	s.mix(uint64(t.who)<<24, uint64(clientDue))
	if t.rest == 0 || s.rests[t.who] != t.rest {
		s.expired(t.who)
		return false
	}
	s.rested++
	r := &s.lanes.rhythms[t.rhythm]
	switch {
	case t.looks: // The answer came.
		t.at, t.looks = t.at+r.every-r.missed, false
		s.lanes.push(r.pings, t)
	case s.alone():
		s.pulse(&t, r)
	default:
		s.rouse(t.who)
		s.expired(t.who)
	}
	if s.renewed {
		s.renewed = false
		s.await()
		return false
	}
	return s.rests[t.who] == t.rest
}

// pulse is the beat of a client that rests.
func (s *Simulator) pulse(t *turn, r *rhythm) {
	if s.check != nil {
		s.check.Asked(s.now, &gateway.Input{Kind: gateway.Pinged, Link: gateway.Link(t.place)})
	}
	s.rec.Add(record.FramesOut, 1)
	s.rec.Add(record.FramesIn, 1)
	if t.ping++; t.ping == 0 {
		t.ping = 1
	}
	s.answered(t.place, t.ping)
	s.pulsed, s.pulsedAt = t.who, s.now
	t.at, t.looks = t.at+r.missed, true
	s.lanes.push(r.looks, *t)
	s.pinging()
}

// answered adds a ping and its answer to the digest.
func (s *Simulator) answered(place, serial uint32) {
	s.mix(uint64(place)<<24^uint64(briefly(saysPing, serial&restMask)), uint64(toGateway))
	s.mix(uint64(place)<<24^uint64(briefly(saysPong, serial&restMask)), uint64(toClient))
}

// pinging notes how many events would wait while a ping is on its way: it does, beside the
// deadline, and what the gateway was asked before.
func (s *Simulator) pinging() {
	n := s.waiting() + 1
	if s.renewed {
		n++
	}
	s.peak = max(s.peak, n)
}

// rest lets a client rest that has beaten just now, if it may, and reports whether it does.
func (s *Simulator) rest(who uint32, c *conn, serial uint32) bool {
	v := &s.clients[who]
	i := s.paces[v.Population()]
	if i < 0 || !v.Rests(s.now) {
		return false
	}
	r := &s.lanes.rhythms[i]
	if r.pace == 0 {
		return false
	}
	s.rests[who]++
	s.timers[who] = s.now
	s.gw.Rest(gateway.Link(c.place), r.pace)
	s.lanes.push(r.looks, turn{at: s.now + r.missed, who: who, place: c.place, ping: serial,
		rest: s.rests[who], rhythm: uint8(i), looks: true})
	return true
}

// rouse brings a client that rests up to date, with its link and the gateway's end of it.
// Whatever is going to touch one of them rouses it before.
func (s *Simulator) rouse(who uint32) {
	if s.rests[who]&1 == 0 {
		return
	}
	s.rests[who]++
	v := &s.clients[who]
	r := &s.lanes.rhythms[s.paces[v.Population()]]
	since := s.timers[who]
	beats := uint64((s.now - since) / r.every)
	// Whatever is not of the lanes and can happen at the instant of a beat comes before it:
	// a beat is carried out as one event only where it is alone.
	if beats > 0 && since+Time(beats)*r.every == s.now && (s.pulsed != who || s.pulsedAt != s.now) {
		beats--
	}
	last := v.CaughtUp(beats, &s.out)
	c := &s.links[s.conns[who]-1]
	c.link.Passed(uint32(beats), last)
	s.gw.Rouse(gateway.Link(c.place), last)
	// The turn that stands in a lane is a deadline like any other one from now on.
	s.timers[who] = last + r.missed
	if looked := s.now > s.timers[who] || s.now == s.timers[who] && s.what == queued; looked {
		s.timers[who] = last + r.every
	}
}

// transparent reports whether a client's link is open at both ends, with nothing on its
// way, and takes no time.
func (c *conn) transparent() bool {
	return c.near && c.up && c.far && c.refs == 0 && c.held == 0 && c.link.Transparent()
}
