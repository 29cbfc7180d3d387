package gateway

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// TestTimersComeInOrder compares the heap with a stable sort.
func TestTimersComeInOrder(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 5))
	for range 200 {
		var h timers
		var want []timer
		n, forgets := rnd.IntN(60), rnd.IntN(2) == 0
		for i := range uint32(n) {
			at := Time(rnd.IntN(10))
			kind := dueSync
			if !forgets && rnd.IntN(2) == 0 {
				kind = dueTimeout
			}
			h.push(at, kind, i, 0)
			want = append(want, timer{at: at, target: i})
		}
		slices.SortStableFunc(want, func(a, b timer) int { return int(a.at - b.at) })
		if forgets {
			for range n {
				h.push(Time(rnd.IntN(10)), dueTimeout, 0, 0)
			}
			h.forgetTimeouts()
		}
		for i, w := range want {
			if got, ok := h.due(w.at); !ok || got.at != w.at || got.target != w.target {
				t.Fatalf("%d of %d: got %d at %v, want %d at %v", i, n, got.target, got.at, w.target, w.at)
			}
		}
		if _, ok := h.first(); ok {
			t.Fatal("something is left")
		}
	}
}
