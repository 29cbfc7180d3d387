package live

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"loginstorm/sim/login"
	"loginstorm/sim/plan"
	"loginstorm/sim/record"
	"loginstorm/sim/virtual"
)

// base is a world of six phones on three nodes, over a network of 10 ms.
const base = `
name: test
duration: %s
gateway: {nodes: 3, sessionTimeout: 90s, auth: {workers: 4, queue: 100, serviceTime: 5ms}, sync: 50ms}
network: {latency: 10ms, inject: true}
populations:
  phones: {accounts: 6, clientType: android, profile: nim-android, login: auto, arrive: [{constant: {rate: 2/s}}]}
`

// twins are stories that have to go the same way in virtual time and in real time
// over pipes. happens is what has to be seen in them, so that none passes because
// nothing happened.
var twins = []struct {
	name, world, yaml string
	// anyOrder: the gateway turns clients away in the order of numbers that differ.
	anyOrder bool
	happens  map[string]uint64 // Counters, attempts by code, "back", "kicks".
}{
	{name: "reset", yaml: `{cut: {count: 3, by: reset}}`, happens: map[string]uint64{"lost": 3, "back": 3}},
	{name: "close", yaml: `{cut: {count: 3, by: close, code: 4000}}`, happens: map[string]uint64{"lost": 3, "back": 3}},
	{name: "half-open", yaml: `{cut: {count: 3, by: halfOpen}}`, happens: map[string]uint64{"lost": 3, "back": 3}},
	{name: "half-open and back in time", yaml: `{cut: {count: 3, by: halfOpen, for: 10s}}`, happens: map[string]uint64{"lost": 0}},
	{name: "half-open and back too late", yaml: `{cut: {count: 3, by: halfOpen, for: 70s}}`, happens: map[string]uint64{"lost": 3, "back": 3}},
	{name: "over a while", yaml: `{cut: {share: 100%, by: reset, spread: 8s}}`, happens: map[string]uint64{"lost": 6, "back": 6}},
	{name: "half-open over a while", yaml: `{cut: {share: 100%, by: halfOpen, spread: 20s}}`, happens: map[string]uint64{"lost": 6, "back": 6}},
	{name: "a freeze within a freeze", yaml: `{cut: {count: 2, by: freeze, for: 70s}}
  - {name: within, at: 12s, cut: {share: 100%, by: freeze, for: 1s}}`, happens: map[string]uint64{"lost": 2, "back": 2}},
	{name: "a freeze behind a freeze", yaml: `{cut: {share: 100%, by: freeze, for: 2s}}
  - {name: behind, at: 11s, cut: {count: 2, by: freeze, for: 70s}}`, happens: map[string]uint64{"lost": 2, "back": 2}},
	{name: "a freeze within silence", yaml: `{cut: {count: 2, by: halfOpen}}
  - {name: within, at: 12s, cut: {share: 100%, by: freeze, for: 1s}}`, happens: map[string]uint64{"lost": 2, "back": 2}},
	{name: "the same twice", yaml: `{cut: {share: 100%, by: reset, spread: 4s}}
  - {name: also, at: 30s, cut: {share: 100%, by: close}}`, happens: map[string]uint64{"lost": 6, "back": 6}},
	{name: "freeze", yaml: `{cut: {count: 2, by: freeze}}`, happens: map[string]uint64{"lost": 2, "back": 2}},
	{name: "freeze and back in time", yaml: `{cut: {count: 2, by: freeze, for: 10s}}`, happens: map[string]uint64{"lost": 0}},
	{name: "of a node", yaml: `{cut: {share: 100%, node: 2, by: reset}}`, happens: map[string]uint64{"lost": 2, "back": 2}},
	{name: "half-open of a node, and back", yaml: `{cut: {share: 100%, node: 2, by: halfOpen, for: 5s}}`, happens: map[string]uint64{"lost": 0}},
	{name: "slow", yaml: `{slow: {share: 100%, bandwidth: 200, for: 20s}}`, happens: map[string]uint64{"lost": 0}},
	{name: "slow, and new links", yaml: `{slow: {share: 100%, bandwidth: 20000, for: 60s}}
  - {name: also, at: 12s, cut: {share: 100%, by: reset}}`, happens: map[string]uint64{"lost": 6, "back": 6}},
	{name: "delay, and new links", yaml: `{delay: {share: 50%, by: 400ms, for: 60s}}
  - {name: also, at: 12s, cut: {share: 100%, by: reset}}`, happens: map[string]uint64{"lost": 6, "back": 6}},
	{name: "a delay beyond time-outs", yaml: `{delay: {share: 100%, by: 12s, for: 30s}}
  - {name: also, at: 12s, cut: {count: 2, by: reset}}`, happens: map[string]uint64{"lost": 2, "back": 2, "408": 1}},
	{name: "everything is lost", yaml: `{loss: {share: 100%, rate: 100%, for: 40s}}
  - {name: also, at: 12s, cut: {count: 2, by: reset}}`, happens: map[string]uint64{"408": 2}},
	{name: "nobody can be reached", yaml: `{connectFail: {share: 100%, for: 20s}}
  - {name: also, at: 12s, cut: {share: 100%, by: reset}}`, happens: map[string]uint64{"lost": 6, "back": 6, "connects_blocked": 6}},
	{name: "some are reached", yaml: `{connectFail: {share: 100%, rate: 80%, for: 60s}}
  - {name: also, at: 12s, cut: {share: 100%, by: reset}}`, happens: map[string]uint64{"lost": 6, "back": 6, "connects_blocked": 1}},
	{name: "no name is found", yaml: `{dnsFail: {count: 2, for: 10s}}
  - {name: also, at: 12s, cut: {share: 100%, by: reset}}`, happens: map[string]uint64{"lost": 6, "back": 6, "connects_blocked": 2}},
	{name: "network loss", yaml: `{networkLoss: {count: 3, for: 20s}}`, happens: map[string]uint64{"lost": 3, "back": 3}},
	{name: "kill and start", yaml: `{kill: {count: 3, for: 5s}}`, happens: map[string]uint64{"back": 3}},
	{name: "database", yaml: `{databaseFail: {share: 100%, for: 30s}}
  - {name: also, at: 12s, login: {share: 100%}}`, happens: map[string]uint64{"1000": 6}},
	{name: "a node dies", yaml: `{nodeDown: {node: 2, for: 20s}}`, happens: map[string]uint64{"lost": 2, "back": 2}},
	{name: "orderly stop of a node", yaml: `{stop: {node: 2, by: orderly, for: 20s}}`, happens: map[string]uint64{"lost": 2, "back": 2}},
	{name: "restart of all", yaml: `{restart: {downtime: 7s}}`, happens: map[string]uint64{"lost": 6, "back": 6}},
	{name: "a death while some log in", yaml: `{restart: {downtime: 7s}}
  - {name: before, at: 7942ms, cut: {count: 4, by: reset}}
  - {name: also, at: 30s, stop: {}}`, happens: map[string]uint64{"lost": 6, "back": 6}},
	{name: "a race against a reconnect", yaml: `{kickRace: {accounts: 4, devices: [android, ios], against: reconnect, offsets: [0ms, 500ms]}}`, happens: map[string]uint64{"lost": 4}},
	{name: "rolling drain", anyOrder: true, yaml: `{drain: {over: 4s, downtime: 2s, pause: 1s}}`, happens: map[string]uint64{"lost": 6, "back": 6}},
	{name: "accept queue full", yaml: `{acceptQueueFull: {for: 25s}}
  - {name: also, at: 12s, cut: {count: 2, by: reset}}`, happens: map[string]uint64{"lost": 2, "back": 2, "408": 2}},
	{name: "outage", yaml: `{authOutage: {code: 503, for: 20s}}
  - {name: also, at: 12s, cut: {count: 2, by: reset}}`, happens: map[string]uint64{"lost": 2, "back": 2, "503": 2}},
	{name: "ban", yaml: `{ban: {count: 2, kick: true}}`, happens: map[string]uint64{"kicks": 2}},
	{name: "rotation and what it costs", yaml: `{rotateTokens: {count: 2}}
  - {name: also, at: 12s, cut: {share: 100%, by: reset}}`, happens: map[string]uint64{"lost": 6, "302": 2}},
	{name: "tokens", world: appWorld, yaml: `{cut: {share: 100%, by: reset}}`, happens: map[string]uint64{"lost": 6, "back": 6, "tokens_fetched": 12}},
	{name: "rotation and tokens that are fetched", world: appWorld, yaml: `{rotateTokens: {share: 100%}}
  - {name: also, at: 12s, cut: {share: 100%, by: reset}}`, happens: map[string]uint64{"lost": 6, "back": 6, "tokens_fetched": 12}},
	{name: "the app server fails", world: appWorld, yaml: `{appServer: {fail: 100%, for: 20s}}
  - {name: also, at: 12s, cut: {count: 2, by: reset}}`, happens: map[string]uint64{"lost": 2, "back": 2, "tokens_failed": 2}},
	{name: "a slow app server", world: appWorld, yaml: `{appServer: {service: 500, for: 20s}}
  - {name: also, at: 12s, cut: {count: 2, by: reset}}`, happens: map[string]uint64{"lost": 2, "back": 2, "tokens_fetched": 8}},
	{name: "delay of questions", world: appWorld, yaml: `{delay: {share: 100%, by: 300ms, for: 60s}}
  - {name: also, at: 12s, cut: {count: 2, by: reset}}`, happens: map[string]uint64{"lost": 2, "back": 2, "tokens_fetched": 8}},
	{name: "dynamic tokens", world: dynamicWorld, yaml: `{cut: {share: 100%, by: reset}}`, happens: map[string]uint64{"lost": 6, "back": 6, "tokens_fetched": 12}},
	{name: "addresses", world: addressWorld, yaml: `{cut: {share: 100%, by: reset}}`, happens: map[string]uint64{"lost": 6, "back": 6, "addresses_asked": 6}},
	{name: "addresses of nodes that drain", anyOrder: true, world: addressWorld, yaml: `{drain: {node: 2, over: 4s, downtime: 2s}}
  - {name: also, at: 11s, authOutage: {code: 399, for: 10s}}`, happens: map[string]uint64{"lost": 2, "back": 2, "addresses_asked": 8}},
	{name: "the address server fails", world: addressWorld, yaml: `{addressServer: {fail: 100%, for: 20s}}
  - {name: also, at: 11s, authOutage: {code: 399, for: 4s}}
  - {name: then, at: 11s, cut: {count: 2, by: reset}}`, happens: map[string]uint64{"lost": 2, "back": 2, "addresses_failed": 1}},
	{name: "nobody can be reached at the addresses", world: addressWorld, yaml: `{connectFail: {share: 100%, for: 60s}}
  - {name: also, at: 12s, cut: {share: 100%, by: reset}}`, happens: map[string]uint64{"lost": 6, "back": 6, "addresses_asked": 12, "connects_blocked": 18}},
	{name: "a delay within a delay", yaml: `{delay: {share: 100%, by: 400ms, for: 60s}}
  - {name: also, at: 11s, delay: {share: 100%, node: 2, by: 800ms, for: 5s}}
  - {name: cut, at: 20s, cut: {share: 100%, by: reset}}`, happens: map[string]uint64{"lost": 6, "back": 6}},
	{name: "databases that never open", world: brokenWorld, yaml: `{login: {share: 100%}}`, happens: map[string]uint64{"1000": 6}},
	{name: "sessions and other accounts", world: peopleWorld, yaml: `{cut: {count: 2}}`, happens: map[string]uint64{"lost": 2, "tokens_fetched": 30}},
	{name: "a race", yaml: `{kickRace: {accounts: 4, devices: [android, ios, android], offsets: [0ms, 100ms, 200ms]}}`, happens: map[string]uint64{"kicks": 8}},
	{name: "mutual kicks", world: pairWorld, yaml: `{kickOther: {share: 100%, mutual: true}}`, happens: map[string]uint64{"kicks": 6}},
}

const (
	appWorld = `
  readers: {accounts: 6, clientType: android, profile: nim-android, login: auto, token: {fetch: everyLogin}, arrive: [{constant: {rate: 2/s}}]}
app: {workers: 4, serviceTime: 10ms}
`
	dynamicWorld = `
  readers: {accounts: 6, clientType: android, profile: nim-android, login: auto, authType: dynamic, arrive: [{constant: {rate: 2/s}}]}
app: {workers: 4, serviceTime: 10ms}
`
	addressWorld = `
  readers: {accounts: 6, clientType: android, profile: nim-android, login: auto, arrive: [{constant: {rate: 2/s}}]}
addressServer: {workers: 4, serviceTime: 10ms}
`
	brokenWorld = `
  readers: {accounts: 6, clientType: android, profile: nim-android, login: manual, databaseFails: 50%, arrive: [{constant: {rate: 2/s}}]}
`
	peopleWorld = `
  readers: {accounts: 6, clientType: android, profile: nim-android, login: manual, token: {fetch: everyLogin}, arrive: [{constant: {rate: 2/s}}],
    behavior: {session: {length: 20s, pause: 5s}, switchAccounts: {accounts: 3}}}
app: {workers: 4, serviceTime: 10ms}
`
	pairWorld = `
  readers: {accounts: 6, devicesPerAccount: 2, clientType: [android, windows], profile: nim-android, login: manual, arrive: [{constant: {rate: 2/s}}]}
`
)

func TestVirtualAndRealTimeTellTheSameStory(t *testing.T) {
	for _, twin := range twins {
		t.Run(twin.name, func(t *testing.T) {
			text := fmt.Sprintf(base, "150s")
			if twin.world != "" {
				text = text[:strings.Index(text, "  phones:")] + strings.TrimPrefix(twin.world, "\n")
			}
			text += "timeline:\n  - {name: entry, at: 10s, " + strings.TrimPrefix(twin.yaml, "{") + "\n"
			predicted := simulated(t, compile(t, text))
			measured := memory{atEnd: nothingLeft}.run(t, compile(t, text))
			if len(measured.result.Control) > 0 {
				t.Errorf("commands failed: %v", measured.result.Control)
			}
			if twin.anyOrder {
				predicted.sort()
				measured.sort()
			}
			for who := range predicted.statuses {
				if !same(predicted, measured, who) {
					t.Errorf("client %d\npredicted %s\nmeasured  %s", who, predicted.line(who), measured.line(who))
				}
			}
			for what, want := range twin.happens {
				exact := what == "lost" || what == "back" || what == "kicks"
				if got := measured.happened(what); got < want || exact && got != want {
					t.Errorf("%s: %d, want %d", what, got, want)
				}
			}
			if diff := cmp.Diff(predicted.totals.Stranded(record.Filter{}), measured.totals.Stranded(record.Filter{})); diff != "" {
				t.Errorf("who is not loggedIn at the end: %s", diff)
			}
			for i := range predicted.recoveries {
				sameRecovery(t, &predicted.recoveries[i], &measured.recoveries[i])
			}
			for c := range record.Counters {
				c := record.Counter(c)
				if a, b := predicted.totals.Counter(c), measured.totals.Counter(c); a != b && compared(c) {
					t.Errorf("%v: predicted %d, measured %d", c, a, b)
				}
			}
		})
	}
}

// nothingLeft checks at the end of a story whose faults were over long before that a
// shard holds nothing but the links of its clients: each open connection is one of
// those, and nothing is asked, on its way or bent any more.
func nothingLeft(t *testing.T, f *Fleet, open int) {
	links := 0
	for _, s := range f.shards {
		for i := range s.links {
			if s.links[i].conn != nil {
				links++
			}
		}
		if n := len(s.errands); n > 0 {
			t.Errorf("%d questions are left", n)
		}
		if n := len(s.weather); n > 0 {
			t.Errorf("the weather of %d clients is left", n)
		}
		if n := len(s.entries.hit); n > 0 {
			t.Errorf("%d clients are still hit", n)
		}
		for _, p := range s.way.q {
			if p.at > f.plan.Duration+time.Minute {
				t.Errorf("something arrives at %v", p.at)
			}
		}
	}
	if open != links {
		t.Errorf("%d connections are open for %d links", open, links)
	}
}

// compared reports whether a counter is about clients and not about frames or the
// generator.
func compared(c record.Counter) bool {
	switch c {
	case record.FramesIn, record.FramesOut, record.BytesIn, record.BytesOut, record.StartsLate, record.StartsDropped:
		return false
	}
	return true
}

// apart is how far two clocks may be from each other: the target works in grains of
// a fifth of a millisecond, and a login's figures pass it several times.
const apart = 20 * time.Millisecond

// same reports whether a client went through the same statuses at the same
// instants.
func same(a, b *story, who int) bool {
	return slices.Equal(a.statuses[who], b.statuses[who]) &&
		slices.EqualFunc(a.at[who], b.at[who], func(x, y Time) bool { return max(x-y, y-x) <= apart })
}

// sameRecovery checks that an entry hit as many in both, as often, and that they were
// back when they should.
func sameRecovery(t *testing.T, a, b *record.Recovery) {
	t.Helper()
	if a.Asked != b.Asked || a.Online != b.Online || a.Hit != b.Hit || a.Drops != b.Drops || a.Back != b.Back || a.Gradual != b.Gradual {
		t.Errorf("%s: predicted %d asked, %d online, %d hit %d times, %d back, gradual %v; measured %d, %d, %d, %d, %d, %v", a.Entry,
			a.Asked, a.Online, a.Hit, a.Drops, a.Back, a.Gradual, b.Asked, b.Online, b.Hit, b.Drops, b.Back, b.Gradual)
	}
	near := func(x, y record.Seconds) bool { return max(x-y, y-x).Duration() <= 2*apart }
	if !near(a.Own.Min, b.Own.Min) || !near(a.Own.Max, b.Own.Max) {
		t.Errorf("%s: predicted %v to %v of their own drops, measured %v to %v", a.Entry, a.Own.Min, a.Own.Max, b.Own.Min, b.Own.Max)
	}
	for i := range min(len(a.Milestones), len(b.Milestones)) {
		if x, y := a.Milestones[i], b.Milestones[i]; x.Reached != y.Reached || x.Missing != y.Missing || !near(x.After, y.After) {
			t.Errorf("%s: predicted %+v, measured %+v", a.Entry, x, y)
		}
	}
}

// sort forgets who was who.
func (s *story) sort() {
	slices.SortFunc(s.statuses, slices.Compare[[]login.Status])
	for who := range s.at {
		s.at[who] = make([]Time, len(s.statuses[who]))
	}
}

// line is what a client went through.
func (s *story) line(who int) string {
	var b strings.Builder
	for i, status := range s.statuses[who] {
		fmt.Fprintf(&b, "%v %v, ", s.at[who][i].Round(time.Millisecond), status)
	}
	return b.String()
}

// happened counts something of a story.
func (s *story) happened(what string) (n uint64) {
	switch what {
	case "kicks":
		return uint64(s.kicks)
	case "lost", "back":
		for _, list := range s.statuses {
			logins, drops := 0, 0
			for i, status := range list {
				if status == login.LoggedIn {
					logins++
				} else if i > 0 && list[i-1] == login.LoggedIn && status == login.NetBroken {
					drops++
				}
			}
			if what == "lost" && drops > 0 || what == "back" && logins > 1 {
				n++
			}
		}
		return n
	}
	for c := range record.Counters {
		if record.Counter(c).String() == what {
			return s.totals.Counter(record.Counter(c))
		}
	}
	for _, list := range s.codes {
		for _, code := range list {
			if fmt.Sprint(uint16(code)) == what {
				n++
			}
		}
	}
	return n
}

// simulated is what a plan comes to in virtual time.
func simulated(t *testing.T, p *plan.Plan) *story {
	t.Helper()
	st := newStory(len(p.Clients.Account))
	agg := record.NewAggregate(p.Layout(), 1)
	sim, err := virtual.New(virtual.Config{Plan: p, Sink: agg.Add, Watch: st.heard})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := sim.Run(context.Background()); err != nil {
		t.Fatal(err)
	}
	agg.Flush()
	st.totals, st.recoveries = agg.Totals(), agg.Recoveries()
	return st
}

// A gateway that dies takes with it whoever logs in meanwhile: they are its victims in
// both drivers, though they were not found online.
func TestWhoLogsInWhileTheGatewayDiesIsItsVictim(t *testing.T) {
	text := fmt.Sprintf(base, "60s") + `timeline:
  - {name: before, at: 7942ms, cut: {count: 4, by: reset}}
  - {name: death, at: 10s, restart: {downtime: 7s}}
  - {name: halt, at: 40s, stop: {by: kill}}
`
	for name, st := range map[string]*story{"virtual": simulated(t, compile(t, text)), "live": memory{}.run(t, compile(t, text))} {
		for i, want := range []record.Recovery{{Online: 4, Hit: 4, Drops: 4, Back: 4}, {Online: 2, Hit: 6, Drops: 6, Back: 6}, {Online: 6, Hit: 6, Drops: 6}} {
			got := st.recoveries[i]
			if got.Online != want.Online || got.Hit != want.Hit || got.Drops != want.Drops || got.Back != want.Back {
				t.Errorf("%s, %s: %d online, %d hit %d times, %d back", name, got.Entry, got.Online, got.Hit, got.Drops, got.Back)
			}
		}
	}
}
