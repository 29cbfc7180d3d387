package client

import (
	"loginstorm/sim/dialect"
	"loginstorm/sim/login"
	"loginstorm/sim/record"
	"loginstorm/sim/wire"
)

// link passes on what happened on a link, unless a newer one replaced it, the client
// ended it, or it was never dialled.
func (v *Virtual) link(now Time, in Input, rec *record.Recorder, out *Out) {
	if in.Gen != v.machine.Gen() || !v.machine.Linked() || v.locating() {
		return
	}
	if in.Dialect.Kind == dialect.LinkUp && !v.up {
		p := in.Phases
		v.up, v.misses = true, 0
		v.waited += p.Wait
		v.opening += p.Wait + p.Address + p.Dial + p.TLS + p.Upgrade
		if p.Address > 0 {
			v.observe(rec, record.PhaseAddress, p.Address)
		}
		v.observe(rec, record.PhaseDial, p.Dial)
		v.observe(rec, record.PhaseTLS, p.TLS)
		v.observe(rec, record.PhaseUpgrade, p.Upgrade)
		rec.Add(record.LinksOpened, 1)
	}
	v.tell(now, in.Gen, in.Dialect, rec, out)
}

// tell steps the dialogue on link gen and passes what it meant to the machine. What
// one step means is about that link, also when the machine has asked for the next
// one meanwhile: by what the step meant first, or by what is said goodbye for.
func (v *Virtual) tell(now Time, gen uint32, in dialect.Input, rec *record.Recorder, out *Out) {
	first := len(out.said)
	out.said = v.session.Step(now, in, out.said)
	for i := first; i < len(out.said); i++ {
		said := out.said[i]
		v.heard(now, gen, &said, rec, out)
	}
	out.said = out.said[:first]
}

// heard is one output of the dialogue on a link.
func (v *Virtual) heard(now Time, gen uint32, said *dialect.Output, rec *record.Recorder, out *Out) {
	ev := login.Event{Gen: gen}
	if said.Unsure {
		rec.Add(record.EndsUnsure, 1)
	}
	if said.Kind == dialect.Shutdown || said.Shutdown {
		rec.Add(record.ShutdownsTold, 1)
	}
	switch said.Kind {
	case dialect.Opened:
		ev.Kind = login.LinkOpened
	case dialect.Failed:
		ev.Kind, ev.Code, ev.Hint = login.LinkFailed, said.Code, said.RetryAfter
	case dialect.Lost:
		ev.Kind = login.LinkLost
	case dialect.Replied:
		ev.Kind, ev.Code, ev.Hint = login.Replied, said.Code, said.RetryAfter
		ev.DatabaseFails = said.Code == wire.Success && v.broken
	case dialect.Kicked:
		ev.Kind, ev.Reason = login.Kicked, said.Reason
		ev.ClientType, ev.CustomType = said.ClientType, said.CustomType
	case dialect.SyncBegan:
		ev.Kind = login.SyncBegan
	case dialect.SyncEnded:
		ev.Kind = login.SyncEnded
		if said.Step > 0 && v.syncing != never {
			rec.Observe(record.PhaseStep, uint16(said.Step)-1, wire.NoOrigin, now-v.syncing)
		}
	case dialect.OnlineChanged:
		v.online = append(v.online[:0], said.Clients...)
		ev.Kind = login.OnlineChanged
	case dialect.KickOtherReplied:
		ev.Kind, ev.Code = login.KickOtherReplied, said.Code
	case dialect.Alive, dialect.Draining, dialect.Shutdown:
		ev.Kind = login.Alive
	case dialect.Malformed:
		rec.Add(record.FramesMalformed, 1)
		return
	case dialect.Say:
		v.say(now, gen, said, rec, out)
		return
	case dialect.Close:
		// The dialogue gives the link up; for the machine it is lost.
		out.Effects = append(out.Effects, Effect{Kind: Close, Gen: ev.Gen, CloseCode: said.CloseCode})
		ev.Kind = login.LinkLost
	default:
		return
	}
	v.step(now, ev, rec, out)
}

// say has the driver send what the dialogue put into words; a login is completed
// with what only the machine knows.
func (v *Virtual) say(now Time, gen uint32, said *dialect.Output, rec *record.Recorder, out *Out) {
	e := Effect{Kind: Say, Gen: gen, Message: said.Message}
	if said.Message.Kind == wire.Login {
		e.Account, e.Origin, e.Force = v.machine.Account(), v.machine.Origin(), v.force
		v.sent = now
		rec.Add(record.LoginsSent, 1)
	}
	out.Effects = append(out.Effects, e)
}
