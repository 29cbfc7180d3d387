package worlds

import (
	"slices"
	"strings"
	"testing"

	"loginstorm/sim/client"
	"loginstorm/sim/gateway"
	"loginstorm/sim/login"
	"loginstorm/sim/wire"
)

func policies() []gateway.Policy {
	return []gateway.Policy{gateway.PolicyOne, gateway.PolicyClass, gateway.PolicyAll, gateway.PolicyCustom}
}

// TestEveryInterleavingKeepsTheRules exhausts small worlds under every policy: there
// is no order of logins, replies, kicks, drops, reconnects and logouts that the budget
// allows and that was not visited.
func TestEveryInterleavingKeepsTheRules(t *testing.T) {
	for _, p := range policies() {
		t.Run(p.String(), func(t *testing.T) {
			t.Parallel()
			for _, c := range []struct {
				clients        int
				logins, faults uint8
				evicts         bool
			}{{clients: 2, logins: 2}, {clients: 2, faults: 2}, {clients: 2, logins: 1, faults: 1}, {clients: 2, logins: 1, faults: 1, evicts: true}, {clients: 3, logins: 2}} {
				r, err := Explore(Config{Policy: p, Clients: c.clients, Depth: MaxDepth, Budget: DefaultBudget(c.logins, c.faults), ReconnectEvicts: c.evicts})
				if err != nil {
					t.Fatal(err)
				}
				t.Logf("%d clients, %d logins, %d faults, evicts %t: %d states, %d transitions, depth %d", c.clients, c.logins, c.faults, c.evicts, r.States, r.Transitions, r.Depth)
				if v := r.Violation; v != nil {
					t.Errorf("%s\n%s", v.Says, strings.Join(v.Story, "\n"))
				} else if !r.Complete || r.States < 1000 || r.Histories != r.Transitions {
					t.Errorf("the world was not exhausted: %+v", r)
				}
			}
		})
	}
}

// TestEverythingHappens demands that nothing is held because nothing ever happens: each
// status, each end of a session and each answer occurs.
func TestEverythingHappens(t *testing.T) {
	causes, codes, statuses := map[gateway.Cause]int{}, map[wire.Code]int{}, map[login.Status]int{}
	watch := plant{output: func(o *gateway.Output) bool {
		switch o.Kind {
		case gateway.SessionEnded:
			causes[o.Cause]++
		case gateway.Judged:
			codes[o.Code]++
		}
		return true
	}, action: func(a *login.Action) bool {
		if a.Kind == login.PublishStatus {
			statuses[a.Status]++
		}
		return true
	}}
	for _, p := range []gateway.Policy{gateway.PolicyOne, gateway.PolicyAll} {
		if _, err := Explore(Config{Policy: p, Clients: 2, Depth: 24, Budget: DefaultBudget(1, 1), plant: watch}); err != nil {
			t.Fatal(err)
		}
	}
	for c := gateway.ExcludedByLogin; c <= gateway.TimedOut; c++ {
		if causes[c] == 0 {
			t.Errorf("no session ends because of %v", c)
		}
	}
	for _, c := range []wire.Code{wire.Success, wire.NotLastDevice} {
		if codes[c] == 0 {
			t.Errorf("no login is answered %v", c)
		}
	}
	for s := login.Unknown; s <= login.KickOutByOtherClient; s++ {
		if statuses[s] == 0 {
			t.Errorf("nobody becomes %v", s)
		}
	}
}

// TestPlantedFaultsAreFound breaks a copy of the rules in one place each, and demands
// to hear of it, with a short history.
func TestPlantedFaultsAreFound(t *testing.T) {
	for _, c := range []struct {
		name   string
		faults uint8
		plant  plant
		within int
		says   string
	}{
		{"a gateway that lets everybody stay", 0, plant{config: func(g *gateway.Config) { g.MultiDevice.Policy = gateway.PolicyAll }},
			12, "which the policy"},
		{"a gateway that lets those who come back push others out", 1, plant{config: func(g *gateway.Config) { g.ReconnectEvicts = true }},
			20, "device 2 was pushed out, but no later login may do that"},
		{"a gateway that says 200 and means 417", 1, plant{output: func(o *gateway.Output) bool {
			if o.Kind == gateway.Send && o.Message.Code == wire.NotLastDevice {
				o.Message.Code = wire.Success
			}
			return true
		}}, 20, "loggedIn"},
		{"a kick that nobody is told of", 0, plant{output: func(o *gateway.Output) bool {
			return o.Kind != gateway.SessionEnded || o.Cause != gateway.ExcludedByLogin
		}}, 12, "stays online"},
		{"a machine that forgets a result", 0, plant{action: func(a *login.Action) bool {
			return a.Kind != login.Result || a.Origin != wire.Manual || a.Code != wire.Success
		}}, 8, "calls wait for their result"},
		{"a machine without a heartbeat", 1, plant{prof: func(p *login.Profile) { p.Heartbeat = 0 }}, 8, "no timer that would notice its end"},
		{"a machine that gives up", 1, plant{prof: func(p *login.Profile) { p.Policy.MaxAttempts = 1 }}, 8, "nothing is due"},
		{"a client that hears a kick where the gateway said 200", 0, plant{input: func(in *client.Input) {
			if m := in.Dialect.Message; m != nil && m.Kind == wire.LoginReply && m.Code == wire.Success {
				m.Kind, m.Reason = wire.Kick, wire.ByLogin
			}
		}}, 20, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r, err := Explore(Config{Policy: gateway.PolicyOne, Clients: 2, Depth: 40, Budget: DefaultBudget(1+1-c.faults, c.faults), plant: c.plant})
			if err != nil {
				t.Fatal(err)
			}
			v := r.Violation
			if v == nil {
				t.Fatalf("not found: %+v", r)
			}
			t.Logf("%s, after %d choices and %d states:\n%s", v.Says, v.Depth, r.States, strings.Join(v.Story, "\n"))
			if v.Depth > c.within || !strings.Contains(v.Says, c.says) || len(v.Story) < v.Depth {
				t.Errorf("found after %d choices, want %d at most; it says %s", v.Depth, c.within, v.Says)
			}
		})
	}
}

// TestEqualStatesHaveEqualFutures walks through a world and holds what a state leaves
// out to its promise: where two histories lead to equal bytes, the same choices lead on
// to the same states.
func TestEqualStatesHaveEqualFutures(t *testing.T) {
	cfg := Config{Policy: gateway.PolicyOne, Clients: 2, Depth: 1, Budget: DefaultBudget(2, 2)}
	cfg.Budget.KickOthers = 1
	sh := newShared(&cfg)
	futures := map[string][]string{}
	met := 0
	random := uint64(1)
	for range 400 {
		w, err := newWorld(&cfg, sh)
		if err != nil {
			t.Fatal(err)
		}
		for range 30 {
			open := w.choices(nil)
			var next []string
			for _, ch := range open {
				c := w.clone()
				c.make(ch)
				next = append(next, string(append(c.state(nil), byte(ch.act), ch.who, ch.whom)))
			}
			state := string(w.state(nil))
			if before, ok := futures[state]; ok {
				met++
				if !slices.Equal(before, next) {
					t.Fatalf("two equal states go on differently: %d choices and %d", len(before), len(next))
				}
			}
			futures[state] = next
			if len(open) == 0 {
				break
			}
			random = random*6364136223846793005 + 1442695040888963407
			w.make(open[int(random>>33)%len(open)])
		}
	}
	if met < 1000 {
		t.Errorf("only %d equal states were met", met)
	}
}

// TestCloneSharesNothing changes a clone in every way, and demands that the original
// stays as it is.
func TestCloneSharesNothing(t *testing.T) {
	cfg := Config{Policy: gateway.PolicyClass, Clients: 3, Depth: 1, Budget: DefaultBudget(3, 3)}
	w, err := newWorld(&cfg, newShared(&cfg))
	if err != nil {
		t.Fatal(err)
	}
	for n := range 60 {
		before := string(w.state(nil))
		open := w.choices(nil)
		for _, ch := range open {
			c := w.clone()
			c.make(ch)
			if broken := c.settle(func(*world) bool { return false }); broken != "" && !strings.Contains(broken, "nobody owes") {
				t.Fatal(broken)
			}
			if string(w.state(nil)) != before {
				t.Fatalf("what a clone did changed its original: %s", w.says(ch))
			}
		}
		if len(open) == 0 {
			return
		}
		w.make(open[n*7%len(open)])
	}
}

// TestStatesCanBeMadeAgain makes states of every level from the beginning, and demands
// that they are those that were met.
func TestStatesCanBeMadeAgain(t *testing.T) {
	x, err := newExplorer(&Config{Policy: gateway.PolicyCustom, Clients: 3, Depth: 14, Budget: DefaultBudget(1, 1)})
	if err != nil {
		t.Fatal(err)
	}
	x.run()
	again := map[hash]bool{}
	for n := range x.nodes {
		w, past := x.replay(uint32(n))
		h := x.hash(w)
		if _, ok := x.seen[h]; !ok || again[h] || len(past) != len(x.path(uint32(n)))+1 {
			t.Fatalf("state %d is another one when it is made again", n)
		}
		again[h] = true
	}
	if len(again) != len(x.seen) || len(again) < 5000 {
		t.Errorf("%d of %d states can be made again", len(again), len(x.seen))
	}
}

func TestHashesTellStatesApart(t *testing.T) {
	state := []byte("a state of some length")
	names := map[hash]bool{hashOf(state): true, hashOf(nil): true, hashOf([]byte{0}): true, hashOf(make([]byte, 8)): true, hashOf(make([]byte, 9)): true}
	for i := range state {
		for b := range 8 {
			other := slices.Clone(state)
			other[i] ^= 1 << b
			names[hashOf(other)] = true
		}
	}
	if len(names) != 5+8*len(state) {
		t.Errorf("%d names", len(names))
	}
}

func TestConfigIsChecked(t *testing.T) {
	_, err := Explore(Config{Policy: 9, Clients: 4, States: -1})
	if err == nil || strings.Count(err.Error(), "\n") != 3 {
		t.Errorf("%v", err)
	}
}
