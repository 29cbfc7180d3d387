package dialect

import (
	"bytes"
	"regexp"
	"strconv"
	"time"

	"github.com/xdg-go/scram"

	"loginstorm/sim/wire"
)

const (
	second      = time.Second
	millisecond = time.Millisecond
)

// described is the grammar of a description. It never changes.
type described struct {
	content     content
	unit        unit
	head        int // Bytes of the length in front of a message.
	little      bool
	itself      bool
	longest     int
	takesText   bool
	takesBinary bool
	binary      bool // What is said goes in binary frames.

	fields     []string // What is looked at, by slot.
	json       jsonPath
	deep       []deep
	xml        []xmlPath
	packet     []packetSlot
	beyondType bool

	states []awaited
	always []told
	closes []told
	says   []said

	ping, logout, kickOther int // What is said; -1 = nothing.

	serial   int  // The slot in which an answer repeats its serial; -1 = none.
	captures int  // How many values a session keeps.
	greets   bool // The link has to be greeted before a login.
	path     template
	headers  []header
	answers  []answer
}

// awaited is a state.
type awaited struct {
	name      string
	say       int // -1 = nothing.
	within    patience
	phase     string
	step      uint8 // Its place in Dialogue.Steps, from 1; 0 = it has no phase.
	rules     []told
	otherwise meaning
}

// told is a rule.
type told struct {
	when    []matcher
	keep    []kept
	note    uint32
	say     int // -1 = nothing.
	to      int // -1 = the state stays.
	replyTo uint8
	act     action
	place   string
	says    []string // Its conditions, for people.
}

const (
	replyToLogin uint8 = 1 + iota
	replyToKick
)

// kept is a value that a rule keeps.
type kept struct {
	from   source
	index  int
	re     *regexp.Regexp
	decode bool // From base64.
	verify bool // It is the server's own proof, and has to be right.
}

// said is something that is said.
type said struct {
	text   template
	packet string // Of MQTT.
	fields []packetField
	ready  []byte // It depends on nobody.

	personal bool // It depends on the account.
}

type packetField struct {
	key   string
	value template
}

type header struct {
	name  string
	value template
}

// answer is what an HTTP status means.
type answer struct {
	status uint16
	act    action
}

// meaning is what a message or an end means.
type meaning uint8

const (
	meansNothing meaning = iota
	meansOpened
	meansLoggedIn
	meansRefused
	meansLimited
	meansBanned
	meansKicked
	meansAlive
	meansIgnored
	meansDraining
	meansShutdown
	meansDropped
	meansMalformed
	meansSyncBegan
	meansSyncEnded
	meansKickReply
	meansOnline
	meansFailed
)

// action is a meaning with what it takes from a message.
type action struct {
	means  meaning
	unsure bool
	reason wire.Reason
	code   coded
	table  []translation
	other  wire.Code
	after  *hinted
	parts  [3]*source
	online *onlineList
}

const (
	partReason = iota
	partClientType
	partCustomType
)

// coded is a code, or the field that holds it.
type coded struct {
	fixed wire.Code
	from  source
}

// translation is what a gateway calls a code, and what we do.
type translation struct {
	theirs string
	ours   wire.Code
}

// hinted is where it stands how long not to try again.
type hinted struct {
	fixed Time
	given bool
	from  source
	re    *regexp.Regexp
	unit  Time
	form  string
}

// patience is how long something may last: a span and captures.
type patience struct {
	fixed Time
	parts []waited
}

type waited struct {
	capture int
	unit    Time
}

// extra is what a session keeps beyond its own few bytes; most keep nothing.
type extra struct {
	rest     []byte   // What arrived of a message that is not complete.
	captures [][]byte // None is longer than MaxCapture.
	notes    uint32
	counter  uint32
	draws    uint32
	early    wire.Code // The login was answered before it was asked for.
	hint     Time
	over     bool // And the link has ended.
	stops    bool // The gateway said that it shuts down.
	scram    *scram.ClientConversation
	past     *extra // Of the link before, until this one is up.
}

// room returns the session's extra room.
func (s *Session) room() *extra {
	if s.extra == nil {
		s.extra = new(extra)
	}
	return s.extra
}

// captured returns a value that was kept.
func (s *Session) captured(i int) []byte {
	if s.extra == nil || i >= len(s.extra.captures) {
		return nil
	}
	return s.extra.captures[i]
}

// lasts returns how long a patience is in this session; 0 = for ever.
func (p *patience) lasts(s *Session) Time {
	d := p.fixed
	for _, w := range p.parts {
		whole, tail, _ := bytes.Cut(s.captured(w.capture), []byte("."))
		n := Time(wholeOf(whole))
		if n < 0 || n > 24*time.Hour/w.unit {
			continue // Nobody means that.
		}
		d += n * w.unit
		if len(tail) > 0 && len(tail) < 4 {
			part := Time(wholeOf(tail)) * w.unit
			for range tail {
				part /= 10
			}
			d += part
		}
	}
	return d
}

// take keeps what a rule captures; false = it is too long to be kept, or proves that
// the server is another one.
func (g *described) take(s *Session, k *kept, sc *Scratch) bool {
	v := k.from.get(s, g, sc)
	if k.re != nil {
		m := k.re.FindSubmatchIndex(v.text)
		if m == nil || m[2] < 0 {
			return true
		}
		v.text = v.text[m[2]:m[3]]
	}
	if len(v.text) > MaxCapture {
		return false
	}
	e := s.room()
	if e.captures == nil {
		e.captures = make([][]byte, g.captures)
	}
	into := e.captures[k.index][:0]
	if k.decode {
		into = decodeBase64(into, v.text)
	} else {
		into = append(into, v.text...)
	}
	if k.verify {
		return e.proven(into)
	}
	e.captures[k.index] = into
	return true
}

// after reads a hint.
func (g *described) after(h *hinted, now Time, s *Session, sc *Scratch) Time {
	if h == nil || !h.given {
		if h != nil {
			return h.fixed
		}
		return 0
	}
	v := h.from.get(s, g, sc)
	if h.re != nil {
		m := h.re.FindSubmatchIndex(v.text)
		if m == nil || m[2] < 0 {
			return h.fixed
		}
		v.text = v.text[m[2]:m[3]]
	}
	word := string(bytes.TrimSpace(v.text))
	var d Time
	switch h.form {
	case "rfc3339":
		t, err := time.Parse(time.RFC3339, word)
		if err != nil || sc.Epoch == 0 {
			return h.fixed
		}
		d = Time(t.UnixNano()) - sc.Epoch - now
	default:
		n, err := strconv.ParseFloat(word, 64)
		if err != nil || n < 0 || n > 1e15 {
			return h.fixed
		}
		switch h.form {
		case "unix":
			d = absolute(n*float64(second), now, sc)
		case "unixMs":
			d = absolute(n*float64(millisecond), now, sc)
		default:
			d = Time(min(n*float64(h.unit), float64(wire.MaxRetryAfter)))
		}
	}
	return wire.RoundHint(d)
}

// absolute is how far an instant since 1970 lies ahead.
func absolute(at float64, now Time, sc *Scratch) Time {
	if sc.Epoch == 0 || at > float64(1<<62) {
		return 0
	}
	return Time(at) - sc.Epoch - now
}

// packets reports whether what is said are packets of MQTT.
func (g *described) packets() bool { return g.content == contentMQTT3 || g.content == contentMQTT5 }
