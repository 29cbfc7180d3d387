package client

import (
	"loginstorm/sim/dialect"
	"loginstorm/sim/login"
	"loginstorm/sim/record"
	"loginstorm/sim/wire"
)

// Spec is what the clients of a population share. It is never changed.
type Spec struct {
	Population uint16
	Seed       uint64
	Profile    *login.Profile
	Habits     *login.Habits // nil: a person who does nothing of their own accord.
	Dialogue   *dialect.Dialogue
	Login      wire.Origin // Auto or Manual: how a client logs in when it arrives.
	Force      bool
	Tokens     Tokens
	Lookup     bool   // There is an address server: it is asked before the first link.
	Nodes      int    // How many links in a row have to fail before it is asked again; 0 = 1.
	Stride     uint32 // Between two accounts of one person; see login.Habits.
	// Faults says what a client has to know of the timeline's entries, by their number.
	Faults []Fault
	// Alone says that no account of these clients has a second one: Accounts then
	// remembers them only while 416 locks them out. It changes no figure.
	Alone bool
}

// Tokens is when a client asks the app's server for its token. Spec section 8.
type Tokens uint8

const (
	TokensGiven Tokens = iota // It has the token.
	TokensFirst               // Once; the token is stored, and forgotten with pwdError.
	TokensEvery               // On every login.
)

// never marks an instant that is not set.
const never Time = -1

// Virtual is one virtual client. It is owned by one goroutine.
//
// Of the links it asks for only the newest counts: what comes from an older one
// is dropped, here and in the machine.
type Virtual struct {
	spec    *Spec
	id      uint32
	home    uint32 // The account it was made with.
	account uint32 // That its person uses now.
	held    uint32 // That it is loggedIn with.
	machine login.Machine
	person  *login.Person // nil: nothing of their own accord.
	session dialect.Session

	last    Time      // The latest instant it was stepped at.
	planned Time      // When what is being carried out was to happen, or never.
	wish    Time      // Since when it wants to be loggedIn, or never.
	due     Time      // When the current attempt was wanted.
	opening Time      // From due until the login could leave, the sum of its phases.
	waited  Time      // The part of opening that is the driver's own lateness.
	asked   Time      // Since when an address or a token is awaited, or never.
	sent    Time      // When the attempt's login left, or never.
	since   Time      // Since when it is loggedIn.
	syncing Time      // Since when data sync runs, or never.
	hitAt   Time      // The client's own hit by entry, or InTurn.
	call    uint32    // Number of the newest call.
	logging uint32    // Number of the newest call of login.
	code    wire.Code // Of the last attempt that ended in this process; 0 = none.
	entry   uint16
	op      record.Op   // What the newest call is.
	reason  wire.Reason // Of the last kick, until the next attempt.
	misses  uint8       // Links in a row that did not open.

	broken    bool // The local database does not open.
	marked    bool // entry is about to hit, or has hit, this client.
	hit       bool // The drop that entry caused was seen.
	felt      bool // Entry made it drop, now or before.
	up        bool // The attempt's link opened.
	addressed bool // The address server said where to connect.
	stored    bool // The app keeps a token for account.
	force     bool // Of the login whose token is awaited.
	began     bool // Its process started once.
	booked    bool // An arrival or a login of the plan is being carried out.
	known     bool // Out.Accounts knows it as loggedIn.

	online []wire.OnlineClient
}

// New returns client id, whose process has not started: its status is unknown.
func New(spec *Spec, id, account uint32) Virtual {
	v := Virtual{
		spec: spec, id: id, home: account, account: account,
		machine: login.NewMachine(spec.Profile, id),
		session: spec.Dialogue.Open(),
		planned: never, wish: never, asked: never, sent: never, syncing: never,
	}
	if spec.Habits != nil {
		p := login.NewPerson(spec.Habits, id)
		v.person = &p
	}
	return v
}

// Status returns the login status.
func (v *Virtual) Status() login.Status { return v.machine.Status() }

// Gen returns the number of the newest link; 0 = none was asked for yet.
func (v *Virtual) Gen() uint32 { return v.machine.Gen() }

// Population returns the index of the population.
func (v *Virtual) Population() uint16 { return v.spec.Population }

// Machine returns the client's machine for inspection.
func (v *Virtual) Machine() *login.Machine { return &v.machine }

// Online returns the account's other devices as last published.
func (v *Virtual) Online() []wire.OnlineClient { return v.online }

// Deadline returns the earliest instant at which Step has to be called again.
func (v *Virtual) Deadline() (Time, bool) {
	at, ok := v.machine.Deadline()
	if t, also := v.session.Deadline(); also && v.machine.Linked() && (!ok || t < at) {
		at, ok = t, true
	}
	if t, also := v.person.Deadline(); also && (!ok || t < at) {
		at, ok = t, true
	}
	return at, ok
}

// Step carries out what is due at now and then the input. Effects have to be
// carried out in order; figures go to rec.
//
// An input may carry the stamp of an earlier instant than the last step's, when
// a timer overtook it on its way; it then counts as of that last step.
func (v *Virtual) Step(now Time, in Input, rec *record.Recorder, out *Out) {
	now = max(now, v.last)
	v.last = now
	v.dues(now, rec, out)
	switch in.Kind {
	case App:
		v.app(now, in, rec, out)
	case Arrive, AutoLogin, Start:
		v.start(now, in, rec, out)
	case Link:
		v.link(now, in, rec, out)
	case Addressed:
		v.located(now, in, rec, out)
	case Token:
		v.credited(now, in, rec, out)
	case Database:
		v.broken = !in.OK
	case Marked:
		v.mark(now, in, out)
	}
	v.obey(now, rec, out)
}

// dues carries out the deadlines of machine, dialogue and person, the earliest
// first.
func (v *Virtual) dues(now Time, rec *record.Recorder, out *Out) {
	for {
		at, ok := v.Deadline()
		if !ok || at > now {
			return
		}
		if t, also := v.machine.Deadline(); also && t == at {
			v.step(now, login.Event{Kind: login.Due}, rec, out)
		} else if t, also := v.session.Deadline(); also && v.machine.Linked() && t == at {
			v.tell(now, v.machine.Gen(), dialect.Input{Kind: dialect.Tick}, rec, out)
		} else {
			v.planned = at
			out.events = v.person.Step(now, nil, out.events)
		}
		v.obey(now, rec, out)
		v.planned = never
	}
}

// End records what became of a client when the run ends at now: everybody whose
// process ever started and who is not loggedIn is stranded, also those who want it
// so. Which it is follows from status and code: unLogin after a 200 is a logout,
// unLogin without a code is somebody who has not pressed the button yet. A timeline
// entry that made it drop is named as long as it is not back. It is called once,
// before the recorder's last Cut.
func (v *Virtual) End(_ Time, rec *record.Recorder) {
	status := v.machine.Status()
	if status == login.LoggedIn || !v.began {
		return
	}
	entry := record.NoEntry
	if v.hit {
		entry = v.entry
	}
	rec.Stranded(v.spec.Population, entry, status, v.code, v.reason, v.next())
}

// next is what a client that is not loggedIn does about it. Spec 3, 4.
func (v *Virtual) next() record.Next {
	m := &v.machine
	_, acts := v.person.Deadline()
	switch {
	case m.Status() == login.UnLogin && v.op == record.OpLogout:
		return record.Rests // A press that comes after a pause is another session.
	case m.Linked() || m.Waiting() || m.Status() == login.NetBroken || acts:
		return record.Tries
	case m.Status() != login.UnLogin || v.code == 0 || v.code == wire.Success:
		return record.Rests
	case v.wish == never:
		return record.Spent // LoginFailed was published.
	}
	return record.Quits
}

// observe records a value for a metric of the client's population.
func (v *Virtual) observe(rec *record.Recorder, m record.Metric, value Time) {
	rec.Observe(m, v.spec.Population, v.machine.Origin(), value)
}
