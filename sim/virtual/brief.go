package virtual

import (
	"loginstorm/sim/link"
	"loginstorm/sim/wire"
)

// brief tells a ref that is itself what is on its way from one that names a packet: most
// of what clients and gateway say are a few bits, and a million clients that a restart
// drops at once are told so without a packet each.
//
//	31     30 29 28   27 ... 0
//	brief  what       serial, close code or login code<<serialBits | serial
const (
	brief    uint32 = 1 << 31
	whatBits        = 28
	whatMask uint32 = 7
	restMask uint32 = 1<<whatBits - 1
	// serialBits and codeBits are what fits of a login's answer.
	serialBits = 16
	codeBits   = whatBits - serialBits
)

// What a brief says.
const (
	saysEnd  uint32 = iota // The link ends, with a close code.
	saysPing               // wire.Ping, and so on.
	saysPong
	saysStart
	saysFinish
	saysReply
	saysRefused // The upgrade is refused without a hint.
)

func briefly(what, rest uint32) uint32 { return brief | what<<whatBits | rest }

// abridged returns a message as a brief, if it fits into one.
func abridged(m *wire.Message) (ref uint32, ok bool) {
	if m.Reason != 0 || m.ClientType != 0 || m.CustomType != 0 || m.RetryAfter != 0 || m.Device != 0 || m.Login != nil || m.Clients != nil {
		return 0, false
	}
	switch {
	case m.Kind == wire.LoginReply:
		return briefly(saysReply, uint32(m.Code)<<serialBits|m.Serial), m.Serial < 1<<serialBits && uint32(m.Code) < 1<<codeBits
	case m.Code != 0 || m.Serial > restMask:
		return 0, false
	case m.Kind == wire.Ping:
		return briefly(saysPing, m.Serial), true
	case m.Kind == wire.Pong:
		return briefly(saysPong, m.Serial), true
	case m.Serial != 0:
		return 0, false
	case m.Kind == wire.SyncStart:
		return briefly(saysStart, 0), true
	case m.Kind == wire.SyncFinish:
		return briefly(saysFinish, 0), true
	}
	return 0, false
}

// read puts the message that a ref stands for into Simulator.message, where it is good
// until the packet is put back. end says that it is the link's end, with a close code.
func (s *Simulator) read(ref uint32) (code uint16, end bool) {
	if ref&brief == 0 {
		s.message = s.packets.all[ref].message // The pool may move while a client is stepped.
		return 0, false
	}
	rest := ref & restMask
	s.message = wire.Message{}
	switch m := &s.message; ref >> whatBits & whatMask {
	case saysEnd:
		return uint16(rest), true
	case saysPing:
		m.Kind, m.Serial = wire.Ping, rest
	case saysPong:
		m.Kind, m.Serial = wire.Pong, rest
	case saysStart:
		m.Kind = wire.SyncStart
	case saysFinish:
		m.Kind = wire.SyncFinish
	case saysReply:
		m.Kind, m.Serial, m.Code = wire.LoginReply, rest&(1<<serialBits-1), wire.Code(rest>>serialBits)
	}
	return 0, false
}

// sendEnd queues the end of a link, as the far end will see it.
func (s *Simulator) sendEnd(far link.Sees, k kind, c *conn) {
	s.send(far.At, k, c, briefly(saysEnd, uint32(far.Code)))
}

// pack makes a packet of a brief: a client that reads nothing has a list of them.
func (s *Simulator) pack(ref uint32) uint32 {
	if ref&brief == 0 {
		return ref
	}
	i := s.packets.take()
	s.packets.all[i].brief = ref
	return i
}

// unpack is the other way round.
func (s *Simulator) unpack(i uint32) uint32 {
	ref := s.packets.all[i].brief
	if ref == 0 {
		return i
	}
	s.packets.put(i)
	return ref
}
