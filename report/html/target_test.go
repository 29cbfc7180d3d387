package html

import (
	"bytes"
	"math"
	"slices"
	"testing"

	"loginstorm/report/rundir"
	"loginstorm/sim/record"
)

// The target's own series stand in the timeline of the run, in the report and on the
// live page, and where there was no value there is no line.
func TestTargetSeries(t *testing.T) {
	m := hourManifest(t, 60)
	m.Known.Target = []rundir.TargetMetric{{Name: "errors", Unit: "share", From: "http://127.0.0.1:9090, up" + hostile, Every: 2e9}, {Name: "memory", Unit: "bytes", From: "x", Every: 1e9}, {Name: "mute", From: "x", Every: 1e9}}
	w, err := rundir.Create(t.TempDir()+"/run", m, nil)
	if err != nil {
		t.Fatal(err)
	}
	l := NewLive(m)
	agg := record.NewAggregate(m.Layout.Record(), 1)
	r := record.NewRecorder(m.Layout.Record(), 0)
	for s := range 20 {
		second(r, s)
		agg.Add(r.Cut(record.Time(s+1) * 1e9))
		sealed(t, w, agg, 0, l.Add)
	}
	for s := range 20 {
		half, size := float64(s)/40, float64(s<<20)
		for _, one := range []rundir.TargetSample{{At: record.Seconds(s) * 1e9, Series: "errors", Value: &half}, {At: record.Seconds(s) * 1e9, Series: "memory", Value: &size}, {At: record.Seconds(s) * 1e9, Series: "mute", Gap: "refused" + hostile}} {
			switch {
			case one.Series == "errors" && s%2 == 1:
				continue
			case one.Series == "memory" && s > 4 && s < 9:
				one.Value, one.Gap = nil, "timed out"
			}
			if err := w.AppendTarget(one); err != nil {
				t.Fatal(err)
			}
			l.Target(one)
		}
	}
	if err := w.Finish(record.Pass, &struct{}{}, m.Environment.Started); err != nil {
		t.Fatal(err)
	}
	run, err := rundir.Read(w.Dir())
	if err != nil {
		t.Fatal(err)
	}
	text := pageOf(t, run)
	harmless(t, text, hold(t, text))
	ids := charts(text)
	if !slices.Contains(ids, "target0") || !slices.Contains(ids, "target1") || slices.Contains(ids, "target2") {
		t.Errorf("charts %v", ids)
	}
	for _, want := range []string{"Target: errors", "timed out", "19 MiB", "45 %", "every 2s"} {
		if !bytes.Contains(text, []byte(want)) {
			t.Errorf("the page lacks %q", want)
		}
	}
	live := momentOf(t, l)
	at := slices.IndexFunc(live.Charts, func(c *chart) bool { return c.ID == "target1" })
	v := live.Charts[at].Series[0].Values
	if v[4] != 4<<20 || !math.IsNaN(v[5]) || !math.IsNaN(v[8]) || v[9] != 9<<20 || !math.IsNaN(v[20]) {
		t.Errorf("the target's memory is drawn as %v", v)
	}
	if v = live.Charts[at-1].Series[0].Values; v[0] != 0 || v[1] != 0 || v[2] != .05 || v[3] != .05 {
		t.Errorf("the target's errors are drawn as %v", v)
	}
}
