package main

import (
	"context"
	"errors"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"loginstorm/report"
	"loginstorm/report/rundir"
	"loginstorm/sim/plan"
	"loginstorm/sim/record"
	"loginstorm/sim/scenario"
)

// The self-test measures wall time, so it is not among the tests that always run:
//
//	go test ./cmd/loginstorm -run SelfTest -selftest
var selfTested = flag.Bool("selftest", false, "run the self-test on this machine: it takes half a minute, and nothing else should run meanwhile")

func TestSelfTest(t *testing.T) {
	if !*selfTested {
		t.Skip("it measures this machine: -selftest")
	}
	bin := filepath.Join(t.TempDir(), "loginstorm") // It starts itself.
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", bin, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	out, err := exec.CommandContext(t.Context(), bin, "selftest").CombinedOutput()
	t.Logf("\n%s", out)
	if err != nil {
		t.Error(err)
	}
}

func TestSelfTestScenariosCompile(t *testing.T) {
	for _, one := range trials() {
		file, err := scenario.Parse(one.name, []byte(one.scenario))
		if err != nil {
			t.Fatal(err)
		}
		p, err := plan.Compile(file, plan.Options{})
		if err != nil || len(p.Warnings) > 0 {
			t.Errorf("%s: %v, %q", one.name, err, p.Warnings)
		}
		if one.invalid && p.Duration < starveFor+time.Second {
			t.Errorf("%s lasts %v: it is starved to its end", one.name, p.Duration)
		}
	}
}

// ran is a run of the self-test that came out as told.
func ran(t trial, v record.Verdict, cause string) ordeal {
	sum := &report.Summary{Logins: 100, Ran: record.Seconds(6 * time.Second)}
	sum.Health.CPU = .1
	sum.Judgement.Verdict = v
	if v == record.Invalid {
		sum.Judgement.Remedies = []string{"do something about it"}
		sum.Judgement.Lateness = []record.Lateness{{Invalid: true, Cause: cause}}
	}
	return ordeal{trial: t, sum: sum}
}

// Every way in which the self-test may come out has its verdict: a machine that is not
// fit, a generator that does not notice, and one that takes one shortage for another.
func TestSelfTestVerdict(t *testing.T) {
	healthy, starved := trial{name: "calm"}, trial{name: "starved", invalid: true, causes: []string{record.ByStop}}
	for _, c := range []struct {
		name string
		all  []ordeal
		code exitCode
		says string
	}{
		{"as it must be", []ordeal{ran(healthy, record.Pass, ""), ran(starved, record.Invalid, record.ByStop)}, exitPass, "FIT  "},
		{"not fit", []ordeal{ran(healthy, record.Invalid, record.ByOthers), ran(starved, record.Invalid, record.ByStop)}, exitInvalid, "do something about it"},
		{"not noticed", []ordeal{ran(healthy, record.Pass, ""), ran(starved, record.Pass, "")}, exitBroken, `"starved" was not called invalid`},
		{"not understood", []ordeal{ran(healthy, record.Pass, ""), ran(starved, record.Invalid, record.ByGC)}, exitBroken, "for another reason"},
		{"not fit comes first", []ordeal{ran(healthy, record.Invalid, record.ByCPU), ran(starved, record.Pass, "")}, exitInvalid, "NOT FIT"},
		{"not made", []ordeal{ran(healthy, record.Pass, ""), {trial: starved, skipped: errors.New("no control group")}}, exitPass, "not made: no control group"},
	} {
		var out strings.Builder
		code := conclude(verdictOf(&out, c.all), streams{err: os.Stderr})
		if code != c.code || !strings.Contains(out.String(), c.says) {
			t.Errorf("%s: exit code %d, want %d and %q\n%s", c.name, code, c.code, c.says, out.String())
		}
	}
}

// A run is starved once it has begun, is let go, and one that never begins is an error.
func TestStarveRun(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, rundir.SeriesFile), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	over, cancel := context.WithCancel(t.Context())
	cancel() // Nobody waits for the end of the starving.
	begun, released := 0, 0
	starve := func(pid int) (func(), error) {
		begun = pid
		return func() { released++ }, nil
	}
	release, err := starveRun(over, 7, dir, starve)
	if release(); err != nil || begun != 7 || released != 1 {
		t.Errorf("%v: begun %d, released %d", err, begun, released)
	}
	var none *notHere
	if _, err := starveRun(over, 7, dir, func(int) (func(), error) { return nil, os.ErrPermission }); !errors.As(err, &none) {
		t.Errorf("a way that does not exist: %v", err)
	}
	if _, err := starveRun(over, 7, t.TempDir(), starve); err == nil || errors.As(err, &none) {
		t.Errorf("a run that does not begin: %v", err)
	}
}
