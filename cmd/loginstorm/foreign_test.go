package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"loginstorm/sim/plan"
	"loginstorm/sim/scenario"
)

// foreign are the real servers that scenarios/foreign/gateway.sh starts.
var foreign = []foreigner{
	{name: "prosody", url: "ws://127.0.0.1:15480", dialect: "xmpp", unsaid: 5},
	{name: "mochi", url: "ws://127.0.0.1:15481", dialect: "mqtt5", limit: "503"},
	{name: "socketio", url: "ws://127.0.0.1:15483", dialect: "socketio", limit: "503"},
}

// foreigner is a server that nobody here wrote.
type foreigner struct {
	name, url, dialect string
	limit              string // The code of a login beyond its limit; "" = it has none.
	unsaid             uint64 // Kicks of 100 at most that end without a word, so that clients come back.
}

// foreignFile is the path of a file for them.
func foreignFile(name string) string { return filepath.Join("..", "..", "scenarios", "foreign", name) }

// stormWithout reads a scenario without its target.
func stormWithout(t *testing.T, name, text string) *scenario.File {
	t.Helper()
	file, err := scenario.Parse(name, []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	if opens, _, _ := strings.Cut(text, "\nname:"); len(opens) < 100 {
		t.Errorf("%s does not say what it asks", name)
	}
	file.Target, file.Description = nil, ""
	return file
}

// TestTheSameStormEverywhere: the storms against the gateway in the box and against real
// servers are one scenario, but for their target.
func TestTheSameStormEverywhere(t *testing.T) {
	ours, err := os.ReadFile(foreignFile("storm.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	want := stormWithout(t, "storm.yaml", string(ours))
	for _, f := range foreign {
		name := "storm-" + f.name + ".yaml"
		text, err := os.ReadFile(foreignFile(name))
		if err != nil {
			t.Fatal(err)
		}
		if diff := scenarioDiff(t, want, stormWithout(t, name, string(text))); diff != "" {
			t.Errorf("%s is another storm than storm.yaml: %s", name, diff)
		}
		other := strings.Replace(string(text), "share: 33%", "share: 34%", 1)
		if scenarioDiff(t, want, stormWithout(t, name, other)) == "" {
			t.Errorf("%s: a fault that differs is not seen", name)
		}
		in, err := load(streams{}, foreignFile(name), stormOptions{}, plan.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if target := in.plan.Target; len(target.URLs) != 1 || target.URLs[0] != f.url {
			t.Errorf("%s goes to %v, and not to %s", name, target.URLs, f.url)
		}
	}
}

// scenarioDiff says where two scenarios differ, wherever that stands in their files.
func scenarioDiff(t *testing.T, a, b *scenario.File) string {
	t.Helper()
	var texts [2][]byte
	for i, f := range []*scenario.File{a, b} {
		var err error
		if texts[i], err = json.MarshalIndent(f, "", " "); err != nil {
			t.Fatal(err)
		}
	}
	return cmp.Diff(string(texts[0]), string(texts[1]))
}
