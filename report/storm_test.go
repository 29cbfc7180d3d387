package report

import (
	"bytes"
	"encoding/json"
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

// night is a run with two faults: 2,000 phones lose a gateway that is away for 20 s
// and come back in phase; 40 of them find their place taken, 25 are refused with 416.
// Then 500 are cut half-open and notice it between 23 and 53 s later. Two owners fight.
func night() (record.Layout, *record.Aggregate, []record.Row) {
	const second = time.Second
	l := record.Layout{Populations: []string{"phones"}, Entries: []string{"deploy", "half-open"},
		Begins: []record.Time{10 * second, 60 * second}, Ends: []record.Time{30 * second, 60 * second},
		Recovers: []bool{true, true}, Capacity: 900, CapacityFrom: "36 workers x 40ms"}
	a, r := record.NewAggregate(l, 1), record.NewRecorder(l, 0)
	var rows []record.Row
	r.Place(0, login.LoggedIn, 2000)
	fail := func(n int, entry uint16, code wire.Code) {
		for range n {
			r.Dialled(0, wire.Reconnect)
			r.FaultAttempt(entry)
			r.Attempt(0, wire.Reconnect, code)
		}
	}
	back := func(n int, entry uint16, after time.Duration) {
		for i := range n {
			r.Dialled(0, wire.Reconnect)
			r.FaultAttempt(entry)
			r.Add(record.LoginsSent, 1)
			r.Attempt(0, wire.Reconnect, wire.Success)
			r.Move(0, login.NetBroken, login.LoggedIn)
			r.FaultBack(entry, after+time.Duration(i)*400*time.Microsecond)
			r.Observe(record.TimeToLoggedIn, 0, wire.Reconnect, after)
			r.Observe(record.ConnectToLoggedIn, 0, wire.Reconnect, time.Duration(30+i%50)*time.Millisecond)
		}
	}
	for now := range 120 {
		since := time.Duration(now-10) * second
		switch {
		case now == 10:
			r.FaultBegan(0, 2000, 2000)
			for i := range 2000 {
				r.FaultHit(0)
				r.Observe(record.Detection, 0, 0, time.Duration(i)*time.Microsecond)
				r.Move(0, login.LoggedIn, login.NetBroken)
			}
		case now == 12, now == 15, now == 21, now == 29:
			fail(2000, 0, wire.Disconnected)
		case now == 37:
			back(800, 0, since)
			fail(1135, 0, wire.TimedOut)
			r.Add(record.LoginsSent, 1135)
			r.Add(record.LoginsWasted, 1135)
			fail(40, 0, wire.NotLastDevice)
			fail(25, 0, wire.TooOften)
			for range 40 {
				r.Kick(0, wire.NoReason, login.KickOut)
				r.Move(0, login.NetBroken, login.KickOut)
			}
		case now == 45:
			back(800, 0, since)
			fail(335, 0, wire.TimedOut)
		case now == 53:
			back(335, 0, since)
		case now == 60:
			r.FaultBegan(1, 500, 490)
		case now >= 83 && now < 113 && now%2 == 1:
			for i := range 30 {
				r.FaultHit(1)
				r.Observe(record.Detection, 1, 0, time.Duration(now-60)*second+time.Duration(i)*60*time.Millisecond)
				r.Move(0, login.LoggedIn, login.NetBroken)
			}
			back(30, 1, time.Duration(now-60)*second+1600*time.Millisecond)
		}
		if now < 40 {
			r.Observe(record.KickDelivery, 0, 0, time.Duration(20+now*now/10)*time.Millisecond)
			r.Kick(0, wire.ByLogin, login.KickOut)
		}
		if now == 118 {
			r.Add(record.Wars, 2)
			r.Add(record.WarKicks, 19)
			r.Observe(record.KickWar, 0, 0, 12*second)
			r.Observe(record.KickWar, 0, 0, 48*second)
			r.Observe(record.Overlap, 0, 0, 80*time.Millisecond)
			r.Add(record.Lockouts, 60)
			r.Add(record.LockedOut, 25)
			for i := range 35 {
				r.Observe(record.Lockout, 0, 0, time.Duration(30+i*i/40)*second)
			}
			r.Add(record.TokensFetched, 2450)
			r.Add(record.TokensFailed, 12)
			for range 40 {
				r.Stranded(0, 0, login.KickOut, wire.NotLastDevice, wire.NoReason, record.Rests)
			}
			for range 25 {
				r.Stranded(0, 0, login.UnLogin, wire.TooOften, wire.NoReason, record.Quits)
			}
		}
		a.Add(r.Cut(record.Time(now+1) * second))
		rows = append(rows, a.Sealed()...)
	}
	return l, a, rows
}

func nightFacts() Facts {
	return Facts{Name: "the-night", Driver: Simulate, Seed: 7, Question: "Do they come back?", Planned: 2 * time.Minute,
		Clients: []uint64{2000}, Says: []string{"the gateway restarts and is away for 20s", "500 of phones are cut half-open"}}
}

func nightSummary(t testing.TB) *Summary {
	_, a, _ := night()
	f := nightFacts()
	f.Thresholds = thresholds(t, a)
	f.Judgement = a.Judge(nil, nil, f.Thresholds)
	return Summarize(a, f)
}

func thresholds(t testing.TB, a *record.Aggregate) (all []record.Outcome) {
	for _, text := range nightTexts() {
		th, err := record.ParseThreshold(text)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, th.Evaluate(a))
	}
	return all
}

func nightTexts() []string {
	return []string{"storm(after: deploy) == recovered", "waves(after: deploy) <= 2", "amplification(after: deploy) < 4",
		"stranded(after: deploy) < 1%", "max(detection, entry: half-open) < 54s", "rate(code: 416, population: phones, origin: reconnect) < 1%"}
}

func TestTextOfStorms(t *testing.T) {
	s := nightSummary(t)
	for name, o := range map[string]Options{"storms.txt": {Width: 100}, "storms-narrow.txt": {Width: 60}} {
		var b bytes.Buffer
		if err := Text(&b, s, o); err != nil {
			t.Fatal(err)
		}
		golden(t, name, b.Bytes())
		for line := range strings.SplitSeq(b.String(), "\n") {
			if columns(line) > o.Width {
				t.Errorf("%s: wider than the terminal: %q", name, line)
			}
		}
	}
}

// Many storms, as of an entry that is repeated, are named and not told.
func TestTextOfManyStorms(t *testing.T) {
	s := nightSummary(t)
	one := s.Storms[0]
	s.Storms = nil
	for range 256 {
		s.Storms = append(s.Storms, one)
	}
	var b bytes.Buffer
	if err := Text(&b, s, Options{Width: 100}); err != nil {
		t.Fatal(err)
	}
	if lines := strings.Count(b.String(), "\n"); !strings.Contains(b.String(), "248 more: 248 locked out by rule") || lines > 250 {
		t.Errorf("%d lines", lines)
	}
}

// The report of a killed run says what was planned, and judges what its files hold.
func TestKilledRun(t *testing.T) {
	l, a, rows := night()
	f := nightFacts()
	var asked []record.Threshold
	for _, text := range nightTexts() {
		th, err := record.ParseThreshold(text)
		if err != nil {
			t.Fatal(err)
		}
		asked = append(asked, th)
	}
	w, err := rundir.Create(filepath.Join(t.TempDir(), "r"), rundir.Manifest{Name: f.Name, Driver: f.Driver, Seed: f.Seed,
		Layout: rundir.LayoutOf(l), Known: KnownBefore(f, asked)}, nil)
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
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	run, err := rundir.Read(w.Dir())
	if err != nil {
		t.Fatal(err)
	}
	got, err := FromRun(run)
	if err != nil {
		t.Fatal(err)
	}
	f.Thresholds, f.Interrupted = thresholds(t, a), "the run was killed"
	want := Summarize(a, f)
	want.RunDir, want.Warnings, want.Missing = got.RunDir, got.Warnings, got.Missing
	text := func(s *Summary) string {
		b, err := json.MarshalIndent(s, "", " ")
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	if d := cmp.Diff(text(want), text(got)); d != "" || len(got.Warnings) != 1 {
		t.Errorf("%v\n%s", got.Warnings, d)
	}
	var b bytes.Buffer
	if err := Text(&b, got, Options{Width: 100}); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(b.String(), "NO VERDICT") || !strings.Contains(b.String(), "waves(after: deploy)") {
		t.Error(b.String())
	}
}

func TestPictures(t *testing.T) {
	if got := spark([]float64{0, 1, 4, 8, 8.1, -1}, 8); got != " ▂▅██ " {
		t.Errorf("%q", got)
	}
	for n, want := range map[int64]string{0: "", 1: "▏", 50: "██▌", 100: "█████"} {
		if got := bar(n, 100, 5); got != want {
			t.Errorf("%d: %q, want %q", n, got, want)
		}
	}
	if means, each := squeeze([]uint64{1, 3, 5, 7, 9}, 2); each != 3 || means[0] != 3 || means[1] != 8 {
		t.Errorf("%v, %d", means, each)
	}
}

// The directory of a run of an older version, killed, whose rows are not taken apart
// and whose manifest knows nothing before the run.
func TestOldRunDirectory(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		rundir.RunFile: `{"format": 1, "name": "old", "driver": "run", "seed": 3, "verdict": "running",
			"layout": {"populations": ["phones"], "entries": ["cut"], "begins_seconds": [2]}, "environment": {}}`,
		rundir.ScenarioFile: "name: old\n",
		rundir.EventsFile:   "",
		rundir.SeriesFile: `{"second":0,"to_seconds":1,"statuses":{"loggedIn":90,"unLogin":10},"dials":100,"logged_in":90,"codes":{"200":90,"408":10},"kicks":{"login":3},"connect_to_logged_in":{},"lateness":{},"counters":{"frames_in":5}}
{"second":1,"to_seconds":2,"statuses":{"loggedIn":100},"dials":10,"logged_in":10,"codes":{"200":10},"kicks":{},"connect_to_logged_in":{},"lateness":{},"counters":{}}
`,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	run, err := rundir.Read(dir)
	if err != nil {
		t.Fatal(err)
	}
	s, err := FromRun(run)
	if err != nil {
		t.Fatal(err)
	}
	if s.Dials != 110 || s.Logins != 100 || s.Statuses[login.LoggedIn] != 100 || s.PeakDials.Count != 100 || len(s.Attempts) != 2 ||
		s.Attempts[0].Origin != All || len(s.Kicks) != 1 || s.Health.Counters[record.FramesIn] != 5 {
		t.Errorf("%+v", s)
	}
	s.RunDir = "runs/old"
	var b bytes.Buffer
	if err := Text(&b, s, Options{Width: 100}); err != nil {
		t.Fatal(err)
	}
	golden(t, "old.txt", b.Bytes())
}

// What the files of a killed run say is shown or refused, whatever it is.
func FuzzKilledRun(f *testing.F) {
	l, _, rows := night()
	manifest, err := json.Marshal(rundir.Manifest{Layout: rundir.LayoutOf(l), Known: KnownBefore(nightFacts(), nil)})
	if err != nil {
		f.Fatal(err)
	}
	var lines []byte
	for _, row := range rows[8:14] {
		b, err := json.Marshal(row)
		if err != nil {
			f.Fatal(err)
		}
		lines = append(append(lines, b...), '\n')
	}
	f.Add(manifest, lines)
	f.Add([]byte(`{"layout":{"entries":["a","b"],"begins_seconds":[-5,9e9],"ends_seconds":[9e9]},"known":{"thresholds":["storm(after: b) == calm","x"]}}`),
		[]byte(`{"second":3,"to_seconds":-1,"faults":[{"entry":"a","began":true,"hit":18446744073709551615,"back":3}],"stranded":[{"entry":"a","status":"x","count":9}]}`))
	f.Fuzz(func(t *testing.T, manifest, lines []byte) {
		var m rundir.Manifest
		if json.Unmarshal(manifest, &m) != nil {
			return
		}
		read, err := rundir.ReadRows(bytes.NewReader(lines), func(string) {})
		if err != nil {
			return
		}
		restored := record.NewRestored(m.Layout.Record())
		for _, row := range read {
			if row.Second > 1000 {
				return // Seconds that are missing are only slow.
			}
			restored.Row(row)
		}
		m.Verdict = record.Running
		s, err := FromRun(&rundir.Run{Manifest: m, Rows: read, Restored: restored.Aggregate()})
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range []Options{{}, {Width: 1, Color: true}, {Width: 80}} {
			if err := Text(&bytes.Buffer{}, s, o); err != nil {
				t.Fatal(err)
			}
		}
	})
}
