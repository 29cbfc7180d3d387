package main

import (
	"fmt"
	"log"
	"os"
	"os/signal"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	tea "charm.land/bubbletea/v2"

	"loginstorm/report/screen"
	"loginstorm/sim/plan"
	"loginstorm/sim/record"
)

const (
	// framesPerSecond is how often the screen is looked at for changes: figures change
	// once a second, and its size while somebody drags a corner.
	framesPerSecond = 12
	// leaveWithin bounds how long somebody who leaves at once waits for the terminal to
	// be put right, and how long the end of a run waits for one that is held.
	leaveWithin = time.Second
	// foldBehind is how many seconds of a run may wait to be folded before whoever
	// delivers them has to: in a run that is a minute, and they take a millisecond.
	foldBehind = 64
)

// fullscreen is the live view of a run: the terminal's other screen.
type fullscreen struct {
	err   *aside
	facts screen.Facts

	rows   chan shown    // What is folded into the feed.
	folded chan struct{} // Nothing is any more.
	mu     sync.Mutex    // Guards feed: one goroutine folds, another one draws.
	feed   *screen.Feed

	program *tea.Program
	guard   *guard
	keys    *keyboard
	gone    chan struct{} // Closed when the terminal is as it was.
	stopped atomic.Bool   // A signal asked for the end of the run.
}

func newFullscreen(err *aside, p *plan.Plan, driver string, color bool) *fullscreen {
	f := screen.Facts{Name: p.Name, Driver: driver, Seed: p.Seed, Clients: uint64(len(p.Clients.Account)), Duration: p.Duration,
		Virtual: driver == "simulate", Color: color, Target: aimedAt(p, driver)}
	for _, e := range p.Entries {
		f.Entries = append(f.Entries, screen.Entry{Name: e.Name, Says: e.Says, At: e.At, Until: e.Until, Stays: e.Stays})
	}
	for _, t := range p.Thresholds {
		f.Thresholds = append(f.Thresholds, t.String())
	}
	return &fullscreen{err: err, facts: f, feed: screen.NewFeed(f), rows: make(chan shown, foldBehind), folded: make(chan struct{})}
}

// aimedAt says whom a plan's clients log in to, as far as the plan knows.
func aimedAt(p *plan.Plan, driver string) string {
	what := "embedded gateway"
	switch {
	case driver == "simulate":
		what = "simulated gateway"
	case len(p.Target.URLs) > 0:
		what = "your gateway"
	}
	if p.Gateway.Nodes > 1 && len(p.Target.URLs) == 0 {
		what += fmt.Sprintf(", %d nodes", p.Gateway.Nodes)
	}
	return what
}

// aim adds the addresses to whom the clients log in to. The screen is not up yet.
func (f *fullscreen) aim(urls []string) {
	switch {
	case len(urls) > 1:
		f.facts.Target += fmt.Sprintf(": %s and %d more", redactURL(urls[0]), len(urls)-1)
	case len(urls) == 1:
		f.facts.Target += ": " + redactURL(urls[0])
	}
}

// add takes a second of the run.
func (f *fullscreen) add(r record.Row) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.feed.Add(r)
}

func (f *fullscreen) state() screen.State {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.feed.State()
}

// begin takes the terminal. Nothing is changed when it returns an error.
func (f *fullscreen) begin() error {
	keys, err := openKeyboard()
	if err != nil {
		return err
	}
	f.keys, f.gone = keys, make(chan struct{})
	// q is a Ctrl-C: one way to stop a run, whatever asks for it.
	f.program = tea.NewProgram(screen.New(f.facts, func() { raise(os.Interrupt) }), tea.WithOutput(f.err.file), tea.WithInput(nil),
		tea.WithoutSignalHandler(), tea.WithFPS(framesPerSecond))
	heard := make(chan os.Signal, 8)
	signal.Notify(heard, os.Interrupt, syscall.SIGTERM, syscall.SIGQUIT)
	f.guard = post(f.err.file, keys)
	if err := keys.begin(f.typed); err != nil {
		f.guard.dismiss()
		signal.Stop(heard)
		keys.close()
		return err
	}
	f.err.hold()
	log.SetOutput(f.err)
	go f.listen(heard)
	go func() {
		defer close(f.gone)
		_, failed := f.program.Run()
		keys.end()
		f.guard.dismiss()
		log.SetOutput(os.Stderr)
		f.err.release()
		if failed != nil {
			fmt.Fprintf(f.err, "loginstorm: warning: the live view ended: %v\n", failed)
		}
	}()
	return nil
}

// typed hears a key. Those that mean something are passed on; nobody waits for a
// terminal that is held.
func (f *fullscreen) typed(b byte) {
	const ctrlC = 3 // Of a terminal that does not make a signal of it.
	switch b {
	case 'q', 'Q':
		go f.program.Send(tea.KeyPressMsg{Code: rune(b), Text: string(rune(b))})
	case ctrlC:
		raise(os.Interrupt)
	}
}

// listen leaves the screen on the first signal, whoever else hears it: what follows
// is shown on the ordinary screen, and the second signal finds the terminal as it
// was. One that comes while the screen is being left has its ordinary meaning as
// soon as the terminal is right, or after leaveWithin.
func (f *fullscreen) listen(heard chan os.Signal) {
	defer signal.Stop(heard)
	var again os.Signal
	select {
	case <-f.gone:
		return
	case first := <-heard:
		if first == syscall.SIGQUIT {
			again = first
		}
	}
	f.stopped.Store(true)
	f.keys.restore()
	go f.program.Quit()
	if again == nil {
		select {
		case <-f.gone:
			return
		case again = <-heard:
		}
	}
	select {
	case <-f.gone:
	case <-time.After(leaveWithin):
	}
	signal.Reset(again)
	raise(again)
}

// show sends the newest state; false = the screen is gone. It waits for a terminal
// that is held, and nobody waits for it.
func (f *fullscreen) show(s screen.State) bool {
	s.Note, s.Notes = f.err.newest()
	f.program.Send(s)
	select {
	case <-f.gone:
		return false
	default:
		return true
	}
}

// leave puts the terminal back. It waits for that.
func (f *fullscreen) leave() {
	go f.program.Quit()
	<-f.gone
}
