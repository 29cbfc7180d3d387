package main

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"loginstorm/report"
	"loginstorm/sim/client"
	"loginstorm/sim/dialect"
	"loginstorm/sim/login"
	"loginstorm/sim/record"
	"loginstorm/sim/wire"
)

// The textbook case of coordinated omission, in virtual time: somebody wants to log in
// every 10 ms for 10 s, a login takes 1 ms, and from 5 s to 6 s the gateway stands still
// and answers at 6.001 s.
const (
	every, service   = 10 * time.Millisecond, time.Millisecond
	stalls, recovers = 5 * time.Second, 6 * time.Second
	wishes           = 1000
)

// answered is when the gateway answers a login that was sent at an instant.
func answered(sent time.Duration) time.Duration {
	if sent >= stalls && sent < recovers {
		sent = recovers
	}
	return sent + service
}

// stalled has real clients log in, each on time or, when the generator is held, only when
// the one before it was answered.
func stalled(t *testing.T, held bool) *report.Summary {
	t.Helper()
	profile, ok := login.ProfileNamed("nim-android")
	if !ok {
		t.Fatal("no profile nim-android")
	}
	layout := record.Layout{Populations: []string{"phones"}}
	spec := client.Spec{Profile: &profile, Dialogue: dialect.Reference(), Login: wire.Auto, Seed: 1}
	r, a := record.NewRecorder(layout, 0), record.NewAggregate(layout, 1)
	r.Place(0, login.Unknown, wishes)
	var out client.Out
	free := time.Duration(0)
	for i := range wishes {
		due := time.Duration(i) * every
		begun := due
		if held {
			begun = max(due, free)
		}
		free = answered(begun)
		v := client.New(&spec, uint32(i), uint32(i))
		step := func(now time.Duration, in client.Input) []client.Effect {
			out.Reset()
			in.Gen = v.Gen()
			v.Step(now, in, r, &out)
			return out.Effects
		}
		step(due, client.Input{Kind: client.Arrive, Due: due})
		up := step(begun, client.Input{Kind: client.Link, Phases: client.Phases{Wait: begun - due}, Dialect: dialect.Input{Kind: dialect.LinkUp}})
		if len(up) != 1 {
			t.Fatalf("client %d: %d effects of a link", i, len(up))
		}
		reply := wire.Message{Kind: wire.LoginReply, Serial: up[0].Message.Serial, Code: wire.Success}
		step(free, client.Input{Kind: client.Link, Dialect: dialect.Input{Kind: dialect.Message, Message: &reply}})
		if v.Status() != login.LoggedIn {
			t.Fatalf("client %d is %v", i, v.Status())
		}
		r.Observe(record.StartLateness, 0, 0, begun-due)
	}
	a.Add(r.Cut(10 * time.Second))
	return report.Summarize(a, report.Facts{Name: "textbook", Driver: "run", Seed: 1, Planned: 10 * time.Second, Judgement: a.Judge(nil, nil, nil)})
}

// figure is a distribution as the textbook has it, in milliseconds.
type figure struct{ p50, p90, p99, p999, max float64 }

func (f figure) isThatOf(t *testing.T, what string, got record.Figures, precision float64) {
	t.Helper()
	if got.Count != wishes {
		t.Errorf("%s: %d values", what, got.Count)
	}
	for _, c := range []struct {
		name string
		got  record.Seconds
		want float64
	}{{"p50", got.P50, f.p50}, {"p90", got.P90, f.p90}, {"p99", got.P99, f.p99}, {"p99.9", got.P999, f.p999}, {"max", got.Max, f.max}} {
		// Within the precision of the metric, and never below.
		if ms := c.got.Duration().Seconds() * 1000; ms < c.want-0.0006 || ms > c.want*(1+precision)+0.001 {
			t.Errorf("%s: %s is %v ms, want %v", what, c.name, ms, c.want)
		}
	}
}

// TestTargetThatStalls holds the figures against those worked out by hand.
//
// On time: the 100 attempts due from 5.00 to 5.99 s take 1001, 991, ... 11 ms, the other
// 900 take 1 ms. Rank 900 is 1 ms, rank 990 the 90th of the 100: 11 + 89*10 ms, rank 999
// the 99th. Nothing was late, so both figures are the same.
//
// Held: the one of 5.00 s is answered at 6.001 s; the k-th after it begins at 6 s + k ms,
// 1000 - 9k ms late, until k = 111 has caught up (1 ms late). They take 1001 - 9k ms from when they
// were due (112 values, the least 2 ms), and 1 ms from when they began. Rank 900 is the
// 12th of the 112: 2 + 11*9 ms, rank 990 the 102nd: 2 + 101*9, rank 999 the 111th. From
// when they began, 999 of 1000 took 1 ms: that is what a tester who waits for each answer
// would have told.
func TestTargetThatStalls(t *testing.T) {
	onTime, held := stalled(t, false), stalled(t, true)
	l := onTime.Latency[0]
	figure{1, 1, 901, 991, 1001}.isThatOf(t, "on time, corrected", l.Connect, 1e-3)
	figure{1, 1, 901, 991, 1001}.isThatOf(t, "on time, uncorrected", l.Uncorrected, 1e-3)
	figure{}.isThatOf(t, "on time, late", l.Late, 1e-2)
	l = held.Latency[0]
	figure{1, 101, 911, 992, 1001}.isThatOf(t, "held, corrected", l.Connect, 1e-3)
	figure{1, 1, 1, 1, 1001}.isThatOf(t, "held, uncorrected", l.Uncorrected, 1e-3)
	figure{0, 91, 901, 982, 991}.isThatOf(t, "held, late", l.Late, 1e-2)
	if v := onTime.Judgement.Verdict; v != record.Pass {
		t.Errorf("on time: %v", v)
	}
	if v := held.Judgement.Verdict; v != record.Invalid {
		t.Errorf("a generator that was held back: %v, want invalid", v)
	}
}

// Both figures stand in the text and in JSON, and each says which it is.
func TestBothLatenciesAreShown(t *testing.T) {
	held := stalled(t, true)
	var text, b bytes.Buffer
	if err := report.Text(&text, held, report.Options{Width: 100}); err != nil {
		t.Fatal(err)
	}
	plain := strings.Join(strings.Fields(text.String()), " ")
	for _, want := range []string{
		"p99.9 max | begun p99 late p99 phones auto 1,000 1ms 101ms 911ms 992ms 1s 1ms 902ms",
		"left of the bar: corrected, counted from when an attempt was due; begun: uncorrected, counted from when it really began; late: the generator's own delay between the two",
	} {
		if !strings.Contains(plain, want) {
			t.Errorf("the text lacks %q:\n%s", want, text.String())
		}
	}
	if err := report.JSON(&b, held); err != nil {
		t.Fatal(err)
	}
	type p99 struct {
		Seconds float64 `json:"p99_seconds"`
	}
	var read struct {
		Latency []struct {
			Corrected   p99 `json:"connect_to_logged_in"`
			Uncorrected p99 `json:"connect_to_logged_in_uncorrected"`
		} `json:"latency"`
	}
	if err := json.Unmarshal(b.Bytes(), &read); err != nil {
		t.Fatal(err)
	}
	corrected, uncorrected := read.Latency[0].Corrected.Seconds, read.Latency[0].Uncorrected.Seconds
	if corrected < 0.911 || corrected > 0.912 || uncorrected < 0.001 || uncorrected > 0.0011 {
		t.Errorf("JSON: corrected %v, uncorrected %v", corrected, uncorrected)
	}
}
