package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"loginstorm/report"
	"loginstorm/report/rundir"
	"loginstorm/sim/plan"
	"loginstorm/sim/record"
)

// suite runs many scenarios one after the other and says which kept its promise.
type suite struct {
	streams
	opts  stormOptions
	live  bool
	seeds uint32
	dir   string
	kept  int
	worst exitCode
}

func newSuite(s streams) *cobra.Command {
	all := suite{streams: s}
	on := ""
	cmd := &cobra.Command{
		Use:   "suite [SCENARIO|DIRECTORY ...]",
		Short: "Carry out many scenarios and say which kept its promise",
		Long: `Every scenario of the list, and every *.yaml of a directory in it (scenarios, when
there is no list), is carried out by itself: in virtual time, or with --on run on
real sockets. A line each says whether its thresholds held; the exit code is that
of the worst one.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if on != "simulate" && on != "run" {
				return usagef("write --on simulate or --on run", "--on %s: no way to carry a scenario out", on)
			}
			if all.seeds == 0 {
				return usagef("", "--seeds 0: nothing would be carried out")
			}
			all.live = on == "run"
			all.opts.metrics = "off"
			compile, err := all.opts.compile(cmd)
			if err != nil {
				return err
			}
			if len(args) == 0 {
				args = []string{"scenarios"}
			}
			paths, err := scenarioFiles(args)
			if err != nil {
				return usagef("name scenario files, or directories that hold some", "%w", err)
			}
			return all.run(cmd.Context(), paths, compile)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&on, "on", "simulate", "how: simulate (virtual time) or run (real sockets)")
	flags.Uint32Var(&all.seeds, "seeds", 1, "carry each scenario out so many times, with the seeds from its own one on")
	flags.StringVar(&all.opts.out, "out", "", "write the run directories in here (default runs/suite-TIME)")
	all.opts.registerPlan(flags)
	all.opts.format = "text"
	return cmd
}

// scenarioFiles lists what the arguments mean, directories sorted by name.
func scenarioFiles(args []string) ([]string, error) {
	var paths []string
	for _, arg := range args {
		info, err := os.Stat(arg)
		if err != nil {
			return nil, err
		}
		if !info.IsDir() {
			paths = append(paths, arg)
			continue
		}
		found, err := filepath.Glob(filepath.Join(arg, "*.yaml"))
		if err != nil {
			return nil, err
		}
		if len(found) == 0 {
			return nil, fmt.Errorf("%s has no *.yaml", arg)
		}
		paths = append(paths, found...)
	}
	return paths, nil
}

// run carries every scenario out, whatever became of the one before, unless it is
// interrupted.
func (all *suite) run(ctx context.Context, paths []string, compile plan.Options) error {
	begun := time.Now()
	if all.dir = all.opts.out; all.dir == "" {
		all.dir = filepath.Join("runs", rundir.Name("suite", begun))
	}
	names := namesOf(paths)
	width := 0
	for _, name := range names {
		width = max(width, len(name))
	}
	done := 0
	for i, path := range paths {
		for n := range all.seeds {
			if ctx.Err() != nil {
				return silently(exitInterrupted)
			}
			all.one(ctx, path, names[i], n, compile, width)
			done++
		}
	}
	fmt.Fprintf(all.out, "\n%d of %d kept their promise, in %v; their reports: loginstorm report %s\n",
		all.kept, done, time.Since(begun).Round(100*time.Millisecond), filepath.Join(all.dir, "NAME"))
	if all.worst != exitPass {
		return silently(all.worst)
	}
	return nil
}

func nameOf(path string) string {
	return strings.TrimSuffix(filepath.Base(path), filepath.Ext(path))
}

// namesOf tells files apart: the second of one name is NAME-2.
func namesOf(paths []string) []string {
	names := make([]string, 0, len(paths))
	for _, path := range paths {
		name := nameOf(path)
		for n := 2; slices.Contains(names, name); n++ {
			name = fmt.Sprintf("%s-%d", nameOf(path), n)
		}
		names = append(names, name)
	}
	return names
}

// one carries one scenario out with one seed.
func (all *suite) one(ctx context.Context, path, name string, n uint32, compile plan.Options, width int) {
	begun := time.Now()
	sum, err := all.storm(ctx, path, name, n, compile)
	if all.seeds > 1 && sum != nil {
		name = fmt.Sprintf("%s seed %d", name, sum.Seed)
		width += len(" seed 0000")
	}
	code := conclude(err, streams{err: io.Discard})
	verdict := "kept"
	switch {
	case code == exitPass:
		all.kept++
	case sum == nil:
		verdict = "error"
	case sum.Judgement.Verdict == record.Failed:
		verdict = "MISSED"
	default:
		verdict = strings.ToUpper(sum.Judgement.Verdict.String())
	}
	asks := question(sum)
	if n > 0 && sum != nil {
		asks = "" // Its first line asked.
	}
	fmt.Fprintln(all.out, strings.TrimRight(fmt.Sprintf("%-8s %-*s %6.1fs  %s", verdict, width, name, time.Since(begun).Seconds(), asks), " "))
	if sum != nil && code != exitPass {
		for _, reason := range sum.Judgement.Reasons {
			fmt.Fprintf(all.out, "%-8s   %s\n", "", reason)
		}
		for _, remedy := range sum.Judgement.Remedies {
			fmt.Fprintf(all.out, "%-8s   remedy: %s\n", "", remedy)
		}
		fmt.Fprintf(all.out, "%-8s   again: %s\n", "", sum.Replay)
	}
	if sum == nil && !errors.Is(err, errShown) {
		conclude(err, streams{err: all.err})
	}
	all.worst = worse(all.worst, code)
}

// question is what a scenario asks: its first paragraph, in one line.
func question(sum *report.Summary) string {
	if sum == nil {
		return "could not be carried out"
	}
	paragraph, _, _ := strings.Cut(sum.Question, "\n\n")
	return strings.Join(strings.Fields(paragraph), " ")
}

// storm carries out a scenario and returns its figures, nil when there are none.
func (all *suite) storm(ctx context.Context, path, name string, n uint32, compile plan.Options) (sum *report.Summary, err error) {
	compile.Virtual = !all.live
	opts := all.opts
	opts.quiet = true
	opts.told = func(s *report.Summary) { sum = s }
	in, err := load(all.streams, path, opts, compile)
	if err != nil {
		return nil, err
	}
	opts.out = filepath.Join(all.dir, name)
	if all.seeds > 1 {
		seed := in.plan.Seed + uint64(n)
		compile.Seed = &seed
		if in, err = load(all.streams, path, opts, compile); err != nil {
			return nil, err
		}
		opts.out = fmt.Sprintf("%s-%d", opts.out, seed)
	}
	opts.seed = in.plan.Seed
	silent := all.streams
	silent.out = io.Discard
	if err := os.MkdirAll(all.dir, 0o755); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, err
	}
	if all.live {
		return sum, runLive(ctx, silent, opts, in)
	}
	return sum, simulate(ctx, silent, opts, in)
}

// worse returns the code that says more: a broken rule, an interruption, what
// could not be carried out, a bottleneck, a missed promise.
func worse(a, b exitCode) exitCode {
	order := []exitCode{exitPass, exitFailed, exitInvalid, exitUsage, exitError, exitInterrupted, exitBroken}
	if slices.Index(order, b) > slices.Index(order, a) {
		return b
	}
	return a
}
