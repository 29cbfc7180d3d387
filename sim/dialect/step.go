package dialect

import "loginstorm/sim/wire"

// stage is how far a session is.
type stage uint8

const (
	idle    stage = iota // No link yet; left by LinkUp or Refused.
	opening              // The link is up, the dialogue not ready for a login; left by Opened or Failed.
	open                 // Opened; left by the link's end, a kick or garbage.
	kicked               // Pushed out: only the link's end is still told.
	ended                // Nothing is told any more.
)

// Session is the state of one dialogue on one link. Make it with Dialogue.Open;
// a Session serves one link and is then thrown away.
type Session struct {
	dialogue *Dialogue
	extra    *extra // What few sessions keep; nil = nothing.
	until    Time   // When a step of the dialogue times out; counts while armed.
	serial   uint32 // The last serial that was chosen; serials count from 1.
	login    uint32 // Serial of the login that waits for its answer; 0 = none.
	kick     uint32 // Serial of the kickOther that waits for its answer; 0 = none.
	stage    stage
	armed    bool
	phase    uint8 // How far a grammar is within the stage; its own numbers.
	in       bool  // A described login was answered 200.
}

// Step tells the session one thing and appends to out what it means, to be
// carried out in order. now never goes back. A deadline that is due is carried
// out before in. Nothing of in is kept, and Clients of an output points into in
// or its Scratch.
//
// A want before Opened, or once the link is no longer open, and whatever arrives
// before LinkUp or after the end say nothing; in particular, after Malformed or
// Failed nothing follows, and after Kicked only Lost.
func (s *Session) Step(now Time, in Input, out []Output) []Output {
	if s.extra != nil {
		s.extra.past = nil
	}
	if s.armed && now >= s.until {
		s.armed = false
		if s.stage != ended {
			out = s.dialogue.grammar.step(s, now, Input{Kind: Tick}, out)
		}
	}
	switch {
	case in.Kind == Tick || s.stage == ended:
		return out
	case (in.Kind == LinkUp || in.Kind == Refused) != (s.stage == idle):
		if s.stage == idle && in.Kind == LinkDown {
			return s.down(out)
		}
		return out
	case in.Kind >= WantLogin && s.stage != open:
		return out
	case s.stage == kicked && in.Kind != LinkDown:
		return out
	}
	return s.dialogue.grammar.step(s, now, in, out)
}

// Deadline returns when the session wants to be stepped although nothing
// happened. The reference dialogue has none: its time-outs are the machine's.
func (s *Session) Deadline() (at Time, ok bool) {
	return s.until, s.armed && s.stage != ended
}

// Opened reports whether the dialogue is ready for a login, or past it, and its
// link not yet known to have ended.
func (s *Session) Opened() bool { return s.stage == open }

// Reopen returns a session for a new link of the same client. What was to be said over
// the one before can be written until the new one is stepped.
func (s *Session) Reopen() Session {
	next := s.dialogue.Open()
	if s.extra != nil {
		s.extra.past = nil
		next.extra = &extra{past: s.extra}
	}
	return next
}

// Encode appends m, which a Say of this session brought, as one frame, and says
// whether the frame is binary. A frame of no bytes is not to be sent. before says that it
// belongs to the link before; who is asked by described dialogues alone.
//
// It is called in the order of the Says, once for each.
func (s *Session) Encode(dst []byte, m *wire.Message, before bool, who *Speaker) (frame []byte, binary bool) {
	if before {
		past := Session{dialogue: s.dialogue}
		if s.extra != nil {
			past.extra = s.extra.past
		}
		return s.dialogue.grammar.encode(&past, dst, m, who)
	}
	return s.dialogue.grammar.encode(s, dst, m, who)
}

// State returns what a described dialogue awaits, by its name; "" = it is not described.
func (s *Session) State() string {
	if g, ok := s.dialogue.grammar.(*described); ok {
		return g.states[s.phase].name
	}
	return ""
}

// What follows is what grammars say in one way. Each returns out with more.

// ready opens the dialogue.
func (s *Session) ready(out []Output) []Output {
	s.stage, s.armed = open, false
	return append(out, Output{Kind: Opened})
}

// down ends the session because its link ended.
func (s *Session) down(out []Output) []Output {
	kind, code := Failed, wire.Disconnected
	if s.stage >= open {
		kind, code = Lost, 0
	}
	s.end()
	return append(out, Output{Kind: kind, Code: code})
}

// refused ends a session whose upgrade was refused. Spec 10, "refuse".
func (s *Session) refused(in Input, out []Output) []Output {
	s.end()
	return append(out, Output{Kind: Failed, Code: wire.Disconnected, RetryAfter: max(0, in.RetryAfter)})
}

// malformed ends the session because what arrived cannot be understood.
func (s *Session) malformed(out []Output) []Output {
	s.end()
	return append(out, Output{Kind: Malformed}, Output{Kind: Close, CloseCode: wire.CloseProtocol})
}

// say has a message sent.
func (s *Session) say(m wire.Message, out []Output) []Output {
	return append(out, Output{Kind: Say, Message: m})
}

// next chooses a serial. A link that says four billion things starts over.
func (s *Session) next() uint32 {
	s.serial++
	if s.serial == 0 {
		s.serial = 1
	}
	return s.serial
}

func (s *Session) end() {
	s.stage, s.armed = ended, false
}
