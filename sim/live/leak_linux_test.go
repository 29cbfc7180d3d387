package live

import (
	"context"
	"fmt"
	"net"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"loginstorm/sim/dial"
	"loginstorm/sim/gateway"
	"loginstorm/sim/link"
	"loginstorm/sim/login"
	"loginstorm/sim/plan"
)

// descriptors counts the open descriptors of this process, those of the runtime's
// poller among them, which come with the first socket.
func descriptors(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	names, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(names)
}

// Links end in every way there is; when Run returns, no descriptor of the Fleet
// is left. What the target holds is gone when it has stopped.
func TestNoDescriptorIsLeft(t *testing.T) {
	before := descriptors(t)
	t.Run("run", func(t *testing.T) {
		p := compile(t, phones)
		hurry(p, time.Minute, time.Minute)
		s := serve(t, p)
		at := append(endpoints(s), dial.Endpoint{URL: nobody})
		p.Entries = make([]plan.Entry, 1)
		for i, f := range []link.Fault{{Kind: link.Reset}, {Kind: link.Closed, Code: 1001}, {Kind: link.HalfOpen}, {Kind: link.Frozen}, {Kind: link.RadioLost}} {
			p.Steps = append(p.Steps, plan.Step{Kind: plan.Fault, Client: uint32(i), Fault: f})
		}
		p.Steps = append(p.Steps, plan.Step{Kind: plan.NetworkLost, Client: 6}, plan.Step{Kind: plan.Kill, Client: 7})
		st := runInActs(t, Config{Plan: p, Endpoints: at}, []func(*story) bool{online, func(s *story) bool {
			return s.count(login.LoggedIn) == 48 && s.count(login.Unknown) == 1 && s.count(login.NetBroken) == 1 && len(s.statuses[0]) > 6 && len(s.statuses[1]) > 6 && len(s.statuses[4]) > 6
		}})
		if st.result.OpenAtEnd != 48 {
			t.Errorf("%d links were open at the end", st.result.OpenAtEnd)
		}
	})
	if after := descriptors(t); after > before {
		t.Errorf("%d descriptors before, %d after", before, after)
	}
}

// Every fault of the network and of devices on real sockets, each on a population of
// its own that comes back. Nothing is left of it, neither a descriptor nor a
// goroutine; and what clients left in silence is gone as soon as the gateway has
// given it up, also while the run goes on.
func TestNoFaultLeavesAnythingBehind(t *testing.T) {
	const each = 4
	text := "name: test\nduration: 60s\napp: {workers: 4, serviceTime: 1ms}\naddressServer: {workers: 4, serviceTime: 1ms}\npopulations:\n"
	timeline := "timeline:\n"
	faults := []string{
		"cut: {by: reset", "cut: {by: close, code: 4000", "cut: {by: halfOpen", "cut: {by: freeze", "cut: {by: halfOpen, for: 10ms",
		"networkLoss: {for: 50ms", "kill: {for: 50ms", "delay: {by: 20ms, for: 100ms", "slow: {bandwidth: 20000, for: 100ms",
		"loss: {rate: 10%, for: 100ms", "connectFail: {for: 50ms", "dnsFail: {for: 50ms", "databaseFail: {for: 50ms",
	}
	for i, fault := range faults {
		text += fmt.Sprintf("  p%d: {accounts: %d, clientType: android, profile: nim-android, login: auto, token: {fetch: everyLogin}, arrive: [{atOnce: {}}]}\n", i, each)
		timeline += fmt.Sprintf("  - {name: e%d, at: 1s, %s, share: 100%%, of: p%d}}\n", i, fault, i)
		if i >= 7 || strings.Contains(fault, "10ms") {
			timeline += fmt.Sprintf("  - {name: e%d-cut, at: 1010ms, cut: {share: 100%%, of: p%d}}\n", i, i)
		}
	}
	files, routines := descriptors(t), runtime.NumGoroutine()
	t.Run("run", func(t *testing.T) {
		p := compile(t, text+timeline)
		hurry(p, time.Minute, time.Minute)
		alert(p)
		s := serve(t, p)
		conf := Config{Plan: p, Endpoints: endpoints(s), AppURL: s.WebURL(), AddressURL: s.WebURL(), Shards: 1}
		var f *Fleet
		runFleet(t, conf, []func(*story) bool{begin(p, &f), back(each * len(faults))}, func(made *Fleet) {
			f = made
			f.atEnd = func() {
				for s.Stats().Connections > each*len(faults) {
					runtime.Gosched()
				}
			}
		})
	})
	leftNothing(t, files, routines)
}

// begin is an act: everybody is loggedIn, and from then on the timeline, whose first
// entry is at one second, takes its course.
func begin(p *plan.Plan, f **Fleet) func(*story) bool {
	steps := slices.Clone(p.Steps)
	return func(s *story) bool {
		if !online(s) {
			return false
		}
		for i := range steps {
			p.Steps[i].At = steps[i].At - time.Second + (*f).now()
		}
		return true
	}
}

// leftNothing checks that a run left nothing.
func leftNothing(t *testing.T, files, routines int) {
	if after := descriptors(t); after > files {
		t.Errorf("%d descriptors before, %d after", files, after)
	}
	for runtime.NumGoroutine() > routines {
		runtime.Gosched() // Until the test's own time-out, if one is left.
	}
}

// The same for what happens to gateways.
func TestNoGatewayLeavesAnythingBehind(t *testing.T) {
	files, routines := descriptors(t), runtime.NumGoroutine()
	t.Run("run", func(t *testing.T) {
		p := compile(t, `
name: test
duration: 60s
gateway: {nodes: 3}
populations:
  phones: {accounts: 12, clientType: android, profile: nim-android, login: auto, arrive: [{atOnce: {}}]}
timeline:
  - {name: full, at: 100ms, acceptQueueFull: {for: 100ms}}
  - {name: cut, at: 110ms, cut: {share: 100%}}
  - {name: down, at: 300ms, nodeDown: {node: 1, for: 100ms}}
  - {name: stop, at: 300ms, stop: {node: 3, for: 100ms}}
  - {name: restart, at: 450ms, restart: {downtime: 100ms}}
  - {name: deploy, at: 600ms, drain: {over: 50ms, downtime: 50ms}}
  - {name: last, at: 1s, cut: {share: 100%}}
`)
		hurry(p, 50*time.Millisecond, time.Minute)
		s := serve(t, p)
		commands, done := 0, atomic.Int64{}
		for i := range p.Steps {
			if p.Steps[i].Kind == plan.Control {
				commands++
			}
		}
		conf := Config{Plan: p, Endpoints: endpoints(s), Shards: 2, Control: control(func(c gateway.Command) error {
			defer done.Add(1)
			return s.Do(context.Background(), c)
		})}
		st := runFleet(t, conf, []func(*story) bool{func(s *story) bool { return int(done.Load()) == commands && online(s) }}, func(f *Fleet) {
			f.atEnd = func() {
				for s.Stats().Connections > 12 {
					runtime.Gosched()
				}
			}
		})
		if len(st.result.Control) > 0 {
			t.Errorf("commands failed: %v", st.result.Control)
		}
	})
	leftNothing(t, files, routines)
}

// alert lets clients notice a silent link within a fraction of a second.
func alert(p *plan.Plan) {
	for i := range p.Populations {
		profile := *p.Populations[i].Profile
		profile.Heartbeat, profile.HeartbeatWait, profile.Probes, profile.ProbeEvery = 100*time.Millisecond, 400*time.Millisecond, 1, 100*time.Millisecond
		p.Populations[i].Profile = &profile
	}
}
