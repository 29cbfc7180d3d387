// Package backend is a server beside the gateway that logins depend on: the app's
// own server, which gives tokens out and checks those of third parties, and the
// address server, which tells clients where to connect. Spec section 8.
//
// A Server is a queue in front of workers, first come, first served. Ask says when
// a request will be answered and whether it is served; nothing has to be told back.
// It is the same in virtual time and behind a real HTTP port. It knows no tokens
// and no addresses: what an answer says is its driver's business, but for the no to
// a third party's login that a Change tells it to give.
//
//	Ask, Check(now) -> [queue] -> worker -> answered at, ok
//	                -> queue full: now, not ok
//
// An answer is a promise. What is known to end, a Change with Until, is part of it:
// requests that wait when a brown-out ends are spread over all workers then. What
// nobody announced is not: who waits when a Change comes keeps the worker that was
// promised, and who comes later takes the first worker that is idle, even if that
// is sooner.
package backend

import (
	"errors"
	"fmt"
	"math"
	"time"

	"loginstorm/sim/chance"
)

// Time is an instant, as elapsed time since the run began.
type Time = time.Duration

// Bounds of a server and of a change. They keep what a server remembers, eight
// bytes for each worker and each request that waits, within some 130 MiB.
const (
	MaxWorkers = 100_000
	MaxQueue   = 1 << 24
	MaxFactor  = 1_000_000 // Thousandths: a thousand times.
	AllFail    = 1_000_000 // Parts in a million: every request.
)

// Config is what it costs to answer a request.
type Config struct {
	Workers     uint32      `json:"workers"` // 0 = no limit and no queue.
	Queue       uint32      `json:"queue"`   // Requests that may wait; beyond it they fail at once.
	ServiceTime chance.Dist `json:"serviceTime"`
}

// Validate returns everything that is wrong with a configuration.
func (c *Config) Validate() error {
	var faults []error
	fault := func(format string, args ...any) { faults = append(faults, fmt.Errorf("server "+format, args...)) }
	if c.Workers > MaxWorkers {
		fault("workers: at most %d, got %d", MaxWorkers, c.Workers)
	}
	if c.Queue > MaxQueue {
		fault("queue: at most %d, got %d", MaxQueue, c.Queue)
	}
	if d := c.ServiceTime; d.Shape > chance.Lognormal || d.A < 0 || d.B < 0 {
		fault("service time: no distribution of spans: %+v", d)
	}
	return errors.Join(faults...)
}

// Change is what is different for a while. Zero fields are as configured; what is
// beyond a bound counts as the bound.
type Change struct {
	Workers     uint32 // Thousandths of the configured ones, up to MaxFactor; at least one is left.
	ServiceTime uint32 // Thousandths of the configured one, up to MaxFactor.
	Fails       uint32 // Parts in a million of the requests that fail once they are served.
	Denies      uint32 // Parts in a million of the checks that do not fail: answered with Verdict.
	Verdict     uint32 // What those are told. Spec section 5: 20000 to 20099.
	Until       Time   // Back to what was configured from here on; 0 = until another Change.
}

// Server is one server. One goroutine owns it.
type Server struct {
	cfg    Config
	kind   Kind
	seed   uint64
	n      uint32 // Which draws the next request takes.
	change Change
	busy   instants // When workers are free again that have been promised to somebody.
	begins instants // When those that wait begin.
	stats  Stats
}

// Stats is what a server counts, since New.
type Stats struct {
	Asked     uint64 `json:"asked"`
	Shed      uint64 `json:"shed"`       // Failed at once, because the queue was full.
	Failed    uint64 `json:"failed"`     // Failed once they were served.
	Denied    uint64 `json:"denied"`     // Checks that were answered with a verdict of a Change.
	PeakQueue uint32 `json:"peak_queue"` // Most requests that waited at once.
}

// New returns a server that is idle.
func New(cfg Config, kind Kind, seed uint64) (*Server, error) {
	if err := cfg.Validate(); err != nil {
		return nil, fmt.Errorf("%v: %w", kind, err)
	}
	return &Server{cfg: cfg, kind: kind, seed: seed}, nil
}

// Change changes what requests cost that are asked from now on. It takes the place
// of an earlier Change, whether that was over or not.
func (s *Server) Change(c Change) { s.change = c }

// Stats returns the server's counts.
func (s *Server) Stats() Stats { return s.stats }

// Ask is a request that arrives at now, which never goes back. It is answered at
// that instant, with what was asked for or, when ok is false, with a failure. A
// requester that leaves meanwhile has cost the same.
func (s *Server) Ask(now Time) (at Time, ok bool) {
	at, ok, _ = s.promise(now, false)
	return at, ok
}

// Check is Ask about somebody's third-party login. It is allowed unless verdict,
// which is a Change's, is not 0. Spec section 8.
func (s *Server) Check(now Time) (at Time, ok bool, verdict uint32) { return s.promise(now, true) }

func (s *Server) promise(now Time, check bool) (at Time, ok bool, verdict uint32) {
	service, luck := s.draw(2*s.n), s.draw(2*s.n+1)
	s.n++
	s.stats.Asked++
	s.busy.expire(now)
	s.begins.expire(now)
	begin := s.begin(now)
	if begin > now {
		if s.begins.size() >= int(s.cfg.Queue) {
			s.stats.Shed++
			return now, false, 0
		}
		s.begins.add(begin)
		s.stats.PeakQueue = max(s.stats.PeakQueue, uint32(s.begins.size()))
	}
	c := s.inForce(begin)
	span := scale(s.cfg.ServiceTime.Sample(service), c.ServiceTime)
	at = min(begin, math.MaxInt64-span) + span
	if s.cfg.Workers > 0 {
		s.busy.removeLast(begin) // It is the one that takes the request.
		s.busy.add(at)
	}
	// One draw decides both: those that are denied lie behind those that fail.
	fails := min(c.Fails, AllFail)
	denies := uint64(AllFail-fails) * uint64(min(c.Denies, AllFail)) / AllFail
	switch {
	case chance.Hit(luck, fails):
		s.stats.Failed++
		return at, false, 0
	case check && c.Verdict != 0 && chance.Hit(luck, fails+uint32(denies)):
		s.stats.Denied++
		return at, true, c.Verdict
	}
	return at, true, 0
}

// begin is the first instant from now on at which fewer workers are busy than
// there are.
func (s *Server) begin(now Time) Time {
	if s.cfg.Workers == 0 {
		return now
	}
	at := now
	if until := s.change.Until; now < until {
		if at = s.idle(now, s.workers(now)); at < until {
			return at
		}
		// By then the change is over.
		now = until
	}
	return s.idle(now, s.workers(now))
}

// idle is the first instant from now on at which fewer than workers are busy.
func (s *Server) idle(now Time, workers int) Time {
	surplus := s.busy.size() - workers
	if surplus < 0 {
		return now
	}
	return max(now, s.busy.at(surplus))
}

// inForce is what is different at an instant.
func (s *Server) inForce(at Time) Change {
	if s.change.Until > 0 && at >= s.change.Until {
		return Change{}
	}
	return s.change
}

// workers returns how many there are at an instant.
func (s *Server) workers(at Time) int {
	n := uint64(s.cfg.Workers)
	if by := s.inForce(at).Workers; by != 0 {
		n = max(1, n*min(uint64(by), MaxFactor)/1000)
	}
	return int(min(n, MaxWorkers))
}

func (s *Server) draw(n uint32) uint64 {
	return chance.Draw(s.seed, chance.Backend, uint32(s.kind), n)
}

// scale multiplies a span by thousandths, 0 = leaves it, capped at chance.Longest.
func scale(span Time, thousandths uint32) Time {
	if thousandths == 0 {
		return span
	}
	by := Time(min(thousandths, MaxFactor))
	return min(span/1000*by+span%1000*by/1000, chance.Longest)
}
