package main

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"loginstorm/sim/gateway"
	"loginstorm/sim/plan"
	"loginstorm/sim/target"
)

// targetOptions are the flags of the target command.
type targetOptions struct {
	listen     []string
	control    string
	web        string
	secretFile string
	tls        string
	accounts   uint32
	open       bool
	child      bool
	seed       uint64
	changes    stormOptions // Of the scenario.
	api        apiOptions
}

// controlSecretEnv names the environment variable of the control port's secret.
const controlSecretEnv = "LOGINSTORM_CONTROL_SECRET"

// defaultAccounts is how many accounts a target without a scenario has: more
// than any machine connects.
const defaultAccounts = 1_000_000

func newTarget(s streams) *cobra.Command {
	var opts targetOptions
	cmd := &cobra.Command{
		Use:   "target [SCENARIO]",
		Short: "Serve the embedded gateway alone, until Ctrl-C",
		Long: `Serves the gateway that the scenario describes, or one with default rules, for
clients in another process or in another language (sim/wire/PROTOCOL.md). With the
same scenario and seed, run knows its accounts and tokens. Only loopback addresses
are served unless --listen-beyond-loopback is said.`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if opts.child {
				return serveChild(cmd.Context(), s)
			}
			cfg, err := opts.config(cmd, s, args)
			if err != nil {
				return err
			}
			return serveTarget(cmd, s, cfg)
		},
	}
	flags := cmd.Flags()
	flags.StringArrayVar(&opts.listen, "listen", []string{"127.0.0.1:8080"}, "address to listen on; several are given to the nodes in turn")
	flags.StringVar(&opts.tls, "tls", "", "serve wss:// with certificate.pem and key.pem of this directory, made there when it has none")
	flags.StringVar(&opts.control, "control", "", "serve the control port on this address (default: none)")
	flags.StringVar(&opts.web, "web", "", "serve the app's tokens and the address server on this address (default: none)")
	flags.StringVar(&opts.secretFile, "control-secret-file", "", "read the control port's secret from this file (or set "+controlSecretEnv+")")
	flags.Uint32Var(&opts.accounts, "accounts", defaultAccounts, "without a scenario: how many accounts there are")
	flags.BoolVar(&opts.open, "listen-beyond-loopback", false, "serve addresses that other machines can reach")
	flags.Uint64Var(&opts.seed, "seed", 1, "without a scenario: the seed that tokens follow from")
	opts.changes.registerPlan(flags)
	opts.api.register(flags)
	flags.BoolVar(&opts.child, "child", false, "be the embedded gateway of a run")
	_ = flags.MarkHidden("child") // It fails only for a flag that does not exist.
	return cmd
}

// config is what the flags and the scenario describe.
func (o *targetOptions) config(cmd *cobra.Command, s streams, args []string) (target.Config, error) {
	cfg := target.Config{Control: o.control, AllowNonLoopback: o.open}
	shared := "" // The secret that the scenario's runs show.
	var registered *plan.Register
	if len(args) == 1 {
		compile := plan.Options{}
		if cmd.Flags().Changed("seed") {
			compile.Seed = &o.seed
		}
		compile.Virtual = true // Verbs of the timeline are for whoever runs it.
		in, err := load(s, args[0], o.changes, compile)
		if err != nil {
			return cfg, err
		}
		shared, registered = in.controlSecret, in.plan.Accounts.Register
		cfg.Gateway, cfg.Generated = in.plan.Gateway, generated(in.plan)
		cfg.Gateway.Accounts = in.plan.Accounts.Count
		besides(&cfg, o.web, in.plan.App, in.plan.Address, in.plan.Target.AppKey.Reveal())
	} else {
		cfg.Web = o.web
		accounts := plan.Accounts{Prefix: plan.DefaultPrefix, Count: o.accounts, TokenSeed: o.seed}
		cfg.Gateway = gateway.Config{Seed: o.seed, TokenSeed: o.seed, Accounts: o.accounts}.Normal()
		cfg.Generated = generated(&plan.Plan{Accounts: accounts})
	}
	nodes := max(1, int(cfg.Gateway.Nodes))
	for i, addr := range o.listen {
		cfg.Addrs = append(cfg.Addrs, target.Addr{Listen: addr, Node: uint8(i % nodes)})
	}
	if o.tls != "" {
		var err error
		if cfg.TLS, err = certified(o.tls, o.listen); err != nil {
			return cfg, usagef("", "serve wss: %w", err)
		}
	}
	if err := o.api.add(&cfg, registered); err != nil {
		return cfg, err
	}
	secret, err := o.secret()
	if err != nil {
		return cfg, usagef("", "%w", err)
	}
	cfg.Secret = target.NewSecret(cmp.Or(secret, shared))
	return cfg, nil
}

// secret reads the control port's secret; "" = there is none.
func (o *targetOptions) secret() (string, error) {
	if o.secretFile == "" {
		return os.Getenv(controlSecretEnv), nil
	}
	f, err := os.Open(o.secretFile)
	if err != nil {
		return "", fmt.Errorf("read the control secret: %w", err)
	}
	defer f.Close()
	text, err := firstLineOf(f, o.secretFile)
	if err != nil {
		return "", fmt.Errorf("read the control secret: %w", err)
	}
	return text, nil
}

// serveTarget serves until the command is interrupted, which is its ordinary
// end.
func serveTarget(cmd *cobra.Command, s streams, cfg target.Config) error {
	server, err := target.New(cfg)
	if err != nil {
		return usagef("", "%w", err)
	}
	if err := server.Listen(); err != nil {
		return &ended{code: exitError, err: err, hint: "name a free address with --listen"}
	}
	for i, u := range server.URLs() {
		fmt.Fprintf(s.err, "listening %s (node %d)\n", u, server.NodeOf()[i]+1)
	}
	if u := server.ControlURL(); u != "" {
		fmt.Fprintf(s.err, "control   %s\n", u)
	}
	if u := server.WebURL(); u != "" {
		fmt.Fprintf(s.err, "web       %s\n", u)
	}
	if u := server.APIURL(); u != "" {
		fmt.Fprintf(s.err, "api       %s\n", u)
	}
	fmt.Fprintf(s.err, "accounts  %s to %s%s\n", first(cfg.Generated), last(cfg.Generated), unlessNot(cfg.API.Only, ", once they are registered"))
	if err := server.Serve(cmd.Context()); err != nil && !errors.Is(err, cmd.Context().Err()) {
		return err
	}
	st := server.Stats()
	fmt.Fprintf(s.err, "stopped   after %.0f s, %d connections accepted\n", st.UptimeSeconds, st.AcceptedTotal)
	return nil
}

func first(g target.Generated) string { return accountName(g, 0) }
func last(g target.Generated) string  { return accountName(g, max(g.Count, 1)-1) }

func accountName(g target.Generated, n uint32) string {
	digits := fmt.Sprint(n)
	return g.Prefix + strings.Repeat("0", max(0, g.Width-len(digits))) + digits
}
