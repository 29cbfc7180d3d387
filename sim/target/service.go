package target

import (
	"sync"

	"loginstorm/sim/backend"
	"loginstorm/sim/gateway"
	"loginstorm/sim/wire"
)

// service is a server beside the gateway, and what is counted of it. A nil
// service answers at once, and always with what was asked for.
//
// Its lock is taken under the gateway's, and nothing is waited for under it.
type service struct {
	mu      sync.Mutex
	server  *backend.Server
	last    gateway.Time
	waiting int
}

// BackendStats is what is counted of a server beside the gateway. Requests are for
// tokens and addresses, and about third-party logins.
type BackendStats struct {
	backend.Stats
	Waiting int `json:"waiting"` // Requests without an answer yet, also when nobody waits for it any more.
}

// newService returns nil when there is no such server.
func newService(cfg *backend.Config, kind backend.Kind, seed uint64) (*service, error) {
	if cfg == nil {
		return nil, nil
	}
	server, err := backend.New(*cfg, kind, seed)
	if err != nil {
		return nil, err
	}
	return &service{server: server}, nil
}

// ask is a request at now: when it is answered, and whether with what was asked
// for. Requests come from several goroutines, each with a now of its own; the
// server is asked in the order in which they get here.
func (s *service) ask(now gateway.Time) (at gateway.Time, ok bool) {
	if s == nil {
		return now, true
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.begin(now)
	return s.server.Ask(s.last)
}

// check is ask about a third-party login. verdict is the no that it is answered
// with, 0 = none.
func (s *service) check(now gateway.Time) (at gateway.Time, ok bool, verdict wire.Code) {
	if s == nil {
		return now, true, 0
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.begin(now)
	at, ok, no := s.server.Check(s.last)
	return at, ok, wire.Code(no)
}

func (s *service) begin(now gateway.Time) {
	s.last = max(s.last, now)
	s.waiting++
}

// answered says that the answer to one request is out.
func (s *service) answered() {
	if s == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.waiting--
}

// change changes the server for requests from now on.
func (s *service) change(now gateway.Time, c *gateway.Command) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.last = max(s.last, now)
	s.server.Change(c.Change(s.last))
}

// counts returns the counts of the moment; nil when there is no such server.
func (s *service) counts() *BackendStats {
	if s == nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return &BackendStats{s.server.Stats(), s.waiting}
}
