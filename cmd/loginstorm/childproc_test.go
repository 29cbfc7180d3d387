package main

import (
	"bufio"
	"errors"
	"io"
	"strings"
	"testing"

	"loginstorm/sim/oracle"
)

// TestAnEndNobodyAskedForIsTold ends a gateway in the ways it can end.
func TestAnEndNobodyAskedForIsTold(t *testing.T) {
	for _, test := range []struct {
		name, says string
		wanted     bool
		line, told string
	}{
		{"it reports", "{}\n", true, "{}\n", ""},
		{"it reports a broken rule first", `{"early":true,"findings":[{"rule":2}]}` + "\n{}\n", true, "{}\n", ""},
		{"it is killed by the timeline", "", true, "", ""},
		{"it is killed by somebody", "", false, "", "ended by itself"},
		{"it dies in the middle of a word", "{", false, "", "ended by itself"},
	} {
		t.Run(test.name, func(t *testing.T) {
			r, w := io.Pipe()
			var told strings.Builder
			early := 0
			c := &child{stderr: &told}
			var noted string
			c.diary(func(what string) { noted += what })
			words := listen(bufio.NewReader(r), func(f []oracle.Finding) { early += len(f) }, c.died)
			words.wanted.Store(test.wanted)
			if _, err := io.WriteString(w, test.says); err != nil {
				t.Fatal(err)
			}
			w.Close()
			line := string(<-words.heard)
			if want := strings.Count(test.says, "early"); early != want {
				t.Errorf("%d early findings, want %d", early, want)
			}
			if line != test.line {
				t.Errorf("heard %q, want %q", line, test.line)
			}
			if !strings.Contains(told.String(), test.told) || test.told == "" && told.Len() > 0 {
				t.Errorf("told %q, want %q", told.String(), test.told)
			}
			if !strings.Contains(noted, test.told) || test.told == "" && noted != "" {
				t.Errorf("noted %q, want %q", noted, test.told)
			}
		})
	}
}

// TestAGatewayThatDiedSpoilsTheRun holds that a run without its gateway is no pass.
func TestAGatewayThatDiedSpoilsTheRun(t *testing.T) {
	g := &goal{child: &child{}, lastErr: errors.New("the embedded gateway: signal: killed")}
	g.once.Do(func() {}) // It is closed.
	var end ending
	g.report(&end)
	if len(end.shortages) != 1 || !strings.Contains(end.shortages[0].What, "signal: killed") {
		t.Errorf("got %+v", end.shortages)
	}
}
