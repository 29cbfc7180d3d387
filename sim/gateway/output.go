package gateway

import "loginstorm/sim/wire"

// OutputKind is what the gateway does, or lets its observers know.
type OutputKind uint8

const (
	NoOutput OutputKind = iota

	// Refuse: the link is not admitted. Uses Link, Code (Unavailable), After.
	// The driver refuses the upgrade or resets the link; the number is free.
	Refuse
	// Send: send a message on the link. Uses Link, Message.
	Send
	// Close: close the link in order, with a close code. Uses Link, CloseCode.
	// The number is free; no Closed input may follow.
	Close
	// Cut: reset the link. Uses Link. The number is free, as with Close.
	Cut
	// Work: a login worker began; Worked{Job} is due after After. Uses Job, After.
	Work
	// AskApp: the app server is asked about a login; AppAnswered{Job} must come.
	// Uses Job, Account, Device, ClientType.
	AskApp
	// Down and Up: a node stops or starts accepting connections (while it is
	// down they are refused by the operating system). Use Node.
	Down
	Up
	// Stalled and Unstalled: a node's accept queue is full, or drains again: new
	// connections are neither accepted nor refused in between, and the gateway is not
	// told of them. Those that still wait at the end are accepted then. While a node
	// is Down its connections are refused, stalled or not. Use Node.
	Stalled
	Unstalled

	// The outputs below change nothing outside; they are for observers.

	// Judged: a login was answered. Uses Link, Account, Device, ClientType,
	// Origin, Code, Force, Node; After is the time since it arrived.
	Judged
	// SessionBegan and SessionEnded use Link, Account, Device, ClientType,
	// Origin, Node; the end also Cause.
	SessionBegan
	SessionEnded
)

// Cause is why a session ended.
type Cause uint8

const (
	NoCause         Cause = iota
	ExcludedByLogin       // Kick reason 1.
	KickedByServer        // Kick reason 2: the server API or a ban.
	KickedByOther         // Kick reason 3.
	SameDevice            // Kick reason 4.
	LoggedOut             // The client said so.
	LinkGone              // The link closed or broke.
	TimedOut              // Nothing was heard for the session timeout.
	NodeLost              // The node died or restarted.
	Drained               // The node was drained.
)

// Output is one output of Gateway.Step; its Kind says which fields count.
type Output struct {
	Kind       OutputKind
	Cause      Cause
	Node       uint8
	ClientType wire.ClientType
	Origin     wire.Origin
	Force      bool
	CloseCode  uint16
	Link       Link
	Job        uint32
	Account    uint32
	Code       wire.Code
	Device     uint64
	After      Time
	Message    wire.Message // Send. Clients is read before the next Step.
}
