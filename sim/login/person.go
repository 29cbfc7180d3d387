package login

import (
	"loginstorm/sim/chance"
	"loginstorm/sim/wire"
)

// Person is who holds the phone of one client: a value of at most 48 bytes that
// sees what the machine publishes and calls login. Spec sections 2 and 3.
type Person struct {
	h        *Habits
	press    Time // When the button is pressed; never = not planned.
	client   uint32
	draws    uint32
	relogins uint32
	failures uint32 // Presses since a login succeeded.
}

// NewPerson returns the person of a client. nil habits do nothing.
func NewPerson(h *Habits, client uint32) Person {
	return Person{h: h, client: client, press: never}
}

// Step shows the person one action of the machine (nil = only the time) and
// appends the calls that are made. A press that is due at or before now comes
// first. Calls are LoginCalled events without Call, Account and Force: the driver
// knows those.
//
// People act on what was published alone: PublishStatus, and Result of a login.
// A refusal with 417 is a kick to them, not a failure. One press is planned at a
// time, the newest wish wins, and reaching loggedIn or the end of the process
// makes it pointless.
func (p *Person) Step(now Time, saw *Action, out []Event) []Event {
	if p.h == nil {
		return out
	}
	if p.press <= now {
		p.press = never
		out = append(out, Event{Kind: LoginCalled})
	}
	if saw == nil {
		return out
	}
	switch saw.Kind {
	case PublishStatus:
		switch saw.Status {
		case KickOut, KickOutByOtherClient:
			p.kicked(now)
		case LoggedIn:
			p.press, p.failures = never, 0
		case Unknown:
			p.press = never
		}
	case Result:
		if saw.Origin == wire.Manual {
			p.failed(now, saw.Code)
		}
	}
	return out
}

// Deadline returns when Step must be called next, and whether there is such an
// instant.
func (p *Person) Deadline() (at Time, ok bool) {
	return p.press, p.h != nil && p.press != never
}

// kicked decides whether to log in again. Each kick takes two draws, so that a
// changed share moves nobody's delay.
func (p *Person) kicked(now Time) {
	habit := &p.h.OnKick
	again := chance.Hit(p.draw(), habit.Relogin)
	delay := habit.After.Sample(p.draw())
	p.press = never
	if !again || habit.Max != 0 && p.relogins >= habit.Max {
		return
	}
	p.relogins++
	p.press = now + delay
}

// failed decides whether to press again after a login's result.
func (p *Person) failed(now Time, code wire.Code) {
	switch code {
	case wire.Success:
		p.failures = 0
		return
	case wire.Cancelled, wire.NotLastDevice:
		return
	}
	delay := p.h.OnFailure.After.Sample(p.draw())
	if p.failures >= p.h.OnFailure.Retry {
		return
	}
	p.failures++
	p.press = now + delay
}

func (p *Person) draw() uint64 {
	u := chance.Draw(p.h.Seed, chance.Habit, p.client, p.draws)
	p.draws++
	return u
}
