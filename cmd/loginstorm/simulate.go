package main

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"loginstorm/sim/virtual"
)

func newSimulate(s streams) *cobra.Command {
	var opts stormOptions
	var trace traceOptions
	cmd := &cobra.Command{
		Use:   "simulate SCENARIO",
		Short: "Carry a scenario out in virtual time, deterministically from its seed",
		Long: `The same plan, the same clients and the same gateway rules as run, in virtual
time: nothing is sent, and the same seed gives the same result byte for byte.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			compile, err := opts.compile(cmd)
			if err != nil {
				return err
			}
			compile.Virtual = true
			in, err := load(s, args[0], opts, compile)
			if err != nil {
				return err
			}
			if opts.trace, err = trace.open(s, opts.format, in.plan); err != nil {
				return err
			}
			return simulate(cmd.Context(), s, opts, in)
		},
	}
	opts.register(cmd.Flags())
	trace.register(cmd.Flags())
	return cmd
}

func simulate(ctx context.Context, s streams, opts stormOptions, in *loaded) error {
	return simulateWith(ctx, s, opts, in, virtual.Config{Plan: in.plan, Check: true, StopOnBroken: true})
}

// simulateWith runs a simulation with everything that listens to it.
func simulateWith(ctx context.Context, s streams, opts stormOptions, in *loaded, cfg virtual.Config) error {
	if err := opts.look(&s); err != nil {
		return err
	}
	st, err := newStorm(s, opts, "simulate", in, 1)
	if err != nil {
		return err
	}
	st.timeline()
	stopped, stop := context.WithCancel(ctx)
	defer stop()
	st.stop = stop
	cfg.Sink, cfg.Progress = st.sink, st.show.simulated
	sim, err := virtual.New(cfg)
	if err != nil {
		st.discard()
		return err
	}
	opts.trace.follow(sim)
	begun := time.Now()
	result, err := sim.Run(stopped)
	st.keep(opts.trace.end(result.End))
	if err != nil {
		st.discard()
		return err
	}
	end := ending{end: result.End, interrupted: ctx.Err() != nil, convergence: &result.Convergence,
		events: result.Events, digest: result.Digest, took: time.Since(begun)}
	end.broken.add("", result.Broken)
	return st.finish(end)
}
