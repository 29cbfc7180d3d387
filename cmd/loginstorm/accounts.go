package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"time"

	"github.com/dustin/go-humanize"
	"github.com/spf13/cobra"

	"loginstorm/sim/account"
	"loginstorm/sim/plan"
)

// accountsOptions are the flags of the accounts commands.
type accountsOptions struct {
	changes    stormOptions // Of the scenario.
	authorized bool
	quiet      bool
	kick       bool
}

func newAccounts(s streams) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "accounts",
		Short: "Register, block and unblock a scenario's accounts through the server API",
		Long: `What run does before it begins where a scenario has target.accounts.register, as a
command of its own. What was registered is kept in the scenario's state file, and a
second time only what is missing is asked for.`,
	}
	cmd.AddCommand(
		newAccountsAction(s, "register", "Register the accounts that are not registered yet", registerAccounts),
		newAccountsAction(s, "block", "Block all accounts: their next login gets 422", blockAccounts),
		newAccountsAction(s, "unblock", "Take block back", unblockAccounts),
	)
	return cmd
}

// accountsAction carries out one action for the accounts of a plan.
type accountsAction func(ctx context.Context, c *account.Client, in *loaded, o *accountsOptions, tell func(account.Progress)) error

func newAccountsAction(s streams, name, short string, do accountsAction) *cobra.Command {
	var opts accountsOptions
	cmd := &cobra.Command{
		Use: name + " SCENARIO", Short: short, Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			in, err := load(s, args[0], opts.changes, plan.Options{Virtual: true, Authorized: opts.authorized})
			if err != nil {
				return err
			}
			r := in.plan.Accounts.Register
			if r == nil {
				return usagef("write target.accounts: {register: {url: ..., appKey: ..., appSecret: ...}}", "%s registers no accounts", args[0])
			}
			words := s.err
			if opts.quiet {
				words = io.Discard
			}
			if err := consent(cmd.Context(), in.plan, []string{r.URL}, words); err != nil {
				return err
			}
			return in.throughAPI(cmd.Context(), words, name, func(ctx context.Context, c *account.Client, tell func(account.Progress)) error {
				return do(ctx, c, in, &opts, tell)
			})
		},
	}
	flags := cmd.Flags()
	opts.changes.registerPlan(flags)
	flags.BoolVar(&opts.authorized, "authorized", false, "say that an API that is not loopback may be asked")
	flags.BoolVarP(&opts.quiet, "quiet", "q", false, "say nothing but what went wrong")
	if name == "block" {
		flags.BoolVar(&opts.kick, "kick", false, "end their sessions, too")
	}
	return cmd
}

// register registers what a plan's accounts lack, and gives the plan their tokens.
func (in *loaded) register(ctx context.Context, words io.Writer) error {
	if in.plan.Accounts.Register == nil {
		return nil
	}
	err := in.throughAPI(ctx, words, "register", func(ctx context.Context, c *account.Client, tell func(account.Progress)) error {
		return registerAccounts(ctx, c, in, nil, tell)
	})
	in.plan.Gateway.Epoch = time.Now().UnixMilli() // Dynamic tokens do not age meanwhile.
	return err
}

// tellEvery is how often progress is told.
const tellEvery = 2 * time.Second

// throughAPI carries an action out and tells how far it is.
func (in *loaded) throughAPI(ctx context.Context, words io.Writer, what string, do func(context.Context, *account.Client, func(account.Progress)) error) error {
	c := account.NewClient(in.plan.Accounts.Register, "loginstorm/"+buildVersion())
	defer c.Close()
	begin := time.Now()
	told, last := begin, account.Progress{Total: int(in.plan.Accounts.Count)}
	slowed := false
	err := do(ctx, c, func(p account.Progress) {
		last, slowed = p, slowed || p.Slow
		if now := time.Now(); now.Sub(told) >= tellEvery {
			fmt.Fprintf(words, "%-9s %s%s\n", what, far(p), unlessNot(slowed, ": the API says 416, so it goes slower"))
			told, slowed = now, false
		}
	})
	if account.Interrupted(err) && ctx.Err() != nil {
		return &ended{code: exitInterrupted, err: fmt.Errorf("interrupted: %s", far(last)), hint: "the same command goes on from there"}
	}
	if err != nil {
		return &ended{code: exitError, err: fmt.Errorf("%s: %w", far(last), err)}
	}
	fmt.Fprintf(words, "%-9s %s accounts, after %v\n", what, humanize.Comma(int64(last.Total)), time.Since(begin).Round(100*time.Millisecond))
	return nil
}

func far(p account.Progress) string {
	return fmt.Sprintf("%s of %s accounts", humanize.Comma(int64(p.Done)), humanize.Comma(int64(p.Total)))
}

func unlessNot(said bool, text string) string {
	if !said {
		return ""
	}
	return text
}

func registerAccounts(ctx context.Context, c *account.Client, in *loaded, _ *accountsOptions, tell func(account.Progress)) (err error) {
	a := &in.plan.Accounts
	path := a.Register.State
	if in.path != "-" {
		path = relative(filepath.Dir(in.path), path)
	}
	state, err := account.OpenState(path, a.Register.URL)
	if err != nil {
		return fmt.Errorf("target.accounts.register.state: %w", err)
	}
	defer func() { err = errors.Join(err, state.Close()) }()
	tokens, err := c.Register(ctx, state, int(a.Count), a.Name, tell)
	if err != nil {
		return err
	}
	a.Registered(tokens)
	return nil
}

func blockAccounts(ctx context.Context, c *account.Client, in *loaded, o *accountsOptions, tell func(account.Progress)) error {
	return c.Block(ctx, int(in.plan.Accounts.Count), in.plan.Accounts.Name, o.kick, tell)
}

func unblockAccounts(ctx context.Context, c *account.Client, in *loaded, _ *accountsOptions, tell func(account.Progress)) error {
	return c.Unblock(ctx, int(in.plan.Accounts.Count), in.plan.Accounts.Name, tell)
}
