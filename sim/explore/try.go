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
}

// Try simulates a case and judges what came of it. A panic of a room is a failure.
func Try(ctx context.Context, c *Case, plant Plant) (out *Outcome) {
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
	j := judge{plan: p, file: c.File}
	sim, err := virtual.New(virtual.Config{Plan: p, Check: true, StopOnBroken: true, Watch: j.watch})
	if err != nil {
		out.Failure = &Failure{Kind: Stopped, Says: err.Error()}
		return out
	}
	if plant != nil {
		sim.Plant(plant(p))
	}
	r, err := sim.Run(ctx)
	out.Events, out.End, out.Digest = r.Events, r.End, r.Digest
	switch {
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

// watch notes when a client last did something of its own accord.
func (j *judge) watch(heard []client.Published) {
	for i := range heard {
		if k := heard[i].Action.Kind; k == login.PublishStatus || k == login.Dial {
			j.stirred = heard[i].At
		}
	}
}
