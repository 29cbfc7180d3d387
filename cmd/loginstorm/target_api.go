package main

import (
	"cmp"
	"fmt"
	"os"

	"github.com/spf13/pflag"

	"loginstorm/sim/gateway"
	"loginstorm/sim/plan"
	"loginstorm/sim/target"
)

// apiOptions are the flags of a target's server API.
type apiOptions struct {
	addr       string
	rate       uint32
	only       bool
	secretFile string
}

// appSecretEnv names the environment variable of the app's secret.
const appSecretEnv = "LOGINSTORM_APP_SECRET"

// apiRoom is how many accounts may be registered whose names do not follow from the
// scenario's prefix.
const apiRoom = 1_000_000

func (o *apiOptions) register(flags *pflag.FlagSet) {
	flags.StringVar(&o.addr, "api", "", "serve the server API (accounts are registered, blocked and given new tokens) on this address (default: none)")
	flags.Uint32Var(&o.rate, "api-rate", 0, "calls of the server API that are answered a second; more get 416 (0: all)")
	flags.BoolVar(&o.only, "registered-only", false, "with --api: nobody is known who was not registered")
	flags.StringVar(&o.secretFile, "app-secret-file", "", "read the app's secret, which signs calls and dynamic tokens, from this file (or set "+appSecretEnv+"; left out: the scenario's)")
}

// add adds the server API to a target. The secret is the one with which the scenario
// registers its accounts, unless it is said here.
func (o *apiOptions) add(cfg *target.Config, r *plan.Register) error {
	secret, err := o.secret()
	if err != nil {
		return usagef("", "read the app's secret: %w", err)
	}
	if r != nil {
		secret = cmp.Or(secret, r.AppSecret.Reveal())
	}
	cfg.AppSecret = target.NewSecret(secret)
	if cfg.AppSecret.Set() {
		cfg.Gateway.Dynamic = true // Whoever has the secret can sign a token.
	}
	switch {
	case o.addr == "" && (o.only || o.rate != 0):
		return usagef("write --api 127.0.0.1:8083", "--registered-only and --api-rate are about the server API, and there is none")
	case o.addr == "":
		return nil
	case !cfg.AppSecret.Set():
		return usagef("write --app-secret-file FILE, set "+appSecretEnv+", or name a scenario with target.accounts.register",
			"a server API needs the app's secret")
	}
	cfg.API = target.API{Addr: o.addr, Rate: o.rate, Only: o.only, Room: min(apiRoom, gateway.NoAccount-1)}
	return nil
}

func (o *apiOptions) secret() (string, error) {
	if o.secretFile == "" {
		return os.Getenv(appSecretEnv), nil
	}
	f, err := os.Open(o.secretFile)
	if err != nil {
		return "", fmt.Errorf("read %s: %w", o.secretFile, err)
	}
	defer f.Close()
	return firstLineOf(f, o.secretFile)
}
