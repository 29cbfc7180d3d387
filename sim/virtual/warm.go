package virtual

import "loginstorm/sim/gateway"

// ahead is how many events are looked at before the first of them is carried out. A
// processor reads about ten places of its memory at a time when nothing hangs on what it
// reads; what sixteen events touch fits into its nearest cache.
const ahead = 16

// warm reads a word of every place that the next events will touch, no more than ahead, all
// of them at once: at a million clients each event would otherwise wait several times for
// its own client, link and packet. It changes nothing.
func (s *Simulator) warm(next []event) {
	var who, place [ahead]uint32 // Client and link of each, + 1; 0 = none.
	sum := uint64(0)
	for i := range next {
		switch e := &next[i]; e.kind() {
		case clientDue:
			who[i], place[i] = e.who+1, s.conns[e.who]
			sum += uint64(s.timers[e.who])
		case worked, answered:
			l, read := s.gw.WarmJob(e.who)
			place[i], sum = uint32(l)+1, sum+read
		case gatewayDue, errandAsked, errandServed, errandAnswered:
		default:
			place[i] = e.who + 1
			if e.ref&brief == 0 && int(e.ref) < len(s.packets.all) {
				p := &s.packets.all[e.ref]
				sum += uint64(p.message.Kind) + uint64(p.account)
			}
			if kind := e.kind(); kind >= synAnswered {
				who[i] = s.links[e.who].client + 1
			}
		}
	}
	for i := range next {
		if p := place[i]; p != 0 && int(p) <= len(s.links) {
			c := &s.links[p-1]
			sum += c.link.Warm() + uint64(c.dialled) + uint64(c.held) + s.gw.Warm(gateway.Link(p-1))
		}
		if w := who[i]; w != 0 {
			sum += s.clients[w-1].Warm()
			if s.check != nil {
				sum += s.check.Warm(w - 1)
			}
		}
	}
	s.warmed = sum
}

// warmTurns is warm for turns of clients that do not rest.
func (s *Simulator) warmTurns(next []turn) {
	var place [ahead]uint32 // Link of each, + 1; 0 = none.
	sum := uint64(0)
	for i := range next {
		t := &next[i]
		if t.rest != 0 && s.rests[t.who] == t.rest {
			continue
		}
		place[i] = s.conns[t.who]
		sum += uint64(s.timers[t.who]) + s.clients[t.who].Warm()
		if s.check != nil {
			sum += s.check.Warm(t.who)
		}
	}
	for _, p := range place[:len(next)] {
		if p != 0 {
			sum += s.links[p-1].link.Warm() + s.gw.Warm(gateway.Link(p-1))
		}
	}
	s.warmed = sum
}
