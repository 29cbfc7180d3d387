package dial

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"sync"
	"time"
)

// security is how links to an endpoint are secured.
type security struct {
	first *tls.Config // Of a client's first link.
	again *tls.Config // Of its later ones, which may resume a session.
}

// secured returns how links to a host are secured.
func (d *Dialer) secured(host string) *security {
	base := d.conf.TLS
	if base == nil {
		base = &tls.Config{}
	}
	base = base.Clone()
	if base.ServerName == "" {
		base.ServerName = host
	}
	base.NextProtos = []string{"http/1.1"}
	base.SessionTicketsDisabled = !d.conf.Resume
	s := &security{first: base, again: base}
	if d.conf.Resume {
		s.first, s.again = base.Clone(), base.Clone()
		sessions := &sessions{}
		s.first.ClientSessionCache, s.again.ClientSessionCache = fresher{sessions}, sessions
	}
	return s
}

// of returns the configuration of a client's link.
func (s *security) of(c *Conn) *tls.Config {
	if c.Gen > 1 {
		return s.again
	}
	return s.first
}

// mostSessions bounds the sessions that are kept for a host. Each client of a real
// fleet has one of its own; here they take turns with those of everybody, because a
// session holds the server's certificates and takes some kilobytes.
const mostSessions = 256

// sessions are what links can resume.
type sessions struct {
	mu   sync.Mutex
	all  []*tls.ClientSessionState
	next int
}

// Get returns a session of the host.
func (s *sessions) Get(string) (*tls.ClientSessionState, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.all) == 0 {
		return nil, false
	}
	s.next = (s.next + 1) % len(s.all)
	return s.all[s.next], true
}

// Put keeps a session, in place of an old one when there are many. nil forgets
// what was there, because the server did not take it.
func (s *sessions) Put(_ string, session *tls.ClientSessionState) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case session == nil:
		s.all = s.all[:0]
	case len(s.all) < mostSessions:
		s.all = append(s.all, session)
	default:
		s.next = (s.next + 1) % len(s.all)
		s.all[s.next] = session
	}
}

// fresher keeps sessions and resumes none: the links of clients that were never there.
type fresher struct{ *sessions }

// Get returns nothing.
func (fresher) Get(string) (*tls.ClientSessionState, bool) { return nil, false }

// errWait tells crypto/tls that nothing came yet: its state stays as it is, and it may
// be asked again.
var errWait = waiting{}

type waiting struct{}

func (waiting) Error() string   { return "nothing came yet" }
func (waiting) Timeout() bool   { return true }
func (waiting) Temporary() bool { return true }

// raw is what lies below TLS: bytes as they go over the connection.
type raw struct {
	read  func([]byte) (int, error)
	write func([]byte) (int, error)
}

func (r *raw) Read(p []byte) (int, error)  { return r.read(p) }
func (r *raw) Write(p []byte) (int, error) { return r.write(p) }

// Close does nothing: the Conn decides when it ends.
func (r *raw) Close() error                     { return nil }
func (r *raw) LocalAddr() net.Addr              { return nil }
func (r *raw) RemoteAddr() net.Addr             { return nil }
func (r *raw) SetDeadline(time.Time) error      { return nil }
func (r *raw) SetReadDeadline(time.Time) error  { return nil }
func (r *raw) SetWriteDeadline(time.Time) error { return nil }

// handshake secures what below carries, waiting. What went wrong is
// told as it is when it is the network's doing, and as an *Error otherwise.
func (c *Conn) handshake(below net.Conn, e *endpoint) (*tls.Conn, error) {
	secure := tls.Client(below, e.security.of(c))
	err := secure.Handshake()
	if err == nil {
		return secure, nil
	}
	switch kind := classify(err); kind {
	case OtherError:
		return nil, &Error{Kind: Insecure, Address: e.URL, Err: err}
	default:
		return nil, err
	}
}

// plain makes of what crypto/tls returned what a socket would have: errNothing where
// nothing came yet, io.EOF where the peer said that nothing follows.
func plain(n int, err error) (int, error) {
	if n > 0 {
		return n, nil
	}
	var wait waiting
	if errors.As(err, &wait) {
		return 0, errNothing
	}
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return 0, io.EOF
	}
	return 0, err
}

// errNothing: nothing came yet.
var errNothing = errors.New("nothing came yet")
