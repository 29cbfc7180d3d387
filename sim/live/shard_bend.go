package live

import (
	"slices"

	"loginstorm/sim/client"
	"loginstorm/sim/dial"
	"loginstorm/sim/dialect"
	"loginstorm/sim/link"
	"loginstorm/sim/wire"
)

// bends is a link.Link laid over a real one: it says when something arrives, and
// the shard keeps it until then. Links that a plan leaves alone have none.
type bends struct {
	link   link.Link
	conn   *dial.Conn
	held   []parcel // What a frozen client has not read.
	silent []uint16 // The entries that keep it half-open or frozen.
}

// heals ends what an entry did to a link, and reports whether no other one keeps it
// silent.
func (b *bends) heals(entry uint16) bool {
	i := slices.Index(b.silent, entry)
	if i < 0 {
		return false
	}
	b.silent = slices.Delete(b.silent, i, i+1)
	return len(b.silent) == 0
}

// parcelKind is what is on its way.
type parcelKind uint8

const (
	toGateway  parcelKind = iota // data goes into the socket.
	toClient                     // data reaches the client.
	upToClient                   // The link is open, for the client.
	endGateway                   // The gateway's end: closed with code, or reset.
	endClient                    // The client's end.
	blocked                      // The attempt fails: its network lets it reach nobody.
	turnedAway                   // The attempt failed: failure reaches the client.
	question                     // errand's question leaves the client's network.
	reply                        // errand's answer reaches the client.
)

// parcel is something on its way over a bent link, or over a network that is as bad.
type parcel struct {
	at      Time
	seq     uint64
	kind    parcelKind
	binary  bool
	orderly bool
	code    uint16
	bends   *bends
	errand  *errand // question, reply.
	failure *event  // turnedAway.
	data    []byte
	timings dial.Timings
}

// way is a heap of parcels by arrival, equal ones in the order of sending.
type way struct {
	q   []parcel
	seq uint64
}

func (w *way) next() Time {
	if len(w.q) == 0 {
		return never
	}
	return w.q[0].at
}

func (w *way) less(i, j int) bool {
	return w.q[i].at < w.q[j].at || w.q[i].at == w.q[j].at && w.q[i].seq < w.q[j].seq
}

func (w *way) push(p parcel) {
	w.seq++
	p.seq = w.seq
	w.q = append(w.q, p)
	for i := len(w.q) - 1; i > 0 && w.less(i, (i-1)/2); i = (i - 1) / 2 {
		w.q[i], w.q[(i-1)/2] = w.q[(i-1)/2], w.q[i]
	}
}

func (w *way) pop() parcel {
	top, last := w.q[0], len(w.q)-1
	w.q[0] = w.q[last]
	w.q[last] = parcel{}
	w.q = w.q[:last]
	for i := 0; ; {
		least := i
		for c := 2*i + 1; c <= 2*i+2 && c < last; c++ {
			if w.less(c, least) {
				least = c
			}
		}
		if least == i {
			return top
		}
		w.q[i], w.q[least] = w.q[least], w.q[i]
		i = least
	}
}

// bend lays a link over a connection.
func (s *shard) bend(cfg *link.Config, c *dial.Conn) *bends {
	return &bends{link: link.New(cfg, s.f.plan.Seed, c.Client, c.Gen), conn: c}
}

// sendUp sends a message to the gateway over a bent link.
func (s *shard) sendUp(now Time, b *bends, data []byte, binary bool) {
	at, ok := b.link.Arrives(now, link.Up, len(data))
	switch {
	case !ok:
	case at <= now:
		_ = b.conn.Say(data, binary)
	default:
		s.way.push(parcel{at: at, kind: toGateway, bends: b, data: append([]byte(nil), data...), binary: binary})
	}
}

// endUp ends the gateway's end as the link says. An end that does not get
// through leaves the gateway to believe in the link.
func (s *shard) endUp(now Time, b *bends, far link.Sees) {
	if !far.Lost {
		b.conn.Abandon()
		return
	}
	s.endGateway(now, b, far)
}

// endGateway ends the gateway's end when it is time.
func (s *shard) endGateway(now Time, b *bends, far link.Sees) {
	p := parcel{at: far.At, kind: endGateway, bends: b, code: far.Code, orderly: far.Orderly}
	if far.At <= now && s.way.next() > now {
		s.arrived(now, p)
	} else {
		s.way.push(p)
	}
}

// bent is an event of a bent link: it reaches the client when the link says so.
func (s *shard) bent(place uint32, e *event) {
	b := s.links[place].bends
	p := parcel{bends: b, code: e.code}
	switch e.kind {
	case up:
		p.kind, p.timings = upToClient, e.timings
		at, ok := s.opening(b, e.at, &p.timings)
		p.at = at
		if !ok {
			if b.link.Holds(link.Down) {
				b.held = append(b.held, p)
			}
			return
		}
	case failed:
		p.kind = turnedAway
		at, ok := s.refusal(b, e)
		p.at = at
		if !ok {
			return
		}
		failure := *e // The inbox takes its events back.
		p.failure = &failure
	case framed:
		p.kind, p.binary = toClient, e.binary
		at, ok := b.link.Arrives(e.at, link.Down, int(e.to-e.from))
		p.at = at
		if !ok && !b.link.Holds(link.Down) {
			return
		}
		p.data = append([]byte(nil), s.bytes[e.from:e.to]...)
		if !ok {
			b.held = append(b.held, p)
			return
		}
	case down:
		far := b.link.End(e.at, link.Down, e.code)
		if !far.Lost {
			return
		}
		p.kind, p.at = endClient, far.At
	}
	if now := s.now(); p.at <= now && s.way.next() > p.at {
		s.arrived(max(e.at, p.at), p)
		return
	}
	s.way.push(p)
}

// What opening a link takes on the wire, in bytes: the handshake's segments,
// the request and the answer.
const (
	synSize     = 60
	upgradeSize = 400
	replySize   = 200
)

// opening adds what the link makes of the handshake and the upgrade. ok is false
// when the client does not hear of them, or not yet.
func (s *shard) opening(b *bends, at Time, t *dial.Timings) (up Time, ok bool) {
	ok = true
	hop := func(from Time, dir link.Direction, size int) Time {
		to, arrives := b.link.Arrives(from, dir, size)
		if ok = ok && arrives; ok {
			return to
		}
		return from
	}
	dialled := hop(hop(at, link.Up, synSize), link.Down, synSize)
	upgraded := hop(hop(dialled, link.Up, upgradeSize), link.Down, replySize)
	t.Dial += dialled - at
	t.Upgrade += upgraded - dialled
	return upgraded, ok
}

// refusal adds what the link makes of an attempt that was turned away: of a
// handshake, or of a handshake and an upgrade.
func (s *shard) refusal(b *bends, e *event) (at Time, ok bool) {
	if e.status != 0 {
		var t dial.Timings
		return s.opening(b, e.at, &t)
	}
	asked, ok := b.link.Arrives(e.at, link.Up, synSize)
	if !ok {
		return e.at, false
	}
	return b.link.Arrives(asked, link.Down, synSize)
}

// arrived carries out what arrives over a bent link, or a network like that.
func (s *shard) arrived(now Time, p parcel) {
	switch p.kind {
	case question:
		if s.errands[p.errand.place] == p.errand {
			s.ask(p.errand)
		}
		return
	case reply:
		s.replied(now, p.errand)
		return
	}
	b := p.bends
	place := s.place(b.conn.Client)
	current := s.links[place].conn == b.conn
	switch p.kind {
	case toGateway:
		_ = b.conn.Say(p.data, p.binary)
	case endGateway:
		if p.orderly {
			b.conn.Close(p.code)
		} else {
			b.conn.Reset()
		}
	case upToClient, toClient:
		switch {
		case !current:
		case b.link.Holds(link.Down):
			b.held = append(b.held, p)
		case p.kind == upToClient:
			s.linkUp(now, place, b.conn, p.timings)
		default:
			s.tell(now, place, client.Input{Kind: client.Link, Gen: b.conn.Gen,
				Dialect: dialect.Input{Kind: dialect.Frame, Data: p.data, Binary: p.binary, Scratch: &s.decoded}})
		}
	case endClient:
		if current {
			s.linkDown(now, place, b.conn, p.code)
		}
	case turnedAway:
		if current {
			p.failure.at = now
			s.failed(place, p.failure)
		}
	case blocked:
		if current {
			s.linkDown(now, place, b.conn, wire.CloseAbnormal)
		}
	}
}

// fault lets a fault happen to a client's link. Spec section 10. A thaw is for the
// link that its entry hit, the one that the client opened since is not touched; and a
// link that several entries keep silent is healed with the last of them.
func (s *shard) fault(now Time, place uint32, entry uint16, f link.Fault) {
	l := &s.links[place]
	switch {
	case l.conn == nil:
		return
	case f.Kind == link.Thawed && (l.bends == nil || !l.bends.heals(entry)):
		return
	}
	s.apply(now, place, f)
	silent := f.Kind == link.HalfOpen || f.Kind == link.Frozen
	if b := s.links[place].bends; b != nil && silent && !slices.Contains(b.silent, entry) {
		b.silent = append(b.silent, entry)
	}
}

// apply bends the link a client has, and tells both ends what they notice.
func (s *shard) apply(now Time, place uint32, f link.Fault) {
	l := &s.links[place]
	if l.bends == nil {
		l.bends = s.bend(&s.f.still, l.conn)
	}
	b := l.bends
	near, far := b.link.Apply(now, f)
	switch f.Kind {
	case link.HalfOpen:
		b.conn.Mute(true)
	case link.Frozen:
		b.conn.Freeze()
	case link.RadioLost:
		b.conn.Abandon()
	case link.Healed, link.Thawed:
		b.conn.Mute(false)
		b.conn.Thaw()
	}
	if far.Lost {
		s.endGateway(now, b, far)
	}
	if !b.link.Holds(link.Down) {
		held := b.held
		b.held = nil
		for _, p := range held {
			p.timings.Upgrade += max(0, now-p.at)
			s.arrived(now, p)
		}
	}
	if near.Lost && s.links[place].conn == b.conn {
		s.linkDown(max(now, near.At), place, b.conn, near.Code)
	}
}
