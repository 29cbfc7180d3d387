package live

import (
	"errors"
	"strings"

	"loginstorm/sim/client"
	"loginstorm/sim/dial"
	"loginstorm/sim/dialect"
	"loginstorm/sim/link"
	"loginstorm/sim/record"
	"loginstorm/sim/wire"
)

// startLate is from when on an attempt counts as late: the floor of the rule by which
// a run is invalid.
const startLate = 5_000_000 // 5 ms.

// effect carries out one effect of a client.
func (s *shard) effect(now Time, place uint32, e *client.Effect) {
	switch e.Kind {
	case client.Dial:
		s.dial(now, place, e)
		return
	case client.Fetch, client.Lookup:
		s.send(now, place, e)
		return
	case client.Close, client.Reset, client.Abandon:
		s.recallFor(place, e.Gen)
	}
	l := &s.links[place]
	if l.conn == nil || l.conn.Gen != e.Gen {
		return
	}
	switch e.Kind {
	case client.Say:
		s.say(now, place, e)
	case client.Close:
		s.hangUp(now, l, e.CloseCode, false)
	case client.Reset:
		s.hangUp(now, l, wire.CloseAbnormal, true)
	case client.Abandon:
		// Spec 10, "physical network lost": the gateway is told nothing.
		l.conn.Abandon()
		*l = slot{}
	}
}

// dial begins to open a link.
func (s *shard) dial(now Time, place uint32, e *client.Effect) {
	s.recall(place)
	l := &s.links[place]
	if l.conn != nil {
		s.hangUp(now, l, wire.CloseNormal, false)
	}
	c := s.dialer.NewConn(s.number(place), e.Gen)
	endpoint := s.endpoint(place, e.Gen)
	c.Request = s.request(now, place, e)
	c.Due, c.Node = e.Due, s.f.conf.Endpoints[endpoint].Node
	*l = slot{conn: c}
	if s.lay(now, place) {
		s.open(c, endpoint)
	}
}

// say encodes a message and sends it.
func (s *shard) say(now Time, place uint32, e *client.Effect) {
	if s.f.conf.Dialogue.Described() {
		s.speak(now, place, e)
		return
	}
	if e.Message.Kind == wire.Login {
		s.f.plan.CredentialsFor(s.number(place), e.Account, &s.login)
		if s.tokens != nil && s.tokens[place].text != "" && s.tokens[place].account == e.Account {
			s.login.Token = s.tokens[place].text
		}
		s.login.Origin, s.login.Force = e.Origin, e.Force
		e.Message.Login = &s.login
	}
	var binary bool
	s.scratch, binary = s.f.conf.Dialogue.Encode(s.scratch[:0], &e.Message)
	s.sent(now, place, binary)
}

// sent sends what stands in s.scratch.
func (s *shard) sent(now Time, place uint32, binary bool) {
	s.rec.Add(record.FramesOut, 1)
	s.rec.Add(record.BytesOut, uint64(len(s.scratch)))
	l := &s.links[place]
	if l.bends == nil {
		_ = l.conn.Say(s.scratch, binary) // A link that cannot say it ends, and that is heard.
		return
	}
	s.sendUp(now, l.bends, s.scratch, binary)
}

// hangUp ends a link from the client's side.
func (s *shard) hangUp(now Time, l *slot, code uint16, reset bool) {
	switch {
	case l.bends != nil:
		s.endUp(now, l.bends, l.bends.link.End(now, link.Up, code))
	case reset:
		l.conn.Reset()
	default:
		l.conn.Close(code)
	}
	*l = slot{}
}

// happened carries out one event of the inbox.
func (s *shard) happened(e *event) {
	switch e.kind {
	case answered:
		s.reported(e.at, e.news)
		return
	case policed:
		s.accounts.SetPolicy(e.news.policy.Excludes)
		return
	}
	place := s.place(e.conn.Client)
	l := &s.links[place]
	current := l.conn == e.conn
	switch e.kind {
	case began:
		s.start(e.at, e.conn.Due)
		return
	case down:
		s.gone(e.conn)
	case up:
		s.opened++
	case framed:
		s.rec.Add(record.FramesIn, 1)
		s.rec.Add(record.BytesIn, uint64(e.to-e.from))
	}
	s.rec.Observe(record.RecordLateness, 0, 0, max(0, s.now()-e.at))
	if !current {
		return // Of a link that the client has left.
	}
	if e.kind == failed {
		s.short(e.cause)
	}
	if l.bends != nil {
		s.bent(place, e)
		return
	}
	switch e.kind {
	case up:
		s.linkUp(e.at, place, e.conn, e.timings)
	case framed:
		s.tell(e.at, place, client.Input{Kind: client.Link, Gen: e.conn.Gen,
			Dialect: dialect.Input{Kind: dialect.Frame, Data: s.bytes[e.from:e.to], Binary: e.binary, Scratch: &s.decoded}})
	case down:
		s.linkEnded(e.at, place, e.conn, e.code, s.bytes[e.from:e.to])
	case failed:
		s.failed(place, e)
	}
}

// start counts how late an attempt, or the question before it, began.
func (s *shard) start(at, due Time) {
	late := max(0, at-due)
	s.rec.Observe(record.StartLateness, 0, 0, late)
	if late > startLate {
		s.rec.Add(record.StartsLate, 1)
	}
}

// gone counts the end of a link that was open.
func (s *shard) gone(c *dial.Conn) {
	s.ended++
	if c.Heard {
		s.rec.Add(record.LinksEnded, 1)
	}
	c.Heard = false
}

// linkUp tells a client that its link is open. What is left of the time since
// the attempt was due is the generator's own lateness.
func (s *shard) linkUp(at Time, place uint32, c *dial.Conn, t dial.Timings) {
	c.Heard = true
	p := client.Phases{Address: t.Address, Dial: t.Dial, TLS: t.TLS, Upgrade: t.Upgrade}
	p.Wait = max(0, at-c.Due-t.Address-t.Dial-t.TLS-t.Upgrade)
	s.tell(at, place, client.Input{Kind: client.Link, Gen: c.Gen, Dialect: dialect.Input{Kind: dialect.LinkUp}, Phases: p})
}

// linkDown tells a client that its link ended.
func (s *shard) linkDown(at Time, place uint32, c *dial.Conn, code uint16) {
	s.linkEnded(at, place, c, code, nil)
}

// linkEnded is linkDown with the reason that a close frame gave.
func (s *shard) linkEnded(at Time, place uint32, c *dial.Conn, code uint16, reason []byte) {
	s.recallFor(place, c.Gen)
	s.doomed(at, place, c)
	s.links[place] = slot{}
	s.tell(at, place, client.Input{Kind: client.Link, Gen: c.Gen, Dialect: dialect.Input{Kind: dialect.LinkDown, CloseCode: code, Data: reason, Scratch: &s.decoded}})
}

// failed tells a client that its link could not be opened.
func (s *shard) failed(place uint32, e *event) {
	if e.status == 0 {
		s.linkDown(e.at, place, e.conn, e.code)
		return
	}
	s.links[place] = slot{}
	s.tell(e.at, place, client.Input{Kind: client.Link, Gen: e.conn.Gen,
		Dialect: dialect.Input{Kind: dialect.Refused, HTTPStatus: e.status, RetryAfter: e.hint, Scratch: &s.decoded}})
}

// short counts what this machine ran out of.
func (s *shard) short(cause error) {
	var why *dial.Error
	if !errors.As(cause, &why) || why.Kind != dial.Shortage {
		return
	}
	s.dropped++
	s.rec.Add(record.StartsDropped, 1)
	what := why.Err.Error()
	if i := strings.LastIndex(what, ": "); i >= 0 {
		what = what[i+2:]
	}
	s.shortages[what]++
}
