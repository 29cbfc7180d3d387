package login

import (
	"loginstorm/sim/chance"
	"loginstorm/sim/wire"
)

// sees takes a change of status.
func (p *Person) sees(now Time, saw *Action) {
	if saw.From == Unknown && p.plan == reopen {
		p.at = never // Somebody else opened the app.
	}
	if saw.From == LoggedIn {
		p.interrupted(now)
	}
	switch saw.Status {
	case LoggedIn:
		p.in(now)
	case Connecting:
		p.wants = true
	case Logging:
		// A link that opened is no login yet: an outage lasts, and what is left of a
		// session waits.
	case NetBroken:
		p.wants = p.wants || saw.From == Unknown
		p.out(now)
	case UnLogin:
		if saw.From != Unknown { // Otherwise the app came up, and waits for them.
			p.out(now)
		}
	case KickOut, KickOutByOtherClient:
		p.kicked(now)
	case Unknown:
		// The app is dead. Who killed it opens it again, nobody else does.
		p.waits, p.outage = false, never
		if p.plan != reopen {
			p.at = never
		}
	default:
		// Banned, too old, or the wrong password: to wait is no use. A login they
		// called has its result as well, and that one may be pressed again.
		p.rest()
		p.left = never
	}
}

// in is loggedIn: all is well, and a session begins or goes on. A session that
// begins takes one draw.
func (p *Person) in(now Time) {
	p.at, p.outage, p.until = never, never, never
	p.failures, p.wants, p.waits = 0, true, false
	habit := &p.h.Session
	if !habit.On {
		return
	}
	if p.left == never {
		p.left = habit.Length.Sample(p.draw())
	}
	p.plan, p.at, p.left = leave, now+p.left, never
}

// interrupted is the end of loggedIn, whatever ended it: what is left of a session
// goes on when they are back.
func (p *Person) interrupted(now Time) {
	if p.plan == leave && p.at != never {
		p.left, p.at = max(0, p.at-now), never
	}
}

// out is a sign that they are not loggedIn although they want to be: a drop, or a
// login that failed. The first sign of an outage decides, with two draws, whether
// and when they will kill the app.
func (p *Person) out(now Time) {
	if !p.wants || p.waits {
		return
	}
	p.waits = true
	habit := &p.h.OnOutage
	kill := chance.Hit(p.draw(), habit.Share)
	after := habit.After.Sample(p.draw())
	if kill && (habit.Max == 0 || p.kills < habit.Max) {
		p.outage = now + max(shortest, after)
	}
}

// kicked decides whether to log in again. Each kick takes two draws.
func (p *Person) kicked(now Time) {
	habit := &p.h.OnKick
	again := chance.Hit(p.draw(), habit.Relogin)
	delay := habit.After.Sample(p.draw())
	p.rest()
	p.at, p.left = never, never
	if !again || habit.Max != 0 && p.relogins >= habit.Max {
		return
	}
	if p.press(now + delay) {
		p.relogins++
	}
}

// answered takes the result of a login: after a failure they decide, with one
// draw, when to press again.
func (p *Person) answered(now Time, code wire.Code) {
	switch code {
	case wire.Success:
		p.failures, p.until = 0, never
		return
	case wire.Cancelled, wire.NotLastDevice:
		return
	}
	habit := &p.h.OnFailure
	delay := habit.After.Sample(p.draw())
	if p.until == never && habit.Patience > 0 {
		p.until = now + habit.Patience
	}
	if p.failures >= habit.Retry {
		return
	}
	if p.press(now + max(shortest, delay)) {
		p.failures++
	}
}
