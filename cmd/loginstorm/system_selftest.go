package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"loginstorm/report"
	"loginstorm/report/rundir"
	"loginstorm/sim/record"
)

func newSelftest(s streams) *cobra.Command {
	return &cobra.Command{
		Use:   "selftest",
		Short: "Whether this machine's figures can be trusted: a healthy run passes, a starved one is called invalid",
		Long: `Takes about half a minute and touches nothing but this machine. Short runs against the
embedded gateway: a calm one and a herd that comes back in one instant must be valid,
the calm one once more while the generator is stopped and let go (and, where a control
group can be made, throttled) must be called invalid, for that reason.

Exit codes: 0 all as it must be, 5 the machine is not fit at the moment: it says why and
what to change, 4 a starved run was not called invalid: trust no figure.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return selftest(cmd.Context(), s) },
	}
}

// calmScenario is far below what one core can begin, beside a service time that dwarfs
// the lateness of a healthy generator.
const calmScenario = `# Does a generator that has nothing to fear keep up?
name: selftest-calm
duration: 6s
gateway: {auth: {workers: 32, queue: 1024, serviceTime: {constant: 30ms}}}
populations:
  phones: {accounts: 400, clientType: android, arrive: [{constant: {rate: 80/s}}]}
`

// herdScenario lets everybody come back in one instant: nothing is late then but by
// the instant itself.
const herdScenario = `# Is a herd without jitter taken for a slow generator?
name: selftest-herd
duration: 8s
gateway: {auth: {workers: 8, queue: 4096, serviceTime: {constant: 20ms}}}
populations:
  phones: {accounts: 300, clientType: android, reconnect: {base: 1s, factor: 1, cap: 1s, jitter: none}, arrive: [{constant: {rate: 150/s}}]}
timeline:
  - {name: cut, at: 3s, cut: {share: 100%, of: phones, by: reset, spread: 0s}}
`

// trial is a run of the self-test.
type trial struct {
	name     string
	scenario string
	starve   func(pid int) (release func(), err error) // nil: it is left alone.
	invalid  bool                                      // What has to come out.
	causes   []string                                  // Of these one, when it is invalid.
}

func trials() []trial {
	all := []trial{
		{name: "calm", scenario: calmScenario},
		{name: "herd in one instant", scenario: herdScenario},
	}
	if starve := starvation(); starve != nil {
		// Who is stopped cannot tell it from others having the cores when they are busy.
		all = append(all, trial{"calm, stopped 80 of 100 ms", calmScenario, starve, true, []string{record.ByStop, record.ByOthers}})
	}
	if throttle := quota(); throttle != nil {
		all = append(all, trial{"calm, quota of 1 % of a core", calmScenario, throttle, true, []string{record.ByQuota}})
	}
	return all
}

// ordeal is what became of a trial.
type ordeal struct {
	trial
	sum     *report.Summary
	skipped error // Why it could not be made; nil = it was.
}

// selftest makes the runs one after the other and tells what they say of the machine.
func selftest(ctx context.Context, s streams) error {
	dir, err := os.MkdirTemp("", "loginstorm-selftest-")
	if err != nil {
		return fmt.Errorf("make a place for the self-test: %w", err)
	}
	defer os.RemoveAll(dir)
	var all []ordeal
	for i, t := range trials() {
		fmt.Fprintf(s.err, "loginstorm: %s ...\n", t.name)
		o := ordeal{trial: t}
		o.sum, err = attempt(ctx, s, t, filepath.Join(dir, fmt.Sprint(i)))
		var none *notHere
		switch {
		case errors.As(err, &none):
			o.skipped = none
		case ctx.Err() != nil:
			return silently(exitInterrupted)
		case err != nil:
			return fmt.Errorf("self-test, %s: %w", t.name, err)
		}
		all = append(all, o)
	}
	return verdictOf(s.out, all)
}

// notHere says that a way to starve a process does not exist on this machine.
type notHere struct{ err error }

func (n *notHere) Error() string { return strings.ReplaceAll(n.err.Error(), "\n", "; ") }
func (n *notHere) Unwrap() error { return n.err }

const (
	// starveFor is how long a run is starved: most of it, and not its end, so that it
	// can write down what it has measured.
	starveFor = 4 * time.Second
	// trialWithin bounds a run, starved ones too.
	trialWithin = time.Minute
	beginWithin = 15 * time.Second
)

// attempt makes one run in a process of its own, and returns its summary.
func attempt(ctx context.Context, s streams, t trial, dir string) (*report.Summary, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, trialWithin)
	defer cancel()
	run := exec.CommandContext(ctx, self, "run", "--metrics", "off", "--quiet", "--format", "json", "--out", dir, "-")
	run.Cancel = func() error { return run.Process.Signal(os.Interrupt) }
	run.WaitDelay = 5 * time.Second
	var out, words bytes.Buffer
	run.Stdin, run.Stdout, run.Stderr = strings.NewReader(t.scenario), &out, &words
	// What a process asks to happen when its parent dies hangs on the parent's thread.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	run.SysProcAttr = orphaned()
	if err := run.Start(); err != nil {
		return nil, err
	}
	release := func() {}
	var starved error
	if t.starve != nil {
		release, starved = starveRun(ctx, run.Process.Pid, dir, t.starve)
	}
	err = run.Wait()
	release()
	if starved != nil {
		return nil, starved
	}
	var exit *exec.ExitError
	if err != nil && (!errors.As(err, &exit) || exit.ExitCode() != int(exitInvalid)) {
		return nil, fmt.Errorf("%w: %s", err, strings.TrimSpace(words.String()))
	}
	sum := &report.Summary{}
	if err := json.Unmarshal(out.Bytes(), sum); err != nil {
		return nil, fmt.Errorf("read its summary: %w", err)
	}
	return sum, nil
}

// starveRun waits until a run has begun, so that its gateway is not starved with it,
// and starves it for a while. The caller calls release when the run is over.
func starveRun(ctx context.Context, pid int, dir string, starve func(int) (func(), error)) (release func(), err error) {
	none := func() {}
	waiting, cancel := context.WithTimeout(ctx, beginWithin)
	defer cancel()
	look := time.NewTicker(5 * time.Millisecond)
	defer look.Stop()
	for {
		if _, err := os.Stat(filepath.Join(dir, rundir.SeriesFile)); err == nil {
			break
		}
		select {
		case <-look.C:
		case <-waiting.Done():
			return none, errors.New("the run did not begin")
		}
	}
	release, err = starve(pid)
	if err != nil {
		return none, &notHere{err}
	}
	enough := time.NewTimer(starveFor)
	defer enough.Stop()
	select {
	case <-enough.C:
	case <-ctx.Done():
	}
	release()
	return none, nil
}

// right reports whether a trial came out as it had to.
func (o *ordeal) right() bool {
	if o.skipped != nil {
		return true
	}
	if !o.invalid {
		return o.sum.Judgement.Verdict == record.Pass
	}
	return o.sum.Judgement.Verdict == record.Invalid && slices.ContainsFunc(o.sum.Judgement.Lateness, func(l record.Lateness) bool {
		return l.Invalid && slices.Contains(o.causes, l.Cause)
	})
}

// verdictOf writes the table and what follows from it, and returns how the process ends.
func verdictOf(w io.Writer, all []ordeal) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "run\tverdict\tas it must be\tstarts late p99\tconnect p99\tnot running\tCPU a login")
	for i := range all {
		o := &all[i]
		if o.skipped != nil {
			fmt.Fprintf(table, "%s\t-\tnot made: %v\t\t\t\t\n", o.name, o.skipped)
			continue
		}
		as := "yes"
		if !o.right() {
			as = "NO"
		}
		away := "-"
		if st := o.sum.Health.Strain; st != nil {
			away = record.FormatSpan(st.Away.Duration())
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", o.name, o.sum.Judgement.Verdict, as, record.FormatSpan(o.sum.Health.Start.P99.Duration()),
			connectOf(o.sum), away, eachLogin(o.sum))
	}
	if err := table.Flush(); err != nil {
		return err
	}
	return conclusion(w, all)
}

// connectOf is the p99 of all logins.
func connectOf(sum *report.Summary) string {
	if n := len(sum.Latency); n > 0 {
		return record.FormatSpan(sum.Latency[n-1].Connect.P99.Duration()) // The last line is of all.
	}
	return "-"
}

// eachLogin is what a login cost the generator.
func eachLogin(sum *report.Summary) string {
	if sum.Logins == 0 || sum.Health.CPU == 0 {
		return "-"
	}
	return record.FormatSpan(time.Duration(sum.Health.CPU * float64(sum.Ran) / float64(sum.Logins)))
}

// conclusion says in words whether the machine can be trusted.
func conclusion(w io.Writer, all []ordeal) error {
	var unfit, blind []string
	for i := range all {
		o := &all[i]
		switch {
		case o.right():
		case o.invalid && o.sum.Judgement.Verdict == record.Invalid:
			blind = append(blind, fmt.Sprintf("%q was called invalid for another reason: %s", o.name, strings.Join(o.sum.Judgement.Remedies, "; ")))
		case o.invalid:
			blind = append(blind, fmt.Sprintf("%q was not called invalid", o.name))
		default:
			unfit = append(unfit, fmt.Sprintf("%q is %s: %s", o.name, o.sum.Judgement.Verdict, strings.Join(append(o.sum.Judgement.Remedies, o.sum.Judgement.Reasons...), "; ")))
		}
	}
	fmt.Fprintln(w)
	switch {
	case len(unfit) > 0:
		fmt.Fprintf(w, "NOT FIT  a run with nothing to fear was not valid on this machine at the moment\n")
	case len(blind) > 0:
		fmt.Fprintf(w, "BROKEN  a starved generator went unnoticed, or was not understood\n")
	default:
		fmt.Fprintf(w, "FIT  healthy runs are valid, starved ones are called invalid\n")
	}
	for _, line := range append(unfit, blind...) {
		fmt.Fprintf(w, "  %s\n", line)
	}
	switch {
	case len(unfit) > 0:
		return silently(exitInvalid)
	case len(blind) > 0:
		return silently(exitBroken)
	}
	return nil
}
