package virtual

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"loginstorm/sim/login"
	"loginstorm/sim/oracle"
)

// books says what is wrong with what a simulation holds: whatever is taken is named
// by exactly one thing that will give it back.
func books(s *Simulator) []string {
	var faults []string
	fault := func(format string, args ...any) { faults = append(faults, fmt.Sprintf(format, args...)) }
	refs := make([]uint32, len(s.links))
	packets, errands := 0, 0
	s.queue.each(func(e *event) {
		switch e.kind() {
		case clientDue, gatewayDue, worked, answered:
		case errandAsked, errandServed, errandAnswered:
			errands++
		case refused, toGateway, toClient:
			if e.ref&brief == 0 {
				packets++
			}
			refs[e.who]++
		default:
			refs[e.who]++
		}
	})
	for i := range s.nodes {
		for _, place := range s.nodes[i].waiting {
			refs[place]++
		}
	}
	used := 0
	for i := range s.links {
		c := &s.links[i]
		for at := c.held; at != 0; at = s.packets.all[at].next {
			packets++
		}
		if c.used {
			used++
		}
		if c.refs != refs[i] {
			fault("link %d is named %d times and says %d", i, refs[i], c.refs)
		}
		if c.used && !c.near && !c.far && c.refs == 0 {
			fault("link %d has no end and is kept", i)
		}
	}
	if used != s.inUse || used+len(s.spare) != len(s.links) {
		fault("%d links are used, %d are counted, %d of %d are free", used, s.inUse, len(s.spare), len(s.links))
	}
	free := 0
	for i := s.packets.free; i != 0; i = s.packets.all[i].next {
		free++
	}
	if all := max(0, len(s.packets.all)-1); packets+free != all {
		fault("%d packets are on their way, %d of %d are free", packets, free, all)
	}
	if errands+len(s.errands.spare) != len(s.errands.all) {
		fault("%d errands are under way, %d of %d are free", errands, len(s.errands.spare), len(s.errands.all))
	}
	return faults
}

// says is what the oracles found, in lines.
func says(broken []oracle.Finding) (lines []string) {
	for _, f := range broken {
		lines = append(lines, fmt.Sprintf("%v\n  %s", f, strings.Join(f.Last, "\n  ")))
	}
	return lines
}

// TestBooksFindWhatIsLeft plants what books must find.
func TestBooksFindWhatIsLeft(t *testing.T) {
	for name, plant := range map[string]func(s *Simulator){
		"a packet":  func(s *Simulator) { s.packets.take() },
		"an errand": func(s *Simulator) { s.errands.take(errand{}) },
		"a name":    func(s *Simulator) { s.links[0].refs++ },
		"a place":   func(s *Simulator) { s.spare = append(s.spare, 0) },
		"a link":    func(s *Simulator) { s.links[0].near, s.links[0].far = false, false },
	} {
		w, err := read("duration=10s", "client a\n")
		if err != nil {
			t.Fatal(err)
		}
		s, err := New(Config{Plan: w.plan})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		if found := books(s); len(found) > 0 {
			t.Fatalf("before anything is planted: %v", found)
		}
		if plant(s); len(books(s)) == 0 {
			t.Errorf("%s that is left was not found", name)
		}
	}
}

// faults is every verb in a form that is over after a while.
func faults() []string {
	return []string{
		"cut: {by: reset}", "cut: {by: reset, node: 1}", "cut: {by: close}", "cut: {by: halfOpen}", "cut: {by: halfOpen, for: 20s, node: 2}", "cut: {by: freeze}",
		"cut: {by: freeze, for: 35s, spread: 10s}", "slow: {bandwidth: 20, for: 30s}", "delay: {by: 3s, for: 30s, node: 1}",
		"loss: {rate: 60%, for: 30s, spread: 5s, returnSpread: 9s}", "loss: {rate: 100%, for: 60s}", "connectFail: {rate: 70%, for: 40s}",
		"dnsFail: {for: 40s}", "networkLoss: {for: 30s}", "restart: {downtime: 5s}", "restart: {downtime: 5s, sessions: kept, by: orderly}",
		"stop: {node: 1, for: 20s}", "refuse: {for: 20s}", "nodeDown: {node: 2, for: 20s}", "drain: {over: 10s, downtime: 3s, pause: 2s}",
		"brownOut: {service: 100, workers: 10%, for: 30s}", "acceptQueueFull: {for: 30s}", "acceptQueueFull: {node: 1, for: 3s}",
		"coldCache: {sync: 100, service: 3, for: 30s}", "authOutage: {for: 30s, hint: 2s}", "authOutage: {code: 399, for: 30s}",
		"appServer: {service: 1000, for: 30s}", "appServer: {fail: 50%, for: 30s}", "addressServer: {workers: 1%, service: 500, for: 30s}",
		"sessionTimeout: {to: 10s, for: 40s}", "admission: {bucket: 5, every: 1s, hint: true, for: 30s}",
		"rateLimit: {limit: 1, window: 10s, penalty: 5s}", "minVersion: {to: 1.0.0}", "multiDevice: one",
		"kickServer: {devices: some, which: [1]}", "ban: {share: 50%, kick: true}", "rotateTokens: {spread: 10s}",
		"kickRace: {accounts: 20, devices: [android, ios, web], offsets: [0ms, 1ms, 3ms]}",
		"kickRace: {accounts: 10, devices: [web, web], sameDevice: true, against: reconnect}", "kickOther: {mutual: true, of: pairs}",
		"kill: {for: 10s, spread: 5s}", "databaseFail: {for: 20s}", "logout: {share: 30%}", "login: {share: 30%}",
	}
}

// TestNothingIsLeftBehind lets every fault happen and be over: each client has the
// one link that it is loggedIn on and at most one deadline, and nothing else is held.
func TestNothingIsLeftBehind(t *testing.T) {
	for part := range 4 {
		t.Run(fmt.Sprint(part), func(t *testing.T) {
			t.Parallel()
			for i, fault := range faults() {
				if i%4 != part {
					continue
				}
				if left(t, fault); t.Failed() {
					t.Fatalf("behind %s", fault)
				}
			}
		})
	}
}

// left tells a world in which a fault comes while clients come and go, and looks at
// what is left long after it is over.
func left(t *testing.T, fault string) {
	t.Helper()
	s, err := New(Config{Check: true, Plan: compile(t, fmt.Sprintf(`
duration: 8m
gateway: {nodes: 2, multiDevice: class, sync: 50ms, auth: {workers: 4, serviceTime: 10ms}}
network: {latency: {uniform: [5ms, 50ms]}, loss: 1%%}
app: {workers: 4, serviceTime: 10ms}
addressServer: {workers: 4, serviceTime: 5ms}
populations:
  pairs: {accounts: 20, clientType: [android, web], token: {fetch: everyLogin}, reconnect: nim-web, arrive: [{constant: {rate: 10/s}}]}
  desks: {accounts: 10, clientType: windows, authType: thirdParty, behavior: {onKick: {relogin: 100%%, after: 3s, max: 3}, onFailure: {retry: 20, after: 4s}}}
timeline:
  - {name: cut, at: 58s, cut: {share: 50%%, by: reset, spread: 6s}}
  - {name: fault, at: 60s, %s}
`, fault))})
	if err != nil {
		t.Fatal(err)
	}
	r, err := s.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range append(books(s), says(r.Broken)...) {
		t.Error(f)
	}
	in := int(r.Statuses[login.LoggedIn])
	if s.inUse != in || int(r.Links) != in || int(r.Sessions) != in || in < 10 {
		t.Errorf("%d are loggedIn, with %d links, %d at the gateway, %d sessions: %v", in, s.inUse, r.Links, r.Sessions, r.Statuses)
	}
	if len(s.weather)+len(s.entries.hit) > 0 {
		t.Errorf("%d networks are bent, %d victims are remembered", len(s.weather), len(s.entries.hit))
	}
	if late := r.Convergence.Count[oracle.StillTrying] + r.Convergence.Count[oracle.Stuck]; late > 0 {
		t.Errorf("%d may come back and do not: %+v", late, r.Convergence)
	}
	timers := 0
	s.queue.each(func(e *event) {
		if e.kind() == clientDue {
			timers++
		}
	})
	timers += s.lanes.len
	if timers > len(s.clients) {
		t.Errorf("%d deadlines for %d clients", timers, len(s.clients))
	}
}

// TestBrokenRuleEndsTheRun: the oracles are told of a policy under which nobody may be
// together, and the run ends when that is found.
func TestBrokenRuleEndsTheRun(t *testing.T) {
	w, err := read("policy=all duration=200s", "client a login=manual\nclient b login=manual at=30s\n")
	if err != nil {
		t.Fatal(err)
	}
	for _, stop := range []bool{true, false} {
		s, err := New(Config{Plan: w.plan, Check: true, StopOnBroken: stop})
		if err != nil {
			t.Fatal(err)
		}
		rules := Rules(w.plan)
		rules.MultiDevice = multiDevice("one")
		s.check = oracle.New(rules)
		r, err := s.Run(t.Context())
		if err != nil || len(r.Broken) == 0 || r.OnBroken != stop {
			t.Fatalf("stop %v: %+v, %v", stop, r, err)
		}
		at := r.Broken[0].At
		if stop && (r.End < at || r.End > 31*time.Second || at < 30*time.Second) || !stop && r.End != 200*time.Second {
			t.Errorf("stop %v: the rule broke at %v, and the run ended at %v", stop, at, r.End)
		}
	}
}

// TestThawOfAnotherEntry: an entry takes back what it did itself.
func TestThawOfAnotherEntry(t *testing.T) {
	w, err := read("duration=2m", "client a\n10s cut a halfOpen\n20s cut a thaw\n")
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range []uint16{0, 1} {
		w.plan.Steps[1].Entry = entry
		story, _ := tell(t, w)
		if noticed := strings.Contains(story, "netBroken"); noticed != (entry != 0) {
			t.Errorf("thawed by entry %d:\n%s", entry, story)
		}
	}
}
