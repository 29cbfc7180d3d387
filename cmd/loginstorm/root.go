package main

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"
)

// execute runs one command line and returns how the process ends.
func execute(args []string, s streams) exitCode {
	ctx, stop := interruptible(context.Background())
	defer stop()
	root := newRoot(s)
	if len(args) > 0 && args[0] == guardCommand {
		root.AddCommand(newGuard(s)) // It is no command of anybody else's.
	}
	root.SetArgs(repeated(args))
	root.SetIn(s.in)
	root.SetOut(s.out)
	root.SetErr(s.err)
	err := root.ExecuteContext(ctx)
	var end *ended
	if err != nil && !errors.As(err, &end) && !begun(root) {
		err = usagef("loginstorm --help lists the commands", "%w", err)
	}
	return conclude(err, s)
}

// begun reports whether a command got past its arguments: what fails before
// that is bad usage.
func begun(root *cobra.Command) bool {
	return root.Annotations["begun"] != ""
}

func newRoot(s streams) *cobra.Command {
	root := &cobra.Command{
		Use:   "loginstorm",
		Short: "Load-test instant-messaging gateways with exact virtual clients",
		Long: `Thousands of virtual clients run the login state machine and the reconnection
backoff of a real IM SDK against a gateway: yours, or the one in the box. YAML
scenarios cut links, trip rate limits and start kick races; latency from connect
to loggedIn lands in histograms.

Exit codes: 0 pass, 1 could not be carried out, 2 bad usage or scenario, 3 a
threshold was crossed or a regression found, 4 an oracle broke, 5 the generator was
the bottleneck, 130 interrupted.`,
		SilenceErrors: true,
		SilenceUsage:  true,
		Annotations:   map[string]string{},
	}
	root.AddCommand(newRun(s), newSimulate(s), newSuite(s), newTarget(s), newCheck(s), newSchema(s), newReport(s), newPredict(s), newCalibrate(s), newVersion(s))
	root.AddCommand(newAccounts(s), newExplore(s), newWorlds(s), newCompare(s), newSelftest(s), newProbe(s))
	root.PersistentPreRun = func(*cobra.Command, []string) { root.Annotations["begun"] = "yes" }
	return root
}

// interruptible returns a context that the first Ctrl-C (or SIGTERM) ends. From
// then on signals have their ordinary meaning again, so that the second one ends
// the process at once. An embedded target ends by itself: its standard input
// closes with this process.
func interruptible(parent context.Context) (context.Context, func()) {
	ctx, stop := signal.NotifyContext(parent, os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	return ctx, stop
}
