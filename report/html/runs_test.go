package html

import (
	"bytes"
	"encoding/json"
	"path/filepath"
	"testing"
	"time"

	"loginstorm/report"
	"loginstorm/report/rundir"
	"loginstorm/sim/login"
	"loginstorm/sim/plan"
	"loginstorm/sim/record"
	"loginstorm/sim/scenario"
	"loginstorm/sim/virtual"
	"loginstorm/sim/wire"
)

// restart is a gateway that restarts, small.
const restart = `# Do they all come back?
#
# Twice.
name: gateway-restart
seed: 42
duration: 26s
gateway:
  multiDevice: class
  auth: {workers: 4, queue: 500, serviceTime: {lognormal: {p50: 30ms, p99: 120ms}}}
populations:
  phones: {accounts: 200, clientType: android, profile: nim-android, reconnect: nim-web, login: auto, arrive: [{ramp: {from: 50/s, to: 100/s, over: 3s}}]}
timeline:
  - {name: deploy, at: 5s, restart: {downtime: 2s, sessions: lost, by: orderly}}
  - {name: crash, at: 15s, restart: {downtime: 2s, sessions: lost, by: kill}}
thresholds:
  - p99(connect_to_logged_in, origin: auto) < 10s
  - rate(code: 503) < 100%
`

// teller names everything in a run that may have a name or a text of its own.
type teller func(text string) string

func plainly(text string) string { return text }

// simulated carries the scenario out in virtual time into a run directory, as the
// command does; killed leaves out how it ended.
func simulated(t *testing.T, seed uint64, named teller, killed bool) *rundir.Run {
	t.Helper()
	file, err := scenario.Parse("restart.yaml", []byte(restart))
	if err != nil {
		t.Fatal(err)
	}
	file.Seed = &seed
	p, err := plan.Compile(file, plan.Options{Virtual: true})
	if err != nil {
		t.Fatal(err)
	}
	p.Name, p.Question = named(p.Name), named(p.Question)
	for i := range p.Populations {
		p.Populations[i].Name = named(p.Populations[i].Name)
	}
	for i := range p.Entries {
		p.Entries[i].Name, p.Entries[i].Says = named(p.Entries[i].Name), named(p.Entries[i].Says)
	}
	resolved, err := json.Marshal(file)
	if err != nil {
		t.Fatal(err)
	}
	facts := report.Facts{Name: p.Name, Question: p.Question, Driver: report.Simulate, Seed: p.Seed, Planned: p.Duration,
		Clients: []uint64{200}, Warnings: []string{named("a warning")}}
	for _, e := range p.Entries {
		facts.Says, facts.Expected = append(facts.Says, e.Says), append(facts.Expected, e.Recover)
	}
	dir := filepath.Join(t.TempDir(), "run")
	w, err := rundir.Create(dir, rundir.Manifest{Name: p.Name, Driver: facts.Driver, Seed: p.Seed, Scenario: resolved, Layout: rundir.LayoutOf(p.Layout()),
		Known: report.KnownBefore(facts, p.Thresholds), Environment: machine(named)}, []byte(named(restart)))
	if err != nil {
		t.Fatal(err)
	}
	agg := record.NewAggregate(p.Layout(), 1)
	sim, err := virtual.New(virtual.Config{Plan: p, Sink: func(iv *record.Interval) { agg.Add(iv); sealed(t, w, agg, 0) }})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := sim.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if !killed {
		agg.Flush()
		sealed(t, w, agg, 0)
		for _, one := range p.Thresholds {
			facts.Thresholds = append(facts.Thresholds, one.Evaluate(agg))
		}
		facts.Judgement = agg.Judge(nil, nil, facts.Thresholds)
		facts.Judgement.Reasons = append(facts.Judgement.Reasons, named("a reason"))
		facts.Judgement.Remedies = append(facts.Judgement.Remedies, named("a remedy"))
	}
	return finished(t, w, agg, facts, killed)
}

func machine(named teller) rundir.Environment {
	return rundir.Environment{RunID: named("r1"), Version: named("1.2.3"), Started: time.Unix(1_770_000_000, 0), Host: named("host"), System: named("linux/amd64"),
		Kernel: named("6.1"), CPU: named("CPU"), CPUs: 2, Memory: 8 << 30, GoVersion: named("go1.26"), GoProcs: 2, GoGC: named("off"), GoLimit: named("1GiB"),
		Files: 1024, Command: []string{"loginstorm", "simulate", named("restart.yaml")}}
}

// sealed writes the seconds that are sealed, with the processor time that they took.
func sealed(t *testing.T, w *rundir.Writer, agg *record.Aggregate, cores float64, also ...func(record.Row)) {
	for _, row := range agg.Sealed() {
		row.CPU = cores * float64(1+row.Second%7)
		if err := w.AppendRow(row); err != nil {
			t.Error(err)
		}
		if err := w.AppendIntervals(row); err != nil {
			t.Error(err)
		}
		for _, tell := range also {
			tell(row)
		}
	}
}

// finished ends a run directory and reads it back.
func finished(t *testing.T, w *rundir.Writer, agg *record.Aggregate, facts report.Facts, killed bool) *rundir.Run {
	t.Helper()
	if killed {
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
	} else if err := w.Finish(facts.Judgement.Verdict, report.Summarize(agg, facts).InFile(), time.Unix(1_770_000_100, 0)); err != nil {
		t.Fatal(err)
	}
	run, err := rundir.Read(w.Dir())
	if err != nil {
		t.Fatal(err)
	}
	return run
}

// hour is a run on sockets of so many seconds in which everything happens that has a
// panel: kicks, the limit on logins, lateness, processor time.
func hour(t *testing.T, seconds int) *rundir.Run {
	t.Helper()
	return hourly(t, seconds, func(record.Row) {})
}

// hourly also tells each second to somebody.
func hourly(t *testing.T, seconds int, tell func(record.Row)) *rundir.Run {
	t.Helper()
	l := record.Layout{Populations: []string{"hour"}, Entries: []string{"cut"}, Begins: []record.Time{10 * time.Second}, Recovers: []bool{true}}
	r, agg := record.NewRecorder(l, 0), record.NewAggregate(l, 1)
	w, err := rundir.Create(filepath.Join(t.TempDir(), "hour"), rundir.Manifest{Name: "hour", Driver: "run", Seed: 7, Layout: rundir.LayoutOf(l),
		Environment: machine(plainly)}, []byte("name: hour\n"))
	if err != nil {
		t.Fatal(err)
	}
	r.Place(0, login.Unknown, 100)
	for range 100 {
		r.Move(0, login.Unknown, login.LoggedIn)
	}
	for s := range seconds {
		second(r, s)
		agg.Add(r.Cut(time.Duration(s+1) * time.Second))
		sealed(t, w, agg, 0.1, tell)
	}
	agg.Flush()
	sealed(t, w, agg, 0.1, tell)
	return finished(t, w, agg, report.Facts{Name: "hour", Driver: "run", Seed: 7, CPU: 0.5, TargetCPU: 0.7, Clients: []uint64{100},
		Judgement: record.Judgement{Verdict: record.Invalid, Reasons: []string{"too late"}}}, false)
}

// second is one second of hour.
func second(r *record.Recorder, s int) {
	if s == 10 {
		r.FaultBegan(0, 50, 50)
		for range 50 {
			r.FaultHit(0)
		}
	}
	if s > 10 && s <= 60 {
		r.FaultBack(0, time.Duration(s-10)*time.Second)
	}
	r.Attempt(0, wire.Auto, 416)
	r.Kick(0, 1, login.KickOut)
	r.Add(record.FramesIn, 9)
	if s%5 != 0 {
		return // A stretch of an hour has five seconds: one with logins fills it.
	}
	for i := range 2 {
		took := time.Duration(1+(s*31+i*7)%900) * time.Millisecond
		r.Dialled(0, wire.Auto)
		r.Attempt(0, wire.Auto, 200)
		for _, m := range timed() {
			r.Observe(m, 0, wire.Auto, took/time.Duration(2+m))
		}
		r.Observe(record.ConnectToLoggedIn, 0, wire.Auto, took)
		r.Observe(record.ConnectToLoggedInUncorrected, 0, wire.Auto, took/2)
		r.Observe(record.TimeToLoggedIn, 0, wire.Auto, 2*took)
		r.Observe(record.KickDelivery, 0, wire.Auto, took/5)
		r.Observe(record.Lockout, 0, wire.Auto, 30*took)
		r.Observe(record.Detection, 0, wire.Auto, 3*took)
	}
}

// pageOf writes a page into memory.
func pageOf(t *testing.T, runs ...*rundir.Run) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, runs...); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
