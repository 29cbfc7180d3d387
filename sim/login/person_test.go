package login

import (
	"testing"
	"time"

	"loginstorm/sim/chance"
	"loginstorm/sim/wire"
)

// eager relogs in 2 s after every kick and retries a failed login twice.
func eager() *Habits {
	return &Habits{
		Seed:      1,
		OnKick:    OnKick{Relogin: 1_000_000, After: chance.Dist{A: 2 * time.Second}},
		OnFailure: OnFailure{Retry: 2, After: chance.Dist{A: 4 * time.Second}},
	}
}

func status(to Status) *Action { return &Action{Kind: PublishStatus, Status: to} }

func loginEnded(code wire.Code) *Action {
	return &Action{Kind: Result, Call: 2, Code: code, Origin: wire.Manual}
}

func TestPersonPlans(t *testing.T) {
	for _, c := range []struct {
		name string
		saw  []*Action
		want Time // Of the press; never = none.
	}{
		{"kickOut", []*Action{status(KickOut)}, 2 * time.Second},
		{"kickOutByOtherClient", []*Action{status(KickOutByOtherClient)}, 2 * time.Second},
		{"the kick event adds nothing", []*Action{{Kind: PublishKick, Status: KickOut}}, never},
		{"other terminal statuses", []*Action{status(Forbidden), status(PwdError), status(VersionError)}, never},
		{"a login that failed", []*Action{loginEnded(416)}, 4 * time.Second},
		{"one that was cut short", []*Action{loginEnded(wire.Cancelled)}, never},
		{"one that succeeded", []*Action{loginEnded(200)}, never},
		{"a kick and its 417", []*Action{status(KickOut), {Kind: PublishKick}, loginEnded(417)}, 2 * time.Second},
		{"another call that failed", []*Action{{Kind: Result, Code: 415}}, never},
		{"what is not published", []*Action{{Kind: AttemptEnded, Code: 415}, {Kind: Close}}, never},
		{"an automatic login given up", []*Action{{Kind: PublishLoginFailed, Code: 415}}, never},
		{"three failures in a row", []*Action{loginEnded(416), loginEnded(416), loginEnded(416)}, 4 * time.Second},
		{"loggedIn makes the press pointless", []*Action{status(KickOut), status(LoggedIn)}, never},
		{"so does the end of the process", []*Action{loginEnded(416), status(Unknown)}, never},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := NewPerson(eager(), 0)
			for _, saw := range c.saw {
				if calls := p.Step(0, saw, nil); len(calls) != 0 {
					t.Fatalf("called at once: %v", calls)
				}
			}
			if at, ok := p.Deadline(); ok != (c.want != never) || ok && at != c.want {
				t.Errorf("press at %s, %t; want %s", at, ok, c.want)
			}
		})
	}
}

// TestPersonPresses: the press comes at its time, once, before what is seen then.
func TestPersonPresses(t *testing.T) {
	p := NewPerson(eager(), 0)
	p.Step(0, status(KickOut), nil)
	if calls := p.Step(2*time.Second-1, nil, nil); len(calls) != 0 {
		t.Fatalf("too early: %v", calls)
	}
	calls := p.Step(2*time.Second, status(KickOut), nil)
	if len(calls) != 1 || calls[0] != (Event{Kind: LoginCalled}) {
		t.Errorf("calls %v, want one LoginCalled", calls)
	}
	if at, ok := p.Deadline(); !ok || at != 4*time.Second {
		t.Errorf("the next press at %s, %t, want 4s", at, ok)
	}
}

// TestPatience: presses in a row are bounded, and a success makes them good.
func TestPatience(t *testing.T) {
	p := NewPerson(eager(), 0)
	presses := 0
	now := Time(0)
	fail := func(n int) {
		for range n {
			p.Step(now, loginEnded(416), nil)
			now += 10 * time.Second
			presses += len(p.Step(now, nil, nil))
		}
	}
	if fail(5); presses != 2 {
		t.Errorf("%d presses after 5 failures, want 2", presses)
	}
	p.Step(now, loginEnded(200), nil)
	if fail(5); presses != 4 {
		t.Errorf("%d presses after a success and 5 failures, want 4", presses)
	}
}

// TestReloginShare: a share of the kicks is answered, at most Max in a life.
func TestReloginShare(t *testing.T) {
	h := eager()
	h.OnKick.Relogin = 800_000
	hits := 0
	const people = 20_000
	for client := range uint32(people) {
		p := NewPerson(h, client)
		p.Step(0, status(KickOut), nil)
		if _, ok := p.Deadline(); ok {
			hits++
		}
	}
	// Four standard deviations of a binomial.
	if d := hits - people*8/10; d < -226 || d > 226 {
		t.Errorf("%d of %d relogged in, want 80 %%", hits, people)
	}
	h.OnKick.Relogin, h.OnKick.Max = 1_000_000, 3
	p, presses := NewPerson(h, 0), 0
	for i := range 10 {
		now := Time(i) * time.Minute
		p.Step(now, status(KickOut), nil)
		presses += len(p.Step(now+30*time.Second, nil, nil))
	}
	if presses != 3 {
		t.Errorf("%d relogins, want 3", presses)
	}
}

// TestNobody: nil habits do nothing.
func TestNobody(t *testing.T) {
	p := NewPerson(nil, 0)
	if calls := p.Step(time.Hour, status(KickOut), nil); len(calls) != 0 {
		t.Errorf("calls %v", calls)
	}
	if _, ok := p.Deadline(); ok {
		t.Error("a deadline")
	}
	var zero Person
	if calls := zero.Step(0, loginEnded(416), nil); len(calls) != 0 {
		t.Errorf("the zero person calls %v", calls)
	}
}

func TestHabitsValidate(t *testing.T) {
	if faults := eager().Validate(); faults != nil {
		t.Errorf("good habits: %v", faults)
	}
	h := Habits{OnKick: OnKick{Relogin: 1_000_001, After: chance.Dist{A: -1}}, OnFailure: OnFailure{After: chance.Dist{Shape: 99}}}
	if faults := h.Validate(); len(faults) != 3 {
		t.Errorf("%d faults, want 3: %v", len(faults), faults)
	}
}

// TestKickWar: a machine and its owner who never gives up. Every kick ends the
// session for good, and every time the owner takes it back by hand.
func TestKickWar(t *testing.T) {
	s, p := begin(android(t)), NewPerson(eager(), 0)
	watch := func() {
		for i := range s.last {
			if calls := p.Step(s.now, &s.last[i], nil); len(calls) != 0 {
				t.Fatalf("at %s: called at once", s.now)
			}
		}
	}
	s.then(fresh, login, opened, replied(200))
	watch()
	for round := range 10 {
		s.after(10*time.Second, kicked(wire.ByLogin))
		watch()
		if _, ok := s.m.Deadline(); ok || s.m.Status() != KickOut {
			t.Fatalf("round %d: %s", round, where(&s.m))
		}
		at, ok := p.Deadline()
		if !ok || at != s.now+2*time.Second {
			t.Fatalf("round %d: press at %s, %t", round, at, ok)
		}
		calls := p.Step(at, nil, nil)
		if len(calls) != 1 {
			t.Fatalf("round %d: %d calls", round, len(calls))
		}
		calls[0].Call = uint32(10 + round)
		s.after(at-s.now, calls[0])
		watch()
		s.then(opened, replied(200))
		watch()
		if s.m.Status() != LoggedIn || s.m.Origin() != wire.Manual {
			t.Fatalf("round %d: %s", round, where(&s.m))
		}
	}
}
