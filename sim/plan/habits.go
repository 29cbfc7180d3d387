package plan

import (
	"loginstorm/sim/login"
	"loginstorm/sim/scenario"
)

// everybody is a share of all.
const everybody = 1_000_000

// habits settles what the people of a population do of their own accord; nil =
// nothing.
func (c *compiler) habits(b *scenario.Behavior, path string) *login.Habits {
	if b == nil || *b == (scenario.Behavior{}) {
		return nil
	}
	path += ".behavior"
	h := &login.Habits{Seed: c.plan.Seed, Think: c.dist(b.Think, path+".think")}
	if k := b.OnKick; k != nil {
		h.OnKick = login.OnKick{Relogin: uint32(k.Relogin), After: c.dist(k.After, path+".onKick.after"), Max: k.Max}
	}
	if k := b.OnFailure; k != nil {
		h.OnFailure = login.OnFailure{Retry: k.Retry, After: c.dist(k.After, path+".onFailure.after"), Patience: span(k.Patience, 0)}
		if k.Patience != nil && *k.Patience == 0 {
			c.fault(path+".onFailure.patience", "people without any patience press once", "write retry: 0, or a span such as 30s")
		}
	}
	if k := b.OnOutage; k != nil {
		h.OnOutage = login.OnOutage{Share: everybody, After: c.dist(k.After, path+".onOutage.after"), Reopen: c.dist(k.Reopen, path+".onOutage.reopen"), Max: k.Max}
		if k.Share != nil {
			h.OnOutage.Share = uint32(*k.Share)
		}
	}
	if k := b.Session; k != nil {
		h.Session = login.Session{On: true, Stays: k.Pause == nil, Length: c.dist(k.Length, path+".session.length"), Pause: c.dist(k.Pause, path+".session.pause"), Max: k.Max}
		if empty(k.Length) {
			c.fault(path+".session.length", "sessions of 0s end at once", "write a span such as 20m")
		}
	}
	if k := b.SwitchAccounts; k != nil {
		h.Switch = login.Switch{Accounts: k.Accounts, Share: everybody}
		if k.Share != nil {
			h.Switch.Share = uint32(*k.Share)
		}
		if b.Session == nil || b.Session.Pause == nil {
			c.fault(path+".switchAccounts", "people switch accounts after the pause between two sessions, and have none", "write session: {length: 20m, pause: 10s}")
			h.Switch = login.Switch{}
		}
	}
	if len(c.faults) == 0 {
		for _, err := range h.Validate() {
			c.fault(path, err.Error(), "")
		}
	}
	return h
}

// empty reports whether a distribution is always zero.
func empty(d *scenario.Dist) bool { return d == nil || d.Constant != nil && *d.Constant == 0 }

// each returns how many accounts one person of a population has.
func each(b *scenario.Behavior) uint32 {
	if b == nil || b.SwitchAccounts == nil || b.Session == nil || b.Session.Pause == nil {
		return 1
	}
	return max(b.SwitchAccounts.Accounts, 1)
}
