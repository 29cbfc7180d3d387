package wire

import "strconv"

// DecodeError says what is wrong with a frame. It carries names and places,
// never a value of the frame, so that it may be logged.
type DecodeError struct {
	Kind    Kind   // NoMessage when the frame does not tell.
	Field   string // As the frame names it; "" = the frame as a whole.
	Offset  int    // Where in the frame, in bytes.
	Problem string // "is out of range".
}

// Error returns the operation, the kind, the field and the problem.
func (e *DecodeError) Error() string {
	text := "decode frame"
	if e.Kind != NoMessage {
		text += " " + e.Kind.String()
	}
	text += ": byte " + strconv.Itoa(e.Offset) + ": "
	if e.Field != "" {
		text += "field " + e.Field + " "
	}
	return text + e.Problem
}

// Decode reads one frame into m and checks every bound of the protocol. Errors
// are *DecodeError; m then holds nothing of use.
//
// m is overwritten: its Clients keep their capacity and its Login is used again
// when the frame is a login, so whoever keeps either past the next Decode copies
// it. Only texts allocate. frame is not kept.
func Decode(frame []byte, m *Message) error {
	login, clients := m.Login, m.Clients[:0]
	*m = Message{Login: login, Clients: clients}
	if len(frame) > MaxFrame {
		return &DecodeError{Offset: MaxFrame, Problem: "is longer than " + strconv.Itoa(MaxFrame) + " bytes"}
	}
	d := decoder{scanner: scanner{in: frame}, m: m}
	kind, seen := d.kind()
	m.Kind = kind
	if d.fault == "" {
		d.message(seen)
	}
	if d.fault != "" {
		return &DecodeError{Kind: m.Kind, Field: d.place(), Offset: d.at, Problem: d.fault}
	}
	return nil
}

// decoder fills a message from a frame.
type decoder struct {
	scanner
	m      *Message
	field  fields // The one that is being read.
	listed bool   // It is in an entry of the list of clients.
	entry  *OnlineClient
	before struct{ os, tag string } // What stood in entry's place.
}

// place names the field that is being read.
func (d *decoder) place() string {
	switch {
	case !d.listed:
		return d.field.name()
	case d.field == 0:
		return fieldClients.name()
	}
	return fieldClients.name() + "." + d.field.name()
}

// kind looks for the kind ahead of everything else, because a member may stand
// anywhere and means something only at its kind. Usually it stands first, and is
// then done with: seen has it. Otherwise what stands before it is read again.
func (d *decoder) kind() (k Kind, seen fields) {
	d.expect('{', "is no JSON object")
	start := d.at
	for first := true; d.more(first, '}'); first = false {
		if fieldOf(d.name()) != fieldKind {
			d.skip(1)
			continue
		}
		d.field = fieldKind
		k = kindOf(d.text())
		if k == NoMessage {
			d.fail("is unknown")
		}
		if first || d.fault != "" {
			return k, fieldKind
		}
		d.at = start
		return k, 0
	}
	if d.fault == "" {
		d.field = fieldKind
		d.fail("is missing")
	}
	return NoMessage, 0
}

// message reads all members once the kind is known.
func (d *decoder) message(seen fields) {
	uses, needs := d.m.Kind.fields()
	if d.m.Kind == Login {
		if d.m.Login == nil {
			d.m.Login = new(Credentials)
		} else {
			*d.m.Login = Credentials{}
		}
	}
	d.object(uses|fieldKind, needs, seen, d.member)
	d.end()
}

// object reads the members of an object, behind its brace and those in seen,
// that are in uses, passes over the others, and demands needs. A member that is
// null counts as absent.
func (d *decoder) object(uses, needs, seen fields, read func(fields)) {
	for first := seen == 0; d.more(first, '}'); first = false {
		f := fieldOf(d.name())
		if f&uses == 0 {
			d.skip(1)
			continue
		}
		d.field = f
		if seen&f != 0 {
			d.fail("is given twice")
			return
		}
		if !d.word("null") {
			seen |= f
			read(f)
		}
		if d.fault != "" {
			return
		}
		d.field = 0
	}
	if missing := needs &^ seen; missing != 0 && d.fault == "" {
		d.field = missing & -missing
		d.fail("is missing")
	}
}
