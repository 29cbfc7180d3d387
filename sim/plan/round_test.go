package plan

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"loginstorm/sim/login"
	"loginstorm/sim/record"
)

// The rounds of a policy are the delay behind the next attempt, worked out by hand.
func TestRoundsOfPolicies(t *testing.T) {
	s := func(v float64) Time { return Time(v * float64(time.Second)) }
	at := func(pairs ...float64) (all []record.Round) {
		for i := 0; i < len(pairs); i += 2 {
			all = append(all, record.Round{After: s(pairs[i]), Every: s(pairs[i+1])})
		}
		return all
	}
	for name, want := range map[string][]record.Round{
		"nim-web":      at(0, 1.6, 0, 3.2, 1.6, 6.4, 4.8, 8),
		"nim-ios":      at(0, 2, 0, 4, 2, 6, 6, 8, 12, 16, 20, 32, 36, 64),
		"openim":       at(0, 1, 0, 2, 1, 4, 3, 8, 7, 16, 15, 31),
		"fixed":        nil,
		"immediate":    nil,
		"slack-socket": at(0, 5, 0, 10, 5, 15, 15, 20, 30, 25, 50, 30, 75, 35),
		"full-jitter":  at(0, 1, 0, 2, 1, 4, 3, 8, 7, 16, 15, 32, 31, 60),
		"decorrelated": at(0, 1, 0, 2, 1, 4, 3, 8, 7, 16, 15, 32, 31, 60),
		"xmpp":         at(0, 60),
	} {
		policy, ok := login.PolicyNamed(name)
		if !ok {
			t.Fatal(name)
		}
		if name == "fixed" {
			policy.Delays = []Time{s(1)}
			want = at(0, 1)
		}
		got := roundsOf(&policy, s(80))
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s: %s", name, d)
		}
	}
}
