package compare

import (
	"math"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"loginstorm/report/rundir"
	"loginstorm/sim/plan"
	"loginstorm/sim/record"
	"loginstorm/sim/scenario"
	"loginstorm/sim/virtual"
)

// What is read back from a run directory must be what the run itself had, figure by
// figure.
func TestLoadedFiguresAreThoseOfTheRun(t *testing.T) {
	file, err := scenario.Parse("gate.yaml", []byte(system(1)))
	if err != nil {
		t.Fatal(err)
	}
	p, err := plan.Compile(file, plan.Options{Virtual: true})
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "run")
	w, err := rundir.Create(dir, rundir.Manifest{Name: p.Name, Driver: simulate, Seed: p.Seed, Scenario: []byte(`{"gate": [
		{"metric": "p99( connect_to_logged_in )", "floor": "2.5%"}, {"metric": "rate(code: 200)"}, {"metric": "p50(connect_to_logged_in)", "worse": "lower"}]}`),
		Layout: rundir.LayoutOf(p.Layout())}, nil)
	if err != nil {
		t.Fatal(err)
	}
	agg := record.NewAggregate(p.Layout(), 1)
	drain := func() {
		for _, row := range agg.Sealed() {
			if w.AppendRow(row) != nil || w.AppendIntervals(row) != nil {
				t.Error("the directory was not written")
			}
		}
	}
	sim, err := virtual.New(virtual.Config{Plan: p, Sink: func(iv *record.Interval) { agg.Add(iv); drain() }})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := sim.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	agg.Flush()
	drain()
	sum := map[string]any{"ran_seconds": record.Seconds(20 * time.Second), "health": map[string]any{"cpu": 0.5}}
	if err := w.Finish(record.Failed, sum, time.Time{}); err != nil {
		t.Fatal(err)
	}
	r, err := Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"p50(connect_to_logged_in)", "p99(connect_to_logged_in)", "p99(connect_to_logged_in, after: cut)", "mean(time_to_logged_in, origin: reconnect)",
		"time_to_recover(99%, after: cut)", "p90(time_back, entry: cut)", "herd_index()", "herd_index(after: cut)", "amplification()", "amplification(after: cut)",
		"max(offered)", "wasted()", "rate(code: 200)", "count(dials)", "max(phase_login)", "stranded()"} {
		f, err := record.ParseFigure(text)
		if err != nil {
			t.Fatal(err)
		}
		got, want := f.Of(r.Aggregate), f.Of(agg)
		// What is not known of the run is not compared; the rest is, to the last digit.
		if got != want || math.IsNaN(got.Value) {
			t.Errorf("%s: %+v, the run had %+v", text, got, want)
		}
	}
	if got := r.cpu(true); !got.Known || math.Abs(got.Value-10/float64(got.Count)) > 1e-12 || r.cpu(false).Known {
		t.Errorf("processor time: %+v", got)
	}
	g, err := GateOf(r)
	if err != nil || len(g.Metrics) != 3 || !g.Asked || g.Metrics[0] != (Metric{Figure: "p99( connect_to_logged_in )", Floor: 0.025}) ||
		!g.Metrics[1].Lower || g.Metrics[1].Floor != DefaultFloor || !g.Metrics[2].Lower {
		t.Errorf("gate: %+v, %v", g, err)
	}
	if len(r.Seconds) == 0 || len(r.Reasons) != 0 || r.Interrupted != "" {
		t.Errorf("%d seconds, %q, %q", len(r.Seconds), r.Reasons, r.Interrupted)
	}
}

func TestGateThatCannotBeRead(t *testing.T) {
	r := made(1, time.Millisecond, 1, 0)
	for text, want := range map[string]string{
		`{"gate": [{"metric": "p99(nonsense)"}]}`:                              "unknown metric",
		`{"gate": [{"metric": "p99(connect_to_logged_in)", "floor": "five"}]}`: "no share",
		`{"gate": 5}`: "read gate of runs/1",
	} {
		r.Manifest.Scenario = []byte(text)
		if _, err := GateOf(r); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", text, err)
		}
	}
	r.Manifest.Scenario = []byte(`{}`)
	g, err := GateOf(r)
	if err != nil || g.Asked || len(g.Metrics) != 7 {
		t.Errorf("the default: %+v, %v", g, err)
	}
	if _, err := Load(t.TempDir()); err == nil {
		t.Error("an empty directory is no run")
	}
}
