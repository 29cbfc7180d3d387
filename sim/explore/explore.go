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
	most     int
}

// Clients of a scenario: how many most have at the most, and how many that may be set
// to at the most. Races bring a few more, and now and then a crowd is drawn.
const (
	UsualClients = 60
	MaxClients   = 100_000
)

// template holds all keys of which a plan asks whether they were written.
const template = "{duration: 1s, gateway: {auth: {workers: 1, queue: 1}}, populations: {p: {accounts: 1, clientType: web}}}"

// New returns an Explorer of scenarios with at most so many clients, 1 to MaxClients.
func New(most int) (*Explorer, error) {
	if most < 1 || most > MaxClients {
		return nil, fmt.Errorf("explore scenarios of %d clients: not between 1 and %d", most, MaxClients)
	}
	f, err := scenario.Parse("explore", []byte(template))
	if err != nil {
		return nil, fmt.Errorf("explore: %w", err)
	}
	return &Explorer{template: f, most: most}, nil
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
