package main

import (
	"github.com/spf13/cobra"
)

func newCheck(s streams) *cobra.Command {
	var opts stormOptions
	var simulated bool
	cmd := &cobra.Command{
		Use:   "check SCENARIO",
		Short: "Validate a scenario and print the plan",
		Long: `Every fault of the file is reported at once, with its place and the remedy.
Nothing is sent.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			compile, err := opts.compile(cmd)
			if err != nil {
				return err
			}
			compile.Virtual = simulated
			in, err := load(s, args[0], opts, compile)
			if err != nil {
				return err
			}
			if opts.quiet {
				return nil
			}
			return in.plan.Print(s.out)
		},
	}
	flags := cmd.Flags()
	flags.Uint64Var(&opts.seed, "seed", 0, "decide everything by this seed instead of the scenario's")
	flags.DurationVar(&opts.duration, "duration", 0, "check a run of this length instead of the scenario's duration")
	flags.BoolVarP(&opts.quiet, "quiet", "q", false, "print faults alone")
	flags.BoolVar(&simulated, "simulate", false, "check for simulate, whose gateway obeys every verb")
	flags.StringArrayVar(&opts.targets, "target", nil, "check against this target instead of the scenario's")
	opts.registerPlan(flags)
	opts.format = "text"
	return cmd
}
