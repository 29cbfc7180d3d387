package main

import (
	"flag"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"loginstorm/sim/client"
	"loginstorm/sim/live"
	"loginstorm/sim/login"
	"loginstorm/sim/oracle"
	"loginstorm/sim/plan"
	"loginstorm/sim/scenario"
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

// racesOf is, under a policy, a thousand races of three devices: two that come by hand and one by
// itself, within a tenth of a second, on accounts of which nobody is online. Those
// whose links are cut then are back 2 s later.
func racesOf(t *testing.T, policy string, duration time.Duration) *scenario.File {
	t.Helper()
	return readStory(t, fmt.Sprintf(`
name: races
duration: %v
gateway: {multiDevice: %s, auth: {workers: 64, queue: 4000, serviceTime: {exponential: {mean: 10ms}}}, sync: 10ms}
network: {latency: {uniform: [1ms, 20ms]}}
populations:
  bystanders: {accounts: 10, clientType: windows, profile: nim-windows, login: manual}
timeline:
  - {name: race, at: 100ms, kickRace: {accounts: 1000, devices: [android, ios, web], origins: [manual, auto, manual], spread: 100ms}}
  - {name: drop, at: 900ms, cut: {share: 30%%, of: [race], by: reset, spread: 200ms}}
`, duration, policy))
}

// TestRacesInVirtualTime runs them with twenty seeds each, with -short with two: no rule
// is broken.
func TestRacesInVirtualTime(t *testing.T) {
	seeds := uint64(20)
	if testing.Short() {
		seeds = 2
	}
	for _, policy := range policies {
		file := racesOf(t, policy.yaml, racesSettle)
		for seed := uint64(1); seed <= seeds; seed++ {
			t.Run(fmt.Sprintf("%s/%d", policy.name, seed), func(t *testing.T) {
				t.Parallel()
				sim, err := virtual.New(virtual.Config{Plan: compileFile(t, file, plan.Options{Seed: &seed}), Check: true})
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

// TestRacesOnSockets runs them over loopback against a target in this process, those of
// two policies at a time: they compute rather than wait.
func TestRacesOnSockets(t *testing.T) {
	turns := make(chan struct{}, 2)
	for _, policy := range policies {
		t.Run(policy.name, func(t *testing.T) {
			t.Parallel()
			turns <- struct{}{}
			defer func() { <-turns }()
			file := racesOf(t, policy.yaml, time.Minute)
			for seed := uint64(1); seed <= *seedsOfRaces; seed++ {
				raceOnSockets(t, policy.name, compileFile(t, file, plan.Options{Seed: &seed}))
			}
		})
	}
}

// racesSettle is when races are over on a machine that keeps up.
const racesSettle = 3500 * time.Millisecond

// raceOnSockets ends the run when nobody is on the way any more, however long this
// machine takes for that.
func raceOnSockets(t *testing.T, policy string, p *plan.Plan) {
	st := newStage(p)
	st.conf.Addrs = nil
	for range 4 { // A port for each thousand connections or so: none waits for one that lingers.
		st.conf.Addrs = append(st.conf.Addrs, target.Addr{Listen: "127.0.0.1:0"})
	}
	if err := st.listen(); err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	statuses := make([]login.Status, len(p.Clients.Account))
	out, err := st.run(live.Config{}, func(batch []client.Published) {
		mu.Lock()
		defer mu.Unlock()
		for i := range batch {
			if a := &batch[i].Action; a.Kind == login.PublishStatus {
				statuses[batch[i].Client] = a.Status
			}
		}
	}, func(second time.Duration) (over bool) {
		mu.Lock()
		defer mu.Unlock()
		return second > racesSettle && !slices.ContainsFunc(statuses, onTheWay)
	})
	if err != nil {
		t.Fatal(err)
	}
	accuse(t, out.broken)
	raced(t, policy, &out.statuses)
}

func onTheWay(s login.Status) bool {
	switch s {
	case login.Unknown, login.NetBroken, login.Connecting, login.Logging:
		return true
	}
	return false
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
