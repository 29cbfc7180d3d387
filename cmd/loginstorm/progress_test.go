package main

import (
	"strings"
	"sync"
	"testing"
	"time"

	"loginstorm/sim/plan"
	"loginstorm/sim/record"
)

// held is a terminal that takes nothing until it is let go.
type held struct {
	free chan struct{}
	mu   sync.Mutex
	text strings.Builder
}

func (h *held) Write(b []byte) (int, error) {
	<-h.free
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.text.Write(b)
}

// A terminal that is held does not hold the run, and in the end it gets the last
// second.
func TestProgressOnAHeldTerminal(t *testing.T) {
	w := &held{free: make(chan struct{})}
	p := newProgress(w, stormOptions{}, &plan.Plan{Duration: 100 * time.Second}, "run")
	for s := range 99 {
		p.row(record.Row{Second: s, To: record.Seconds(time.Duration(s+1) * time.Second)})
	}
	close(w.free)
	p.end()
	p.end()
	lines := strings.Split(strings.TrimSpace(w.text.String()), "\n")
	if last := lines[len(lines)-1]; !strings.HasPrefix(last, "t=1m39s of=1m40s") || len(lines) > 4 {
		t.Errorf("%d lines, the last one %q", len(lines), last)
	}
}

// Without a terminal there is a line for the first second, every fifth, and the last.
func TestProgressWithoutATerminal(t *testing.T) {
	w := &held{free: make(chan struct{})}
	close(w.free)
	p := newProgress(w, stormOptions{}, &plan.Plan{Duration: 3 * time.Second}, "run")
	for s := range 3 {
		p.row(record.Row{Second: s, To: record.Seconds(time.Duration(s+1) * time.Second)})
	}
	p.end()
	if got := w.text.String(); !strings.HasSuffix(got, "t=3s of=3s logins_per_second=0\n") || strings.Contains(got, "t=2s") || strings.Contains(got, "\x1b") {
		t.Errorf("%q", got)
	}
}
