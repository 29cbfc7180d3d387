package login

import (
	"testing"
	"time"
)

// round is one life that ends where it began, and the Steps it takes.
type round struct {
	name   string
	policy string
	start  []Event
	events []Event // The zero Event jumps to the deadline.
}

func roundTrips() []round {
	session := []Event{fresh, login, opened, replied(200)}
	return []round{
		{"Login", "nim-android", []Event{fresh}, []Event{login, opened, replied(200)}},
		{"Heartbeat", "nim-android", session, []Event{{}, alive}},
		{"Inbound", "nim-android", session, []Event{alive}},
		{"DropAndReturn", "nim-android", session, []Event{lost, {}, opened, replied(200)}},
		{"RefusedAttempt/list", "nim-android", []Event{given, failed}, []Event{{}, failed}},
		{"RefusedAttempt/nim-web", "nim-web", []Event{given, failed}, []Event{{}, failed}},
		{"RefusedAttempt/full-jitter", "full-jitter", []Event{given, failed}, []Event{{}, failed}},
		{"RefusedAttempt/grpc", "grpc", []Event{given, failed}, []Event{{}, failed}},
	}
}

// BenchmarkStep is the cost of one Step, averaged over a round.
func BenchmarkStep(b *testing.B) {
	for _, r := range roundTrips() {
		b.Run(r.name, func(b *testing.B) {
			s := begin(profileWith(b, r.policy)).then(r.start...)
			s.last = make([]Action, 0, 16)
			b.ReportAllocs()
			for steps := 0; ; {
				for _, ev := range r.events {
					if steps == b.N {
						return
					}
					steps++
					s.step(ev)
				}
			}
		})
	}
}

// step is one event of a round, as a driver would step it.
func (s *story) step(ev Event) {
	switch {
	case ev.Kind == Due:
		if at, ok := s.m.Deadline(); ok {
			s.now = at
		}
	case ev.Kind >= LinkOpened:
		ev.Gen = s.m.Gen()
	}
	s.last = s.m.Step(s.now, ev, s.last[:0])
}

// TestStepAllocatesNothing: no round allocates once the buffer has grown.
func TestStepAllocatesNothing(t *testing.T) {
	for _, r := range roundTrips() {
		s := begin(profileWith(t, r.policy)).then(r.start...)
		s.last = make([]Action, 0, 16)
		if n := testing.AllocsPerRun(100, func() {
			for _, ev := range r.events {
				s.step(ev)
			}
		}); n != 0 {
			t.Errorf("%s: %g allocations a round", r.name, n)
		}
	}
	p := NewPerson(eager(), 0)
	kick, calls, now := status(KickOut), make([]Event, 0, 4), Time(0)
	if n := testing.AllocsPerRun(100, func() {
		calls = p.Step(now, kick, calls[:0])
		now += 10 * time.Second
		calls = p.Step(now, nil, calls[:0])
	}); n != 0 {
		t.Errorf("person: %g allocations", n)
	}
}

// BenchmarkDelay is the cost of one delay, early and late in its sequence.
func BenchmarkDelay(b *testing.B) {
	for _, name := range PolicyNames() {
		p, _ := PolicyNamed(name)
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			turn := Turn{Seed: 1}
			for b.Loop() {
				turn.Prev = p.Delay(turn)
				turn.N++
				turn.Try = turn.N % 64
			}
		})
	}
}
