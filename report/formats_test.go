package report

import (
	"bytes"
	"encoding/csv"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/prometheus/common/expfmt"

	"loginstorm/report/rundir"
	"loginstorm/sim/record"
)

// directory writes the small run as a directory; what a verdict needs is told by change.
func directory(t testing.TB, change func(*Summary)) (*rundir.Run, *record.Aggregate) {
	t.Helper()
	a, rows := storm(50 * time.Microsecond)
	s := summary(t, 50*time.Microsecond)
	change(s)
	w, err := rundir.Create(filepath.Join(t.TempDir(), "r"), rundir.Manifest{Name: s.Name, Driver: s.Driver, Seed: s.Seed, Layout: rundir.LayoutOf(layout()),
		Environment: rundir.Environment{RunID: "r1", Version: "1.2.3", Started: time.Unix(1_770_000_000, 0).UTC(), Host: "generator-1"}}, []byte("name: x\n"))
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows {
		if err := errors.Join(w.AppendRow(row), w.AppendIntervals(row)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Finish(s.Judgement.Verdict, s.InFile(), time.Unix(1_770_000_005, 0)); err != nil {
		t.Fatal(err)
	}
	run, err := rundir.Read(w.Dir())
	if err != nil {
		t.Fatal(err)
	}
	run.Dir = "runs/storm" // The same in every test.
	return run, a
}

// verdict sets how a run ended.
func verdict(v record.Verdict, reasons ...string) func(*Summary) {
	return func(s *Summary) { s.Judgement = record.Judgement{Verdict: v, Reasons: reasons} }
}

func TestJUnit(t *testing.T) {
	failed, _ := directory(t, func(*Summary) {})
	broken, _ := directory(t, verdict(record.Broken, "overlap: phones.7 and phones.8 were both loggedIn at 2.1s", "ends: call 3 ended twice"))
	invalid, _ := directory(t, func(s *Summary) {
		s.Judgement = record.Judgement{Verdict: record.Invalid, Reasons: []string{"the generator ran short of file descriptors"}, Remedies: []string{"raise the limit"}}
	})
	killed, _ := directory(t, verdict(record.Running))
	killed.Missing = append(killed.Missing, "series.ndjson: gone")
	var b bytes.Buffer
	if err := JUnit(&b, failed, broken, invalid, killed); err != nil {
		t.Fatal(err)
	}
	golden(t, "junit.xml", b.Bytes())
	names := func(run *rundir.Run) (all []string) {
		var b bytes.Buffer
		if err := JUnit(&b, run); err != nil {
			t.Fatal(err)
		}
		for _, c := range parsed(t, b.Bytes()) {
			all = append(all, c.Class+"/"+c.Name)
		}
		return all
	}
	if d := cmp.Diff(names(failed), names(broken)); d != "" {
		t.Errorf("names depend on how a run ended:\n%s", d)
	}
}

// testcase is what a reader of JUnit sees of a case.
type testcase struct {
	Name    string  `xml:"name,attr"`
	Class   string  `xml:"classname,attr"`
	Failure *string `xml:"failure"`
	Error   *string `xml:"error"`
	Skipped *string `xml:"skipped"`
}

func parsed(t *testing.T, b []byte) (all []testcase) {
	t.Helper()
	var doc struct {
		Suites []struct {
			Cases []testcase `xml:"testcase"`
		} `xml:"testsuite"`
	}
	if err := xml.Unmarshal(b, &doc); err != nil {
		t.Fatalf("%v\n%s", err, b)
	}
	for _, s := range doc.Suites {
		all = append(all, s.Cases...)
	}
	return all
}

// Names of somebody's making do not break the document, and are not lost.
func TestHostileNames(t *testing.T) {
	const hostile = "a\"<b>]]>&\x00\x1b[31m\xff\uFFFE{}\\\n=cmd,\u202e"
	run, _ := directory(t, func(s *Summary) {
		s.Name, s.Thresholds[0].Text, s.Thresholds[1].Text = hostile, hostile, hostile
		s.Judgement.Reasons = []string{hostile}
	})
	run.Manifest.Name, run.Manifest.Environment.RunID, run.Dir = hostile, hostile, hostile
	run.Missing = []string{hostile}
	var b bytes.Buffer
	if err := JUnit(&b, run, run); err != nil {
		t.Fatal(err)
	}
	cases := parsed(t, b.Bytes())
	if len(cases) != 2*9 || !strings.HasPrefix(cases[3].Name, `a"<b>]]>&`) || cases[3].Name == cases[4].Name || cases[0].Failure == nil || cases[8].Skipped == nil {
		t.Errorf("%d cases: %+v", len(cases), cases)
	}
	b.Reset()
	if err := OpenMetrics(&b, run); err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(b.String()) {
		if !strings.HasPrefix(line, "loginstorm_") && !strings.HasPrefix(line, "# ") {
			t.Errorf("a label breaks out of its line: %q", line)
		}
	}
	b.Reset()
	if err := CSV(&b, run); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(&b).ReadAll()
	if err != nil || len(rows) != 6 || rows[1][0] != hostile || rows[5][len(rows[5])-1] != "" {
		t.Errorf("%v: %q", err, rows)
	}
}

// What a directory says at the end is what the last scrape said.
func TestOpenMetricsIsTheLastScrape(t *testing.T) {
	run, a := directory(t, func(*Summary) {})
	run.Manifest.Name = "storm"
	var b bytes.Buffer
	if err := OpenMetrics(&b, run); err != nil {
		t.Fatal(err)
	}
	registry := prometheus.NewPedanticRegistry()
	registry.MustRegister(collector(a))
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	var live bytes.Buffer
	for _, f := range families {
		if _, err := expfmt.MetricFamilyToOpenMetrics(&live, f); err != nil {
			t.Fatal(err)
		}
	}
	var own, rest []string
	for line := range strings.Lines(b.String()) {
		info := strings.Contains(line, "loginstorm_run_verdict") || strings.Contains(line, "loginstorm_threshold_met") || strings.Contains(line, "loginstorm_run_missing")
		if info || line == "# EOF\n" {
			own = append(own, line)
		} else {
			rest = append(rest, line)
		}
	}
	if d := cmp.Diff(live.String(), strings.Join(rest, "")); d != "" {
		t.Errorf("the last scrape (-), the directory (+):\n%s", d)
	}
	golden(t, "openmetrics.txt", []byte(strings.Join(own, "")))
	problems, err := testutil.CollectAndLint(directorySide{&Summary{Missing: []string{"x"}, Thresholds: []record.Outcome{{Text: "y"}}}})
	if err != nil || len(problems) > 0 {
		t.Errorf("%v, %v", problems, err)
	}
}

func TestCSV(t *testing.T) {
	run, _ := directory(t, func(*Summary) {})
	other, _ := directory(t, func(*Summary) {})
	other.Dir, other.Rows, other.Missing = "runs/lost", nil, []string{"series.ndjson: gone", "events.ndjson: gone"}
	var b bytes.Buffer
	if err := CSV(&b, run, other); err != nil {
		t.Fatal(err)
	}
	golden(t, "seconds.csv", b.Bytes())
	rows, err := csv.NewReader(&b).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	at := map[string]int{}
	for i, name := range rows[0] {
		if _, twice := at[name]; twice {
			t.Errorf("column %s is there twice", name)
		}
		at[name] = i
	}
	// A second oracle: the columns add up to what the summary says.
	s, err := FromRun(run)
	if err != nil {
		t.Fatal(err)
	}
	sums := map[string]uint64{"dials": s.Dials, "logins": s.Logins, "code_408": 40, "code_416": 1, "kicks_server": 10, "frames_in": 2792, "connect_to_logged_in_count": 1396}
	for name, want := range sums {
		var got uint64
		for _, row := range rows[1:6] {
			n, err := strconv.ParseUint(row[at[name]], 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			got += n
		}
		if got != want {
			t.Errorf("%s adds up to %d, want %d", name, got, want)
		}
	}
	if got := rows[5][at["clients_kickOut"]]; got != "10" {
		t.Errorf("kickOut at the end: %s", got)
	}
}

// Whatever a directory holds, nothing panics, and what is written is whole.
func FuzzDirectory(f *testing.F) {
	var parts [3][]byte
	for i, name := range []string{rundir.RunFile, rundir.SeriesFile, "connect_to_logged_in.hlog"} {
		b, err := os.ReadFile(filepath.Join("rundir", "testdata", "older", name))
		if err != nil {
			f.Fatal(err)
		}
		parts[i] = b
	}
	f.Add(parts[0], parts[1], parts[2])
	f.Add([]byte(nil), parts[1], parts[2])
	f.Add([]byte(`{"format":1,"verdict":"running","layout":{"populations":["a","a"],"entries":["",""],"begins_seconds":[-9e9]}}`), parts[1], []byte(nil))
	f.Fuzz(func(t *testing.T, manifest, series, log []byte) {
		dir := t.TempDir()
		for name, b := range map[string][]byte{rundir.RunFile: manifest, rundir.SeriesFile: series, "connect_to_logged_in.hlog": log} {
			if err := os.WriteFile(filepath.Join(dir, name), b, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		run, err := rundir.Read(dir)
		if err != nil {
			return
		}
		s, err := FromRun(run)
		if err != nil {
			return
		}
		var b bytes.Buffer
		if err := errors.Join(Text(io.Discard, s, Options{Width: 80}), JSON(io.Discard, s), CSV(io.Discard, run), JUnit(&b, run)); err != nil {
			t.Fatal(err)
		}
		if err := xml.Unmarshal(b.Bytes(), new(struct{})); err != nil {
			t.Fatalf("%v\n%s", err, b.Bytes())
		}
		b.Reset()
		// Two populations of one name cannot be exported; nothing else is refused.
		if err := OpenMetrics(&b, run); err == nil && !bytes.HasSuffix(b.Bytes(), []byte("# EOF\n")) {
			t.Fatal("an exposition that is cut off")
		}
	})
}
