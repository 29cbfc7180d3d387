package scenario

import (
	"encoding/json"
	"runtime"
	"strings"
	"testing"
)

// bomb is the alias bomb that a YAML library needs 16 s to expand.
func bomb() string {
	var b strings.Builder
	b.WriteString("a: &a [x, x, x, x, x, x, x, x, x]\n")
	for c := 'b'; c <= 'i'; c++ {
		p := string(c - 1)
		b.WriteString(string(c) + ": &" + string(c) + " [" + strings.Repeat("*"+p+", ", 8) + "*" + p + "]\n")
	}
	return b.String()
}

// TestTheScanStopsWhatWouldRunAway proves that the library never sees these:
// the scan alone refuses them, and Parse asks it first.
func TestTheScanStopsWhatWouldRunAway(t *testing.T) {
	for name, text := range map[string]string{
		"alias bomb":        bomb(),
		"flood of [":        strings.Repeat("[", 200_000),
		"flood of {a:":      strings.Repeat("{a: ", 50_000),
		"quoted flood of [": "a: x\n  'x\nb: " + strings.Repeat("[", 200_000),
		"flood of dashes":   strings.Repeat("- ", 100_000) + "x",
		"flood of ?":        strings.Repeat("? ", 100_000) + "x",
		"staircase":         staircase(1000),
		"too long":          "a: " + strings.Repeat("b", MaxBytes),
		"merge key":         "a: {<<: {b: c}}",
		"tag":               "a: !!binary aGVsbG8=",
		"keys":              strings.Repeat("k: v\n", maxKeys+1),
		"keys and items":    strings.Repeat("k:\n- x\n", maxKeys+1),
		"keys and maps":     strings.Repeat("k:\n  a: b\n", maxKeys+1),
		"empty values":      strings.Repeat("- a:\n  b:\n  c: d\n", maxEmpty+1),
		"two documents":     "a: b\n---\nc: d\n",
		"not UTF-8":         "a: \xff\n",
		"NUL":               "a: \x00\n",
	} {
		src := source{name: "x", text: text}
		if faults := scan(&src); len(faults) == 0 {
			t.Errorf("%s: the scan lets it pass", name)
		} else if len(faults) > maxScanned || len(faults.Format()) > 10_000 {
			t.Errorf("%s: %d faults in %d bytes", name, len(faults), len(faults.Format()))
		}
	}
}

func staircase(levels int) string {
	var b strings.Builder
	for i := range levels {
		b.WriteString(strings.Repeat(" ", i) + "a:\n")
	}
	return b.String()
}

func TestTheScanLeavesTextAlone(t *testing.T) {
	for _, text := range []string{
		"a: x & y * z ! <<\n",
		"a: 'it''s & *b'\nb: \"\\\" & *c\"\n",
		"# & * ! [ [ [\na: b # *c\n",
		"a: |\n  &x *y\n\n  [[[[ {{{\nb: c\n",
		"a: [b&c, d*e, 'f: &g']\n",
		"--- # opening\na: b\n...\n",
		"\ufeffa: b\n",
		"- {threshold: \"rate(code: 416) < 1%\"}\n",
		"a:\r\n  b: c\r\n",
		"a:\n" + strings.Repeat("  - b: c\n    d: e\n", maxKeys+1),
		"a:\n" + strings.Repeat("- b: c\n  d:\n    - e\n", maxKeys+1),
		"a:\n" + strings.Repeat("# b:\n- c\n\n", maxKeys+1),
	} {
		src := source{name: "x", text: text}
		if faults := scan(&src); len(faults) > 0 {
			t.Errorf("%q:\n%s", text, faults.Format())
		}
	}
}

// TestARefusalCostsNoMoreThanTheFile holds the memory that goes through a parse
// against the length of one bad line: twice the line, about twice the memory.
func TestARefusalCostsNoMoreThanTheFile(t *testing.T) {
	for _, unit := range []string{"a: ", `"a": `, `"" `, "[]", "]", "@"} {
		if one, two := allocated(strings.Repeat(unit, 8000)), allocated(strings.Repeat(unit, 16000)); two > 3*one {
			t.Errorf("%s: %d bytes, and %d for twice as long a line", unit, one, two)
		}
	}
}

func allocated(text string) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, _ = Parse("x", []byte(text)) // What it says is not the question.
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

func FuzzParse(f *testing.F) {
	for _, text := range []string{bomb(), "duration: 1s\npopulations: {a: {accounts: 1, clientType: ios}}\n", "a: [", "a: 'b", "a: |\n b", "- - -", "\"", "{a: b}: c", "? a", "a: b: c", ":", "thresholds:\n  - p99(a: b) < 1s # c\n", "a: \"\\x\""} {
		f.Add([]byte(text), "", "")
	}
	whole := []byte("duration: 1s\npopulations: {a: {accounts: 1, clientType: ios}}\ntimeline: [{name: x, every: 1s, cut: {count: 3, accounts: [1, 2-3]}}]\nthresholds: [a < 1]\n")
	for _, p := range []Patch{
		{"populations.a.accounts", "2"}, {"timeline.x.cut.share", "3%"}, {"timeline[0].at", ""}, {"timeline", "[]"}, {"thresholds[0]", "p99(a: b) < 1s"},
		{"populations", ""}, {"gateway.nodes", "&a"}, {"gateway", "{nodes: 2, nodes: 3}"}, {"a..b", "c"}, {"duration.x", "y"}, {"timeline.y.at", "1s"},
		{"populations.b.arrive[3].ramp", "[["}, {"duration", "~"}, {"thresholds[0]", "'"}, {"seed", "- - -\n"}, {"name", ": :"}, {"a.b", "---\nc\n---\nd"},
	} {
		f.Add(whole, p.Path, p.Text)
	}
	f.Fuzz(func(t *testing.T, data []byte, path, text string) {
		var patches []Patch
		if path != "" {
			patches = []Patch{{path, text}}
		}
		file, err := Parse("fuzz.yaml", data, patches...)
		if (file == nil) == (err == nil) {
			t.Fatalf("file %v and error %v", file, err)
		}
		if faults, ok := err.(Faults); ok {
			if len(faults) == 0 {
				t.Fatal("refused without a fault")
			}
			faults.Format()
		}
		if err == nil {
			scaled(t, file)
			return
		}
		if rest := Salvage("fuzz.yaml", data, patches...); rest != nil && rest.lost == nil {
			t.Fatal("a file that was refused is whole")
		}
	})
}

// scaled demands that a scaled file is a scenario again.
func scaled(t *testing.T, file *File) {
	t.Helper()
	if _, err := file.Scale(2500); err != nil {
		return
	}
	text, err := json.Marshal(file)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Parse("scaled.json", text); err != nil && len(text) < MaxBytes {
		t.Fatalf("%v\n%s", err, text)
	}
}

func BenchmarkParse(b *testing.B) {
	text := []byte("duration: 1s\npopulations: {a: {accounts: 1, clientType: ios}}\n")
	for b.Loop() {
		if _, err := Parse("x", text); err != nil {
			b.Fatal(err)
		}
	}
}
