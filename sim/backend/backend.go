// Package backend is a server beside the gateway that logins depend on: the app's
// own server, which gives tokens out and checks those of third parties, and the
// address server, which tells clients where to connect. Spec section 8.
//
// A Server is a queue in front of workers. Ask says when a request will be
// answered and whether it is served; nothing has to be told back. It is the same
// in virtual time and behind a real HTTP port. It knows no tokens and no
// addresses: what an answer says is its driver's business.
package backend

import (
	"errors"
	"fmt"
	"time"

	"loginstorm/sim/chance"
)

// Time is an instant, as elapsed time since the run began.
type Time = time.Duration

// Kind says which server it is.
type Kind uint8

const (
	App     Kind = iota // Gives tokens out, and checks those of third parties.
	Address             // Tells clients where to connect.
)

// Kinds is how many kinds there are.
const Kinds = int(Address) + 1

// String returns the server's name, as scenarios spell it.
func (k Kind) String() string {
	if k == App {
		return "app"
	}
	return "addressServer"
}

// Config is what it costs to answer a request.
type Config struct {
	Workers     uint32      `json:"workers"` // 0 = no limit and no queue.
	Queue       uint32      `json:"queue"`   // Requests that may wait; beyond it they fail at once.
	ServiceTime chance.Dist `json:"serviceTime"`
}

// MaxWorkers bounds a server.
const MaxWorkers = 100_000

// Validate returns everything that is wrong with a configuration.
func (c *Config) Validate() error {
	var faults []error
	if c.Workers > MaxWorkers {
		faults = append(faults, fmt.Errorf("server workers: at most %d, got %d", MaxWorkers, c.Workers))
	}
	if d := c.ServiceTime; d.Shape > chance.Lognormal || d.A < 0 || d.B < 0 {
		faults = append(faults, fmt.Errorf("server service time: no distribution of spans: %+v", d))
	}
	return errors.Join(faults...)
}

// Change is what is different for a while. Zero fields are as configured.
type Change struct {
	Workers     uint32 // Thousandths of the configured ones; at least one is left.
	ServiceTime uint32 // Thousandths of the configured one.
	Fails       uint32 // Parts in a million of the requests that fail once they are served.
	Until       Time   // Back to what was configured from here on; 0 = until another Change.
}

// Server is one server. One goroutine owns it.
type Server struct {
	cfg    Config
	kind   Kind
	seed   uint64
	asked  uint32
	now    Change
	free   []Time // A heap: when each busy worker is free again. No longer than Workers.
	begins []Time // When those that wait begin, ascending, from waits on.
	waits  int
}

// New returns a server that is idle.
func New(cfg Config, kind Kind, seed uint64) (*Server, error) {
	if err := cfg.Validate(); err != nil {
		return nil, fmt.Errorf("%v: %w", kind, err)
	}
	return &Server{cfg: cfg, kind: kind, seed: seed}, nil
}

// Change changes what requests cost that arrive from now on.
func (s *Server) Change(c Change) { s.now = c }

// Ask is a request that arrives at now, which never goes back. It is answered at
// that instant, with what was asked for or, when ok is false, with a failure. A
// requester that leaves meanwhile has cost the same.
func (s *Server) Ask(now Time) (at Time, ok bool) {
	if s.now.Until > 0 && now >= s.now.Until {
		s.now = Change{}
	}
	n := s.asked
	s.asked++
	span := s.cfg.ServiceTime.Sample(s.draw(2 * n))
	if f := s.now.ServiceTime; f != 0 {
		span = min(span/1000*Time(f)+span%1000*Time(f)/1000, chance.Longest)
	}
	ok = !chance.Hit(s.draw(2*n+1), s.now.Fails)
	workers := s.workers()
	if workers == 0 {
		return now + span, ok
	}
	for s.waits < len(s.begins) && s.begins[s.waits] <= now {
		s.waits++
	}
	begin := now
	for len(s.free) > 0 && (len(s.free) >= workers || s.free[0] <= now) {
		begin = max(begin, s.free[0]) // That worker takes it; surplus ones go home.
		if begin > now && s.waiting() >= int(s.cfg.Queue) {
			return now, false
		}
		s.pop()
	}
	if begin > now {
		s.wait(begin)
	}
	s.push(begin + span)
	return begin + span, ok
}

// waiting returns how many requests wait for a worker.
func (s *Server) waiting() int { return len(s.begins) - s.waits }

func (s *Server) draw(n uint32) uint64 {
	return chance.Draw(s.seed, chance.Backend, uint32(s.kind), n)
}

func (s *Server) workers() int {
	n := uint64(s.cfg.Workers)
	if f := s.now.Workers; f != 0 && n > 0 {
		n = max(1, n*uint64(f)/1000)
	}
	return int(min(n, MaxWorkers))
}

// wait notes a request that begins later. Requests begin in the order in which
// they came, so the list stays ascending.
func (s *Server) wait(begin Time) {
	if s.waits > len(s.begins)/2 {
		s.begins = s.begins[:copy(s.begins, s.begins[s.waits:])]
		s.waits = 0
	}
	s.begins = append(s.begins, begin)
}

func (s *Server) push(at Time) {
	s.free = append(s.free, at)
	for i := len(s.free) - 1; i > 0 && s.free[i] < s.free[(i-1)/2]; i = (i - 1) / 2 {
		s.free[i], s.free[(i-1)/2] = s.free[(i-1)/2], s.free[i]
	}
}

func (s *Server) pop() {
	last := len(s.free) - 1
	s.free[0] = s.free[last]
	s.free = s.free[:last]
	for i := 0; ; {
		least := i
		for c := 2*i + 1; c <= 2*i+2 && c < last; c++ {
			if s.free[c] < s.free[least] {
				least = c
			}
		}
		if least == i {
			return
		}
		s.free[i], s.free[least] = s.free[least], s.free[i]
		i = least
	}
}
