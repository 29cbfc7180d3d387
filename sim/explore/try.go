package explore

import (
	"context"
	"fmt"
	"runtime/debug"
	"strings"

	"loginstorm/sim/client"
	"loginstorm/sim/login"
	"loginstorm/sim/plan"
	"loginstorm/sim/virtual"
)

// Plant makes what a simulation is tampered with, anew for each; nil = nothing is.
type Plant func(p *plan.Plan) virtual.Tamper

// Outcome is what a case came to.
type Outcome struct {
	Refused error // The plan refuses it; nothing else counts then.

	Failure     *Failure // nil = every rule held and everything was demanded rightly.
	Clients     int
	Events      uint64
	End         Time // Virtual time that was simulated.
	Digest      uint64
	Verbs       []string // Of the entries that the scenario has, those that heal included.
	Demanded    bool     // Convergence was demanded: everything had healed.
	Storm       bool     // Some did not come back because there was no room for all at once.
	Calm        bool     // It was quiet at the end: what the gateway has was held against who is there.
	Interrupted bool     // It was stopped from outside, and proves nothing.

	done uint64 // How many things clients did.
}

// Try simulates a case and judges what came of it. A panic of a room is a failure,
// and so is an instant that does not end.
func Try(ctx context.Context, c *Case, plant Plant) *Outcome { return try(ctx, c, plant, 0) }

// try is Try with a bound on what clients do in all; 0 = none. A case that does more
// counts as interrupted.
func try(ctx context.Context, c *Case, plant Plant, most uint64) (out *Outcome) {
	out = &Outcome{}
	defer func() {
		if v := recover(); v != nil {
			out.Failure = &Failure{Kind: Panicked, Says: fmt.Sprint(v), Where: whereOf(string(debug.Stack()))}
		}
	}()
	p, err := c.compile()
	if err != nil {
		out.Refused = err
		return out
	}
	for i := range c.File.Timeline {
		out.Verbs = append(out.Verbs, c.File.Timeline[i].Verb())
	}
	out.Clients = len(p.Clients.Account)
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	j := judge{plan: p, file: c.File, most: most, stop: stop, questions: map[uint32]questions{}, heeds: make([]heed, out.Clients), gate: newGate(p)}
	sim, err := virtual.New(virtual.Config{Plan: p, Check: true, StopOnBroken: true, Watch: j.watch})
	if err != nil {
		out.Failure = &Failure{Kind: Stopped, Says: err.Error()}
		return out
	}
	var tamper virtual.Tamper
	if plant != nil {
		tamper = plant(p)
	}
	sim.Plant(j.listen(tamper))
	r, err := sim.Run(ctx)
	out.Events, out.End, out.Digest, out.done = r.Events, r.End, r.Digest, j.done
	switch {
	case j.endless():
		out.Failure = &Failure{Kind: Stopped, At: j.now, Says: fmt.Sprintf("an instant does not end: clients did more than %d things in it", mostAtOnce)}
	case j.deaf != nil:
		out.Failure = j.deaf
	case err != nil:
		out.Failure = &Failure{Kind: Stopped, At: r.End, Says: err.Error()}
	case ctx.Err() != nil:
		out.Interrupted = true
	default:
		j.conclude(out, &r)
	}
	return out
}

// whereOf returns the innermost function of ours that a stack shows below a panic.
func whereOf(stack string) string {
	_, below, found := strings.Cut(stack, "panic(")
	if !found {
		below = stack
	}
	for line := range strings.Lines(below) {
		if name, _, ok := strings.Cut(line, "("); ok && strings.HasPrefix(name, "loginstorm/") && !strings.HasPrefix(name, "loginstorm/sim/explore.") {
			return strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(line[:strings.LastIndexByte(line, '(')]), "."))
		}
	}
	return ""
}

// mostAtOnce bounds what clients may do in one instant: more than the largest crowd
// does when all of them are hit at once.
const mostAtOnce = 2_000_000

// endless reports whether an instant goes on for ever.
func (j *judge) endless() bool { return j.atOnce > mostAtOnce }

// watch notes when a client last did something of its own accord, and stops what does
// not end.
func (j *judge) watch(heard []client.Published) {
	for i := range heard {
		if j.done++; heard[i].At != j.now {
			j.now, j.atOnce = heard[i].At, 0
		}
		if j.atOnce++; j.endless() || j.most > 0 && j.done > j.most {
			j.stop()
		}
		j.asks(&heard[i])
		j.does(&heard[i])
		if k := heard[i].Action.Kind; k == login.PublishStatus || k == login.Dial {
			j.stirred = heard[i].At
		}
	}
}
