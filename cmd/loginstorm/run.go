package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"loginstorm/sim/dial"
	"loginstorm/sim/hook"
	"loginstorm/sim/live"
	"loginstorm/sim/plan"
	"loginstorm/sim/record"
	"loginstorm/sim/target"
)

func newRun(s streams) *cobra.Command {
	var opts stormOptions
	cmd := &cobra.Command{
		Use:   "run SCENARIO",
		Short: "Carry a scenario out on real sockets, in real time",
		Long: `Without a target in the scenario (or --target), the embedded gateway is started
as a child process and everything stays on this machine. A target that is not
loopback needs authorized: true in the scenario, or --authorized.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			compile, err := opts.compile(cmd)
			if err != nil {
				return err
			}
			in, err := load(s, args[0], opts, compile)
			if err != nil {
				return err
			}
			if err := opts.openPage(s.err); err != nil {
				return err
			}
			defer opts.page.close()
			return runLive(cmd.Context(), s, opts, in)
		},
	}
	opts.register(cmd.Flags())
	opts.registerLive(cmd.Flags())
	opts.registerPage(cmd.Flags())
	return cmd
}

// runLive carries a plan out against its target, or the one in the box.
func runLive(ctx context.Context, s streams, opts stormOptions, in *loaded) error {
	tuneMemory()
	if err := opts.look(&s); err != nil {
		return err
	}
	words := s.err
	if opts.quiet {
		words = io.Discard
	}
	for _, w := range in.plan.Warnings {
		fmt.Fprintf(s.err, "loginstorm: warning: %s\n", w)
	}
	// Login times and the instants of dynamic tokens are wall-clock time on both sides.
	in.plan.Gateway.Epoch = time.Now().UnixMilli()
	goal, err := reach(ctx, s, in)
	if err != nil {
		return err
	}
	defer goal.close()
	if err := consent(ctx, in.plan, append(goal.all(), watchURLs(in.plan)...), words); err != nil {
		return err
	}
	if err := in.register(ctx, words); err != nil {
		return err
	}
	cfg := live.Config{
		Plan: in.plan, Endpoints: goal.endpoints(), Control: goal.control, RunID: in.runID, UserAgent: "loginstorm/" + buildVersion(),
		Shards: max(1, min(runtime.GOMAXPROCS(0), len(in.plan.Clients.Account))),
		AppURL: goal.app, AddressURL: goal.address,
	}
	if err := live.Preflight(in.plan, cfg.Endpoints, cfg.Shards); err != nil {
		return &ended{code: exitError, err: err}
	}
	return storming(ctx, s, opts, in, goal, cfg)
}

// defaultGC is how much the heap may grow between two collections, in per cent, when
// GOGC does not say. A generator's heap is small and its garbage is what a login
// costs: at 400 a core begins a tenth more logins than at Go's own 100, for some
// tens of megabytes.
const defaultGC = 400

// tuneMemory sets what the environment does not; the run directory tells both.
func tuneMemory() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(defaultGC)
	}
}

// storming runs the fleet with everything that listens to it.
func storming(ctx context.Context, s streams, opts stormOptions, in *loaded, goal *goal, cfg live.Config) error {
	listener, err := listenMetrics(opts.metrics)
	if err != nil {
		return &ended{code: exitError, err: fmt.Errorf("serve metrics: %w", err), hint: "name a free address with --metrics, or --metrics off"}
	}
	st, err := newStorm(s, opts, "run", in, cfg.Shards)
	if err != nil {
		if listener != nil {
			listener.Close()
		}
		return err
	}
	figures := newRegistry(st, goal.side())
	metrics := serveMetrics(listener, figures)
	defer metrics.close()
	sender, err := opts.push.start(figures, in.runID)
	if err != nil {
		st.discard()
		return err
	}
	defer sender.Close()
	st.show.begin(metrics.url, goal.urls...)
	st.timeline()
	stopped, stop := context.WithCancel(ctx)
	defer stop()
	st.stop = stop
	judge := newJudge(in.plan, stop)
	cfg.Sink, cfg.Watch = st.sink, judge.watch
	var begin time.Time
	hooks := newHooks(in, func(o hook.Outcome) { st.hooked(time.Since(begin), o) })
	cfg.Hook = hooks.Do
	if goal.child != nil {
		goal.child.alarm(stop)
	}
	fleet, err := live.New(cfg)
	if err != nil {
		st.discard()
		return err
	}
	spent := cpuTime()
	begin = time.Now()
	if goal.child != nil {
		goal.child.diary(st.diary(begin))
	}
	st.examine(goal.child)
	defer st.monitor.Close()
	watching := st.watchTarget(ctx, begin)
	result, err := fleet.Run(stopped)
	notes := watching.end()
	result.Control = append(result.Control, hooks.Close()...)
	if err != nil {
		st.discard()
		return err
	}
	found, converged := judge.end(result.End, st.statuses())
	end := ending{end: result.End, interrupted: ctx.Err() != nil, convergence: &converged,
		shortages: result.Shortages, cpu: cpuTime() - spent}
	end.broken.add("", found)
	end.disobeyed(result.Control)
	end.notes, end.target = append(notes, st.sent(sender)...), watching.all
	goal.report(&end)
	err = st.finish(end)
	metrics.linger(ctx, opts.push.linger, st.tell)
	return err
}

// goal is what a run is aimed at.
type goal struct {
	urls     []string
	nodes    []uint8
	app      string // Where tokens and addresses are asked for; "" = nowhere.
	address  string
	control  live.Control // nil: nobody can change the gateway.
	webhooks []string     // Asked to change it.
	api      string       // Where accounts are registered; "" = nowhere.
	proxy    string       // On the way to it.
	child    *child       // nil: somebody else's gateway.
	port     *target.ControlClient
	once     sync.Once
	last     childReport
	lastErr  error
}

// addressSpan is how many clients share an address of the embedded gateway:
// beyond about 14,000 the kernel's search for a free port becomes slow.
const addressSpan = 10_000

// reach finds the target, or starts the embedded one.
func reach(ctx context.Context, s streams, in *loaded) (*goal, error) {
	p := in.plan
	if len(p.Target.URLs) > 0 {
		g := &goal{urls: p.Target.URLs, api: p.Accounts.API(), webhooks: webhooks(p), proxy: p.Target.Way.Proxy, app: p.Target.AppURL, address: p.Target.AddressURL}
		if p.Target.Control != "" && p.Target.Control != plan.Hooked {
			g.port = target.NewControl(p.Target.Control, target.NewSecret(in.controlSecret))
			g.control = g.port
		}
		return g, nil
	}
	child, err := startChild(ctx, embedded(p), s.err)
	if err != nil {
		return nil, err
	}
	return &goal{urls: child.URLs(), nodes: child.ready.NodeOf, control: child, child: child, webhooks: webhooks(p),
		app: cmp.Or(p.Target.AppURL, child.ready.Web), address: cmp.Or(p.Target.AddressURL, child.ready.Web)}, nil
}

// embedded configures the gateway in the box as the scenario describes it.
func embedded(p *plan.Plan) childConfig {
	nodes := max(1, int(p.Gateway.Nodes))
	each := (len(p.Clients.Account)/nodes + addressSpan) / addressSpan
	cfg := childConfig{Gateway: p.Gateway, Generated: generated(p), App: p.App, Address: p.Address, AppKey: p.Target.AppKey.Reveal()}
	if p.App != nil || p.Address != nil {
		cfg.Web = "127.0.0.1:0"
	}
	for i := range nodes * each {
		cfg.Addrs = append(cfg.Addrs, target.Addr{Listen: fmt.Sprintf("127.0.0.%d:0", 1+i%250), Node: uint8(i % nodes)})
	}
	return cfg
}

// generated is the rule of a plan's account names, as a target reads it.
func generated(p *plan.Plan) target.Generated {
	return target.Generated{Prefix: p.Accounts.Prefix, Width: len(p.Accounts.Name(0)) - len(p.Accounts.Prefix), Count: p.Accounts.Count}
}

func (g *goal) endpoints() []dial.Endpoint {
	all := make([]dial.Endpoint, len(g.urls))
	for i, u := range g.urls {
		all[i].URL = u
		switch {
		case i < len(g.nodes):
			all[i].Node = g.nodes[i]
		case g.child == nil:
			all[i].Node = uint8(min(i, 254)) // A verb's node is one of the addresses.
		}
	}
	return all
}

// all is everybody whom a run will reach.
func (g *goal) all() []string {
	all := slices.Clone(g.urls)
	for _, u := range append([]string{g.api, g.app, g.address, g.proxy}, g.webhooks...) {
		if u != "" && !slices.Contains(all, u) {
			all = append(all, u)
		}
	}
	return all
}

// close ends the embedded gateway. It may be called twice.
func (g *goal) close() {
	g.once.Do(func() {
		if g.child != nil {
			g.last, g.lastErr = g.child.Stop()
		}
		if g.port != nil {
			g.port.Close()
		}
	})
}

// report adds what the embedded gateway knows about the run.
func (g *goal) report(end *ending) {
	g.close()
	if g.child == nil {
		end.notes = append(end.notes, "the gateway's side of the rules could not be checked: it is not the embedded one")
		return
	}
	if g.lastErr != nil {
		end.notes = append(end.notes, "the gateway's side of the rules is not known: "+g.lastErr.Error())
		end.shortages = append(end.shortages, record.Shortage{What: g.lastErr.Error(),
			Remedy: "the embedded gateway is part of this run: see its own words, and do not end it from outside"})
		return
	}
	end.broken.add("gateway", g.last.Findings)
	end.gateway = &g.last.Stats
	end.gatewayCPU = g.child.CPU()
}

var (
	_ live.Control = (*child)(nil)
	_ live.Control = (*target.ControlClient)(nil)
)
