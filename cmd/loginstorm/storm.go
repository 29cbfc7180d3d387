package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"sync"
	"time"

	"loginstorm/report"
	"loginstorm/report/rundir"
	"loginstorm/sim/live"
	"loginstorm/sim/login"
	"loginstorm/sim/plan"
	"loginstorm/sim/record"
)

// storm is one run or simulation as its command sees it: the figures as they
// come in, the run directory they go to, and what is shown meanwhile.
type storm struct {
	streams
	opts   stormOptions
	driver string // "run" or "simulate".
	loaded *loaded
	plan   *plan.Plan
	dir    *rundir.Writer
	began  time.Time
	stop   context.CancelFunc // Ends the driver before its time.
	show   *progress

	mu      sync.Mutex // Shards deliver from their own goroutines.
	agg     *record.Aggregate
	cpu     cpuMeter
	monitor *live.Monitor // nil: nobody looks at the machine.
	aborted error         // Why the run was ended before its time; nil = it was not.
	brakes  *record.Brakes
	tripped *record.Tripped // The condition that ended the run; nil = none did.
	failed  error           // The first error of the run directory.
}

// newStorm opens the run directory. Nothing was sent yet.
func newStorm(s streams, opts stormOptions, driver string, in *loaded, shards int) (*storm, error) {
	st := &storm{streams: s, opts: opts, driver: driver, loaded: in, plan: in.plan, began: time.Now(),
		stop: func() {}}
	st.agg = record.NewAggregate(in.plan.Layout(), shards)
	st.agg.Capped(in.plan.Target.MaxRate)
	st.brakes = record.NewBrakes(in.plan.Stops)
	resolved, err := json.Marshal(in.file)
	if err != nil {
		return nil, fmt.Errorf("write the scenario as resolved: %w", err)
	}
	manifest := rundir.Manifest{
		Name: in.plan.Name, Driver: driver, Seed: in.plan.Seed, Scenario: resolved,
		Layout: rundir.LayoutOf(in.plan.Layout()), Environment: environment(in.runID, st.began, opts),
		Known: report.KnownBefore(st.facts(), in.plan.Thresholds),
	}
	manifest.Known.Target = watched(in.plan)
	if st.dir, err = st.create(manifest); err != nil {
		return nil, &ended{code: exitError, err: err, hint: "name another directory with --out"}
	}
	opts.page.begin(manifest, st.standing)
	st.show = newProgress(s.err, opts, in.plan, driver)
	st.show.standing = st.standing
	return st, nil
}

// sameSecond is how many runs of one name may begin in the same second.
const sameSecond = 100

// create makes the run directory: the one that was asked for, or else the first
// that is free of NAME-TIME, NAME-TIME-2 and so on.
func (st *storm) create(m rundir.Manifest) (*rundir.Writer, error) {
	if st.opts.out != "" {
		return rundir.Create(st.opts.out, m, st.loaded.text)
	}
	name := filepath.Join("runs", rundir.Name(st.plan.Name, st.began))
	dir, err := rundir.Create(name, m, st.loaded.text)
	for n := 2; errors.Is(err, fs.ErrExist) && n <= sameSecond; n++ {
		dir, err = rundir.Create(fmt.Sprintf("%s-%d", name, n), m, st.loaded.text)
	}
	return dir, err
}

// sink takes what one shard recorded in one second.
func (st *storm) sink(iv *record.Interval) {
	st.mu.Lock()
	defer st.mu.Unlock()
	st.agg.Add(iv)
	st.drain()
}

// drain writes the seconds that are sealed, shows the newest and looks whether
// the run is lost. The caller holds the lock.
func (st *storm) drain() {
	rows := st.agg.Sealed()
	for i := range rows {
		if st.driver == "run" {
			rows[i].CPU = st.cpu.share()
			st.healthy(&rows[i])
		}
		st.keep(st.dir.AppendRow(rows[i]))
		st.keep(st.dir.AppendIntervals(rows[i]))
		st.opts.page.row(rows[i])
		st.brake(st.brakes.Row(rows[i]))
	}
	if len(rows) == 0 {
		return
	}
	st.keep(st.dir.Flush())
	st.show.row(rows[len(rows)-1])
	st.watch(rows[len(rows)-1].To.Duration())
}

// standing is how the thresholds stand now; ok is false when somebody else looks at
// the figures: then the next time will do.
func (st *storm) standing() (all []record.Outcome, ok bool) {
	for _, t := range st.plan.Thresholds {
		if !st.mu.TryLock() {
			return nil, false
		}
		all = append(all, t.Evaluate(st.agg))
		st.mu.Unlock()
	}
	return all, true
}

// watch ends the run when a threshold that may abort it is crossed: a limit that
// does not hold, or anything that cannot be met any more, or is not by the end of
// its grace.
func (st *storm) watch(now time.Duration) {
	for _, w := range st.plan.Watches {
		if st.aborted != nil || now < w.Grace {
			continue
		}
		t := st.plan.Thresholds[w.Threshold]
		if o := t.Evaluate(st.agg); o.Lost || o.Known && !o.Pass && (t.Limits() || w.Grace > 0) {
			st.aborted = fmt.Errorf("aborted at %v: %s", now.Round(time.Second), o.Explain())
			st.event(now, "abort", "", st.aborted.Error())
			st.stop()
		}
	}
}

// statuses counts the clients at the end of the last second. The driver has
// stopped.
func (st *storm) statuses() [login.Statuses]uint32 {
	st.mu.Lock()
	defer st.mu.Unlock()
	st.agg.Flush()
	var counts [login.Statuses]uint32
	for i, n := range st.agg.Totals().Statuses(record.Filter{}) {
		counts[i] = uint32(n)
	}
	return counts
}

func (st *storm) keep(err error) {
	if err != nil && st.failed == nil {
		st.failed = err
	}
}

// event notes something that happened once. The caller may hold the lock.
func (st *storm) event(at time.Duration, kind, entry, text string) {
	st.keep(st.dir.AppendEvent(rundir.Event{At: record.Seconds(at), Kind: kind, Entry: entry, Text: text}))
}

// timeline writes the plan's entries into the run directory's events.
func (st *storm) timeline() {
	for _, e := range st.plan.Entries {
		st.event(e.At, "timeline", e.Name, e.Says)
	}
	for _, w := range st.plan.Warnings {
		st.event(0, "warning", "", w)
	}
}

// diary returns what notes, from begin on, what the embedded gateway's processes do.
func (st *storm) diary(begin time.Time) func(string) {
	return func(what string) {
		at := time.Since(begin)
		st.mu.Lock()
		defer st.mu.Unlock()
		st.event(at, "gateway", "", what)
	}
}

// Snapshot is what the metrics endpoint shows.
func (st *storm) Snapshot() *record.Snapshot {
	st.mu.Lock()
	defer st.mu.Unlock()
	return st.agg.Snapshot()
}

// finish judges the run, writes the run directory, shows the summary and
// returns how the process ends.
func (st *storm) finish(end ending) error {
	st.mu.Lock()
	defer st.mu.Unlock()
	st.agg.Flush()
	st.drain()
	st.show.end()
	outcomes := make([]record.Outcome, 0, len(st.plan.Thresholds))
	for _, t := range st.plan.Thresholds {
		outcomes = append(outcomes, t.Evaluate(st.agg))
	}
	judgement := st.abortJudged(st.agg.Judge(end.broken.lines(st.plan), end.shortages, outcomes))
	sum := st.summary(end, judgement, outcomes)
	if end.convergence != nil {
		for _, late := range end.convergence.Late {
			st.event(end.end, "stranded", "", late.String())
		}
	}
	for i, f := range end.broken.all {
		st.event(f.At, "oracle", "", end.broken.story(st.plan, i))
		if i < toldFindings {
			fmt.Fprintf(st.err, "loginstorm: broken: %s\n", end.broken.story(st.plan, i))
		}
	}
	st.event(end.end, "verdict", "", judgement.Verdict.String())
	sum.Simulation = st.simulated(end)
	st.keep(st.dir.Finish(judgement.Verdict, sum.InFile(), time.Now()))
	st.opts.page.end(sum)
	if st.failed != nil {
		sum.Warnings = append(sum.Warnings, "the run directory is not whole: "+st.failed.Error())
	}
	if err := st.print(sum); err != nil {
		return err
	}
	if st.failed != nil {
		return st.failed
	}
	if end.interrupted {
		return silently(exitInterrupted)
	}
	return verdictCode(judgement.Verdict)
}

// simulated is what a simulation says of itself; nil = it was a run. The caller
// holds the lock, and all but the summary is written.
func (st *storm) simulated(end ending) *report.Simulation {
	if st.driver != report.Simulate {
		return nil
	}
	result, err := st.dir.Hash(end.digest)
	st.keep(err)
	return &report.Simulation{Events: end.events, Clients: uint64(len(st.plan.Clients.Account)), Result: result,
		Took: record.Seconds(end.took)}
}

// toldFindings is how many broken rules are told with all they have; the run
// directory has the others. A broken rule seldom comes alone, and the first one
// says most.
const toldFindings = 4

func verdictCode(v record.Verdict) error {
	switch v {
	case record.Failed:
		return silently(exitFailed)
	case record.Invalid:
		return silently(exitInvalid)
	case record.Broken:
		return silently(exitBroken)
	}
	return nil
}

// print shows the summary: JSON to standard output for machines, text for
// people.
func (st *storm) print(sum *report.Summary) error {
	st.show.left()
	if st.opts.told != nil {
		st.opts.told(sum)
		return nil
	}
	if st.opts.format == "json" {
		return report.JSON(st.out, sum)
	}
	if st.opts.quiet {
		_, err := fmt.Fprintf(st.out, "%s  %s  %s\n", sum.Judgement.Verdict, st.plan.Name, st.dir.Dir())
		return err
	}
	return report.Text(st.out, sum, report.Options{Color: colored(st.out), Width: width(st.out)})
}

// discard closes the run directory of a run that could not begin.
func (st *storm) discard() {
	st.show.end()
	st.keep(st.dir.Close())
	st.show.left()
}
