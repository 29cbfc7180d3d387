package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"loginstorm/report"
	"loginstorm/report/rundir"
	"loginstorm/sim/calibrate"
	"loginstorm/sim/plan"
	"loginstorm/sim/record"
)

// calibration fits a cost model to runs, and judges it on others.
type calibration struct {
	streams
	out       string
	format    string
	judges    []string
	tolerance float64
}

func newCalibrate(s streams) *cobra.Command {
	c := calibration{streams: s}
	tolerance := ""
	cmd := &cobra.Command{
		Use:   "calibrate RUNDIR ...",
		Short: "Fit the gateway's cost model and the link from runs, as a scenario fragment",
		Long: `From what clients saw of a gateway, second by second: the service time from seconds
in which nobody waits, the capacity from seconds in which every worker is busy, the
workers from both, the queue from 503s, data sync, and the latency from the dials. The
fragment can be put into a scenario, and its comments say how good each fit is, which
seconds it rests on, and what the runs could not tell.

With --judge the scenario of another run is simulated with the fragment and laid over
that run: exit code 3 when a figure is further off than the tolerance.`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if c.format != "text" && c.format != "json" {
				return usagef("write --format text or --format json", "--format %s: unknown format", c.format)
			}
			share, err := parsePercent(tolerance)
			if err != nil {
				return usagef("write a percentage such as 20%", "--tolerance: %w", err)
			}
			c.tolerance = share
			return c.run(cmd.Context(), args)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&c.out, "out", "", "write the fragment here, a file that is not there yet (default: standard output)")
	flags.StringArrayVar(&c.judges, "judge", nil, "judge the model on this run directory, which it was not fitted to (may be repeated)")
	flags.StringVar(&tolerance, "tolerance", "20%", "with --judge: the relative error up to which a figure is predicted")
	flags.StringVar(&c.format, "format", "text", "text (the fragment, then the judgement) or json")
	return cmd
}

// calibrated is what the command says as JSON.
type calibrated struct {
	Runs     []string            `json:"runs"`
	Fragment string              `json:"fragment"`
	Settings []string            `json:"set"` // As --set takes them.
	Phases   []calibrate.Phase   `json:"phases"`
	Capacity calibrate.Capacity  `json:"capacity"`
	Calm     bool                `json:"calm"`
	Misfits  []string            `json:"misfits,omitempty"`
	Judged   *report.Predictions `json:"judged,omitempty"`
}

func (c *calibration) run(ctx context.Context, dirs []string) error {
	figures, heads, runs := &calibrate.Figures{}, []string(nil), []*rundir.Run(nil)
	for _, dir := range dirs {
		run, err := usable(dir)
		if err != nil {
			return err
		}
		runs = append(runs, run)
		one, err := figuresOf(run)
		if err != nil {
			return err
		}
		figures.Join(one)
		heads = append(heads, fmt.Sprintf("Calibrated from %s: %s (%s, seed %d).", dir, run.Manifest.Name, run.Manifest.Driver, run.Manifest.Seed))
	}
	result, err := calibrate.Fit(figures)
	if err != nil {
		return &ended{code: exitError, err: fmt.Errorf("calibrate %s: %w", strings.Join(dirs, " "), err), hint: "calibrate from a run whose clients get in"}
	}
	if err := c.refine(ctx, result, figures, runs); err != nil {
		return err
	}
	flags := "As flags of simulate:"
	for _, set := range words(result.Settings()) {
		flags += " --set " + shellWord(set)
	}
	said := calibrated{Runs: dirs, Fragment: result.Fragment(append(heads, flags)...), Phases: result.Phases, Capacity: result.Capacity,
		Calm: result.Calm, Misfits: result.Misfits}
	said.Settings = words(result.Settings())
	if err := c.write(&said); err != nil {
		return err
	}
	if len(c.judges) > 0 {
		if said.Judged, err = c.judge(ctx, said.Settings, runs); err != nil {
			return err
		}
	}
	return c.conclude(&said)
}

// write puts the fragment where it belongs.
func (c *calibration) write(said *calibrated) error {
	if c.out == "" {
		if c.format == "text" {
			_, err := io.WriteString(c.streams.out, said.Fragment)
			return err
		}
		return nil
	}
	const mode = 0o644
	f, err := os.OpenFile(c.out, os.O_CREATE|os.O_EXCL|os.O_WRONLY, mode)
	if err != nil {
		hint := ""
		if errors.Is(err, fs.ErrExist) {
			hint = "name another file with --out"
		}
		return &ended{code: exitError, err: fmt.Errorf("write fragment: %w", err), hint: hint}
	}
	if _, err = f.WriteString(said.Fragment); err == nil {
		err = f.Close()
	}
	if err != nil {
		return fmt.Errorf("write fragment: %w", err)
	}
	return nil
}

// conclude prints the judgement and returns how the process ends.
func (c *calibration) conclude(said *calibrated) error {
	switch {
	case c.format == "json":
		b, err := json.MarshalIndent(said, "", "  ")
		if err == nil {
			_, err = c.streams.out.Write(append(b, '\n'))
		}
		if err != nil {
			return err
		}
	case said.Judged != nil:
		if c.out == "" {
			fmt.Fprintln(c.streams.out)
		}
		o := report.Options{Color: colored(c.streams.out), Width: width(c.streams.out)}
		if err := report.PredictionsText(c.streams.out, said.Judged, o); err != nil {
			return err
		}
	}
	if said.Judged == nil {
		return nil
	}
	judged, within := said.Judged.Judged()
	switch {
	case judged == 0:
		return &ended{code: exitError, err: errors.New("no figure could be judged"), hint: "judge on runs with at least 1,000 logins that reached their end"}
	case within < judged:
		return silently(exitFailed)
	}
	return nil
}

// usable reads a run directory and refuses it when its figures are not about a
// gateway.
func usable(dir string) (*rundir.Run, error) {
	run, err := readRun(dir)
	if err != nil {
		return nil, err
	}
	switch run.Manifest.Verdict {
	case record.Invalid:
		return nil, &ended{code: exitError, err: fmt.Errorf("calibrate %s: the run is invalid: its figures are about the generator", dir),
			hint: "its report says what was short: loginstorm report " + dir}
	case record.Broken:
		return nil, &ended{code: exitError, err: fmt.Errorf("calibrate %s: the run broke a rule: the gateway did not do what it should", dir),
			hint: "its report says which: loginstorm report " + dir}
	}
	return run, nil
}

// figuresOf reads what a calibration needs of a run: its rows, and the histograms of
// each second.
func figuresOf(run *rundir.Run) (*calibrate.Figures, error) {
	figures := &calibrate.Figures{}
	for i := range run.Rows {
		figures.Row(&run.Rows[i])
	}
	for _, m := range calibrate.Metrics() {
		f, err := os.Open(filepath.Join(run.Dir, m.String()+rundir.LogSuffix))
		if errors.Is(err, fs.ErrNotExist) {
			continue // A metric without a sample has no log.
		}
		if err == nil {
			err = rundir.ReadLog(f, m, func(string) {}, func(l rundir.Logged) { figures.Histogram(l.Second, l.Histogram) })
			f.Close()
		}
		if err != nil {
			return nil, fmt.Errorf("calibrate %s: %w", run.Dir, err)
		}
	}
	return figures, nil
}

// refine simulates the runs themselves: to find what their figures alone do not show,
// and to say how near the model comes to them.
func (c *calibration) refine(ctx context.Context, result *calibrate.Result, figures *calibrate.Figures, runs []*rundir.Run) error {
	dir, err := os.MkdirTemp("", "loginstorm-fit-")
	if err != nil {
		return fmt.Errorf("calibrate: %w", err)
	}
	defer os.RemoveAll(dir)
	n := 0
	err = result.Refine(figures, func(settings []calibrate.Setting) (*calibrate.Figures, error) {
		all := &calibrate.Figures{}
		for _, run := range runs {
			n++
			again, err := c.again(ctx, run, words(settings), filepath.Join(dir, strconv.Itoa(n)))
			if err == nil {
				err = ctx.Err()
			}
			if err != nil {
				return nil, err
			}
			one, err := figuresOf(again)
			if err != nil {
				return nil, err
			}
			all.Join(one)
			if err := os.RemoveAll(filepath.Join(dir, strconv.Itoa(n))); err != nil {
				return nil, err
			}
		}
		return all, nil
	})
	if ctx.Err() != nil {
		return silently(exitInterrupted)
	}
	if err != nil {
		result.Misfits = append(result.Misfits, "the model was not simulated: "+strings.ReplaceAll(err.Error(), "\n", "; "))
	}
	return nil
}

// words are settings as --set takes them.
func words(settings []calibrate.Setting) (sets []string) {
	for _, one := range settings {
		sets = append(sets, one.String())
	}
	return sets
}

// strangers says so when a model is judged on the run of another gateway, as far as
// that can be seen: both are in the box, and were told another cost.
func strangers(fitted []*rundir.Run, judged *rundir.Run) string {
	theirs, ok := boxed(judged)
	for _, run := range fitted {
		if ours, also := boxed(run); ok && also && ours != theirs {
			return "the gateway of this run cost something else than that of the run that was fitted: a model of one does not predict the other"
		}
	}
	return ""
}

// boxed returns what the gateway in the box was told of its cost.
func boxed(run *rundir.Run) (cost string, ok bool) {
	var s struct {
		Target  json.RawMessage `json:"target"`
		Gateway struct {
			Auth, Sync json.RawMessage
		} `json:"gateway"`
	}
	if json.Unmarshal(run.Manifest.Scenario, &s) != nil || s.Target != nil {
		return "", false
	}
	return string(s.Gateway.Auth) + string(s.Gateway.Sync), true
}

// judge simulates the scenarios of other runs with the model and lays each over its
// run.
func (c *calibration) judge(ctx context.Context, sets []string, fitted []*rundir.Run) (*report.Predictions, error) {
	all := &report.Predictions{Tolerance: c.tolerance,
		Words: "The simulator was told the fitted model and nothing else of the gateway's cost; who comes when, and all limits, it has from the scenario."}
	dir, err := os.MkdirTemp("", "loginstorm-judge-")
	if err != nil {
		return nil, fmt.Errorf("judge: %w", err)
	}
	defer os.RemoveAll(dir)
	for i, name := range c.judges {
		measured, err := usable(name)
		if err != nil {
			return nil, err
		}
		predicted, err := c.again(ctx, measured, sets, filepath.Join(dir, strconv.Itoa(i)))
		if ctx.Err() != nil {
			return nil, silently(exitInterrupted)
		}
		if err != nil {
			return nil, fmt.Errorf("judge on %s: %w", name, err)
		}
		lay, err := report.LayOver(predicted, measured)
		if err != nil {
			return nil, err
		}
		if others := strangers(fitted, measured); others != "" {
			lay.Notes = append(lay.Notes, others)
		}
		all.All = append(all.All, report.Prediction{Scenario: measured.Manifest.Name, Lay: lay})
	}
	return all, nil
}

// again simulates the scenario of a run with changes. It is read from the manifest,
// where it stands as it was resolved, so that nothing has to be known of the command
// that ran it.
func (c *calibration) again(ctx context.Context, run *rundir.Run, sets []string, dir string) (*rundir.Run, error) {
	m := &run.Manifest
	if err := os.Mkdir(dir, 0o755); err != nil {
		return nil, err
	}
	path := filepath.Join(dir, m.Name+".yaml")
	if err := os.WriteFile(path, m.Scenario, 0o644); err != nil {
		return nil, err
	}
	opts := stormOptions{quiet: true, format: "text", out: filepath.Join(dir, "simulate"), told: func(*report.Summary) {},
		sets: append(sets[:len(sets):len(sets)], "thresholds=[]")}
	if _, inside := boxed(run); !inside {
		opts.sets = append(opts.sets, "target=")
	}
	in, err := load(c.streams, path, opts, plan.Options{Virtual: true, Seed: &m.Seed, Duration: m.Known.Planned.Duration()})
	if err != nil {
		return nil, err
	}
	silent := streams{in: strings.NewReader(""), out: io.Discard, err: io.Discard}
	if err := simulate(ctx, silent, opts, in); err != nil && conclude(err, silent) != exitFailed {
		return nil, err
	}
	return rundir.Read(opts.out)
}

// parsePercent reads a share such as 10%.
func parsePercent(text string) (float64, error) {
	number, ok := strings.CutSuffix(text, "%")
	n, err := strconv.ParseFloat(number, 64)
	if !ok || err != nil || !(n > 0) || n > 1000 || math.IsInf(n, 0) {
		return 0, fmt.Errorf("%q is no percentage", text)
	}
	return n / 100, nil
}
