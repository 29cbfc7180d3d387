package oracle

import (
	"loginstorm/sim/login"
	"loginstorm/sim/wire"
)

// client is what is remembered of one client.
type client struct {
	changed  Time // Of the status.
	resulted Time // The last result of a call.
	active   Time // The last sign of an attempt to come back.
	wanted   Time // Since when it wants to be loggedIn.
	gen      uint32
	top      uint32 // The highest call number seen.
	account  uint32 // That it logged in with last.
	mate     int32  // Next loggedIn client of the account + 1; 0 = none.
	owed     int32  // Head of the calls without a result; 0 = none.
	code     wire.Code
	status   login.Status
	origin   login.Origin
	flags    flags
}

type flags uint8

const (
	attempting flags = 1 << iota // A Dial without its AttemptEnded.
	owes                         // A terminal status was left by a call whose result must come at once.
	wiped                        // The credentials are gone.
	offline                      // No physical network.
	restarted                    // The process died since the last result.
	gaveUp                       // LoginFailed was published, or a manual login failed.
	left                         // Called off: logged out, or a call ended what was pending.
	dead                         // The process died since the last Dial; its attempt need not end.
)

func (f *flags) set(bit flags, on bool) {
	if *f &^= bit; on {
		*f |= bit
	}
}

// look returns the client, or nil and a finding when there is no such client.
func (c *Checker) look(at Time, who uint32) *client {
	if who-c.cfg.First >= uint32(len(c.clients)) {
		c.find(OneStatus, at, who, NoOne, "there is no such client")
		return nil
	}
	k := &c.clients[who-c.cfg.First]
	if k.flags&owes != 0 && at > k.changed {
		c.paid(who, k)
	}
	return k
}

// paid asks whether the call that left a terminal status got its result.
func (c *Checker) paid(who uint32, k *client) {
	k.flags.set(owes, false)
	if k.resulted != k.changed {
		c.find(TerminalStays, k.changed, who, NoOne, "a terminal status was left for %s without a login or logout call", statusName(k.status))
	}
}

// Client takes one action of a client's machine, published or not. Actions
// without a meaning for the rules are ignored.
func (c *Checker) Client(at Time, who uint32, a *login.Action) {
	switch a.Kind {
	case login.Dial, login.SendLogout, login.AttemptEnded, login.Result, login.PublishStatus, login.PublishKick, login.PublishLoginFailed:
	default:
		return
	}
	k := c.look(at, who)
	if k == nil {
		return
	}
	number := a.Gen
	if a.Kind == login.Result {
		number = a.Call
	}
	c.trail.add(trace{at: at, client: who, account: k.account, number: number, code: a.Code, side: acted,
		kind: uint8(a.Kind), a: uint8(a.Status), b: uint8(a.From), c: uint8(a.Origin)})
	switch a.Kind {
	case login.Dial:
		c.dialled(at, who, k, a)
	case login.SendLogout:
		k.flags |= left
	case login.AttemptEnded:
		c.attempted(at, who, k, a)
	case login.Result:
		k.resulted = at
		k.flags.set(left, k.flags&left != 0 || k.status == login.UnLogin)
		c.resulted(at, who, k, a.Call)
	case login.PublishStatus:
		c.moved(at, who, k, a)
	case login.PublishKick:
		// Spec 3: reasons 1 to 3 and 417 wipe the credentials.
		k.flags.set(wiped, a.Reason != wire.BySameDevice || k.flags&wiped != 0)
	case login.PublishLoginFailed:
		k.flags |= gaveUp
		k.code = a.Code
	}
}

// Given notes that a client was handed credentials from outside, as a population
// with automatic login is when it arrives. Only clients whose own were wiped need
// it. Spec section 3.
func (c *Checker) Given(at Time, who uint32) {
	if k := c.look(at, who); k != nil {
		k.flags &^= wiped
	}
}

// Event takes what the app, the device or the operating system did to a client,
// before what follows from it. People call and kill as they like, so that only a
// network that goes or comes counts as a fault here; see Faulted. It may be left out; call numbers are then inferred
// from the results.
func (c *Checker) Event(at Time, who uint32, ev *login.Event) {
	k := c.look(at, who)
	if k == nil {
		return
	}
	c.trail.add(trace{at: at, client: who, account: k.account, number: ev.Call, side: happened, kind: uint8(ev.Kind)})
	switch ev.Kind {
	case login.Initialised, login.LoginCalled, login.LogoutCalled, login.KickOtherCalled:
		if ev.Call != 0 {
			c.called(at, who, k, ev.Call)
		}
		if ev.Kind == login.LogoutCalled && k.status != login.Unknown {
			k.flags |= left | wiped
		}
	case login.NetworkLost, login.NetworkBack:
		k.flags.set(offline, ev.Kind == login.NetworkLost)
		c.Faulted(at)
	}
}

// dialled begins an attempt; the one before must be over. Spec 6, rule 4.
func (c *Checker) dialled(at Time, who uint32, k *client, a *login.Action) {
	if k.flags&(attempting|dead) == attempting {
		c.find(OneEnd, at, who, NoOne, "attempt %d begins while attempt %d has not ended", a.Gen, k.gen)
	}
	if a.Gen <= k.gen {
		c.find(OneEnd, at, who, NoOne, "attempt %d begins after attempt %d: numbers must rise", a.Gen, k.gen)
	}
	if a.Origin == wire.NoOrigin || a.Origin > wire.Reconnect {
		c.find(TerminalStays, at, who, NoOne, "attempt %d has no origin", a.Gen)
	}
	if terminal(k.status) && a.Origin != wire.Manual {
		c.find(TerminalStays, at, who, NoOne, "%s login is tried in %s, a terminal status", originName(a.Origin), statusName(k.status))
	}
	k.gen, k.origin, k.active = a.Gen, a.Origin, at
	if k.account != NoOne {
		k.account = a.Account
	}
	k.flags |= attempting
	k.flags &^= gaveUp | left | dead
}

func (c *Checker) attempted(at Time, who uint32, k *client, a *login.Action) {
	if k.flags&attempting == 0 || a.Gen != k.gen {
		c.find(OneEnd, at, who, NoOne, "attempt %d ends, but attempt %d is the last one and %s", a.Gen, k.gen,
			map[bool]string{true: "under way", false: "over"}[k.flags&attempting != 0])
	}
	k.flags &^= attempting
	k.code, k.active = a.Code, at
}

// moved follows a change of status. Spec 6, rules 1 and 5.
func (c *Checker) moved(at Time, who uint32, k *client, a *login.Action) {
	if a.Status >= login.DataSyncStart {
		c.find(OneStatus, at, who, NoOne, "%s is no login status", statusName(a.Status))
		return
	}
	if a.From != k.status {
		c.find(OneStatus, at, who, NoOne, "says it leaves %s, but was %s", statusName(a.From), statusName(k.status))
	}
	from := k.status
	switch {
	case from == a.Status:
		c.find(TerminalStays, at, who, NoOne, "publishes %s, which it was already", statusName(from))
	case !follows(from, a.Status):
		c.find(TerminalStays, at, who, NoOne, "%s cannot follow %s", statusName(a.Status), statusName(from))
	case terminal(from) && a.Status == login.Connecting && a.Origin != wire.Manual:
		// Spec 1: nothing automatic follows a terminal status.
		c.find(TerminalStays, at, who, NoOne, "%s is left by %s login", statusName(from), originName(a.Origin))
	case from == login.Unknown && a.Status != login.UnLogin && k.flags&wiped != 0:
		// Spec 3: a kick or a logout wiped what an automatic login would need.
		c.find(TerminalStays, at, who, NoOne, "logs in automatically with credentials that were wiped")
	}
	c.counts[from]--
	c.counts[a.Status]++
	if from == login.LoggedIn || from == login.Unknown || terminal(from) || from == login.UnLogin && k.flags&(gaveUp|left) != 0 {
		k.wanted = at
	}
	if from == login.LoggedIn && a.Status != from {
		c.leaves(at, who, k)
	}
	k.status, k.changed, k.active = a.Status, at, at
	k.flags.set(owes, terminal(from) && a.Status == login.UnLogin)
	switch a.Status {
	case login.LoggedIn:
		c.joins(who, k)
		k.flags &^= gaveUp | left
		if a.Origin == wire.Manual {
			k.flags &^= wiped
		}
	case login.UnLogin:
		// Only a reply to an automatic login leaves something pending. Spec 4.
		pending := from == login.Logging && (a.Origin == wire.Auto || a.Origin == wire.Reconnect)
		k.flags.set(gaveUp, k.flags&gaveUp != 0 || !pending)
		k.flags.set(left, k.flags&left != 0 || k.resulted == at)
	case login.Unknown:
		c.forgive(k)
		k.flags |= restarted | dead
	}
}

// Counted takes what somebody counted in each status, of all clients of this
// checker, once everything up to this instant was fed. Spec 6, rule 5.
func (c *Checker) Counted(at Time, counts *[login.Statuses]uint32) {
	var sum uint64
	for s, n := range counts {
		sum += uint64(n)
		if n != c.counts[s] {
			c.find(OneStatus, at, NoOne, NoOne, "%d clients are counted as %s, %d published it", n, statusName(login.Status(s)), c.counts[s])
		}
	}
	if sum != uint64(len(c.clients)) {
		c.find(OneStatus, at, NoOne, NoOne, "%d clients are counted, there are %d", sum, len(c.clients))
	}
}

// terminal reports whether a status is one of the five of spec section 1.
func terminal(s login.Status) bool { return s >= login.KickOut && s <= login.PwdError }

// follows reports whether some row of the table of spec section 4 leads from
// one status to the other.
func follows(from, to login.Status) bool {
	switch to {
	case login.Unknown: // The process was killed.
		return true
	case login.UnLogin: // Logout, a login call without a network, or a row of its own.
		return true
	case login.Connecting: // A login call, a delay that is over, the network back, or initialisation.
		return true
	case login.NetBroken:
		return !terminal(from)
	case login.Logging:
		return from == login.Connecting
	case login.LoggedIn:
		return from == login.Logging
	case login.KickOut, login.KickOutByOtherClient:
		return from == login.Logging || from == login.LoggedIn
	}
	return from == login.Logging
}
