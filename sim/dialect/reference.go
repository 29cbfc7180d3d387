package dialect

import "loginstorm/sim/wire"

// reference is the grammar of wire/PROTOCOL.md: one message a text frame, and
// the link is ready as soon as it is up.
type reference struct{}

func (reference) encode(_ *Session, dst []byte, m *wire.Message, _ *Speaker) ([]byte, bool) {
	return wire.Append(dst, m), false
}

func (g reference) step(s *Session, _ Time, in Input, out []Output) []Output {
	switch in.Kind {
	case LinkUp:
		return s.ready(out)
	case Refused:
		return s.refused(in, out)
	case LinkDown:
		return s.down(out)
	case Frame:
		return g.frame(s, in, out)
	case Message:
		return g.message(s, in.Message, out)
	case WantLogin:
		s.login = s.next()
		return s.say(wire.Message{Kind: wire.Login, Serial: s.login}, out)
	case WantLogout:
		return s.say(wire.Message{Kind: wire.Logout}, out)
	case WantPing:
		return s.say(wire.Message{Kind: wire.Ping, Serial: s.next()}, out)
	case WantKickOther:
		s.kick = s.next()
		return s.say(wire.Message{Kind: wire.KickOther, Serial: s.kick, Device: in.Device}, out)
	}
	return out
}

// frame decodes a frame and goes the way of a message.
func (g reference) frame(s *Session, in Input, out []Output) []Output {
	scratch := in.Scratch
	if scratch == nil {
		scratch = new(Scratch)
	}
	if in.Binary || wire.Decode(in.Data, &scratch.message) != nil {
		return s.malformed(out)
	}
	return g.message(s, &scratch.message, out)
}

// message says what a message of the gateway means.
//
// An answer to the request that waits is the answer. An answer to an older
// request, or a second one, is late and proves only that the link lives. One
// that carries a serial this session never chose is malformed. A Pong proves
// life whatever its serial.
func (g reference) message(s *Session, m *wire.Message, out []Output) []Output {
	switch m.Kind {
	case wire.LoginReply:
		if m.Serial == s.login && m.Serial != 0 {
			s.login = 0
			return append(out, Output{Kind: Replied, Code: m.Code, RetryAfter: wire.RoundHint(m.RetryAfter)})
		}
		return g.late(s, m.Serial, out)
	case wire.KickReply:
		if m.Serial == s.kick && m.Serial != 0 {
			s.kick = 0
			return append(out, Output{Kind: KickOtherReplied, Code: m.Code})
		}
		return g.late(s, m.Serial, out)
	case wire.Pong:
		return append(out, Output{Kind: Alive})
	case wire.Kick:
		s.stage = kicked
		return append(out, Output{Kind: Kicked, Reason: m.Reason, ClientType: m.ClientType, CustomType: m.CustomType})
	case wire.Online:
		return append(out, Output{Kind: OnlineChanged, Clients: m.Clients})
	case wire.SyncStart:
		return append(out, Output{Kind: SyncBegan})
	case wire.SyncFinish:
		return append(out, Output{Kind: SyncEnded})
	case wire.Drain:
		return append(out, Output{Kind: Draining})
	}
	return s.malformed(out) // Nothing that a gateway says.
}

// late takes an answer that nothing waits for.
func (reference) late(s *Session, serial uint32, out []Output) []Output {
	if serial == 0 || serial > s.serial {
		return s.malformed(out)
	}
	return append(out, Output{Kind: Alive})
}
