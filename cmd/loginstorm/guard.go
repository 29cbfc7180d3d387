package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"runtime/debug"
	"syscall"

	"github.com/spf13/cobra"
)

// A screen is taken down by whoever put it up, whatever ends the run, as long as the
// process lives. For the ends that no process hears of (a panic of some goroutine, a
// kill -9) a guard stands by: this binary once more, which knows how the terminal
// was. It gets a pipe that ends with the run, and puts the terminal back unless the
// run said that it has. What the Go runtime says about a crash comes through that
// pipe, too: on the screen it would be wiped with the picture.

// atEase is what a run says to its guard when the terminal is as it was.
const atEase = "at ease"

// mostCrash bounds what a guard repeats of a crash.
const mostCrash = 1 << 20

// guard is a run's side of it; nil = there is none.
type guard struct {
	proc *exec.Cmd
	pipe *os.File
}

// post starts a guard. Without one the run goes on.
func post(terminal *os.File, k *keyboard) *guard {
	mode, err := json.Marshal(&k.saved)
	if err != nil {
		return nil
	}
	self, err := os.Executable()
	if err != nil {
		return nil
	}
	in, out, err := os.Pipe()
	if err != nil {
		return nil
	}
	defer in.Close()
	g := &guard{proc: exec.Command(self, guardCommand), pipe: out}
	g.proc.Stdin, g.proc.Stderr, g.proc.SysProcAttr = in, terminal, apart()
	if err := g.proc.Start(); err != nil {
		out.Close()
		return nil
	}
	if _, err := out.Write(append(mode, '\n')); err == nil {
		_ = debug.SetCrashOutput(out, debug.CrashOptions{}) // Without it the crash is told on the screen alone.
	}
	return g
}

// dismiss ends the guard. The terminal is as it was.
func (g *guard) dismiss() {
	if g == nil {
		return
	}
	_ = debug.SetCrashOutput(nil, debug.CrashOptions{})
	_, _ = io.WriteString(g.pipe, atEase)
	g.pipe.Close()
	_ = g.proc.Wait() // It has nothing left to do.
}

const guardCommand = "guard-terminal"

// newGuard is the command that a guard is. It is of no use to people.
func newGuard(s streams) *cobra.Command {
	return &cobra.Command{
		Use: guardCommand, Hidden: true, Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			signal.Ignore(os.Interrupt, syscall.SIGTERM, syscall.SIGQUIT, syscall.SIGHUP)
			ignoreStops()
			return standGuard(s, func(mode []byte) { restoreMode(mode) })
		},
	}
}

// standGuard waits for the end of its input, and puts the terminal back unless it was
// told that it is.
func standGuard(s streams, restore func(mode []byte)) error {
	in := bufio.NewReader(s.in)
	mode, err := in.ReadBytes('\n')
	if err != nil {
		return nil // There was no run yet that could have changed anything.
	}
	last, _ := io.ReadAll(io.LimitReader(in, mostCrash))
	if bytes.HasSuffix(last, []byte(atEase)) {
		return nil
	}
	restore(mode)
	const leave = "\x1b[?1049l\x1b[?25h\x1b[0m" // The ordinary screen, the cursor, no colours.
	fmt.Fprintf(s.err, "%s%s", leave, last)
	return nil
}
