package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"loginstorm/report"
	"loginstorm/report/rundir"
	"loginstorm/sim/plan"
)

// prediction carries scenarios out in both times and holds one against the other.
type prediction struct {
	streams
	opts      stormOptions
	dir       string
	tolerance float64
	worst     exitCode
	all       report.Predictions
}

func newPredict(s streams) *cobra.Command {
	p := prediction{streams: s}
	tolerance := ""
	cmd := &cobra.Command{
		Use:   "predict SCENARIO ...",
		Short: "Simulate scenarios, run them, and say how near the prediction came",
		Long: `Every scenario is simulated first and then run on real sockets against the embedded
gateway, with the same seed. The table has p50, p90 and p99 of connect_to_logged_in
and the time until 99 % are back after each fault, with the relative error of each;
below it stands which phase each miss is made of. Exit code 3 when an error is above
the tolerance, 5 when the generator was the bottleneck.

The links are loopback on one side and take no time on the other: a network: in a
scenario is left out, unless inject: true puts it on the real links too. Agreement
proves the two drivers, not the model of the gateway.`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			share, err := parsePercent(tolerance)
			if err != nil {
				return usagef("write a percentage such as 10%", "--tolerance: %w", err)
			}
			p.tolerance = share
			compile, err := p.opts.compile(cmd)
			if err != nil {
				return err
			}
			return p.run(cmd.Context(), args, compile)
		},
	}
	flags := cmd.Flags()
	p.opts.register(flags)
	flags.Lookup("out").Usage = "write the run directories in here (default runs/predict-TIME)"
	flags.StringVar(&tolerance, "tolerance", "10%", "the relative error up to which a figure is predicted")
	return cmd
}

// run carries out all scenarios, one after the other, and prints the table.
func (p *prediction) run(ctx context.Context, paths []string, compile plan.Options) error {
	paths, err := scenarioFiles(paths)
	if err != nil {
		return usagef("name scenario files, or directories that hold some", "%w", err)
	}
	if p.dir = p.opts.out; p.dir == "" {
		p.dir = filepath.Join("runs", rundir.Name("predict", time.Now()))
	}
	p.all = report.Predictions{Tolerance: p.tolerance, Words: report.DriversAlone}
	seen := map[string]int{}
	for _, path := range paths {
		name := nameOf(path)
		if seen[name]++; seen[name] > 1 { // Two files of one name are two scenarios.
			name = fmt.Sprintf("%s-%d", name, seen[name])
		}
		lay, err := p.one(ctx, path, name, compile)
		if ctx.Err() != nil {
			p.worst = worse(p.worst, exitInterrupted)
			break // What was compared until then is shown.
		}
		if err != nil {
			return err
		}
		p.all.All = append(p.all.All, report.Prediction{Scenario: name, Lay: lay})
		if missed := p.all.Misses(&p.all.All[len(p.all.All)-1]); lay.Comparable() && len(missed) > 0 {
			p.worst = worse(p.worst, exitFailed)
		}
	}
	return p.print()
}

// print shows the table and returns how the process ends.
func (p *prediction) print() error {
	if len(p.all.All) == 0 {
		return silently(p.worst)
	}
	if p.opts.format == "json" {
		if err := report.PredictionsJSON(p.out, &p.all); err != nil {
			return err
		}
	} else if err := report.PredictionsText(p.out, &p.all, report.Options{Color: colored(p.out), Width: width(p.out)}); err != nil {
		return err
	}
	if judged, _ := p.all.Judged(); judged == 0 && p.worst == exitPass {
		return &ended{code: exitError, err: errors.New("no figure could be judged"), hint: "use scenarios with at least 1,000 logins"}
	}
	if p.worst != exitPass {
		return silently(p.worst)
	}
	return nil
}

// one simulates a scenario, runs it, and lays the two over each other.
func (p *prediction) one(ctx context.Context, path, name string, compile plan.Options) (*report.Lay, error) {
	bare, err := p.bare(path, compile)
	if err != nil {
		return nil, err
	}
	predicted, err := p.storm(ctx, path, name, true, bare, compile)
	if err != nil || ctx.Err() != nil {
		return nil, err
	}
	measured, err := p.storm(ctx, path, name, false, bare, compile)
	if err != nil || ctx.Err() != nil {
		return nil, err
	}
	lay, err := report.LayOver(predicted, measured)
	if err == nil && bare {
		lay.Notes = append(lay.Notes, "the scenario's network was left out: a run has loopback")
	}
	return lay, err
}

// bare reports whether a scenario describes a network that a run would not have.
func (p *prediction) bare(path string, compile plan.Options) (bool, error) {
	in, err := load(p.streams, path, p.opts, compile)
	if err != nil {
		return false, err
	}
	if len(in.plan.Target.URLs) > 0 {
		return false, usagef("take it out with --set target=", "%s: a prediction is of the embedded gateway, and the scenario names a target", path)
	}
	return in.file.Network != nil && !in.plan.Inject, nil
}

// storm carries a scenario out in one of the two times and reads its run directory.
func (p *prediction) storm(ctx context.Context, path, name string, virtual, bare bool, compile plan.Options) (*rundir.Run, error) {
	opts, driver := p.opts, "run"
	if virtual {
		driver = "simulate"
	}
	opts.metrics, opts.quiet, opts.format = "off", true, "text"
	opts.out = filepath.Join(p.dir, name+"-"+driver)
	opts.told = func(*report.Summary) {}
	if bare {
		opts.sets = append(opts.sets[:len(opts.sets):len(opts.sets)], "network=")
	}
	compile.Virtual = virtual
	in, err := load(p.streams, path, opts, compile)
	if err != nil {
		return nil, err
	}
	silent := p.streams
	silent.out = io.Discard
	if !p.opts.quiet {
		fmt.Fprintf(p.err, "loginstorm: %s %s, %v\n", driver, name, in.plan.Duration)
	}
	if virtual {
		err = simulate(ctx, silent, opts, in)
	} else {
		err = runLive(ctx, silent, opts, in)
	}
	// A verdict is not an error here; what breaks a comparison is.
	switch code := conclude(err, streams{err: io.Discard}); code {
	case exitPass, exitFailed:
	case exitInvalid, exitBroken:
		p.worst = worse(p.worst, code)
	default:
		return nil, err
	}
	return rundir.Read(opts.out)
}
