package record

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"loginstorm/sim/login"
	"loginstorm/sim/wire"
)

// rolling is a run in which an entry at 5 s hits 20 clients, two a second, and each is
// back one second later; the first two are hit once more at 15 s, and are back at 17 s.
func rolling() (*Aggregate, *Aggregate) {
	l := Layout{Populations: []string{"phones"}, Entries: []string{"deploy"}, Begins: []Time{5 * time.Second},
		Ends: []Time{16 * time.Second}, Recovers: []bool{true}}
	r, a, again := NewRecorder(l, 0), NewAggregate(l, 1), NewRestored(l)
	r.Place(0, login.LoggedIn, 20)
	for second := range 30 {
		now := Time(second) * time.Second
		if second == 5 {
			r.FaultBegan(0, 22, 0)
		}
		if second >= 5 && second < 15 || second == 15 {
			r.FaultFound(0, 2, false)
			for range 2 {
				if second < 15 {
					r.FaultHit(0)
				} else {
					r.FaultHitAgain(0)
				}
				r.Dialled(0, wire.Reconnect)
				r.FaultAttempt(0)
			}
		}
		if second > 5 && second <= 15 || second == 17 {
			own := time.Second
			if second == 17 {
				own = 2 * time.Second
			}
			for range 2 {
				r.Attempt(0, wire.Reconnect, wire.Success)
				r.FaultBackSince(0, own, now-5*time.Second)
			}
		}
		a.Add(r.Cut(now + time.Second))
		for _, row := range a.Sealed() {
			var read Row
			if text, err := json.Marshal(row); err != nil || json.Unmarshal(text, &read) != nil {
				panic("a row cannot be read again")
			}
			again.Row(read)
			for _, series := range row.Series {
				again.Histogram(row.Second, series)
			}
		}
	}
	return a, again.Aggregate()
}

// TestWaysBackCountFromTheirOwnHit: an entry that hits one client after another has both
// figures: what each waited, and when all were back; the storm goes on until they are.
func TestWaysBackCountFromTheirOwnHit(t *testing.T) {
	a, restored := rolling()
	if diff := cmp.Diff(a.Recoveries(), restored.Recoveries()); diff != "" {
		t.Errorf("read again: %s", diff)
	}
	r := a.Recoveries()[0]
	if r.Asked != 22 || r.Online != 22 || r.Hit != 20 || r.Drops != 22 || r.Back != 20 || r.Returns() != 22 || !r.Gradual {
		t.Errorf("%+v", r)
	}
	near := func(what string, got Seconds, want time.Duration) {
		t.Helper()
		if d := got.Duration() - want; d < 0 || d > want/1000+time.Microsecond {
			t.Errorf("%s: %v, want %v", what, got, want)
		}
	}
	near("half of their own", r.Own.P50, time.Second)
	near("the longest of their own", r.Own.Max, 2*time.Second)
	near("half since it began", r.Milestones[0].After, 6*time.Second)
	near("all since it began", r.Milestones[5].After, 12*time.Second)

	s := a.Storms()[0]
	if s.Until != 18 || s.Ended != "back" || s.Drops != 22 || s.Amplification != 1 || s.Class != Recovered {
		t.Errorf("until %d (%s), %d drops, amplification %v, %v", s.Until, s.Ended, s.Drops, s.Amplification, s.Class)
	}
	for text, want := range map[string]string{
		"time_to_recover(100%, after: deploy) < 11s":           "12s",
		"max(time_back, entry: deploy) < 1s":                   "2s",
		"max(back_since_begin, entry: deploy) < 1s":            "12s",
		"amplification(after: deploy) < 0.5":                   "1",
		"count(time_back, entry: deploy) == 0":                 "22",
		"p50(time_back, entry: deploy) > 2s":                   "1s",
		"count(time_back, entry: deploy, during: deploy) == 0": "22",
	} {
		th, err := ParseThreshold(text)
		if err != nil {
			t.Fatal(err)
		}
		if o := th.Evaluate(a); o.Value != want || o.Pass {
			t.Errorf("%s: %+v, want %s", text, o, want)
		}
	}
}

// TestOldRowsHaveNoDrops: a row that counts clients alone means as many drops.
func TestOldRowsHaveNoDrops(t *testing.T) {
	l := Layout{Populations: []string{"phones"}, Entries: []string{"cut"}}
	r := NewRestored(l)
	r.Row(Row{Second: 0, Faults: []FaultRow{{Entry: "cut", Began: true, Asked: 9, Online: 8, Hit: 7, Back: 5}}})
	if got := r.Aggregate().Recoveries()[0]; got.Hit != 7 || got.Drops != 7 || got.Back != 5 {
		t.Errorf("%+v", got)
	}
}
