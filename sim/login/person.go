package login

import (
	"time"

	"loginstorm/sim/chance"
	"loginstorm/sim/wire"
)

// Person is who holds the phone of one client: a value of 72 bytes (at most 80,
// a test holds it; a nil one does nothing of their own accord) that sees what the machine publishes and works the app. Spec
// sections 2 and 3.
//
// One act is planned at a time (a press, a logout, the app's start), the newest
// wish wins; only the end of patience with an outage runs beside a planned press.
//
//	                 logout                       press
//	loggedIn --------------------> away ----------------------> wants in
//	   ^   length of a session          pause                    |    |
//	   |                                                         |    | not in for long:
//	   +---------------------------------------------------------+    | kill, reopen,
//	               press again after a failure or a kick         <----+ press
type Person struct {
	h *Habits
	// at is when plan is carried out, outage when the app is killed; never = not
	// planned.
	at, outage Time
	until      Time // Where patience with failed logins ends; never = it has not begun.
	// left is what remains of a session while it is interrupted; never = there is
	// none.
	left Time

	client   uint32
	draws    uint32
	relogins uint32
	failures uint32 // Presses since a login succeeded.
	kills    uint32
	sessions uint32 // That ended by a logout of their own.
	account  uint32 // Which of their accounts they use: 0 is the first.
	plan     plan
	wants    bool // They want to be loggedIn.
	waits    bool // They noticed that they are not, and decided what to do about it.
}

// plan is what a person is about to do.
type plan uint8

const (
	press  plan = iota // Press "log in".
	leave              // Press "log out".
	reopen             // Start the app again.
)

// shortest is the least time between a failure and what somebody does about it:
// a habit without any delay must not repeat itself for ever at one instant.
const shortest = time.Millisecond

// NewPerson returns the person of a client. nil habits do nothing.
func NewPerson(h *Habits, client uint32) Person {
	return Person{h: h, client: client, at: never, outage: never, until: never, left: never}
}

// Step shows the person one action of the machine (nil = only the time) and
// appends what they do to the app. What is due at or before now comes first, the
// earlier before the later.
//
// What they do are events without Call: LoginCalled (Account is the ordinal of the
// account among the person's own, from 0; Force is the driver's to fill in),
// LogoutCalled, ProcessKilled, and Initialised: the app is opened again, with
// whatever credentials the machine stored. When it comes up unLogin, Open is
// called.
//
// People act on what was published alone: PublishStatus, and Result of a login.
// A refusal with 417 is a kick to them, not a failure.
func (p *Person) Step(now Time, saw *Action, out []Event) []Event {
	if p == nil || p.h == nil {
		return out
	}
	for at, ok := p.Deadline(); ok && at <= now; at, ok = p.Deadline() {
		out = p.due(now, out)
	}
	if saw == nil {
		return out
	}
	switch {
	case saw.Kind == PublishStatus:
		p.sees(now, saw)
	case saw.Kind == Result && saw.Origin == wire.Manual:
		p.answered(now, saw.Code)
	}
	return out
}

// Deadline returns when Step must be called next, and whether there is such an
// instant.
func (p *Person) Deadline() (at Time, ok bool) {
	if p == nil || p.h == nil {
		return never, false
	}
	at = min(p.at, p.outage)
	return at, at != never
}

// Open shows the person an app that is open and not logged in, for the first time
// or again: they press "log in" at once, or after some thought. One draw.
func (p *Person) Open(now Time, out []Event) []Event {
	if p == nil || p.h == nil {
		return append(out, Event{Kind: LoginCalled})
	}
	think := p.h.Think.Sample(p.draw())
	if !p.press(now+think) || think > 0 {
		return out
	}
	return p.due(now, out)
}

// Acted tells the person what the scenario did with their hands: LoginCalled or
// LogoutCalled. What they had planned for themselves is no longer of interest.
func (p *Person) Acted(call EventKind) {
	if p == nil {
		return
	}
	switch call {
	case LoginCalled:
		p.wants = true
	case LogoutCalled:
		p.rest()
		p.until, p.failures, p.left = never, 0, never
	default:
		return
	}
	if p.plan != leave || call == LogoutCalled {
		p.at = never
	}
}

// press plans to press "log in" at an instant, unless patience ends before:
// then they give up and stay away.
func (p *Person) press(at Time) bool {
	if at > p.until {
		p.rest()
		p.at = never
		return false
	}
	p.plan, p.at = press, at
	return true
}

// rest makes being away what they want.
func (p *Person) rest() {
	p.wants, p.waits, p.outage = false, false, never
}

// draw takes the next draw. Every decision takes a fixed number of them, whatever
// it comes to, so that a changed share moves nobody's delay.
func (p *Person) draw() uint64 {
	u := chance.Draw(p.h.Seed, chance.Habit, p.client, p.draws)
	p.draws++
	return u
}
