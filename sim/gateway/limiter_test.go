package gateway

import (
	"math/rand/v2"
	"testing"
	"time"

	"loginstorm/sim/wire"
)

// plainLimiter is the 416 limiter as one would say it: all attempts are kept and
// looked through. It is the second oracle of limiter.
type plainLimiter struct {
	rule    RateLimit
	counted map[uint64][]Time
	penalty map[uint64]Time
}

func (p *plainLimiter) pass(now Time, key uint64) bool {
	ok := now >= p.penalty[key]
	if ok && p.within(now, key) >= p.rule.Limit {
		ok = false
		if p.rule.Penalty > 0 {
			p.penalty[key] = now + p.rule.Penalty
			p.counted[key] = nil
		}
	}
	if ok && p.rule.Counts != CountFailed || !ok && p.rule.CountRefused {
		p.counted[key] = append(p.counted[key], now)
	}
	return ok
}

func (p *plainLimiter) within(now Time, key uint64) (n uint32) {
	for _, at := range p.counted[key] {
		if at > now-p.rule.Window {
			n++
		}
	}
	return n
}

func TestLimiterAgreesWithTheLongHand(t *testing.T) {
	for seed := range uint64(300) {
		rnd := rand.New(rand.NewPCG(seed, 3))
		rule := RateLimit{Limit: uint32(1 + rnd.IntN(9)), Window: Time(1 + rnd.IntN(40)), Penalty: Time(rnd.IntN(30)),
			Counts: Counts(rnd.IntN(3)), CountRefused: rnd.IntN(2) == 0}
		l := newLimiter(rule)
		p := plainLimiter{rule: rule, counted: map[uint64][]Time{}, penalty: map[uint64]Time{}}
		now := Time(0)
		for range 400 {
			now += Time(rnd.IntN(6))
			key := uint64(rnd.IntN(5))
			if rule.Counts == CountFailed && rnd.IntN(2) == 0 {
				l.count(now, key)
				p.counted[key] = append(p.counted[key], now)
				continue
			}
			_, got := l.pass(now, key)
			if want := p.pass(now, key); got != want {
				t.Fatalf("seed %d, %+v: key %d at %d: got %v, want %v", seed, rule, key, now, got, want)
			}
		}
	}
}

// TestTheHintIsExact waits as told: not a nanosecond less will do.
func TestTheHintIsExact(t *testing.T) {
	for seed := range uint64(200) {
		rnd := rand.New(rand.NewPCG(seed, 4))
		rule := RateLimit{Limit: uint32(1 + rnd.IntN(4)), Window: Time(10 + rnd.IntN(40)), Penalty: Time(rnd.IntN(30))}
		l := newLimiter(rule)
		now := Time(0)
		for range 100 {
			now += Time(rnd.IntN(8))
			wait, ok := l.pass(now, 1)
			if ok {
				continue
			}
			if wait <= 0 {
				t.Fatalf("seed %d: refused, and told to wait %d", seed, wait)
			}
			if _, ok := l.pass(now+wait-1, 1); ok {
				t.Fatalf("seed %d: %d at %d was too long", seed, wait, now)
			}
			if _, ok := l.pass(now+wait, 1); !ok {
				t.Fatalf("seed %d: %d at %d was too short", seed, wait, now)
			}
			now += wait
		}
	}
}

func TestLimiterForgetsIdleKeys(t *testing.T) {
	l := newLimiter(RateLimit{Limit: 3, Window: time.Second, Penalty: time.Second})
	// A thousand keys are in use within any window.
	for i := range uint64(200_000) {
		l.pass(Time(i)*time.Millisecond, i)
	}
	if len(l.keys) > 2500 || len(l.index) > len(l.keys) {
		t.Errorf("%d slots and %d keys for a thousand in use", len(l.keys), len(l.index))
	}
}

func TestLimiterLeavesUnknownAccountsAlone(t *testing.T) {
	l := newLimiter(RateLimit{Limit: 1, Window: time.Second})
	if _, limited := l.keyOf(&Request{Account: NoAccount, Origin: wire.Manual}, 0); limited {
		t.Error("one stranger's typing error would lock out another")
	}
}
