package login

import (
	"fmt"

	"loginstorm/sim/chance"
)

// Habits is what the people of a population do about what was published. Shared
// and never changed; nil = they do nothing. Spans that a Dist draws are not
// negative.
type Habits struct {
	Seed      uint64
	Think     chance.Dist // From the app's start to the first press of "log in".
	OnKick    OnKick
	OnFailure OnFailure
	OnOutage  OnOutage
	Session   Session
	Switch    Switch
}

// OnKick is whether somebody who was kicked logs in again.
type OnKick struct {
	Relogin uint32      // Parts in a million of the kicks.
	After   chance.Dist // From the kick to the button.
	Max     uint32      // Most relogins in a life; 0 = no limit.
}

// OnFailure is whether somebody presses "log in" again when it failed.
type OnFailure struct {
	Retry uint32      // Most presses in a row; a login that succeeds makes them good.
	After chance.Dist // From the failure to the button.
	// Patience counts from the first failure in a row: a press that would come
	// later is not made, they gave up. 0 = without end.
	Patience Time
}

// OnOutage is whether somebody who wants to be loggedIn, and is not for long,
// kills the app and opens it again.
type OnOutage struct {
	Share  uint32      // Parts in a million of the outages; 0 = nobody ever does.
	After  chance.Dist // From the first failure or the drop to the kill.
	Reopen chance.Dist // From the kill to the app's start.
	Max    uint32      // Most kills in a life; 0 = no limit.
}

// Session is how long somebody stays loggedIn before they log out.
type Session struct {
	On     bool        // Without it nobody logs out of their own accord.
	Stays  bool        // After the logout they stay away; Pause counts for nothing.
	Length chance.Dist // From loggedIn to the logout.
	Pause  chance.Dist // From the logout to the next manual login.
	Max    uint32      // Most sessions in a life, the last one ends for good; 0 = no limit.
}

// Switch is whether somebody takes the next of their accounts after a pause.
type Switch struct {
	Accounts uint32 // How many one person has; below 2 there is nothing to switch.
	Share    uint32 // Parts in a million of the pauses.
}

// Validate returns all that is wrong with the habits, in the order of the fields.
func (h *Habits) Validate() []error {
	var faults []error
	dist := func(name string, d chance.Dist) {
		if d.Shape > chance.Lognormal || d.A < 0 || d.B < 0 {
			faults = append(faults, fmt.Errorf("habits %s: shape %d, %s, %s: not a distribution of spans", name, d.Shape, d.A, d.B))
		}
	}
	share := func(name string, ppm uint32) {
		if ppm > 1_000_000 {
			faults = append(faults, fmt.Errorf("habits %s %d parts in a million: above 1000000", name, ppm))
		}
	}
	dist("think time", h.Think)
	share("relogin", h.OnKick.Relogin)
	dist("after a kick", h.OnKick.After)
	dist("after a failure", h.OnFailure.After)
	if h.OnFailure.Patience < 0 {
		faults = append(faults, fmt.Errorf("habits patience %s: negative", h.OnFailure.Patience))
	}
	share("outage share", h.OnOutage.Share)
	dist("after an outage", h.OnOutage.After)
	dist("reopening", h.OnOutage.Reopen)
	dist("session length", h.Session.Length)
	dist("session pause", h.Session.Pause)
	share("switch share", h.Switch.Share)
	if h.Switch.Accounts > 1 && !h.Session.On {
		faults = append(faults, fmt.Errorf("habits switch among %d accounts: needs sessions that end", h.Switch.Accounts))
	}
	return faults
}
