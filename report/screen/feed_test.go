package screen

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"loginstorm/sim/record"
)

// The recent figures are those of the last seconds and the others those of all, held
// against sums over the rows and a sorted slice of the values.
func TestFeedAgainstTheRows(t *testing.T) {
	draws := rand.New(rand.NewPCG(1, 2))
	feed := NewFeed(Facts{Entries: []Entry{{Name: "cut"}}})
	var rows []record.Row
	var values [][]time.Duration
	for s := range 35 {
		r := record.Row{Second: s, To: record.Seconds(time.Duration(s+1) * time.Second)}
		var own []time.Duration
		for range 2 { // Two populations.
			h := record.NewHistogram(record.ConnectToLoggedIn)
			for range draws.IntN(200) {
				v := time.Duration(draws.IntN(2_000_000)) * time.Microsecond
				h.Observe(v)
				own = append(own, v)
			}
			r.Series = append(r.Series, record.Series{Histogram: h})
		}
		other := record.NewHistogram(record.TimeToLoggedIn)
		other.Observe(time.Hour)
		r.Series = append(r.Series, record.Series{Histogram: other})
		r.Codes[0], r.Codes[11], r.Kicks[2] = uint64(len(own)), draws.Uint64N(9), draws.Uint64N(5)
		r.Faults = []record.FaultRow{{Entry: "cut", Hit: draws.Uint64N(20), Back: draws.Uint64N(20)}, {Entry: "other", Hit: 7}}
		rows, values = append(rows, r), append(values, own)
		feed.Add(r)
		state := feed.State()
		from := max(0, len(rows)-Recent)
		check(t, s, "recent", state.Recent, values[from:])
		check(t, s, "whole", state.Whole, values)
		var codes, recent, kicks, drops uint64
		for i, r := range rows {
			codes += r.Codes[11]
			drops += r.Faults[0].Hit
			if i >= from {
				recent += r.Codes[11]
				kicks += r.Kicks[2]
			}
		}
		if state.Codes[11] != codes || state.RecentCodes[11] != recent || state.RecentKicks[2] != kicks || state.Faults[0].Drops != drops {
			t.Fatalf("second %d: %v %v %v %v", s, state.Codes[11], state.RecentCodes[11], state.RecentKicks[2], state.Faults)
		}
	}
}

func check(t *testing.T, s int, what string, got Latency, seconds [][]time.Duration) {
	t.Helper()
	all := slices.Concat(seconds...)
	slices.Sort(all)
	if got.Count != int64(len(all)) {
		t.Fatalf("second %d, %s: %d values, want %d", s, what, got.Count, len(all))
	}
	if len(all) == 0 {
		return
	}
	for q, v := range map[int]time.Duration{50: got.P50, 90: got.P90, 99: got.P99, 100: got.Max} {
		want := all[(len(all)*q+99)/100-1]
		if off := (v - want).Abs(); off > want/500+2*time.Microsecond {
			t.Errorf("second %d, %s p%d: %v, want %v", s, what, q, v, want)
		}
	}
}

// A state that was handed out does not change with what comes after it.
func TestAStateStays(t *testing.T) {
	feed := NewFeed(morning(false))
	var states []State
	var shown []string
	for s := range 30 {
		feed.Add(secondRow(s))
		states = append(states, feed.State())
		shown = append(shown, draw(morning(false), states[s], 120, 40))
	}
	for s, want := range shown {
		if got := draw(morning(false), states[s], 120, 40); got != want {
			t.Fatalf("second %d changed:\n%s\nwas\n%s", s, got, want)
		}
	}
}

// Lines are given out as they are, and never more of them.
func TestShareGivesNoMoreThanThereIs(t *testing.T) {
	draws := rand.New(rand.NewPCG(3, 4))
	for range 500 {
		var sections []section
		for range 1 + draws.IntN(6) {
			s := section{most: draws.IntN(30)}
			for h := 1; h < 12; h += 1 + draws.IntN(6) {
				s.sizes = append(s.sizes, size{h, draws.IntN(60)})
			}
			sections = append(sections, s)
		}
		height := draws.IntN(60)
		given, left := share(sections, height)
		sum := left
		for _, n := range given {
			sum += n
		}
		if sum != height || left < 0 {
			t.Fatalf("%v and %d left of %d", given, left, height)
		}
	}
}

func ExampleFeed() {
	feed := NewFeed(Facts{Name: "morning", Duration: time.Minute})
	feed.Add(record.Row{To: record.Seconds(time.Second), LoggedIn: 40})
	fmt.Println(feed.State().At, feed.State().Logins)
	// Output: 1s [40]
}
