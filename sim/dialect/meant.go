package dialect

import "loginstorm/sim/wire"

// mean carries out what something means; to is the state that follows a login, -1 =
// online.
func (g *described) mean(s *Session, now Time, a *action, to int, sc *Scratch, out []Output) []Output {
	switch a.means {
	case meansOpened:
		if s.stage == opening {
			return s.ready(out)
		}
		return append(out, Output{Kind: Alive})
	case meansLoggedIn:
		return g.verdict(s, now, wire.Success, 0, to, out)
	case meansRefused, meansLimited, meansBanned:
		if s.in {
			if a.means == meansBanned {
				s.stage, s.armed = kicked, false
				return append(out, Output{Kind: Kicked, Reason: wire.ByServer})
			}
			return append(out, Output{Kind: Alive})
		}
		return g.verdict(s, now, g.code(s, a, sc), g.after(a.after, now, s, sc), to, out)
	case meansKicked:
		return g.kick(s, a, sc, out)
	case meansAlive:
		return append(out, Output{Kind: Alive})
	case meansDraining:
		return append(out, Output{Kind: Draining})
	case meansShutdown:
		if s.room().stops {
			return append(out, Output{Kind: Alive})
		}
		s.room().stops = true
		return append(out, Output{Kind: Shutdown})
	case meansMalformed:
		return s.malformed(out)
	case meansSyncBegan:
		return append(out, Output{Kind: SyncBegan})
	case meansSyncEnded:
		return append(out, Output{Kind: SyncEnded})
	case meansKickReply:
		return append(out, Output{Kind: KickOtherReplied, Code: g.code(s, a, sc)})
	case meansOnline:
		return a.online.tell(s, g, sc, out)
	case meansDropped, meansFailed:
		return g.dropped(s, a.unsure, out)
	}
	return out
}

// verdict answers the login. One that was not asked for yet is answered when it is.
func (g *described) verdict(s *Session, now Time, code wire.Code, hint Time, to int, out []Output) []Output {
	switch {
	case s.in:
		return append(out, Output{Kind: Alive})
	case s.login == 0:
		e := s.room()
		e.early, e.hint = code, hint
		if s.stage != open {
			out = s.ready(out)
		}
		return out
	}
	s.login = 0
	out = append(out, Output{Kind: Replied, Code: code, RetryAfter: hint})
	if code != wire.Success {
		s.armed = false
		return out
	}
	s.in = true
	if to < 0 {
		to = stateOnline
	}
	s.phase = stateOnline
	return g.enter(s, now, to, out)
}

// kick pushes the client out. Before the link is ready it is one that cannot be used.
func (g *described) kick(s *Session, a *action, sc *Scratch, out []Output) []Output {
	if s.stage == opening || s.stage == idle {
		return g.dropped(s, false, out)
	}
	s.stage, s.armed = kicked, false
	o := Output{Kind: Kicked, Reason: a.reason}
	if p := a.parts[partReason]; p != nil {
		v := p.get(s, g, sc)
		n, _ := v.serial()
		o.Reason = wire.ByServer
		if len(a.table) == 0 && n >= uint32(wire.ByLogin) && n <= uint32(wire.BySameDevice) {
			o.Reason = wire.Reason(n)
		}
		for _, t := range a.table {
			if v.is(t.theirs) {
				o.Reason = wire.Reason(t.ours)
			}
		}
	}
	if p := a.parts[partClientType]; p != nil {
		if n, ok := p.get(s, g, sc).serial(); ok && n < 1<<8 {
			o.ClientType = wire.ClientType(n)
		}
	}
	if p := a.parts[partCustomType]; p != nil {
		o.CustomType = p.get(s, g, sc).whole()
	}
	return append(out, o)
}

// code is the code of a refusal.
func (g *described) code(s *Session, a *action, sc *Scratch) wire.Code {
	if a.code.fixed != 0 {
		return a.code.fixed
	}
	v := a.code.from.get(s, g, sc)
	for _, t := range a.table {
		if v.is(t.theirs) {
			return t.ours
		}
	}
	if a.other != 0 {
		return a.other
	}
	n, ok := v.serial()
	if !ok || n == 0 {
		return wire.ServerError
	}
	return wire.Code(n)
}

// dropped gives the link up.
func (g *described) dropped(s *Session, unsure bool, out []Output) []Output {
	out = s.down(out)
	out[len(out)-1].Unsure = unsure
	return append(out, Output{Kind: Close, CloseCode: wire.CloseNormal})
}
