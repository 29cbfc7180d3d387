package main

import (
	"github.com/spf13/cobra"

	"loginstorm/sim/dialect"
	"loginstorm/sim/scenario"
)

func newSchema(s streams) *cobra.Command {
	var dialects bool
	cmd := &cobra.Command{
		Use:   "schema",
		Short: "Print the JSON Schema of scenario files, for editors",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			schema := scenario.Schema
			if dialects {
				schema = dialect.Schema
			}
			text, err := schema()
			if err != nil {
				return err
			}
			_, err = s.out.Write(append(text, '\n'))
			return err
		},
	}
	cmd.Flags().BoolVar(&dialects, "dialect", false, "print that of descriptions of dialogues instead")
	return cmd
}
