package login

import (
	"fmt"

	"loginstorm/sim/wire"
)

// checker holds a machine to the contract on Step, from what goes in and what
// comes out alone. It sees each Step after the dues of its instant were stepped.
type checker struct {
	p       *Profile
	status  Status
	offline bool
	gen     uint32          // Newest generation.
	live    bool            // Its link is being opened or open.
	opened  bool            // It is open.
	origin  Origin          // Of the newest attempt.
	attempt bool            // It has not ended.
	calls   map[uint32]bool // Without a result.
	asks    int             // kickOther questions on this link.
}

func newChecker(p *Profile) *checker { return &checker{p: p, calls: map[uint32]bool{}} }

// step checks one Step; m is the machine after it.
func (c *checker) step(now Time, ev Event, actions []Action, m *Machine) error {
	c.before(ev)
	for i, a := range actions {
		if err := c.action(ev, a); err != nil {
			return fmt.Errorf("action %d, %s: %w", i, tell(a), err)
		}
	}
	return c.after(now, ev, m)
}

// before takes in what the event itself changes.
func (c *checker) before(ev Event) {
	switch ev.Kind {
	case Initialised, LoginCalled, LogoutCalled, KickOtherCalled:
		c.calls[ev.Call] = true
	case ProcessKilled:
		clear(c.calls)
	case NetworkLost:
		c.offline = true
	case NetworkBack:
		c.offline = false
	case LinkOpened:
		c.opened = c.opened || c.live && ev.Gen == c.gen
	case LinkFailed, LinkLost:
		if ev.Gen == c.gen {
			c.live, c.opened = false, false
		}
	}
}

// action checks one action.
func (c *checker) action(ev Event, a Action) error {
	switch a.Kind {
	case Dial:
		return c.dial(a)
	case SendLogin, SendLogout, SendPing, SendKickOther, Close, Reset, Abandon:
		return c.link(ev, a)
	case AttemptEnded:
		if !c.attempt || a.Gen != c.gen {
			return fmt.Errorf("no such attempt is in progress")
		}
		if a.Origin != c.origin {
			return fmt.Errorf("began as %s", originName(c.origin))
		}
		c.attempt = false
	case Result:
		if !c.calls[a.Call] {
			return fmt.Errorf("the call has no result to come")
		}
		delete(c.calls, a.Call)
	case PublishStatus:
		return c.publish(ev, a)
	case PublishKick:
		if a.Status != c.status || a.Status != KickOut && a.Status != KickOutByOtherClient {
			return fmt.Errorf("the status is %s", c.status)
		}
	case PublishSync:
		if c.status != LoggedIn || !publishesSync(c.p.ClientType) {
			return fmt.Errorf("no data sync here, in %s", c.status)
		}
	case PublishLoginFailed:
		if a.Origin == wire.Manual || c.status != UnLogin {
			return fmt.Errorf("only for a login of the SDK's own, in unLogin")
		}
	case PublishOnline:
		if c.status != LoggedIn {
			return fmt.Errorf("the status is %s", c.status)
		}
	default:
		return fmt.Errorf("no such action")
	}
	return nil
}

func (c *checker) dial(a Action) error {
	switch {
	case a.Gen != c.gen+1:
		return fmt.Errorf("generation after %d", c.gen)
	case c.live:
		return fmt.Errorf("the link before is alive")
	case c.attempt:
		return fmt.Errorf("the attempt before has not ended")
	case c.offline:
		return fmt.Errorf("there is no physical network")
	case c.status != Connecting:
		return fmt.Errorf("the status is %s", c.status)
	case a.Origin == wire.Auto && !AutoLogin(c.p.ClientType):
		return fmt.Errorf("client type %d cannot log in automatically", c.p.ClientType)
	case a.Origin == wire.NoOrigin:
		return fmt.Errorf("nobody started it")
	}
	c.gen, c.live, c.opened, c.attempt, c.origin, c.asks = a.Gen, true, false, true, a.Origin, 0
	return nil
}

// link checks actions that concern a link.
func (c *checker) link(ev Event, a Action) error {
	if a.Gen != c.gen || !c.live {
		return fmt.Errorf("that link has ended")
	}
	switch a.Kind {
	case Close, Reset, Abandon:
		if (a.Kind == Reset) != (ev.Kind == ProcessKilled) || (a.Kind == Abandon) != (ev.Kind == NetworkLost) {
			return fmt.Errorf("not what ends a link on %s", ev.Kind)
		}
		c.live, c.opened = false, false
		return nil
	case SendLogin:
		if !c.opened || c.status != Logging || a.Origin != c.origin || a.Force && a.Origin != wire.Manual {
			return fmt.Errorf("in %s, origin %s", c.status, originName(c.origin))
		}
		return nil
	case SendLogout:
		if c.opened && (c.status == LoggedIn || c.status == Logging && ev.DatabaseFails) {
			return nil
		}
	default:
		if c.opened && c.status == LoggedIn {
			return nil
		}
	}
	return fmt.Errorf("in %s", c.status)
}

// publish checks a change of status against spec section 1.
func (c *checker) publish(ev Event, a Action) error {
	switch {
	case a.From != c.status:
		return fmt.Errorf("the status before was %s", c.status)
	case a.Status == a.From:
		return fmt.Errorf("no change")
	case a.Status > PwdError:
		return fmt.Errorf("carried by data-sync events alone")
	case a.From.Terminal() && ev.Kind != LoginCalled && ev.Kind != LogoutCalled && ev.Kind != ProcessKilled:
		return fmt.Errorf("left a terminal status on %s", ev.Kind)
	case a.From == Unknown && ev.Kind != Initialised:
		return fmt.Errorf("left unknown on %s", ev.Kind)
	}
	c.status = a.Status
	return nil
}

// after checks the machine between two Steps.
func (c *checker) after(now Time, ev Event, m *Machine) error {
	at, ok := m.Deadline()
	call, calling := m.Calling()
	linked := c.status == Connecting || c.status == Logging || c.status == LoggedIn
	switch {
	case m.Status() != c.status:
		return fmt.Errorf("status %s, published %s", m.Status(), c.status)
	case m.Gen() != c.gen:
		return fmt.Errorf("generation %d, dialled %d", m.Gen(), c.gen)
	case ok && at < now:
		return fmt.Errorf("deadline %s lies before %s", at, now)
	case linked != c.live || m.Linked() != linked:
		return fmt.Errorf("link alive: %t, in %s", c.live, c.status)
	case c.attempt != (c.status == Connecting || c.status == Logging):
		return fmt.Errorf("attempt in progress: %t, in %s", c.attempt, c.status)
	case m.Online() == c.offline:
		return fmt.Errorf("online: %t", m.Online())
	case c.status == NetBroken && !m.Waiting() && !m.Parked():
		return fmt.Errorf("netBroken and neither waiting nor parked")
	case c.status.Terminal() && ok:
		return fmt.Errorf("a deadline in %s", c.status)
	case calling != (len(c.calls) == 1) || calling && !c.calls[call] || len(c.calls) > 1:
		return fmt.Errorf("calls without a result: %v; the machine has %d, %t", c.calls, call, calling)
	case ev.Kind == LogoutCalled && m.HasCredentials() && c.status != Unknown:
		return fmt.Errorf("credentials after a logout")
	case (c.status == KickOutByOtherClient) && m.HasCredentials():
		return fmt.Errorf("credentials after reason 3")
	case c.status == LoggedIn && m.Origin() == wire.Manual && !m.HasCredentials():
		return fmt.Errorf("no credentials after a manual login")
	}
	return nil
}
