package virtual

import (
	"loginstorm/sim/wire"
)

// packet is something on its way over a link that does not fit into the event that
// names it: see brief.
type packet struct {
	message wire.Message
	clients []wire.OnlineClient // message.Clients lives here.
	account uint32              // Of a login, as are origin and force.
	next    uint32              // In the list of free packets, or of held ones.
	brief   uint32              // Of a held one: what it stands for; 0 = it is itself.
	after   Time                // Of a refused upgrade: do not come back sooner.
	status  uint16              // Of a refused upgrade.
	origin  wire.Origin
	force   bool
}

// packets is a pool: what is on its way is bounded by what clients and gateway
// say within a latency, and no packet is garbage.
type packets struct {
	all  []packet // Place 0 means none.
	free uint32
}

// take returns the place of an empty packet. A pointer into the pool is good
// until the next take.
func (p *packets) take() uint32 {
	if i := p.free; i != 0 {
		p.free = p.all[i].next
		p.all[i] = packet{clients: p.all[i].clients[:0]}
		return i
	}
	if len(p.all) == 0 {
		p.all = append(p.all, packet{})
	}
	p.all = append(p.all, packet{})
	return uint32(len(p.all) - 1)
}

// put gives a packet back. A brief has none.
func (p *packets) put(i uint32) {
	if i&brief != 0 {
		return
	}
	p.all[i].next, p.free = p.free, i
}

// size is about what a message takes on the wire, frame header included, in
// bytes. It matters only where a bandwidth is set.
func size(m *wire.Message) int {
	const (
		small  = 40  // Kind, serial, code.
		login  = 320 // Credentials.
		online = 120 // One entry of a list.
	)
	switch m.Kind {
	case wire.Login:
		return login
	case wire.Online:
		return small + online*len(m.Clients)
	}
	return small
}
