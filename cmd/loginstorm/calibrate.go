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

// parsePercent reads a share such as 10%.
func parsePercent(text string) (float64, error) {
	number, ok := strings.CutSuffix(text, "%")
	n, err := strconv.ParseFloat(number, 64)
	if !ok || err != nil || !(n > 0) || n > 1000 || math.IsInf(n, 0) {
		return 0, fmt.Errorf("%q is no percentage", text)
	}
	return n / 100, nil
}
