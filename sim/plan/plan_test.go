package plan

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"loginstorm/sim/gateway"
	"loginstorm/sim/scenario"
	"loginstorm/sim/wire"
)

var update = flag.Bool("update", false, "write the golden files anew")

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", name, diff)
	}
}

func file(t testing.TB, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestFaultsOfMeaningComeAllAtOnce(t *testing.T) {
	_, err := Compile(parse(t, file(t, "bad.yaml")), Options{})
	var faults scenario.Faults
	if !errors.As(err, &faults) {
		t.Fatalf("got %v, want faults", err)
	}
	golden(t, "bad.golden", faults.Format())
}

func TestPrint(t *testing.T) {
	p := compiled(t, file(t, "print.yaml"), Options{AppKey: "canary"})
	var b strings.Builder
	if err := p.Print(&b); err != nil {
		t.Fatal(err)
	}
	golden(t, "print.golden", b.String())
}

func TestSeedDecidesThePlan(t *testing.T) {
	text := file(t, "print.yaml")
	one := compiled(t, text, Options{}).Digest()
	if again := compiled(t, text, Options{}).Digest(); again != one {
		t.Error("the same scenario and seed give two plans")
	}
	seed := uint64(8)
	if other := compiled(t, text, Options{Seed: &seed}).Digest(); other == one {
		t.Error("another seed gives the same plan")
	}
	if other := compiled(t, strings.Replace(text, "at: 30s", "at: 31s", 1), Options{}).Digest(); other == one {
		t.Error("another instant gives the same plan")
	}
	// Equal in every detail, not only in the digest.
	a, _ := json.Marshal(compiled(t, text, Options{}).Steps)
	b, _ := json.Marshal(compiled(t, text, Options{}).Steps)
	if string(a) != string(b) {
		t.Error("steps differ")
	}
}

func TestStepsAreInOrder(t *testing.T) {
	p := compiled(t, file(t, "print.yaml"), Options{})
	last := Step{}
	begun := map[uint16]bool{}
	count := map[uint16]uint32{}
	for i, s := range p.Steps {
		if s.At < last.At || s.At == last.At && s.Entry < last.Entry {
			t.Fatalf("step %d at %v of entry %d comes after %v of %d", i, s.At, s.Entry, last.At, last.Entry)
		}
		if !begun[s.Entry] && s.Kind != Mark {
			t.Fatalf("entry %d begins without its mark", s.Entry)
		}
		if s.Kind != Mark && s.Kind == last.Kind && s.At == last.At && s.Entry == last.Entry && s.Kind != Control && s.Client <= last.Client {
			t.Fatalf("step %d: client %d after %d", i, s.Client, last.Client)
		}
		begun[s.Entry] = true
		if s.Kind == Fault || s.Kind == NetworkLost {
			count[s.Entry]++
		}
		if e := p.Entries[s.Entry]; s.At < e.At || s.At > e.Until {
			t.Fatalf("step %d at %v is outside %s", i, s.At, e.Name)
		}
		last = s
	}
	// 33.3% of 1200 phones and 50 browsers, and 100 of the phones.
	if count[0] != 416 || count[1] != 100 || p.Entries[0].Asked != 416 {
		t.Errorf("hit %v, asked %d", count, p.Entries[0].Asked)
	}
}

func TestClientsAreWhoTheyShouldBe(t *testing.T) {
	p := compiled(t, file(t, "print.yaml"), Options{})
	var names []string
	next := uint32(0)
	for i, q := range p.Populations {
		names = append(names, q.Name)
		if q.First != next {
			t.Errorf("%s begins at %d, want %d", q.Name, q.First, next)
		}
		next += q.Count
		for n := q.First; n < next; n++ {
			if int(p.Clients.Population[n]) != i {
				t.Fatalf("client %d is of population %d", n, p.Clients.Population[n])
			}
		}
	}
	want := []string{"phones", "homes.ios", "homes.web", "homes.windows", "race.android", "race.ios"}
	if diff := cmp.Diff(want, names); diff != "" || int(next) != len(p.Clients.Arrive) {
		t.Error(diff, next)
	}
	// The three devices of a home share its account; so do those of a race.
	for _, group := range [][]int{{1, 2, 3}} {
		for k := range p.Populations[group[0]].Count {
			a := p.Clients.Account[p.Populations[group[0]].First+k]
			for _, g := range group {
				if b := p.Clients.Account[p.Populations[g].First+k]; a != b || a != 1200+k {
					t.Fatalf("home %d: accounts %d and %d", k, a, b)
				}
			}
		}
	}
	android, ios := p.Populations[4], p.Populations[5]
	for k := range ios.Count {
		a := p.Clients.Account[ios.First+k]
		if a != 1250+k || p.Clients.Account[android.First+2*k] != a || p.Clients.Account[android.First+2*k+1] != a {
			t.Fatalf("race %d has another account", k)
		}
	}
	if p.Gateway.Accounts != 1270 || p.Accounts.Count != 1270 {
		t.Errorf("%d accounts", p.Accounts.Count)
	}
	devices := slices.Clone(p.Clients.Device)
	slices.Sort(devices)
	if devices[0] == 0 || len(slices.Compact(devices)) != len(p.Clients.Device) {
		t.Error("two clients share a device, or one has none")
	}
}

func TestCredentialsAndRequestAgree(t *testing.T) {
	p := compiled(t, file(t, "print.yaml"), Options{AppKey: "key"})
	for client := range uint32(len(p.Clients.Arrive)) {
		var c wire.Credentials
		p.Credentials(client, &c)
		r := p.Request(client)
		n, ok := p.Accounts.Number(c.Account)
		if !ok || n != r.Account || gateway.TokenDigest(c.Token) != r.Token || gateway.TokenDigest(c.AppKey) != r.App || r.App != p.Gateway.App ||
			c.Device != r.Device || c.ClientType != r.ClientType || c.Version != r.Version {
			t.Fatalf("client %d: %+v and %+v", client, c, r)
		}
	}
	if name := p.Accounts.Name(17); name != "storm-000017" {
		t.Error(name)
	}
	for _, name := range []string{"", "storm-", "storm-17", "storm-1000000", "other-000017", "storm-00001x"} {
		if n, ok := p.Accounts.Number(name); ok {
			t.Errorf("%q is account %d", name, n)
		}
	}
}

func TestAccountsFromAFile(t *testing.T) {
	text := "duration: 1s\ntarget: {url: 'ws://127.0.0.1:1', accounts: {file: x.csv}}\npopulations: {a: {accounts: 2, clientType: ios}}\n"
	p := compiled(t, text, Options{Accounts: listOf("ann", "t1", "bob", "t2", "spare", "t3")})
	var c wire.Credentials
	p.Credentials(1, &c)
	if c.Account != "bob" || c.Token != "t2" {
		t.Errorf("%s", c.Account)
	}
	if _, err := Compile(parse(t, text), Options{Accounts: listOf("ann", "t1")}); err == nil || !strings.Contains(err.Error(), "x.csv") && !strings.Contains(err.Error(), "1 accounts") {
		t.Errorf("too few accounts: %v", err)
	}
}

// TestSecretsShowThemselvesNowhere plants a canary and looks for it in whatever
// a plan can be turned into.
func TestSecretsShowThemselvesNowhere(t *testing.T) {
	const canary = "canary-4711"
	text := "duration: 1s\ntarget: {url: 'ws://127.0.0.1:1'}\npopulations: {a: {accounts: 1, clientType: ios}}\n"
	p := compiled(t, text, Options{AppKey: canary, Accounts: listOf("ann", canary)})
	var b strings.Builder
	p.Print(&b)
	data, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	b.Write(data)
	for _, format := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		fmt.Fprintf(&b, format, *p)
		fmt.Fprintf(&b, format, p.Target.AppKey)
		fmt.Fprintf(&b, format, &p.Target.AppKey)
		fmt.Fprintf(&b, format, p.Accounts)
	}
	for _, leak := range []string{canary, fmt.Sprintf("%x", canary), fmt.Sprintf("%X", canary)} {
		if i := strings.Index(b.String(), leak); i >= 0 {
			t.Errorf("the secret shows: ...%s", b.String()[max(0, i-80):i])
		}
	}
	if p.Target.AppKey.Reveal() != canary {
		t.Error("the secret is lost")
	}
}

func TestVerbsForTheGatewayNeedControl(t *testing.T) {
	body := "duration: 1m\npopulations: {a: {accounts: 1, clientType: ios}}\ntimeline: [{name: r, at: 1s, restart: {downtime: 1s}}]\n"
	alone := "target: {url: 'ws://127.0.0.1:1'}\n" + body
	if _, err := Compile(parse(t, alone), Options{}); err == nil {
		t.Error("a restart of a target without control was accepted")
	}
	for name, c := range map[string]struct {
		text string
		o    Options
	}{"embedded": {body, Options{}}, "simulated": {alone, Options{Virtual: true}}, "control": {"target: {url: 'ws://127.0.0.1:1', control: 'http://127.0.0.1:2'}\n" + body, Options{}}} {
		if _, err := Compile(parse(t, c.text), c.o); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestLimitsOfTheCommandLine(t *testing.T) {
	text := "duration: 1m\npopulations: {a: {accounts: 100, clientType: ios}}\n"
	if _, err := Compile(parse(t, text), Options{MaxClients: 99}); err == nil || !strings.Contains(err.Error(), "more than 99") {
		t.Errorf("99 clients allowed, 100 asked: %v", err)
	}
	p := compiled(t, text, Options{MaxRate: 50, Duration: 2 * time.Second})
	if len(p.Warnings) != 1 || p.Target.MaxRate != 50 || p.Duration != 2*time.Second || p.PeakRate() != 100 {
		t.Errorf("%v", p.Warnings)
	}
}

func TestAddressesRotate(t *testing.T) {
	for _, c := range [][4]int{{0, 1, 3, 0}, {1, 1, 3, 1}, {2, 1, 3, 2}, {2, 2, 3, 0}, {5, 1, 1, 0}, {1<<32 - 1, 1<<32 - 1, 7, (1<<33 - 3) % 7}} {
		if got := Address(uint32(c[0]), uint32(c[1]), c[2]); got != c[3] {
			t.Errorf("client %d, link %d of %d: %d, want %d", c[0], c[1], c[2], got, c[3])
		}
	}
}

func TestTheTimelineIsBounded(t *testing.T) {
	f := parse(t, "duration: 1m\npopulations: {a: {accounts: 60, clientType: ios}}\ntimeline: [{name: x, at: 1s, cut: {}}, {name: y, at: 1s, cut: {}}]\n")
	if _, err := compile(f, Options{}, 100); err == nil || !strings.Contains(err.Error(), "3:40: up to here the timeline has more than 100 steps") {
		t.Errorf("122 steps: %v", err)
	}
	if _, err := compile(f, Options{}, 122); err != nil {
		t.Errorf("122 steps: %v", err)
	}
}
