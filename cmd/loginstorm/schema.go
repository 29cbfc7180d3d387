package main

import (
	"github.com/spf13/cobra"

	"loginstorm/sim/scenario"
)

func newSchema(s streams) *cobra.Command {
	return &cobra.Command{
		Use:   "schema",
		Short: "Print the JSON Schema of scenario files, for editors",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			text, err := scenario.Schema()
			if err != nil {
				return err
			}
			_, err = s.out.Write(append(text, '\n'))
			return err
		},
	}
}
