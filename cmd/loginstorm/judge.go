package main

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"loginstorm/sim/client"
	"loginstorm/sim/login"
	"loginstorm/sim/oracle"
	"loginstorm/sim/plan"
	"loginstorm/sim/virtual"
)

// judge checks the clients' side of the rules while a run goes on, and ends the
// run when one is broken.
type judge struct {
	plan    *plan.Plan
	mu      sync.Mutex // Shards publish from their own goroutines, in batches.
	checker *oracle.Checker
	stop    context.CancelFunc
	stopped bool
}

func newJudge(p *plan.Plan, stop context.CancelFunc) *judge {
	rules := virtual.Rules(p)
	rules.Inputs = false // What the gateway is given is seen in its own process alone.
	rules.Foreign = len(p.Target.URLs) > 0
	return &judge{plan: p, checker: oracle.New(rules), stop: stop}
}

func (j *judge) watch(batch []client.Published) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for i := range batch {
		p := &batch[i]
		if p.Action.Kind == login.NoAction {
			j.checker.Event(p.At, p.Client, &p.Event)
		} else {
			j.checker.Client(p.At, p.Client, &p.Action)
		}
	}
	if !j.stopped && j.checker.Found() > 0 {
		j.stopped = true
		j.stop()
	}
}

// end closes the books: the gauges of the last second must be what the clients
// published. The fleet has stopped.
func (j *judge) end(at time.Duration, gauges [login.Statuses]uint32) ([]oracle.Finding, oracle.Convergence) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.checker.Counted(at, &gauges)
	for i := range j.plan.Steps {
		step := &j.plan.Steps[i]
		if step.At > at {
			break
		}
		j.checker.Faulted(step.At)
		if step.Command != nil {
			j.checker.Faulted(step.At + step.Command.Downtime)
		}
	}
	converged := j.checker.Converged(at)
	j.checker.End(at)
	return j.checker.Broken(), converged
}

// findings are broken rules, on their way into the report.
type findings struct {
	all  []oracle.Finding
	from []string // Whose side of the rules; "" = the clients'.
}

func (f *findings) add(from string, found []oracle.Finding) {
	for _, one := range found {
		f.all, f.from = append(f.all, one), append(f.from, from)
	}
}

// lines says each finding in one line: its rule, instant, client and account.
func (f *findings) lines(p *plan.Plan) []string {
	lines := make([]string, 0, len(f.all))
	for i := range f.all {
		lines = append(lines, f.line(p, i))
	}
	return lines
}

func (f *findings) line(p *plan.Plan, i int) string {
	one := f.all[i]
	text := one.String()
	if f.from[i] != "" {
		text = f.from[i] + ": " + text
	}
	if one.Account < p.Accounts.Count {
		text += fmt.Sprintf(" (account %s)", p.Accounts.Name(one.Account))
	}
	return text
}

// story is a finding with the last events of those involved, a line each.
func (f *findings) story(p *plan.Plan, i int) string {
	return strings.Join(append([]string{f.line(p, i)}, f.all[i].Last...), "\n    ")
}
