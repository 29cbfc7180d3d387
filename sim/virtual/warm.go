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
	var who [ahead]uint32
	sum := uint64(0)
	for i := range next {
		switch e := &next[i]; e.kind() {
		case clientDue:
			who[i] = e.who
			sum += uint64(s.timers[e.who])
		case gatewayDue, worked, answered, errandAsked, errandServed, errandAnswered:
			who[i] = uint32(len(s.clients))
		default:
			c := &s.links[e.who]
			who[i] = c.client
			sum += uint64(c.held) + uint64(c.dialled)
			if e.ref != 0 && int(e.ref) < len(s.packets.all) {
				p := &s.packets.all[e.ref]
				sum += uint64(p.message.Kind) + uint64(p.account)
			}
		}
	}
	for i := range next {
		if w := who[i]; int(w) < len(s.clients) {
			sum += s.clients[w].Warm() + s.gw.Warm(gateway.Link(s.conns[w]))
		}
	}
	s.warmed = sum
}
