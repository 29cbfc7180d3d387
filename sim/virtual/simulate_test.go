package virtual

import (
	"context"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"loginstorm/sim/chance"
	"loginstorm/sim/gateway"
	"loginstorm/sim/link"
	"loginstorm/sim/login"
	"loginstorm/sim/oracle"
	"loginstorm/sim/plan"
	"loginstorm/sim/record"
	"loginstorm/sim/scenario"
	"loginstorm/sim/wire"
)

// compile makes a plan of a scenario.
func compile(t testing.TB, text string) *plan.Plan {
	t.Helper()
	file, err := scenario.Parse("test.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	p, err := plan.Compile(file, plan.Options{Virtual: true})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// simulate runs a plan with the oracles connected, and demands that no rule is
// broken.
func simulate(t testing.TB, p *plan.Plan) (Result, *record.Aggregate) {
	t.Helper()
	all := record.NewAggregate(p.Layout(), 1)
	s, err := New(Config{Plan: p, Check: true, Sink: all.Add})
	if err != nil {
		t.Fatal(err)
	}
	r, err := s.Run(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range r.Broken {
		t.Errorf("%v\n  %s", f, strings.Join(f.Last, "\n  "))
	}
	return r, all
}

const everything = `
name: everything
duration: 150s
gateway:
  nodes: 3
  multiDevice: class
  auth: {workers: 8, queue: 4096, serviceTime: {lognormal: {p50: 8ms, p99: 40ms}}}
  sync: {uniform: [20ms, 80ms]}
network: {latency: {normal: {mean: 20ms, sd: 5ms}}, loss: 1%}
populations:
  phones: {accounts: 600, clientType: android, profile: nim-android, reconnect: nim-web, login: auto, arrive: [{ramp: {from: 50/s, to: 500/s, over: 2s}}]}
  desks: {accounts: 200, clientType: web, profile: nim-web, login: manual, arrive: [{atOnce: {}}]}
timeline:
  - {name: cut, at: 20s, cut: {share: 33%, of: phones, by: reset, spread: 1s}}
  - {name: loss, at: 35s, networkLoss: {share: 50%, of: phones, for: 10s}}
  - {name: deploy, at: 60s, restart: {downtime: 5s, sessions: lost}}
  - {name: node, at: 90s, nodeDown: {node: 2, for: 10s}}
  - {name: race, at: 110s, kickRace: {accounts: 50, devices: [android, ios, web]}}
`

// TestScenario carries a compiled scenario out twice: the figures add up, and
// equal plans give equal runs.
func TestScenario(t *testing.T) {
	p := compile(t, everything)
	r, all := simulate(t, p)
	again, _ := simulate(t, compile(t, everything))
	if r.Digest != again.Digest || r.Events != again.Events {
		t.Errorf("two runs of equal plans differ: %x, %x", r.Digest, again.Digest)
	}
	if r.End != 150*time.Second || all.Seconds() != 150 {
		t.Errorf("ended at %v after %d seconds", r.End, all.Seconds())
	}
	if r.Statuses[login.LoggedIn] != 900 || r.Statuses[login.KickOut] != 50 || r.Sessions != 900 || r.Links != 900 {
		t.Errorf("at the end: %v, %d sessions on %d links", r.Statuses, r.Sessions, r.Links)
	}
	rows := all.Sealed()
	for status, n := range rows[len(rows)-1].Statuses {
		if n != int64(r.Statuses[status]) {
			t.Errorf("%v: %d recorded, %d counted", login.Status(status), n, r.Statuses[status])
		}
	}
	for i, want := range []struct{ hit, least uint64 }{{198, 198}, {300, 300}, {800, 800}, {0, 200}} {
		got := all.Recoveries()[i]
		if got.Hit != got.Back || got.Hit != got.Online || got.Hit < want.least || want.hit != 0 && got.Hit != want.hit {
			t.Errorf("%+v", got)
		}
	}
	if r.Convergence.Count != [oracle.Whys]uint32{oracle.Back: 900, oracle.Ended: 50} {
		t.Errorf("%+v", r.Convergence)
	}
}

// TestSeedsDiffer makes sure that the seed matters at all.
func TestSeedsDiffer(t *testing.T) {
	a, _ := simulate(t, compile(t, everything))
	b, _ := simulate(t, compile(t, "seed: 2\n"+everything))
	if a.Digest == b.Digest {
		t.Error("two seeds give equal runs")
	}
}

// TestOraclesAreConnected tells the oracles another truth than the simulator
// lives by, and each side's must notice.
func TestOraclesAreConnected(t *testing.T) {
	w, err := read("policy=all duration=200s", "client a login=manual\nclient b login=manual at=1s\n30s kill b\n40s start b\n")
	if err != nil {
		t.Fatal(err)
	}
	for rule, tell := range map[oracle.Rule]func(s *Simulator, cfg oracle.Config){
		oracle.ExcludedGoes: func(s *Simulator, cfg oracle.Config) {
			cfg.MultiDevice.Policy = gateway.PolicyOne
			s.check = oracle.New(cfg)
		},
		oracle.LastWins: func(s *Simulator, cfg oracle.Config) {
			cfg.MultiDevice.Policy = gateway.PolicyOne
			s.check = oracle.New(cfg)
		},
		oracle.OneEnd: func(s *Simulator, cfg oracle.Config) {
			s.check = oracle.New(cfg)
			s.check.Client(0, 0, &login.Action{Kind: login.Result, Call: 1})
		},
		oracle.TerminalStays: func(s *Simulator, cfg oracle.Config) {
			s.check = oracle.New(cfg)
			s.check.Client(0, 0, &login.Action{Kind: login.PublishStatus, Status: login.UnLogin})
		},
		oracle.OneStatus: func(s *Simulator, _ oracle.Config) { s.byStatus[login.LoggedIn]++ },
	} {
		s, err := New(Config{Plan: w.plan, Check: true})
		if err != nil {
			t.Fatal(err)
		}
		tell(s, Rules(w.plan))
		if _, err := s.Run(context.Background()); err != nil {
			t.Fatal(err)
		}
		if s.check.Count(rule) == 0 {
			t.Errorf("rule %d (%v) was not found broken: %v", rule, rule, s.check.Broken())
		}
	}
}

// TestStopped ends a run from outside: what was computed counts.
func TestStopped(t *testing.T) {
	p := compile(t, everything)
	ctx, stop := context.WithCancel(context.Background())
	seconds := 0
	s, err := New(Config{Plan: p, Sink: func(*record.Interval) { seconds++ }, Progress: func(now Progress) {
		if now.At == 30*time.Second {
			stop()
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	r, err := s.Run(ctx)
	if err != nil || r.End < 30*time.Second || r.End > 31*time.Second || seconds != 31 {
		t.Errorf("ended at %v after %d seconds: %v", r.End, seconds, err)
	}
}

// TestTimeThatStandsStill: a bad policy over links that take no time would never
// let an instant end.
func TestTimeThatStandsStill(t *testing.T) {
	w, err := read("latency=0s", "client a reconnect=immediate\n1s restart downtime=1h\n")
	if err != nil {
		t.Fatal(err)
	}
	s, err := New(Config{Plan: w.plan})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Run(context.Background()); err == nil || !strings.Contains(err.Error(), "time stands still at 1s") {
		t.Errorf("got %v", err)
	}
}

// TestQueueOfOneWorker holds the mean wait for one worker with exponential
// service under Poisson arrivals against the closed formula of M/M/1: at a load
// of rho a login spends service/(1-rho) with the gateway.
func TestQueueOfOneWorker(t *testing.T) {
	const (
		logins  = 100_000
		service = 5 * time.Millisecond
		between = 10 * time.Millisecond // rho = 1/2.
	)
	profile, _ := login.ProfileNamed("nim-android")
	profile.Heartbeat = 0
	p := &plan.Plan{Name: "queue", Seed: 7, Duration: logins*between + time.Minute,
		Gateway: gateway.Config{Seed: 7, Nodes: 1, Accounts: logins, TokenSeed: 7, SessionTimeout: 10 * time.Hour,
			Auth: gateway.Auth{Workers: 1, Queue: 1 << 20, ServiceTime: chance.Dist{Shape: chance.Exponential, A: service}}},
		Populations: []plan.Population{{Name: "all", Count: logins, ClientType: wire.Android, Version: 1, Login: wire.Auto, Profile: &profile}},
		Accounts:    plan.Accounts{Count: logins, TokenSeed: 7},
		Network:     link.Config{},
	}
	draws := chance.Stream{Seed: 7, Purpose: chance.Arrival}
	var at Time
	for who := range uint32(logins) {
		at += chance.Dist{Shape: chance.Exponential, A: between}.Sample(draws.Next())
		p.Clients.Population, p.Clients.Account = append(p.Clients.Population, 0), append(p.Clients.Account, who)
		p.Clients.Device, p.Clients.Arrive = append(p.Clients.Device, uint64(who)+1), append(p.Clients.Arrive, at)
	}
	var sum time.Duration
	judged := 0
	s, err := New(Config{Plan: p, WatchGateway: func(_ Time, o *gateway.Output) {
		if o.Kind == gateway.Judged {
			sum += o.After
			judged++
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Run(context.Background()); err != nil {
		t.Fatal(err)
	}
	// The standard error of the mean of n correlated times in an M/M/1 queue is
	// below service/(1-rho) x sqrt((2+5rho)/n)/(1-rho); four of them.
	want := float64(service) / (1 - 0.5)
	if mean := float64(sum) / logins; judged != logins || math.Abs(mean/want-1) > 4*math.Sqrt(4.5/logins)/0.5 {
		t.Errorf("%d logins took %v on average, want %v", judged, time.Duration(mean), time.Duration(want))
	}
}

// storm is 10,000 phones that log in within 10 s and lose their gateway at 30 s.
func storm(clients int) string {
	return fmt.Sprintf(`
name: storm
duration: 60s
gateway:
  multiDevice: class
  auth: {workers: 64, queue: 65536, serviceTime: {lognormal: {p50: 8ms, p99: 40ms}}}
network: {latency: {normal: {mean: 20ms, sd: 5ms}}}
populations:
  phones: {accounts: %d, clientType: android, profile: nim-android, reconnect: nim-web, login: auto, arrive: [{constant: {rate: %d/s, for: 10s}}]}
timeline:
  - {name: deploy, at: 30s, restart: {downtime: 5s, sessions: lost}}
`, clients, clients/10)
}

func BenchmarkStorm(b *testing.B) {
	for _, clients := range []int{10_000, 100_000} {
		for _, check := range []bool{false, true} {
			b.Run(fmt.Sprintf("clients=%d/check=%v", clients, check), func(b *testing.B) {
				p := compile(b, storm(clients))
				b.ReportAllocs()
				var events uint64
				for b.Loop() {
					s, err := New(Config{Plan: p, Check: check})
					if err != nil {
						b.Fatal(err)
					}
					r, err := s.Run(context.Background())
					if err != nil || r.Statuses[login.LoggedIn] != uint32(clients) {
						b.Fatal(err, r.Statuses)
					}
					events += r.Events
				}
				b.ReportMetric(float64(events)/b.Elapsed().Seconds(), "events/s")
			})
		}
	}
}
