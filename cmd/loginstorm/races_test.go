package main

import (
	"context"
	"flag"
	"fmt"
	"net"
	"testing"

	"golang.org/x/sync/errgroup"

	"loginstorm/sim/dial"
	"loginstorm/sim/live"
	"loginstorm/sim/login"
	"loginstorm/sim/oracle"
	"loginstorm/sim/plan"
	"loginstorm/sim/record"
	"loginstorm/sim/target"
	"loginstorm/sim/virtual"
)

// seedsOfRaces is how many seeds the races of each policy are run with on
// sockets; in virtual time they are twenty.
var seedsOfRaces = flag.Uint64("race-seeds", 1, "seeds of the races on sockets")

// policies are the multi-device policies, custom ones with sets that overlap.
var policies = []struct{ name, yaml string }{
	{"one", "one"}, {"class", "class"}, {"all", "all"},
	{"custom", "{custom: [[android, web], [ios, web]]}"},
}

// racesOf is a thousand races of three devices: two that come by hand and one by
// itself, within a tenth of a second, on accounts of which nobody is online.
func racesOf(t *testing.T, policy string, seed uint64) *plan.Plan {
	t.Helper()
	return compileStory(t, fmt.Sprintf(`
name: races
seed: %d
duration: 3500ms
gateway: {multiDevice: %s, auth: {workers: 64, queue: 4000, serviceTime: {exponential: {mean: 10ms}}}, sync: 10ms}
network: {latency: {uniform: [1ms, 20ms]}}
populations:
  bystanders: {accounts: 10, clientType: windows, profile: nim-windows, login: manual}
timeline:
  - {name: race, at: 100ms, kickRace: {accounts: 1000, devices: [android, ios, web], origins: [manual, auto, manual], spread: 100ms}}
  - {name: drop, at: 900ms, cut: {share: 30%%, of: [race], by: reset, spread: 200ms}}
`, seed, policy))
}

// TestRacesInVirtualTime runs them with twenty seeds each: no rule is broken.
func TestRacesInVirtualTime(t *testing.T) {
	for _, policy := range policies {
		for seed := uint64(1); seed <= 20; seed++ {
			t.Run(fmt.Sprintf("%s/%d", policy.name, seed), func(t *testing.T) {
				t.Parallel()
				sim, err := virtual.New(virtual.Config{Plan: racesOf(t, policy.yaml, seed), Check: true})
				if err != nil {
					t.Fatal(err)
				}
				result, err := sim.Run(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				accuse(t, result.Broken)
				raced(t, policy.name, &result.Statuses)
			})
		}
	}
}

// TestRacesOnSockets runs them over loopback against a target in this process.
func TestRacesOnSockets(t *testing.T) {
	for _, policy := range policies {
		t.Run(policy.name, func(t *testing.T) {
			t.Parallel()
			for seed := uint64(1); seed <= *seedsOfRaces; seed++ {
				raceOnSockets(t, policy.name, racesOf(t, policy.yaml, seed))
			}
		})
	}
}

func raceOnSockets(t *testing.T, policy string, p *plan.Plan) {
	watch := newGatewayWatch(p.Gateway)
	var addrs []target.Addr
	for range 4 { // A port for each thousand connections or so: none waits for one that lingers.
		addrs = append(addrs, target.Addr{Listen: net.JoinHostPort("127.0.0.1", "0")})
	}
	server, err := target.New(target.Config{Gateway: p.Gateway, Generated: generated(p), Addrs: addrs, Observe: watch.observe, Given: watch.given})
	if err != nil {
		t.Fatal(err)
	}
	if err := server.Listen(); err != nil {
		t.Fatal(err)
	}
	serving, stop := context.WithCancel(t.Context())
	var group errgroup.Group
	group.Go(func() error { return server.Serve(serving) })
	var endpoints []dial.Endpoint
	for _, u := range server.URLs() {
		endpoints = append(endpoints, dial.Endpoint{URL: u})
	}
	judge := newJudge(p, func() {})
	agg := record.NewAggregate(p.Layout(), 2)
	fleet, err := live.New(live.Config{Plan: p, Endpoints: endpoints, Shards: 2, Watch: judge.watch, Sink: agg.Add})
	if err != nil {
		t.Fatal(err)
	}
	result, err := fleet.Run(t.Context())
	stop()
	if err != nil {
		t.Fatal(err)
	}
	if err := group.Wait(); err != nil {
		t.Fatal(err)
	}
	agg.Flush()
	var counts [login.Statuses]uint32
	for i, n := range agg.Totals().Statuses(record.Filter{}) {
		counts[i] = uint32(n)
	}
	found, _ := judge.end(result.End, counts)
	accuse(t, found)
	accuse(t, watch.end())
	raced(t, policy, &counts)
}

func accuse(t *testing.T, found []oracle.Finding) {
	t.Helper()
	for _, f := range found {
		t.Errorf("%v\n  %s", f, f.Last)
	}
}

// raced holds that races took place: under every policy somebody is in, and under
// one that excludes somebody is out.
func raced(t *testing.T, policy string, counts *[login.Statuses]uint32) {
	t.Helper()
	if in := counts[login.LoggedIn]; in < 900 {
		t.Errorf("%d clients are loggedIn after a thousand races", in)
	}
	if out := counts[login.KickOut]; policy != "all" && out < 500 {
		t.Errorf("%d clients are kicked out", out)
	}
}
