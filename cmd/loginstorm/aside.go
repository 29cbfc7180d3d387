package main

import (
	"bytes"
	"fmt"
	"os"
	"sync"
)

// mostAside bounds what is kept while a screen is up: the beginning of it, which
// says what went wrong first.
const mostAside = 256 << 10

// aside is standard error while a screen may be drawn on it. As long as the screen
// is up, what anybody writes is kept: nothing tears the picture, and nothing is lost.
type aside struct {
	file *os.File

	mu    sync.Mutex
	held  bool
	kept  []byte
	lost  int
	lines int
	last  []byte // The newest line.
}

// Write passes on, or keeps.
func (a *aside) Write(b []byte) (int, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if !a.held {
		return a.file.Write(b)
	}
	room := min(len(b), mostAside-len(a.kept))
	a.kept, a.lost = append(a.kept, b[:room]...), a.lost+len(b)-room
	for line := range bytes.Lines(b) {
		if line = bytes.TrimSpace(line); len(line) > 0 {
			a.lines, a.last = a.lines+1, bytes.Clone(line[:min(len(line), 512)])
		}
	}
	return len(b), nil
}

// hold keeps what is written from now on.
func (a *aside) hold() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.held = true
}

// release writes what was kept, and passes on from now on.
func (a *aside) release() {
	a.mu.Lock()
	defer a.mu.Unlock()
	_, _ = a.file.Write(a.kept) // Whoever wrote it has gone on.
	if a.lost > 0 {
		fmt.Fprintf(a.file, "loginstorm: warning: %d more bytes were left out\n", a.lost)
	}
	a.held, a.kept, a.lost = false, nil, 0
}

// newest is the line that was written last while the screen is up, and how many
// there were.
func (a *aside) newest() (string, int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return string(a.last), a.lines
}
