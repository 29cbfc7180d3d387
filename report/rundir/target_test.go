package rundir

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"loginstorm/sim/record"
)

// TestTarget: what was drawn is read again, also from a run that was killed in the middle
// of a line; a gap is a gap and not a 0.
func TestTarget(t *testing.T) {
	known := []TargetMetric{{Name: "errors", Unit: "share", From: "http://a/metrics: x", Every: record.Seconds(time.Second)}, {Name: "silent", From: "y"}}
	for _, killed := range []bool{false, true} {
		dir := filepath.Join(t.TempDir(), "r")
		w, err := Create(dir, Manifest{Name: "n", Driver: "run", Known: Known{Target: known}}, nil)
		if err != nil {
			t.Fatal(err)
		}
		half := 0.5
		for _, s := range []TargetSample{{At: record.Seconds(time.Second), Series: "errors", Value: &half},
			{At: record.Seconds(2 * time.Second), Series: "errors", Gap: "no answer within 1s"}, {Series: "stranger", Value: &half}} {
			if err := w.AppendTarget(s); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Flush(); err != nil {
			t.Fatal(err)
		}
		if killed {
			f, err := os.OpenFile(filepath.Join(dir, TargetFile), os.O_APPEND|os.O_WRONLY, 0)
			if err != nil {
				t.Fatal(err)
			}
			if _, err = f.WriteString(`{"at_seconds":3,"ser`); err != nil {
				t.Fatal(err)
			}
			f.Close()
			w.Close()
		} else if err := w.Finish(record.Pass, nil, time.Now()); err != nil {
			t.Fatal(err)
		}
		r, err := Read(dir)
		if err != nil {
			t.Fatal(err)
		}
		want := []TargetSeries{{TargetMetric: known[0], Points: []TargetPoint{{record.Seconds(time.Second), 0.5}},
			Gaps: []TargetGap{{record.Seconds(2 * time.Second), "no answer within 1s"}}}, {TargetMetric: known[1]}}
		if diff := cmp.Diff(want, r.Target()); diff != "" {
			t.Error(diff)
		}
		if cut := strings.Contains(strings.Join(r.Missing, "\n"), TargetFile); cut != killed {
			t.Errorf("killed %v: missing %q", killed, r.Missing)
		}
	}
}

func TestTargetIsMissed(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "r")
	w, err := Create(dir, Manifest{Name: "n", Known: Known{Target: []TargetMetric{{Name: "errors"}}}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err = w.Finish(record.Pass, nil, time.Now()); err != nil {
		t.Fatal(err)
	}
	r, err := Read(dir)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(strings.Join(r.Missing, "\n"), TargetFile) || len(r.Target()) != 1 {
		t.Errorf("missing %q, series %v", r.Missing, r.Target())
	}
}
