package main

import (
	"fmt"
	"io"
	"os"
	"sync"
	"time"
	"unicode/utf8"

	"loginstorm/report"
	"loginstorm/sim/plan"
	"loginstorm/sim/record"
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
	last     time.Time
	skipped  *record.Row     // The newest one, if it was not shown.
	rows     chan record.Row // The newest one.
	done     chan struct{}   // The goroutine has ended.
	once     sync.Once
	painted  int // Columns of the line that stands there.
}

func newProgress(w io.Writer, opts stormOptions, p *plan.Plan, driver string) *progress {
	if opts.quiet {
		w = io.Discard
	}
	_, ok := terminal(w)
	s := &progress{w: w, plan: p, terminal: ok && os.Getenv("TERM") != "dumb", color: colored(w), virtual: driver == "simulate",
		rows: make(chan record.Row, 1), done: make(chan struct{})}
	go s.show()
	return s
}

func (p *progress) begin(metrics string) {
	if metrics != "" {
		fmt.Fprintf(p.w, "metrics   %s\n", metrics)
	}
	fmt.Fprintf(p.w, "scenario  %s, seed %d, %v\n", p.plan.Name, p.plan.Seed, p.plan.Duration)
}

// row shows a second, some time. Virtual seconds fly by: of those only a few are
// shown, and the last one. Calls come one at a time.
func (p *progress) row(r record.Row) {
	rare := p.virtual && time.Since(p.last) < 200*time.Millisecond
	if !p.terminal && !p.virtual {
		rare = r.Second != 0 && r.Second%plainEvery != plainEvery-1
	}
	if p.skipped = nil; rare {
		p.skipped = &r
		return
	}
	p.last = time.Now()
	p.send(r)
}

// send hands a second over, in place of one that was not shown yet.
func (p *progress) send(r record.Row) {
	select {
	case <-p.rows:
	default:
	}
	p.rows <- r
}

// show writes seconds until there are no more.
func (p *progress) show() {
	defer close(p.done)
	for r := range p.rows {
		if p.terminal {
			p.paint(p.state(r))
		} else {
			fmt.Fprintln(p.w, report.PlainProgress(p.state(r)))
		}
	}
	if p.painted > 0 {
		fmt.Fprintln(p.w) // The last line stays.
	}
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
func (p *progress) state(r record.Row) report.Progress {
	s := report.ProgressOf(r)
	s.Duration = p.plan.Duration
	for _, e := range p.plan.Entries {
		if e.At > s.At {
			s.Next, s.NextAt = e.Name, e.At
			break
		}
	}
	return s
}

// end shows what is left to show. It may be called twice; no row comes after it.
func (p *progress) end() {
	p.once.Do(func() {
		if p.skipped != nil {
			p.send(*p.skipped)
		}
		close(p.rows)
		<-p.done
	})
}
