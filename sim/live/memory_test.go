package live

import (
	"context"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"loginstorm/sim/dial"
	"loginstorm/sim/gateway"
	"loginstorm/sim/link"
	"loginstorm/sim/login"
	"loginstorm/sim/plan"
	"loginstorm/sim/record"
	"loginstorm/sim/target"
)

// pipes is a listener whose connections are pipes in memory.
type pipes struct {
	conns chan net.Conn
	done  chan struct{}
	once  sync.Once
}

func newPipes() *pipes { return &pipes{conns: make(chan net.Conn), done: make(chan struct{})} }

func (l *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.done:
		return nil, net.ErrClosed
	}
}
func (l *pipes) Close() error   { l.once.Do(func() { close(l.done) }); return nil }
func (l *pipes) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 1} }

func (l *pipes) connect(ctx context.Context) (net.Conn, error) {
	near, far := net.Pipe()
	select {
	case l.conns <- far:
		return near, nil
	case <-l.done:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// inMemory runs a plan to its end against a target over pipes, in a bubble with
// a clock of its own. meanwhile may look at the target at any instant of it.
func inMemory(t *testing.T, yaml string, change func(*plan.Plan), meanwhile func(*target.Server)) *story {
	t.Helper()
	return commandedInMemory(t, yaml, change, meanwhile, nil)
}

// commandedInMemory is inMemory for plans with commands to the gateway, which
// command carries out; nil: the target itself does.
func commandedInMemory(t *testing.T, yaml string, change func(*plan.Plan), meanwhile func(*target.Server),
	command func(*target.Server, gateway.Command) error) *story {
	t.Helper()
	p := compile(t, yaml)
	if change != nil {
		change(p)
	}
	return planInMemory(t, p, meanwhile, command)
}

func planInMemory(t *testing.T, p *plan.Plan, meanwhile func(*target.Server), command func(*target.Server, gateway.Command) error) *story {
	t.Helper()
	return memory{meanwhile: meanwhile, command: command}.run(t, p)
}

// memory is how a plan is run in memory.
type memory struct {
	meanwhile func(*target.Server)                        // Runs beside it.
	command   func(*target.Server, gateway.Command) error // Carries out commands; nil: the target does.
	// atEnd looks at the fleet when the plan is over and nothing was closed yet; so
	// many of its links' connections are open.
	atEnd func(t *testing.T, f *Fleet, open int)
	dials *atomic.Int64 // Counts connections to the gateway; nil = nobody asks.
}

func (m memory) run(t *testing.T, p *plan.Plan) (st *story) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s, err := target.New(targetOf(p))
		if err != nil {
			t.Fatal(err)
		}
		conf := Config{Plan: p, AppURL: "http://web.memory", AddressURL: "http://web.memory"}
		var nodes []*pipes
		for n := range max(1, p.Gateway.Nodes) {
			nodes = append(nodes, newPipes())
			s.Attach(n, nodes[n])
			conf.Endpoints = append(conf.Endpoints, dial.Endpoint{URL: fmt.Sprintf("ws://node%d.memory/im", n), Node: n})
		}
		var open, dials atomic.Int64
		conf.Connect = func(ctx context.Context, e dial.Endpoint) (net.Conn, error) {
			dials.Add(1)
			c, err := nodes[e.Node].connect(ctx)
			if err != nil {
				return nil, err
			}
			open.Add(1)
			return &counted{Conn: c, open: &open}, nil
		}
		web := newPipes()
		s.AttachWeb(web)
		conf.ConnectWeb = func(ctx context.Context, address string) (net.Conn, error) {
			if address != "web.memory:80" {
				t.Errorf("asked at %s", address)
			}
			return web.connect(ctx)
		}
		done := make(chan error, 1)
		go func() { done <- s.Serve(t.Context()) }()
		if m.meanwhile != nil {
			go m.meanwhile(s)
		}
		conf.Control = control(func(c gateway.Command) error {
			if m.command == nil {
				return s.Do(t.Context(), c)
			}
			return m.command(s, c)
		})
		st = runFleet(t, conf, []func(*story) bool{nil}, func(f *Fleet) {
			f.atEnd = func() {
				synctest.Wait()
				if m.atEnd != nil {
					m.atEnd(t, f, int(open.Load()))
				}
			}
		})
		if m.dials != nil {
			m.dials.Store(dials.Load())
		}
		s.Stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
		if n := open.Load(); n != 0 {
			t.Errorf("%d connections are left", n)
		}
	})
	return st
}

// counted is a connection that is counted until it is closed.
type counted struct {
	net.Conn
	open   *atomic.Int64
	closed atomic.Bool
}

func (c *counted) Close() error {
	if !c.closed.Swap(true) {
		c.open.Add(-1)
	}
	return c.Conn.Close()
}

// targetOf is what a target of a plan is made of.
func targetOf(p *plan.Plan) target.Config {
	c := target.Config{Gateway: p.Gateway, Directory: p.Accounts.Number, StopTimeout: time.Second, Address: p.Address,
		AppKey: target.NewSecret(p.Target.AppKey.Reveal())}
	if p.App != nil {
		c.App, c.AppTTL, c.AppSkew = &p.App.Server, p.App.TTL, p.App.Skew
	}
	return c
}

// A lost radio tells the gateway nothing. Spec 4.
func TestNetworkLossLeavesTheGatewayBelieving(t *testing.T) {
	believed := 0
	st := inMemory(t, `
name: test
duration: 90s
gateway: {sessionTimeout: 300s, auth: {workers: 4, queue: 100, serviceTime: 5ms}}
populations:
  phones: {accounts: 20, clientType: android, profile: nim-android, login: auto, arrive: [{constant: {rate: 10/s}}]}
timeline:
  - {name: tunnel, at: 40s, networkLoss: {share: 50%, for: 20s}}
`, nil, func(s *target.Server) {
		time.Sleep(50 * time.Second)
		believed = int(s.Stats().Gateway.Sessions)
	})
	if st.result.End != 90*time.Second || st.result.Interrupted {
		t.Errorf("got %+v", st.result)
	}
	if believed != 20 {
		t.Errorf("while ten radios were silent, the gateway held %d sessions", believed)
	}
	if lost := st.twice(t); lost != 10 {
		t.Errorf("%d clients lost their network", lost)
	}
}

// twice counts the clients that lost their link once and came back; the others
// must have kept theirs.
func (s *story) twice(t *testing.T) (lost int) {
	t.Helper()
	for who, got := range s.statuses {
		want := []login.Status{login.Connecting, login.Logging, login.LoggedIn}
		if len(got) > 3 {
			lost++
			want = append(want, login.NetBroken, login.Connecting, login.Logging, login.LoggedIn)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("client %d: %s", who, diff)
		}
	}
	return lost
}

const four = `
name: test
duration: 120s
gateway: {sessionTimeout: 300s, auth: {workers: 4, queue: 100, serviceTime: 5ms}}
populations:
  phones: {accounts: 4, clientType: android, profile: nim-android, login: auto, arrive: [{atOnce: {}}]}
`

func faults(at Time, f ...link.Fault) func(*plan.Plan) {
	return func(p *plan.Plan) {
		for i := range f {
			p.Steps = append(p.Steps, plan.Step{At: at + Time(i)*5*time.Second, Kind: plan.Fault, Client: 1, Fault: f[i], Entry: 0xffff})
		}
	}
}

// Spec 10, "half-open": nobody is told; the client's heartbeat finds out, and
// the session lives until the device is back.
func TestHalfOpenIsFoundByTheHeartbeat(t *testing.T) {
	held := 0
	st := inMemory(t, four, faults(20*time.Second, link.Fault{Kind: link.HalfOpen}), func(s *target.Server) {
		time.Sleep(50 * time.Second)
		held = int(s.Stats().Gateway.Sessions)
	})
	if lost := st.twice(t); lost != 1 {
		t.Errorf("%d clients noticed", lost)
	}
	if held != 4 {
		t.Errorf("the gateway held %d sessions", held)
	}
	if st.kicks != 0 {
		t.Errorf("%d kicks got through a link that is half-open", st.kicks)
	}
}

// Spec 10, "freeze": what the client sends arrives, and what it did not read is
// there when it thaws.
func TestFrozenLinksThaw(t *testing.T) {
	st := inMemory(t, four, faults(20*time.Second, link.Fault{Kind: link.Frozen}, link.Fault{Kind: link.Healed}), nil)
	if lost := st.twice(t); lost != 0 {
		t.Errorf("%d clients lost their link", lost)
	}
	st = inMemory(t, four, faults(20*time.Second, link.Fault{Kind: link.Frozen}), nil)
	if lost := st.twice(t); lost != 1 {
		t.Errorf("%d clients noticed that nothing comes any more", lost)
	}
}

func TestFaultsThatCut(t *testing.T) {
	for _, f := range []link.Fault{{Kind: link.Reset}, {Kind: link.Closed, Code: 1001}} {
		if lost := inMemory(t, four, faults(20*time.Second, f), nil).twice(t); lost != 1 {
			t.Errorf("%v: %d clients lost their link", f, lost)
		}
	}
}

// A handshake, an upgrade and a login are three round trips; the gateway takes
// 5 ms.
func TestInjectedLatency(t *testing.T) {
	st := inMemory(t, four+"network: {latency: 50ms, inject: true}\n", nil, nil)
	for m, want := range map[record.Metric]time.Duration{
		record.PhaseDial: 100 * time.Millisecond, record.PhaseUpgrade: 100 * time.Millisecond,
		record.PhaseLogin: 105 * time.Millisecond, record.ConnectToLoggedIn: 305 * time.Millisecond,
	} {
		h := st.totals.Histogram(m, record.Filter{})
		if h.Count() != 4 || h.Max() < want*99/100 || h.Max() > want*101/100 {
			t.Errorf("%v: %d values, at most %v, want %v", m, h.Count(), h.Max(), want)
		}
	}
	if lost := st.twice(t); lost != 0 {
		t.Errorf("%d clients lost their link", lost)
	}
}

// A slow link: the frame waits for the bandwidth, and the order holds.
func TestSlowedLinksStayUp(t *testing.T) {
	st := inMemory(t, four, faults(20*time.Second, link.Fault{Kind: link.Slowed, Bandwidth: 1000}, link.Fault{Kind: link.Delayed, Delay: 300 * time.Millisecond},
		link.Fault{Kind: link.Lossy, Loss: 200_000}), nil)
	if lost := st.twice(t); lost != 0 {
		t.Errorf("%d clients lost their link", lost)
	}
}
