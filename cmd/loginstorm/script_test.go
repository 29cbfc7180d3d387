package main

import (
	"bufio"
	"errors"
	"flag"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestMain lets four scripts go on at once, however few processors there are: most of
// them wait for runs in real time. -parallel says otherwise.
func TestMain(m *testing.M) {
	if err := flag.Set("test.parallel", strconv.Itoa(max(4, runtime.GOMAXPROCS(0)))); err != nil {
		panic(err)
	}
	testscript.Main(m, map[string]func(){"loginstorm": main, "planted": planted})
}

// TestCommands runs every command as a user would, in a directory of its own.
func TestCommands(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: filepath.Join("testdata", "script"),
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits": exits, "nowhere": nowhere, "until": until,
		},
		Setup: func(env *testscript.Env) error {
			scenarios, err := filepath.Abs(filepath.Join("..", "..", "scenarios"))
			env.Setenv("SCENARIOS", scenarios)
			return err
		},
	})
}

// exits runs a program and demands an exit code: exits 3 loginstorm simulate ...
// Runs on sockets may be too late on a machine that is busy; where that does not
// matter, 0|5 stands for both.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE PROGRAM [ARG ...]")
	}
	got := 0
	var exit *exec.ExitError
	switch err := ts.Exec(args[1], args[2:]...); {
	case errors.As(err, &exit):
		got = exit.ExitCode()
	case err != nil:
		ts.Fatalf("%s: %v", args[1], err)
	}
	if !slices.Contains(strings.Split(args[0], "|"), strconv.Itoa(got)) {
		ts.Fatalf("%s exited with %d, want %s", strings.Join(args[1:], " "), got, args[0])
	}
}

// nowhere demands that a text stands in no file below the work directory but
// those named: nowhere CANARY secrets.csv
func nowhere(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 1 {
		ts.Fatalf("usage: nowhere TEXT [FILE ...]")
	}
	root := ts.Getenv("WORK")
	ts.Check(filepath.WalkDir(root, func(path string, d os.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		for _, known := range args[1:] {
			if path == ts.MkAbs(known) {
				return nil
			}
		}
		text, err := os.ReadFile(path)
		if err == nil && strings.Contains(string(text), args[0]) {
			ts.Fatalf("%s holds %q", path, args[0])
		}
		return err
	}))
}

// until follows a named pipe that a background program writes until lines match,
// one pattern after the other, and puts the first group of each into a variable:
// until log 'at (\S+)' URL 'control (\S+)' CONTROL
func until(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 3 || len(args)%2 == 0 {
		ts.Fatalf("usage: until FIFO PATTERN VARIABLE [PATTERN VARIABLE ...]")
	}
	f, err := os.Open(ts.MkAbs(args[0]))
	ts.Check(err)
	ts.Defer(func() { f.Close() })
	lines := bufio.NewScanner(f)
	for rest := args[1:]; len(rest) > 0; {
		if !lines.Scan() {
			ts.Fatalf("%s ended without a line like %s", args[0], rest[0])
		}
		pattern, err := regexp.Compile(rest[0])
		ts.Check(err)
		if m := pattern.FindStringSubmatch(lines.Text()); m != nil {
			ts.Setenv(rest[1], m[1])
			rest = rest[2:]
		}
	}
	// What follows is read away, or the program would wait for its reader.
	go func() { _, _ = io.Copy(io.Discard, f) }()
}
