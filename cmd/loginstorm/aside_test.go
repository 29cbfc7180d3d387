package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// What is written while a screen is up comes out when it is gone, in order, and the
// newest line is known meanwhile.
func TestAside(t *testing.T) {
	path := filepath.Join(t.TempDir(), "stderr")
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	a := &aside{file: file}
	text := func() string {
		t.Helper()
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	fmt.Fprintln(a, "before")
	a.hold()
	fmt.Fprintf(a, "one\ntwo\n\n")
	fmt.Fprintf(a, "three")
	if got := text(); got != "before\n" {
		t.Errorf("the screen is torn by %q", got)
	}
	if last, n := a.newest(); last != "three" || n != 3 {
		t.Errorf("%q, %d lines", last, n)
	}
	a.release()
	fmt.Fprintln(a, "after")
	if got := text(); got != "before\none\ntwo\n\nthreeafter\n" {
		t.Errorf("%q", got)
	}
	a.hold()
	flood := strings.Repeat("x", mostAside)
	fmt.Fprint(a, flood, "and more")
	a.release()
	if got := text(); !strings.HasSuffix(got, flood+"loginstorm: warning: 8 more bytes were left out\n") {
		t.Errorf("%d bytes", len(got))
	}
}

// A guard puts the terminal back when the run is gone without a word, and repeats
// what the runtime said; not when all is as it was, or nothing was changed.
func TestGuard(t *testing.T) {
	for said, want := range map[string]struct {
		restored bool
		text     string
	}{
		"": {}, "{}": {},
		"{}\n" + atEase:                    {},
		"{}\n":                             {true, "\x1b[?1049l\x1b[?25h\x1b[0m"},
		"{}\npanic: boom\n\ngoroutine 1\n": {true, "\x1b[?1049l\x1b[?25h\x1b[0mpanic: boom\n\ngoroutine 1\n"},
	} {
		var out bytes.Buffer
		restored := false
		err := standGuard(streams{in: strings.NewReader(said), err: &out}, func(mode []byte) {
			restored = string(mode) == "{}\n"
		})
		if err != nil || restored != want.restored || out.String() != want.text {
			t.Errorf("%q: %v, restored %v, %q", said, err, restored, out.String())
		}
	}
}

// Where there is no terminal, lines are written; whoever asks for a screen there is
// told so.
func TestLook(t *testing.T) {
	for view, want := range map[string]string{"": viewPlain, viewAuto: viewPlain, viewLine: viewLine, viewPlain: viewPlain} {
		opts, s := stormOptions{view: view}, streams{in: strings.NewReader(""), out: &bytes.Buffer{}, err: &bytes.Buffer{}}
		if err := opts.look(&s); err != nil || opts.view != want {
			t.Errorf("--view %q: %v, %q", view, err, opts.view)
		}
	}
	opts, s := stormOptions{view: viewFull}, streams{err: &bytes.Buffer{}}
	if err := opts.look(&s); err == nil || !strings.Contains(err.Error(), "no terminal") {
		t.Errorf("%v", err)
	}
	opts.quiet = true
	if err := opts.look(&s); err != nil || opts.view != viewPlain {
		t.Errorf("--quiet: %v, %q", err, opts.view)
	}
}
