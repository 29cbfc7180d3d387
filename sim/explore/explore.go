// Package explore looks for worlds in which a rule breaks: it draws scenarios and
// faults from seeds, has each simulated with the oracles at every step, then heals
// everything and demands that whoever may come back does. A scenario that fails is
// shrunk to a smaller one that fails the same way.
//
// Most callers use New, Explorer.Draw, Explorer.Try and Explorer.Shrink:
//
//	seed -> Draw -> Case: a scenario.File, and the logs beside it
//	                 |  Text: YAML that scenario.Parse reads into the same plan
//	                 v
//	        plan.Compile -> virtual.Simulator -> Judge -> Outcome
//	                 ^                                       | Failure
//	                 +------------- Shrink <-----------------+
//
// A drawn scenario has two parts. In the first one arrivals, people and timeline do
// what they like. Then entries named heal-... take back what would last: networks
// are as usual, bans are over, nodes are up, limits are gone and logins cost next to
// nothing. The second part is quiet, and longer than rule 6 lets a client take.
//
// The same seed draws the same scenario, on every machine, and the same scenario
// comes to the same outcome. The package reads no clock and does no I/O.
package explore

import (
	"context"
	"errors"
	"fmt"
	"time"

	"loginstorm/sim/plan"
	"loginstorm/sim/scenario"
)

// Time is an instant, as elapsed time since the run began.
type Time = time.Duration

// Case is a scenario to try, with what it names beside itself.
type Case struct {
	Seed  uint64 // That it was drawn from; 0 = it was read.
	File  *scenario.File
	Files map[string][]byte // Logs that replays name; nil = none.
}

// compile makes the plan of a case.
func (c *Case) compile() (*plan.Plan, error) {
	return plan.Compile(c.File, plan.Options{Virtual: true, Files: c.Files})
}

// Explorer draws cases, tries and shrinks them. It is not changed after New, so that
// several goroutines may share one.
type Explorer struct {
	// template is a file that was parsed: drawn ones are copies of it with other
	// contents. That spares them the seventeen milliseconds of a parse; what the
	// parser notes of a file beside its contents is noted of the template.
	template *scenario.File
}

// template holds all keys of which a plan asks whether they were written.
const template = "{duration: 1s, gateway: {auth: {workers: 1, queue: 1}}, populations: {p: {accounts: 1, clientType: web}}}"

// New returns an Explorer.
func New() (*Explorer, error) {
	f, err := scenario.Parse("explore", []byte(template))
	if err != nil {
		return nil, fmt.Errorf("explore: %w", err)
	}
	return &Explorer{template: f}, nil
}

// Read makes a case of a scenario's text. Files are the logs that it names.
func Read(name string, text []byte, files map[string][]byte) (*Case, error) {
	f, err := scenario.Parse(name, text)
	if err != nil {
		return nil, err
	}
	return &Case{File: f, Files: files}, nil
}

// reread renders a case and parses it, as whoever replays it does.
func (c *Case) reread() (*Case, error) {
	again, err := Read("explore", c.Text(""), c.Files)
	if err != nil {
		return nil, err
	}
	again.Seed = c.Seed
	return again, nil
}

// ErrUnlike says that a drawn scenario does not come to the same when it is written
// down and read again: a fault of this package.
var ErrUnlike = errors.New("a scenario that was written down and read again does not come to the same")

// Confirm tries a failed case the way it is replayed: written down and read again.
// The error wraps ErrUnlike when it does not come to the same there.
func Confirm(ctx context.Context, c *Case, was *Outcome, plant Plant) (*Case, *Outcome, error) {
	again, err := c.reread()
	if err != nil {
		return nil, nil, fmt.Errorf("%w: %w", ErrUnlike, err)
	}
	out := Try(ctx, again, plant)
	if out.Failure == nil || was.Failure == nil || out.Failure.Signature() != was.Failure.Signature() || out.Digest != was.Digest {
		return nil, nil, fmt.Errorf("%w: %v before and %v behind", ErrUnlike, was.Failure, out.Failure)
	}
	return again, out, nil
}
