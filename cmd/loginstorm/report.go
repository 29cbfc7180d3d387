package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"loginstorm/report"
	"loginstorm/report/html"
	"loginstorm/report/rundir"
)

func newReport(s streams) *cobra.Command {
	var format, out string
	cmd := &cobra.Command{
		Use:   "report RUNDIR [RUNDIR ...]",
		Short: "Show run directories: text, JSON, HTML, JUnit, OpenMetrics or CSV",
		Long: `With one run directory, its summary; of one that is damaged, cut off, killed, older or
still being written whatever can be read, and what is missing. With two of one scenario,
in any order, both side by side with the relative error of each figure: a simulation
predicts what a run measures. Where they cannot be compared (another scenario, seed or
size, an invalid run, too few samples) that is said first.

  text         for people; one run, or two side by side
  json         the same for programs
  html         one page with charts that asks the network for nothing; up to eight runs
  junit        a suite a run, a test case for the verdict and for each threshold
  openmetrics  the final figures as a scrape gets them; one run
  csv          a line a second, runs one below the other; percentiles of the whole run are
               in json, histograms of each second in the *.hlog of the directory`,
		Args: cobra.RangeArgs(1, html.MaxRuns),
		RunE: func(_ *cobra.Command, args []string) error {
			f := reportFormats()[format]
			if f.write == nil {
				return usagef("write --format text, json, html, junit, openmetrics or csv", "--format %s: unknown format", format)
			}
			if len(args) > f.most {
				return usagef(f.instead, "%d run directories: %s shows at most %d", len(args), format, f.most)
			}
			var runs []*rundir.Run
			for _, dir := range args {
				run, err := readRun(dir)
				if err != nil {
					return err
				}
				runs = append(runs, run)
			}
			if out == "" || out == "-" {
				return f.write(s.out, runs)
			}
			if err := replaced(out, func(w io.Writer) error { return f.write(w, runs) }); err != nil {
				return err
			}
			fmt.Fprintf(s.err, "written to %s\n", out)
			return nil
		},
	}
	cmd.Flags().StringVar(&format, "format", "text", "text, json, html, junit, openmetrics or csv")
	cmd.Flags().StringVar(&out, "out", "", "file that it goes to, replaced in one piece (default: standard output)")
	return cmd
}

// reportFormat is a way to show run directories.
type reportFormat struct {
	most    int    // So many directories at most.
	instead string // What to do with more.
	write   func(w io.Writer, runs []*rundir.Run) error
}

// reportFormats are the formats of report, by their names.
func reportFormats() map[string]reportFormat {
	const two = "name one or two, or write --format html"
	return map[string]reportFormat{
		"text":  {2, two, textOf},
		"json":  {2, two, jsonOf},
		"html":  {html.MaxRuns, "show fewer", func(w io.Writer, runs []*rundir.Run) error { return html.Write(w, runs...) }},
		"junit": {html.MaxRuns, "show fewer", func(w io.Writer, runs []*rundir.Run) error { return report.JUnit(w, runs...) }},
		"csv":   {html.MaxRuns, "show fewer", func(w io.Writer, runs []*rundir.Run) error { return report.CSV(w, runs...) }},
		"openmetrics": {1, "write a file for each: its series are told apart by what is in the run, not by the run",
			func(w io.Writer, runs []*rundir.Run) error { return report.OpenMetrics(w, runs[0]) }},
	}
}

// textOf shows one run, or lays two over each other, for people.
func textOf(w io.Writer, runs []*rundir.Run) error {
	o := report.Options{Color: colored(w), Width: width(w)}
	if len(runs) == 2 {
		lay, err := report.LayOver(runs[0], runs[1])
		if err != nil {
			return err
		}
		return report.LayText(w, lay, o)
	}
	sum, err := report.FromRun(runs[0])
	if err != nil {
		return err
	}
	return report.Text(w, sum, o)
}

// jsonOf is textOf for programs.
func jsonOf(w io.Writer, runs []*rundir.Run) error {
	if len(runs) == 2 {
		lay, err := report.LayOver(runs[0], runs[1])
		if err != nil {
			return err
		}
		return report.LayJSON(w, lay)
	}
	sum, err := report.FromRun(runs[0])
	if err != nil {
		return err
	}
	return report.JSON(w, sum)
}

// replaced writes a file in one piece: whoever reads it sees the old one or the new one.
func replaced(path string, write func(io.Writer) error) error {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*")
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	const mode = 0o644
	err = write(f)
	if changed := f.Chmod(mode); err == nil {
		err = changed
	}
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		os.Remove(f.Name())
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}

// readRun reads a run directory that the user named.
func readRun(dir string) (*rundir.Run, error) {
	run, err := rundir.Read(dir)
	if err != nil {
		return nil, &ended{code: exitError, err: err, hint: "name the directory that a run printed at its end, such as runs/NAME-TIME"}
	}
	return run, nil
}
