package main

import (
	"github.com/spf13/cobra"

	"loginstorm/report"
	"loginstorm/report/rundir"
)

func newReport(s streams) *cobra.Command {
	var format string
	cmd := &cobra.Command{
		Use:   "report RUNDIR",
		Short: "Print the summary of a run directory, also of a run that was killed",
		Args:  cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			if format != "text" && format != "json" {
				return usagef("write --format text or --format json", "--format %s: unknown format", format)
			}
			run, err := rundir.Read(args[0])
			if err != nil {
				return &ended{code: exitError, err: err, hint: "name the directory that a run printed at its end, such as runs/NAME-TIME"}
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
