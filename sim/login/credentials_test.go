package login

import (
	"testing"

	"loginstorm/sim/wire"
)

// TestCredentials: what stores, keeps and wipes them. Spec section 3.
func TestCredentials(t *testing.T) {
	for _, c := range []struct {
		name   string
		events []Event
		want   bool
	}{
		{"a manual login stores them", []Event{fresh, login, opened, replied(200)}, true},
		{"one that failed does not", []Event{fresh, login, opened, replied(416)}, false},
		{"nor one whose database fails", []Event{fresh, login, opened, {Kind: Replied, Code: 200, DatabaseFails: true}}, false},
		{"given ones are kept by an automatic login", []Event{given, opened, replied(200)}, true},
		{"logout wipes", []Event{given, opened, replied(200), logout}, false},
		{"reason 1 wipes", []Event{given, opened, replied(200), kicked(1)}, false},
		{"reason 2 wipes", []Event{given, opened, replied(200), kicked(2)}, false},
		{"reason 3 wipes", []Event{given, opened, replied(200), kicked(3)}, false},
		{"reason 4 keeps", []Event{given, opened, replied(200), kicked(4)}, true},
		{"417 wipes", []Event{given, opened, replied(417)}, false},
		{"forbidden keeps", []Event{given, opened, replied(403)}, true},
		{"pwdError keeps", []Event{given, opened, replied(302)}, true},
		{"versionError keeps", []Event{given, opened, replied(317)}, true},
		{"the end of the process keeps", []Event{given, opened, replied(200), killed}, true},
		{"another account is a logout of the old one", []Event{given, opened, replied(200), {Kind: LoginCalled, Call: 9, Account: 8}}, false},
	} {
		if s := begin(android(t)).then(c.events...); s.m.HasCredentials() != c.want {
			t.Errorf("%s: credentials %t", c.name, !c.want)
		}
	}
}

// TestRestartAfterTerminal: a new process may use what was stored after three of
// the terminal statuses, and not after the kicks. Spec section 1.
func TestRestartAfterTerminal(t *testing.T) {
	for end, want := range map[Event]Status{
		replied(403): Connecting, replied(302): Connecting, replied(317): Connecting, replied(417): UnLogin,
		kicked(1): UnLogin, kicked(2): UnLogin, kicked(3): UnLogin, kicked(4): Connecting,
	} {
		s := begin(android(t)).then(given, opened, end)
		if !s.m.Status().Terminal() {
			t.Fatalf("%s %d: %s", end.Kind, end.Code, where(&s.m))
		}
		if s.then(killed, fresh); s.m.Status() != want {
			t.Errorf("after %s %d %d, killed and initialised: %s, want %s", end.Kind, end.Code, end.Reason, where(&s.m), want)
		}
	}
}

// TestResetRules: which delay a drop begins with. The policy is 2, 4, 6, 8 ... s.
func TestResetRules(t *testing.T) {
	twoFailed := func(p *Profile) *story {
		return begin(p).then(fresh, login, opened, replied(200), lost).due(t).then(failed).due(t).then(opened, replied(200))
	}
	next := func(s *story) Time {
		at, _ := s.m.Deadline()
		return (at - s.now).Round(moment)
	}
	p := android(t)
	for _, c := range []struct {
		name string
		rule ResetRule
		stay Time
		want Time
	}{
		{"on loggedIn", ResetOnLogin, moment, seconds(2)[0]},
		{"after a stay that was too short", ResetAfterStay, seconds(9)[0], seconds(6)[0]},
		{"after a stay that lasted", ResetAfterStay, seconds(10)[0], seconds(2)[0]},
		{"never", ResetNever, seconds(29)[0], seconds(6)[0]},
	} {
		p.Policy.Reset, p.Policy.Stay = c.rule, seconds(10)[0]
		if s := twoFailed(p).after(c.stay, lost); next(s) != c.want {
			t.Errorf("%s: %s, want %s", c.name, next(s), c.want)
		}
	}
	// A login by the app begins anew even under never.
	if s := twoFailed(p).then(login, opened, replied(200), lost); next(s) != seconds(2)[0] {
		t.Errorf("never, and a login by the app: %s", next(s))
	}

	// Network change: the sequence goes on, starts over, or starts over and waits.
	away := func() *story {
		return begin(p).then(fresh, login, opened, replied(200), lost).due(t).then(failed, radioLost, radioBack)
	}
	p.Policy.Reset = ResetOnLogin
	if s := away().then(failed); next(s) != seconds(6)[0] {
		t.Errorf("no reset on network: %s", next(s))
	}
	p.Policy.ResetOnNetwork = true
	if s := away().then(failed); next(s) != seconds(2)[0] {
		t.Errorf("reset on network: %s", next(s))
	}
	p = profileWith(t, "rongcloud")
	if s := away(); !s.m.Waiting() || s.m.Status() != NetBroken || next(s) != 5*moment {
		t.Errorf("rongcloud: %s", where(&s.m))
	}
}

// TestCallsDuringAutomaticWork: a login called while a delay runs cancels it, and
// what fails afterwards is not repeated. Spec section 3.
func TestCallsDuringAutomaticWork(t *testing.T) {
	s := goTo(t, android(t), "netBroken waiting").then(login, opened, replied(503))
	if _, ok := s.m.Deadline(); ok || s.m.Status() != UnLogin || s.m.Origin() != wire.NoOrigin {
		t.Errorf("%s, want unLogin and nothing pending", where(&s.m))
	}
}
