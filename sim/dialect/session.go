// Package dialect is how a gateway speaks: a Session turns what comes over a
// link into what it means for a login machine, and what the machine wants said
// into messages or frames.
//
// A Session is a small value, one a link, stepped by whoever owns the link; its
// Dialogue is shared by all sessions of a population. It knows no sockets and
// no clock.
//
//	      driver                    Session                  login machine
//	LinkUp, Frame, LinkDown  --->  the dialogue's  --->  Opened, Replied, Kicked ...
//	send, close              <---     grammar      <---  WantLogin, WantPing ...
//
// Most callers use Reference or Parse, Dialogue.Open, Session.Step and Session.Encode.
//
// Parse compiles a description (scenarios/dialects/template.yaml has every word of the
// language) into a Dialogue of the same shape: once, with all its faults at their places.
// A description is a table of states, and for each the rules that tell what a message
// means; a session is in one of them. It keeps values (captures) where the description
// says so, and then alone has memory of its own, bounded.
//
//	frame -> unit ------> content -----> rules of the state, then of always
//	         lines, XML   fields by one  the first that fits: keep, note, say,
//	         length ...   pass           what it means, the next state
//
// What a description says is written when it is sent (Session.Encode), by templates, from
// the session and from a Speaker: the account, the instant, and draws that belong to it.
package dialect

import (
	"time"

	"loginstorm/sim/dialect/mqtt"
	"loginstorm/sim/wire"
)

// Time is an instant, as elapsed time since the run began.
type Time = time.Duration

// InputKind is what a session is told.
type InputKind uint8

const (
	// Tick brings no news: only a deadline that is due is carried out.
	Tick InputKind = iota
	// LinkUp: the socket is open and the upgrade accepted.
	LinkUp
	// Refused: the upgrade was answered with an HTTP status other than 101.
	// Uses HTTPStatus, RetryAfter.
	Refused
	// Frame: one frame arrived. Uses Data (read during Step, not kept), Binary,
	// Scratch.
	Frame
	// Message: one message arrived that needs no decoding (virtual time). Uses
	// Message (read during Step, not kept).
	Message
	// LinkDown: the link ended, or could not be opened at all. Uses CloseCode
	// (0 = none, 1006 = no close frame), Data (the reason in the close frame), Scratch.
	LinkDown
	// WantLogin, WantLogout, WantPing, WantKickOther: the machine wants this
	// said. WantKickOther uses Device.
	WantLogin
	WantLogout
	WantPing
	WantKickOther
)

// Input is one input of Session.Step; its Kind says which fields count.
type Input struct {
	Kind       InputKind
	Binary     bool
	HTTPStatus uint16
	CloseCode  uint16
	RetryAfter Time
	Device     uint64
	Data       []byte
	Message    *wire.Message
	Scratch    *Scratch // nil costs an allocation a frame.
}

// Scratch is the room in which frames are decoded. Its zero value is ready. One
// serves all sessions that are stepped one after the other: an owner (a shard)
// has one, not a client.
type Scratch struct {
	// Epoch is the instant at which Time is 0, since 1 January 1970 UTC; hints that are
	// instants need it.
	Epoch time.Duration
	// Trace is told what every message was taken for, if it is not nil: for people.
	Trace func(Taken)

	message wire.Message
	raw     []byte
	prefix  []byte
	plain   []byte
	slots   []value
	json    jsonReader
	items   jsonReader
	nodes   []xmlNode
	packet  mqtt.Packet
	clients []wire.OnlineClient
	entry   [onlineCount]value
	code    uint16
}

// Taken is what one message of a described dialogue was taken for.
type Taken struct {
	State string
	Data  []byte // Valid during the call.
	Rule  string // Where the rule stands; "" = none fitted.
	Means string
}

// took tells what a message was taken for.
func (sc *Scratch) took(s *Session, raw []byte, r *told, means meaning) {
	if sc.Trace == nil {
		return
	}
	t := Taken{State: s.State(), Data: raw, Means: means.String()}
	if r != nil {
		t.Rule, t.Means = r.place, s.dialogue.grammar.(*described).follows(r)
	}
	sc.Trace(t)
}

// OutputKind is what something meant, or what is to be said.
type OutputKind uint8

const (
	NoOutput OutputKind = iota
	// Opened: the dialogue is ready for a login.
	Opened
	// Failed: the link cannot be used. Uses Code (Disconnected or TimedOut) and
	// RetryAfter. It never opened, or a step of the login took too long; nothing follows
	// but perhaps a Close.
	Failed
	// Lost: an opened link ended. Nothing follows.
	Lost
	// Replied: the login was answered. Uses Code, RetryAfter. A dialogue that is
	// turned away at the upgrade may open first and reply then.
	Replied
	// Kicked uses Reason, ClientType, CustomType.
	Kicked
	// SyncBegan, SyncEnded use Step.
	SyncBegan
	SyncEnded
	// OnlineChanged uses Clients (valid until the next Step).
	OnlineChanged
	// KickOtherReplied uses Code. It answers the newest WantKickOther; a late answer to
	// an older one is Alive.
	KickOtherReplied
	// Alive: something arrived that means nothing more.
	Alive
	// Draining: the gateway will close the link soon.
	Draining
	// Malformed: what arrived is no message of this dialect. The link cannot be
	// trusted; a Close follows, and then nothing more.
	Malformed
	// Say: send Message (reference dialect: the driver fills in the credentials
	// of a Login and encodes it, or hands it over as it is).
	Say
	// Close: close the link in order with CloseCode.
	Close
	// Shutdown: the gateway said that it stops, for the first time on this link.
	Shutdown
)

// Output is one output of Session.Step; its Kind says which fields count.
type Output struct {
	Kind       OutputKind
	Reason     wire.Reason
	ClientType wire.ClientType
	Unsure     bool  // Lost, Failed: the description says that a kick may look the same.
	Step       uint8 // Which of Dialogue.Steps it is, from 1; 0 = none that has a name.
	Shutdown   bool  // Lost, Failed: the end itself said that the gateway stops, and nothing did before.
	CloseCode  uint16
	CustomType int32
	Code       wire.Code
	RetryAfter Time
	Message    wire.Message
	Clients    []wire.OnlineClient
}
