package report

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"loginstorm/report/rundir"
	"loginstorm/sim/record"
)

// TestTargetFigures: what a run says of the target's series is what its directory says
// when it was killed, and the text has both values and gaps.
func TestTargetFigures(t *testing.T) {
	known := []rundir.TargetMetric{{Name: "gateway_errors", Unit: "share", From: "x"}, {Name: "gateway_p99", Unit: "seconds"}, {Name: "gateway_memory", Unit: "bytes"}, {Name: "silent"}}
	f := Facts{Name: "n", Driver: "run"}
	before := KnownBefore(f, nil)
	before.Target = known
	w, err := rundir.Create(t.TempDir()+"/r", rundir.Manifest{Name: "n", Driver: "run", Known: before}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i, v := range []float64{0.5, 0.25, 0.125} {
		for _, name := range []string{"gateway_errors", "gateway_p99", "gateway_memory"} {
			if err := w.AppendTarget(rundir.TargetSample{At: record.Seconds(i) * record.Seconds(time.Second), Series: name, Value: &v}); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := w.AppendTarget(rundir.TargetSample{At: record.Seconds(3 * time.Second), Series: "gateway_errors", Gap: "HTTP 500"}); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	run, err := rundir.Read(w.Dir())
	if err != nil {
		t.Fatal(err)
	}
	s, err := FromRun(run)
	if err != nil {
		t.Fatal(err)
	}
	want := TargetFigures{Name: "gateway_errors", Unit: "share", From: "x", Samples: 3, Gaps: 1, FirstAt: 3, Why: "HTTP 500", Min: 0.125, Max: 0.5, Last: 0.125, Mean: 0.875 / 3}
	if d := cmp.Diff(want, s.Target[0], cmp.Comparer(func(a, b float64) bool { return a-b < 1e-12 && b-a < 1e-12 })); d != "" {
		t.Error(d)
	}
	var b bytes.Buffer
	if err := Text(&b, s, Options{}); err != nil {
		t.Fatal(err)
	}
	text := strings.Join(strings.Fields(b.String()), " ")
	for _, line := range []string{"gateway_errors 3 1 12.5 % 29.17 % 50 % 12.5 %", "gateway_p99 3 0 125ms 292ms 500ms 125ms", "gateway_memory 3 0 0.125 B", "silent 0 0 - - - -"} {
		if !strings.Contains(text, line) {
			t.Errorf("no %q in\n%s", line, b.String())
		}
	}
	for i, want := range []string{"1 of 4 samples are gaps, the first at 3s: HTTP 500", "", "", "it was never heard"} {
		if got := s.Target[i].Note(); (got == "") != (want == "") || !strings.Contains(got, want) {
			t.Errorf("%s: %q, want %q", s.Target[i].Name, got, want)
		}
	}
}
