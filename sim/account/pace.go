package account

import (
	"context"
	"sync"
	"time"
)

// pace spaces calls. Whoever is told that it asks too often halves its rate and waits;
// success brings the rate back step by step.
type pace struct {
	mu    sync.Mutex
	most  float64 // Calls a second.
	rate  float64
	next  time.Time     // When the next call may begin.
	held  time.Time     // When the rate was lowered last.
	first time.Duration // The shortest wait after a 416 without a hint.
	wait  time.Duration // The last one; 0 = none since the last success.
}

// Bounds of the pace.
const (
	// leastRate is in calls a second: an API that wants fewer is one that says no.
	leastRate = 0.2
	// raise is by what share of the rate asked for each success raises it.
	raise = 0.01
	// firstWait and mostWait are the first and the longest wait after a 416 without a hint.
	firstWait = 500 * time.Millisecond
	mostWait  = 30 * time.Second
)

func newPace(rate float64) *pace { return &pace{most: rate, rate: rate, first: firstWait} }

// turn waits until a call may begin.
func (p *pace) turn(ctx context.Context) error {
	p.mu.Lock()
	now := time.Now()
	at := p.next
	if at.Before(now) {
		at = now
	}
	p.next = at.Add(time.Duration(float64(time.Second) / p.rate))
	p.mu.Unlock()
	return sleep(ctx, at.Sub(now))
}

// slow holds all calls for as long as the API asks, or longer each time where it does not
// say. Calls that were under way at the same time slow it down once.
func (p *pace) slow(begun time.Time, hint time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	if !begun.Before(p.held) {
		p.held = now
		p.rate = max(p.rate/2, min(leastRate, p.most))
		p.wait = min(max(2*p.wait, p.first), mostWait)
	}
	if until := now.Add(max(hint, p.wait)); until.After(p.next) {
		p.next = until
	}
}

// good notes a success.
func (p *pace) good() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.wait = 0
	p.rate = min(p.most, p.rate+p.most*raise)
}

// sleep waits, but not longer than ctx lasts.
func sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
