package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"
	"golang.org/x/sync/errgroup"

	"loginstorm/sim/client"
	"loginstorm/sim/gateway"
	"loginstorm/sim/hook"
	"loginstorm/sim/live"
	"loginstorm/sim/login"
	"loginstorm/sim/oracle"
	"loginstorm/sim/plan"
	"loginstorm/sim/record"
	"loginstorm/sim/target"
	"loginstorm/sim/virtual"
)

// tellVirtual tells a story as simulate does.
func tellVirtual(t *testing.T, s *story) string {
	p := s.plan(t, true)
	l := newLives(p)
	agg := record.NewAggregate(p.Layout(), 1)
	sim, err := virtual.New(virtual.Config{Plan: p, Check: true, Watch: l.watch, Sink: agg.Add})
	if err != nil {
		t.Fatal(err)
	}
	result, err := sim.Run(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	accuse(t, result.Broken)
	agg.Flush()
	return l.told(p, agg.Totals(), s.counters)
}

// tellPiped tells a story over pipes in memory. It is called in a bubble.
func tellPiped(t *testing.T, s *story) string {
	st := newStage(s.plan(t, false))
	server, err := target.New(st.conf)
	if err != nil {
		t.Fatal(err)
	}
	var network pipes
	for node := range max(1, st.plan.Gateway.Nodes) {
		server.Attach(node, network.listen())
	}
	if st.conf.Web != "" {
		server.AttachWeb(network.listen())
	}
	st.server, st.control = server, server
	text, _ := st.tell(s, live.Config{Connect: network.dial, ConnectWeb: network.connect})
	return text
}

// hiccup is what the machine may be late by in a story over sockets: a third of
// what lies between two instants that have to follow one another. A run that was
// later says nothing, as an invalid run of the product says nothing.
const hiccup = 100 * time.Millisecond

// rounds is how often a story is told over sockets before lateness is no excuse.
const rounds = 8

// tellLoopbacks tells stories over sockets, which takes their real time: side by
// side. It returns what was told by where the story stands. A story that came out
// otherwise than in virtual time while the machine stood still is told again.
func tellLoopbacks(t *testing.T, stories []*story) map[string]string {
	t.Helper()
	byPlace := make(map[string]string, len(stories))
	for round := 1; len(stories) > 0; round++ {
		texts, late := tellRound(t, stories)
		var again []*story
		for i, s := range stories {
			byPlace[s.at] = texts[i]
			if texts[i] == s.want {
				continue
			}
			if late[i] > hiccup && round < rounds {
				again = append(again, s)
			} else {
				byPlace[s.at] += fmt.Sprintf("the machine was late by %v in round %d\n", late[i], round)
			}
		}
		stories = again
	}
	return byPlace
}

// tellRound tells stories over sockets once, and says how late the machine was in
// each. Nothing of them may be left.
func tellRound(t *testing.T, stories []*story) ([]string, []time.Duration) {
	t.Helper()
	before := goleak.IgnoreCurrent()
	told, late, stages := make([]string, len(stories)), make([]time.Duration, len(stories)), make([]*stage, len(stories))
	for i, s := range stories {
		stages[i] = newStage(s.plan(t, false))
		// All listen before one may give its port up for a while.
		if err := stages[i].listen(); err != nil {
			t.Fatal(err)
		}
	}
	stopwatch := startPulse()
	var all errgroup.Group
	for i, s := range stories {
		all.Go(func() error {
			told[i], late[i] = stages[i].tell(s, live.Config{})
			return nil
		})
	}
	_ = all.Wait() // What went wrong is told.
	gap := stopwatch.stop()
	for i := range late {
		late[i] = max(late[i], gap)
	}
	goleak.VerifyNone(t, before)
	return told, late
}

// pulse measures for how long the process did not get to run.
type pulse struct {
	done chan struct{}
	gap  chan time.Duration
}

func startPulse() *pulse {
	const beat = 5 * time.Millisecond
	p := &pulse{done: make(chan struct{}), gap: make(chan time.Duration, 1)}
	go func() {
		ticker := time.NewTicker(beat)
		defer ticker.Stop()
		worst, last := time.Duration(0), time.Now()
		for {
			select {
			case <-p.done:
				p.gap <- worst
				return
			case <-ticker.C:
			}
			now := time.Now()
			worst, last = max(worst, now.Sub(last)-beat), now
		}
	}()
	return p
}

func (p *pulse) stop() time.Duration {
	close(p.done)
	return <-p.gap
}

// punctual measures how long a gateway takes to obey.
type punctual struct {
	live.Control
	late atomic.Int64
}

func (p *punctual) Do(ctx context.Context, c gateway.Command) error {
	begun := time.Now()
	err := p.Control.Do(ctx, c)
	late := int64(time.Since(begun) - c.Downtime)
	for was := p.late.Load(); late > was && !p.late.CompareAndSwap(was, late); was = p.late.Load() {
	}
	return err
}

// stage is a run in this process: the embedded target as run configures its child,
// the driver as run configures it, and the oracles of both sides.
type stage struct {
	plan    *plan.Plan
	conf    target.Config
	watch   *gatewayWatch
	server  *target.Server
	control live.Control
	port    *target.ControlClient // nil: commands go to the server itself.
}

func newStage(p *plan.Plan) *stage {
	p.Gateway.Epoch = time.Now().UnixMilli()
	child := embedded(p)
	child.Secret = "of a stage"
	st := &stage{plan: p, watch: newGatewayWatch(p.Gateway)}
	st.conf = child.target(st.watch)
	return st
}

// listen serves the stage over loopback, its control port included.
func (st *stage) listen() error {
	server, err := target.New(st.conf)
	if err != nil {
		return err
	}
	if err := server.Listen(); err != nil {
		return err
	}
	st.server, st.port = server, target.NewControl(server.ControlURL(), st.conf.Secret)
	st.control = st.port
	return nil
}

// outcome is what a run on a stage came to.
type outcome struct {
	live.Result
	totals   *record.Totals
	statuses [login.Statuses]uint32
	broken   []oracle.Finding // Of the clients' side, then of the gateway's.
	late     time.Duration    // What driver and gateway took at worst where nothing should take long.
}

// run carries the plan out, to its end or until over says so at the end of a second.
// Everything it began has ended when it returns.
func (st *stage) run(cfg live.Config, watch func([]client.Published), over func(time.Duration) bool) (out outcome, err error) {
	served := make(chan error, 1)
	serving, stop := context.WithCancel(context.Background())
	defer stop()
	go func() { served <- st.server.Serve(serving) }()
	control := &punctual{Control: st.control}
	hooks := hook.New(hook.Config{Plan: st.plan})
	goal := goal{urls: st.server.URLs(), nodes: st.server.NodeOf()}
	running, halt := context.WithCancel(context.Background())
	defer halt()
	judge := newJudge(st.plan, halt)
	agg := record.NewAggregate(st.plan.Layout(), 2)
	cfg.Plan, cfg.Endpoints, cfg.Control, cfg.Hook, cfg.Shards = st.plan, goal.endpoints(), control, hooks.Do, 2
	cfg.Sink = func(iv *record.Interval) {
		agg.Add(iv)
		if over != nil && over(iv.To) {
			halt()
		}
	}
	cfg.AppURL, cfg.AddressURL = st.server.WebURL(), st.server.WebURL()
	cfg.Watch = func(batch []client.Published) {
		judge.watch(batch)
		watch(batch)
	}
	fleet, err := live.New(cfg)
	if err == nil {
		out.Result, err = fleet.Run(running)
	}
	err = errors.Join(append(hooks.Close(), err)...)
	stop()
	err = errors.Join(err, <-served)
	if st.port != nil {
		st.port.Close()
	}
	if err != nil {
		return out, err
	}
	agg.Flush()
	out.totals, out.late = agg.Totals(), time.Duration(control.late.Load())
	for _, m := range []record.Metric{record.StartLateness, record.TimerLateness, record.RecordLateness,
		record.PhaseAddress, record.PhaseDial, record.PhaseUpgrade, record.PhaseToken, record.PhaseLogin} {
		if h := out.totals.Histogram(m, record.Filter{}); h.Count() > 0 {
			out.late = max(out.late, h.Max())
		}
	}
	for i, n := range out.totals.Statuses(record.Filter{}) {
		out.statuses[i] = uint32(n)
	}
	found, _ := judge.end(out.End, out.statuses)
	out.broken = append(found, st.watch.end()...)
	return out, errors.Join(out.Control...)
}

// tell tells a story on the stage, and how late it was. Whatever goes wrong becomes
// a part of the story.
func (st *stage) tell(s *story, cfg live.Config) (string, time.Duration) {
	l := newLives(st.plan)
	out, err := st.run(cfg, l.watch, nil)
	if err != nil {
		return "error: " + err.Error(), out.late
	}
	text := l.told(st.plan, out.totals, s.counters)
	for _, f := range out.broken {
		text += fmt.Sprintf("broken: %v\n  %s\n", f, strings.Join(f.Last, "\n  "))
	}
	return text, out.late
}
