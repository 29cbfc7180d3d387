package record

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"loginstorm/sim/login"
	"loginstorm/sim/wire"
)

// storm is a run of 8 seconds: logins of 10 ms, from the cut in second 2 of 1 s,
// from the deploy in second 4 of 100 ms.
func storm() *Aggregate {
	return run(layout(), 2, 8, func(r *Recorder, shard, second int) {
		pop := uint16(shard)
		v := []time.Duration{10, 10, 1000, 1000, 100, 100, 100, 100}[second] * time.Millisecond
		for i := range 100 {
			origin, code := wire.Auto, wire.Success
			if second >= 2 {
				origin = wire.Reconnect
			}
			if i == 0 && second == 4 {
				code = wire.TooOften
			}
			r.Attempt(pop, origin, code)
			r.Observe(ConnectToLoggedIn, pop, origin, v)
			if shard == 0 {
				r.Observe(StartLateness, 0, 0, 20*time.Microsecond)
			}
		}
		switch second {
		case 0:
			r.Place(pop, login.LoggedIn, 500)
		case 2:
			r.FaultBegan(0, 100, 100)
			for i := range 100 {
				r.FaultHit(0)
				r.FaultBack(0, time.Duration(i+1)*10*time.Millisecond)
			}
		case 4:
			r.FaultHit(1)
			r.Kick(pop, wire.ByServer, login.KickOut)
			r.Move(pop, login.LoggedIn, login.KickOut)
		}
		r.Add(FramesMalformed, 1)
	})
}

func TestThresholds(t *testing.T) {
	a := storm()
	for _, c := range []struct {
		text  string
		pass  bool
		value string
		count uint64
	}{
		{"p99(connect_to_logged_in) < 800ms", false, "1s", 1600},
		{"p50( connect_to_logged_in )<=101ms", true, "100ms", 1600},
		{"p99(connect_to_logged_in, during: cut) < 2s", true, "1s", 400},
		{"p99.9(connect_to_logged_in, during: cut, population: phones, origin: reconnect) < 2s", true, "1s", 200},
		{"p99(connect_to_logged_in, after: deploy) < 200ms", true, "100ms", 800},
		{"p99(connect_to_logged_in, after: cut) < 200ms", false, "1s", 1200},
		{`p99(connect_to_logged_in, origin: auto, during: "cut") < 200ms`, false, "", 0},
		{"mean(connect_to_logged_in, origin: auto) > 9ms", true, "10ms", 400},
		{"min(connect_to_logged_in) >= 9900us", true, "9.99ms", 1600},
		{"max(connect_to_logged_in) < 1500ms", true, "1s", 1600},
		{"time_to_recover(50%, after: cut) < 1s", true, "500ms", 200},
		{"time_to_recover(100%, after: cut) < 1s", false, "1.000342s", 200},
		{"time_to_recover(99%, after: deploy) < 30s", false, "not yet", 2},
		{"rate(code: 416) < 1%", true, "0.125%", 1600},
		{"rate(code: 416, during: deploy) <= 0.1 %", false, "0.25%", 800},
		{"rate(code: 416, origin: auto) == 0%", true, "0%", 400},
		{"count(code: 416) <= 10", true, "2", 2},
		{"count(code: 416, during: cut) == 0", true, "0", 0},
		{"count(status: kickOut) == 2", true, "2", 2},
		{"count(status: kickOut, during: cut) == 0", true, "0", 0},
		{"count(status: loggedIn, population: webs) == 499", true, "499", 499},
		{"count(kicks) == 0", false, "2", 2},
		{"count(reason: login, kicks) == 0", true, "0", 0},
		{"count(kicks, reason: server, population: phones) == 1", true, "1", 1},
		{"count(frames_malformed, during: cut) == 4", true, "4", 4},
		{"count(connect_to_logged_in) > 1000", true, "1600", 1600},
		{"p99(data_sync) < 1s", false, "", 0},
	} {
		th, err := ParseThreshold(c.text)
		if err != nil {
			t.Error(err)
			continue
		}
		if err = th.Check(layout()); err != nil {
			t.Error(err)
		}
		o := th.Evaluate(a)
		if o.Pass != c.pass || o.Value != c.value || o.Count != c.count || o.Known != (c.value != "") || !o.Known && o.Reason == "" {
			t.Errorf("%s: %+v", c.text, o)
		}
	}
}

func TestThresholdFaults(t *testing.T) {
	for text, want := range map[string]string{
		"p99(conect_to_logged_in) < 1s":                       `did you mean "connect_to_logged_in"?`,
		"p99(connect_to_logged_in) < 1":                       "no span of time",
		"p99(connect_to_logged_in) < 5 parsecs":               "column",
		"p101(connect_to_logged_in) < 1s":                     "unknown function",
		"avg(connect_to_logged_in) < 1s":                      `unknown function "avg"`,
		"mesn(connect_to_logged_in) < 1s":                     `did you mean "mean"?`,
		"p99(connect_to_logged_in, durring: x) < 1s":          `did you mean "during"?`,
		"p99(connect_to_logged_in, origin: reconect) < 1s":    `did you mean "reconnect"?`,
		"p99(phase_tls, origin: reconnect) < 1s":              "does not apply",
		"rate(code: 416) < 3":                                 "no share",
		"rate(code: 416) < 140%":                              "no share",
		"rate(origin: auto) < 1%":                             "needs a code",
		"count(code: 4711) < 1":                               "no figure of its own",
		"count(code: busy) < 1":                               "is no code",
		"count(status: kickedOut) == 1":                       `did you mean "kickOut"?`,
		"count(status: kickOut, code: 417) == 1":              "",
		"count(kicks, reason: foo) == 1":                      "unknown reason",
		"count() == 1":                                        "says of nothing",
		"count(kicks) == 1.5":                                 "no whole number",
		"time_to_recover(99%) < 1s":                           "it reads",
		"stranded(after: x, population: y) < 1%":              "compare with a whole number",
		"time_to_recover(99, after: x) < 1s":                  "no share of the clients",
		"time_to_recover(99%, after: x, origin: auto) < 1":    "does not apply",
		"p99(connect_to_logged_in, during: a, after: b) < 1s": "exclude each other",
		"p99(connect_to_logged_in) = 1s":                      "column",
		"":                                                    "it reads like",
		strings.Repeat("x", MaxThreshold+1):                   "longer than",
	} {
		_, err := ParseThreshold(text)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.60s: %v, want %s", text, err, want)
		}
	}
	th, err := ParseThreshold("p99(connect_to_logged_in, during: deplyo, population: phone) < 1s")
	if err != nil {
		t.Fatal(err)
	}
	err = th.Check(layout())
	for _, want := range []string{`did you mean "deploy"?`, `did you mean "phones"?`} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

func TestCheckBounds(t *testing.T) {
	var l Layout
	for i := range MaxEntries + 1 {
		l.Entries = append(l.Entries, fmt.Sprintf("e%d", i))
		l.Populations = append(l.Populations, fmt.Sprintf("p%d", i))
	}
	th, err := ParseThreshold(fmt.Sprintf("p99.9(connect_to_logged_in, during: e%d, population: p%d) < 1s", MaxEntries, MaxPopulations))
	if err != nil {
		t.Fatal(err)
	}
	if err = th.Check(l); err == nil || strings.Count(err.Error(), "no figures of its own") != 2 {
		t.Error(err)
	}
}

// A run that was ended early says so, and not that a fault did nothing.
func TestRecoveryFromWhatNeverBegan(t *testing.T) {
	l := Layout{Populations: []string{"p"}, Entries: []string{"cut", "deploy"}, Begins: []Time{0, 9 * time.Second}}
	a, r := NewAggregate(l, 1), NewRecorder(l, 0)
	r.FaultBegan(0, 1, 0)
	a.Add(r.Cut(time.Second))
	for text, want := range map[string]string{
		"time_to_recover(99%, after: cut) < 1s":    "cut made no client drop",
		"time_to_recover(99%, after: deploy) < 1s": "the run ended before deploy began",
	} {
		th, err := ParseThreshold(text)
		if err != nil {
			t.Fatal(err)
		}
		if o := th.Evaluate(a); o.Reason != want || o.Pass || o.Known {
			t.Errorf("%s: %+v, want %q", text, o, want)
		}
	}
}

func TestLost(t *testing.T) {
	a := storm()
	for text, want := range map[string]bool{
		"count(code: 416) < 1":                              true,
		"count(code: 416) > 10":                             false,
		"count(code: 416) == 1":                             true,
		"count(code: 416) == 3":                             false,
		"min(connect_to_logged_in) > 1s":                    true,
		"min(connect_to_logged_in) < 1ms":                   false,
		"count(status: kickOut) < 1":                        false,
		"max(connect_to_logged_in) < 10ms":                  true,
		"p99(connect_to_logged_in) < 10ms":                  false,
		"p99(connect_to_logged_in, during: cut) < 10ms":     true,
		"p99(connect_to_logged_in, during: deploy) < 10ms":  false,
		"time_to_recover(99%, after: deploy) < 1s":          true,
		"time_to_recover(99%, after: deploy) < 10s":         false,
		"p99(connect_to_logged_in, after: deploy) < 1000ms": false,
	} {
		th, err := ParseThreshold(text)
		if err != nil {
			t.Fatal(err)
		}
		if o := th.Evaluate(a); o.Lost != want {
			t.Errorf("%s: %+v, want lost %v", text, o, want)
		}
	}
}

func FuzzParseThreshold(f *testing.F) {
	f.Add("p99(connect_to_logged_in, during: node-loss) < 2s")
	f.Add("time_to_recover(99%, after: \"a b\") < 30s")
	f.Add("rate(code: 416) < 1%")
	a := storm()
	f.Fuzz(func(t *testing.T, text string) {
		th, err := ParseThreshold(text)
		if err != nil {
			return
		}
		again, err := ParseThreshold(th.String())
		if err != nil || again != th {
			t.Fatalf("%q reads as %q, which reads otherwise: %v", text, th, err)
		}
		if o := th.Evaluate(a); !o.Known && o.Reason == "" {
			t.Fatalf("%q: not known, and nothing says why", text)
		}
	})
}
