package live

import (
	"loginstorm/sim/link"
	"loginstorm/sim/record"
)

// change changes what the network of a client is like: the link it has and those
// it opens later. What is half-open or frozen stays so.
func (s *shard) change(now Time, place uint32, f link.Fault) {
	w := s.weather[place]
	w.Take(f)
	if w.Calm() {
		delete(s.weather, place)
	} else {
		s.weather[place] = w
	}
	if s.links[place].conn == nil {
		return
	}
	switch f.Kind {
	case link.Slowed, link.Delayed, link.Lossy:
		s.apply(now, place, f)
	case link.Healed:
		for _, k := range [...]link.FaultKind{link.Slowed, link.Delayed, link.Lossy} {
			s.apply(now, place, link.Fault{Kind: k})
		}
	}
}

// overcast makes a new link as the weather is.
func (s *shard) overcast(now Time, w *link.Weather, l *link.Link) {
	s.faults = w.Faults(s.faults[:0])
	for _, f := range s.faults {
		l.Apply(now, f)
	}
}

// lay lays a link over a new connection, if the plan's network or the client's
// weather bends it, and reports whether the attempt has to begin: one whose first
// packet gets nowhere does not, and one that the weather refuses fails at once.
// Spec 10, "connect failure, DNS failure".
func (s *shard) lay(now Time, place uint32) (begins bool) {
	l := &s.links[place]
	w, bad := s.weather[place]
	if bad && w.Refuses(s.f.plan.Seed, l.conn.Client, l.conn.Gen) {
		s.rec.Add(record.ConnectsBlocked, 1)
		l.bends = s.bend(&s.f.still, l.conn)
		s.way.push(parcel{at: now, kind: blocked, bends: l.bends})
		return false
	}
	switch {
	case s.f.plan.Inject:
		l.bends = s.bend(&s.f.plan.Network, l.conn)
	case bad && w.Bends():
		l.bends = s.bend(&s.f.still, l.conn)
	default:
		return true
	}
	if bad {
		s.overcast(now, &w, &l.bends.link)
	}
	first := l.bends.link // A try leaves no trace.
	_, begins = first.Arrives(now, link.Up, synSize)
	return begins
}
