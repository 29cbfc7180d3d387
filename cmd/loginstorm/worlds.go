package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/dustin/go-humanize"
	"github.com/spf13/cobra"

	"loginstorm/sim/gateway"
	"loginstorm/sim/worlds"
)

// worldsOptions are the flags of worlds.
type worldsOptions struct {
	depth, states   int
	clients         int
	logins, faults  uint8
	policy          string
	reconnectEvicts bool
}

func newWorlds(s streams) *cobra.Command {
	var o worldsOptions
	cmd := &cobra.Command{
		Use:   "worlds",
		Short: "Visit every order of events of two or three clients",
		Long: `Two or three clients of one account, the real gateway, and a network on which
everything may take any time: every interleaving of logins, replies, kicks, drops,
reconnects and logouts is visited, with at most so many logins by hand and so many
faults, up to a depth or until there is no other state. The rules of the
specification are checked on the way. A broken one ends with exit code 4 and the
shortest history that breaks it.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return o.explore(cmd.Context(), s) },
	}
	flags := cmd.Flags()
	flags.IntVar(&o.depth, "depth", worlds.MaxDepth, "the most steps of a history (default: until there is no other state)")
	flags.IntVar(&o.states, "states", 0, "stop behind the depth that reaches so many states (0: no limit)")
	flags.IntVar(&o.clients, "clients", 2, "how many clients the account has: 1 to 3")
	flags.Uint8Var(&o.logins, "logins", 1, "how often login is called by hand")
	flags.Uint8Var(&o.faults, "faults", 1, "how many drops, kicks, logouts, kills and late answers there may be in all")
	flags.StringVar(&o.policy, "policy", "", "one, class, all or custom (default: one after the other)")
	flags.BoolVar(&o.reconnectEvicts, "reconnect-evicts", false, "a client that comes back pushes others out")
	return cmd
}

// explore visits the worlds of the policies that were asked for.
func (o *worldsOptions) explore(ctx context.Context, s streams) error {
	all := []gateway.Policy{gateway.PolicyOne, gateway.PolicyClass, gateway.PolicyAll, gateway.PolicyCustom}
	if o.policy != "" {
		all = all[:1]
		if err := all[0].UnmarshalText([]byte(o.policy)); err != nil {
			return usagef("", "--policy: %w", err)
		}
	}
	fmt.Fprintf(s.out, "%-8s %8s %12s %12s %6s %9s  %s\n", "policy", "clients", "states", "transitions", "depth", "seconds", "")
	broken := false
	for _, p := range all {
		begun := time.Now()
		r, err := worlds.Explore(worlds.Config{
			Policy: p, Clients: o.clients, Depth: o.depth, States: o.states,
			Budget: worlds.DefaultBudget(o.logins, o.faults), ReconnectEvicts: o.reconnectEvicts,
			Stop: func() bool { return ctx.Err() != nil },
		})
		if err != nil {
			return usagef("", "%w", err)
		}
		fmt.Fprintf(s.out, "%-8v %8d %12s %12s %6d %9.1f  %s\n", p, o.clients, humanize.Comma(int64(r.States)), humanize.Comma(int64(r.Transitions)),
			r.Depth, time.Since(begun).Seconds(), cameTo(&r))
		if v := r.Violation; v != nil {
			broken = true
			fmt.Fprintf(s.err, "loginstorm: broken: %s\n  %s\n", v.Says, strings.Join(v.Story, "\n  "))
		}
		if ctx.Err() != nil {
			return silently(exitInterrupted)
		}
	}
	if broken {
		return silently(exitBroken)
	}
	return nil
}

// cameTo says in a word or two how far an exploration came.
func cameTo(r *worlds.Result) string {
	switch {
	case r.Violation != nil:
		return "broken"
	case r.Complete:
		return "every state"
	case r.Stopped:
		return "stopped"
	}
	return "to this depth"
}
