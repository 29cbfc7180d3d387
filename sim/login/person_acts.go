package login

import "loginstorm/sim/chance"

// due carries out what is planned first.
func (p *Person) due(now Time, out []Event) []Event {
	if p.outage < p.at {
		return p.kill(now, out)
	}
	p.at = never
	switch p.plan {
	case press:
		p.wants = true
		return append(out, Event{Kind: LoginCalled, Account: p.account})
	case leave:
		return p.away(now, out)
	}
	p.plan = press
	return append(out, Event{Kind: Initialised})
}

// kill ends an app that does not get in, and plans to open it again; somebody
// whose patience ended before has given up. One draw.
func (p *Person) kill(now Time, out []Event) []Event {
	if p.outage > p.until {
		p.rest()
		return out
	}
	p.kills++
	p.waits, p.outage = false, never
	p.plan, p.at = reopen, now+p.h.OnOutage.Reopen.Sample(p.draw())
	return append(out, Event{Kind: ProcessKilled})
}

// away ends a session with a logout and plans the next one, perhaps with another
// account. Two draws.
func (p *Person) away(now Time, out []Event) []Event {
	habit, turn := &p.h.Session, &p.h.Switch
	pause := habit.Pause.Sample(p.draw())
	other := chance.Hit(p.draw(), turn.Share)
	p.sessions++
	p.rest()
	p.left = never
	if !habit.Stays && (habit.Max == 0 || p.sessions < habit.Max) {
		if other && turn.Accounts > 1 {
			p.account = (p.account + 1) % turn.Accounts
		}
		p.press(now + pause)
	}
	return append(out, Event{Kind: LogoutCalled})
}
