package dial

import (
	"sync"
	"time"
)

// sweeper ends Conns a fixed span after they were given to it, unless they have
// ended by themselves.
type sweeper struct {
	d    *Dialer
	span time.Duration
	end  func(c *Conn, now Time)

	mu    sync.Mutex
	list  []swept // In the order of their ends.
	timer *time.Timer
	over  bool
}

type swept struct {
	c     *Conn
	until Time
}

func (s *sweeper) add(c *Conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.over {
		return
	}
	s.list = append(s.list, swept{c, s.d.Now() + s.span})
	if s.timer == nil {
		s.timer = time.AfterFunc(s.span, s.sweep)
	} else if len(s.list) == 1 {
		s.timer.Reset(s.span)
	}
}

// sweep ends the Conns whose time is over.
func (s *sweeper) sweep() {
	now := s.d.Now()
	s.mu.Lock()
	n := 0
	for n < len(s.list) && s.list[n].until <= now {
		n++
	}
	due := append([]swept(nil), s.list[:n]...)
	rest := copy(s.list, s.list[n:])
	clear(s.list[rest:]) // Conns that ended must not be kept.
	s.list = s.list[:rest]
	if rest > 0 {
		s.timer.Reset(max(time.Millisecond, s.list[0].until-now))
	}
	s.mu.Unlock()
	for _, e := range due {
		s.end(e.c, now)
	}
}

// stop forgets everything and takes nothing more.
func (s *sweeper) stop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.over, s.list = true, nil
	if s.timer != nil {
		s.timer.Stop()
	}
}
