package report

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"loginstorm/sim/record"
)

// TestWaysBackFromTheirOwnDrop: where an entry hits one client after another, the page
// says first what each waited; clients and drops are told apart, and only those drops
// that are over are spoken of.
func TestWaysBackFromTheirOwnDrop(t *testing.T) {
	l := record.Layout{Populations: []string{"phones"}, Entries: []string{"deploy"}, Begins: []record.Time{time.Second}, Recovers: []bool{true}}
	r, a := record.NewRecorder(l, 0), record.NewAggregate(l, 1)
	r.FaultBegan(0, 30, 0)
	r.FaultFound(0, 28, false)
	for i := range 20 {
		r.FaultHit(0)
		r.FaultBackSince(0, 2*time.Second, time.Duration(2+i)*time.Second)
	}
	r.FaultHitAgain(0)
	a.Add(r.Cut(time.Second))
	page := func() string {
		var out bytes.Buffer
		if err := Text(&out, Summarize(a, Facts{Name: "rolling", Driver: "simulate"}), Options{}); err != nil {
			t.Fatal(err)
		}
		return strings.Join(strings.Fields(strings.ReplaceAll(out.String(), glue, " ")), " ")
	}
	has := func(text string, want ...string) {
		t.Helper()
		for _, w := range want {
			if !strings.Contains(text, w) {
				t.Errorf("the page lacks %q:\n%s", w, text)
			}
		}
	}
	has(page(), "asked for 30 drops, found online for 28 of them, dropped 20 clients 21 times, back 19", "the 20 that are over: 50 % after 2s",
		"since it began: 50 % after 12s", "100 % not yet (1 missing)")
	r.FaultBackSince(0, 2*time.Second, 40*time.Second)
	a.Add(r.Cut(2 * time.Second))
	has(page(), "back 20", "each was back: 50 % after 2s, 90 % after 2s, 99 % after 2s, the last one after 2s of its own drop", "100 % after 40s")
}
