package record

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/datadriven"
	"pgregory.net/rapid"

	"loginstorm/sim/login"
)

// TestBrakes tells stories of figures that come and of runs that end by them.
//
//	stop [for=5s] [grace=10s]   a condition, one a story or more
//	run                         lines: "second CODE=n ... STATUS=n connect=SPANxN" or "target SECOND NAME VALUE|gap"
func TestBrakes(t *testing.T) {
	datadriven.Walk(t, "testdata/brakes", func(t *testing.T, path string) {
		var stops []Stop
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			switch d.Cmd {
			case "stop":
				c, err := ParseCondition(d.Input, watchedOfTest())
				if err != nil {
					return err.Error() + "\n"
				}
				s := Stop{Condition: c}
				for _, a := range d.CmdArgs {
					span, err := time.ParseDuration(a.Vals[0])
					if err != nil {
						t.Fatal(err)
					}
					if a.Key == "for" {
						s.For = span
					} else {
						s.Grace = span
					}
				}
				stops = append(stops, s)
				return s.String() + "\n"
			case "run":
				out := drive(t, stops, d.Input)
				stops = nil
				return out
			}
			d.Fatalf(t, "unknown command %s", d.Cmd)
			return ""
		})
	})
}

func watchedOfTest() []Watched {
	return []Watched{{"gateway_errors", "share"}, {"gateway_p99", "seconds"}, {"gateway_queue", ""}}
}

// drive feeds brakes and tells when they trip.
func drive(t *testing.T, stops []Stop, input string) string {
	t.Helper()
	b, second := NewBrakes(stops), 0
	layout := Layout{Populations: []string{"phones"}}
	for line := range strings.Lines(input) {
		var tripped *Tripped
		if words := strings.Fields(line); words[0] == "target" {
			at, value := 0.0, 0.0
			if _, err := fmt.Sscan(words[1], &at); err != nil {
				t.Fatal(err)
			}
			known := words[3] != "gap"
			if known {
				if _, err := fmt.Sscan(words[3], &value); err != nil {
					t.Fatal(err)
				}
			}
			tripped = b.Sample(Time(at*1e9), words[2], value, known)
		} else {
			tripped = b.Row(rowOfTest(t, layout, second, words))
			second++
		}
		if tripped != nil {
			return strings.TrimSpace(line) + " -> " + tripped.String() + "\n"
		}
	}
	return "it goes on\n"
}

// rowOfTest makes a second of counts.
func rowOfTest(t *testing.T, l Layout, second int, words []string) Row {
	t.Helper()
	totals := newTotals(newSpace(l))
	totals.seconds, totals.To = 1, Time(second+1)*time.Second
	for _, w := range words {
		name, value, _ := strings.Cut(w, "=")
		if name == "connect" {
			span, times, _ := strings.Cut(value, "x")
			d, err := time.ParseDuration(span)
			if err != nil {
				t.Fatal(err)
			}
			n := 0
			fmt.Sscan(times, &n)
			for range n {
				totals.to(int(totals.space.metrics[ConnectToLoggedIn].base)).Observe(d)
			}
			continue
		}
		n := uint64(0)
		if _, err := fmt.Sscan(value, &n); err != nil {
			t.Fatalf("%s: %v", w, err)
		}
		for c := range Codes {
			if CodeName(c) == name {
				totals.attempts[c] += n
			}
		}
		for s := range login.Statuses {
			if login.Status(s).String() == name {
				totals.status[s] += int64(n)
			}
		}
	}
	return Row{Second: second, To: Seconds(totals.To), Totals: totals}
}

// TestBrakesAgainstAPlainCount holds the sliding window and the duration against a count
// over the whole list: a second oracle.
func TestBrakesAgainstAPlainCount(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		last, hold := rapid.IntRange(1, 6).Draw(r, "last"), rapid.IntRange(0, 4).Draw(r, "for")
		c, err := ParseCondition(fmt.Sprintf("rate(code: 503, last: %ds) > 20%%", last), nil)
		if err != nil {
			r.Fatal(err)
		}
		b := NewBrakes([]Stop{{Condition: c, For: time.Duration(hold) * time.Second}})
		var good, bad []int
		for second := range 30 {
			good = append(good, rapid.IntRange(0, 5).Draw(r, "good"))
			bad = append(bad, rapid.IntRange(0, 2).Draw(r, "bad"))
			got := b.Row(rowOfTest(t, Layout{Populations: []string{"phones"}}, second, []string{fmt.Sprint("200=", good[second]), fmt.Sprint("503=", bad[second])})) != nil
			held := 0
			for at := second; at >= 0 && over(good, bad, at, last); at-- {
				held++
			}
			if want := held > hold; got != want {
				r.Fatalf("second %d: %v, want %v (held %d s)", second, got, want, held)
			}
			if got {
				return
			}
		}
	})
}

func over(good, bad []int, at, last int) bool {
	all, failed := 0, 0
	for i := max(0, at-last+1); i <= at; i++ {
		all, failed = all+good[i]+bad[i], failed+bad[i]
	}
	return all > 0 && float64(failed)/float64(all) > 0.2
}

func FuzzCondition(f *testing.F) {
	for _, seed := range []string{"gateway_errors > 5%", "gaps(gateway_errors, last: 10s) >= 3", "p99(connect_to_logged_in, last: 10s) > 5s", "share(status: loggedIn) < 50%",
		"max(gateway_p99, last: 5s) > 800ms", "storm() == calm", "x", "a(", "max(, ) > 1"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		c, err := ParseCondition(text, watchedOfTest())
		if err != nil {
			return
		}
		again, err := ParseCondition(c.String(), watchedOfTest())
		if err != nil || again.String() != c.String() {
			t.Fatalf("%q is written %q and then %v", text, c.String(), err)
		}
		b := NewBrakes([]Stop{{Condition: c}})
		b.Row(rowOfTest(t, Layout{Populations: []string{"phones"}}, 0, []string{"200=1", "loggedIn=1", "connect=1sx1"}))
		b.Sample(1, "gateway_errors", 0.5, true)
		b.Sample(2, "gateway_errors", 0, false)
	})
}
