package oracle

import (
	"fmt"

	"loginstorm/sim/login"
)

// Why is why a client is not loggedIn.
type Why uint8

const (
	Back        Why = iota // It is loggedIn.
	Dead                   // Its process is not there.
	Ended                  // It is in a terminal status.
	LoggedOut              // It logged out, or a call ended what was pending.
	GaveUp                 // A manual login failed, maxAttempts are spent, or its profile does not retry the code.
	NoNetwork              // It has no physical network.
	OnItsWay               // Less than the bound has passed since the last fault, or since it began to want.
	StillTrying            // It may come back and tries, but did not get there: a storm that sustains itself.
	Stuck                  // It may come back and does nothing about it. Rule 6 is broken.
)

// Whys is how many there are.
const Whys = 9

// String returns the reason in a few words.
func (w Why) String() string {
	names := [...]string{"back", "process ended", "terminal status", "logged out", "gave up", "no network", "on its way",
		"still trying", "stuck"}
	if int(w) < len(names) {
		return names[w]
	}
	return fmt.Sprintf("Why(%d)", uint8(w))
}

// Convergence says who is back and who is not, and why. Spec 6, rule 6.
type Convergence struct {
	Since Time         // The last fault.
	Bound Time         // How long coming back may take.
	Count [Whys]uint32 // Clients by reason.
	Late  []Finding    // Some of those still trying; a finding about the storm, not an error.
}

// maxLate is how many clients that are still trying are named.
const maxLate = 16

// Faulted notes that a fault is at work, or that somebody acts on clients or
// gateway: convergence counts from the last of these instants.
func (c *Checker) Faulted(at Time) { c.faulted = max(c.faulted, at) }

// Converged says how things stand at an instant.
func (c *Checker) Converged(at Time) Convergence {
	out := Convergence{Since: c.faulted, Bound: c.cfg.Bound}
	for i := range c.clients {
		k := &c.clients[i]
		why := c.why(at, k)
		out.Count[why]++
		if why == StillTrying && len(out.Late) < maxLate {
			who := c.cfg.First + uint32(i)
			out.Late = append(out.Late, Finding{Rule: Converges, At: at, Client: who, Account: NoOne,
				Says: fmt.Sprintf("%s since %v, its last attempt ended with %d", statusName(k.status), k.changed, k.code)})
		}
	}
	return out
}

func (c *Checker) why(at Time, k *client) Why {
	switch {
	case k.status == login.LoggedIn:
		return Back
	case k.status == login.Unknown:
		return Dead
	case terminal(k.status):
		return Ended
	case k.flags&left != 0:
		return LoggedOut
	case k.status == login.UnLogin && k.flags&gaveUp != 0:
		return GaveUp
	case k.flags&offline != 0:
		return NoNetwork
	case at-max(c.faulted, k.wanted) <= c.cfg.Bound:
		return OnItsWay
	case c.cfg.Bound > 0 && at-k.active > c.cfg.Bound:
		return Stuck
	}
	return StillTrying
}

// endClients closes the books of the clients' side.
func (c *Checker) endClients(at Time) {
	for i := range c.clients {
		who, k := c.cfg.First+uint32(i), &c.clients[i]
		if k.flags&owes != 0 {
			c.paid(who, k)
		}
		c.overdue(at, who, k)
		if c.cfg.Bound > 0 && c.why(at, k) == Stuck {
			c.find(Converges, at, who, NoOne, "%s, and nothing was tried since %v although it may come back", statusName(k.status), k.active)
		}
	}
	for i := range c.clients {
		if k := &c.clients[i]; k.status == login.LoggedIn {
			c.leaves(at, c.cfg.First+uint32(i), k)
		}
	}
}
