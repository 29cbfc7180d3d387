package main

import (
	"context"
	"errors"
	"net"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
	"golang.org/x/sync/errgroup"

	"loginstorm/sim/client"
	"loginstorm/sim/dial"
	"loginstorm/sim/live"
	"loginstorm/sim/login"
	"loginstorm/sim/plan"
	"loginstorm/sim/scenario"
	"loginstorm/sim/target"
	"loginstorm/sim/virtual"
)

// stories are told three times: in virtual time, over pipes in memory with the
// real driver and the real target under a fake clock, and over loopback sockets.
// Each client goes through the same statuses in all three. Instants that have to
// follow one another within one client lie 300 ms apart, so that no order hangs
// on a scheduler.
var stories = []struct{ name, text string }{
	{"cut by reset", storyOf("", `
  - {name: cut, at: 1400ms, cut: {share: 50%, of: phones, by: reset}}`)},
	{"cut by close", storyOf("", `
  - {name: cut, at: 1400ms, cut: {share: 100%, of: phones, by: close, code: 1001}}`)},
	{"restart", storyOf("", `
  - {name: deploy, at: 1400ms, restart: {downtime: 900ms, by: orderly}}`)},
	{"the network goes and returns", storyOf("", `
  - {name: tunnel, at: 1400ms, networkLoss: {share: 75%, of: phones, for: 800ms}}`)},
	{"a later login pushes the earlier ones out", storyOf("one", `
  - {name: race, at: 1400ms, kickRace: {accounts: 2, devices: [android, ios, web], spread: 1200ms}}`)},
	{"one of each class stays", storyOf("class", `
  - {name: race, at: 1400ms, kickRace: {accounts: 2, devices: [android, web, ios], spread: 1200ms}}`)},
	{"banned while online", storyOf("", `
  - {name: ban, at: 1400ms, ban: {share: 50%, of: phones, kick: true}}`)},
	{"kicked by the server", storyOf("", `
  - {name: sweep, at: 1400ms, kickServer: {share: 100%, of: phones}}`)},
	{"refused, and back", storyOf("", `
  - {name: shut, at: 1200ms, refuse: {for: 1200ms}}
  - {name: cut, at: 1500ms, cut: {share: 100%, of: phones, by: reset}}`)},
	{"logged out and in again", storyOf("", `
  - {name: out, at: 1400ms, logout: {share: 50%, of: phones}}
  - {name: in, at: 2200ms, login: {share: 100%, of: phones}}`)},
}

func storyOf(policy, timeline string) string {
	if policy == "" {
		policy = "class"
	}
	return `
name: story
seed: 2472
duration: 4800ms
gateway: {multiDevice: ` + policy + `, auth: {workers: 4, serviceTime: 2ms}, sync: 10ms}
network: {latency: 1ms}
populations:
  phones:
    accounts: 4
    clientType: android
    profile: nim-android
    reconnect: {base: 600ms, factor: 1, cap: 600ms, jitter: none}
    login: auto
    arrive: [{atOnce: {}}]
  desks:
    accounts: 2
    clientType: windows
    profile: nim-windows
    login: manual
    arrive: [{pause: 100ms}, {constant: {rate: 10/s}}]
timeline:` + timeline + "\n"
}

func compileStory(t *testing.T, text string) *plan.Plan {
	t.Helper()
	file, err := scenario.Parse("story.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	p, err := plan.Compile(file, plan.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// lives collects the statuses that each client publishes.
type lives struct {
	mu  sync.Mutex
	all []string
}

func newLives(p *plan.Plan) *lives { return &lives{all: make([]string, len(p.Clients.Account))} }

func (l *lives) watch(batch []client.Published) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i := range batch {
		switch a := &batch[i].Action; a.Kind {
		case login.PublishStatus, login.PublishSync:
			l.all[batch[i].Client] += " " + a.Status.String()
		case login.PublishKick:
			l.all[batch[i].Client] += " (kicked)"
		}
	}
}

func (l *lives) told() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	out := make([]string, len(l.all))
	for i, s := range l.all {
		out[i] = strings.TrimSpace(s)
	}
	return out
}

func TestOneStoryThreeRuntimes(t *testing.T) {
	told := loopbacks(t)
	for i, story := range stories {
		t.Run(story.name, func(t *testing.T) {
			want := tellVirtual(t, story.text)
			var piped []string
			synctest.Test(t, func(t *testing.T) { piped = tellPiped(t, story.text) })
			if diff := cmp.Diff(want, piped); diff != "" {
				t.Errorf("virtual time (-) and pipes (+) differ:\n%s", diff)
			}
			if diff := cmp.Diff(want, told[i]); diff != "" {
				t.Errorf("virtual time (-) and loopback sockets (+) differ:\n%s", diff)
			}
		})
	}
}

// loopbacks tells all stories over sockets, which takes their real time: side by
// side. Nothing of them may be left.
func loopbacks(t *testing.T) [][]string {
	t.Helper()
	before := goleak.IgnoreCurrent()
	told := make([][]string, len(stories))
	plans := make([]*plan.Plan, len(stories))
	for i := range stories {
		plans[i] = compileStory(t, stories[i].text)
	}
	var all errgroup.Group
	for i, p := range plans {
		all.Go(func() (err error) {
			told[i], err = tellLoopback(p)
			return err
		})
	}
	if err := all.Wait(); err != nil {
		t.Fatal(err)
	}
	goleak.VerifyNone(t, before)
	return told
}

func tellVirtual(t *testing.T, text string) []string {
	p := compileStory(t, text)
	l := newLives(p)
	sim, err := virtual.New(virtual.Config{Plan: p, Check: true, Watch: l.watch})
	if err != nil {
		t.Fatal(err)
	}
	result, err := sim.Run(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range result.Broken {
		t.Error(f)
	}
	return l.told()
}

// pipes is a listener whose connections are pipes in memory.
type pipes struct {
	conns chan net.Conn
	shut  chan struct{}
	once  sync.Once
}

func newPipes() *pipes { return &pipes{conns: make(chan net.Conn), shut: make(chan struct{})} }

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.shut:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error   { p.once.Do(func() { close(p.shut) }); return nil }
func (p *pipes) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 1} }

func (p *pipes) connect(ctx context.Context, _ dial.Endpoint) (net.Conn, error) {
	near, far := net.Pipe()
	select {
	case p.conns <- far:
		return near, nil
	case <-p.shut:
		return nil, errors.New("connection refused")
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func tellPiped(t *testing.T, text string) []string {
	p := compileStory(t, text)
	server, err := target.New(target.Config{Gateway: p.Gateway, Generated: generated(p)})
	if err != nil {
		t.Fatal(err)
	}
	listener := newPipes()
	server.Attach(0, listener)
	told, err := tell(p, server, live.Config{Connect: listener.connect})
	if err != nil {
		t.Fatal(err)
	}
	return told
}

func tellLoopback(p *plan.Plan) ([]string, error) {
	server, err := target.New(target.Config{Gateway: p.Gateway, Generated: generated(p), Addrs: []target.Addr{{Listen: "127.0.0.1:0"}}})
	if err != nil {
		return nil, err
	}
	if err := server.Listen(); err != nil {
		return nil, err
	}
	return tell(p, server, live.Config{})
}

// tell runs a plan with the live driver against a server in this process.
func tell(p *plan.Plan, server *target.Server, cfg live.Config) ([]string, error) {
	served := make(chan error, 1)
	ctx, stop := context.WithCancel(context.Background())
	go func() { served <- server.Serve(ctx) }()
	l := newLives(p)
	cfg.Plan, cfg.Control, cfg.Watch, cfg.Shards = p, server, l.watch, 2
	for i, u := range server.URLs() {
		cfg.Endpoints = append(cfg.Endpoints, dial.Endpoint{URL: u, Node: server.NodeOf()[i]})
	}
	fleet, err := live.New(cfg)
	if err == nil {
		_, err = fleet.Run(context.Background())
	}
	told := l.told()
	stop()
	return told, errors.Join(err, <-served)
}
