package gateway

import (
	"encoding/json"
	"testing"
	"time"

	"loginstorm/sim/backend"
	"loginstorm/sim/chance"
	"loginstorm/sim/wire"
)

// stand is a gateway in a known situation: link 1 and 2 are open, and device 11
// of account 0, an Android phone, is logged in on link 1 unless told otherwise.
func stand(t *testing.T, cfg Config, first ...Request) *Gateway {
	t.Helper()
	cfg.Accounts = 4
	g, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	if first == nil {
		first = []Request{{Device: 11, ClientType: wire.Android, Origin: wire.Manual}}
	}
	for i, r := range first {
		r.Token = AccountDigest(0, r.Account)
		g.Step(0, Input{Kind: Opened, Link: Link(i + 1)}, nil)
		if code := ask(g, Link(i+1), r); code != wire.Success {
			t.Fatalf("the stand: %v", code)
		}
	}
	g.Step(0, Input{Kind: Opened, Link: 50}, nil)
	return g
}

// ask logs in on a link and returns the code of the reply.
func ask(g *Gateway, l Link, r Request) wire.Code {
	for _, o := range g.Step(g.now, Input{Kind: LoginAsked, Link: l, Login: &r}, nil) {
		if o.Kind == Judged {
			return o.Code
		}
	}
	return 0
}

// TestFirstRefusalWins makes every step of section 6 refuse at once and takes
// the refusals away one by one, in the order of the steps.
func TestFirstRefusalWins(t *testing.T) {
	g := stand(t, Config{
		MultiDevice: MultiDevice{Policy: PolicyOne}, App: 4, MinVersion: 100,
		RateLimit: RateLimit{Limit: 1, Window: time.Second, Counts: CountAll},
	}, []Request{{Device: 11, ClientType: wire.Android, Origin: wire.Manual, App: 4, Version: 100}}...)
	r := Request{Account: 77, Device: 12, ClientType: wire.IOS, Origin: wire.Auto, Token: 1, App: 3, Version: 99, AuthType: wire.AuthDynamic}
	do := func(c Command) { g.Step(g.now, Input{Kind: Commanded, Command: &c}, nil) }
	do(Command{Kind: Ban, Account: 0})
	do(Command{Kind: Outage, Code: wire.ServerError})
	g.limiter.count(0, 77)
	for _, step := range []struct {
		rule string
		want wire.Code
		heal func()
	}{
		{"6.2 limiter", wire.TooOften, func() { do(Command{Kind: SetRateLimit, RateLimit: &RateLimit{}}) }},
		{"10 outage", wire.ServerError, func() { do(Command{Kind: Outage}) }},
		{"6.3 version", wire.VersionTooOld, func() { r.Version = 100 }},
		{"6.4 app", wire.Mismatch, func() { r.App = 4 }},
		{"6.4 account", wire.Mismatch, func() { r.Account = 0 }},
		{"6.4 login type", wire.NotPermitted, func() { r.AuthType = wire.AuthDefault }},
		{"6.4 token", wire.Mismatch, func() { r.Token = AccountDigest(0, 0) }},
		{"6.5 ban", wire.AccountDisabled, func() { do(Command{Kind: Unban, Account: 0}) }},
		{"6.6 device", wire.NotLastDevice, func() { r.Origin = wire.Reconnect }},
		{"6.7 policy", wire.NotLastDevice, func() { r.Origin = wire.Manual }},
		{"6.8", wire.Success, func() {}},
	} {
		if got := ask(g, 50, r); got != step.want {
			t.Errorf("%s: got %v, want %v", step.rule, got, step.want)
		}
		step.heal()
	}
}

// TestPolicyMatrix tries every pair of client types under every policy by every
// origin. Spec section 6, multi-device policies.
func TestPolicyMatrix(t *testing.T) {
	able := []wire.ClientType{wire.Android, wire.IOS, wire.HarmonyOS, wire.WindowsPhone, wire.Windows, wire.MacOS, wire.Web}
	custom := [][]wire.ClientType{{wire.Android, wire.Web}, {wire.MacOS}}
	together := map[Policy]func(a, b wire.ClientType) bool{
		PolicyOne:   func(a, b wire.ClientType) bool { return false },
		PolicyClass: func(a, b wire.ClientType) bool { return a.Mobile() != b.Mobile() },
		PolicyAll:   func(a, b wire.ClientType) bool { return true },
		PolicyCustom: func(a, b wire.ClientType) bool {
			set := func(c wire.ClientType) int {
				switch c {
				case wire.Android, wire.Web:
					return 1
				case wire.MacOS:
					return 2
				}
				return 0
			}
			return set(a) != set(b) || set(a) == 0
		},
	}
	for policy := PolicyOne; policy <= PolicyCustom; policy++ {
		m := MultiDevice{Policy: policy}
		if policy == PolicyCustom {
			m.Custom = custom
		}
		for _, a := range able {
			for _, b := range able {
				for origin := wire.Manual; origin <= wire.Reconnect; origin++ {
					fits := together[policy](a, b)
					want, sessions := wire.Success, uint32(1)
					if fits {
						sessions = 2
					} else if origin != wire.Manual {
						want = wire.NotLastDevice
					}
					g := stand(t, Config{MultiDevice: m}, Request{Device: 11, ClientType: a, Origin: wire.Manual})
					got := ask(g, 50, Request{Device: 12, ClientType: b, Origin: origin, Token: AccountDigest(0, 0)})
					if n := g.Stats().Sessions; got != want || n != sessions {
						t.Errorf("%v: %v beside %v by %v: got %v and %d sessions, want %v and %d", policy, b, a, origin, got, n, want, sessions)
					}
					if m.Excludes(a, b) == fits {
						t.Errorf("%v: Excludes(%v, %v) = %v", policy, a, b, fits)
					}
				}
			}
		}
	}
}

// TestForceDecidesOnlyAtTheLimit: a manual login pushes excluded devices out
// whatever force says. Spec 6.7.
func TestForceDecidesOnlyAtTheLimit(t *testing.T) {
	for _, force := range []bool{false, true} {
		g := stand(t, Config{MultiDevice: MultiDevice{Policy: PolicyOne}})
		r := Request{Device: 12, ClientType: wire.IOS, Origin: wire.Manual, Token: AccountDigest(0, 0), Force: force}
		if got := ask(g, 50, r); got != wire.Success || g.Stats().Kicks[wire.ByLogin] != 1 {
			t.Errorf("force %v: got %v and %v", force, got, g.Stats().Kicks)
		}
	}
}

// TestLimitAfterAChangeOfPolicy: more devices than the limit may be there when
// all begins; force then makes room for one below the limit again.
func TestLimitAfterAChangeOfPolicy(t *testing.T) {
	var crowd []Request
	for d := range uint64(13) {
		crowd = append(crowd, Request{Device: 100 + d, ClientType: wire.IOS, Origin: wire.Manual})
	}
	g := stand(t, Config{MultiDevice: MultiDevice{Policy: PolicyCustom}}, crowd...)
	g.Step(0, Input{Kind: Commanded, Command: &Command{Kind: SetMultiDevice, MultiDevice: &MultiDevice{Policy: PolicyAll}}}, nil)
	if n := g.Stats().Sessions; n != 13 {
		t.Fatalf("the change of policy touched sessions: %d are left", n)
	}
	r := Request{Device: 200, ClientType: wire.Web, Origin: wire.Manual, Token: AccountDigest(0, 0), Force: true}
	if got := ask(g, 50, r); got != wire.Success || g.Stats().Sessions != DeviceLimit {
		t.Errorf("got %v and %d sessions", got, g.Stats().Sessions)
	}
	if slot := g.sessionOf(0, 103); slot != 0 {
		t.Error("an old one is left")
	}
	if slot := g.sessionOf(0, 104); slot == 0 {
		t.Error("a younger one is gone")
	}
}

// TestARaceHasOneWinner: n devices log in at the same instant, and the one that
// is judged last holds the session. Spec section 6, invariant 3.
func TestARaceHasOneWinner(t *testing.T) {
	g, err := New(Config{Accounts: 1, Auth: Auth{Workers: 3, Queue: 10}, Seed: 5})
	if err != nil {
		t.Fatal(err)
	}
	var jobs []uint32
	step := func(in Input) (last uint64) {
		for _, o := range g.Step(0, in, nil) {
			switch o.Kind {
			case Work:
				jobs = append(jobs, o.Job)
			case SessionBegan:
				last = o.Device
			}
		}
		return last
	}
	for l := range Link(8) {
		step(Input{Kind: Opened, Link: l})
		step(Input{Kind: LoginAsked, Link: l, Login: &Request{Device: uint64(l) + 1, ClientType: wire.Android, Origin: wire.Manual, Token: AccountDigest(0, 0)}})
	}
	var last uint64
	for len(jobs) > 0 {
		job := jobs[len(jobs)-1] // The youngest finishes first.
		jobs = jobs[:len(jobs)-1]
		if d := step(Input{Kind: Worked, Job: job}); d != 0 {
			last = d
		}
	}
	if s := g.Stats(); s.Sessions != 1 || s.Links != 1 || g.sessionOf(0, last) == 0 || s.Of(wire.Success) != 8 {
		t.Errorf("device %d was judged last: %+v", last, s)
	}
}

// TestServiceTimeFollowsFromTheSeed: the n-th served login costs the n-th draw,
// by the thousandths in force.
func TestServiceTimeFollowsFromTheSeed(t *testing.T) {
	d := chance.Dist{Shape: chance.Exponential, A: 10 * time.Millisecond}
	g, err := New(Config{Seed: 9, Accounts: 1, Auth: Auth{ServiceTime: d}})
	if err != nil {
		t.Fatal(err)
	}
	g.Step(0, Input{Kind: Commanded, Command: &Command{Kind: SetAuth, ServiceTime: 3000}}, nil)
	for n := range uint32(20) {
		g.Step(0, Input{Kind: Opened, Link: Link(n)}, nil)
		out := g.Step(0, Input{Kind: LoginAsked, Link: Link(n), Login: &Request{}}, nil)
		if want := 3 * d.Sample(chance.Draw(9, chance.Service, 0, n)); len(out) != 1 || out[0].Kind != Work || out[0].After != want {
			t.Fatalf("login %d: got %+v, want %v", n, out, want)
		}
	}
}

func TestScaleRoundsDownAndIsCapped(t *testing.T) {
	for _, c := range []struct {
		span        Time
		thousandths uint32
		want        Time
	}{{time.Second, 1000, time.Second}, {3, 500, 1}, {24 * time.Hour, 1 << 31, 24 * time.Hour}, {0, 7000, 0}} {
		if got := scale(c.span, c.thousandths); got != c.want {
			t.Errorf("scale(%v, %d) = %v, want %v", c.span, c.thousandths, got, c.want)
		}
	}
}

// TestANodeDrainsUntilItIsTakenBack: neither its restart nor the end of its links
// ends a drain, and a node that is down is not draining.
func TestANodeDrainsUntilItIsTakenBack(t *testing.T) {
	g := stand(t, Config{Nodes: 2})
	do := func(c Command) { g.Step(g.now, Input{Kind: Commanded, Command: &c}, nil) }
	expect := func(first, second bool) {
		t.Helper()
		if g.Draining(0) != first || g.Draining(1) != second || g.Draining(2) || g.Draining(AllNodes) {
			t.Errorf("draining: %v and %v, want %v and %v", g.Draining(0), g.Draining(1), first, second)
		}
	}
	expect(false, false)
	do(Command{Kind: Drain, Node: 0})
	do(Command{Kind: Restart, Node: AllNodes, Downtime: time.Second})
	expect(true, false)
	g.Step(time.Minute, Input{}, nil)
	expect(true, false)
	do(Command{Kind: Undrain, Node: AllNodes})
	expect(false, false)
}

// TestABackendIsNotTheGateways: a command for a server beside it changes nothing,
// and one that is not valid neither.
func TestABackendIsNotTheGateways(t *testing.T) {
	for _, c := range []Command{
		{Kind: SetBackend, Backend: backend.Address, Workers: 1, ServiceTime: 9000, Fails: 1_000_000, Downtime: time.Hour},
		{Kind: Stall, Downtime: -1},
		{Kind: RotateToken, Token: 5, Rotation: 5},
		{Kind: SetAdmission, Admission: &Admission{Bucket: 1}},
	} {
		g := stand(t, Config{})
		if out := g.Step(0, Input{Kind: Commanded, Command: &c}, nil); len(out) > 0 {
			t.Errorf("%v: %v", c.Kind, describe(&out[0]))
		}
		g.Step(0, Input{Kind: Opened, Link: 3}, nil)
		r := Request{Account: 1, Device: 12, ClientType: wire.IOS, Origin: wire.Manual, Token: AccountDigest(0, 1)}
		if at, _ := g.Deadline(); ask(g, 3, r) != wire.Success || at != DefaultSessionTimeout {
			t.Errorf("%v changed something", c.Kind)
		}
	}
}

// TestTimersOfOldTimeoutsAreForgotten: however often the timeout changes, there is
// one timer a link.
func TestTimersOfOldTimeoutsAreForgotten(t *testing.T) {
	g := stand(t, Config{})
	for n := range 1000 {
		c := Command{Kind: SetSessionTimeout, Downtime: time.Duration(1+n%2) * time.Minute}
		g.Step(0, Input{Kind: Commanded, Command: &c}, nil)
	}
	if n := len(g.timers.timeouts) + len(g.timers.others); n > 3 {
		t.Errorf("%d timers for 2 links", n)
	}
}

// TestStatsAreExportedByName holds the names and units that reports read.
func TestStatsAreExportedByName(t *testing.T) {
	text, err := json.Marshal(Stats{
		Links: 1, Sessions: 2, Queue: 3, Busy: 4, PeakQueue: 5, Refused: 6, Held: 7, Logins: []CodeCount{{Code: 200, Count: 8}}, Other: 9,
		Kicks: [5]uint64{0, 1, 2, 3, 4}, Wasted: 10, WorkedTime: 11 * time.Second, WastedTime: 12, Stalls: 13, AppAsked: 14, AppFailed: 15,
	})
	want := `{"links":1,"sessions":2,"queue":3,"busy":4,"peak_queue":5,"refused":6,"held":7,"logins":[{"code":200,"count":8}],"other":9,` +
		`"kicks":[0,1,2,3,4],"wasted":10,"worked_nanoseconds":11000000000,"wasted_nanoseconds":12,"stalls":13,"app_asked":14,"app_failed":15}`
	if err != nil || string(text) != want {
		t.Errorf("%v\ngot  %s\nwant %s", err, text, want)
	}
	g := stand(t, Config{}, []Request{}...)
	if logins := g.Stats().Logins; logins == nil {
		t.Error("no logins are exported as null")
	}
}

// TestTimeNeverGoesBack: an earlier now counts as the last one.
func TestTimeNeverGoesBack(t *testing.T) {
	g := stand(t, Config{SessionTimeout: time.Second})
	g.Step(900*time.Millisecond, Input{Kind: Pinged, Link: 1}, nil)
	g.Step(0, Input{Kind: Pinged, Link: 1}, nil)
	g.Step(1899*time.Millisecond, Input{}, nil)
	if g.Stats().Sessions != 1 {
		t.Error("the session ended too soon")
	}
	g.Step(1900*time.Millisecond, Input{}, nil)
	if s := g.Stats(); s.Sessions+s.Links != 0 {
		t.Errorf("the session ended too late: %+v", s)
	}
}
