package login

import (
	"slices"
	"testing"
	"time"

	"loginstorm/sim/wire"
)

// pings steps dues up to a time and returns when pings were sent and when the
// link was found dead (0 = never).
func pings(s *story, until Time) (sent []Time, dead Time) {
	for at, ok := s.m.Deadline(); ok && at <= until && s.m.Status() == LoggedIn; at, ok = s.m.Deadline() {
		s.now = at
		s.then(Event{})
		for _, a := range s.last {
			switch a.Kind {
			case SendPing:
				sent = append(sent, at)
			case Close:
				dead = at
			}
		}
	}
	return sent, dead
}

func seconds(n ...int) []Time { return each(time.Second, n...) }

// TestHeartbeatDies: the first ping one interval after loggedIn, then five
// probes, dead 53 s after loggedIn. Spec sections 4 and 7.
func TestHeartbeatDies(t *testing.T) {
	sent, dead := pings(goTo(t, android(t), "loggedIn"), time.Hour)
	if want := seconds(30, 38, 41, 44, 47, 50); !slices.Equal(sent, want) || dead != 53*time.Second {
		t.Errorf("pings at %v, dead at %s; want %v and 53s", sent, dead, want)
	}
}

// TestSilentPartition: it is noticed 23 to 53 s after it began, whenever that is.
func TestSilentPartition(t *testing.T) {
	for began := Time(0); began < 90*time.Second; began += 499 * time.Millisecond {
		s := goTo(t, android(t), "loggedIn")
		for {
			at, _ := s.m.Deadline()
			if at >= began {
				break
			}
			s.due(t).then(alive) // Answered at once.
		}
		_, dead := pings(s, time.Hour)
		if d := dead - began; d < 23*time.Second || d > 53*time.Second {
			t.Errorf("a partition at %s is noticed after %s", began, d)
		}
	}
}

// TestAnyFrameProvesLife: whatever arrives ends the round of probes, and the next
// ping keeps its place.
func TestAnyFrameProvesLife(t *testing.T) {
	for _, kind := range []EventKind{Alive, SyncBegan, SyncEnded, OnlineChanged, KickOtherReplied, Replied} {
		s := goTo(t, android(t), "loggedIn").due(t).due(t).due(t).after(time.Second, Event{Kind: kind})
		if at, _ := s.m.Deadline(); at != 60*time.Second {
			t.Errorf("%s at 42s: next ping at %s, want 1m0s", kind, at)
		}
	}
	// A frame between pings moves nothing.
	s := goTo(t, android(t), "loggedIn").after(17*time.Second, alive)
	if at, _ := s.m.Deadline(); at != 30*time.Second {
		t.Errorf("a frame at 17s: next ping at %s, want 30s", at)
	}
}

// TestShortHeartbeat: an interval shorter than its probes pings at once after a
// late answer.
func TestShortHeartbeat(t *testing.T) {
	p := android(t)
	p.Heartbeat = 10 * time.Second
	s := goTo(t, p, "loggedIn").due(t).due(t).due(t).then(alive)
	if at, _ := s.m.Deadline(); at != s.now {
		t.Errorf("at %s: next ping at %s", s.now, at)
	}
	p.Heartbeat = 0
	if at, ok := goTo(t, p, "loggedIn").m.Deadline(); ok {
		t.Errorf("no heartbeat, and yet a deadline at %s", at)
	}
	p.Heartbeat, p.Probes = 30*time.Second, 0
	if sent, dead := pings(goTo(t, p, "loggedIn"), time.Hour); len(sent) != 1 || dead != 38*time.Second {
		t.Errorf("no probes: pings at %v, dead at %s", sent, dead)
	}
}

// TestLateDriver: a deadline carried out late starts its timers from now, so a
// slow driver never times its own client out; Due still tells the instant wanted.
func TestLateDriver(t *testing.T) {
	s := goTo(t, android(t), "netBroken waiting")
	s.after(100*time.Second, Event{})
	if got, want := tellAll(s.last), "netBroken -> connecting (reconnect); dial #2 reconnect account 7 due 2s"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if at, _ := s.m.Deadline(); at != 110*time.Second {
		t.Errorf("connect timeout at %s, want 1m50s", at)
	}
	s = goTo(t, android(t), "loggedIn").after(100*time.Second, alive)
	if at, _ := s.m.Deadline(); len(s.last) != 1 || s.last[0].Kind != SendPing || at != 130*time.Second {
		t.Errorf("%s, next %s; want one ping, next 2m10s", tellAll(s.last), at)
	}
}

// TestDuesInOrder: two timers that are due in one Step go by their instants, and
// the call's goes before an equal one of the link.
func TestDuesInOrder(t *testing.T) {
	s := goTo(t, android(t), "loggedIn").after(26*time.Second, kickOther).after(time.Minute, Event{})
	if got, want := tellAll(s.last), "send ping #1; result of 4: 408"; got != want {
		t.Errorf("ping at 30s, answer awaited until 34s: %s, want %s", got, want)
	}
	s = goTo(t, android(t), "loggedIn").after(22*time.Second, kickOther).after(time.Minute, Event{})
	if got, want := tellAll(s.last), "result of 4: 408; send ping #1"; got != want {
		t.Errorf("both at 30s: %s, want %s", got, want)
	}
}

// TestKickOtherAnswers: an answer ends the newest question, and one that nobody
// waits for ends nothing.
func TestKickOtherAnswers(t *testing.T) {
	answer := func(code wire.Code) Event { return Event{Kind: KickOtherReplied, Code: code} }
	s := goTo(t, android(t), "loggedIn, kickOther asked")
	second := kickOther
	second.Call = 5
	s.then(second)
	if got, want := tellAll(s.last), "result of 4: 191002; send kickOther #1 device 99"; got != want {
		t.Fatalf("superseded: %s, want %s", got, want)
	}
	s.then(answer(200))
	if got, want := tellAll(s.last), "result of 5: 200"; got != want {
		t.Errorf("the answer to the second: %s, want %s", got, want)
	}
	if s.then(answer(200)); len(s.last) != 0 {
		t.Errorf("an answer nobody asked for: %s", tellAll(s.last))
	}
	s.then(kickOther).due(t)
	if got, want := tellAll(s.last), "result of 4: 408"; got != want {
		t.Errorf("no answer: %s, want %s", got, want)
	}
	if s.then(answer(200)); len(s.last) != 0 {
		t.Errorf("the answer after the time-out: %s", tellAll(s.last))
	}
}
