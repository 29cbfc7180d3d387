package dial

import (
	"bufio"
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"
)

// site is a server that a Web asks.
type site struct {
	base           string // As it was given, for errors.
	prefix, suffix string // Of every request; a method stands before them, the path between them.
	secure         bool
	timeout        time.Duration
	connect        func(ctx context.Context, address string) (net.Conn, error)
	to             endpoint

	kept kept
}

// visit is a connection to a site.
type visit struct {
	conn  net.Conn
	in    *bufio.Reader
	limit *limited
	since time.Time // When it was kept.
}

// limited reads no more than left bytes.
type limited struct {
	r    io.Reader
	left int
	read bool // Something came since the request.
}

func (l *limited) Read(p []byte) (int, error) {
	if l.left <= 0 {
		return 0, errAnswer
	}
	n, err := l.r.Read(p[:min(len(p), l.left)])
	l.left -= n
	l.read = l.read || n > 0
	return n, err
}

var (
	errAnswer      = fmt.Errorf("the answer is longer than its header's %d bytes and its body's bound", maxWebHead)
	errDenied      = errors.New("it was not answered with 200")
	errNoHTTP      = errors.New("the answer is not HTTP")
	errNoToken     = errors.New("the answer holds no token")
	errNoAddresses = errors.New("the answer holds no addresses")
)

// webBuffer is the size of a connection's buffer: a small answer and its header.
const webBuffer = 1 << 10

// mostStale is how many connections that were kept a question tries before it opens one
// of its own: a server that was restarted has ended all of them.
const mostStale = 3

// get asks and returns the body of an answer with status 200, of at most so many
// bytes. A connection that was kept and brings nothing had ended meanwhile: the
// next one is tried.
func (a *Ask) get(most int) ([]byte, error) {
	until := time.Now().Add(a.site.timeout)
	for stale := 0; ; stale++ {
		var v visit
		var used bool
		if stale < mostStale {
			v, used = a.site.kept.take()
		}
		if !used {
			var err error
			if v, err = a.connect(until); err != nil {
				return nil, err
			}
		}
		if !a.hold(v.conn) {
			return nil, errAborted
		}
		v.limit.left, v.limit.read = maxWebHead+most, false
		body, whole, err := a.exchange(v, until, most)
		if wanted := a.release(); whole && wanted {
			a.site.kept.keep(v)
		} else {
			_ = v.conn.Close() // It is of no further use.
			if !wanted {
				return nil, errAborted
			}
		}
		var said *Error
		if err == nil || errors.As(err, &said) || !used || v.limit.read || !time.Now().Before(until) {
			return body, err
		}
	}
}

// hold lets Cancel reach a connection; false = nobody wants it any more.
func (a *Ask) hold(c net.Conn) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.over {
		_ = c.Close() // Nothing was said over it.
		return false
	}
	a.conn = c
	return true
}

func (a *Ask) release() (wanted bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.conn = nil
	return !a.over
}

// connect opens a connection.
func (a *Ask) connect(until time.Time) (visit, error) {
	ctx, cancel := context.WithDeadline(context.Background(), until)
	defer cancel()
	a.mu.Lock()
	if a.over {
		a.mu.Unlock()
		return visit{}, errAborted
	}
	a.cancel = cancel
	a.mu.Unlock()
	conn, err := a.site.open(ctx, a)
	a.mu.Lock()
	a.cancel = nil
	a.mu.Unlock()
	if err != nil {
		return visit{}, err
	}
	l := &limited{r: conn}
	return visit{conn: conn, limit: l, in: bufio.NewReaderSize(l, webBuffer)}, nil
}

func (s *site) open(ctx context.Context, a *Ask) (net.Conn, error) {
	if s.connect != nil {
		return s.connect(ctx, net.JoinHostPort(s.to.host, s.to.port))
	}
	now := a.w.now()
	to, ok := s.to.known(now, a.Client)
	if !ok {
		var err error
		if to, err = s.to.lookUp(ctx, now, a.Client); err != nil {
			return nil, err
		}
	}
	system := net.Dialer{KeepAlive: -1}
	conn, err := system.DialContext(ctx, "tcp", to.String())
	if err != nil || !s.secure {
		return conn, err
	}
	return tls.Client(conn, &tls.Config{ServerName: s.to.host}), nil
}

// exchange asks over one connection. whole: the answer was read to its end and the
// connection can be used again.
func (a *Ask) exchange(v visit, until time.Time, most int) (body []byte, whole bool, err error) {
	_ = v.conn.SetDeadline(until) // Fails with what follows.
	if a.cancelled() {
		return nil, false, errAborted // Its deadline may have been set before ours.
	}
	request := make([]byte, 0, 512)
	request = append(request, cmp.Or(a.verb, http.MethodGet)...)
	request = append(request, ' ')
	request = append(request, a.site.prefix...)
	request = append(request, a.path...)
	request = append(request, cmp.Or(a.rest, a.site.suffix)...)
	if _, err := v.conn.Write(request); err != nil {
		return nil, false, err
	}
	answer, err := http.ReadResponse(v.in, nil)
	for i := 0; err == nil && answer.StatusCode < http.StatusOK && i < 5; i++ {
		answer, err = http.ReadResponse(v.in, nil) // RFC 9110, 15.2: news before the answer.
	}
	if err != nil {
		return nil, false, unquoted(err)
	}
	body, err = io.ReadAll(io.LimitReader(answer.Body, int64(most)+1))
	switch {
	case err != nil:
		return nil, false, unquoted(err)
	case len(body) > most:
		return nil, false, errAnswer
	}
	whole = !answer.Close && v.in.Buffered() == 0
	if answer.StatusCode != http.StatusOK {
		return nil, whole, &Error{Kind: Denied, HTTPStatus: uint16(answer.StatusCode), Err: errDenied,
			RetryAfter: retryAfter(answer.Header.Get("Retry-After"))}
	}
	return body, whole, nil
}

// unquoted replaces an error that quotes what was answered, which may hold a token.
func unquoted(err error) error {
	if errors.Is(err, errAnswer) || classify(err) != OtherError {
		return err
	}
	return errNoHTTP
}

func (a *Ask) cancelled() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.over
}
