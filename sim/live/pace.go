package live

import (
	"sync"
	"time"

	"loginstorm/sim/dial"
	"loginstorm/sim/record"
)

// pace is the cap on links begun a second that somebody put on a run, whatever its
// scenario asks. It hands out instants a fixed gap apart. What it holds back counts
// as late, as everything does that the generator could not begin in time.
type pace struct {
	gap Time // 0: there is no cap.

	mu   sync.Mutex // Shared by the shards, and taken only where there is a cap.
	next Time
}

func newPace(rate float64) pace {
	if rate <= 0 {
		return pace{}
	}
	return pace{gap: max(1, Time(float64(time.Second)/rate))}
}

// slot returns when the next attempt may begin.
func (p *pace) slot(now Time) Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	at := max(now, p.next)
	p.next = at + p.gap
	return at
}

// start is an attempt that is held back.
type start struct {
	at       Time
	conn     *dial.Conn
	endpoint int
}

// open begins an attempt, or holds it back until the cap lets it.
func (s *shard) open(c *dial.Conn, endpoint int) {
	if s.f.pace.gap == 0 {
		c.Start(endpoint)
		return
	}
	s.held = append(s.held, start{s.f.pace.slot(s.now()), c, endpoint})
}

// begins lets the first of those who are held back go.
func (s *shard) begins() {
	h := s.held[0]
	s.held[0] = start{}
	if s.held = s.held[1:]; len(s.held) == 0 {
		s.held = nil
	}
	h.conn.Start(h.endpoint)
}

// dropHeld counts those whose turn never came.
func (s *shard) dropHeld() {
	s.dropped += uint64(len(s.held))
	s.rec.Add(record.StartsDropped, uint64(len(s.held)))
	s.held = nil
}
