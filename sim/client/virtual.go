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
	account uint32
	machine login.Machine
	person  login.Person
	session dialect.Session

	last    Time      // The latest instant it was stepped at.
	planned Time      // Due of the App input being carried out, or never.
	wish    Time      // Since when it wants to be loggedIn, or never.
	due     Time      // When the current attempt was wanted.
	opening Time      // From due until its link was open, the sum of its phases.
	waited  Time      // The part of opening that is the driver's own lateness.
	since   Time      // Since when it is loggedIn.
	syncing Time      // Since when data sync runs, or never.
	hitAt   Time      // When the marked entry began.
	call    uint32    // Number of the newest call.
	logging uint32    // Number of the newest call of login.
	op      record.Op // What the newest call is.
	entry   uint16
	broken  bool // The local database does not open.
	marked  bool // entry is about to hit, or has hit, this client.
	hit     bool // The drop that entry caused was seen.

	online []wire.OnlineClient
}

// New returns client id, whose process has not started: its status is unknown.
func New(spec *Spec, id, account uint32) Virtual {
	return Virtual{
		spec: spec, id: id, account: account,
		machine: login.NewMachine(spec.Profile, id),
		person:  login.NewPerson(spec.Habits, id),
		session: spec.Dialogue.Open(),
		planned: never, wish: never, syncing: never,
	}
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
	if t, also := v.session.Deadline(); also && (!ok || t < at) {
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
	case Database:
		v.broken = !in.OK
	case Marked:
		if v.machine.Status() == login.LoggedIn {
			v.marked, v.hit, v.entry, v.hitAt = true, false, in.Entry, in.Due
		}
	}
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
		} else if t, also := v.session.Deadline(); also && t == at {
			v.tell(now, dialect.Input{Kind: dialect.Tick}, rec, out)
		} else {
			v.planned = at
			out.events = v.person.Step(now, nil, out.events)
			v.calls(now, rec, out)
			v.planned = never
		}
	}
}

// app carries out what the plan does to device and app.
func (v *Virtual) app(now Time, in Input, rec *record.Recorder, out *Out) {
	ev := in.Event
	if ev.Kind == login.KickOtherCalled && ev.Device == 0 {
		if len(v.online) == 0 {
			return
		}
		ev.Device = v.online[0].Device
	}
	v.planned = in.Due
	v.pass(now, ev, rec, out)
	v.planned = never
}

// start begins a process: with credentials it logs in by itself where the
// platform can, otherwise its owner presses the button. Spec 3.
func (v *Virtual) start(now Time, in Input, rec *record.Recorder, out *Out) {
	if v.machine.Status() != login.Unknown {
		return
	}
	given := in.Kind == AutoLogin || v.spec.Login == wire.Auto && in.Kind == Arrive
	stored := in.Kind == Start && v.machine.HasCredentials()
	v.planned = in.Due
	v.pass(now, login.Event{Kind: login.Initialised, Account: v.account, Credentials: given || stored}, rec, out)
	if v.spec.Login == wire.Manual && v.machine.Status() == login.UnLogin {
		v.pass(now, login.Event{Kind: login.LoginCalled, Account: v.account, Force: v.spec.Force}, rec, out)
	}
	v.planned = never
}

// link passes on what happened on a link, unless a newer one replaced it.
func (v *Virtual) link(now Time, in Input, rec *record.Recorder, out *Out) {
	if in.Gen != v.machine.Gen() {
		return
	}
	if in.Dialect.Kind == dialect.LinkUp {
		p := in.Phases
		v.waited = p.Wait
		v.opening = p.Wait + p.Address + p.Dial + p.TLS + p.Upgrade
		v.observe(rec, record.PhaseAddress, p.Address)
		v.observe(rec, record.PhaseDial, p.Dial)
		v.observe(rec, record.PhaseTLS, p.TLS)
		v.observe(rec, record.PhaseUpgrade, p.Upgrade)
		rec.Add(record.LinksOpened, 1)
	}
	v.tell(now, in.Dialect, rec, out)
}

// tell steps the dialogue and passes what it meant to the machine.
func (v *Virtual) tell(now Time, in dialect.Input, rec *record.Recorder, out *Out) {
	// What one step means is about one link, also when its first meaning made the
	// machine ask for the next one.
	first, gen := len(out.said), v.machine.Gen()
	out.said = v.session.Step(now, in, out.said)
	for i := first; i < len(out.said); i++ {
		said := out.said[i]
		v.heard(now, gen, &said, rec, out)
	}
	out.said = out.said[:first]
}

// heard is one output of the dialogue on a link.
func (v *Virtual) heard(now Time, gen uint32, said *dialect.Output, rec *record.Recorder, out *Out) {
	ev := login.Event{Gen: gen}
	switch said.Kind {
	case dialect.Opened:
		ev.Kind = login.LinkOpened
	case dialect.Failed:
		ev.Kind, ev.Code, ev.Hint = login.LinkFailed, said.Code, said.RetryAfter
	case dialect.Lost:
		ev.Kind = login.LinkLost
	case dialect.Replied:
		ev.Kind, ev.Code, ev.Hint = login.Replied, said.Code, said.RetryAfter
		ev.DatabaseFails = said.Code == wire.Success && v.broken
	case dialect.Kicked:
		ev.Kind, ev.Reason = login.Kicked, said.Reason
		ev.ClientType, ev.CustomType = said.ClientType, said.CustomType
	case dialect.SyncBegan:
		ev.Kind = login.SyncBegan
	case dialect.SyncEnded:
		ev.Kind = login.SyncEnded
	case dialect.OnlineChanged:
		v.online = append(v.online[:0], said.Clients...)
		ev.Kind = login.OnlineChanged
	case dialect.KickOtherReplied:
		ev.Kind, ev.Code = login.KickOtherReplied, said.Code
	case dialect.Alive, dialect.Draining:
		ev.Kind = login.Alive
	case dialect.Malformed:
		rec.Add(record.FramesMalformed, 1)
		return
	case dialect.Say:
		out.Effects = append(out.Effects, Effect{Kind: Say, Gen: ev.Gen, Message: said.Message})
		return
	case dialect.Close:
		// The dialogue gives the link up; for the machine it is lost.
		out.Effects = append(out.Effects, Effect{Kind: Close, Gen: ev.Gen, CloseCode: said.CloseCode})
		ev.Kind = login.LinkLost
	default:
		return
	}
	v.step(now, ev, rec, out)
}

func (v *Virtual) observe(rec *record.Recorder, m record.Metric, value Time) {
	rec.Observe(m, v.spec.Population, v.machine.Origin(), value)
}
