package plan

import (
	"errors"
	"strings"
	"testing"

	"loginstorm/sim/scenario"
)

// night is the log that testdata/verbs.yaml replays.
func night(t testing.TB) map[string][]byte {
	return map[string][]byte{"night.csv": []byte(file(t, "night.csv"))}
}

func TestPrintEveryVerb(t *testing.T) {
	p := compiled(t, file(t, "verbs.yaml"), Options{Files: night(t)})
	var b strings.Builder
	if err := p.Print(&b); err != nil {
		t.Fatal(err)
	}
	golden(t, "verbs.golden", b.String())
}

func TestFaultsOfStorms(t *testing.T) {
	logs := map[string][]byte{"broken.txt": []byte("2026-03-01T02:03:04Z")}
	for _, name := range []string{"broken.csv", "broken.ndjson"} {
		logs[name] = []byte(file(t, name))
	}
	_, err := Compile(parse(t, file(t, "worse.yaml")), Options{Files: logs})
	var faults scenario.Faults
	if !errors.As(err, &faults) {
		t.Fatalf("got %v, want faults", err)
	}
	golden(t, "worse.golden", faults.Format())
}
