package dialect

import (
	"loginstorm/sim/wire"
)

func (g *described) step(s *Session, now Time, in Input, out []Output) []Output {
	switch in.Kind {
	case Tick:
		return g.late(s, now, out)
	case LinkUp:
		s.stage = opening
		if out = g.enter(s, now, stateConnect, out); !g.greets {
			out = s.ready(out)
		}
		return out
	case Refused:
		return g.denied(s, now, in, out)
	case LinkDown:
		return g.down(s, now, in, out)
	case Frame:
		return g.frame(s, now, in, out)
	case Message:
		return s.malformed(out) // Virtual time speaks the reference dialogue alone.
	case WantLogin:
		return g.wantLogin(s, now, out)
	case WantLogout:
		return g.wanted(s, wire.Message{Kind: wire.Logout}, g.logout, out)
	case WantPing:
		if g.ping < 0 {
			// The gateway is the one that asks here; its silence is noticed by online's `within`.
			return append(out, Output{Kind: Alive})
		}
		return s.say(wire.Message{Kind: wire.Ping, Serial: s.next()}, out)
	case WantKickOther:
		if g.kickOther < 0 {
			return append(out, Output{Kind: KickOtherReplied, Code: wire.NotPermitted})
		}
		s.kick = s.next()
		return s.say(wire.Message{Kind: wire.KickOther, Serial: s.kick, Device: in.Device}, out)
	}
	return out
}

// wanted says something if the description has it.
func (g *described) wanted(s *Session, m wire.Message, say int, out []Output) []Output {
	if say < 0 {
		return out
	}
	return s.say(m, out)
}

// wantLogin begins the login, or answers it at once when the gateway already did.
func (g *described) wantLogin(s *Session, now Time, out []Output) []Output {
	s.login, s.in = s.next(), false
	e := s.extra
	if e == nil || !e.over {
		out = s.say(wire.Message{Kind: wire.Login, Serial: s.login}, out)
	}
	if e != nil && e.early != 0 {
		code, hint, over := e.early, e.hint, e.over
		e.early = 0
		out = g.verdict(s, now, code, hint, -1, out)
		if over {
			s.end()
		}
		return out
	}
	s.phase = stateLogin
	g.arm(s, now)
	return out
}

// enter goes to a state and says what belongs to it.
func (g *described) enter(s *Session, now Time, to int, out []Output) []Output {
	from := &g.states[s.phase]
	s.phase = uint8(to)
	a := &g.states[to]
	if s.in && from.phase != "" && from.phase != a.phase {
		out = append(out, Output{Kind: SyncEnded, Step: from.step})
	}
	if s.in && a.phase != "" && from.phase != a.phase {
		out = append(out, Output{Kind: SyncBegan, Step: a.step})
	}
	g.arm(s, now)
	if a.say >= 0 {
		out = s.say(wire.Message{Serial: uint32(a.say) + 1}, out)
	}
	return out
}

// arm begins the time-out of a state.
func (g *described) arm(s *Session, now Time) {
	w := &g.states[s.phase].within
	if w.fixed == 0 && w.parts == nil {
		s.armed = false
		return
	}
	d := w.lasts(s)
	s.armed, s.until = d > 0, now+d
}

// late is a time-out: of opening, of the login, of a step after it, or of a gateway
// that has been silent.
func (g *described) late(s *Session, now Time, out []Output) []Output {
	switch {
	case s.in && g.states[s.phase].phase != "":
		s.phase = stateOnline // Its end never comes: nothing says that it did.
		g.arm(s, now)
		return out
	case s.in:
		s.end()
		return append(out, Output{Kind: Lost}, Output{Kind: Close, CloseCode: wire.CloseNormal})
	}
	s.end()
	return append(out, Output{Kind: Failed, Code: wire.TimedOut}, Output{Kind: Close, CloseCode: wire.CloseNormal})
}

// frame takes the messages of a frame, and keeps the beginning of one that is not
// complete.
func (g *described) frame(s *Session, now Time, in Input, out []Output) []Output {
	sc := in.Scratch
	if sc == nil {
		sc = new(Scratch)
	}
	if in.Binary && !g.takesBinary || !in.Binary && !g.takesText {
		sc.took(s, in.Data, nil, meansMalformed)
		return s.malformed(out)
	}
	stream := in.Data
	if g.unit == unitFrame {
		if s.in {
			g.arm(s, now)
		}
		if len(stream) > g.longest {
			sc.took(s, stream, nil, meansMalformed)
			return s.malformed(out)
		}
		return g.message(s, now, stream, sc, out)
	}
	return g.stream(s, now, stream, sc, out)
}

// stream takes the messages of a stream that frames cut anywhere.
func (g *described) stream(s *Session, now Time, stream []byte, sc *Scratch, out []Output) []Output {
	if e := s.extra; e != nil && len(e.rest) > 0 {
		e.rest = append(e.rest, stream...)
		stream = e.rest
	}
	if s.in {
		g.arm(s, now)
	}
	for len(stream) > 0 && (s.stage == opening || s.stage == open) {
		message, n, ok := g.split(stream)
		if !ok {
			sc.took(s, stream, nil, meansMalformed)
			return s.malformed(out)
		}
		if n == 0 {
			break
		}
		stream = stream[n:]
		if len(message) > 0 {
			out = g.message(s, now, message, sc, out)
		}
	}
	if s.stage != opening && s.stage != open {
		return out
	}
	if len(stream) > 0 || s.extra != nil && len(s.extra.rest) > 0 {
		e := s.room()
		e.rest = append(e.rest[:0], stream...)
		if len(stream) == 0 && cap(e.rest) > keptRest {
			e.rest = nil
		}
	}
	return out
}

// keptRest is how much room for the beginnings of messages a session keeps, in bytes.
const keptRest = 256

// message says what one message means.
func (g *described) message(s *Session, now Time, raw []byte, sc *Scratch, out []Output) []Output {
	if !g.read(raw, sc) {
		sc.took(s, raw, nil, meansMalformed)
		return s.malformed(out)
	}
	r := g.first(s, g.states[s.phase].rules, sc)
	if r == nil {
		r = g.first(s, g.always, sc)
	}
	if r != nil {
		sc.took(s, raw, r, r.act.means)
		return g.apply(s, now, r, sc, out)
	}
	means := g.states[s.phase].otherwise
	if means == meansNothing {
		means = meansMalformed
		if s.in {
			means = meansAlive
		}
	}
	sc.took(s, raw, nil, means)
	return g.mean(s, now, &action{means: means}, -1, sc, out)
}

// first returns the first rule that fits, nil = none does.
func (g *described) first(s *Session, rules []told, sc *Scratch) *told {
	for i := range rules {
		if g.fits(s, rules[i].when, sc) {
			return &rules[i]
		}
	}
	return nil
}

func (g *described) fits(s *Session, all []matcher, sc *Scratch) bool {
	for i := range all {
		m := &all[i]
		if m.plain { // A field that is a word: nearly all of them.
			v := &sc.slots[m.from.slot]
			if string(v.text) == m.word && v.kind != absent {
				continue
			}
			if v.kind != number {
				return false
			}
		}
		if !m.fits(s, g, sc) {
			return false
		}
	}
	return true
}

// apply does what a rule says: it keeps, notes and says; then what it means; then
// the next state.
func (g *described) apply(s *Session, now Time, r *told, sc *Scratch, out []Output) []Output {
	for i := range r.keep {
		if !g.take(s, &r.keep[i], sc) {
			return s.malformed(out)
		}
	}
	if r.note != 0 {
		s.room().notes |= r.note
	}
	if r.say >= 0 {
		out = s.say(wire.Message{Serial: uint32(r.say) + 1}, out)
	}
	if r.replyTo != 0 {
		waits := &s.login
		if r.replyTo == replyToKick {
			waits = &s.kick
		}
		serial, ok := sc.slots[g.serial].serial()
		if !ok || serial == 0 || serial != *waits {
			return g.behind(s, serial, ok, out)
		}
		if r.replyTo == replyToKick {
			s.kick = 0
		}
	}
	act := &r.act
	if act.means == meansNothing && s.in {
		act = &action{means: meansAlive}
	}
	before := s.phase
	out = g.mean(s, now, act, r.to, sc, out)
	if r.to >= 0 && act.means != meansLoggedIn && s.phase == before && (s.stage == opening || s.stage == open) {
		out = g.enter(s, now, r.to, out)
	}
	return out
}

// behind takes an answer that nothing waits for: a late one proves life, one to a
// request that was never made is no message of this dialogue.
func (g *described) behind(s *Session, serial uint32, ok bool, out []Output) []Output {
	if !ok || serial == 0 || serial > s.serial {
		return s.malformed(out)
	}
	return append(out, Output{Kind: Alive})
}
