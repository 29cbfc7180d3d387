package dialect

import "loginstorm/sim/wire"

// Dialogue is how one kind of gateway speaks. It never changes, and any number
// of sessions and goroutines share it.
type Dialogue struct {
	name        string
	path        string
	subprotocol string
	maxFrame    int
	columns     []string
	caveats     []string
	steps       []string
	grammar     grammar
}

// grammar is what differs between dialogues. Session.Step guards the life of a
// link around it, so that a grammar is told only what can happen at its stage.
//
// What a gateway may want of it: to speak first, or several steps before Opened
// (phase counts them, armed and until bound their time); several messages in a
// frame (outputs are appended) or one over several (rest keeps the beginning); a
// kick that only a close code tells (LinkDown gives Kicked); a verdict at the
// upgrade (Refused opens, and WantLogin is answered without a word on the link).
// A step that is no message of package wire is said as a Message of no kind,
// whose Serial is the grammar's own number for encode.
type grammar interface {
	// step carries in out. A Tick means that the armed deadline is due.
	step(s *Session, now Time, in Input, out []Output) []Output
	// encode appends m as one frame. A grammar that needs no session may be given one
	// without any state.
	encode(s *Session, dst []byte, m *wire.Message, who *Speaker) (frame []byte, binary bool)
}

// Reference returns the dialogue of wire/PROTOCOL.md.
func Reference() *Dialogue {
	return &Dialogue{
		name:        "reference",
		path:        wire.Path,
		subprotocol: wire.Subprotocol,
		maxFrame:    wire.MaxFrame,
		grammar:     reference{},
	}
}

// Open returns a session for a new link.
func (d *Dialogue) Open() Session { return Session{dialogue: d} }

// Encode is Session.Encode for a dialogue that keeps nothing, as the reference one.
func (d *Dialogue) Encode(dst []byte, m *wire.Message) (frame []byte, binary bool) {
	s := Session{dialogue: d}
	return d.grammar.encode(&s, dst, m, &Speaker{})
}

// Described reports whether a description says how it goes: then what is said depends on
// the session and on who speaks (Session.Encode), and the request that opens a link, too
// (Request).
func (d *Dialogue) Described() bool {
	_, ok := d.grammar.(*described)
	return ok
}

// Header is one header of an upgrade.
type Header struct{ Name, Value string }

// Request returns path and query of the upgrade, and headers, for one who wants to log in.
// A path of the target's own address is up to the driver.
func (d *Dialogue) Request(who *Speaker) (path string, headers []Header) {
	g, ok := d.grammar.(*described)
	if !ok {
		return d.path, nil
	}
	s := Session{dialogue: d}
	return g.request(&speech{s: &s, who: who})
}

// Columns returns the fields that an account has beside name and token.
func (d *Dialogue) Columns() []string { return d.columns }

// Caveats returns what cannot be told with a gateway that speaks so, for reports.
func (d *Dialogue) Caveats() []string { return d.caveats }

// Steps returns the phases behind the login that the description names: first those of the
// states that rules lead to first.
func (d *Dialogue) Steps() []string { return d.steps }

// Name returns what a scenario calls the dialogue.
func (d *Dialogue) Name() string { return d.name }

// Path returns the path of the upgrade request.
func (d *Dialogue) Path() string { return d.path }

// Subprotocol returns what the upgrade request asks for; "" = none.
func (d *Dialogue) Subprotocol() string { return d.subprotocol }

// MaxFrame returns the longest frame in bytes that the dialogue takes; a driver
// does not read beyond it.
func (d *Dialogue) MaxFrame() int { return d.maxFrame }

// Personal reports whether what m says depends on the account: a driver that says
// something else need not look the account up.
func (d *Dialogue) Personal(m *wire.Message) bool {
	g, ok := d.grammar.(*described)
	if !ok {
		return m.Kind == wire.Login
	}
	i := g.saying(m)
	return i >= 0 && g.says[i].personal
}
