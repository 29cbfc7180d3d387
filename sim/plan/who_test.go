package plan

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"loginstorm/sim/gateway"
	"loginstorm/sim/scenario"
)

// TestWhoIsChosenExactly holds choices beside a list of everybody: how many they are,
// that all of them were meant, and that none is chosen twice.
func TestWhoIsChosenExactly(t *testing.T) {
	f := parse(t, `
duration: 1m
gateway: {multiDevice: all}
populations:
  phones: {accounts: 40, clientType: android}
  homes: {accounts: 20, clientType: [ios, web], devicesPerAccount: 3, behavior: {session: {length: 1s, pause: 1s}, switchAccounts: {accounts: 2}}}
  desks: {accounts: 10, clientType: windows}
timeline:
  - {name: cut, at: 1s, cut: {}}
  - {name: ban, at: 1s, ban: {}}
`)
	rapid.Check(t, func(r *rapid.T) {
		var w scenario.Who
		w.Of = rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"phones", "homes", "homes.web", "desks"}), 0, 3, rapid.ID).Draw(r, "of")
		meant := func(name string) bool {
			return len(w.Of) == 0 || slices.Contains(w.Of, name) || name == "homes.ios" && slices.Contains(w.Of, "homes") || name == "homes.web" && slices.Contains(w.Of, "homes")
		}
		if rapid.Bool().Draw(r, "some accounts") {
			for range rapid.IntRange(1, 4).Draw(r, "ranges") {
				first := rapid.Uint32Range(0, 39).Draw(r, "first")
				w.Accounts = append(w.Accounts, scenario.Range{First: first, Last: rapid.Uint32Range(first, 39).Draw(r, "last")})
			}
			w.Of = append(w.Of, "phones") // Its accounts are those from 0 to 39.
			w.Of = slices.Compact(slices.Sorted(slices.Values(w.Of)))
		}
		ppm := rapid.Uint32Range(0, 1_000_000).Draw(r, "share")
		share := scenario.Share(ppm)
		w.Share = &share
		f.Timeline[0].Cut.Who, f.Timeline[1].Ban.Who = w, w
		p, err := Compile(f, Options{})
		if err != nil {
			r.Fatal(err)
		}
		holds := func(account uint32) bool { return len(w.Accounts) == 0 || w.Accounts.Holds(account) }
		whole := uint64(0)
		for n := range p.Clients.Arrive {
			if meant(p.Populations[p.Clients.Population[n]].Name) && holds(p.Clients.Account[n]) {
				whole++
			}
		}
		seen := map[uint32]bool{}
		for _, s := range p.Steps {
			if s.Kind != Fault {
				continue
			}
			if seen[s.Client] || !meant(p.Populations[p.Clients.Population[s.Client]].Name) || !holds(p.Clients.Account[s.Client]) {
				r.Fatalf("client %d is cut", s.Client)
			}
			seen[s.Client] = true
		}
		if want := part(ppm, whole); uint64(len(seen)) != want || uint64(p.Entries[0].Asked) != want {
			r.Fatalf("%d of %d cut, asked %d, want %d", len(seen), whole, p.Entries[0].Asked, want)
		}
		// Accounts are 40 phones, 20 homes and as many again that they switch to, 10 desks.
		whole = 0
		for a := range uint32(90) {
			name := which(a < 40, "phones", which(a < 80, "homes.ios", "desks"))
			if (meant(name) || name == "homes.ios" && slices.Contains(w.Of, "homes.web")) && holds(a) {
				whole++
			}
		}
		banned := 0
		for _, s := range p.Steps {
			if s.Command != nil {
				banned += len(s.Command.Accounts)
				if !slices.IsSorted(s.Command.Accounts) || slices.ContainsFunc(s.Command.Accounts, func(a uint32) bool { return !holds(a) }) {
					r.Fatalf("banned: %v", s.Command.Accounts)
				}
			}
		}
		if want := part(ppm, whole); uint64(banned) != want {
			r.Fatalf("%d of %d banned, want %d", banned, whole, want)
		}
	})
}

func TestAFilterOfEverybodyChangesNobody(t *testing.T) {
	text := "duration: 1m\npopulations: {a: {accounts: 50, clientType: ios}}\ntimeline: [{name: x, at: 1s, cut: {share: 30%%%s}}]\n"
	all := compiled(t, fmt.Sprintf(text, ""), Options{}).Steps
	same := compiled(t, fmt.Sprintf(text, ", accounts: [\"20-49\", \"0-25\"], of: a"), Options{}).Steps
	if len(all) != 16 || !slices.Equal(all, same) {
		t.Error("a filter that leaves everybody moves the draws")
	}
}

func TestCommandsAreSplit(t *testing.T) {
	p := compiled(t, `
duration: 1m
populations: {a: {accounts: 10000, clientType: [ios, android]}}
timeline:
  - {name: new, at: 1s, rotateTokens: {}}
  - {name: kick, at: 2s, kickServer: {share: 1%, devices: some, which: [1, 2]}}
`, Options{})
	var accounts, devices []int
	for _, s := range p.Steps {
		if c := s.Command; c != nil {
			if err := c.Validate(); err != nil {
				t.Fatal(err)
			}
			accounts, devices = append(accounts, len(c.Accounts)), append(devices, len(c.Devices))
		}
	}
	if fmt.Sprint(accounts, devices) != "[4096 4096 1808 32 32 32 4] [0 0 0 64 64 64 8]" {
		t.Error(accounts, devices)
	}
	if most := 100 * mostAccountsDevices; most > gateway.MaxBatch {
		t.Errorf("a command may name %d devices", most)
	}
}
