package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"loginstorm/report"
	"loginstorm/report/rundir"
	"loginstorm/sim/calibrate"
	"loginstorm/sim/plan"
)

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
