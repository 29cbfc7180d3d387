package link

import (
	"math"
	"testing"
	"time"
)

// What a weather took is what a new link has to take, and each part is taken back
// by its own kind.
func TestWeatherIsTakenBackPartByPart(t *testing.T) {
	var w Weather
	taken := []Fault{{Kind: Slowed, Bandwidth: 100}, {Kind: Delayed, Delay: time.Second}, {Kind: Lossy, Loss: 5}}
	for _, f := range taken {
		w.Take(f)
	}
	if got := w.Faults(nil); len(got) != 3 || got[0] != taken[0] || got[1] != taken[1] || got[2] != taken[2] || !w.Bends() {
		t.Fatalf("a new link takes %+v", got)
	}
	w.Take(Fault{Kind: Unreachable, Loss: million})
	for _, f := range taken {
		w.Take(Fault{Kind: f.Kind})
	}
	if w.Bends() || w.Calm() || len(w.Faults(nil)) > 0 {
		t.Errorf("what is left: %+v", w)
	}
	if w.Take(Fault{Kind: Unreachable}); !w.Calm() {
		t.Errorf("not calm: %+v", w)
	}
	for _, k := range []FaultKind{Reset, Closed, HalfOpen, Frozen, RadioLost, Thawed} {
		if w.Take(Fault{Kind: k, Loss: 1, Delay: 1, Bandwidth: 1}); !w.Calm() {
			t.Errorf("%v is no weather: %+v", k, w)
		}
	}
	w.Take(taken[0])
	w.Take(Fault{Kind: Nameless, Loss: 7})
	if w.Take(Fault{Kind: Healed}); !w.Calm() {
		t.Errorf("healed: %+v", w)
	}
}

// A share of the attempts fails, each by a draw of its own: that of names does not
// shift that of connections.
func TestWeatherRefusesAShare(t *testing.T) {
	const attempts = 100_000
	share := func(kinds ...FaultKind) (refused float64, who map[uint32]bool) {
		var w Weather
		for _, k := range kinds {
			w.Take(Fault{Kind: k, Loss: 300_000})
		}
		who = map[uint32]bool{}
		for i := range uint32(attempts) {
			if w.Refuses(9, i/10, i%10) {
				who[i] = true
			}
		}
		return float64(len(who)) / attempts, who
	}
	some := 4 * math.Sqrt(0.3*0.7/attempts)
	reach, unreachable := share(Unreachable)
	near(t, "share unreachable", reach, 0.3, some)
	names, nameless := share(Nameless)
	near(t, "share nameless", names, 0.3, some)
	both, either := share(Unreachable, Nameless)
	near(t, "share of both", both, 1-0.7*0.7, some)
	for i := range uint32(attempts) {
		if either[i] != (unreachable[i] || nameless[i]) {
			t.Fatalf("attempt %d: one fault shifts the other's draws", i)
		}
	}
	if got, _ := share(); got != 0 {
		t.Errorf("in calm weather %v are refused", got)
	}
}
