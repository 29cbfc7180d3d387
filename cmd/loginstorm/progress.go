package main

import (
	"fmt"
	"io"
	"os"
	"sync"
	"time"
	"unicode/utf8"

	"loginstorm/report"
	"loginstorm/report/screen"
	"loginstorm/sim/plan"
	"loginstorm/sim/record"
	"loginstorm/sim/virtual"
)

// plainEvery is how often a line is written where there is no terminal to
// repaint: often enough to see life in a CI log, rarely enough to read it.
const plainEvery = 5

// progress shows how a run stands, a line a second. It writes from a goroutine of
// its own, and only the newest second: a terminal that is held (Ctrl-S), or a pipe
// that nobody reads, must not hold the run.
type progress struct {
	w        io.Writer
	plan     *plan.Plan
	terminal bool // It can be repainted.
	color    bool
	virtual  bool
	begun    time.Time
	events   uint64 // Of a simulation, so far.
	last     time.Time
	skipped  *shown        // The newest one, if it was not shown.
	rows     chan shown    // The newest one.
	done     chan struct{} // The goroutine has ended.
	once     sync.Once
	painted  int // Columns of the line that stands there.

	full     *fullscreen                     // The other screen; nil = lines.
	standing func() ([]record.Outcome, bool) // How the thresholds stand; nil = nobody knows.
	outcomes []record.Outcome
	nextLook time.Time // Not before this instant are they asked again.
}

// shown is a second, and what was done for it.
type shown struct {
	record.Row
	events uint64        // Of a simulation, so far.
	took   time.Duration // Real time, so far.
}

func newProgress(w io.Writer, opts stormOptions, p *plan.Plan, driver string) *progress {
	if opts.quiet {
		w = io.Discard
	}
	_, ok := terminal(w)
	s := &progress{w: w, plan: p, terminal: ok && opts.view != viewPlain && os.Getenv("TERM") != "dumb", color: colored(w), virtual: driver == "simulate", begun: time.Now(),
		rows: make(chan shown, 1), done: make(chan struct{})}
	if a, ok := w.(*aside); ok && opts.view == viewFull {
		s.full = newFullscreen(a, p, driver, s.color)
		go s.fold()
	}
	go s.show()
	return s
}

// begin says what is about to be run; urls are the addresses of the gateway.
func (p *progress) begin(metrics string, urls ...string) {
	if metrics != "" {
		fmt.Fprintf(p.w, "metrics   %s\n", metrics)
	}
	fmt.Fprintf(p.w, "scenario  %s, seed %d, %v\n", p.plan.Name, p.plan.Seed, p.plan.Duration)
	if p.full != nil {
		p.full.aim(urls)
		p.send(shown{}) // The screen is there before the first second is over.
	}
}

// row shows a second, some time. Virtual seconds fly by: of those only a few are
// shown, and the last one. Calls come one at a time.
func (p *progress) row(r record.Row) {
	now := shown{r, p.events, time.Since(p.begun)}
	if p.full != nil {
		p.full.rows <- now
		return
	}
	p.pass(now)
}

// pass hands a second on, or keeps it for the end.
func (p *progress) pass(now shown) {
	rare := p.virtual && time.Since(p.last) < 200*time.Millisecond
	switch {
	case p.full != nil:
		rare = rare || p.virtual && time.Since(p.begun) < flash
	case !p.terminal && !p.virtual:
		rare = now.Second != 0 && now.Second%plainEvery != plainEvery-1
	}
	if p.skipped = nil; rare {
		p.skipped = &now
		return
	}
	p.last = time.Now()
	p.send(now)
}

// fold takes the seconds of a run into the figures of the screen, on a goroutine of
// its own: not the one that delivers them, which has a run to drive, and not the one
// that draws, which may wait for a terminal.
func (p *progress) fold() {
	defer close(p.full.folded)
	for r := range p.full.rows {
		p.full.add(r.Row)
		p.pass(r)
	}
}

// simulated hears how far a simulation is, so far.
func (p *progress) simulated(v virtual.Progress) { p.events = v.Events }

// send hands a second over, in place of one that was not shown yet.
func (p *progress) send(r shown) {
	select {
	case <-p.rows:
	default:
	}
	p.rows <- r
}

// flash is how long a simulation takes at least to be shown on a screen: a shorter one
// would be a flicker.
const flash = 600 * time.Millisecond

// show writes seconds until there are no more.
func (p *progress) show() {
	defer close(p.done)
	if p.full != nil {
		p.showFull()
	}
	for r := range p.rows {
		p.line(r)
	}
	if p.painted > 0 {
		fmt.Fprintln(p.w) // The last line stays.
	}
}

// line writes a second in one line.
func (p *progress) line(r shown) {
	if p.terminal {
		p.paint(p.state(r))
	} else {
		fmt.Fprintln(p.w, report.PlainProgress(p.state(r)))
	}
}

// showFull shows seconds on the other screen, until there are no more or it is left.
func (p *progress) showFull() {
	r, ok := <-p.rows
	if !ok {
		return
	}
	if err := p.full.begin(); err != nil {
		fmt.Fprintf(p.w, "loginstorm: warning: no full view: %v\n", err)
		if r.To > 0 {
			p.line(r)
		}
		return
	}
	quiet := time.NewTimer(settled)
	defer quiet.Stop()
	for ok {
		if !p.full.show(p.screen(r)) {
			if p.full.stopped.Load() {
				fmt.Fprintln(p.w, "stopping: what was measured is kept and reported; Ctrl-C again leaves at once")
			}
			return
		}
		select {
		case r, ok = <-p.rows:
			quiet.Reset(settled)
		case <-quiet.C:
			p.judge()
		case <-p.full.gone:
		}
	}
	p.full.leave()
}

const (
	// settled is how long after a second its figures are in, so that nobody is held up
	// by whoever looks at them.
	settled = 300 * time.Millisecond
	// seldom bounds what it costs to ask how the thresholds stand: one part in so many
	// of the time.
	seldom = 50
)

// judge asks how the thresholds stand, unless the figures are in use.
func (p *progress) judge() {
	begun := time.Now()
	if p.standing == nil || begun.Before(p.nextLook) {
		return
	}
	if all, known := p.standing(); known {
		p.outcomes = all
		p.nextLook = begun.Add(seldom * time.Since(begun))
	}
}

// screen is how the run stands, for the other screen.
func (p *progress) screen(r shown) screen.State {
	s, line := p.full.state(), p.state(r)
	s.Events, s.PerSec, s.LeftFor, s.Outcomes = line.Events, line.PerSec, line.LeftFor, p.outcomes
	return s
}

// paint writes a line over the one before. The last column is left free, because
// some terminals begin a new line behind it.
func (p *progress) paint(s report.Progress) {
	columns := width(p.w)
	o := report.Options{Width: max(1, columns-1)}
	line := report.ProgressLine(s, o)
	// Up to where the old line begins, which a terminal that became narrower has
	// broken; erase from there on.
	erase := "\r"
	if above := (p.painted - 1) / columns; above > 0 {
		erase += fmt.Sprintf("\x1b[%dA", above)
	}
	p.painted = utf8.RuneCountInString(line)
	if o.Color = p.color; o.Color {
		line = report.ProgressLine(s, o)
	}
	fmt.Fprintf(p.w, "%s\x1b[J%s", erase, line)
}

// state adds to a second what the timeline does next.
func (p *progress) state(r shown) report.Progress {
	s := report.ProgressOf(r.Row)
	s.Duration = p.plan.Duration
	if r.events > 0 && r.took > 0 && s.At > 0 {
		s.Events, s.PerSec = r.events, float64(r.events)/r.took.Seconds()
		s.LeftFor = time.Duration(float64(r.took) * float64(s.Duration-s.At) / float64(s.At))
	}
	for _, e := range p.plan.Entries {
		if e.At > s.At {
			s.Next, s.NextAt = e.Name, e.At
			break
		}
	}
	return s
}

// end shows what is left to show. It may be called twice; no row comes after it. It
// does not wait long for a terminal that is held: what was measured is to be kept
// first.
func (p *progress) end() {
	p.once.Do(func() {
		if p.full != nil {
			close(p.full.rows)
			<-p.full.folded
		}
		if p.skipped != nil && (p.full == nil || !p.virtual || time.Since(p.begun) > flash) {
			p.send(*p.skipped)
		}
		close(p.rows)
		select {
		case <-p.done:
		case <-time.After(leaveWithin):
		}
	})
}

// left waits, after end, until nothing more is shown.
func (p *progress) left() { <-p.done }
