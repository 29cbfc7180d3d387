package main

import (
	"github.com/spf13/cobra"

	"loginstorm/report"
	"loginstorm/report/rundir"
)

func newReport(s streams) *cobra.Command {
	var format string
	cmd := &cobra.Command{
		Use:   "report RUNDIR [RUNDIR]",
		Short: "Print the summary of a run directory, or lay two over each other",
		Long: `With one run directory, its summary, also of a run that was killed. With two of one
scenario, in any order, both side by side with the relative error of each figure: a
simulation predicts what a run measures. Where they cannot be compared (another
scenario, seed or size, an invalid run, too few samples) that is said first.`,
		Args: cobra.RangeArgs(1, 2),
		RunE: func(_ *cobra.Command, args []string) error {
			if format != "text" && format != "json" {
				return usagef("write --format text or --format json", "--format %s: unknown format", format)
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
	cmd.Flags().StringVar(&format, "format", "text", "text or json")
	return cmd
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
