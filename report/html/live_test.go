package html

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"loginstorm/report"
	"loginstorm/report/rundir"
	"loginstorm/sim/record"
)

// UnmarshalJSON reads what MarshalJSON wrote.
func (v *values) UnmarshalJSON(text []byte) error {
	var all []*float64
	if err := json.Unmarshal(text, &all); err != nil {
		return err
	}
	for _, x := range all {
		if x == nil {
			*v = append(*v, math.NaN())
			continue
		}
		*v = append(*v, *x)
	}
	return nil
}

// hourManifest is the manifest of hour before its first second.
func hourManifest(t *testing.T, seconds int) rundir.Manifest {
	t.Helper()
	m := hour(t, 0).Manifest
	m.Known.Planned, m.Known.Clients = record.Seconds(seconds)*1e9, []uint64{100}
	m.Known.Says, m.Known.Thresholds = []string{"cut half of them"}, []string{"p99(connect_to_logged_in) < 1s"}
	return m
}

// momentOf reads what a live page is given.
func momentOf(t *testing.T, l *Live) (m moment) {
	t.Helper()
	text, err := l.Figures(3)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &m); err != nil {
		t.Fatal(err)
	}
	return m
}

// The live page draws the very figures of the report: of every chart, at every instant.
func TestLiveIsTheReport(t *testing.T) {
	for _, seconds := range []int{70, 900} {
		l := NewLive(hourManifest(t, seconds))
		run := hourly(t, seconds, l.Add)
		live := momentOf(t, l)
		text := pageOf(t, run)
		o, err := read(text)
		if err != nil {
			t.Fatal(err)
		}
		var still data
		if err := json.Unmarshal(o.data, &still); err != nil {
			t.Fatal(err)
		}
		if len(still.Charts) < 10 {
			t.Fatalf("the report has %d charts", len(still.Charts))
		}
		for _, want := range still.Charts {
			at := slices.IndexFunc(live.Charts, func(c *chart) bool { return c.ID == want.ID })
			if at < 0 {
				t.Errorf("the live page has no chart %s", want.ID)
				continue
			}
			if got, want := curves(live.Charts[at], len(still.Time.Xs)), curves(want, len(still.Time.Xs)); got != want {
				t.Errorf("%d seconds, chart %s:\n%s\nin the report\n%s", seconds, live.Charts[at].ID, got, want)
			}
		}
	}
}

// curves writes a chart down, as far as n instants.
func curves(c *chart, n int) string {
	var b strings.Builder
	for _, s := range c.Series {
		fmt.Fprintf(&b, "%s %d %v\n", s.Name, s.Color, s.Values[:min(len(s.Values), n)])
	}
	if c.Heat != nil {
		fmt.Fprintf(&b, "%v\n", *c.Heat)
	}
	return b.String()
}

// What a live page says changes with the run: thresholds, the timeline, the verdict.
func TestLiveWords(t *testing.T) {
	l := NewLive(hourManifest(t, 60))
	before := momentOf(t, l)
	if before.Word != "RUNNING" || before.Ended || len(before.Now) != 0 || before.After != 3 {
		t.Errorf("before the first second: %q, %v, %v, %d", before.Word, before.Ended, before.Now, before.After)
	}
	if got := before.Tables["thresholds"][0].Rows[0][1]; got != "not known yet" {
		t.Errorf("before the first second the threshold is %q", got)
	}
	hourly(t, 40, func(r record.Row) {
		l.Add(r)
		if r.Second == 2 {
			if m := momentOf(t, l); m.Now[len(m.Now)-1].Value != "cut" || !strings.Contains(m.Now[len(m.Now)-1].About, "0:07: cut half of them") {
				t.Errorf("what comes next: %v", m.Now)
			}
		}
	})
	l.Stand([]record.Outcome{{Text: "x", Value: "2s", Known: true}, {Text: "y", Value: "0", Known: true, Pass: true}, {Text: "z", Known: true, Lost: true}})
	m := momentOf(t, l)
	var held []string
	for _, row := range m.Tables["thresholds"][0].Rows {
		held = append(held, row[1])
	}
	if want := []string{"not now", "so far", "FAIL"}; !slices.Equal(held, want) {
		t.Errorf("the thresholds are %q, want %q", held, want)
	}
	if row := m.Tables["timeline"][0].Rows[0]; !slices.Equal(row[3:8], []string{"50", "50", "50", "50", "29"}) || row[8] != "25s" || !strings.Contains(row[10], "21 missing") {
		t.Errorf("the timeline says %q", row)
	}
	l.End(&report.Summary{Name: "hour", Judgement: record.Judgement{Verdict: record.Failed, Reasons: []string{"too slow"}}, Storms: []record.Storm{{Entry: "cut", Class: record.Recovered}}})
	m = momentOf(t, l)
	if !m.Ended || m.Word != "FAILED" || m.Class != "failed" || !slices.Contains(m.Said, "too slow") || !slices.Contains(m.Said, "cut: recovered") {
		t.Errorf("at the end: %+v", m)
	}
}

// The page of a run that goes on is held to the same rules as a report, has a place for
// every chart, and is allowed to ask its own server alone.
func TestLivePage(t *testing.T) {
	l := NewLive(hourManifest(t, 60))
	hourly(t, 20, l.Add)
	var b bytes.Buffer
	if err := l.Page(&b); err != nil {
		t.Fatal(err)
	}
	o, err := read(b.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	if len(o.refs) > 0 || len(o.scripts) != 3 || !strings.Contains(o.policy, "connect-src 'self'") || !strings.Contains(o.policy, "default-src 'none'") {
		t.Errorf("the page refers to %q, has %d scripts, and its policy is %s", o.refs, len(o.scripts), o.policy)
	}
	for _, part := range slices.Concat(o.scripts, o.styles) {
		if !strings.Contains(o.policy, sum(part)) {
			t.Errorf("the policy does not name: %.40q", part)
		}
	}
	var d data
	if err := json.Unmarshal(o.data, &d); err != nil {
		t.Fatal(err)
	}
	for _, c := range d.Charts {
		if !o.ids["c-"+c.ID] || !o.ids["n-"+c.ID] {
			t.Errorf("chart %s has no place", c.ID)
		}
	}
	for _, id := range []string{"word", "line", "said", "now", "lost", "tables-timeline", "tables-asked", "tables-thresholds"} {
		if !o.ids[id] {
			t.Errorf("the page lacks %s", id)
		}
	}
}

// What a reader costs once a second when an hour of a run is on the page.
func BenchmarkLiveFigures(b *testing.B) {
	l := NewLive(rundir.Manifest{Layout: rundir.Layout{Populations: []string{"hour"}}, Known: rundir.Known{Planned: 3600e9}})
	r, agg := record.NewRecorder(record.Layout{Populations: []string{"hour"}}, 0), record.NewAggregate(record.Layout{Populations: []string{"hour"}}, 1)
	for s := range 3600 {
		second(r, 11+s)
		agg.Add(r.Cut(record.Time(s+1) * 1e9))
		for _, row := range agg.Sealed() {
			l.Add(row)
		}
	}
	b.ReportAllocs()
	for b.Loop() {
		text, err := l.Figures(1)
		if err != nil {
			b.Fatal(err)
		}
		b.SetBytes(int64(len(text)))
	}
}
