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
	for {
		p.mu.Lock()
		now := time.Now()
		at := now
		if p.next.After(at) {
			at = p.next
		}
		p.next = at.Add(time.Duration(float64(time.Second) / p.rate))
		held := p.held
		p.mu.Unlock()
		if err := sleep(ctx, at.Sub(now)); err != nil {
			return err
		}
		p.mu.Lock()
		same := p.held.Equal(held)
		p.mu.Unlock()
		if same {
			return nil // Else all calls were held meanwhile, and this one is, too.
		}
	}
}

// slow holds all calls for as long as the API asks, or longer each time where it does not
// say. Calls that were under way at the same time slow it down once.
func (p *pace) slow(begun time.Time, hint time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if begun.Before(p.held) {
		return
	}
	p.held = time.Now()
	p.rate = max(p.rate/2, min(leastRate, p.most))
	if hint <= 0 {
		p.wait = min(max(2*p.wait, p.first), mostWait)
		hint = p.wait
	}
	p.next = p.held.Add(hint)
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
