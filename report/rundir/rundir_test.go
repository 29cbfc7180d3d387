package rundir

import (
	"bytes"
	"compress/zlib"
	"encoding/base64"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
	"github.com/google/go-cmp/cmp"

	"loginstorm/sim/login"
	"loginstorm/sim/record"
	"loginstorm/sim/wire"
)

func layout() record.Layout {
	return record.Layout{Populations: []string{"old phones, 50 %", "webs"}, Entries: []string{"node/loss"},
		Begins: []record.Time{1500 * time.Millisecond}}
}

func manifest() Manifest {
	return Manifest{Name: "storm", Driver: "run", Seed: 42, Scenario: json.RawMessage(`{"name":"storm"}`),
		Layout: LayoutOf(layout()), Environment: Environment{RunID: "r1", Version: "1.2.3",
			Started: time.Date(2026, 1, 31, 9, 30, 0, 0, time.UTC), CPUs: 2}}
}

// record a run of some seconds and return its rows.
func rows(seconds int) ([]record.Row, *record.Aggregate) {
	a, r := record.NewAggregate(layout(), 1), record.NewRecorder(layout(), 0)
	r.Place(0, login.Unknown, 100)
	for s := range seconds {
		for i := range 50 {
			v := time.Duration(i+1) * time.Millisecond
			r.Observe(record.ConnectToLoggedIn, uint16(i%2), wire.Auto, v)
			r.Observe(record.TimeToLoggedIn, 0, wire.Reconnect, 25*time.Hour)
			r.Observe(record.PhaseLogin, 1, wire.Auto, v/2)
			r.Observe(record.StartLateness, 0, 0, time.Microsecond*time.Duration(i))
			r.Attempt(0, wire.Auto, wire.TooOften)
			r.Move(0, login.Unknown, login.LoggedIn)
		}
		r.FaultHit(0)
		r.FaultBack(0, time.Second)
		a.Add(r.Cut(record.Time(s+1) * time.Second))
	}
	return a.Sealed(), a
}

// write writes a run directory up to and without Finish.
func write(t testing.TB, rows []record.Row) *Writer {
	t.Helper()
	w, err := Create(filepath.Join(t.TempDir(), "runs", "r"), manifest(), []byte("name: storm\n"))
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows {
		event := Event{At: row.To, Kind: "timeline", Entry: "node/loss", Text: "second is over"}
		for _, err := range []error{w.AppendRow(row), w.AppendIntervals(row), w.AppendEvent(event), w.Flush()} {
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	return w
}

func read(t *testing.T, dir string) *Run {
	t.Helper()
	r, err := Read(dir)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// plainRows drops what files do not hold.
func plainRows(rows []record.Row) []record.Row {
	out := append([]record.Row(nil), rows...)
	for i := range out {
		out[i].Series, out[i].Totals = nil, nil
	}
	return out
}

func TestRoundTrip(t *testing.T) {
	want, a := rows(5)
	w := write(t, want)
	ended := manifest().Environment.Started.Add(5 * time.Second)
	if err := w.Finish(record.Pass, map[string]int{"logins": 250}, ended); err != nil {
		t.Fatal(err)
	}
	got := read(t, w.Dir())
	if len(got.Missing) != 0 || got.Active || got.Lost {
		t.Errorf("missing: %q", got.Missing)
	}
	if d := cmp.Diff(plainRows(want), got.Rows); d != "" {
		t.Error(d)
	}
	if got.Manifest.Verdict != record.Pass || !got.Manifest.Environment.Ended.Equal(ended) || got.Manifest.Seed != 42 {
		t.Errorf("manifest %+v", got.Manifest)
	}
	if d := cmp.Diff(layout(), got.Manifest.Layout.Record()); d != "" {
		t.Error(d)
	}
	if len(got.Events) != 5 || got.Events[0].Entry != "node/loss" || string(got.Scenario) != "name: storm\n" {
		t.Errorf("events %+v, scenario %q", got.Events, got.Scenario)
	}
	var series []record.Series
	for m := range record.Metrics {
		series = append(series, a.Totals().Series(record.Metric(m))...)
	}
	if len(series) != len(got.Series) {
		t.Fatalf("%d series, want %d", len(got.Series), len(series))
	}
	for i, s := range series {
		if s.Key != got.Series[i].Key || s.Histogram.Figures() != got.Series[i].Histogram.Figures() {
			t.Errorf("%+v: %+v, want %+v: %+v", got.Series[i].Key, got.Series[i].Histogram.Figures(), s.Key, s.Histogram.Figures())
		}
	}
	for _, name := range []string{RunFile, ScenarioFile, SeriesFile, "phase_login.hlog"} {
		info, err := os.Stat(filepath.Join(w.Dir(), name))
		if err != nil || info.Mode().Perm() != 0o644 {
			t.Errorf("%s: %v %v", name, info, err)
		}
	}
	if left, _ := filepath.Glob(filepath.Join(w.Dir(), RunFile+".*")); len(left) != 0 {
		t.Errorf("left behind: %q", left)
	}
}

// The library's own reader must be able to read what we write.
func TestLogIsReadByOthers(t *testing.T) {
	want, _ := rows(3)
	w := write(t, want)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(filepath.Join(w.Dir(), "connect_to_logged_in.hlog"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	reader, n, total := hdrhistogram.NewHistogramLogReader(f), 0, int64(0)
	for {
		h, err := reader.NextIntervalHistogram()
		if err != nil {
			t.Fatal(err)
		}
		if h == nil {
			break
		}
		if n == 0 && h.Tag() != "old+phones%2C+50+%25/auto" {
			t.Errorf("tag %q", h.Tag())
		}
		n, total = n+1, total+h.TotalCount()
	}
	if n != 6 || total != 150 {
		t.Errorf("%d lines with %d values, want 6 with 150", n, total)
	}
}

func TestKilledRunIsReadable(t *testing.T) {
	want, _ := rows(4)
	w := write(t, want) // Never finished.
	if got := read(t, w.Dir()); !got.Active || len(got.Missing) != 1 || !strings.Contains(got.Missing[0], "still going on") || len(got.Rows) != 4 {
		t.Errorf("while it is written: %d rows, missing %q", len(got.Rows), got.Missing)
	}
	if err := w.Close(); err != nil {
		t.Error(err)
	}
	cut := func(name string, by int64) {
		path := filepath.Join(w.Dir(), name)
		info, err := os.Stat(path)
		if err == nil {
			err = os.Truncate(path, info.Size()-by)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	got := read(t, w.Dir())
	if len(got.Rows) != 4 || len(got.Missing) != 1 || got.Manifest.Verdict != record.Running {
		t.Errorf("%d rows, missing %q", len(got.Rows), got.Missing)
	}
	cut(SeriesFile, 30)
	cut("connect_to_logged_in.hlog", 30)
	if err := os.Remove(filepath.Join(w.Dir(), EventsFile)); err != nil {
		t.Fatal(err)
	}
	got = read(t, w.Dir())
	all := strings.Join(got.Missing, "\n")
	for _, want := range []string{"series.ndjson: the last line is cut off; 3 lines", "connect_to_logged_in.hlog: the last line is cut off",
		"events.ndjson: no such file", "did not end by itself"} {
		if !strings.Contains(all, want) {
			t.Errorf("missing says\n%s\nwithout %q", all, want)
		}
	}
	if len(got.Rows) != 3 || len(got.Missing) != 4 {
		t.Errorf("%d rows, missing %q", len(got.Rows), got.Missing)
	}
}

func TestDamagedMiddle(t *testing.T) {
	damage := ""
	rows, err := ReadRows(strings.NewReader(`{"second":0}`+"\n"+"rubbish\n\x00\n"+`{"second":3}`+"\n"+strings.Repeat("x", MaxLine+9)+"\n"),
		func(s string) { damage += s })
	if err != nil || len(rows) != 2 || !strings.HasPrefix(damage, "3 damaged lines were left out, the first is line 2: ") {
		t.Errorf("%d rows, %v, %q", len(rows), err, damage)
	}
}

func TestTwoRunsDoNotShare(t *testing.T) {
	w := write(t, nil)
	if _, err := Create(w.Dir(), manifest(), nil); err == nil {
		t.Error("a directory that holds a run was given to another")
	}
	if err := w.Close(); err != nil {
		t.Error(err)
	}
	if err := w.AppendRow(record.Row{}); err == nil {
		t.Error("a closed writer takes rows")
	}
	if _, err := Read(t.TempDir()); err == nil {
		t.Error("an empty directory is no run")
	}
}

func TestName(t *testing.T) {
	at := time.Date(2026, 1, 31, 9, 30, 0, 0, time.FixedZone("", 3600))
	if got := Name("../node loss", at); got != "node-loss-20260131T083000Z" {
		t.Error(got)
	}
	if got := Name("..", at); got != "run-20260131T083000Z" {
		t.Error(got)
	}
}

func logBytes(t testing.TB) []byte {
	some, _ := rows(1)
	w := write(t, some)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(filepath.Join(w.Dir(), "connect_to_logged_in.hlog"))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func FuzzReadLog(f *testing.F) {
	f.Add(logBytes(f))
	f.Add([]byte("Tag=a/auto,0.0,1.0,3.0,HISTFAAAAAA=\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		sum := totals{}
		if err := ReadLog(bytes.NewReader(b), record.ConnectToLoggedIn, func(string) {}, sum.add); err != nil {
			t.Fatal(err)
		}
		for _, s := range sum.series {
			s.Histogram.Figures()
		}
	})
}

func FuzzReadRows(f *testing.F) {
	some, _ := rows(2)
	b, err := json.Marshal(some[1])
	if err != nil {
		f.Fatal(err)
	}
	f.Add(append(b, '\n'))
	f.Add([]byte(`{"second":1,"statuses":{"loggedIn":-3},"codes":{"200":1}}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		read, err := ReadRows(bytes.NewReader(b), func(string) {})
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range read {
			out, err := json.Marshal(row)
			if err != nil {
				t.Fatal(err)
			}
			again, err := ReadRows(bytes.NewReader(out), func(string) {})
			if err != nil || len(again) != 1 {
				t.Fatalf("%s: %v", out, err)
			}
		}
	})
}

// The encoder against the library: the same line, once decompressed the same bytes.
func TestEncodeAgainstLibrary(t *testing.T) {
	var e encoder
	for m := range record.Metrics {
		for n := range 40 {
			h := record.NewHistogram(record.Metric(m))
			for i := range n * n {
				h.Observe(time.Duration(i*i*i) * time.Duration(n*n*n*n))
			}
			line, err := e.interval(n, record.Series{Key: record.Key{Metric: record.Metric(m)}, Histogram: h})
			if err != nil {
				t.Fatal(err)
			}
			text := strings.TrimSuffix(string(line), "\n")
			got := inflate(t, text[strings.LastIndex(text, ",")+1:])
			encoded, err := h.Packed().Encode()
			if err != nil {
				t.Fatal(err)
			}
			if want := inflate(t, string(encoded)); n > 0 && !bytes.Equal(got, want) {
				t.Fatalf("%v, %d values: the payload differs", record.Metric(m), n*n)
			}
			l, err := parseLogged(record.Metric(m), text)
			if err != nil || l.Second != n || l.Histogram.Figures() != h.Figures() {
				t.Fatalf("%v, %d values: %+v, %v", record.Metric(m), n*n, l, err)
			}
		}
	}
}

func inflate(t *testing.T, text string) []byte {
	t.Helper()
	b, err := base64.StdEncoding.DecodeString(text)
	if err != nil || len(b) < 8 {
		t.Fatal(err)
	}
	r, err := zlib.NewReader(bytes.NewReader(b[8:]))
	if err != nil {
		t.Fatal(err)
	}
	if b, err = io.ReadAll(r); err != nil {
		t.Fatal(err)
	}
	return b
}

func BenchmarkAppendInterval(b *testing.B) {
	h := record.NewHistogram(record.ConnectToLoggedIn)
	for i := range 10_000 {
		h.Observe(time.Duration(i*i%7919) * 17 * time.Microsecond)
	}
	s := record.Series{Key: record.Key{Population: "phones", Origin: wire.Auto}, Histogram: h}
	b.ReportAllocs()
	var e encoder
	for b.Loop() {
		if _, err := e.interval(1, s); err != nil {
			b.Fatal(err)
		}
	}
}
