package report

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"loginstorm/report/rundir"
	"loginstorm/sim/login"
	"loginstorm/sim/record"
	"loginstorm/sim/wire"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares text with a file.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(string(got), "\n")); d != "" {
		t.Errorf("%s (-want +got):\n%s", path, d)
	}
}

func layout() record.Layout {
	return record.Layout{Populations: []string{"phones", "webs"}, Entries: []string{"node-loss", "ban", "late"},
		Begins: []record.Time{2 * time.Second, 3 * time.Second, 9 * time.Second}, Recovers: []bool{true, false, true}}
}

// storm is a small run: 1,000 phones and 100 webs log in, 300 phones are dropped in
// second 2, all but 4 come back, 10 webs are kicked. Attempts begin as late as told.
func storm(late time.Duration) (*record.Aggregate, []record.Row) {
	a := record.NewAggregate(layout(), 1)
	r := record.NewRecorder(layout(), 0)
	r.Place(0, login.UnLogin, 1000)
	r.Place(1, login.UnLogin, 100)
	log := func(pop uint16, origin login.Origin, from login.Status, v time.Duration) {
		r.Dialled(pop, origin)
		r.Add(record.LinksOpened, 1)
		r.Add(record.FramesOut, 1)
		r.Add(record.FramesIn, 2)
		r.Observe(record.StartLateness, 0, 0, late)
		r.Observe(record.RecordLateness, 0, 0, 15*time.Microsecond)
		r.Observe(record.PhaseWait, pop, origin, late)
		r.Observe(record.PhaseDial, pop, origin, v/4)
		r.Observe(record.PhaseUpgrade, pop, origin, v/4)
		r.Observe(record.PhaseLogin, pop, origin, v/2)
		r.Observe(record.ConnectToLoggedIn, pop, origin, v+late)
		r.Observe(record.ConnectToLoggedInUncorrected, pop, origin, v)
		r.Observe(record.TimeToLoggedIn, pop, origin, 2*v)
		r.Attempt(pop, origin, wire.Success)
		r.Move(pop, from, login.LoggedIn)
	}
	var rows []record.Row
	for s := range 5 {
		switch s {
		case 0:
			for i := range 1000 {
				log(0, wire.Auto, login.UnLogin, time.Duration(10+i%40)*time.Millisecond)
			}
		case 1:
			for i := range 100 {
				log(1, wire.Manual, login.UnLogin, time.Duration(20+i%10)*time.Millisecond)
				r.Add(record.CallsMade, 1)
				r.Result(record.OpLogin, wire.Success)
				r.Observe(record.DataSync, 1, wire.Manual, 50*time.Millisecond)
			}
		case 2:
			r.FaultBegan(0, 330, 300)
			for range 300 {
				r.FaultHit(0)
				r.Move(0, login.LoggedIn, login.NetBroken)
				r.Add(record.LinksEnded, 1)
			}
			for i := range 296 {
				log(0, wire.Reconnect, login.NetBroken, time.Duration(200+i)*time.Millisecond)
				r.FaultBack(0, time.Duration(1600+2*i)*time.Millisecond)
			}
			for range 40 {
				r.Dialled(0, wire.Reconnect)
				r.Attempt(0, wire.Reconnect, wire.TimedOut)
			}
			r.Attempt(0, wire.Reconnect, wire.TooOften)
		case 3:
			r.FaultBegan(1, 10, 10)
			for range 10 {
				r.FaultHit(1)
				r.Kick(1, wire.ByServer, login.KickOut)
				r.Observe(record.KickNotice, 1, wire.Manual, 2*time.Second)
				r.Move(1, login.LoggedIn, login.KickOut)
			}
		}
		a.Add(r.Cut(record.Time(s+1) * time.Second))
		rows = append(rows, a.Sealed()...)
	}
	return a, rows
}

func summary(t testing.TB, late time.Duration) *Summary {
	a, _ := storm(late)
	var outcomes []record.Outcome
	for _, text := range []string{"p99(connect_to_logged_in) < 800ms", "p99(connect_to_logged_in, during: node-loss) < 300ms",
		"time_to_recover(99%, after: node-loss) < 3s", "count(status: kickOut) == 10", "p99(data_sync, after: late) < 1s"} {
		th, err := record.ParseThreshold(text)
		if err != nil {
			t.Fatal(err)
		}
		outcomes = append(outcomes, th.Evaluate(a))
	}
	return Summarize(a, Facts{Name: "gateway-node-loss", Driver: "run", Seed: 42,
		Question:  "A gateway node dies: a third of all sessions are reset at once. Do they come back, and how hard do they hit the rest?\n\nExpect: what no summary repeats.",
		Judgement: a.Judge(nil, nil, outcomes), Planned: 10 * time.Second, Clients: []uint64{1000, 100},
		Says:     []string{"a third of phones is cut by reset", "10 webs are kicked by the server", "nothing"},
		Expected: []bool{true, false}, Brings: [][]string{nil, {"webs"}}, Thresholds: outcomes, Warnings: []string{"the generator shared its two cores with the target"}, Interrupted: "Ctrl-C",
		CPU: 0.61, TargetCPU: 0.4, RunDir: "runs/gateway-node-loss-20260131T093000Z",
		Replay: "loginstorm run scenarios/gateway-node-loss.yaml --seed 42"})
}

func TestText(t *testing.T) {
	for name, c := range map[string]struct {
		late time.Duration
		o    Options
	}{
		"failed.txt":  {50 * time.Microsecond, Options{Width: 100}},
		"invalid.txt": {90 * time.Millisecond, Options{Width: 100}},
		"color.txt":   {50 * time.Microsecond, Options{Color: true}},
		"narrow.txt":  {50 * time.Microsecond, Options{Width: 60}},
	} {
		var b bytes.Buffer
		if err := Text(&b, summary(t, c.late), c.o); err != nil {
			t.Fatal(err)
		}
		golden(t, name, b.Bytes())
	}
}

// In virtual time nothing is late, and lines that say so for every login are noise.
func TestTextInVirtualTime(t *testing.T) {
	s := summary(t, 0)
	s.Driver = Simulate
	var b bytes.Buffer
	if err := Text(&b, s, Options{Width: 100}); err != nil {
		t.Fatal(err)
	}
	golden(t, "simulate.txt", b.Bytes())
}

func TestTextOfNothing(t *testing.T) {
	a := record.NewAggregate(record.Layout{}, 1)
	var b bytes.Buffer
	if err := Text(&b, Summarize(a, Facts{Name: "empty", Driver: "simulate", Seed: 1, Judgement: a.Judge(nil, nil, nil)}), Options{Width: 80}); err != nil {
		t.Fatal(err)
	}
	golden(t, "empty.txt", b.Bytes())
}

func TestJSON(t *testing.T) {
	s := summary(t, 50*time.Microsecond)
	var b bytes.Buffer
	if err := JSON(&b, s); err != nil {
		t.Fatal(err)
	}
	golden(t, "summary.json", b.Bytes())
	var again Summary
	if err := json.Unmarshal(b.Bytes(), &again); err != nil {
		t.Fatal(err)
	}
	var b2 bytes.Buffer
	if err := JSON(&b2, &again); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(b.String(), b2.String()); d != "" {
		t.Errorf("read and written again it differs:\n%s", d)
	}
}

// A summary says the same from the run and from its directory; that of a killed run
// says the same about what the files hold.
func TestFromRun(t *testing.T) {
	s := summary(t, 50*time.Microsecond)
	_, rows := storm(50 * time.Microsecond)
	write := func() *rundir.Writer {
		w, err := rundir.Create(filepath.Join(t.TempDir(), "r"), rundir.Manifest{Name: s.Name, Driver: s.Driver, Seed: s.Seed,
			Layout: rundir.LayoutOf(layout())}, []byte("name: x\n"))
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range rows {
			if err := w.AppendRow(row); err != nil {
				t.Fatal(err)
			}
			if err := w.AppendIntervals(row); err != nil {
				t.Fatal(err)
			}
		}
		return w
	}
	from := func(dir string) *Summary {
		run, err := rundir.Read(dir)
		if err != nil {
			t.Fatal(err)
		}
		got, err := FromRun(run)
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	finished := write()
	if err := finished.Finish(s.Judgement.Verdict, s.InFile(), time.Time{}); err != nil {
		t.Fatal(err)
	}
	got, want := from(finished.Dir()), s.InFile()
	want.RunDir = finished.Dir()
	var a, b bytes.Buffer
	if err := JSON(&a, want); err != nil {
		t.Fatal(err)
	}
	if err := JSON(&b, got); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(a.String(), b.String()); d != "" {
		t.Error(d)
	}
	killed := write()
	if err := killed.Close(); err != nil {
		t.Fatal(err)
	}
	got = from(killed.Dir())
	if d := cmp.Diff(s.Latency, got.Latency); d != "" {
		t.Error(d)
	}
	if got.Dials != s.Dials || got.Logins != s.Logins || got.Statuses != s.Statuses || got.Health.Counters != s.Health.Counters ||
		got.Judgement.Verdict != record.Running || len(got.Warnings) != 1 {
		t.Errorf("a killed run: %+v", got)
	}
}

func TestProgress(t *testing.T) {
	_, rows := storm(50 * time.Microsecond)
	p := ProgressOf(rows[2])
	p.Duration, p.Next, p.NextAt = 10*time.Second, "late", 9*time.Second
	for want, got := range map[string]string{
		"3s/10s  loggedIn 1,096  netBroken 4  |  296 logins/s, p99 493ms of 296, late 50.2µs  |  in 6s: late":                    ProgressLine(p, Options{}),
		"3s/10s  loggedIn 1,096  netBroken 4  |  296 logins/s, p99 493ms of 296, late 50.2µs":                                    ProgressLine(p, Options{Width: 95}),
		"3s/10s  loggedIn 1,096  netBroken 4  |  296 logins/s":                                                                   ProgressLine(p, Options{Width: 60}),
		"3s/10s  loggedIn 1,096  netBro…":                                                                                        ProgressLine(p, Options{Width: 31}),
		"t=3s of=10s netBroken=4 loggedIn=1096 logins_per_second=296 p99=493ms samples=296 late_p99=50.2µs next=late next_in=6s": PlainProgress(p),
		"0s/0s  to come 9  |  0 logins/s":                                                                                        ProgressLine(Progress{Statuses: record.StatusCounts{login.Unknown: 9}}, Options{}),
		"0s/0s  |  0 logins/s":                                                                                                   ProgressLine(Progress{}, Options{Width: 80}),
	} {
		if got != want {
			t.Errorf("%q\nwant\n%q", got, want)
		}
	}
}

// A summary that somebody else wrote is shown or refused, whatever it says.
func FuzzSummary(f *testing.F) {
	b, err := json.Marshal(summary(f, 50*time.Microsecond))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Add([]byte(`{"ran_seconds":9223372036,"planned_seconds":-9e9,"latency":[{"connect_to_logged_in":{"count":-1,"p50_seconds":-1}}],"timeline":[{}]}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		run := &rundir.Run{Manifest: rundir.Manifest{Verdict: record.Pass, Summary: b}}
		s, err := FromRun(run)
		if err != nil {
			return
		}
		for _, o := range []Options{{}, {Width: 1, Color: true}, {Width: 80}} {
			if err := Text(&bytes.Buffer{}, s, o); err != nil {
				t.Fatal(err)
			}
		}
	})
}
