// Package client is one virtual client put together: the login machine, the
// person who holds the phone and the dialogue on its link, with the instants
// that its figures need. Both drivers step the same client, so that they differ
// in clock, sockets and order and in nothing else.
//
//	          Lookup                 Dial              Fetch              Say login
//	Dial of -----------> Addressed -------> LinkUp ------------> Token ------------> 200
//	the machine  address            dial, tls, upgrade    token         login
//
// The phases of an attempt, with the driver's own lateness, add up to
// connect_to_logged_in: each begins where the one before ended. The address server is
// asked only where Spec.Lookup says so, and the app's server where Spec.Tokens does.
//
// Accounts is what several clients have to do with each other. It is told by the
// clients themselves; a driver makes one, puts it into Out, and ends it.
package client

import (
	"time"

	"loginstorm/sim/dialect"
	"loginstorm/sim/login"
	"loginstorm/sim/wire"
)

// Time is an instant, as elapsed time since the run began.
type Time = time.Duration

// InputKind is what a driver tells a client.
type InputKind uint8

const (
	// Tick: a deadline may be due.
	Tick InputKind = iota
	// App: something happens to the device or its app (a plan's step). Uses Event
	// and Due; Virtual gives the call its number. A NetworkLost or ProcessKilled is
	// one. A KickOtherCalled with Device 0 means the first entry of the client's
	// own online list, and without an entry nothing is called.
	App
	// Arrive: the process starts and logs in by its population's way. Uses Due.
	Arrive
	// AutoLogin: the process starts with given credentials, whatever the
	// population's way. Uses Due.
	AutoLogin
	// Start: a killed process starts again, with what it stored. Uses Due.
	Start
	// Link: something happened on the link Gen. Uses Gen, Dialect and Phases
	// (LinkUp alone).
	Link
	// Marked: the timeline entry Entry is about to hit this client. Uses Due: the client's
	// own hit, from which its way back counts, or InTurn. It counts only for a client that
	// is loggedIn.
	Marked
	// Token: the answer to Fetch for link Gen: OK, or there is none. The driver keeps
	// the token and says it with the login.
	Token
	// Addressed: the answer to Lookup for attempt Gen: OK, or there is none. The driver
	// keeps the list of addresses.
	Addressed
	// Database: the local database opens from now on (OK), or it does not.
	Database
)

// InTurn is the Due of a mark when nobody knows before when it will be this client's
// turn, as on a node that drains: its own hit is then the instant at which it drops.
const InTurn Time = never

// Phases is how long the parts of opening a link took. Wait is how late the
// driver began.
type Phases struct {
	Wait, Address, Dial, TLS, Upgrade time.Duration
}

// Input is one input of Virtual.Step; its Kind says which fields count.
type Input struct {
	Kind    InputKind
	Entry   uint16
	OK      bool // Token, Addressed, Database.
	Gen     uint32
	Due     Time // When the plan wanted it; latency is counted from here.
	Event   login.Event
	Dialect dialect.Input
	Phases  Phases
}

// EffectKind is what a driver has to do for a client.
type EffectKind uint8

const (
	NoEffect EffectKind = iota
	// Dial: open link Gen. Uses Due, Account, Origin. Due is when opening it was
	// wanted, and what Phases.Wait counts from: after a Lookup the instant of its
	// answer.
	Dial
	// Say: send Message on link Gen. For a wire.Login the driver fills in the
	// credentials: Account, Origin, Force.
	Say
	// Close: close link Gen in order with CloseCode.
	Close
	// Reset: reset link Gen.
	Reset
	// Abandon: forget link Gen without a FIN or an RST.
	Abandon
	// Fetch: ask the app's server for a token of Account, for the login on link Gen.
	// Token must come, or the link's end. A token that comes when the link is gone is
	// of no use to anybody: the driver keeps none that comes for an older Gen. Uses
	// Account, Origin.
	Fetch
	// Lookup: ask the address server where to connect, for attempt Gen; Addressed must
	// come, and Dial of the same Gen follows. Uses Due, Account, Origin. A Close, Reset
	// or Abandon of a Gen that was not dialled calls the question off.
	Lookup
)

// Effect is one effect; its Kind says which fields count.
type Effect struct {
	Kind      EffectKind
	Origin    wire.Origin
	Force     bool
	CloseCode uint16
	Gen       uint32
	Account   uint32
	Due       Time
	Message   wire.Message
}

// Published is what an observer (oracle, trace) hears of a client: an action of
// its machine, or, where Action.Kind is login.NoAction, the call or the fault
// that its machine was given (an event that no link brought).
type Published struct {
	At     Time
	Client uint32
	Action login.Action
	Event  login.Event
}

// Out collects what steps bring forth. The owner reads it and empties it with
// Reset; its buffers are reused.
type Out struct {
	Effects   []Effect
	Published []Published // Filled only when Watched.
	Watched   bool
	// Accounts follows what happens among the devices of an account; nil = nobody
	// does. Its owner steps all clients of the accounts it follows.
	Accounts *Accounts

	actions []login.Action
	said    []dialect.Output
	events  []login.Event
	felt    map[blow]struct{}
}

// Reset empties Effects and Published and keeps their memory.
func (o *Out) Reset() {
	o.Effects = o.Effects[:0]
	o.Published = o.Published[:0]
}
