package record

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"loginstorm/sim/wire"
)

// late is a run in which attempts of one second begin late.
func late(by, latency time.Duration, starts int) *Aggregate {
	return run(layout(), 2, 5, func(r *Recorder, _, second int) {
		for range starts {
			v := 10 * time.Microsecond
			if second == 3 {
				v = by
			}
			r.Observe(StartLateness, 0, 0, v)
			r.Observe(TimerLateness, 0, 0, 0)
			r.Observe(ConnectToLoggedIn, 0, wire.Auto, latency)
		}
	})
}

func TestVerdict(t *testing.T) {
	met, crossed := Outcome{Text: "a", Pass: true, Known: true}, Outcome{Text: "b < 1s", Known: true, Value: "2s", Count: 7}
	unknown := Outcome{Text: "c", Reason: "nothing"}
	fine := late(0, 20*time.Millisecond, 100)
	for _, c := range []struct {
		name      string
		a         *Aggregate
		broken    []string
		shortages []Shortage
		outcomes  []Outcome
		want      Verdict
		says      string
	}{
		{name: "nothing at all", a: NewAggregate(Layout{}, 1), want: Pass},
		{name: "fine", a: fine, outcomes: []Outcome{met}, want: Pass},
		{name: "crossed", a: fine, outcomes: []Outcome{met, crossed}, want: Failed, says: "b < 1s: it was 2s (7 samples)"},
		{name: "unknown", a: fine, outcomes: []Outcome{unknown}, want: Failed, says: "not known, nothing"},
		{name: "short", a: fine, shortages: []Shortage{{"ports", "use more addresses"}}, outcomes: []Outcome{crossed}, want: Invalid, says: "short of ports"},
		{name: "broken", a: late(time.Second, 20*time.Millisecond, 100), broken: []string{"rule 2"}, outcomes: []Outcome{crossed}, want: Broken, says: "rule 2"},
		{name: "late", a: late(6*time.Millisecond, 20*time.Millisecond, 100), outcomes: []Outcome{crossed}, want: Invalid, says: "seconds 3 to 4: attempts began"},
		{name: "late within a tenth", a: late(6*time.Millisecond, 200*time.Millisecond, 100), want: Pass},
		{name: "not that late", a: late(4*time.Millisecond, 20*time.Millisecond, 100), want: Pass},
		// 2 shards x 5 starts x 5 seconds: 50 values have no p99, and a median.
		{name: "late and few", a: late(6*time.Millisecond, 20*time.Millisecond, 5), want: Pass},
		{name: "few, and most of them late", a: run(layout(), 1, 2, func(r *Recorder, _, _ int) {
			for range 30 {
				r.Observe(StartLateness, 0, 0, 6*time.Millisecond)
				r.Observe(ConnectToLoggedIn, 0, wire.Auto, 20*time.Millisecond)
			}
		}), want: Invalid, says: "late at p50 (60 samples)"},
		{name: "too few for a median", a: run(layout(), 1, 1, func(r *Recorder, _, _ int) {
			for range watchFew - 1 {
				r.Observe(StartLateness, 0, 0, time.Second)
				r.Observe(ConnectToLoggedIn, 0, wire.Auto, 2*time.Second)
			}
		}), want: Pass},
		{name: "late, and just enough", a: late(6*time.Millisecond, 20*time.Millisecond, 10), want: Invalid, says: "seconds 0 to 5"},
	} {
		j := c.a.Judge(c.broken, c.shortages, c.outcomes)
		if j.Verdict != c.want || !strings.Contains(strings.Join(j.Reasons, "\n"), c.says) {
			t.Errorf("%s: %+v, want %v, %q", c.name, j, c.want, c.says)
		}
		if j.Verdict == Invalid && len(j.Remedies) == 0 {
			t.Errorf("%s: nothing says what to change", c.name)
		}
	}
}

// A single late start among few does not condemn a run of many.
func TestRestIsJoined(t *testing.T) {
	a := run(layout(), 1, 3, func(r *Recorder, _, second int) {
		n := []int{1000, 0, 3}[second]
		for range n {
			r.Observe(StartLateness, 0, 0, time.Duration(second*4)*time.Millisecond)
			r.Observe(ConnectToLoggedIn, 0, wire.Auto, 20*time.Millisecond)
		}
	})
	if j := a.Judge(nil, nil, nil); j.Verdict != Pass {
		t.Errorf("%+v", j)
	}
}

// Attempts that a closed door refused are judged with the logins that follow, not
// with the few that came before.
func TestLatenessWaitsForLogins(t *testing.T) {
	a := run(layout(), 1, 200, func(r *Recorder, _, second int) {
		starts, logins, by := 0, 0, time.Duration(0)
		switch second {
		case 10:
			starts, logins = 4, 4
		case 15:
			starts, by = 6000, 50*time.Millisecond
		case 19:
			starts, logins, by = 6000, 6000, 50*time.Millisecond
		case 150:
			starts, by = 6000, time.Second // Nobody logs in: there is no figure to spoil.
		}
		for range starts {
			r.Observe(StartLateness, 0, 0, by)
		}
		for range logins {
			r.Observe(ConnectToLoggedIn, 0, wire.Reconnect, 600*time.Millisecond)
		}
	})
	if j := a.Judge(nil, nil, nil); j.Verdict != Pass {
		t.Errorf("%+v", j)
	}
}

// A herd begins late in one second and logs in over the next ones: its lateness is
// judged beside the latencies that it is part of, wherever the second ends.
func TestLatenessIsJudgedBesideItsLogins(t *testing.T) {
	herd := func(begin int, by time.Duration) *Aggregate {
		return run(layout(), 1, 60, func(r *Recorder, _, second int) {
			for range 20 { // The ordinary life around it.
				r.Observe(StartLateness, 0, 0, 100*time.Microsecond)
				r.Observe(ConnectToLoggedIn, 0, wire.Auto, 20*time.Millisecond)
			}
			if second == begin {
				for range 6000 {
					r.Observe(StartLateness, 0, 0, by)
				}
			}
			if after := second - begin; after >= 0 && after < 6 {
				for i := range 1000 {
					r.Observe(ConnectToLoggedIn, 0, wire.Auto, time.Duration(1000*after+i)*time.Millisecond)
				}
			}
		})
	}
	for begin := 10; begin < 20; begin++ {
		if j := herd(begin, 300*time.Millisecond).Judge(nil, nil, nil); j.Verdict != Pass {
			t.Errorf("300 ms late of 6 s, begun in second %d: %+v", begin, j)
		}
		if j := herd(begin, time.Second).Judge(nil, nil, nil); j.Verdict != Invalid {
			t.Errorf("1 s late of 6 s, begun in second %d: %+v", begin, j)
		}
	}
}

func TestVerdictText(t *testing.T) {
	for v := Running; v <= Broken; v++ {
		b, err := json.Marshal(v)
		var again Verdict
		if err == nil {
			err = json.Unmarshal(b, &again)
		}
		if err != nil || again != v {
			t.Errorf("%v: %s %v %v", v, b, again, err)
		}
	}
	var v Verdict
	if err := v.UnmarshalText([]byte("fine")); err == nil {
		t.Error("an unknown verdict was read")
	}
}

func TestSeconds(t *testing.T) {
	for want, s := range map[string]Seconds{"0": 0, "1": 1e9, "0.0125": 125e5, "-1.5": -15e8, "3600.000000001": 36e11 + 1, "-0.000000001": -1} {
		b, err := s.MarshalJSON()
		var again Seconds
		if err == nil {
			err = again.UnmarshalJSON(b)
		}
		if err != nil || string(b) != want || again != s {
			t.Errorf("%d: %s %d %v", s, b, again, err)
		}
	}
}

func TestFormatSpan(t *testing.T) {
	for d, want := range map[time.Duration]string{0: "0s", 1: "1ns", 1234: "1.23µs", 812_345_678: "812ms", 999_999_999: "1s",
		12_345 * time.Millisecond: "12.3s", 59_999 * time.Millisecond: "1m0s", 125_400 * time.Millisecond: "2m5s",
		-1234 * time.Microsecond: "-1.23ms", 1<<63 - 1: "2562047h47m16.854775807s"} {
		if got := FormatSpan(d); got != want {
			t.Errorf("%d: %s, want %s", d, got, want)
		}
	}
}
