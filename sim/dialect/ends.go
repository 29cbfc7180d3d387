package dialect

import (
	"bytes"
	"math"

	"loginstorm/sim/wire"
)

// denied judges an upgrade that was answered with another status than 101.
func (g *described) denied(s *Session, now Time, in Input, out []Output) []Output {
	for i := range g.answers {
		a := &g.answers[i]
		if a.status != in.HTTPStatus {
			continue
		}
		if a.act.means == meansFailed || a.act.means == meansDropped {
			break
		}
		sc := in.Scratch
		if sc == nil {
			sc = new(Scratch)
		}
		sc.raw, sc.slots = nil, make([]value, len(g.fields))
		s.stage = opening
		out = g.mean(s, now, &a.act, -1, sc, out)
		e := s.room()
		e.hint, e.over = max(e.hint, in.RetryAfter), true
		return out
	}
	return s.refused(in, out)
}

// down judges the end of a link, by its close code and text, the state, and what was
// noted before.
func (g *described) down(s *Session, now Time, in Input, out []Output) []Output {
	if s.stage == kicked {
		return s.down(out)
	}
	if s.extra != nil && s.extra.over {
		return out // The upgrade was refused; the login that comes is answered with that.
	}
	sc := in.Scratch
	if sc == nil {
		sc = new(Scratch)
	}
	sc.raw, sc.code = in.Data, in.CloseCode
	for i := range g.closes {
		r := &g.closes[i]
		if !g.fits(s, r.when, sc) {
			continue
		}
		sc.took(s, in.Data, r, r.act.means)
		return g.ended(s, now, &r.act, sc, out)
	}
	sc.took(s, in.Data, nil, meansDropped)
	return s.down(out)
}

// ended says what the end of a link means.
func (g *described) ended(s *Session, now Time, a *action, sc *Scratch, out []Output) []Output {
	switch a.means {
	case meansKicked:
		if s.stage == open {
			out = g.kick(s, a, sc, out)
			s.end()
			return out
		}
	case meansBanned:
		if s.in {
			s.end()
			return append(out, Output{Kind: Kicked, Reason: wire.ByServer})
		}
		fallthrough
	case meansRefused, meansLimited:
		if s.in {
			break
		}
		asked := s.login != 0
		out = g.verdict(s, now, g.code(s, a, sc), g.after(a.after, now, s, sc), -1, out)
		if asked {
			s.end()
		} else {
			s.room().over = true
		}
		return out
	}
	out = s.down(out)
	o := &out[len(out)-1]
	o.Unsure, o.Shutdown = a.unsure, a.means == meansShutdown && (s.extra == nil || !s.extra.stops)
	return out
}

// serial reads a number without a sign, of JSON or of digits in a text.
func (v value) serial() (uint32, bool) {
	if v.kind != number && v.kind != text {
		return 0, false
	}
	var n uint64
	for _, c := range v.text {
		if c < '0' || c > '9' || n > math.MaxUint32 {
			return 0, false
		}
		n = n*10 + uint64(c-'0')
	}
	return uint32(n), len(v.text) > 0 && n <= math.MaxUint32
}

// whole reads a number that may be negative; 0 if it is none.
func (v value) whole() int32 {
	n := v.large()
	if n < math.MinInt32 || n > math.MaxInt32 {
		return 0
	}
	return int32(n)
}

// string returns the text; "" if it is absent.
func (v value) string() string {
	if v.kind == absent {
		return ""
	}
	return string(v.text)
}

// large reads a whole number of up to 18 digits; 0 if it is none.
func (v value) large() int64 {
	if v.kind == absent {
		return 0
	}
	return wholeOf(v.text)
}

func wholeOf(text []byte) (n int64) {
	digits, minus := bytes.CutPrefix(text, []byte("-"))
	if len(digits) > 18 {
		return 0
	}
	for _, c := range digits {
		if c < '0' || c > '9' {
			return 0
		}
		n = n*10 + int64(c-'0')
	}
	if minus {
		return -n
	}
	return n
}

// onlineFields are what an entry of a list of devices may have, in the order of their
// slots.
const onlineCount = 6

func onlineFields() []string {
	return []string{"device", "clientType", "customClientType", "os", "loginTime", "tag"}
}

// onlineList is where the list of the account's other devices is.
type onlineList struct {
	list source
	root jsonPath
}

// tell reads the list.
func (o *onlineList) tell(s *Session, g *described, sc *Scratch, out []Output) []Output {
	list := o.list.get(s, g, sc)
	if list.kind != nested || len(list.text) == 0 || list.text[0] != '[' {
		return s.malformed(out)
	}
	clients := sc.clients[:0]
	slots := sc.entry[:]
	r := &sc.items
	r.in, r.at, r.bad, r.plain, r.slots = list.text, 1, false, r.plain[:0], slots
	for r.space() != ']' && !r.bad && r.at < len(r.in) && len(clients) < wire.MaxClients {
		empty(slots)
		r.value(&o.root, 1)
		n := slots[0].large()
		if r.bad || n <= 0 || n > wire.MaxDevice {
			return s.malformed(out)
		}
		c := wire.OnlineClient{Device: uint64(n), LoginTime: slots[4].large(), CustomType: slots[2].whole(), OS: slots[3].string(), Tag: slots[5].string()}
		if t, ok := slots[1].serial(); ok && t < 1<<8 {
			c.ClientType = wire.ClientType(t)
		}
		clients = append(clients, c)
		if r.space() == ',' {
			r.at++
		}
	}
	sc.clients = clients
	return append(out, Output{Kind: OnlineChanged, Clients: clients})
}
