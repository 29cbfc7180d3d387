package screen

import (
	"fmt"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/cockroachdb/datadriven"

	"loginstorm/sim/login"
	"loginstorm/sim/record"
)

// morning is what the screen of the stories is about.
func morning(virtual bool) Facts {
	f := Facts{Name: "gateway-restart", Driver: "run", Seed: 42, Target: "embedded gateway, 3 nodes", Clients: 5000, Duration: time.Minute,
		Entries: []Entry{
			{Name: "deploy", Says: "the gateway is stopped, back after 3s, sessions lost", At: 14 * time.Second, Until: 17 * time.Second},
			{Name: "slow", Says: "logins take 4 times as long", At: 25 * time.Second, Until: 35 * time.Second},
			{Name: "crash", Says: "the gateway is killed, back after 3s, sessions lost", At: 40 * time.Second, Until: 43 * time.Second},
			{Name: "ban", Says: "10 accounts are banned", At: 50 * time.Second, Until: 50 * time.Second, Stays: true},
		},
		Thresholds: []string{"p99(connect_to_logged_in) < 800ms", "time_to_recover(99%, after: deploy) < 20s", "rate(code: 416) < 1%", "count(kicks) == 0"}}
	if virtual {
		f.Driver, f.Virtual = "simulate", true
	}
	return f
}

// secondRow is what happens in second s of the morning: 500 clients a second arrive, at
// 14 s all of them drop, and 800 a second come back.
func secondRow(s int) record.Row {
	r := record.Row{Second: s, To: record.Seconds(time.Duration(s+1) * time.Second), CPU: .35 + float64(s%7)/40}
	connect := record.NewHistogram(record.ConnectToLoggedIn)
	logins := 0
	online := min(500*(s+1), 5000)
	switch {
	case s < 10:
		logins = 500
		r.Counters[record.AttemptsPlanned] = 500
	case s == 14:
		r.Faults = []record.FaultRow{{Entry: "deploy", Began: true, Asked: 5000, Online: 5000, Hit: 5000, Drops: 5000}}
		online = 0
	case s > 14 && s < 17:
		online = 0
		r.Codes[10] = 5000 // 415
		r.Dials = 5000
	case s >= 17:
		online = min(800*(s-16), 5000)
		logins = online - min(800*(s-17), 5000)
		r.Faults = []record.FaultRow{{Entry: "deploy", Back: uint64(logins)}}
		r.Codes[11] = uint64(logins / 50) // 416
		r.Kicks[1] = uint64(logins / 200)
	}
	for i := range logins {
		connect.Observe(time.Duration(20+i%200+5*max(0, s-14)) * time.Millisecond)
	}
	r.Dials += uint64(logins)
	r.LoggedIn, r.Codes[0] = uint64(logins), uint64(logins)
	r.Connect = connect.Brief()
	r.Lateness = record.Brief{Count: int64(logins), P50: record.Seconds(40 * time.Microsecond), P99: record.Seconds(time.Duration(100+10*s) * time.Microsecond)}
	r.Series = []record.Series{{Histogram: connect}}
	r.Health = &record.Health{Process: &record.ProcessHealth{CPU: r.CPU, Cores: 2, Files: uint64(online) + 20, FilesLimit: 1 << 20},
		Target: &record.TargetHealth{CPU: .31}, Machine: &record.MachineHealth{Cores: 2, Idle: 1.1},
		Runtime: record.RuntimeHealth{GCShare: .012, Heap: 45 << 20, Sched: record.Brief{Count: 100, P99: record.Seconds(80 * time.Microsecond)}}}
	r.Statuses[login.LoggedIn] = int64(online)
	if s < 10 {
		r.Statuses[login.Unknown] = int64(5000 - online)
	} else {
		r.Statuses[login.NetBroken] = int64((5000 - online) * 3 / 4)
		r.Statuses[login.Connecting] = int64((5000 - online) / 4)
	}
	return r
}

// standing is how the thresholds stand at second s.
func standing(s int) []record.Outcome {
	all := []record.Outcome{{Value: "219ms", Count: 5000, Pass: true, Known: true}, {Known: s > 17, Value: "not yet", Count: 5000},
		{Value: "0.2%", Count: 5000, Pass: true, Known: true}, {Value: "20", Count: 20, Known: s > 19, Lost: true}}
	if s > 24 {
		all[1] = record.Outcome{Value: "10.2s", Count: 5000, Known: true, Pass: true}
	}
	return all
}

// TestStories plays a run to a screen: run, second N, size W H, press KEY, note
// TEXT, and show, which prints the frame with a bar at its edges. Every frame must
// fit.
func TestStories(t *testing.T) {
	datadriven.Walk(t, "testdata", func(t *testing.T, path string) {
		var m tea.Model
		var feed *Feed
		var last, notes, stops int
		var note string
		begin := func(virtual, color bool) {
			f := morning(virtual)
			f.Color = color
			m, feed = New(f, func() { stops++ }), NewFeed(f)
			last, notes, stops = 0, 0, 0
		}
		send := func() {
			s := feed.State()
			s.Note, s.Notes = note, notes
			if last > 0 {
				s.Outcomes = standing(last)
			}
			if m.(Model).facts.Virtual {
				s.Events, s.PerSec, s.LeftFor = uint64(last)*123_456, 2.4e6, time.Duration(60-last)*50*time.Millisecond
			}
			m, _ = m.Update(s)
		}
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			switch d.Cmd {
			case "run", "simulate":
				begin(d.Cmd == "simulate", d.HasArg("color"))
			case "second":
				var n int
				if _, err := fmt.Sscan(d.CmdArgs[0].Key, &n); err != nil {
					d.Fatalf(t, "%v", err)
				}
				for ; last < n; last++ {
					feed.Add(secondRow(last))
				}
				send()
			case "note":
				note = strings.TrimSpace(d.Input)
				notes++
				send()
			case "press":
				key := tea.KeyPressMsg{Code: rune(d.CmdArgs[0].Key[0]), Text: d.CmdArgs[0].Key}
				if d.CmdArgs[0].Key == "ctrl+c" {
					key = tea.KeyPressMsg{Code: 'c', Mod: tea.ModCtrl}
				}
				var cmd tea.Cmd
				if m, cmd = m.Update(key); cmd != nil {
					cmd()
				}
				return fmt.Sprintf("asked to stop %d times\n", stops)
			case "size":
				var w, h int
				if _, err := fmt.Sscan(d.CmdArgs[0].Key+" "+d.CmdArgs[1].Key, &w, &h); err != nil {
					d.Fatalf(t, "%v", err)
				}
				m, _ = m.Update(tea.WindowSizeMsg{Width: w, Height: h})
				return frame(t, m, w, h)
			default:
				d.Fatalf(t, "unknown command")
			}
			return ""
		})
	})
}

// frame prints what a screen shows, and checks that it fits.
func frame(t *testing.T, m tea.Model, width, height int) string {
	t.Helper()
	lines := strings.Split(m.View().Content, "\n")
	if len(lines) > height {
		t.Errorf("%d lines on a screen of %d", len(lines), height)
	}
	var b strings.Builder
	for _, line := range lines {
		if n := columns(line); n > width {
			t.Errorf("%d columns on a screen of %d: %q", n, width, line)
		}
		fmt.Fprintf(&b, "%s|\n", strings.ReplaceAll(pad(line, width), "\x1b", "^"))
	}
	return b.String()
}
