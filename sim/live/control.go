package live

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"loginstorm/sim/gateway"
	"loginstorm/sim/plan"
)

// outside reports whether a step is carried out by a hook of its entry.
func (f *Fleet) outside(s *plan.Step) bool {
	return int(s.Entry) < len(f.plan.Entries) && f.plan.Entries[s.Entry].Hook != nil
}

// commands checks that somebody is there to carry the plan's commands out.
func (c Config) commands() (faults []error) {
	f := &Fleet{plan: c.Plan}
	var command, hook bool
	for i := range c.Plan.Steps {
		s := &c.Plan.Steps[i]
		hooked := f.outside(s)
		command = command || s.Kind == plan.Control && !hooked
		hook = hook || (s.Kind == plan.Control || s.Kind == plan.Outside) && hooked
	}
	if command && c.Control == nil {
		faults = append(faults, errors.New("the plan commands the gateway, and there is no way to it"))
	}
	if hook && c.Hook == nil {
		faults = append(faults, errors.New("the plan has hooks, and nobody carries them out"))
	}
	return faults
}

// order is one of the plan's commands on its way to the gateway.
type order struct {
	step  *plan.Step
	after []<-chan struct{} // Commands of earlier instants that have to be over first.
	done  chan struct{}
	err   error
}

// command carries the plan's commands to the gateway, each at its instant and not
// before every shard has seen its entry begin. Those of one instant follow each
// other. A command that lasts, because its gateway is down meanwhile, holds back
// only what has to come behind it: see lanes. It returns what failed, in the order
// of the plan.
func (f *Fleet) command(ctx context.Context) (faults []error) {
	var orders []*order
	var lanes lanes
	for i := range f.plan.Steps {
		switch step := &f.plan.Steps[i]; step.Kind {
		case plan.Control:
			orders = append(orders, lanes.order(step))
		case plan.Outside:
			orders = append(orders, &order{step: step, done: make(chan struct{})})
		}
	}
	var running sync.WaitGroup
	timer := time.NewTimer(0)
	defer timer.Stop()
	for first := 0; first < len(orders); {
		at, end := orders[first].step.At, first+1
		for end < len(orders) && orders[end].step.At == at {
			end++
		}
		timer.Reset(max(0, at-f.now()))
		if !await(ctx, timer.C) {
			break
		}
		instant := orders[first:end]
		running.Go(func() {
			for _, o := range instant {
				f.obey(ctx, o)
			}
		})
		first = end
	}
	running.Wait()
	for _, o := range orders {
		if o.err != nil {
			faults = append(faults, fmt.Errorf("command the gateway at %v: %w", o.step.At, o.err))
		}
	}
	return faults
}

// obey has one command carried out when it may be. What an end of the run cuts
// short is no fault.
func (f *Fleet) obey(ctx context.Context, o *order) {
	defer close(o.done)
	for _, earlier := range o.after {
		if !await(ctx, earlier) {
			return
		}
	}
	if entry := int(o.step.Entry); entry < len(f.gates) && !await(ctx, f.gates[entry].open) {
		return
	}
	if g := f.takes[o.step]; g != nil && !await(ctx, g.open) {
		return
	}
	c, do := o.step.Command, f.conf.Hook
	if !f.outside(o.step) {
		do = func(ctx context.Context, s *plan.Step) error { return f.conf.Control.Do(ctx, *s.Command) }
	}
	if err := do(ctx, o.step); err != nil {
		if ctx.Err() == nil {
			o.err = err
		}
		return
	}
	if c != nil && c.Kind == gateway.SetMultiDevice && c.MultiDevice != nil {
		for _, s := range f.shards {
			s.inbox.put(event{kind: policed, at: f.now(), news: &news{policy: c.MultiDevice}}, nil)
		}
	}
}

// await returns true when c has something or is closed, false when ctx is done
// before that.
func await[T any](ctx context.Context, c <-chan T) bool {
	select {
	case <-c:
		return true
	case <-ctx.Done():
		return false
	}
}

// lanes says which commands have to wait for which: those about the same node keep
// their order, those about all nodes are in everybody's way, and the others, which
// change what all nodes share, keep their order among themselves.
type lanes struct {
	nodes  [gateway.AllNodes]<-chan struct{} // The latest command of each node; nil = there is none.
	shared <-chan struct{}
}

// order puts a command behind those that it has to wait for.
func (l *lanes) order(step *plan.Step) *order {
	o := &order{step: step, done: make(chan struct{})}
	follow := func(tail *<-chan struct{}) {
		if *tail != nil {
			o.after = append(o.after, *tail)
		}
		*tail = o.done
	}
	c := step.Command
	switch {
	case !ofNode(c.Kind):
		follow(&l.shared)
	case c.Node < gateway.AllNodes:
		follow(&l.nodes[c.Node])
	default:
		for n := range l.nodes {
			follow(&l.nodes[n])
		}
	}
	return o
}

// ofNode reports whether a command is about nodes and not about what they share.
func ofNode(k gateway.CommandKind) bool {
	switch k {
	case gateway.Restart, gateway.RefuseLinks, gateway.Drain, gateway.Undrain, gateway.Stall:
		return true
	}
	return false
}
