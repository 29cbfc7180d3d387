package hook

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"loginstorm/sim/plan"
)

// Config is what a Runner is made of. Plan must be given.
type Config struct {
	Plan      *plan.Plan
	RunID     string
	Directory string // Where programs run; "" = where this one does.
	UserAgent string
	// Note hears what each hook came to, from several goroutines. nil = nobody.
	Note func(Outcome)
}

// Outcome is what a hook came to.
type Outcome struct {
	Entry string
	Phase string // begin or end.
	What  string // "runs ./gateway.sh".
	Took  time.Duration
	Err   error // nil = it succeeded.
}

// String says it for people, without anything secret.
func (o Outcome) String() string {
	said := "done"
	if o.Err != nil {
		said = o.Err.Error()
	}
	return fmt.Sprintf("%s: %s, %s after %v", o.Phase, o.What, said, o.Took.Round(time.Millisecond))
}

// Runner carries out the hooks of a plan.
type Runner struct {
	conf   Config
	client *http.Client

	mu     sync.Mutex
	faults []error
	later  sync.WaitGroup // What is taken back beside the timeline.
}

// New returns a Runner. Close ends it.
func New(conf Config) *Runner {
	transport := &http.Transport{DisableKeepAlives: true} // No proxy: traffic goes where the scenario says.
	never := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &Runner{conf: conf, client: &http.Client{Transport: transport, CheckRedirect: never}}
}

// Do carries out what a step's entry says, and takes it back when its time is over or
// ctx is done before that. For nodes it returns when both are done, because what comes
// next to a node has to wait; otherwise it returns before that, and Close waits.
func (r *Runner) Do(ctx context.Context, s *plan.Step) error {
	hook := r.conf.Plan.Entries[s.Entry].Hook
	call := r.call(s)
	err := r.carryOut(ctx, hook, call)
	span := lasts(s)
	if hook.Then == nil || span <= 0 || span >= r.conf.Plan.Duration {
		return err
	}
	back := func() error {
		wait(ctx, span)
		call.Phase = "end"
		// Also when the run is over: it has a time of its own.
		return r.carryOut(context.WithoutCancel(ctx), hook.Then, call)
	}
	if s.Command != nil && nodes(s.Command.Kind) {
		return errors.Join(err, back())
	}
	r.later.Go(func() {
		if err := back(); err != nil {
			r.mu.Lock()
			r.faults = append(r.faults, err)
			r.mu.Unlock()
		}
	})
	return err
}

// Close waits until everything is taken back, and returns what failed beside Do.
func (r *Runner) Close() []error {
	r.later.Wait()
	r.client.CloseIdleConnections()
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.faults
}

// carryOut does one half of a hook.
func (r *Runner) carryOut(ctx context.Context, h *plan.Hook, c Call) error {
	began := time.Now()
	ctx, cancel := context.WithTimeout(ctx, h.Timeout)
	defer cancel()
	var err error
	switch {
	case len(h.Run) > 0:
		err = r.run(ctx, h, &c)
	case h.Webhook != "":
		err = r.ask(ctx, h, &c)
	}
	if err != nil && errors.Is(ctx.Err(), context.DeadlineExceeded) {
		err = fmt.Errorf("not done within %v", h.Timeout)
	}
	if r.conf.Note != nil {
		r.conf.Note(Outcome{Entry: c.Entry, Phase: c.Phase, What: h.String(), Took: time.Since(began), Err: err})
	}
	if err != nil {
		return fmt.Errorf("%s of %s %s: %w", c.Phase, c.Entry, h, err)
	}
	return nil
}

// wait lets a time pass, or less when ctx is done.
func wait(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
