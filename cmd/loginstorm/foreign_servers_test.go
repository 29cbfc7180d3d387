//go:build foreign

package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"loginstorm/report"
	"loginstorm/report/rundir"
	"loginstorm/sim/login"
)

// gateway runs the script that starts and ends real servers, and returns what it prints.
func (f *foreigner) gateway(env []string, verb ...string) (string, error) {
	script := exec.Command(foreignFile("gateway.sh"), append([]string{f.name}, verb...)...)
	script.Env = append(os.Environ(), env...)
	var said, complaint bytes.Buffer
	script.Stdout, script.Stderr = &said, &complaint
	if err := script.Run(); err != nil {
		return "", fmt.Errorf("%s %v: %w: %s", f.name, verb, err, &complaint)
	}
	return strings.TrimSpace(said.String()), nil
}

// must is gateway where it may not fail.
func (f *foreigner) must(t *testing.T, verb ...string) string {
	t.Helper()
	said, err := f.gateway(nil, verb...)
	if err != nil {
		t.Fatal(err)
	}
	return said
}

// up starts a server for a test; where it cannot be had, the test says why and is skipped.
func (f *foreigner) up(t *testing.T, env ...string) {
	t.Helper()
	t.Cleanup(func() {
		if said, err := f.gateway(nil, "down"); err != nil {
			t.Error(said, err)
		}
	})
	_, err := f.gateway(env, "up")
	if err != nil && strings.Contains(err.Error(), "is missing") {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// foreignRun is a run that goes on.
type foreignRun struct {
	dir     string
	program *exec.Cmd
	said    bytes.Buffer
}

// storm begins a run of this program, as a user would.
func (f *foreigner) storm(t *testing.T, path string, args ...string) *foreignRun {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	s := &foreignRun{dir: filepath.Join(t.TempDir(), "run")}
	s.program = exec.Command(self)
	s.program.Args = append([]string{"loginstorm", "run", "--quiet", "--metrics", "off", "--out", s.dir}, append(args, path)...)
	s.program.Stdout, s.program.Stderr = &s.said, &s.said
	if err := s.program.Start(); err != nil {
		t.Fatal(err)
	}
	return s
}

// here are the flags that send a scenario of the gateway in the box to this server.
func (f *foreigner) here(t *testing.T) []string {
	t.Helper()
	accounts, err := filepath.Abs(foreignFile("accounts.csv"))
	if err != nil {
		t.Fatal(err)
	}
	return []string{"--target", f.url, "--set", "target.dialect=" + f.dialect, "--set", "target.accounts.file=" + accounts}
}

// wait waits for the end of a run. That the machine was busy (5) is nothing that a server
// has to answer for; the counts are judged all the same.
func (s *foreignRun) wait(t *testing.T) (*rundir.Run, *report.Summary) {
	t.Helper()
	err := s.program.Wait()
	if code := s.program.ProcessState.ExitCode(); code != 0 && code != 3 && code != 5 {
		t.Fatalf("%v: %s", err, &s.said)
	}
	run, err := rundir.Read(s.dir)
	if err != nil {
		t.Fatal(err)
	}
	var sum report.Summary
	if err := json.Unmarshal(run.Manifest.Summary, &sum); err != nil {
		t.Fatal(err)
	}
	t.Logf("%s: %d attempts, %d logins, at most %d in a second, at the end %v", sum.Judgement.Verdict, sum.Dials, sum.Logins, sum.PeakLogins.Count, sum.Statuses)
	for _, a := range sum.Attempts {
		t.Logf("%s %s: %d", a.Origin, a.Code, a.Count)
	}
	for _, e := range sum.Timeline {
		t.Logf("%s: %d dropped, %d back, the last one after %.1f s", e.Entry, e.Drops, e.Back, slowest(e))
	}
	for _, o := range sum.Thresholds {
		t.Logf("%s: it was %s", o.Text, o.Value)
		if !o.Pass {
			t.Errorf("threshold %s: it was %s", o.Text, o.Value)
		}
	}
	for _, e := range run.Events {
		if e.Kind == "hook" {
			t.Logf("%s %s", e.Entry, e.Text)
		}
	}
	return run, &sum
}

// slowest is when the last one was back, in seconds.
func slowest(e report.Entry) float64 {
	if len(e.Milestones) == 0 {
		return 0
	}
	return time.Duration(e.Milestones[len(e.Milestones)-1].After).Seconds()
}

// endedWith counts attempts that ended with a code, of some origins or of all.
func endedWith(sum *report.Summary, code string, origins ...string) (n uint64) {
	for _, a := range sum.Attempts {
		if a.Code == code && (len(origins) == 0 || slices.Contains(origins, a.Origin)) {
			n += a.Count
		}
	}
	return n
}

// eachForeigner runs a test against every server in turn: they are large, and the machine
// is not.
func eachForeigner(t *testing.T, test func(*testing.T, *foreigner)) {
	for i := range foreign {
		t.Run(foreign[i].name, func(t *testing.T) { test(t, &foreign[i]) })
	}
}

// TestForeignLogins: 1,000 sessions, 100 of them by a second login that pushed the first
// one out, and the server counts as many as we do.
func TestForeignLogins(t *testing.T) {
	eachForeigner(t, func(t *testing.T, f *foreigner) {
		f.up(t)
		s := f.storm(t, foreignFile("logins.yaml"), f.here(t)...)
		_, counted := f.gateway(nil, "expect", "1000")
		_, sum := s.wait(t)
		if counted != nil {
			t.Error(counted)
		}
		first, again := endedWith(sum, "200", "auto", "manual"), endedWith(sum, "200", "reconnect")
		if first != 1100 || again > f.unsaid {
			t.Errorf("%d first logins and %d others; want 1,100 and at most %d", first, again, f.unsaid)
		}
		f.must(t, "expect", "0")
	})
}

// TestForeignWrongPassword: whoever has the wrong password gets 302 once, and is not let in.
func TestForeignWrongPassword(t *testing.T) {
	eachForeigner(t, func(t *testing.T, f *foreigner) {
		f.up(t)
		var accounts strings.Builder
		for i := range 20 {
			fmt.Fprintf(&accounts, "storm-%04d,%s\n", i, map[bool]string{true: "wrong", false: fmt.Sprintf("pw-%04d", i)}[i < 10])
		}
		dir := t.TempDir()
		list, path := filepath.Join(dir, "wrong.csv"), filepath.Join(dir, "wrong.yaml")
		write(t, list, accounts.String())
		write(t, path, "duration: 3s\npopulations: {p: {accounts: 20, clientType: ios, login: auto, arrive: [{constant: {rate: 20/s}}]}}\n")
		_, sum := f.storm(t, path, append(f.here(t), "--set", "target.accounts.file="+list)...).wait(t)
		if endedWith(sum, "200") != 10 || endedWith(sum, "302") != 10 || sum.Statuses[login.PwdError] != 10 || sum.Statuses[login.LoggedIn] != 10 {
			t.Errorf("attempts %v, statuses %v; want 10 logins and 10 of 302, which are pwdError", sum.Attempts, sum.Statuses)
		}
	})
}

// TestForeignLimit: beyond its limit a server refuses, and those who are in stay.
func TestForeignLimit(t *testing.T) {
	eachForeigner(t, func(t *testing.T, f *foreigner) {
		if f.limit == "" {
			t.Skipf("%s has no limit of its own on sessions", f.name)
		}
		f.up(t, "LIMIT=200")
		path := filepath.Join(t.TempDir(), "limit.yaml")
		write(t, path, "duration: 6s\npopulations: {p: {accounts: 300, clientType: windows, login: manual, arrive: [{constant: {rate: 150/s}}]}}\n")
		s := f.storm(t, path, f.here(t)...)
		_, counted := f.gateway(nil, "expect", "200")
		_, sum := s.wait(t)
		if counted != nil {
			t.Error(counted)
		}
		if endedWith(sum, "200") != 200 || endedWith(sum, f.limit) != 100 || sum.Statuses[login.LoggedIn] != 200 {
			t.Errorf("attempts %v, statuses %v; want 200 logins and 100 of %s", sum.Attempts, sum.Statuses, f.limit)
		}
	})
}

// TestForeignStorm: a cut, an orderly restart, kill -9 and a race; everybody is back each
// time, and whenever our count rests for a while, the server's is the same.
func TestForeignStorm(t *testing.T) {
	eachForeigner(t, func(t *testing.T, f *foreigner) {
		f.up(t)
		s := f.storm(t, foreignFile("storm-"+f.name+".yaml"))
		stop, looked := make(chan struct{}), sync.WaitGroup{}
		counts := map[time.Time]int{}
		looked.Go(func() { f.count(stop, counts) })
		run, sum := s.wait(t)
		close(stop)
		looked.Wait()
		for _, e := range sum.Timeline {
			if e.Drops != e.Back {
				t.Errorf("%s: %d dropped and %d came back", e.Entry, e.Drops, e.Back)
			}
		}
		if got := sum.Kicks; len(got) != 1 || got[0].Reason != "login" || got[0].Count < 200 {
			t.Errorf("kicks %v, want 200 by another login", got)
		}
		f.agree(t, run, counts)
		f.must(t, "expect", "0")
	})
}

// count asks a server for its sessions, again and again; while it is down there is no
// answer.
func (f *foreigner) count(stop <-chan struct{}, into map[time.Time]int) {
	tick := time.NewTicker(500 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-stop:
			return
		case <-tick.C:
		}
		at := time.Now()
		said, err := f.gateway(nil, "sessions")
		if n, bad := strconv.Atoi(said); err == nil && bad == nil {
			into[at] = n
		}
	}
}

// agree holds a server's counts against ours at instants about which our count had been
// the same for two seconds before and is for a second afterwards.
func (f *foreigner) agree(t *testing.T, run *rundir.Run, counts map[time.Time]int) {
	t.Helper()
	ours := func(second int) int64 { return run.Rows[second].Statuses[login.LoggedIn] }
	began, agreed, values := run.Manifest.Environment.Started, 0, map[int]bool{}
	for at, n := range counts {
		second := int(at.Sub(began) / time.Second)
		if second < 3 || second+2 >= len(run.Rows) {
			continue
		}
		want, quiet := ours(second), true
		for near := second - 3; near <= second+2; near++ {
			quiet = quiet && ours(near) == want && run.Rows[near].LoggedIn == 0
		}
		if !quiet {
			continue
		}
		if int64(n) != want {
			t.Errorf("%v after the beginning %s counted %d sessions, and we %d", at.Sub(began), f.name, n, want)
		}
		agreed++
		values[n] = true
	}
	t.Logf("counts of %s agreed with ours at %d quiet instants of %d: %v", f.name, agreed, len(counts), values)
	if !values[500] || !values[600] {
		t.Errorf("500 and 600 sessions were never seen in peace, but %v", values)
	}
}

// write makes a file.
func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
