package target

import (
	"runtime"
	"slices"
	"sync"
	"time"

	"loginstorm/sim/gateway"
	"loginstorm/sim/wire"
)

// core is the gateway with everything that its lock guards.
type core struct {
	mu      sync.Mutex
	gw      *gateway.Gateway
	start   time.Time
	stopped bool // Nothing reaches the gateway any more.

	links []*link        // By number; nil = free.
	free  []gateway.Link // Numbers to use again.
	tasks agenda[task]

	out     []gateway.Output
	clients []wire.OnlineClient
	frame   []byte // One message on its way into a queue.

	timer *time.Timer
	armed gateway.Time // When the timer fires; forever = it does not.

	cuts     uint64 // Links reset because the gateway said so.
	refusals uint64 // Upgrades answered with 503.
	garbage  uint64 // Frames that were no message.
	given    func(gateway.Time, *gateway.Input)
	observed func(gateway.Time, *gateway.Output)
}

// task is a login that the gateway waits for: with a worker, or with the app
// server.
type task struct {
	job  uint32
	code wire.Code // What the app server will say; 0 = a worker has it.
}

// grain is the least time between two ticks of the clock: under load, work that
// falls due is handed in a few pieces at a time rather than with a wake-up each.
const grain = 200 * time.Microsecond

// keptOutputs bounds the buffer that is kept between steps: a login has a few
// outputs, a restart several for each session.
const keptOutputs = 1 << 10

// touched is the links whose queues a step changed.
type touched struct{ links []*link }

func (t *touched) add(l *link) { t.links = append(t.links, l) }

// stepLocked hands one input to the gateway and carries out what it says. The
// caller holds the lock; t collects the links to flush once it is released.
func (s *Server) stepLocked(in *gateway.Input, t *touched) {
	c := &s.core
	if c.stopped {
		return
	}
	now := time.Since(c.start)
	s.due(now, t)
	// What was due may have ended the link whose end is told here: a kick, say.
	if in.Kind != gateway.Closed || c.link(in.Link) != nil {
		s.one(now, in, t)
	}
	s.due(now, t)
	c.arm(now)
}

// due delivers the work that is over and the app server's answers.
func (s *Server) due(now gateway.Time, t *touched) {
	for {
		due, ok := s.core.tasks.pop(now)
		if !ok {
			return
		}
		in := gateway.Input{Kind: gateway.Worked, Job: due.job}
		if due.code != 0 {
			in.Kind, in.Code = gateway.AppAnswered, due.code
			s.app.answered()
		}
		s.one(now, &in, t)
	}
}

// one is a single step of the gateway with all its outputs.
func (s *Server) one(now gateway.Time, in *gateway.Input, t *touched) {
	c := &s.core
	if c.given != nil {
		c.given(now, in)
	}
	c.out = c.gw.Step(now, *in, c.out[:0])
	for i := range c.out {
		o := &c.out[i]
		s.carry(now, o, t)
		if c.observed != nil {
			c.observed(now, o)
		}
	}
	clear(c.out) // Messages refer to the gateway's lists.
	if cap(c.out) > keptOutputs {
		c.out = nil
	}
}

// carry does what one output says.
func (s *Server) carry(now gateway.Time, o *gateway.Output, t *touched) {
	c := &s.core
	switch o.Kind {
	case gateway.Refuse:
		if l := c.release(o.Link); l != nil {
			l.refused, l.after = true, o.After
		}
	case gateway.Send:
		if l := c.link(o.Link); l != nil {
			if !l.push(&s.buffers, opText, c.encode(&o.Message), s.cfg.MaxQueue) {
				s.drop(l)
			}
			t.add(l)
		}
	case gateway.Close:
		if l := c.release(o.Link); l != nil {
			l.pushClose(&s.buffers, o.CloseCode)
			t.add(l)
		}
	case gateway.Cut:
		if l := c.release(o.Link); l != nil {
			c.cuts++
			l.doom()
			t.add(l)
		}
	case gateway.Work:
		c.tasks.push(now+o.After, task{job: o.Job})
	case gateway.AskApp:
		// Spec 8: the storm is passed on one to one.
		at, ok, verdict := s.app.check(now)
		code := s.cfg.AppSays
		switch {
		case !ok:
			code = wire.Unavailable
		case verdict != 0:
			code = verdict
		}
		c.tasks.push(at, task{o.Job, code})
	case gateway.Down, gateway.Up:
		s.turn(o.Node, o.Kind == gateway.Up)
	case gateway.Stalled, gateway.Unstalled:
		s.stall(o.Node, o.Kind == gateway.Stalled)
	}
}

// encode appends a message to the scratch frame, with the operating systems of
// an online list filled in.
func (c *core) encode(m *wire.Message) []byte {
	if m.Kind == wire.Online {
		c.clients = append(c.clients[:0], m.Clients...)
		for i := range c.clients {
			if c.clients[i].OS == "" {
				c.clients[i].OS = c.clients[i].ClientType.OS()
			}
		}
		m.Clients = c.clients
	}
	c.frame = wire.Append(c.frame[:0], m)
	return c.frame
}

// link returns the link with that number, nil when there is none.
func (c *core) link(id gateway.Link) *link {
	if int(id) >= len(c.links) {
		return nil
	}
	return c.links[id]
}

// admit gives a link a number.
func (c *core) admit(l *link) {
	if n := len(c.free); n > 0 {
		l.id, c.free = c.free[n-1], c.free[:n-1]
		c.links[l.id] = l
	} else {
		l.id = gateway.Link(len(c.links))
		c.links = append(c.links, l)
	}
	l.known = true
}

// release frees a number and returns the link that had it.
func (c *core) release(id gateway.Link) *link {
	l := c.link(id)
	if l != nil {
		c.links[id] = nil
		c.free = append(c.free, id)
		l.known = false
	}
	return l
}

// arm sets the timer to the next deadline, unless it fires before that anyway.
func (c *core) arm(now gateway.Time) {
	next := c.tasks.next()
	if at, ok := c.gw.Deadline(); ok {
		next = min(next, at)
	}
	if next >= c.armed {
		return
	}
	next = max(next, now+grain)
	if next < c.armed {
		c.armed = next
		c.timer.Reset(next - now)
	}
}

// tick carries out what fell due.
func (s *Server) tick() {
	var t touched
	s.core.mu.Lock()
	s.core.armed = forever
	s.stepLocked(&gateway.Input{Kind: gateway.Tick}, &t)
	s.core.mu.Unlock()
	s.flushAll(&t)
}

// flushAll flushes each link once, many of them side by side: a node's links
// are to be lost at once.
func (s *Server) flushAll(t *touched) {
	if len(t.links) > 1 {
		t.links = slices.Compact(t.links) // One link's frames lie together as a rule.
	}
	if len(t.links) <= flushedAlone {
		for _, l := range t.links {
			s.flush(l)
		}
	} else {
		var wg sync.WaitGroup
		for part := range slices.Chunk(t.links, len(t.links)/runtime.GOMAXPROCS(0)+1) {
			wg.Go(func() {
				for _, l := range part {
					s.flush(l)
				}
			})
		}
		wg.Wait()
	}
	clear(t.links)
	t.links = t.links[:0]
}

// flushedAlone is how many links are flushed without further goroutines: their
// system calls take about a millisecond.
const flushedAlone = 128

// now is the gateway's time.
func (s *Server) now() gateway.Time { return time.Since(s.core.start) }
