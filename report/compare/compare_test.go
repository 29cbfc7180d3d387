package compare

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/jstemmer/go-junit-report/v2/junit"
	"golang.org/x/perf/benchfmt"

	"loginstorm/report/rundir"
	"loginstorm/sim/record"
	"loginstorm/sim/wire"
)

// made is a run whose logins take about so long, of whom a fault cut off some and
// brought a share of these back, and of whom some were refused with 416.
func made(seed uint64, latency time.Duration, back float64, refused int) *Run {
	l := record.Layout{Populations: []string{"phones"}, Entries: []string{"cut"}, Begins: []record.Time{time.Second}}
	rec, a := record.NewRecorder(l, 0), record.NewAggregate(l, 1)
	for second := range 4 {
		for _, v := range values(seed<<8+uint64(second), 500, float64(latency), 0.3) {
			rec.Dialled(0, wire.Auto)
			rec.Attempt(0, wire.Auto, wire.Success)
			rec.Observe(record.ConnectToLoggedIn, 0, wire.Auto, time.Duration(v))
		}
		if second == 1 {
			rec.FaultBegan(0, 200, 200)
			for i := range 200 {
				rec.FaultHit(0)
				if float64(i) < 200*back {
					rec.FaultBack(0, time.Duration(i)*latency)
				}
			}
			for range refused {
				rec.Attempt(0, wire.Auto, wire.TooOften)
			}
		}
		iv := rec.Cut(time.Duration(second+1) * time.Second)
		a.Add(iv)
		rec.Release(iv)
	}
	a.Flush()
	r := &Run{Dir: fmt.Sprintf("runs/%d", seed), Aggregate: a, CPU: 2, TargetCPU: 3}
	r.Manifest = rundir.Manifest{Name: "made", Driver: "run", Seed: seed, Verdict: record.Pass, Scenario: []byte(`{"populations":{"a":1},"timeline":[]}`),
		Layout: rundir.LayoutOf(l), Known: rundir.Known{Planned: record.Seconds(4 * time.Second), Clients: []uint64{2000}}}
	return r
}

func several(first uint64, n int, latency time.Duration, back float64, refused int) (runs []*Run) {
	for i := range uint64(n) {
		runs = append(runs, made(first+i, latency, back, refused+int(i)%2))
	}
	return runs
}

func compared(t *testing.T, base, candidate []*Run, g Gate) *Result {
	t.Helper()
	c, err := Compare(base, candidate, g, Options{})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func gateFor(t *testing.T, figures ...string) Gate {
	t.Helper()
	g := Gate{Asked: true}
	for _, f := range figures {
		m, err := NewMetric(f)
		if err != nil {
			t.Fatal(err)
		}
		g.Metrics = append(g.Metrics, m)
	}
	return g
}

// Each planted difference must be called by its name.
func TestVerdicts(t *testing.T) {
	const ms = time.Millisecond
	base := several(1, 5, 20*ms, 1, 0)
	for _, c := range []struct {
		name, figure string
		candidate    []*Run
		want         Verdict
		says         string
	}{
		{"slower", "p50(connect_to_logged_in)", several(11, 5, 24*ms, 1, 0), Worse, "% higher"},
		{"faster", "p50(connect_to_logged_in)", several(21, 5, 16*ms, 1, 0), Better, "% lower"},
		{"alike", "p50(connect_to_logged_in)", several(31, 5, 20*ms, 1, 0), Same, "within the floor"},
		{"a little slower", "p50(connect_to_logged_in)", several(41, 5, 20500*time.Microsecond, 1, 0), Same, ""},
		{"three runs alone", "p50(connect_to_logged_in)", several(51, 3, 40*ms, 1, 0), Worse, ""},
		{"one run", "p50(connect_to_logged_in)", several(61, 1, 40*ms, 1, 0), CannotTell, "cannot show more"},
		{"never back", "time_to_recover(99%, after: cut)", several(71, 5, 20*ms, 0.5, 0), Worse, "no bound"},
		{"never back, and not before either", "time_to_recover(99%, after: cut)", nil, Same, ""},
		{"refused", "rate(code: 416)", several(81, 5, 20*ms, 1, 300), Worse, "moved by"},
		{"served", "mean(goodput)", several(91, 5, 20*ms, 1, 0), Same, ""},
		{"cpu", CPUPerLogin, several(95, 5, 20*ms, 1, 0), Same, ""},
	} {
		from := base
		if c.candidate == nil {
			from, c.candidate = several(101, 5, 20*ms, 0.5, 0), several(111, 5, 20*ms, 0.5, 0)
		}
		got := compared(t, from, c.candidate, gateFor(t, c.figure))
		if got.Verdict != c.want || len(got.Figures) != 1 || !strings.Contains(got.Figures[0].Because, c.says) {
			t.Errorf("%s: %v, %s, want %v and %q", c.name, got.Verdict, got.Sentence, c.want, c.says)
		}
	}
}

// Fewer served is worse although the number is lower.
func TestDirection(t *testing.T) {
	const ms = time.Millisecond
	g := gateFor(t, "rate(code: 200)")
	got := compared(t, several(1, 5, 20*ms, 1, 0), several(11, 5, 20*ms, 1, 600), g)
	if got.Verdict != Worse || got.Figures[0].Worse != "lower" {
		t.Errorf("%v, worse when %s", got.Verdict, got.Figures[0].Worse)
	}
	g.Metrics[0].Lower = false
	if got = compared(t, several(1, 5, 20*ms, 1, 0), several(11, 5, 20*ms, 1, 600), g); got.Verdict != Better {
		t.Errorf("told the other way round: %v", got.Verdict)
	}
}

// What cannot be judged must not be judged, and the reason is said.
func TestInvalid(t *testing.T) {
	const ms = time.Millisecond
	for _, c := range []struct {
		want  string
		spoil func(base, candidate []*Run) ([]*Run, []*Run)
	}{
		{"is invalid: late", func(a, b []*Run) ([]*Run, []*Run) {
			b[2].Manifest.Verdict, b[2].Reasons = record.Invalid, []string{"late"}
			return a, b
		}},
		{"broke a rule", func(a, b []*Run) ([]*Run, []*Run) { a[0].Manifest.Verdict = record.Broken; return a, b }},
		{"did not reach its end: it was killed", func(a, b []*Run) ([]*Run, []*Run) { b[0].Interrupted = "it was killed"; return a, b }},
		{"from simulate", func(a, b []*Run) ([]*Run, []*Run) { b[1].Manifest.Driver = simulate; return a, b }},
		{"durations differ", func(a, b []*Run) ([]*Run, []*Run) { b[1].Manifest.Known.Planned++; return a, b }},
		{"scaled alike", func(a, b []*Run) ([]*Run, []*Run) { b[1].Manifest.Known.Clients = []uint64{7}; return a, b }},
		{"injected", func(a, b []*Run) ([]*Run, []*Run) { b[1].Manifest.Known.Injected = true; return a, b }},
		{"their timeline", func(a, b []*Run) ([]*Run, []*Run) {
			b[3].Manifest.Scenario = []byte(`{"populations":{"a":1},"timeline":[1]}`)
			return a, b
		}},
		{"scenario is missing", func(a, b []*Run) ([]*Run, []*Run) { b[3].Manifest.Scenario = nil; return a, b }},
		{"given twice", func(a, b []*Run) ([]*Run, []*Run) { return a, append(b, a[0]) }},
		{"no runs", func(a, b []*Run) ([]*Run, []*Run) { return nil, b }},
		{"no runs", func(a, b []*Run) ([]*Run, []*Run) { return a, nil }},
		{"simulations of one seed", func(a, b []*Run) ([]*Run, []*Run) {
			for _, r := range append(append([]*Run{}, a...), b...) {
				r.Manifest.Driver = simulate
			}
			b[0].Manifest.Seed = b[1].Manifest.Seed
			return a, b
		}},
	} {
		a, b := c.spoil(several(1, 5, 20*ms, 1, 0), several(11, 5, 40*ms, 1, 0))
		got := compared(t, a, b, gateFor(t, "p50(connect_to_logged_in)"))
		if got.Verdict != Invalid || got.Count(Invalid) != len(got.Figures) || !strings.Contains(strings.Join(got.Faults, "\n"), c.want) {
			t.Errorf("%v: %q, want %q", got.Verdict, got.Faults, c.want)
		}
	}
	a, b := several(1, 5, 20*ms, 1, 0), several(11, 5, 20*ms, 1, 0)
	for _, r := range b {
		r.Manifest.Scenario = []byte(`{"populations":{"a":2},"timeline":[]}`)
	}
	got, err := Compare(a, b, gateFor(t, "p50(connect_to_logged_in)"), Options{Allow: []string{"populations"}})
	if err != nil || got.Verdict != Same || !strings.Contains(strings.Join(got.Notes, "\n"), "as was allowed") {
		t.Errorf("populations may differ: %v %v %q", err, got.Verdict, got.Faults)
	}
	got = compared(t, a, several(21, 5, 20*ms, 1, 0), gateFor(t, "p99.99(connect_to_logged_in)"))
	if got.Verdict != Invalid || !strings.Contains(got.Sentence, "too few samples: 2000, and 10000 are the least") {
		t.Errorf("%v: %s", got.Verdict, got.Sentence)
	}
	if _, err := Compare(a, b, Gate{Metrics: []Metric{{Figure: "p99(nonsense)"}}}, Options{}); err == nil {
		t.Error("a gate of nonsense was taken")
	}
}

// With so many figures one of them differs by chance; a gate without Holm would say so.
func TestManyFiguresAskForMore(t *testing.T) {
	const ms = time.Millisecond
	var figures []string
	for i := range 13 {
		figures = append(figures, fmt.Sprintf("p%d(connect_to_logged_in)", 30+i))
	}
	got := compared(t, several(1, 5, 20*ms, 1, 0), several(11, 5, 40*ms, 1, 0), gateFor(t, figures...))
	if got.Verdict != CannotTell || !strings.Contains(strings.Join(got.Notes, "\n"), "6 runs each are enough") {
		t.Errorf("13 figures, 5 runs: %v %q", got.Verdict, got.Notes)
	}
	if got = compared(t, several(1, 6, 20*ms, 1, 0), several(11, 6, 40*ms, 1, 0), gateFor(t, figures...)); got.Count(Worse) != 13 {
		t.Errorf("13 figures, 6 runs: %d worse", got.Count(Worse))
	}
}

// Every format must be read by what it is for, and say the same.
func TestFormats(t *testing.T) {
	const ms = time.Millisecond
	got := compared(t, several(1, 5, 20*ms, 1, 0), several(11, 5, 24*ms, 0.5, 0),
		gateFor(t, "p99(connect_to_logged_in)", "time_to_recover(99%, after: cut)", "max(lockout)", CPUPerLogin))
	got.Name, got.Notes = "a|b ]]> 50%", append(got.Notes, "one\ntwo")
	var b bytes.Buffer
	if err := JSON(&b, got); err != nil {
		t.Fatal(err)
	}
	var back Result
	if err := json.Unmarshal(b.Bytes(), &back); err != nil || !reflect.DeepEqual(&back, got) {
		t.Errorf("JSON: %v\n%s", err, b.String())
	}
	b.Reset()
	if err := JUnit(&b, got, false); err != nil {
		t.Fatal(err)
	}
	var suites junit.Testsuites
	if err := xml.Unmarshal(b.Bytes(), &suites); err != nil || suites.Tests != 4 || suites.Failures != 2 || suites.Errors != 1 || len(suites.Suites[0].Testcases) != 4 {
		t.Errorf("JUnit: %v, %+v", err, suites)
	}
	b.Reset()
	if err := Bench(&b, got); err != nil {
		t.Fatal(err)
	}
	lines, units := 0, map[string]int{}
	for r := benchfmt.NewReader(&b, "x"); r.Scan(); {
		switch rec := r.Result().(type) {
		case *benchfmt.Result:
			lines++
			for _, v := range rec.Values {
				units[rec.GetConfig("side")+" "+v.Unit]++
			}
		case *benchfmt.SyntaxError:
			t.Errorf("benchfmt: %v", rec)
		}
	}
	want := map[string]int{"base p99-connect_to_logged_in-sec": 5, "candidate p99-connect_to_logged_in-sec": 5,
		"base time_to_recover-99-after-cut-sec": 5, "base cpu_per_login-sec": 5, "candidate cpu_per_login-sec": 5}
	if lines != 10 || !reflect.DeepEqual(units, want) {
		t.Errorf("benchfmt: %d lines, %v", lines, units)
	}
	b.Reset()
	if err := GitHub(&b, got, false); err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(b.String()) {
		if !strings.HasPrefix(line, "::error ") && !strings.HasPrefix(line, "::notice ") && !strings.HasPrefix(line, "::warning ") {
			t.Errorf("not a workflow command: %q", line)
		}
	}
	if !strings.Contains(b.String(), "::error title=time_to_recover(99%25%2C after%3A cut) is worse::") {
		t.Errorf("annotations:\n%s", b.String())
	}
	b.Reset()
	if err := Markdown(&b, got); err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(b.String()) {
		if strings.HasPrefix(line, "| ") && strings.Count(strings.ReplaceAll(line, `\|`, ""), "|") != 8 {
			t.Errorf("a broken row: %q", line)
		}
	}
	b.Reset()
	if err := Text(&b, got, false); err != nil {
		t.Fatal(err)
	}
	for _, words := range []string{"WORSE  a|b", "no bound  ", "invalid: base runs/1: lockout has no sample there", "time_to_recover(99%, after: cut) is WORSE: from"} {
		if !strings.Contains(b.String(), words) {
			t.Errorf("text lacks %q:\n%s", words, b.String())
		}
	}
}

func TestNumber(t *testing.T) {
	b, err := json.Marshal([]Number{1.5, Number(math.Inf(1))})
	if err != nil || string(b) != "[1.5,null]" {
		t.Errorf("%s %v", b, err)
	}
}
