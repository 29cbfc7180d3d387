package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"loginstorm/report"
	"loginstorm/report/rundir"
	"loginstorm/sim/plan"
)

// interleaving makes the runs of both sides in turn.
type interleaving struct {
	count  uint32
	target [2]string
	shell  [2]string
	opts   stormOptions
	dir    string
}

// The sides, as directories are called.
const (
	baseSide      = "base"
	candidateSide = "candidate"
)

func sides() [2]string { return [2]string{baseSide, candidateSide} }

// mostTurns bounds --interleave.
const mostTurns = mostRuns

func (t *interleaving) register(flags *pflag.FlagSet) {
	flags.Uint32Var(&t.count, "interleave", 0, "make so many runs of each side first, in turn")
	flags.StringVar(&t.target[0], "base-target", "", "the base's gateway (ws://host:port/path)")
	flags.StringVar(&t.target[1], "candidate-target", "", "the candidate's gateway")
	flags.StringVar(&t.shell[0], "base-command", "", "a command that makes a run of the base at {out}: 'old/loginstorm run s.yaml --seed {seed} --out {out}'")
	flags.StringVar(&t.shell[1], "candidate-command", "", "a command that makes a run of the candidate at {out}")
	flags.Uint64Var(&t.opts.seed, "seed", 0, "the seed of all runs against targets (the scenario's), or {seed} of the first turn of commands, of which every further one has the next (1)")
	flags.StringVar(&t.opts.out, "out", "", "write the run directories of the turns in here (default runs/compare-TIME)")
	flags.DurationVar(&t.opts.duration, "duration", 0, "end each run after this long instead of the scenario's duration")
	flags.BoolVar(&t.opts.authorized, "authorized", false, "say that targets that are not loopback may be loaded")
	flags.BoolVarP(&t.opts.quiet, "quiet", "q", false, "do not tell of each turn")
	t.opts.registerPlan(flags)
	t.opts.format, t.opts.metrics = "text", "off"
}

// make makes the runs and returns the directory that holds both sides.
func (t *interleaving) make(cmd *cobra.Command, s streams, args []string) (string, error) {
	byTarget := t.target[0] != "" && t.target[1] != ""
	byShell := t.shell[0] != "" && t.shell[1] != ""
	switch {
	case t.count > mostTurns:
		return "", usagef("", "--interleave %d: at most %d", t.count, mostTurns)
	case byTarget == byShell || strings.Join(t.target[:], "") != "" && strings.Join(t.shell[:], "") != "":
		return "", usagef("name --base-target and --candidate-target, or --base-command and --candidate-command", "--interleave needs two targets or two commands")
	case byTarget && len(args) != 1:
		return "", usagef("", "--interleave with two targets takes one scenario")
	case byShell && len(args) != 0:
		return "", usagef("the commands name it", "--interleave with two commands takes no scenario")
	}
	for i, command := range t.shell {
		if byShell && !strings.Contains(command, "{out}") {
			return "", usagef("write {out} where the command takes its run directory", "--%s-command has no {out}", sides()[i])
		}
	}
	turn := t.command
	seed := cmp.Or(t.opts.seed, 1)
	if byTarget {
		compile, err := t.opts.compile(cmd)
		if err != nil {
			return "", err
		}
		in, err := load(s, args[0], t.opts, compile)
		if err != nil {
			return "", err
		}
		seed = in.plan.Seed
		// One seed for all: what the targets know of accounts made from a seed stays true.
		turn = func(ctx context.Context, s streams, side int, _ uint64, out string) error {
			return t.storm(ctx, s, args[0], compile, side, seed, out)
		}
	}
	if t.dir = t.opts.out; t.dir == "" {
		t.dir = filepath.Join("runs", rundir.Name("compare", time.Now()))
	}
	return t.dir, t.all(cmd.Context(), s, seed, turn)
}

// all makes the runs: base, candidate, candidate, base, base and so on. Whatever
// drifts evenly weighs on both sides alike. Both commands of a turn have its seed, and
// so one plan.
func (t *interleaving) all(ctx context.Context, s streams, seed uint64, turn func(context.Context, streams, int, uint64, string) error) error {
	for _, side := range sides() {
		if err := os.MkdirAll(filepath.Join(t.dir, side), 0o755); err != nil {
			return &ended{code: exitError, err: err, hint: "name another directory with --out"}
		}
	}
	for n := range t.count {
		for k := range 2 {
			side := k ^ int(n%2)
			out := filepath.Join(t.dir, sides()[side], fmt.Sprintf("%04d", n+1))
			if !t.opts.quiet {
				fmt.Fprintf(s.err, "loginstorm: turn %d of %d, %s\n", n+1, t.count, sides()[side])
			}
			err := turn(ctx, s, side, seed+uint64(n), out)
			if ctx.Err() != nil {
				return &ended{code: exitInterrupted, err: fmt.Errorf("interrupted in turn %d of %d", n+1, t.count),
					hint: fmt.Sprintf("what there is: loginstorm compare --base %s --candidate %s", filepath.Join(t.dir, baseSide), filepath.Join(t.dir, candidateSide))}
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// storm runs the scenario against the target of a side.
func (t *interleaving) storm(ctx context.Context, s streams, path string, compile plan.Options, side int, seed uint64, out string) error {
	opts := t.opts
	opts.targets, opts.seed, opts.out, opts.quiet = []string{t.target[side]}, seed, out, true
	opts.told = func(*report.Summary) {}
	compile.URLs, compile.Seed = opts.targets, &seed
	in, err := load(s, path, opts, compile)
	if err != nil {
		return err
	}
	silent := s
	silent.out = io.Discard
	err = runLive(ctx, silent, opts, in)
	// A verdict is not an error here: the comparison reads it.
	switch code := conclude(err, streams{err: io.Discard}); code {
	case exitPass, exitFailed, exitInvalid, exitBroken:
		return nil
	}
	return err
}

// command runs the command of a side.
func (t *interleaving) command(ctx context.Context, s streams, side int, seed uint64, out string) error {
	line := strings.NewReplacer("{out}", shellWord(out), "{seed}", strconv.FormatUint(seed, 10)).Replace(t.shell[side])
	run := exec.CommandContext(ctx, "sh", "-c", line)
	run.Stdout, run.Stderr = s.err, s.err // Standard output is the comparison's.
	run.Cancel = func() error { return run.Process.Signal(os.Interrupt) }
	const grace = 30 * time.Second // For what was measured to be written.
	run.WaitDelay = grace
	err := run.Run()
	if isRun(out) {
		return nil // Whatever its exit code says, its verdict stands in the directory.
	}
	if err == nil {
		err = fmt.Errorf("it left no run directory at %s", out)
	}
	return &ended{code: exitError, err: fmt.Errorf("--%s-command: %w", sides()[side], err)}
}
