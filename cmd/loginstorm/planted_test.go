package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"loginstorm/sim/client"
	"loginstorm/sim/gateway"
	"loginstorm/sim/login"
	"loginstorm/sim/oracle"
	"loginstorm/sim/plan"
	"loginstorm/sim/virtual"
	"loginstorm/sim/wire"
)

// planted is the program with an embedded gateway that breaks a rule on purpose:
// what PLANTED says. Its parent is the program itself; what it explores is planted, too.
func planted() {
	s := streams{in: os.Stdin, out: os.Stdout, err: os.Stderr}
	if len(os.Args) > 1 && os.Args[1] == "explore" {
		os.Exit(int(explorePlanted(s)))
	}
	if len(os.Args) < 3 || os.Args[1] != "target" || os.Args[2] != "--child" {
		main()
		return
	}
	os.Exit(int(conclude(servePlanted(s, os.Getenv("PLANTED")), s)))
}

func servePlanted(s streams, fault string) error {
	in := bufio.NewReader(s.in)
	cfg, err := readChildConfig(in)
	if err != nil {
		return err
	}
	watch := newGatewayWatch(cfg.Gateway)
	conf := cfg.target(watch)
	switch fault {
	case "policy": // It lets everybody in.
		conf.Gateway.MultiDevice = gateway.MultiDevice{Policy: gateway.PolicyAll}
	case "ends": // It says of every session's end that it came twice.
		conf.Observe = func(now gateway.Time, o *gateway.Output) {
			watch.observe(now, o)
			if o.Kind == gateway.SessionEnded {
				watch.observe(now, o)
			}
		}
	}
	return serveWatched(context.Background(), s, in, watch, conf, nil)
}

// TestABrokenRuleEndsASimulation plants a gateway that refuses a login and says that
// it does not: the clients' side finds two that are loggedIn where one is allowed.
func TestABrokenRuleEndsASimulation(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "deaf.yaml")
	if err := os.WriteFile(path, []byte(`
seed: 11
duration: 10m
gateway: {multiDevice: one}
populations: {pair: {accounts: 1, clientType: [android, ios], arrive: [{constant: {rate: 1/s}}]}}
timeline: [{name: bye, at: 2m, logout: {of: pair.android}}]
`), 0o644); err != nil {
		t.Fatal(err)
	}
	var out, words bytes.Buffer
	s := streams{out: &out, err: &words}
	opts := stormOptions{out: filepath.Join(dir, "kept"), format: "text"}
	in, err := load(s, path, opts, plan.Options{Virtual: true})
	if err != nil {
		t.Fatal(err)
	}
	err = simulateWith(t.Context(), s, opts, in, virtual.Config{Plan: in.plan, Check: true, StopOnBroken: true,
		WatchGateway: func(_ time.Duration, o *gateway.Output) {
			if o.Kind == gateway.Send && o.Message.Code == wire.NotLastDevice {
				o.Message.Code = wire.Success // What is carried out comes after this.
			}
		}})
	if code := conclude(err, s); code != exitBroken {
		t.Errorf("exit code %d (%v), want %d", code, err, exitBroken)
	}
	for _, want := range []string{
		`(?m)^loginstorm: broken: rule 3 .* at 2m0s client 0 account 0: .*\(account storm-000000\)$`,
		`(?m)^ +2m0s client 0: logout called`,
		`(?m)^ +1s client 1: logging -> loggedIn`,
	} {
		if !regexp.MustCompile(want).MatchString(words.String()) {
			t.Errorf("nothing on stderr matches %s:\n%s", want, words.String())
		}
	}
	for _, want := range []string{"BROKEN", "ended by a broken rule after 2m0s of 10m0s", "loginstorm simulate " + path + " --seed 11"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the report does not say %q:\n%s", want, out.String())
		}
	}
}

// TestABrokenRuleEndsARun feeds the clients' side of a run with a client that leaves
// kickOut by itself: the run is stopped once, however much follows.
func TestABrokenRuleEndsARun(t *testing.T) {
	p := compileStory(t, complete(""))
	stops := 0
	j := newJudge(p, func() { stops++ })
	status := func(at time.Duration, from, to login.Status) client.Published {
		return client.Published{At: at, Client: 2, Action: login.Action{Kind: login.PublishStatus, From: from, Status: to, Account: 2}}
	}
	j.watch([]client.Published{
		{At: 0, Client: 2, Event: login.Event{Kind: login.Initialised, Credentials: true, Account: 2}},
		status(1, login.Unknown, login.Connecting), status(2, login.Connecting, login.Logging),
		status(3, login.Logging, login.LoggedIn), status(4, login.LoggedIn, login.KickOut),
	})
	if stops != 0 {
		t.Errorf("the run is stopped before a rule is broken: %v", j.checker.Broken())
	}
	j.watch([]client.Published{status(5, login.KickOut, login.Connecting)})
	j.watch([]client.Published{status(6, login.Connecting, login.Logging), status(7, login.Logging, login.KickOut), status(8, login.KickOut, login.Connecting)})
	if stops != 1 {
		t.Errorf("the run is stopped %d times", stops)
	}
	found, _ := j.end(9, [login.Statuses]uint32{})
	if len(found) == 0 || found[0].Rule != oracle.TerminalStays || found[0].Client != 2 || found[0].Account != 2 || found[0].At != 5 || len(found[0].Last) < 4 {
		t.Errorf("got %+v", found)
	}
}

// TestWhatAGatewaySaidEarlyIsKept holds that a broken rule of a process that was
// killed since is reported at the end.
func TestWhatAGatewaySaidEarlyIsKept(t *testing.T) {
	c := &child{gone: errors.New("it is gone")}
	told := 0
	c.alarm(func() { told++ })
	c.early.heard([]oracle.Finding{{Rule: oracle.ExcludedGoes}})
	last, err := c.Stop()
	if told != 1 || len(last.Findings) != 1 || err == nil {
		t.Errorf("told %d times, %+v, %v", told, last, err)
	}
}
