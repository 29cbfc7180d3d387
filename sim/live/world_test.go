package live

import (
	"context"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"loginstorm/sim/client"
	"loginstorm/sim/dial"
	"loginstorm/sim/login"
	"loginstorm/sim/plan"
	"loginstorm/sim/record"
	"loginstorm/sim/scenario"
	"loginstorm/sim/target"
	"loginstorm/sim/wire"
)

func TestMain(m *testing.M) {
	if child() {
		return
	}
	goleak.VerifyTestMain(m)
}

// compile makes a plan of a scenario.
func compile(t testing.TB, yaml string) *plan.Plan {
	t.Helper()
	f, err := scenario.Parse("test.yaml", []byte(yaml))
	if err != nil {
		t.Fatal(err)
	}
	p, err := plan.Compile(f, plan.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// serve runs the embedded target in this process until the test ends.
func serve(t testing.TB, p *plan.Plan) *target.Server {
	t.Helper()
	cfg := targetOf(p)
	cfg.StopTimeout, cfg.CloseTimeout, cfg.Web = 50*time.Millisecond, 50*time.Millisecond, "127.0.0.1:0"
	for node := range max(1, p.Gateway.Nodes) {
		cfg.Addrs = append(cfg.Addrs, target.Addr{Listen: "127.0.0.1:0", Node: uint8(node)})
	}
	s, err := target.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Listen(); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- s.Serve(context.Background()) }()
	t.Cleanup(func() {
		s.Stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return s
}

func endpoints(s *target.Server) (all []dial.Endpoint) {
	nodes := s.NodeOf()
	for i, url := range s.URLs() {
		all = append(all, dial.Endpoint{URL: url, Node: nodes[i]})
	}
	return all
}

// story is what a fleet came to.
type story struct {
	result     Result
	totals     *record.Totals
	recoveries []record.Recovery
	mu         sync.Mutex
	statuses   [][]login.Status // By client, in order.
	codes      [][]wire.Code    // Of attempts that ended, by client.
	at         [][]Time         // When each status began, by client.
	kicks      int
	storms     []record.Storm
}

func newStory(clients int) *story {
	return &story{statuses: make([][]login.Status, clients), codes: make([][]wire.Code, clients), at: make([][]Time, clients)}
}

// heard takes what clients published.
func (s *story) heard(ps []client.Published) {
	for i := range ps {
		switch a, who := &ps[i].Action, ps[i].Client; a.Kind {
		case login.PublishStatus:
			s.statuses[who] = append(s.statuses[who], a.Status)
			s.at[who] = append(s.at[who], ps[i].At)
		case login.AttemptEnded:
			s.codes[who] = append(s.codes[who], a.Code)
		case login.PublishKick:
			s.kicks++
		}
	}
}

// run runs a plan until done, or the plan's end.
func run(t testing.TB, conf Config, done func(s *story) bool) *story {
	t.Helper()
	return runInActs(t, conf, []func(s *story) bool{done})
}

// runInActs runs a plan act by act, so that no test depends on how fast the
// machine is: the n-th timeline entry begins when the n-th act is over, and the
// run ends with the last one. With more than one act there is one shard.
func runInActs(t testing.TB, conf Config, acts []func(s *story) bool) *story {
	t.Helper()
	return runFleet(t, conf, acts, nil)
}

// runFleet is runInActs with a look at the fleet before it runs.
func runFleet(t testing.TB, conf Config, acts []func(s *story) bool, prepare func(*Fleet)) *story {
	t.Helper()
	var f *Fleet
	p := conf.Plan
	if len(acts) > 1 {
		conf.Shards = 1
		for i := range p.Steps {
			p.Steps[i].At = never
		}
	}
	act := 0
	over := func(s *story) (end bool) {
		for act < len(acts) && acts[act] != nil && acts[act](s) {
			now := f.now()
			for i := range p.Steps {
				if int(p.Steps[i].Entry) == act && act < len(acts)-1 {
					p.Steps[i].At, p.Entries[act].At = now, now
				}
			}
			act++
		}
		return act == len(acts)
	}
	st := newStory(len(conf.Plan.Clients.Account))
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	conf.Watch = func(ps []client.Published) {
		st.mu.Lock()
		defer st.mu.Unlock()
		st.heard(ps)
		if over(st) {
			cancel()
		}
	}
	if conf.Shards == 0 {
		conf.Shards = 2
	}
	agg := record.NewAggregate(conf.Plan.Layout(), conf.Shards)
	conf.Sink = agg.Add
	if conf.Grace == 0 {
		conf.Grace = 100 * time.Millisecond
	}
	f, err := New(conf)
	if err != nil {
		t.Fatal(err)
	}
	if prepare != nil {
		prepare(f)
	}
	if st.result, err = f.Run(ctx); err != nil {
		t.Fatal(err)
	}
	agg.Flush()
	st.totals, st.recoveries, st.storms = agg.Totals(), agg.Recoveries(), agg.Storms()
	if st.result.Opened != st.result.Ended {
		t.Errorf("%d links were opened and %d ended", st.result.Opened, st.result.Ended)
	}
	return st
}

// all reports whether the latest status of all clients is want.
func (s *story) all(want login.Status) bool {
	for _, list := range s.statuses {
		if len(list) == 0 || list[len(list)-1] != want {
			return false
		}
	}
	return true
}

// count returns how many clients are in a status.
func (s *story) count(want login.Status) (n int) {
	for _, list := range s.statuses {
		if len(list) > 0 && list[len(list)-1] == want {
			n++
		}
	}
	return n
}

// every reports whether each client ended at least n attempts.
func (s *story) every(n int) bool {
	for _, list := range s.codes {
		if len(list) < n {
			return false
		}
	}
	return true
}

// went reports whether each client went through at least n statuses.
func (s *story) went(n int) bool {
	for _, list := range s.statuses {
		if len(list) < n {
			return false
		}
	}
	return true
}

// until returns a context that ends when done is closed.
func until(t testing.TB, done <-chan struct{}) context.Context {
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		defer cancel()
		select {
		case <-done:
		case <-ctx.Done():
		}
	}()
	return ctx
}
