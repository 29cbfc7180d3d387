package client

import (
	"loginstorm/sim/dialect"
	"loginstorm/sim/record"
)

// Beats reports whether all that the client does at now is to ping, on a link that is
// open and over which the reference dialogue is spoken. Beat may then stand for the ping
// and for its answer, if the answer is there at the same instant.
func (v *Virtual) Beats(now Time) bool {
	if !v.machine.Beats(now) || v.last > now || !v.up || !v.session.Opened() {
		return false
	}
	if _, armed := v.session.Deadline(); armed {
		return false
	}
	at, acts := v.person.Deadline()
	return !acts || at > now
}

// Beat is Step with a Tick that Beats spoke for, and Step with the answer at the same
// instant: it takes the same figures of both, and publishes nothing. It returns the ping's
// serial, and what Deadline would say between the two steps.
func (v *Virtual) Beat(now Time, rec *record.Recorder, out *Out) (serial uint32, missed Time) {
	v.last = now
	// A pong means Alive to the dialogue, and changes nothing in it.
	out.said = v.session.Step(now, dialect.Input{Kind: dialect.WantPing}, out.said[:0])
	serial = out.said[0].Message.Serial
	out.said = out.said[:0]
	rec.Add(record.FramesOut, 1)
	rec.Add(record.FramesIn, 1)
	missed = v.machine.Beat(now)
	if at, acts := v.person.Deadline(); acts {
		missed = min(missed, at)
	}
	return serial, missed
}

// Rests reports whether, until something happens to the client, all it will do after the
// Beat at now is to Beat again, an interval later each. CaughtUp then stands for any number
// of Beats.
func (v *Virtual) Rests(now Time) bool {
	_, acts := v.person.Deadline()
	at, _ := v.machine.Deadline()
	return !acts && v.last == now && at == now+v.spec.Profile.Heartbeat
}

// CaughtUp has the client do what so many Beats, each an interval behind the one before,
// would have done, but for the figures: their driver takes those. It returns when the last
// one was.
func (v *Virtual) CaughtUp(beats uint64, out *Out) Time {
	for range beats {
		v.last += v.spec.Profile.Heartbeat
		out.said = v.session.Step(v.last, dialect.Input{Kind: dialect.WantPing}, out.said[:0])
	}
	out.said = out.said[:0]
	if beats > 0 {
		v.machine.Beat(v.last)
	}
	return v.last
}
