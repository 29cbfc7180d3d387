package plan

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"loginstorm/sim/gateway"
	"loginstorm/sim/wire"
)

func TestDatabasesFailForAnExactShare(t *testing.T) {
	text := "duration: 1m\npopulations: {homes: {accounts: 100, clientType: [web, windows], databaseFails: 12.5%}, tabs: {accounts: 10, clientType: web}}\n"
	p := compiled(t, text, Options{})
	parts := map[uint16]int{}
	for client, shut := range p.Clients.Database {
		if shut {
			parts[p.Clients.Population[client]]++
		}
	}
	if parts[0]+parts[1] != 25 || parts[0] == 0 || parts[1] == 0 || parts[2] != 0 {
		t.Errorf("by population: %v, want 25 of homes", parts)
	}
	other := compiled(t, strings.Replace(text, "homes", "flats", 1), Options{})
	if slices.Equal(other.Clients.Database, p.Clients.Database) || other.Digest() == p.Digest() {
		t.Error("another name chooses the same clients")
	}
	if compiled(t, "duration: 1m\npopulations: {tabs: {accounts: 10, clientType: web}}\n", Options{}).Clients.Database != nil {
		t.Error("a column of nothing is kept")
	}
}

func TestAccountsOfPeopleWithSeveral(t *testing.T) {
	p := compiled(t, `
duration: 1m
populations:
  phones: {accounts: 5, clientType: ios}
  homes: {accounts: 7, clientType: [web, windows], behavior: {session: {length: 1s, pause: 1s}, switchAccounts: {accounts: 3}}}
  desks: {accounts: 2, clientType: windows}
`, Options{})
	if p.Accounts.Count != 5+21+2 || p.Gateway.Accounts != 28 {
		t.Fatalf("%d accounts, the gateway knows %d", p.Accounts.Count, p.Gateway.Accounts)
	}
	taken := map[uint32]string{}
	for client, home := range p.Clients.Account {
		q := &p.Populations[p.Clients.Population[client]]
		name, _, _ := strings.Cut(q.Name, ".")
		if (q.Stride == 0) != (name != "homes") || (q.Accounts == 0) != (q.Stride == 0) {
			t.Fatalf("%s: stride %d, accounts %d", q.Name, q.Stride, q.Accounts)
		}
		for k := range max(q.Accounts, 1) {
			account := home + k*q.Stride
			if other, ok := taken[account]; account >= p.Accounts.Count || ok && other != name {
				t.Fatalf("client %d of %s has account %d, which is of %q", client, name, account, other)
			}
			taken[account] = name
			var c wire.Credentials
			p.CredentialsFor(uint32(client), account, &c)
			r := p.RequestFor(uint32(client), account)
			if c.Account != p.Accounts.Name(account) || r.Account != account || gateway.TokenDigest(c.Token) != r.Token || c.Device != r.Device {
				t.Fatalf("client %d with account %d says %+v and %+v", client, account, c, r)
			}
		}
	}
	if len(taken) != 28 {
		t.Errorf("%d accounts are somebody's", len(taken))
	}
}

func TestDynamicTokens(t *testing.T) {
	const epoch = 1_772_330_584_000
	for name, c := range map[string]struct {
		app  string
		ttl  time.Duration
		skew time.Duration
	}{"no app": {"", time.Hour, 0}, "app": {"app: {ttl: 10m, clockSkew: -30s}\n", 10 * time.Minute, -30 * time.Second}} {
		p := compiled(t, "duration: 1m\n"+c.app+"populations: {a: {accounts: 3, clientType: ios, authType: dynamic, token: {fetch: never}}, b: {accounts: 1, clientType: ios}}\n", Options{AppKey: "key"})
		p.Gateway.Epoch = epoch
		if !p.Gateway.Dynamic {
			t.Errorf("%s: the gateway takes no dynamic tokens", name)
		}
		var said wire.Credentials
		p.Credentials(1, &said)
		token, genuine := gateway.VerifyDynamicToken(said.Token, "key", said.Account, gateway.AppSecret(p.Gateway.TokenSeed))
		r := p.Request(1)
		var read gateway.Request
		read.ReadDynamic(said.Token, "key", said.Account, gateway.AppSecret(p.Gateway.TokenSeed), epoch)
		if !genuine || token.CurTime != epoch+c.skew.Milliseconds() || token.TTL != int64(c.ttl/time.Second) ||
			!r.Genuine || read.Genuine != r.Genuine || read.Issued != r.Issued || read.TTL != r.TTL || r.Issued != c.skew || r.TTL != c.ttl {
			t.Errorf("%s: %v, %+v, %+v", name, token, r, read)
		}
		if p.Request(3).Genuine {
			t.Errorf("%s: a static token counts as dynamic", name)
		}
	}
}

func TestFetchIsSettled(t *testing.T) {
	for text, want := range map[string]Fetch{
		"app: {}\npopulations: {a: {accounts: 1, clientType: ios, authType: dynamic}}":                                    FetchEvery,
		"app: {}\npopulations: {a: {accounts: 1, clientType: ios, authType: dynamic, token: {fetch: first}}}":             FetchFirst,
		"app: {}\npopulations: {a: {accounts: 1, clientType: ios}}":                                                       FetchNever,
		"app: {}\npopulations: {a: {accounts: 1, clientType: ios, token: {fetch: everyLogin}}}":                           FetchEvery,
		"populations: {a: {accounts: 1, clientType: ios, authType: dynamic}}":                                             FetchNever,
		"target: {url: 'ws://127.0.0.1:1'}\napp: {}\npopulations: {a: {accounts: 1, clientType: ios, authType: dynamic}}": FetchNever,
	} {
		if got := compiled(t, "duration: 1m\n"+text+"\n", Options{}).Populations[0].Fetch; got != want {
			t.Errorf("%s: fetch %d, want %d", text, got, want)
		}
	}
}

func TestServersOfAForeignTarget(t *testing.T) {
	text := `
duration: 1m
target: {url: "ws://127.0.0.1:1/im"}
app: {workers: 2}
addressServer: {workers: 2}
populations: {a: {accounts: 1, clientType: ios, token: {fetch: first}}}
timeline: [{name: x, at: 1s, cut: {node: 2}}]
`
	_, err := Compile(parse(t, text), Options{})
	for _, want := range []string{"the target brings no address server", "the target brings no app server", "there is no node 2: the target has 1 address"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	if _, err := Compile(parse(t, strings.Replace(text, "node: 2", "node: 1", 1)), Options{Virtual: true}); err != nil {
		t.Errorf("in simulate: %v", err)
	}
	text = strings.Replace(strings.Replace(text, "node: 2", "node: 1", 1), "{workers: 2}", "{url: 'http://127.0.0.1:2/x'}", 2)
	p := compiled(t, text, Options{})
	if p.Target.AppURL != "http://127.0.0.1:2/x" || p.Target.AddressURL != p.Target.AppURL || p.App == nil || p.Address == nil || p.App.Server.Queue != DefaultQueue {
		t.Errorf("%+v", p.Target)
	}
}

func TestCapacityIsTheLeast(t *testing.T) {
	for text, want := range map[string]struct {
		rate float64
		from string
	}{
		"{}": {0, ""},
		"{auth: {workers: 24, serviceTime: {exponential: {mean: 48ms}}}}":               {500, "24 workers x 48ms"},
		"{auth: {workers: 24, serviceTime: 48ms}, admission: {bucket: 512, every: 2s}}": {256, "admission of 512 every 2s"},
		"{auth: {workers: 24, serviceTime: 48ms}, admission: {bucket: 512}}":            {500, "24 workers x 48ms"},
		"{nodes: 3, acceptRate: 100/s, auth: {workers: 24, serviceTime: 48ms}}":         {300, "3 nodes that accept 100/s"},
		"{auth: {workers: 1, serviceTime: {lognormal: {p50: 30ms, p99: 120ms}}}}":       {1 / 0.03582, "1 worker x 35.8ms"},
		"{auth: {serviceTime: 48ms}}":                                                   {0, ""},
	} {
		p := compiled(t, "duration: 1m\ngateway: "+text+"\npopulations: {a: {accounts: 1, clientType: ios}}\n", Options{})
		rate, from := p.Capacity()
		if l := p.Layout(); rate < want.rate*0.999 || rate > want.rate*1.001 || from != want.from || l.Capacity != rate || l.CapacityFrom != from {
			t.Errorf("%s: %v from %q, want %v", text, rate, from, want)
		}
	}
}

func TestCapacityCountsTheAppServer(t *testing.T) {
	const app = "app: {workers: 2, serviceTime: 10ms}\n"
	for text, want := range map[string]struct {
		rate float64
		from string
	}{
		app + "populations: {a: {accounts: 1, clientType: ios, token: {fetch: everyLogin}}}":                                                     {200, "app server: 2 workers x 10ms"},
		app + "populations: {a: {accounts: 1, clientType: ios, authType: thirdParty}}":                                                           {200, "app server: 2 workers x 10ms"},
		app + "populations: {a: {accounts: 1, clientType: ios, token: {fetch: first}}}":                                                          {500, "24 workers x 48ms"},
		app + "populations: {a: {accounts: 10, clientType: ios, token: {fetch: everyLogin}}, b: {accounts: 10, clientType: ios}}":                {400, "app server: 2 workers x 10ms, asked 50 times in 100 logins"},
		app + "populations: {a: {accounts: 1, clientType: ios, authType: thirdParty, token: {fetch: everyLogin}}}":                               {100, "app server: 2 workers x 10ms, asked 200 times in 100 logins"},
		"app: {serviceTime: 10ms}\npopulations: {a: {accounts: 1, clientType: ios, authType: thirdParty}}":                                       {500, "24 workers x 48ms"},
		"populations: {a: {accounts: 1, clientType: ios}}\ntimeline: [{name: x, at: 5s, admission: {bucket: 512, every: 2s, for: 10s}}]":         {256, "admission of 512 every 2s from 5s on"},
		"populations: {a: {accounts: 1, clientType: ios}}\ntimeline: [{name: x, at: 5s, admission: {bucket: 0}}]":                                {500, "24 workers x 48ms"},
		"populations: {a: {accounts: 1, clientType: ios}}\ntimeline: [{name: x, at: 5s, every: 9s, admission: {bucket: 9, every: 1s, for: 1s}}]": {9, "admission of 9 every 1s from 5s on"},
	} {
		p := compiled(t, "duration: 1m\ngateway: {auth: {workers: 24, serviceTime: 48ms}}\n"+text+"\n", Options{})
		if rate, from := p.Capacity(); rate < want.rate*0.999 || rate > want.rate*1.001 || from != want.from {
			t.Errorf("%s: %v from %q, want %v", text, rate, from, want)
		}
	}
}

func TestLayoutTellsWhenFaultsEnd(t *testing.T) {
	p := compiled(t, `
duration: 10m
gateway: {nodes: 2, auth: {workers: 1, serviceTime: 1ms}}
populations: {a: {accounts: 10, clientType: ios}}
timeline:
  - {name: cut, at: 10s, cut: {spread: 0s}}
  - {name: restart, at: 20s, restart: {downtime: 5s}}
  - {name: dead, at: 30s, nodeDown: {node: 2}}
  - {name: slower, at: 40s, brownOut: {service: 2}}
  - {name: blocked, at: 50s, connectFail: {for: 7s}}
`, Options{})
	l := p.Layout()
	begins, _ := json.Marshal(l.Begins)
	if want := []Time{10e9, 25e9, 30e9, 600e9, 57e9}; !slices.Equal(l.Ends, want) || !slices.Equal(l.Recovers, []bool{true, true, true, false, false}) {
		t.Errorf("begins %s, ends %v, recovers %v", begins, l.Ends, l.Recovers)
	}
}

// TestEveryDecisionIsDigested changes one thing at a time: no two plans are alike.
func TestEveryDecisionIsDigested(t *testing.T) {
	const text = `
duration: 1m
gateway: {admission: {bucket: 5}}
app: {workers: 2, ttl: 30m}
addressServer: {workers: 2}
populations: {a: {accounts: 30, clientType: web, databaseFails: 50%, token: {fetch: first}, behavior: {think: 1s}}}
timeline: [{name: x, at: 1s, delay: {by: 5ms, node: 1, for: 5s}}, {name: y, at: 2s, rotateTokens: {}}]
`
	seen := map[string]string{compiled(t, text, Options{}).Digest(): "nothing"}
	for _, change := range [][2]string{{"bucket: 5", "bucket: 6"}, {"workers: 2, ttl", "workers: 3, ttl"}, {"ttl: 30m", "ttl: 31m"}, {"{workers: 2}", "{workers: 3}"},
		{"50%", "60%"}, {"fetch: first", "fetch: everyLogin"}, {"think: 1s", "think: 2s"}, {"by: 5ms", "by: 6ms"}, {", node: 1", ""}, {"for: 5s", "for: 6s"},
		{"rotateTokens: {}", "rotateTokens: {accounts: 3}"}} {
		if !strings.Contains(text, change[0]) {
			t.Fatalf("nothing to change: %s", change[0])
		}
		digest := compiled(t, strings.Replace(text, change[0], change[1], 1), Options{}).Digest()
		if other, ok := seen[digest]; ok {
			t.Errorf("%s and %s make the same plan", change[0], other)
		}
		seen[digest] = change[0]
	}
}
