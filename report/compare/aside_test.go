package compare

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"loginstorm/sim/record"
)

// spoiled takes the first n runs of a side for runs in which the generator was late.
func spoiled(runs []*Run, n int) []*Run {
	for _, r := range runs[:n] {
		r.Manifest.Verdict, r.Reasons = record.Invalid, []string{"attempts began late"}
	}
	return runs
}

// A spoiled run is set aside when enough are left; what the others say is said all the
// same, and nothing of the spoiled one is in it.
func TestSpoiledRunsAreSetAside(t *testing.T) {
	const ms = time.Millisecond
	g := gateFor(t, "p50(connect_to_logged_in)")
	for _, c := range []struct {
		base, spoiledBase, candidate, spoiledCandidate int
		want                                           Verdict
		says                                           string
	}{
		{6, 0, 6, 1, Same, "candidate: runs/11 is set aside: it is invalid: attempts began late"},
		{6, 1, 6, 0, Same, "base: runs/1 is set aside"},
		{6, 1, 6, 1, Same, ""},
		{10, 5, 10, 5, Same, ""},
		{10, 0, 10, 3, Same, "those left flatter it"},
		{5, 0, 5, 1, Invalid, "candidate: 1 run of 5 cannot be used, and the 4 left are fewer than 5: make 1 run more"},
		{5, 5, 5, 0, Invalid, "base: 5 runs of 5 cannot be used, and the 0 left are fewer than 5: make 5 runs more"},
		{11, 6, 6, 0, Invalid, "base: most of the runs cannot be used, 6 of 11"},
		{3, 0, 3, 0, Same, ""},
	} {
		name := fmt.Sprintf("%d of %d and %d of %d spoiled", c.spoiledBase, c.base, c.spoiledCandidate, c.candidate)
		base := spoiled(several(1, c.base, 20*ms, 1, 0), c.spoiledBase)
		candidate := spoiled(several(31, c.candidate, 20*ms, 1, 0), c.spoiledCandidate)
		for _, r := range candidate { // Whoever counts them in calls them slower.
			if r.Manifest.Verdict == record.Invalid {
				*r = *made(r.Manifest.Seed, 60*ms, 1, 0)
				r.Manifest.Verdict, r.Reasons, r.Dir = record.Invalid, []string{"attempts began late"}, "runs/11"
			}
		}
		got := compared(t, base, candidate, g)
		said := strings.Join(append(got.Notes, got.Faults...), "\n")
		if !strings.Contains(said, c.says) || got.Verdict != c.want && !(c.base == 3 && got.Verdict == CannotTell) {
			t.Errorf("%s: %v, %q, want %v and %q", name, got.Verdict, said, c.want, c.says)
		}
		if got.Verdict == Invalid {
			if len(got.Aside) > 0 && c.spoiledBase > 0 {
				t.Errorf("%s: nothing is judged, and something is set aside: %+v", name, got.Aside)
			}
			continue
		}
		if got.Base.Runs != c.base-c.spoiledBase || len(got.Figures[0].CandidateValues) != c.candidate-c.spoiledCandidate || len(got.Aside) != c.spoiledBase+c.spoiledCandidate {
			t.Errorf("%s: %+v, %+v", name, got.Base, got.Aside)
		}
		if flatters := strings.Contains(said, "flatter"); flatters != (c.spoiledCandidate > c.spoiledBase+1) {
			t.Errorf("%s: flattering is said: %v", name, flatters)
		}
	}
}

// Accidents are set aside; what the gateway did is not, however many others there are.
func TestWhatIsSetAside(t *testing.T) {
	const ms = time.Millisecond
	for _, c := range []struct {
		name  string
		spoil func(*Run)
		aside bool
	}{
		{"interrupted", func(r *Run) { r.Interrupted = "interrupted after 3s of 4s" }, true},
		{"killed", func(r *Run) { r.Manifest.Verdict, r.Interrupted = record.Running, killed }, true},
		{"damaged", func(r *Run) { r.Interrupted = notWhole + ": series.ndjson: the last line is cut off" }, true},
		{"invalid and interrupted", func(r *Run) { r.Manifest.Verdict, r.Interrupted = record.Invalid, "interrupted after 3s of 4s" }, true},
		{"aborted by a threshold", func(r *Run) { r.Manifest.Verdict, r.Interrupted = record.Failed, "aborted at 3s: p99 ..." }, false},
		{"broken", func(r *Run) { r.Manifest.Verdict = record.Broken }, false},
		{"broken and cut short by it", func(r *Run) { r.Manifest.Verdict, r.Interrupted = record.Broken, "ended by a broken rule after 3s" }, false},
	} {
		candidate := several(11, 8, 20*ms, 1, 0)
		c.spoil(candidate[3])
		got := compared(t, several(1, 8, 20*ms, 1, 0), candidate, gateFor(t, "p50(connect_to_logged_in)"))
		if aside := len(got.Aside) == 1 && got.Aside[0].Dir == "runs/14" && got.Verdict == Same; aside != c.aside || !aside && got.Verdict != Invalid {
			t.Errorf("%s: set aside %+v, %v, %q", c.name, got.Aside, got.Verdict, got.Faults)
		}
	}
	candidate := several(11, 8, 20*ms, 1, 0)
	candidate[0].Manifest.Verdict = record.Failed // A threshold is no reason: that is what is compared.
	if got := compared(t, several(1, 8, 20*ms, 1, 0), candidate, gateFor(t, "p50(connect_to_logged_in)")); len(got.Aside) > 0 || got.Verdict != Same || len(got.Notes) == 0 {
		t.Errorf("a threshold was crossed: %v, %+v, %q", got.Verdict, got.Aside, got.Notes)
	}
}

// Every format says what was set aside.
func TestFormatsTellWhatIsSetAside(t *testing.T) {
	const ms = time.Millisecond
	got := compared(t, several(1, 6, 20*ms, 1, 0), spoiled(several(11, 6, 20*ms, 1, 0), 1), gateFor(t, "p50(connect_to_logged_in)"))
	for name, write := range map[string]func(*bytes.Buffer) error{
		"text":     func(b *bytes.Buffer) error { return Text(b, got, false) },
		"markdown": func(b *bytes.Buffer) error { return Markdown(b, got) },
		"json":     func(b *bytes.Buffer) error { return JSON(b, got) },
		"junit":    func(b *bytes.Buffer) error { return JUnit(b, got, false) },
		"github":   func(b *bytes.Buffer) error { return GitHub(b, got, false) },
	} {
		var b bytes.Buffer
		if err := write(&b); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(b.String(), "runs/11") || !strings.Contains(strings.ReplaceAll(b.String(), "_", " "), "set aside") {
			t.Errorf("%s says nothing of it:\n%s", name, b.String())
		}
		if name == "text" && !strings.Contains(b.String(), "6 base runs, 5 of 6 candidate runs") {
			t.Errorf("text:\n%s", b.String())
		}
	}
}
