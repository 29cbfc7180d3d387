package dial

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net/netip"

	"golang.org/x/sys/unix"
)

// socket carries a Conn over a descriptor of our own. All but connect's
// arguments is guarded by the Conn's lock.
type socket struct {
	c      *Conn
	fd     int    // -1: none.
	gen    uint32 // Tells it from an earlier socket with the same number.
	ready  uint32 // Events that nobody has acted upon.
	writes bool   // The poller says when there is room.
	opener *opener
	stamp  Time   // When the latest events came.
	out    []byte // What the system did not take.
	// secure is TLS over the socket; nil: none, or not yet. What it says goes to put,
	// what it hears comes from get.
	secure *tls.Conn
}

// readable are the events after which reading makes sense.
const readable = unix.EPOLLIN | unix.EPOLLRDHUP | unix.EPOLLHUP | unix.EPOLLERR

func (s *socket) of(c *Conn) carrier {
	s.c, s.fd = c, -1
	return s
}

// connect makes the way to an endpoint: a connection, to the proxy if there is one, and
// TLS over it.
func (s *socket) connect(o *opener, e *endpoint) error {
	to := e
	if s.c.d.proxy != nil {
		to = s.c.d.proxy
	}
	if err := s.reach(o, to); err != nil {
		return err
	}
	below := &raw{read: func(p []byte) (int, error) { return s.await(o, p) },
		write: func(p []byte) (int, error) { return len(p), s.c.send(p) }}
	if s.c.d.proxy != nil {
		if err := s.c.d.tunnel(below, e); err != nil {
			return err
		}
		o.dialled = s.c.d.Now()
	}
	if e.security == nil {
		return nil
	}
	secure, err := s.c.handshake(below, e)
	if err != nil {
		return err
	}
	o.secured = s.c.d.Now()
	s.c.mu.Lock()
	defer s.c.mu.Unlock()
	below.read, below.write = s.get, s.put
	s.secure = secure
	return nil
}

// get reads what came, for TLS, with the Conn's lock held.
func (s *socket) get(p []byte) (int, error) {
	if s.fd < 0 {
		return 0, io.EOF
	}
	n, err := unix.Read(s.fd, p)
	switch {
	case err == unix.EAGAIN || err == unix.EINTR:
		return 0, errWait
	case err != nil:
		return 0, err
	case n == 0:
		return 0, io.EOF
	}
	return n, nil
}

// put sends what TLS says, with the Conn's lock held.
func (s *socket) put(p []byte) (int, error) { return len(p), s.write(p) }

// read reads as the system does: EAGAIN where nothing came, 0 at the end. more reports
// that something may be left although p was not filled.
func (s *socket) read(p []byte) (n int, more bool, err error) {
	if s.secure == nil {
		n, err = unix.Read(s.fd, p)
		return n, n == len(p), err
	}
	n, err = plain(s.secure.Read(p))
	switch err {
	case errNothing:
		err = unix.EAGAIN
	case io.EOF:
		err = nil
	}
	return n, true, err
}

// reach connects to an address.
func (s *socket) reach(o *opener, e *endpoint) error {
	first, err := s.resolve(o, e, 0)
	if err != nil {
		return err
	}
	err = s.connectTo(o, first)
	for i := uint32(1); err != nil && s.alive() && i < e.count(); i++ {
		if kind := classify(err); kind != Refused && kind != Unreachable {
			return err
		}
		next, failed := s.resolve(o, e, i)
		if failed != nil {
			return failed
		}
		err = s.connectTo(o, next)
	}
	return err
}

// resolve returns the n-th address to try. A name that has to be looked up
// takes no turn at the gate meanwhile.
func (s *socket) resolve(o *opener, e *endpoint, n uint32) (netip.AddrPort, error) {
	d := s.c.d
	if to, ok := e.known(d.Now(), s.c.Client+n); ok {
		return to, nil
	}
	begun := d.Now()
	d.gate.leave()
	to, err := e.lookUp(context.Background(), begun, s.c.Client+n)
	o.address += d.Now() - begun
	d.gate.enter(o)
	return to, err
}

func (s *socket) alive() bool {
	s.c.mu.Lock()
	defer s.c.mu.Unlock()
	return s.c.state == opening
}

func (s *socket) connectTo(o *opener, to netip.AddrPort) error {
	fd, err := s.prepare(to)
	if err != nil {
		return err
	}
	err = unix.Connect(fd, sockaddr(to))
	for err == unix.EINTR {
		err = unix.Connect(fd, sockaddr(to))
	}
	if err != nil && err != unix.EINPROGRESS && err != unix.EALREADY && err != unix.EISCONN {
		unix.Close(fd)
		return err
	}
	connected := err == nil || err == unix.EISCONN
	if !connected {
		// Over loopback the handshake is mostly over by now.
		_, err = unix.Getpeername(fd)
		connected = err == nil
	}
	if err := s.adopt(o, fd, !connected); err != nil {
		unix.Close(fd)
		return err
	}
	if connected {
		o.dialled = s.c.d.Now()
		return nil
	}
	return s.awaitConnect(o)
}

// prepare makes a socket for an address, bound to a source address if there
// are any.
func (s *socket) prepare(to netip.AddrPort) (int, error) {
	family := unix.AF_INET
	if to.Addr().Is6() {
		family = unix.AF_INET6
	}
	fd, err := unix.Socket(family, unix.SOCK_STREAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return -1, err
	}
	err = unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_NODELAY, 1)
	if sources := s.c.d.sources[to.Addr().Is4()]; err == nil && len(sources) > 0 {
		from := sources[s.c.Client%uint32(len(sources))]
		// The port is chosen when the peer is known, so that every peer has all ports.
		err = unix.SetsockoptInt(fd, unix.IPPROTO_IP, unix.IP_BIND_ADDRESS_NO_PORT, 1)
		if err == nil {
			err = unix.Bind(fd, sockaddr(netip.AddrPortFrom(from, 0)))
		}
	}
	if err != nil {
		unix.Close(fd)
		return -1, err
	}
	return fd, nil
}

func sockaddr(a netip.AddrPort) unix.Sockaddr {
	if a.Addr().Is4() {
		return &unix.SockaddrInet4{Port: int(a.Port()), Addr: a.Addr().As4()}
	}
	return &unix.SockaddrInet6{Port: int(a.Port()), Addr: a.Addr().As16()}
}

// adopt gives the descriptor to the poller.
func (s *socket) adopt(o *opener, fd int, writes bool) error {
	s.c.mu.Lock()
	defer s.c.mu.Unlock()
	if s.c.state != opening {
		return errAborted
	}
	s.fd, s.ready, s.opener, s.writes = fd, 0, o, writes
	if err := s.c.d.poller.add(s); err != nil {
		s.fd = -1
		return err
	}
	return nil
}

// awaitConnect waits for the end of a handshake.
func (s *socket) awaitConnect(o *opener) error {
	for {
		s.c.mu.Lock()
		if s.c.state != opening {
			s.c.mu.Unlock()
			return errAborted
		}
		if s.ready&(unix.EPOLLOUT|unix.EPOLLERR|unix.EPOLLHUP) == 0 {
			s.c.mu.Unlock()
			s.c.d.gate.park(o)
			continue
		}
		code, err := unix.GetsockoptInt(s.fd, unix.SOL_SOCKET, unix.SO_ERROR)
		if err == nil && code != 0 {
			err = unix.Errno(code)
		}
		s.ready &^= unix.EPOLLOUT
		o.dialled = s.stamp
		if err != nil {
			s.close()
		}
		s.c.mu.Unlock()
		return err
	}
}

func (s *socket) await(o *opener, p []byte) (int, error) {
	for {
		s.c.mu.Lock()
		if s.c.state != opening {
			s.c.mu.Unlock()
			return 0, errAborted
		}
		if s.c.muted {
			s.vanish(p)
		}
		if s.c.muted || s.ready&readable == 0 && !s.c.gone {
			s.c.mu.Unlock()
			s.c.d.gate.park(o)
			continue
		}
		if s.c.gone {
			s.c.mu.Unlock()
			return 0, io.EOF
		}
		o.arrived = s.stamp
		n, more, err := s.read(p)
		if err == unix.EAGAIN || err == nil && !more && s.ready&^(unix.EPOLLIN|unix.EPOLLOUT) == 0 {
			s.ready &^= unix.EPOLLIN
		}
		s.c.mu.Unlock()
		switch {
		case err == unix.EAGAIN || err == unix.EINTR:
			continue
		case err != nil:
			return 0, err
		case n == 0:
			return 0, io.EOF
		}
		return n, nil
	}
}

// vanish drops the answer to an attempt over a link that carries nothing.
func (s *socket) vanish(buf []byte) {
	for s.fd >= 0 && s.ready&readable != 0 {
		switch n, _, err := s.read(buf); {
		case err == unix.EINTR:
		case err == unix.EAGAIN:
			s.ready &^= readable
		case err != nil || n == 0:
			s.c.gone = true
			s.close()
		}
	}
}

// settle delivers what came meanwhile; from then on the poller reads.
func (s *socket) settle(o *opener) {
	for {
		s.c.mu.Lock()
		s.opener = nil
		if s.c.state != settling {
			s.c.mu.Unlock()
			s.drain(readable, o.in) // Nobody else reads what was left to this goroutine.
			return
		}
		ready := s.ready & readable
		if ready == 0 || s.c.frozen {
			s.c.state = open
			s.c.mu.Unlock()
			return
		}
		s.ready &^= readable
		s.c.mu.Unlock()
		s.drain(ready, o.in)
	}
}

// drain reads until nothing is left and passes it on.
func (s *socket) drain(events uint32, buf []byte) {
	c := s.c
	for {
		c.mu.Lock()
		if s.fd < 0 {
			c.mu.Unlock()
			return
		}
		if c.frozen {
			s.ready |= events
			c.mu.Unlock()
			return
		}
		n, more, err := s.read(buf)
		c.mu.Unlock()
		switch {
		case err == unix.EINTR:
			continue
		case err == unix.EAGAIN:
			return
		case err != nil:
			c.lost(c.d.Now(), err)
			return
		case n == 0:
			c.lost(c.d.Now(), io.EOF)
			return
		}
		c.take(c.d.Now(), buf[:n])
		if !more && events&^(unix.EPOLLIN|unix.EPOLLOUT) == 0 {
			return
		}
	}
}

// polled is what the poller calls with the events of s.
func (s *socket) polled(at Time, gen, events uint32, buf []byte) {
	c := s.c
	c.mu.Lock()
	if s.fd < 0 || s.gen != gen {
		c.mu.Unlock()
		return
	}
	if events&unix.EPOLLOUT != 0 && len(s.out) > 0 && !c.muted {
		s.flush()
	}
	if c.state == opening || c.state == settling {
		s.ready |= events
		s.stamp = at
		if s.opener != nil {
			s.c.d.gate.wake(s.opener)
		}
		c.mu.Unlock()
		return
	}
	c.mu.Unlock()
	if events&readable != 0 {
		s.drain(events, buf)
	}
}

func (s *socket) send(p []byte) error {
	if s.secure != nil {
		_, err := s.secure.Write(p)
		return err
	}
	return s.write(p)
}

// write hands bytes to the system, and keeps what it does not take.
func (s *socket) write(p []byte) error {
	if s.fd < 0 {
		return errAborted
	}
	if len(s.out) == 0 {
		n, err := unix.Write(s.fd, p)
		for err == unix.EINTR {
			n, err = unix.Write(s.fd, p)
		}
		switch {
		case err == unix.EAGAIN:
		case err != nil:
			return err // The reader finds out why.
		default:
			p = p[n:]
		}
		if len(p) == 0 {
			return nil
		}
	}
	if len(s.out)+len(p) > maxQueue {
		return errOverflow
	}
	s.out = append(s.out, p...)
	if !s.writes {
		s.writes = true
		return s.c.d.poller.watchWrites(s)
	}
	return nil
}

// flush writes what is queued.
func (s *socket) flush() {
	for len(s.out) > 0 {
		n, err := unix.Write(s.fd, s.out)
		switch {
		case err == unix.EINTR:
			continue
		case errors.Is(err, unix.EAGAIN):
			return
		case err != nil:
			s.out = nil
			return
		}
		s.out = s.out[n:]
	}
	s.out = nil
}

func (s *socket) thaw() {
	if s.fd >= 0 && len(s.out) > 0 && !s.c.muted {
		s.flush() // That there is room was told while nothing could be sent.
	}
	// While Open still reads, it finds what is ready by itself.
	if s.c.state != settling && s.fd >= 0 && s.ready&readable != 0 {
		s.ready = 0
		s.c.d.poller.again(s)
	}
}

func (s *socket) wake() {
	if s.opener != nil {
		s.c.d.gate.wake(s.opener)
	}
}

func (s *socket) shut(reset bool) {
	if s.secure != nil && s.fd >= 0 && !reset && !s.c.muted {
		_ = s.secure.CloseWrite() // The peer is told that nothing follows.
	}
	if reset && s.fd >= 0 {
		_ = unix.SetsockoptLinger(s.fd, unix.SOL_SOCKET, unix.SO_LINGER, &unix.Linger{Onoff: 1})
	}
	s.close()
}

func (s *socket) close() {
	if s.fd < 0 {
		return
	}
	s.c.d.poller.remove(s)
	unix.Close(s.fd)
	s.fd, s.out = -1, nil
}
