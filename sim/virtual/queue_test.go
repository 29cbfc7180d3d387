package virtual

import (
	"cmp"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// The queue gives what a stable sort gives, whatever is pushed and popped.
func TestQueueIsAStableSort(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var q queue
		var want []event
		pop := func() {
			slices.SortStableFunc(want, func(a, b event) int { return cmp.Compare(a.at, b.at) })
			e := q.pop()
			if e.at != want[0].at || e.who != want[0].who || e.kind() != toClient || e.ref != 7 {
				t.Fatalf("popped %v, want %v", e, want[0])
			}
			want = want[1:]
		}
		for i := range rapid.IntRange(1, 200).Draw(t, "events") {
			at := Time(rapid.IntRange(0, 20).Draw(t, "at"))
			q.push(at, toClient, uint32(i), 7)
			want = append(want, event{at: at, who: uint32(i)})
			if rapid.IntRange(0, 2).Draw(t, "pop") == 0 {
				pop()
			}
		}
		for len(want) > 0 {
			pop()
		}
		if at, ok := q.next(); ok {
			t.Fatalf("an event is left at %v", at)
		}
	})
}

func BenchmarkQueue(b *testing.B) {
	var q queue
	for i := range uint32(100_000) {
		q.push(Time(i*7919%100_003), clientDue, i, 0)
	}
	b.ReportAllocs()
	b.ResetTimer()
	for i := range b.N {
		e := q.pop()
		q.push(e.at+Time(uint32(i)*2654435761%100_003), clientDue, e.who, 0)
	}
}
