package scenario

import (
	"bytes"
	"encoding/json"
	"errors"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

// TestPatches tells what patches do. Verbs:
//
//	file  the scenario that patches are put onto
//	set   patches, one a line; shows the lines of the outcome that differ, or faults
//	fault a path (path=...) and patches: what a fault of meaning at that path names
func TestPatches(t *testing.T) {
	var text string
	schema, err := compile()
	if err != nil {
		t.Fatal(err)
	}
	read := func(patches ...Patch) (*File, error) {
		return parse(open("file.yaml", []byte(text), patches), func() (*jsonschema.Schema, error) { return schema, nil })
	}
	datadriven.RunTest(t, "testdata/patches", func(t *testing.T, d *datadriven.TestData) string {
		switch d.Cmd {
		case "file":
			text = d.Input + "\n"
			return shown(read())
		case "set":
			before, err := read()
			if err != nil {
				return shown(before, err)
			}
			after, err := read(patchesOf(t, d.Input)...)
			if err != nil {
				return shown(after, err)
			}
			return difference(indented(t, before), indented(t, after))
		case "fault":
			f, err := read(patchesOf(t, d.Input)...)
			if err != nil {
				return shown(f, err)
			}
			var path string
			d.ScanArgs(t, "path", &path)
			return f.Fault(path, "is not meant", "").String()
		}
		return "no such verb"
	})
}

// shown is what Parse says, for people.
func shown(_ *File, err error) string {
	var faults Faults
	switch {
	case err == nil:
		return "ok"
	case errors.As(err, &faults):
		return faults.Format()
	}
	return err.Error()
}

func patchesOf(t *testing.T, input string) []Patch {
	t.Helper()
	var patches []Patch
	for line := range strings.Lines(input) {
		p, err := ParsePatch(strings.TrimSuffix(line, "\n"))
		if err != nil {
			t.Fatal(err)
		}
		patches = append(patches, p)
	}
	return patches
}

func indented(t *testing.T, f *File) []string {
	t.Helper()
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(f); err != nil {
		t.Fatal(err)
	}
	return strings.Split(b.String(), "\n")
}

// difference shows the lines that a longest common subsequence leaves out.
func difference(before, after []string) string {
	same := make([][]int, len(before)+1) // Of what is left from here on.
	for i := range same {
		same[i] = make([]int, len(after)+1)
	}
	for i := len(before) - 1; i >= 0; i-- {
		for j := len(after) - 1; j >= 0; j-- {
			same[i][j] = max(same[i+1][j], same[i][j+1])
			if before[i] == after[j] {
				same[i][j] = same[i+1][j+1] + 1
			}
		}
	}
	var b strings.Builder
	for i, j := 0, 0; i < len(before) || j < len(after); {
		switch {
		case i < len(before) && j < len(after) && before[i] == after[j]:
			i, j = i+1, j+1
		case j == len(after) || i < len(before) && same[i+1][j] >= same[i][j+1]:
			b.WriteString("- " + strings.TrimSpace(before[i]) + "\n")
			i++
		default:
			b.WriteString("+ " + strings.TrimSpace(after[j]) + "\n")
			j++
		}
	}
	if b.Len() == 0 {
		return "the same"
	}
	return b.String()
}

func TestPatchesAreBounded(t *testing.T) {
	text, err := os.ReadFile("testdata/good/sketch.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		patches []Patch
		want    string
	}{
		"many":      {make([]Patch, MaxPatches+1), "101 patches, more than 100"},
		"long":      {[]Patch{{"description", strings.Repeat("a", MaxPatchText+1)}}, "the value has 65537 bytes"},
		"far":       {[]Patch{{strings.Repeat("a.", 600) + "a", "1"}}, "is no path"},
		"deep":      {[]Patch{{strings.Repeat("a.", MaxDepth) + "a", "1"}}, "is no path"},
		"deep both": {[]Patch{{strings.Repeat("a.", MaxDepth-2) + "a", "[[[1]]]"}}, tooDeep},
		"bomb":      {[]Patch{{"description", bomb()}}, "an anchor stands here"},
		"brackets":  {[]Patch{{"description", strings.Repeat("[", 60_000)}}, tooDeep},
		"control":   {[]Patch{{"descr\x1bption", "\x1b[2J"}}, "is no path"},
		"binary":    {[]Patch{{"description", "\x1b[2J"}}, "a control character"},
	} {
		f, err := Parse("x.yaml", text, c.patches...)
		var faults Faults
		if f != nil || !errors.As(err, &faults) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, %v; want %q", name, f, err, c.want)
			continue
		}
		if out := faults.Format(); len(out) > 10_000 || strings.Contains(out, "\x1b") {
			t.Errorf("%s: %d bytes said: %q", name, len(out), out[:min(len(out), 300)])
		}
	}
}

func TestParsePatch(t *testing.T) {
	if p, err := ParsePatch("a.b=c=d"); err != nil || p != (Patch{"a.b", "c=d"}) {
		t.Errorf("%+v, %v", p, err)
	}
	for _, text := range []string{"", "a", "=b"} {
		if p, err := ParsePatch(text); err == nil {
			t.Errorf("%q is %+v", text, p)
		}
	}
}

// TestSalvageKnowsPatches: what a patch spoils is lost, what it sets is there.
func TestSalvageKnowsPatches(t *testing.T) {
	text := []byte("duration: 1m\ngateway: {nodes: 2}\npopulations: {a: {accounts: 1, clientType: web, heartbeat: 30s}}\n")
	f := Salvage("x.yaml", text, Patch{"populations.a.heartbeat", "5"}, Patch{"gateway.nodes", "3"}, Patch{"populations.b.accounts", "4"})
	if f == nil {
		t.Fatal("nothing is left")
	}
	if !f.Lost("populations.a.heartbeat") || f.Populations[0].Heartbeat != nil {
		t.Error("a value at fault is kept")
	}
	if f.Gateway.Nodes != 3 || f.Lost("gateway.nodes") || len(f.Populations) != 1 {
		t.Errorf("%d nodes, %d populations", f.Gateway.Nodes, len(f.Populations))
	}
	if got, want := f.Fault("gateway.nodes", "too many", "").String(), "--set gateway.nodes=3: too many"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// TestPatchingIsEditing sets every value of the good files to itself: nothing changes but where it was written.
func TestPatchingIsEditing(t *testing.T) {
	for _, name := range []string{"sketch", "everything", "verbs"} {
		f := good(t, name)
		src := open(name, []byte(f.Text()), nil)
		want, faults := load(&src)
		if len(faults) > 0 {
			t.Fatal(faults)
		}
		root, _ := read(&src)
		paths := slices.Sorted(maps.Keys(f.places))[1:] // Not the file itself.
		for paths := range slices.Chunk(paths, MaxPatches) {
			var patches []Patch
			for _, path := range paths {
				patches = append(patches, Patch{path, string(valueAt(t, root, path))})
			}
			src := open(name, []byte(f.Text()), patches)
			got, faults := load(&src)
			if len(faults) > 0 {
				t.Fatal(faults)
			}
			if string(got.out) != string(want.out) {
				t.Errorf("%s: set to itself it changes: %s", name, got.out)
			}
			for _, path := range paths {
				if at := got.places[path]; at.value.patch < 1 || at.key.patch < 1 {
					t.Errorf("%s: %s stands at %+v", name, path, at)
				}
			}
		}
	}
}

// valueAt returns what stands at a path of a tree as JSON.
func valueAt(t *testing.T, root *tree, path string) []byte {
	t.Helper()
	way, ok := steps(path)
	if !ok {
		t.Fatal(path)
	}
	for _, s := range way {
		if s.index >= 0 {
			root = root.items[s.index]
			continue
		}
		root = root.keys[root.member(s.key)].value
	}
	return write(&source{}, root).out
}
