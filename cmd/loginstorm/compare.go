package main

import (
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"loginstorm/report/compare"
	"loginstorm/report/rundir"
	"loginstorm/sim/plan"
)

// comparison is the gate as its command sees it.
type comparison struct {
	streams
	base      []string
	candidate []string
	format    string
	gateFile  string
	metrics   []string
	floor     string
	allow     []string
	strict    bool
	turns     interleaving
}

func newCompare(s streams) *cobra.Command {
	c := comparison{streams: s}
	cmd := &cobra.Command{
		Use:   "compare --base DIR... --candidate DIR... | --interleave N ... SCENARIO",
		Short: "Hold candidate runs against base runs: the gate",
		Long: `Each side is several runs of one scenario with seeds of their own: run directories,
directories that hold some, or patterns; at least five a side. A figure is called
worse when the ranks of the runs say so (Mann-Whitney, below 5 % over all figures
together) and the ratio is beyond its floor; it is the same when the interval of the
ratio lies within the floor; otherwise nobody can tell. The figures are those of the
base's scenario (gate:), of --gate SCENARIO, or of --metric; left out: p50, p90 and
p99 of connect_to_logged_in, time_to_recover of each entry, herd index,
amplification, processor time a login.

With --interleave N the runs are made first, base and candidate in turn (A B, B A, A B
...), so that a machine that drifts hits both: SCENARIO against --base-target and
--candidate-target, or two commands that each make a run directory at {out}, with {seed}
if they want it.

A run that was invalid, interrupted or killed is set aside when five others of its side
are left, and at least as many as were lost.

Exit codes: 0 nothing is worse (also when nobody can tell, with a warning, unless
--strict), 3 a regression, 5 the runs cannot be judged, 2 bad usage.`,
		RunE: func(cmd *cobra.Command, args []string) error { return c.run(cmd, args) },
	}
	flags := cmd.Flags()
	flags.StringArrayVar(&c.base, "base", nil, "run directories of the base: --base DIR DIR ... (a directory of runs and a pattern too)")
	flags.StringArrayVar(&c.candidate, "candidate", nil, "run directories of the candidate")
	flags.StringVar(&c.format, "format", "text", "text, markdown, json, junit, github (annotations and the job's summary), benchfmt (for benchstat -col side) or openmetrics (for a Pushgateway)")
	flags.StringVar(&c.gateFile, "gate", "", "take the gate of this scenario instead of the base's")
	flags.StringArrayVar(&c.metrics, "metric", nil, "compare this figure, as p99(connect_to_logged_in), instead of a gate (may be repeated)")
	flags.StringVar(&c.floor, "floor", "", "a difference that is too small to be called, for every figure (5%)")
	flags.StringSliceVar(&c.allow, "allow", nil, "let the scenarios differ here: populations, timeline")
	flags.BoolVar(&c.strict, "strict", false, "exit with 3 also when nobody can tell")
	c.turns.register(flags)
	return cmd
}

// repeated gives every directory behind --base and --candidate a flag of its own, so
// that a shell's pattern may stand there.
func repeated(args []string) []string {
	if len(args) == 0 || args[0] != "compare" {
		return args
	}
	var out []string
	flag := ""
	for i, arg := range args {
		switch {
		case arg == "--base" || arg == "--candidate":
			flag = arg
			if i+1 == len(args) || strings.HasPrefix(args[i+1], "-") {
				out = append(out, arg) // It lacks its value, and that will be said.
			}
		case strings.HasPrefix(arg, "-") || flag == "":
			flag = ""
			out = append(out, arg)
		default:
			out = append(out, flag+"="+arg)
		}
	}
	return out
}

func (c *comparison) run(cmd *cobra.Command, args []string) error {
	if !slices.Contains([]string{"text", "markdown", "json", "junit", "github", "benchfmt", "openmetrics"}, c.format) {
		return usagef("write text, markdown, json, junit, github, benchfmt or openmetrics", "--format %s: unknown format", c.format)
	}
	for _, part := range c.allow {
		if part != "populations" && part != "timeline" {
			return usagef("only populations and timeline may be allowed to differ", "--allow %s: no such part", part)
		}
	}
	gate, err := c.asked()
	if err != nil {
		return err
	}
	if c.turns.count > 0 {
		if len(c.base)+len(c.candidate) > 0 {
			return usagef("with --interleave the runs are made", "--base and --candidate name runs that are there already")
		}
		made, err := c.turns.make(cmd, c.streams, args)
		if err != nil {
			return err
		}
		c.base, c.candidate = []string{filepath.Join(made, baseSide)}, []string{filepath.Join(made, candidateSide)}
	} else if len(args) > 0 {
		return usagef("loginstorm compare --base DIR DIR --candidate DIR DIR", "%s belongs to no side", args[0])
	}
	base, err := loadSide("--base", c.base)
	if err != nil {
		return err
	}
	candidate, err := loadSide("--candidate", c.candidate)
	if err != nil {
		return err
	}
	if gate == nil {
		g, err := compare.GateOf(base[0])
		if err != nil {
			return err
		}
		gate = &g
	}
	if err := c.floors(gate); err != nil {
		return err
	}
	result, err := compare.Compare(base, candidate, *gate, compare.Options{Allow: c.allow, Seed: 1})
	if err != nil {
		return usagef("a figure reads like a threshold without its bound: p99(connect_to_logged_in)", "%w", err)
	}
	return c.finish(result)
}

// asked is the gate of the flags; nil = they name none.
func (c *comparison) asked() (*compare.Gate, error) {
	if c.gateFile != "" && len(c.metrics) > 0 {
		return nil, usagef("name one of them", "--gate and --metric exclude each other")
	}
	g := &compare.Gate{Asked: true}
	for _, text := range c.metrics {
		m, err := compare.NewMetric(text)
		if err != nil {
			return nil, usagef("a figure reads like a threshold without its bound: p99(connect_to_logged_in)", "--metric: %w", err)
		}
		g.Metrics = append(g.Metrics, m)
	}
	if c.gateFile != "" {
		in, err := load(c.streams, c.gateFile, stormOptions{}, plan.Options{Virtual: true})
		if err != nil {
			return nil, err
		}
		if len(in.plan.Gate) == 0 {
			return nil, usagef("write gate: into it, or leave --gate out", "%s has no gate", c.gateFile)
		}
		return gateOf(in.plan)
	}
	if len(g.Metrics) == 0 {
		return nil, nil
	}
	return g, nil
}

// gateOf is the gate of a plan.
func gateOf(p *plan.Plan) (*compare.Gate, error) {
	g := &compare.Gate{Asked: true}
	for _, one := range p.Gate {
		m, err := compare.NewMetric(one.Figure)
		if err != nil {
			return nil, err
		}
		if one.Floored {
			m.Floor = one.Floor
		}
		if one.Worse != "" {
			m.Lower = one.Worse == "lower"
		}
		g.Metrics = append(g.Metrics, m)
	}
	return g, nil
}

// floors applies --floor.
func (c *comparison) floors(g *compare.Gate) error {
	if c.floor == "" {
		return nil
	}
	floor, err := compare.Percent(c.floor)
	if err != nil {
		return usagef("write a percentage such as 5%", "--floor: %w", err)
	}
	for i := range g.Metrics {
		g.Metrics[i].Floor = floor
	}
	return nil
}

// mostRuns bounds a side: all of its seconds are held at once.
const mostRuns = 1000

// loadSide reads the runs of a side.
func loadSide(flag string, names []string) ([]*compare.Run, error) {
	if len(names) == 0 {
		return nil, usagef("loginstorm compare --base DIR DIR --candidate DIR DIR", "%s names no run directory", flag)
	}
	var dirs []string
	for _, name := range names {
		found, err := runsIn(name)
		if err != nil {
			return nil, usagef("name directories that a run printed at its end, or one that holds some", "%s %w", flag, err)
		}
		dirs = append(dirs, found...)
	}
	if len(dirs) > mostRuns {
		return nil, usagef("", "%s: %d runs are more than %d", flag, len(dirs), mostRuns)
	}
	var runs []*compare.Run
	for _, dir := range dirs {
		r, err := compare.Load(dir)
		if err != nil {
			return nil, &ended{code: exitError, err: err}
		}
		runs = append(runs, r)
	}
	return runs, nil
}

// runsIn lists the run directories that a name means: itself, those within it, or
// those that match it as a pattern.
func runsIn(name string) ([]string, error) {
	info, err := os.Stat(name)
	if err != nil {
		matches, bad := filepath.Glob(name)
		if bad != nil || len(matches) == 0 || slices.Equal(matches, []string{name}) {
			return nil, err
		}
		var all []string
		for _, m := range matches {
			if isRun(m) {
				all = append(all, m)
			}
		}
		if len(all) == 0 {
			return nil, fmt.Errorf("%s matches no run directory", name)
		}
		return all, nil
	}
	if isRun(name) {
		return []string{name}, nil
	}
	if !info.IsDir() {
		return nil, fmt.Errorf("%s is no directory", name)
	}
	entries, err := os.ReadDir(name) // Sorted by name.
	if err != nil {
		return nil, err
	}
	var all []string
	for _, e := range entries {
		if dir := filepath.Join(name, e.Name()); isRun(dir) {
			all = append(all, dir)
		}
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("%s holds no run directory", name)
	}
	return all, nil
}

func isRun(dir string) bool {
	info, err := os.Stat(filepath.Join(dir, rundir.RunFile))
	return err == nil && info.Mode().IsRegular()
}

// finish writes the result and returns how the process ends.
func (c *comparison) finish(r *compare.Result) error {
	var err error
	switch c.format {
	case "json":
		err = compare.JSON(c.out, r)
	case "markdown":
		err = compare.Markdown(c.out, r)
	case "junit":
		err = compare.JUnit(c.out, r, c.strict)
	case "benchfmt":
		err = compare.Bench(c.out, r)
	case "openmetrics":
		err = compare.OpenMetrics(c.out, r, time.Now())
	case "github":
		if err = compare.GitHub(c.out, r, c.strict); err == nil {
			err = jobSummary(os.Getenv("GITHUB_STEP_SUMMARY"), r)
		}
	default:
		err = compare.Text(c.out, r, colored(c.out))
	}
	if err != nil {
		return err
	}
	if c.format != "text" {
		fmt.Fprintf(c.err, "loginstorm: %s: %s\n", r.Verdict, r.Sentence)
	}
	switch r.Verdict {
	case compare.Worse:
		return silently(exitFailed)
	case compare.Invalid:
		return silently(exitInvalid)
	case compare.CannotTell:
		if c.strict {
			return silently(exitFailed)
		}
		fmt.Fprintf(c.err, "loginstorm: warning: nobody can tell about %d of %d; more runs can, and --strict fails here\n", r.Count(compare.CannotTell), len(r.Figures))
	}
	return nil
}

// jobSummary appends the result to the summary of a job; "" = there is none.
func jobSummary(path string, r *compare.Result) (err error) {
	if path == "" {
		return nil
	}
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, fs.FileMode(0o644))
	if err != nil {
		return fmt.Errorf("write the job's summary: %w", err)
	}
	defer func() {
		if closed := f.Close(); err == nil {
			err = closed
		}
	}()
	if err := compare.Markdown(f, r); err != nil {
		return fmt.Errorf("write the job's summary: %w", err)
	}
	_, err = io.WriteString(f, "\n")
	return err
}
