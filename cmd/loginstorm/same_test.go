package main

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"loginstorm/report"
	"loginstorm/report/rundir"
	"loginstorm/sim/plan"
)

// simulated carries a scenario out in virtual time, on so many processors.
func simulated(t *testing.T, path, dir string, seed uint64, processors int) *report.Summary {
	t.Helper()
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(processors))
	s := streams{out: io.Discard, err: io.Discard}
	opts := stormOptions{out: dir, format: "text", quiet: true}
	var sum *report.Summary
	opts.told = func(got *report.Summary) { sum = got }
	compile := plan.Options{Virtual: true}
	if seed != 0 {
		compile.Seed = &seed
	}
	in, err := load(s, path, opts, compile)
	if err != nil {
		t.Fatal(err)
	}
	if err := simulate(t.Context(), s, opts, in); err != nil && sum == nil {
		t.Fatal(err)
	}
	return sum
}

// files reads a run directory. Of run.json the one part that may differ is taken out.
func files(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string][]byte{}
	for _, e := range entries {
		b, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		if e.Name() == rundir.RunFile {
			var parts map[string]json.RawMessage
			if err := json.Unmarshal(b, &parts); err != nil {
				t.Fatal(err)
			}
			delete(parts, "environment")
			if b, err = json.Marshal(parts); err != nil {
				t.Fatal(err)
			}
		}
		all[e.Name()] = b
	}
	return all
}

// TestTheSameSimulation: the same scenario and seed give the same files, byte for
// byte, on one processor and on two; another seed gives others.
func TestTheSameSimulation(t *testing.T) {
	for _, name := range []string{"kick-war", "people-at-work", "rolling-deploy", "token-endpoint-storm", "degraded-radio"} {
		path, scratch := filepath.Join("..", "..", "scenarios", name+".yaml"), t.TempDir()
		dirs := []string{filepath.Join(scratch, "one"), filepath.Join(scratch, "two"), filepath.Join(scratch, "other")}
		one := simulated(t, path, dirs[0], 0, 1)
		two := simulated(t, path, dirs[1], 0, 2)
		other := simulated(t, path, dirs[2], one.Seed+1, 2)
		if one.Simulation.Result != two.Simulation.Result || one.Simulation.Result == other.Simulation.Result {
			t.Errorf("%s: results %s and %s, of another seed %s", name, one.Simulation.Result, two.Simulation.Result, other.Simulation.Result)
		}
		a, b, c := files(t, dirs[0]), files(t, dirs[1]), files(t, dirs[2])
		if len(a) != len(b) {
			t.Errorf("%s: %d and %d files", name, len(a), len(b))
		}
		for file, text := range a {
			if !bytes.Equal(text, b[file]) {
				t.Errorf("%s: %s differs", name, file)
			}
		}
		if bytes.Equal(a[rundir.SeriesFile], c[rundir.SeriesFile]) {
			t.Errorf("%s: another seed gave the same series", name)
		}
	}
}
