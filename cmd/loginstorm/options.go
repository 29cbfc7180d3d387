package main

import (
	"fmt"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"loginstorm/report"
	"loginstorm/sim/plan"
	"loginstorm/sim/scenario"
)

// stormOptions are the flags that run and simulate share.
type stormOptions struct {
	seed       uint64
	out        string
	format     string
	quiet      bool
	view       string
	metrics    string
	ui         string    // Where the live page is served; "" = nowhere.
	page       *livePage // nil = there is none.
	push       pushOptions
	duration   time.Duration
	targets    []string
	authorized bool
	maxRate    string
	maxClients uint32
	command    []string // As typed.
	scale      string
	sets       []string
	trace      *tracing              // The lives that are shown; nil = none.
	told       func(*report.Summary) // Gets the summary in place of standard output; nil = it is printed.
}

func (o *stormOptions) register(flags *pflag.FlagSet) {
	flags.Uint64Var(&o.seed, "seed", 0, "decide everything by this seed instead of the scenario's")
	flags.StringVar(&o.out, "out", "", "write the run directory here (default runs/NAME-TIME)")
	flags.StringVar(&o.format, "format", "text", "summary on standard output: text or json")
	flags.BoolVarP(&o.quiet, "quiet", "q", false, "one line at the end and nothing before it")
	flags.StringVar(&o.view, "view", viewAuto, "how the run is shown meanwhile: full (a whole terminal), line (one that changes), plain (lines), or auto")
	flags.DurationVar(&o.duration, "duration", 0, "end the run after this long instead of the scenario's duration")
	o.registerPlan(flags)
}

// registerPlan adds the flags that change a scenario before it is compiled.
func (o *stormOptions) registerPlan(flags *pflag.FlagSet) {
	flags.StringVar(&o.scale, "scale", "", "multiply the populations, their arrival rates and every count by this (4, or 0.5)")
	flags.StringArrayVar(&o.sets, "set", nil, "change a key of the scenario: populations.phones.reconnect=full-jitter (may be repeated; an empty value takes the key out)")
}

// registerLive adds the flags of real sockets.
func (o *stormOptions) registerLive(flags *pflag.FlagSet) {
	flags.StringVar(&o.metrics, "metrics", "", "serve /metrics for Prometheus on this address (default: the first free port from 127.0.0.1:9464; off = none)")
	o.push.register(flags)
	flags.StringArrayVar(&o.targets, "target", nil, "connect here instead of the scenario's target (ws://host:port/path; may be repeated)")
	flags.BoolVar(&o.authorized, "authorized", false, "say that a target that is not loopback may be loaded")
	flags.StringVar(&o.maxRate, "max-rate", "", "begin no more links a second than this, whatever the scenario asks (500/s); what has to wait counts as late")
	flags.Uint32Var(&o.maxClients, "max-clients", 0, "refuse a scenario with more clients than this")
}

// compile checks the flags and turns them into what a plan is compiled with.
func (o *stormOptions) compile(cmd *cobra.Command) (plan.Options, error) {
	o.command = withoutSecrets(os.Args)
	p := plan.Options{Duration: o.duration, URLs: o.targets, Authorized: o.authorized, MaxClients: o.maxClients}
	if cmd.Flags().Changed("seed") {
		p.Seed = &o.seed
	}
	if o.format != "text" && o.format != "json" {
		return p, usagef("write --format text or --format json", "--format %s: unknown format", o.format)
	}
	if !slices.Contains([]string{"", viewAuto, viewFull, viewLine, viewPlain}, o.view) {
		return p, usagef("write --view auto, full, line or plain", "--view %s: unknown view", o.view)
	}
	if o.duration < 0 {
		return p, usagef("", "--duration %v: a run cannot end before it begins", o.duration)
	}
	if err := o.push.check(); err != nil {
		return p, err
	}
	if o.maxRate != "" {
		rate, err := perSecond(o.maxRate)
		if err != nil {
			return p, usagef("write a rate such as 500/s", "--max-rate: %w", err)
		}
		p.MaxRate = rate
	}
	return p, nil
}

// patches are the changes of --set.
func (o *stormOptions) patches() ([]scenario.Patch, error) {
	var all []scenario.Patch
	for _, set := range o.sets {
		p, err := scenario.ParsePatch(set)
		if err != nil {
			return nil, usagef("", "--set: %w", err)
		}
		all = append(all, p)
	}
	return all, nil
}

// scaled applies --scale and returns what it left alone.
func (o *stormOptions) scaled(f *scenario.File) ([]string, error) {
	if o.scale == "" {
		return nil, nil
	}
	n, err := strconv.ParseFloat(o.scale, 64)
	if err != nil || !(n >= 0.001) || n > 1000 || n*1000 != math.Trunc(n*1000) {
		return nil, usagef("write a number from 0.001 to 1000 with at most three decimals", "--scale %s: no factor", o.scale)
	}
	return f.Scale(uint32(n * 1000))
}

// perSecond reads a rate such as 500/s or 30/m.
func perSecond(text string) (float64, error) {
	number, unit, ok := strings.Cut(text, "/")
	per := map[string]float64{"s": 1, "m": 60, "h": 3600}[unit]
	n, err := strconv.ParseFloat(number, 64)
	if !ok || per == 0 || err != nil || !(n > 0) || n > 1e9 {
		return 0, fmt.Errorf("%q is not a rate", text)
	}
	return n / per, nil
}
