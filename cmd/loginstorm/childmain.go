package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"

	"loginstorm/sim/backend"
	"loginstorm/sim/gateway"
	"loginstorm/sim/oracle"
	"loginstorm/sim/plan"
	"loginstorm/sim/target"
)

// maxChildConfig bounds the line a child is configured by: a list of a million
// account names fits.
const maxChildConfig = 64 << 20

// serveChild is the embedded target's main function: it reads its configuration,
// says where it listens, serves until its standard input ends, and reports.
func serveChild(ctx context.Context, s streams) error {
	// The parent decides when a child stops, not a Ctrl-C meant for the parent.
	ctx = context.WithoutCancel(ctx)
	in := bufio.NewReaderSize(s.in, 64<<10)
	cfg, err := readChildConfig(in)
	if err != nil {
		return fmt.Errorf("embedded gateway: %w", err)
	}
	watch := newGatewayWatch(cfg.Gateway)
	return serveWatched(ctx, s, in, watch, cfg.target(watch), cfg.Lasts)
}

// target is what the configuration describes, watched.
func (cfg childConfig) target(watch *gatewayWatch) target.Config {
	conf := target.Config{
		Gateway: cfg.Gateway, Addrs: cfg.Addrs, Control: "127.0.0.1:0", Secret: target.NewSecret(cfg.Secret),
		Generated: cfg.Generated, Directory: directory(cfg.Names), Observe: watch.observe, Given: watch.given,
	}
	besides(&conf, cfg.Web, cfg.App, cfg.Address, cfg.AppKey)
	return conf
}

// serveWatched serves until the input ends, what lasts in force from the first link
// on, and reports: early when a rule is broken, and at the end.
func serveWatched(ctx context.Context, s streams, in *bufio.Reader, watch *gatewayWatch, conf target.Config, lasts []gateway.Command) error {
	server, err := target.New(conf)
	if err != nil {
		return err
	}
	for _, cmd := range lasts {
		if err := server.Do(ctx, cmd); err != nil {
			return err
		}
	}
	if err := server.Listen(); err != nil {
		return err
	}
	out := json.NewEncoder(s.out)
	if err := out.Encode(server.Ready(os.Getpid())); err != nil {
		return err
	}
	ctx, done := target.FollowParent(ctx, in)
	defer done()
	served := make(chan error, 1)
	go func() { served <- server.Serve(ctx) }()
	var failed error
	select {
	case failed = <-served:
	case found := <-watch.first:
		// The parent ends the run; the report comes when it says so.
		if err := out.Encode(childReport{Early: true, Findings: []oracle.Finding{found}}); err != nil {
			return err
		}
		failed = <-served
	}
	if failed != nil {
		return failed
	}
	return out.Encode(childReport{Stats: server.Stats(), Findings: watch.end()})
}

// besides adds the servers beside the gateway to a target.
func besides(conf *target.Config, web string, app *plan.App, address *backend.Config, appKey string) {
	conf.Web, conf.Address, conf.AppKey = web, address, target.NewSecret(appKey)
	if app != nil {
		conf.App, conf.AppTTL, conf.AppSkew = &app.Server, app.TTL, app.Skew
	}
}

func readChildConfig(in *bufio.Reader) (childConfig, error) {
	var cfg childConfig
	var line []byte
	for {
		part, err := in.ReadSlice('\n')
		line = append(line, part...)
		if err == nil {
			break
		}
		if err != bufio.ErrBufferFull {
			return cfg, fmt.Errorf("read configuration: %w", err)
		}
		if len(line) > maxChildConfig {
			return cfg, fmt.Errorf("read configuration: longer than %d bytes", maxChildConfig)
		}
	}
	if err := json.Unmarshal(line, &cfg); err != nil {
		// What the line says may be secret; that it is wrong is enough.
		return cfg, fmt.Errorf("read configuration: not the JSON of a parent")
	}
	return cfg, nil
}

// directory resolves the accounts of a list; nil when there is none.
func directory(names []string) func(string) (uint32, bool) {
	if len(names) == 0 {
		return nil
	}
	numbers := make(map[string]uint32, len(names))
	for i, name := range names {
		numbers[name] = uint32(i)
	}
	return func(name string) (uint32, bool) {
		n, ok := numbers[name]
		return n, ok
	}
}

// gatewayWatch checks the gateway's side of the rules inside its process. Its
// hooks are called under the gateway's lock, in order.
type gatewayWatch struct {
	checker *oracle.Checker
	last    gateway.Time
	first   chan oracle.Finding // Gets the first broken rule.
}

func newGatewayWatch(cfg gateway.Config) *gatewayWatch {
	return &gatewayWatch{first: make(chan oracle.Finding, 1), checker: oracle.New(oracle.Config{
		MultiDevice: cfg.MultiDevice, ReconnectEvicts: cfg.ReconnectEvicts, Inputs: true,
	})}
}

func (w *gatewayWatch) given(now gateway.Time, in *gateway.Input) {
	w.last = now
	w.checker.Asked(now, in)
}

func (w *gatewayWatch) observe(now gateway.Time, o *gateway.Output) {
	w.checker.Gateway(now, o)
	if w.checker.Found() > 0 {
		select {
		case w.first <- w.checker.Broken()[0]:
		default: // It was told already.
		}
	}
}

// end closes the books. The server has stopped: nothing calls the hooks any more.
func (w *gatewayWatch) end() []oracle.Finding {
	w.checker.End(w.last)
	return w.checker.Broken()
}
