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
		Use:   "report RUNDIR [RUNDIR]",
		Short: "Print the summary of a run directory, or lay two over each other",
		Long: `With one run directory, its summary, also of a run that was killed. With two of one
scenario, in any order, both side by side with the relative error of each figure: a
simulation predicts what a run measures. Where they cannot be compared (another
scenario, seed or size, an invalid run, too few samples) that is said first.

With --format html, one page with charts that asks the network for nothing; up to eight
runs lie over each other in it.`,
		Args: cobra.RangeArgs(1, html.MaxRuns),
		RunE: func(_ *cobra.Command, args []string) error {
			switch format {
			case "html":
				return pageOf(s, out, args)
			case "text", "json":
			default:
				return usagef("write --format text, --format json or --format html", "--format %s: unknown format", format)
			}
			if out != "" {
				return usagef("redirect what is printed: > FILE", "--out goes with --format html")
			}
			if len(args) > 2 {
				return usagef("name one or two, or write --format html", "%d run directories: %s shows at most two", len(args), format)
			}
			run, err := readRun(args[0])
			if err != nil {
				return err
			}
			if len(args) == 2 {
				other, err := readRun(args[1])
				if err != nil {
					return err
				}
				return layOver(s, format, run, other)
			}
			sum, err := report.FromRun(run)
			if err != nil {
				return err
			}
			if format == "json" {
				return report.JSON(s.out, sum)
			}
			return report.Text(s.out, sum, report.Options{Color: colored(s.out), Width: width(s.out)})
		},
	}
	cmd.Flags().StringVar(&format, "format", "text", "text, json or html")
	cmd.Flags().StringVar(&out, "out", "", "file that the page goes to (default: standard output)")
	return cmd
}

// pageOf writes the page of run directories to a file, or to standard output.
func pageOf(s streams, out string, dirs []string) error {
	var runs []*rundir.Run
	for _, dir := range dirs {
		run, err := readRun(dir)
		if err != nil {
			return err
		}
		runs = append(runs, run)
	}
	if out == "" || out == "-" {
		return html.Write(s.out, runs...)
	}
	if err := replaced(out, func(w io.Writer) error { return html.Write(w, runs...) }); err != nil {
		return err
	}
	fmt.Fprintf(s.err, "written to %s\n", out)
	return nil
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

// layOver shows two run directories side by side.
func layOver(s streams, format string, a, b *rundir.Run) error {
	lay, err := report.LayOver(a, b)
	if err != nil {
		return err
	}
	if format == "json" {
		return report.LayJSON(s.out, lay)
	}
	return report.LayText(s.out, lay, report.Options{Color: colored(s.out), Width: width(s.out)})
}
