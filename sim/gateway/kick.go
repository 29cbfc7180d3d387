package gateway

import (
	"slices"

	"loginstorm/sim/wire"
)

// kick pushes a session out: notice, close, end. The types are the evictor's.
// The session is gone when the kick is decided. Spec sections 6 and 10.
func (g *Gateway) kick(slot uint32, reason wire.Reason, evictor wire.ClientType, custom int32) {
	g.stats.kicks[reason]++
	s := &g.sessions[slot]
	cause := causeOf(reason)
	if !s.linked {
		g.endSession(slot, cause)
		return
	}
	g.send(s.link, wire.Message{Kind: wire.Kick, Reason: reason, ClientType: evictor, CustomType: custom})
	g.closeLink(s.link, wire.CloseKicked, cause)
}

func causeOf(reason wire.Reason) Cause {
	switch reason {
	case wire.ByLogin:
		return ExcludedByLogin
	case wire.ByServer:
		return KickedByServer
	case wire.ByOtherClient:
		return KickedByOther
	case wire.BySameDevice:
		return SameDevice
	}
	return NoCause
}

// kickOther pushes out one other device of the asker's account. Spec section 6:
// a device that is gone is a success that kicks nobody, oneself is refused with
// 414. A link that is not logged in gets 415, the code an SDK gives when it is
// called before that [ours].
func (g *Gateway) kickOther(in *Input) {
	l := g.hear(in.Link)
	if l == nil {
		return
	}
	code := wire.Success
	if l.session == 0 {
		code = wire.Disconnected
	} else if s := g.sessions[l.session]; s.device == in.Device {
		code = wire.BadParameter
	} else if slot := g.sessionOf(s.account, in.Device); slot != 0 {
		g.kick(slot, wire.ByOtherClient, s.client, s.custom)
	}
	g.send(in.Link, wire.Message{Kind: wire.KickReply, Serial: in.Serial, Code: code})
}

// sessionOf returns the session of a device, 0 when it has none.
func (g *Gateway) sessionOf(number uint32, device uint64) uint32 {
	slot := g.accounts[number].first
	for slot != 0 && g.sessions[slot].device != device {
		slot = g.sessions[slot].next
	}
	return slot
}

// kickServer is the server API: all devices of an account, some, or all but some.
func (g *Gateway) kickServer(number uint32, devices []uint64, allBut bool) {
	a := g.account(number)
	if a == nil {
		return
	}
	all := len(devices) == 0
	for slot := a.first; slot != 0; {
		s := &g.sessions[slot]
		victim := slot
		slot = s.next
		if all || slices.Contains(devices, s.device) != allBut {
			g.kick(victim, wire.ByServer, wire.NoClientType, 0)
		}
	}
}
