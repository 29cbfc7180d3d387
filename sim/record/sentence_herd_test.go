package record

import (
	"strings"
	"testing"
	"time"

	"loginstorm/sim/login"
	"loginstorm/sim/wire"
)

// Waves that a login's time-out keeps in phase are not the doing of backoff alone.
func TestWavesOfTimeOuts(t *testing.T) {
	h := herd{clients: 2000, capacity: 40, patience: 5, cut: 5, up: 6, duration: 180, known: true, backoff: func(int) int { return 6 }}
	a, _ := h.run()
	if s := a.Storms()[0]; !strings.Contains(s.WaveText(), "one every 10s: the herd stays in phase, as attempts that time out together begin again together") {
		t.Errorf("%q: %.2f timed out, herd index %g", s.WaveText(), s.timedOut, s.HerdIndex)
	}
	a, _ = base().run()
	if s := a.Storms()[0]; s.timedOut > 0.4 || strings.Contains(s.WaveText(), "time out") {
		t.Errorf("%q: %.2f timed out", s.WaveText(), s.timedOut)
	}
}

// Logins that the timeline asks for are no wave of the fault before them, and no herd.
func TestPlannedLoginsAreNoWave(t *testing.T) {
	l := layout()
	l.Entries, l.Begins, l.Recovers = []string{"cut", "in"}, []Time{5 * time.Second, 20 * time.Second}, []bool{true, false}
	for _, planned := range []bool{true, false} {
		s := run(l, 1, 40, func(r *Recorder, _, second int) {
			switch second {
			case 0:
				r.Place(0, login.LoggedIn, 100)
			case 5:
				r.FaultBegan(0, 100, 100)
				for range 100 {
					r.FaultHit(0)
					r.Move(0, login.LoggedIn, login.NetBroken)
				}
			case 7, 25:
				for range 100 {
					r.Dialled(0, wire.Reconnect)
					r.FaultAttempt(0)
					r.Attempt(0, wire.Reconnect, wire.Disconnected)
				}
			case 20:
				for range 300 {
					r.Dialled(0, wire.Manual)
					r.Attempt(0, wire.Manual, wire.Success)
					if planned {
						r.Add(AttemptsPlanned, 1)
					}
				}
			}
		}).Storms()[0]
		if want := 3; planned {
			if s.WaveCount != 2 || s.Herd.Peak != 100 || s.Offered.Peak != 300 {
				t.Errorf("%d waves, herd of %d, %d offered", s.WaveCount, s.Herd.Peak, s.Offered.Peak)
			}
		} else if s.WaveCount != want || s.Herd.Peak != 300 {
			t.Errorf("%d waves, herd of %d", s.WaveCount, s.Herd.Peak)
		}
	}
}

// One client is not "the 1", and one attempt is none of several.
func TestCountsOfOne(t *testing.T) {
	after := []Milestone{{Percent: 100, Reached: true, After: Seconds(2 * time.Second)}}
	for want, s := range map[string]Storm{
		"1 client dropped, it is back, 100 % after 2s; it made 1 attempt":                                                           {Entry: "x", Hit: 1, Drops: 1, Back: 1, returns: 1, Attempts: 1, Amplification: 1, Milestones: after},
		"1 client dropped, it is not back; it made 1 attempt, which brought nobody back":                                            {Entry: "x", Hit: 1, Drops: 1, Attempts: 1},
		"1 client dropped, it is not back; it made 9 attempts, none of which brought anybody back":                                  {Entry: "x", Hit: 1, Drops: 1, Attempts: 9},
		"1 client dropped 3 times, it is back; it made 6 attempts, 2 for each time that it came back":                               {Entry: "x", Hit: 1, Drops: 3, Back: 1, returns: 3, Attempts: 6, Amplification: 2},
		"9 clients dropped, 1 is back; the 9 made 18 attempts, 18 for each that came back; 1 of 1 login request was wasted (100 %)": {Entry: "x", Hit: 9, Drops: 9, Back: 1, returns: 1, Attempts: 18, Amplification: 18, LoginsSent: 1, LoginsWasted: 1},
		"a client dropped once, it is back; it made 1 attempt":                                                                      {Hit: 1, Drops: 1, Back: 1, returns: 1, Attempts: 1, Amplification: 1},
		"herd index 1: at most 1 attempt in a second, 1 a second on average over 8 s":                                               {Entry: "x", HerdIndex: 1, HerdSeconds: 8, Herd: Load{Peak: 1, Mean: 1, Total: 8}},
		"herd index 2: once the trigger was gone at most 4 attempts in a second, 2 a second on average over 8 s": {Entry: "x", HerdIndex: 2, HerdSeconds: 8, Herd: Load{Peak: 4, Mean: 2, Total: 16}, Return: Load{Total: 16},
			Capacity: Capacity{PerSecond: 900, From: "20 workers"}},
		"herd index 2: once the trigger was gone at most 9 attempts in a second, as many as the capacity of 9 logins/s (1 worker), 4.5 a second on average over 8 s": {Entry: "x", HerdIndex: 2, HerdSeconds: 8,
			Herd: Load{Peak: 9, Mean: 4.5, Total: 36}, Return: Load{Total: 36}, Capacity: Capacity{PerSecond: 9, From: "1 worker"}},
	} {
		if got := s.sentence(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
