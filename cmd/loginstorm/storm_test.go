package main

import (
	"path/filepath"
	"testing"
	"time"

	"loginstorm/report/rundir"
	"loginstorm/sim/plan"
)

// TestRunsOfOneSecondGetDirectoriesOfTheirOwn begins three at the same instant.
func TestRunsOfOneSecondGetDirectoriesOfTheirOwn(t *testing.T) {
	t.Chdir(t.TempDir())
	st := &storm{plan: &plan.Plan{Name: "twin"}, loaded: &loaded{text: []byte("duration: 1s\n")}, began: time.Unix(0, 0)}
	first := filepath.Join("runs", rundir.Name("twin", st.began))
	for _, want := range []string{first, first + "-2", first + "-3"} {
		dir, err := st.create(rundir.Manifest{Name: "twin"})
		if err != nil {
			t.Fatal(err)
		}
		if dir.Dir() != want {
			t.Errorf("got %s, want %s", dir.Dir(), want)
		}
		if err := dir.Close(); err != nil {
			t.Error(err)
		}
	}
	st.opts.out = first
	if _, err := st.create(rundir.Manifest{}); err == nil {
		t.Error("a directory that was asked for was written over")
	}
}
