package client

import (
	"loginstorm/sim/login"
	"loginstorm/sim/record"
	"loginstorm/sim/wire"
)

// Fault is what a client has to know of a timeline entry that makes clients drop.
type Fault struct {
	Began Time // The entry's instant.
	// Gradual: it hits one client after another. A way back counts from the client's own
	// hit and, beside that, from Began.
	Gradual bool
	// Again is until when it may make a client drop that it made drop before; 0 = it does
	// so once at most.
	Again Time
}

// blow is a client that an entry made drop.
type blow struct {
	client uint32
	entry  uint16
}

// fault returns what is known of an entry.
func (s *Spec) fault(entry uint16) Fault {
	if int(entry) < len(s.Faults) {
		return s.Faults[entry]
	}
	return Fault{}
}

// mark notes that an entry is about to hit the client. Of entries that take turns on a
// client, and may hit it again, Out remembers whom they hit: a client has room for one.
func (v *Virtual) mark(now Time, in Input, out *Out) {
	if v.machine.Status() != login.LoggedIn {
		return
	}
	if in.Entry != v.entry {
		if again := v.spec.fault(v.entry).Again; v.felt && again > 0 && again >= now {
			if out.felt == nil {
				out.felt = map[blow]struct{}{}
			}
			out.felt[blow{v.id, v.entry}] = struct{}{}
		}
		v.felt = false
		if len(out.felt) > 0 && v.spec.fault(in.Entry).Again > 0 {
			_, v.felt = out.felt[blow{v.id, in.Entry}]
			delete(out.felt, blow{v.id, in.Entry})
		}
	}
	v.marked, v.hit, v.entry, v.hitAt = true, false, in.Entry, in.Due
}

// Awaits reports whether the client is marked by an entry, and has not dropped yet.
func (v *Virtual) Awaits(entry uint16) bool { return v.marked && !v.hit && v.entry == entry }

// Marked reports whether the client is marked by any entry, and has not dropped yet.
func (v *Virtual) Marked() bool { return v.marked && !v.hit }

// dropped is a client that leaves loggedIn with the mark of a timeline entry: the
// entry's doing, unless it was a logout, a login called by hand or a kick.
func (v *Virtual) dropped(now Time, to login.Status, rec *record.Recorder) {
	if to == login.UnLogin || to == login.Connecting || to.Terminal() {
		v.marked = false
		return
	}
	if v.hitAt == InTurn {
		v.hitAt = now
	}
	v.hit = true
	if v.felt {
		rec.FaultHitAgain(v.entry)
	} else {
		rec.FaultHit(v.entry)
	}
	v.felt = true
	rec.Observe(record.Detection, v.entry, wire.NoOrigin, now-v.hitAt)
}

// recovered is a client that is loggedIn: back, if an entry had made it drop.
func (v *Virtual) recovered(now Time, rec *record.Recorder) {
	if !v.marked || !v.hit {
		return
	}
	v.marked, v.hit = false, false
	if f := v.spec.fault(v.entry); f.Gradual {
		rec.FaultBackSince(v.entry, now-v.hitAt, now-f.Began)
	} else {
		rec.FaultBack(v.entry, now-v.hitAt)
	}
}
