package login

import (
	"math/rand/v2"
	"testing"
	"time"

	"loginstorm/sim/chance"
	"loginstorm/sim/wire"
)

// constant is a habit's delay without chance.
func constant(d Time) chance.Dist { return chance.Dist{A: d} }

// moved is a change of status as it is published.
func moved(from, to Status) *Action { return &Action{Kind: PublishStatus, From: from, Status: to} }

// acts steps a person through what they see at instants and returns what they do.
func acts(p *Person, until Time) (all []Event, at []Time) {
	for {
		next, ok := p.Deadline()
		if !ok || next > until {
			return all, at
		}
		for _, ev := range p.Step(next, nil, nil) {
			all, at = append(all, ev), append(at, next)
		}
	}
}

// TestThink: the first press comes after some thought, a person without habits
// presses at once.
func TestThink(t *testing.T) {
	nobody := NewPerson(nil, 0)
	if calls := nobody.Open(0, nil); len(calls) != 1 || calls[0].Kind != LoginCalled {
		t.Errorf("no habits: %v", calls)
	}
	quick := NewPerson(&Habits{}, 0)
	if calls := quick.Open(0, nil); len(calls) != 1 || calls[0].Kind != LoginCalled {
		t.Errorf("no thought: %v", calls)
	}
	p := NewPerson(&Habits{Think: constant(3 * time.Second)}, 0)
	if calls := p.Open(time.Second, nil); len(calls) != 0 {
		t.Errorf("at once: %v", calls)
	}
	if at, ok := p.Deadline(); !ok || at != 4*time.Second {
		t.Errorf("press at %s, %t", at, ok)
	}
	p.Step(2*time.Second, moved(UnLogin, Connecting), nil)
	p.Step(2*time.Second, moved(Logging, LoggedIn), nil)
	if _, ok := p.Deadline(); ok {
		t.Error("somebody else logged in, and the press is still planned")
	}
}

// TestGivingUp: patience counts from the first failure in a row, and a press planned
// past it is not made.
func TestGivingUp(t *testing.T) {
	h := &Habits{OnFailure: OnFailure{Retry: 100, After: constant(4 * time.Second), Patience: 10 * time.Second}}
	p := NewPerson(h, 0)
	now, presses := Time(0), 0
	for range 5 {
		p.Step(now, loginEnded(416), nil)
		at, ok := p.Deadline()
		if !ok {
			break
		}
		now = at
		presses += len(p.Step(now, nil, nil))
	}
	if presses != 2 || now != 8*time.Second {
		t.Errorf("%d presses, the last at %s; want 2, at 8s", presses, now)
	}
	// A login by somebody else's hand that succeeds makes it good.
	p.Acted(LoginCalled)
	p.Step(20*time.Second, moved(Logging, LoggedIn), nil)
	p.Step(20*time.Second, loginEnded(200), nil)
	p.Step(30*time.Second, loginEnded(416), nil)
	if at, ok := p.Deadline(); !ok || at != 34*time.Second {
		t.Errorf("after a success: press at %s, %t", at, ok)
	}
}

// TestNoLoopAtOneInstant: a habit without delay costs time all the same.
func TestNoLoopAtOneInstant(t *testing.T) {
	p := NewPerson(&Habits{OnFailure: OnFailure{Retry: 1 << 31}, OnOutage: OnOutage{Share: 1_000_000}}, 0)
	now := Time(0)
	for i := range 1000 {
		p.Step(now, moved(UnLogin, Connecting), nil)
		p.Step(now, moved(Connecting, NetBroken), nil)
		p.Step(now, loginEnded(415), nil)
		at, ok := p.Deadline()
		if !ok || at <= now {
			t.Fatalf("round %d at %s: next act at %s, %t", i, now, at, ok)
		}
		now = at
		p.Step(now, nil, nil)
		p.Step(now, moved(Connecting, Unknown), nil)
	}
}

// TestOutage: what counts as one, and what ends it.
func TestOutage(t *testing.T) {
	h := &Habits{OnOutage: OnOutage{Share: 1_000_000, After: constant(10 * time.Second), Reopen: constant(3 * time.Second)}}
	drop := []*Action{moved(Logging, LoggedIn), moved(LoggedIn, NetBroken)}
	for _, c := range []struct {
		name string
		saw  []*Action
		want Time // Of the kill; never = none.
	}{
		{"a drop", drop, 10 * time.Second},
		{"an app that comes up without a network", []*Action{moved(Unknown, NetBroken)}, 10 * time.Second},
		{"a first login that failed", []*Action{moved(UnLogin, Connecting), moved(Connecting, NetBroken), moved(NetBroken, UnLogin), loginEnded(415)}, 10 * time.Second},
		{"an automatic login given up", []*Action{moved(Unknown, Connecting), moved(Logging, UnLogin), {Kind: PublishLoginFailed}}, 10 * time.Second},
		{"an app that waits for them", []*Action{moved(Unknown, UnLogin)}, never},
		{"back in time", append(drop, moved(NetBroken, Connecting), moved(Logging, LoggedIn)), never},
		{"kicked out", append(drop, moved(NetBroken, Connecting), moved(Logging, KickOut)), never},
		{"banned", append(drop, moved(NetBroken, Connecting), moved(Logging, Forbidden)), never},
		{"the process ended", append(drop, moved(NetBroken, Unknown)), never},
		{"never wanted in", []*Action{moved(Unknown, UnLogin), moved(UnLogin, UnLogin)}, never},
	} {
		p := NewPerson(h, 0)
		for _, saw := range c.saw {
			p.Step(0, saw, nil)
		}
		if at, ok := p.Deadline(); ok != (c.want != never) || ok && at != c.want {
			t.Errorf("%s: acts at %s, %t; want %s", c.name, at, ok, c.want)
		}
	}
	p := NewPerson(h, 0)
	for _, saw := range drop {
		p.Step(0, saw, nil)
	}
	if did := p.Step(10*time.Second, nil, nil); len(did) != 1 || did[0].Kind != ProcessKilled {
		t.Fatalf("did %v", did)
	}
	p.Step(10*time.Second, moved(NetBroken, Unknown), nil)
	if did, at := acts(&p, time.Hour); len(did) != 1 || did[0].Kind != Initialised || at[0] != 13*time.Second {
		t.Errorf("did %v at %v", did, at)
	}
	p.Acted(LogoutCalled)
	p.Step(14*time.Second, moved(Connecting, NetBroken), nil)
	if _, ok := p.Deadline(); ok {
		t.Error("logged out, and still in an outage")
	}
}

// TestSessions: their length is time loggedIn, and so many of them are had.
func TestSessions(t *testing.T) {
	h := &Habits{Session: Session{On: true, Length: constant(10 * time.Second), Pause: constant(5 * time.Second), Max: 2}, Switch: Switch{Accounts: 3, Share: 1_000_000}}
	p := NewPerson(h, 0)
	p.Step(0, moved(Logging, LoggedIn), nil)
	p.Step(4*time.Second, moved(LoggedIn, NetBroken), nil)
	if _, ok := p.Deadline(); ok {
		t.Error("an end is planned while the session stands still")
	}
	p.Step(time.Minute, moved(Logging, LoggedIn), nil)
	did, at := acts(&p, 70*time.Second)
	if len(did) != 1 || did[0].Kind != LogoutCalled || at[0] != 66*time.Second {
		t.Fatalf("did %v at %v, want a logout at 1m6s", did, at)
	}
	p.Step(66*time.Second, moved(LoggedIn, UnLogin), nil)
	did, at = acts(&p, time.Hour)
	if len(did) != 1 || did[0] != (Event{Kind: LoginCalled, Account: 1}) || at[0] != 71*time.Second {
		t.Fatalf("did %v at %v, want a login with the next account at 1m11s", did, at)
	}
	p.Step(72*time.Second, moved(Logging, LoggedIn), nil)
	did, _ = acts(&p, time.Hour)
	if len(did) != 1 || did[0].Kind != LogoutCalled {
		t.Errorf("did %v, want the last logout and then nothing", did)
	}
}

// TestDecisionsTakeFixedDraws: what a decision comes to moves nobody's later delay.
func TestDecisionsTakeFixedDraws(t *testing.T) {
	spread := chance.Dist{Shape: chance.Uniform, B: time.Hour}
	few := &Habits{Seed: 3, Think: spread, OnKick: OnKick{After: spread}, OnFailure: OnFailure{After: spread},
		OnOutage: OnOutage{After: spread}, Session: Session{On: true, Stays: true, Length: spread}}
	many := *few
	many.OnKick.Relogin, many.OnFailure.Retry, many.OnOutage.Share = 1_000_000, 100, 1_000_000
	many.Session.Stays, many.Switch = false, Switch{Accounts: 2, Share: 500_000}
	rng := rand.New(rand.NewPCG(1, 1))
	for client := range uint32(200) {
		p, q := NewPerson(few, client), NewPerson(&many, client)
		saw := []*Action{moved(Logging, LoggedIn), moved(LoggedIn, NetBroken), moved(Connecting, KickOut), loginEnded(416), loginEnded(wire.Success)}
		for range 20 {
			next := []*Action{saw[rng.IntN(len(saw))]}
			if next[0].Kind == Result {
				next = []*Action{moved(LoggedIn, Connecting), next[0]}
			}
			for _, a := range next {
				p.wants, q.wants = true, true
				p.Step(0, a, nil)
				q.Step(0, a, nil)
			}
		}
		if p.draws != q.draws || p.draws == 0 {
			t.Fatalf("client %d: %d draws, and %d", client, p.draws, q.draws)
		}
	}
}
