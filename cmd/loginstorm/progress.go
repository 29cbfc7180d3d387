package main

import (
	"fmt"
	"io"
	"time"

	"loginstorm/report"
	"loginstorm/sim/plan"
	"loginstorm/sim/record"
)

// plainEvery is how often a line is written where there is no terminal to
// repaint: often enough to see life in a CI log, rarely enough to read it.
const plainEvery = 5

// progress shows how a run stands, a line a second.
type progress struct {
	w        io.Writer
	plan     *plan.Plan
	terminal bool
	color    bool
	painted  bool
	virtual  bool
	last     time.Time
}

func newProgress(w io.Writer, opts stormOptions, p *plan.Plan, driver string) *progress {
	if opts.quiet {
		w = io.Discard
	}
	_, ok := terminal(w)
	return &progress{w: w, plan: p, terminal: ok, color: colored(w), virtual: driver == "simulate"}
}

func (p *progress) begin(metrics string) {
	if metrics != "" {
		fmt.Fprintf(p.w, "metrics   %s\n", metrics)
	}
	fmt.Fprintf(p.w, "scenario  %s, seed %d, %v\n", p.plan.Name, p.plan.Seed, p.plan.Duration)
}

// row shows a second. Virtual seconds fly by: of those only a few are shown.
func (p *progress) row(r record.Row) {
	if p.virtual && time.Since(p.last) < 200*time.Millisecond {
		return
	}
	p.last = time.Now()
	if !p.terminal {
		if p.virtual || r.Second == 0 || r.Second%plainEvery == plainEvery-1 {
			fmt.Fprintln(p.w, report.PlainProgress(p.state(r)))
		}
		return
	}
	// Carriage return, erase the line, paint it anew.
	fmt.Fprintf(p.w, "\r\x1b[2K%s", report.ProgressLine(p.state(r), report.Options{Color: p.color, Width: width(p.w)}))
	p.painted = true
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

// end leaves the last line where it is.
func (p *progress) end() {
	if p.painted {
		fmt.Fprintln(p.w)
		p.painted = false
	}
}
