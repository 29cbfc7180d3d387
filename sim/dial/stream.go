package dial

import (
	"context"
	"net"
	"strings"
	"sync"
	"time"
)

// stream carries a Conn over a net.Conn: a goroutine reads, and another writes
// while something is queued. It serves platforms without epoll and connections
// in memory.
type stream struct {
	c       *Conn
	gate    sync.Cond // On the Conn's lock: a freeze or the link ended.
	nc      net.Conn
	below   net.Conn // What carries TLS; nil: none.
	cancel  context.CancelFunc
	out     []byte
	writing bool
}

func newStream(c *Conn) *stream { return &stream{c: c, gate: sync.Cond{L: &c.mu}} }

func (s *stream) connect(o *opener, e *endpoint) error {
	ctx, cancel := context.WithCancel(context.Background())
	s.c.mu.Lock()
	s.cancel = cancel
	aborted := s.c.state != opening || !s.c.d.enrol(s.c)
	s.c.mu.Unlock()
	if aborted {
		cancel()
		return errAborted
	}
	connect := s.c.d.conf.Connect
	if connect == nil {
		connect = s.c.d.connect
	}
	to := e
	if s.c.d.proxy != nil {
		to = s.c.d.proxy
	}
	s.c.d.gate.leave()
	nc, err := connect(ctx, to.Endpoint)
	o.dialled = s.c.d.Now()
	if err == nil {
		nc, err = s.secure(ctx, o, nc, e)
	}
	s.c.d.gate.enter(o)
	if err != nil {
		return err
	}
	s.c.mu.Lock()
	defer s.c.mu.Unlock()
	if s.c.state != opening {
		nc.Close()
		return errAborted
	}
	s.nc = nc
	return nil
}

// secure goes through the proxy and secures a connection, as far as that is wanted. It
// closes it when that fails, and when ctx is done meanwhile.
func (s *stream) secure(ctx context.Context, o *opener, nc net.Conn, e *endpoint) (net.Conn, error) {
	stop := context.AfterFunc(ctx, func() { nc.Close() })
	defer stop()
	fail := func(err error) (net.Conn, error) {
		nc.Close()
		if ctx.Err() != nil {
			err = errAborted
		}
		return nil, err
	}
	if s.c.d.proxy != nil {
		if err := s.c.d.tunnel(nc, e); err != nil {
			return fail(err)
		}
		o.dialled = s.c.d.Now()
	}
	if e.security == nil {
		return nc, nil
	}
	s.below = nc
	secure, err := s.c.handshake(nc, e)
	if err != nil {
		return fail(err)
	}
	o.secured = s.c.d.Now()
	return secure, nil
}

// connect is what streams use when Config.Connect is not set.
func (d *Dialer) connect(ctx context.Context, e Endpoint) (net.Conn, error) {
	parsed, err := address(e)
	if err != nil {
		return nil, err
	}
	system := net.Dialer{KeepAlive: -1}
	return system.DialContext(ctx, "tcp", net.JoinHostPort(parsed.host, parsed.port))
}

// address reads where an endpoint, or the proxy, is.
func address(e Endpoint) (*endpoint, error) {
	if strings.HasPrefix(e.URL, "http:") {
		return parseProxy(e.URL)
	}
	return parseEndpoint(e)
}

// enrol puts c on the list that Shutdown goes through.
func (d *Dialer) enrol(c *Conn) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.closed {
		d.streams[c] = struct{}{}
	}
	return !d.closed
}

func (s *stream) await(o *opener, p []byte) (int, error) {
	s.c.d.gate.leave()
	defer s.c.d.gate.enter(o)
	for {
		n, err := s.nc.Read(p)
		o.arrived = s.c.d.Now()
		s.c.mu.Lock()
		for err != nil && s.c.muted && s.c.state == opening {
			s.gate.Wait() // Nobody hears of it until the link carries again.
		}
		vanished := err == nil && s.c.muted
		if s.c.state == dead || err != nil && s.c.state != opening {
			n, err = 0, errAborted
		}
		s.c.mu.Unlock()
		if !vanished {
			return n, err
		}
	}
}

func (s *stream) settle(*opener) {
	s.c.mu.Lock()
	defer s.c.mu.Unlock()
	if s.nc == nil || s.c.state == dead {
		return
	}
	if s.c.state == settling {
		s.c.state = open
	}
	_ = s.nc.SetReadDeadline(time.Time{})
	s.c.d.work.Add(1)
	go s.read()
}

func (s *stream) read() {
	c := s.c
	defer c.d.work.Done()
	buf := make([]byte, bufferSize)
	for {
		n, err := s.nc.Read(buf)
		at := c.d.Now()
		c.mu.Lock()
		for c.frozen && c.state == open {
			s.gate.Wait()
			at = c.d.Now()
		}
		c.mu.Unlock()
		if n > 0 {
			c.take(at, buf[:n])
		}
		if err != nil {
			c.lost(at, err)
			return
		}
	}
}

func (s *stream) send(p []byte) error {
	if s.nc == nil {
		return errAborted
	}
	if len(s.out)+len(p) > maxQueue {
		return errOverflow
	}
	s.out = append(s.out, p...)
	if !s.writing {
		s.writing = true
		s.c.d.work.Add(1)
		go s.write()
	}
	return nil
}

// write empties the queue and ends.
func (s *stream) write() {
	defer s.c.d.work.Done()
	for {
		s.c.mu.Lock()
		out := s.out
		s.out = nil
		s.writing = len(out) > 0
		s.c.mu.Unlock()
		if len(out) == 0 {
			return
		}
		if _, err := s.nc.Write(out); err != nil {
			return // The reader finds out why; writing stays set, so that none follows.
		}
	}
}

func (s *stream) thaw() { s.gate.Broadcast() }

func (s *stream) wake() {
	if s.nc != nil && s.c.state == abandoned && s.c.ws == nil {
		_ = s.nc.SetReadDeadline(time.Unix(1, 0))
	}
	s.gate.Broadcast()
}

func (s *stream) shut(reset bool) {
	s.c.d.mu.Lock()
	delete(s.c.d.streams, s.c)
	s.c.d.mu.Unlock()
	if s.cancel != nil {
		s.cancel()
	}
	if s.nc != nil {
		below := s.nc
		if s.below != nil {
			below = s.below
		}
		if tcp, ok := below.(*net.TCPConn); ok && reset {
			_ = tcp.SetLinger(0)
		}
		if reset || s.c.muted {
			below.Close() // TLS says nothing.
			return
		}
		s.nc.Close()
	}
}
