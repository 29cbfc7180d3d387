package virtual

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"loginstorm/sim/gateway"
	"loginstorm/sim/plan"
)

// checkEvery is how many events are carried out between two looks at the
// context: a few milliseconds' worth.
const checkEvery = 1 << 14

// mostAtOnce bounds how many events one instant may hold, beside a share for
// each client: far more than any storm needs that takes time at all.
const mostAtOnce = 1_000_000

// perClient is the share of each client.
const perClient = 1000

// until carries out everything that is due before an instant, or at it if it is
// the end of the run.
func (s *Simulator) until(ctx context.Context, end Time) error {
	last := end == s.plan.Duration
	due := func(at Time) bool { return at < end || last && at == end }
	for {
		// Arrivals, then steps, then the lanes, then the queue.
		at, what := s.next()
		if !due(at) {
			return nil
		}
		if at > s.now {
			s.now, s.still = at, 0
		}
		s.events++
		s.still++
		if s.still > mostAtOnce+perClient*uint64(len(s.clients)) {
			return fmt.Errorf("simulate %s: time stands still at %v: %d events without an end; give the reconnect policy a delay, or the links a latency where attempts reach the gateway",
				s.plan.Name, s.now, s.still)
		}
		if s.events%checkEvery == 0 && ctx.Err() != nil {
			return nil
		}
		s.what = what
		switch what {
		case arriving:
			who := s.arrivals[0]
			s.arrivals = s.arrivals[1:]
			s.mix(uint64(who), uint64(arriving))
			s.arrive(who, at)
		case stepping:
			step := &s.plan.Steps[s.step]
			s.step++
			s.mix(uint64(s.step), uint64(stepping))
			s.carryOut(step)
		case beating:
			s.turns(min(end, s.elsewhere()))
		case queued:
			if next := s.queue.unseen(); len(next) > 0 {
				s.warm(next)
			}
			s.take(s.queue.pop())
		}
		if s.broken() {
			return nil
		}
	}
}

// broken reports whether a rule was broken and that is to end the run.
func (s *Simulator) broken() bool {
	return s.cfg.StopOnBroken && s.check != nil && len(s.check.Broken()) > 0
}

// source is where the next event comes from.
type source uint8

const (
	queued source = iota
	arriving
	stepping
	beating // A client's deadline, out of the lanes.
)

func (s *Simulator) next() (Time, source) {
	at, what := never, queued
	if t, ok := s.queue.next(); ok {
		at = t
	}
	if s.lanes.at <= at && s.lanes.at != never {
		at, what = s.lanes.at, beating
	}
	if s.step < len(s.plan.Steps) && s.plan.Steps[s.step].At <= at {
		at, what = s.plan.Steps[s.step].At, stepping
	}
	if len(s.arrivals) > 0 {
		if t := s.plan.Clients.Arrive[s.arrivals[0]]; t <= at {
			at, what = t, arriving
		}
	}
	return at, what
}

// elsewhere returns the instant of the next event that is not of the lanes.
func (s *Simulator) elsewhere() Time {
	at := never
	if t, ok := s.queue.next(); ok {
		at = t
	}
	if s.step < len(s.plan.Steps) {
		at = min(at, s.plan.Steps[s.step].At)
	}
	if len(s.arrivals) > 0 {
		at = min(at, s.plan.Clients.Arrive[s.arrivals[0]])
	}
	return at
}

// mix adds what happens now to the digest. FNV-1a over words.
func (s *Simulator) mix(a, b uint64) {
	const prime = 0x100000001b3
	s.digest = (s.digest ^ uint64(s.now)) * prime
	s.digest = (s.digest ^ a<<8 ^ b) * prime
	s.digest ^= s.digest >> 29
}

// take carries out one event of the queue.
func (s *Simulator) take(e event) {
	s.mix(uint64(e.who)<<24^uint64(e.ref), uint64(e.kind()))
	switch e.kind() {
	case clientDue:
		s.expired(e.who)
	case gatewayDue:
		if s.gwTimer == e.at() {
			s.gwTimer = never
			s.ask(gateway.Input{Kind: gateway.Tick})
		}
	case worked:
		s.ask(gateway.Input{Kind: gateway.Worked, Job: e.who})
	case answered:
		s.ask(gateway.Input{Kind: gateway.AppAnswered, Job: e.who, Code: appVerdict(e.ref)})
	case errandAsked:
		s.errandArrived(e.who)
	case errandServed:
		s.errandDone(e.who)
	case errandAnswered:
		s.errandOver(e.who)
	default:
		s.arrived(e)
	}
}

// queueUp puts an event into the queue.
func (s *Simulator) queueUp(at Time, k kind, who, ref uint32) {
	s.queue.reach(s.now)
	s.queue.push(at, k, who, ref)
	s.peak = max(s.peak, s.waiting())
}

// arrivals returns the clients that arrive by themselves, in order.
func arrivals(c *plan.Clients) []uint32 {
	n := 0
	for _, at := range c.Arrive {
		if at != plan.Never {
			n++
		}
	}
	order := make([]uint32, 0, n)
	for who, at := range c.Arrive {
		if at != plan.Never {
			order = append(order, uint32(who))
		}
	}
	slices.SortStableFunc(order, func(a, b uint32) int { return cmp.Compare(c.Arrive[a], c.Arrive[b]) })
	return order
}
