package virtual

import (
	"cmp"
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// each calls do for every event that waits, in no order.
func (q *queue) each(do func(*event)) {
	all := append([]event(nil), q.run[q.head:]...)
	skip := q.first
	for at := q.instant.first; at != 0; at = q.blocks.at(at).next {
		b := q.blocks.at(at)
		all, skip = append(all, b.events[skip:b.n]...), 0
	}
	for i := range q.near.all {
		n := &q.near.all[i]
		all = append(all, newEvent(n.at, kind(n.order&0xff), n.who, n.ref))
	}
	for _, lists := range [][]list{q.slots.lists, q.rows.lists, q.later} {
		for _, l := range lists {
			for at := l.first; at != 0; at = q.blocks.at(at).next {
				b := q.blocks.at(at)
				all = append(all, b.events[:b.n]...)
			}
		}
	}
	for i := range all {
		do(&all[i])
	}
}

// TestQueueIsAStableSort: the queue gives what a stable sort gives, whatever is pushed
// and popped, and whoever looks at what comes next in between. Spans are of every scale
// that the queue knows: this instant, this slot, this turn, later ones, and behind the
// end of the run.
func TestQueueIsAStableSort(t *testing.T) {
	spans := []Time{0, 1, 2, 300, 1 << slotBits / 3, 1 << slotBits, 5 << slotBits, 1 << rowBits, 7 << rowBits, 1 << turnBits / 2, 1 << turnBits, 3 << turnBits}
	rapid.Check(t, func(t *rapid.T) {
		q := queue{last: rapid.SampledFrom([]int{0, 4}).Draw(t, "last")}
		end := never
		if q.last > 0 {
			end = Time(q.last) << turnBits
		}
		var want, beyond []event
		var now Time
		pop := func() {
			slices.SortStableFunc(want, func(a, b event) int { return cmp.Compare(a.at(), b.at()) })
			if at, ok := q.next(); !ok || at != want[0].at() {
				t.Fatalf("next is at %v, %v, want %v", at, ok, want[0].at())
			}
			first := q.peek()
			e := q.pop()
			if e != want[0] || e != first {
				t.Fatalf("popped %v, want %v", e, want[0])
			}
			now, want = e.at(), want[1:]
		}
		who := uint32(0)
		for range rapid.IntRange(1, 60).Draw(t, "rounds") {
			if rapid.Bool().Draw(t, "moves") { // Arrivals and steps move time, too.
				least := now + spans[rapid.IntRange(0, len(spans)-1).Draw(t, "by")]
				if at, ok := q.next(); ok {
					least = min(least, at)
				}
				now = max(now, min(least, end-1))
			}
			span := spans[rapid.IntRange(0, len(spans)-1).Draw(t, "span")]
			for range rapid.SampledFrom([]int{1, 1, 2, 40, 200}).Draw(t, "many") {
				e := newEvent(now+Time(rapid.IntRange(0, 4).Draw(t, "at"))*span/4, toClient, who, 7)
				who++
				q.push(e.at(), toClient, e.who, 7)
				if e.at() < end {
					want = append(want, e)
				} else {
					beyond = append(beyond, e)
				}
			}
			for range min(len(want), rapid.SampledFrom([]int{0, 1, 30, 300}).Draw(t, "pops")) {
				pop()
			}
		}
		for len(want) > 0 {
			pop()
		}
		if at, ok := q.next(); ok || q.len != len(beyond) {
			t.Fatalf("an event is left at %v, %d events, want %d", at, q.len, len(beyond))
		}
		kept := 0
		if q.each(func(*event) { kept++ }); kept != q.len {
			t.Fatalf("%d events are kept, want %d", kept, q.len)
		}
	})
}

// TestSortedIsStable: a slot of many events, crowded or not.
func TestSortedIsStable(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.SampledFrom([]int{0, 1, 2, few, few + 1, 1000}).Draw(t, "n")
		spread := rapid.SampledFrom([]uint64{1, 2, 1 << digit, 1 << slotBits}).Draw(t, "spread")
		seed := rapid.Uint64().Draw(t, "seed")
		run := make([]event, n)
		for i := range run {
			seed = seed*6364136223846793005 + 1442695040888963407
			run[i] = newEvent(Time(5<<slotBits+seed>>33%spread), kind(i%5), uint32(i), 0)
		}
		want := slices.Clone(run)
		slices.SortStableFunc(want, func(a, b event) int { return cmp.Compare(a.at(), b.at()) })
		if got, _ := sorted(run, nil); !slices.Equal(got, want) {
			t.Fatalf("sorted %v, want %v", got, want)
		}
	})
}

// BenchmarkQueue pops an event and pushes one up to a minute later, as clients with
// heartbeats do, at a number of events that wait.
func BenchmarkQueue(b *testing.B) {
	for _, n := range []uint32{10_000, 100_000, 1_000_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			var q queue
			for i := range n {
				q.push(Time(uint64(i)*7919*600_011%60_000_000_000), clientDue, i, 0)
			}
			b.ReportAllocs()
			b.ResetTimer()
			for i := range b.N {
				q.next()
				e := q.pop()
				q.push(e.at()+Time(uint64(i)*2654435761%60_000_000_000), clientDue, e.who, 0)
			}
		})
	}
}
