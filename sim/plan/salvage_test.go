package plan

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"loginstorm/sim/scenario"
)

// TestFaultsOfFormAndMeaningComeAtOnce plants both into one file.
func TestFaultsOfFormAndMeaningComeAtOnce(t *testing.T) {
	text := `duration: 1m
sead: 3
gateway: {sync: 20, multiDevice: one}
populations:
  tabs: {accounts: 10, clientType: web, login: auto, arrive: [{constant: {rate: 10}}]}
  phones: {acounts: 10, clientType: android, profile: nim-androit}
  homes: {accounts: 5, clientType: [ios, amiga]}
timeline:
  - {name: much, at: 5s, cut: {share: 140%, of: phones}}
  - {name: many, at: 6s, cut: {count: 400, of: phones}}
  - {name: whom, at: 7s, cut: {of: fones}}
  - {name: node, at: 8s, nodeDown: {node: 2}}
  - {name: back, at: 9s, unban: {entry: much}}
  - {name: late, at: 90s, logout: {of: homes.amiga}}
thresholds:
  - p99(conect_to_logged_in) < 1s
  - p99(connect_to_logged_in, during: whomm) < 1s
  - p99(connect_to_logged_in, during: much, population: homes.ios) < 1s
`
	_, err := scenario.Parse("x", []byte(text))
	var form scenario.Faults
	if !errors.As(err, &form) {
		t.Fatalf("got %v, want faults", err)
	}
	rest := scenario.Salvage("x", []byte(text))
	if rest == nil {
		t.Fatal("nothing is left")
	}
	got := append(slices.Clone(form), Faults(rest, Options{})...).Sort().Error()
	want := []string{
		"x:2:1: unknown key `sead`",
		"x:3:17: unit missing",
		"x:5:48: web clients cannot log in automatically",
		"x:5:81: unit missing",
		"x:6:3: `phones` lacks `accounts`",
		"x:6:12: unknown key `acounts`",
		"x:6:55: unknown profile",
		"x:7:42: item 2 of `clientType`",
		"x:9:39: share 140%",
		"x:11:36: unknown population \"fones\"",
		"x:12:43: there is no node 2",
		"x:14:22: 1m30s is not before the end",
		"x:16:5: unknown metric",
		"x:17:5: unknown timeline entry \"whomm\"",
	}
	lines := strings.Split(got, "\n")
	for i := range max(len(lines), len(want)) {
		if i >= len(lines) || i >= len(want) || !strings.HasPrefix(lines[i], want[i]) {
			t.Fatalf("fault %d:\n%s\nwant\n%s", i+1, got, strings.Join(want, "\n"))
		}
	}
}

// TestOneFaultHasNoFollowers spoils values of good files, one at a time: what is said
// of it is said once. Each takes two readings of a file, so not every value has its turn.
func TestOneFaultHasNoFollowers(t *testing.T) {
	text := strings.ReplaceAll(file(t, "print.yaml"), "- p99(connect_to_logged_in, population: homes.ios) < 800ms",
		"- \"p99(connect_to_logged_in, population: homes.ios, during: race) < 800ms\"")
	const parts = 4
	for _, part := range []int{0, 1, 2, 3} {
		t.Run(fmt.Sprint(part), func(t *testing.T) {
			t.Parallel()
			for n := part; spoilOne(t, text, n, Options{}); n += 3 * parts {
			}
			for n := part; spoilOne(t, file(t, "verbs.yaml"), n, Options{Files: night(t)}); n += 13 * parts {
			}
		})
	}
}

// spoilOne spoils the n-th value of a file, and reports whether there is one.
func spoilOne(t *testing.T, text string, n int, o Options) bool {
	t.Helper()
	var tree any
	if err := yaml.Unmarshal([]byte(text), &tree); err != nil {
		t.Fatal(err)
	}
	left, bad := n, any("nonsense ones")
	if n%2 > 0 {
		bad = []any{"no", "such"}
	}
	spoiled, at := spoil(tree, "", bad, &left)
	if at == "" {
		return false
	}
	data, err := json.Marshal(spoiled)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := scenario.Parse("x", data); err == nil {
		return true
	}
	if rest := scenario.Salvage("x", data); rest == nil && at != ".populations" {
		t.Errorf("%s = %v: nothing is left", at, bad)
	} else if rest != nil {
		if more := Faults(rest, o); len(more) > 0 {
			t.Errorf("%s = %v is followed by\n%v", at, bad, more)
		}
	}
	return true
}

// spoil puts a bad value in place of the n-th of a tree, and tells where.
func spoil(tree any, path string, bad any, n *int) (any, string) {
	if path != "" {
		if *n == 0 {
			return bad, path
		}
		*n--
	}
	switch tree := tree.(type) {
	case map[string]any:
		keys := make([]string, 0, len(tree))
		for k := range tree {
			keys = append(keys, k)
		}
		slices.Sort(keys)
		for _, k := range keys {
			if v, at := spoil(tree[k], path+"."+k, bad, n); at != "" {
				tree[k] = v
				return tree, at
			}
		}
	case []any:
		for i := range tree {
			if v, at := spoil(tree[i], fmt.Sprintf("%s[%d]", path, i), bad, n); at != "" {
				tree[i] = v
				return tree, at
			}
		}
	}
	return tree, ""
}
