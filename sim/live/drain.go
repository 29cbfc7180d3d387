package live

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"loginstorm/sim/client"
	"loginstorm/sim/login"
	"loginstorm/sim/record"
	"loginstorm/sim/wire"
)

// drain ends the run: the last second is cut, clients that are loggedIn log out,
// every link is closed, and what the ends bring is counted. What happens here is
// no part of the figures.
func (f *Fleet) drain(r *Result) {
	cuts := 0
	for _, s := range f.shards {
		if s.web != nil {
			s.web.Shutdown() // Nobody answers any more.
		}
		s.heed()
		s.dropHeld()
		cuts = max(cuts, s.cuts)
	}
	for _, s := range f.shards {
		for s.cuts < cuts {
			s.handOver(r.End) // Every shard closes the same seconds.
		}
		s.conclude(r.End)
		s.handOver(r.End)
	}
	ctx, cancel := context.WithTimeout(context.Background(), f.conf.Grace)
	defer cancel()
	var draining sync.WaitGroup
	left := make([]int, len(f.shards))
	for i, s := range f.shards {
		draining.Go(func() {
			loggedOut := s.leave()
			open, dropped := s.dialer.Shutdown(ctx, wire.CloseGoingAway)
			left[i] = loggedOut + open
			s.dropped += uint64(dropped)
		})
	}
	draining.Wait()
	short := map[string]uint64{}
	for i, s := range f.shards {
		s.count()
		r.OpenAtEnd += left[i]
		r.Opened += s.opened
		r.Ended += s.ended
		r.Dropped += s.dropped
		for what, n := range s.shortages {
			short[what] += n
		}
	}
	r.Shortages = shortages(short)
}

// conclude records what can only be said at the end.
func (s *shard) conclude(now Time) {
	for i := range s.clients {
		s.clients[i].End(now, s.rec)
	}
	s.accounts.End(now, s.rec)
}

// leave logs out who is loggedIn, in order, and returns how many links that
// closed. Nobody watches any more, and the recorder is one that nobody reads.
func (s *shard) leave() (closed int) {
	s.rec = record.NewRecorder(s.f.plan.Layout(), s.index)
	s.out.Watched, s.out.Accounts = false, nil
	now := s.now()
	for i := range s.clients {
		if s.clients[i].Status() == login.LoggedIn && s.links[i].conn != nil && s.links[i].conn.Heard {
			closed++
			s.tell(now, uint32(i), client.Input{Kind: client.App, Due: now, Event: login.Event{Kind: login.LogoutCalled}})
		}
	}
	for s.way.next() != never {
		if p := s.way.pop(); p.kind == toGateway || p.kind == endGateway {
			s.arrived(now, p) // What was on its way arrives now.
		}
	}
	return closed
}

// count takes the last events: only how links ended still matters.
func (s *shard) count() {
	s.events, s.bytes = s.inbox.take(s.events, s.bytes, false)
	for i := range s.events {
		switch s.events[i].kind {
		case up:
			s.opened++
		case down:
			s.ended++
		}
	}
	clear(s.events)
	s.clock.stop()
}

// shortages says what ran out, and what to do about it.
func shortages(counts map[string]uint64) (all []record.Shortage) {
	for what, n := range counts {
		remedy := "give the generator more memory, or let fewer clients in"
		switch what {
		case "too many open files", "too many open files in system":
			remedy = "raise the limit of open files: ulimit -n"
		case "cannot assign requested address", "address already in use":
			remedy = "spread over more addresses of the target or source addresses, or widen net.ipv4.ip_local_port_range"
		}
		all = append(all, record.Shortage{What: fmt.Sprintf("%s: %d attempts never began", what, n), Remedy: remedy})
	}
	slices.SortFunc(all, func(a, b record.Shortage) int {
		if a.What < b.What {
			return -1
		}
		return 1
	})
	return all
}
