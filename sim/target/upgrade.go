package target

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"syscall"
	"time"

	"github.com/gorilla/websocket"

	"loginstorm/sim/gateway"
	"loginstorm/sim/wire"
)

// Bounds of an upgrade request and sizes of what reads and answers it.
const (
	maxRequest    = 16 << 10 // Bytes of request line and headers.
	requestBuffer = 2 << 10  // A handshake's; most requests fit.
	answerBuffer  = 512
	readBuffer    = 320 // A link's: a login, in one read. Gorilla takes over no reader of less than 257.
)

// handshake is what it takes to upgrade one connection.
type handshake struct {
	limit io.LimitedReader
	br    *bufio.Reader
	bw    *bufio.Writer
	t     touched
}

// handshakes is a pool of handshakes.
type handshakes struct{ pool pool[handshake] }

func (p *handshakes) get(conn net.Conn) *handshake {
	h := p.pool.get()
	if h.br == nil {
		h.br = bufio.NewReaderSize(nil, requestBuffer)
		h.bw = bufio.NewWriterSize(nil, answerBuffer)
	}
	h.limit = io.LimitedReader{R: conn, N: maxRequest}
	h.br.Reset(&h.limit)
	h.bw.Reset(conn)
	return h
}

func (p *handshakes) put(h *handshake) {
	h.limit.R = nil
	h.bw.Reset(nil)
	p.pool.put(h)
}

// welcome upgrades one connection and starts its reader, or ends it.
func (s *Server) welcome(a arrival) {
	if s.cfg.TLS != nil {
		a.conn = tls.Server(a.conn, s.cfg.TLS) // The handshake comes with the request.
	}
	l := &link{conn: a.conn, node: a.door.node}
	if !s.roster.add(l) {
		l.cut()
		return
	}
	h := s.handshakes.get(a.conn)
	defer s.handshakes.put(h)
	if s.upgrade(h, a, l) {
		s.await(l)
		return
	}
	s.end(l, &h.t)
}

// upgrade reads the request, asks the gateway, and answers.
func (s *Server) upgrade(h *handshake, a arrival, l *link) bool {
	_ = a.conn.SetReadDeadline(time.Now().Add(s.cfg.HandshakeTimeout)) // Fails with the read.
	r, err := http.ReadRequest(h.br)
	switch {
	case h.limit.N <= 0:
		s.deny(a.conn, http.StatusRequestHeaderFieldsTooLarge, "")
		return false
	case err != nil:
		if !broken(err) {
			s.deny(a.conn, http.StatusBadRequest, "")
		}
		return false
	case r.URL.Path != Path:
		s.deny(a.conn, http.StatusNotFound, "")
		return false
	case !websocket.IsWebSocketUpgrade(r):
		s.deny(a.conn, http.StatusUpgradeRequired, "Upgrade: websocket\r\n")
		return false
	case !a.door.isOpen():
		l.cut() // It slipped in while the node went down.
		return false
	}
	if !s.admit(h, l) {
		s.deny(a.conn, http.StatusServiceUnavailable, retryAfter(l.after))
		return false
	}
	if h.br.Buffered() > 0 {
		return false // RFC 6455, 4.1: nothing may be sent before the answer.
	}
	l.br = bufio.NewReaderSize(a.conn, readBuffer)
	l.ws, err = s.upgrader.Upgrade(&response{h: h, l: l}, r, nil)
	if err != nil {
		return false
	}
	l.ws.SetReadLimit(wire.MaxFrame)
	l.ws.SetPingHandler(func(data string) error {
		l.push(&s.buffers, opPong, []byte(data), s.cfg.MaxQueue)
		s.flush(l)
		return nil
	})
	l.ws.SetCloseHandler(func(code int, _ string) error {
		if code == websocket.CloseNoStatusReceived {
			code = websocket.CloseNormalClosure
		}
		l.pushClose(&s.buffers, uint16(code))
		s.flush(l)
		return nil
	})
	if sc, ok := a.conn.(syscall.Conn); ok {
		l.raw, _ = sc.SyscallConn() // Without it, writes wait in a goroutine.
	}
	l.mu.Lock()
	l.ready = true
	l.mu.Unlock()
	s.flush(l)
	return true
}

// broken reports whether err is of the connection rather than of the request.
func broken(err error) bool {
	var network net.Error
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.As(err, &network)
}

// admit tells the gateway of a link, and reports whether it may open. Spec 6.1.
func (s *Server) admit(h *handshake, l *link) bool {
	ip := addressHash(l.conn.RemoteAddr())
	c := &s.core
	c.mu.Lock()
	if c.stopped {
		c.mu.Unlock()
		return false
	}
	c.admit(l)
	s.stepLocked(&gateway.Input{Kind: gateway.Opened, Node: l.node, Link: l.id, IP: ip}, &h.t)
	refused := l.refused
	if refused {
		c.refusals++
	}
	c.mu.Unlock()
	s.flushAll(&h.t)
	return !refused
}

// retryAfter is the hint of a refusal as a header, in whole seconds, rounded up.
func retryAfter(after time.Duration) string {
	if after <= 0 {
		return ""
	}
	seconds := int64((after + time.Second - 1) / time.Second)
	return "Retry-After: " + strconv.FormatInt(seconds, 10) + "\r\n"
}

// deny answers a request that becomes no link.
func (s *Server) deny(conn net.Conn, status int, header string) {
	_ = conn.SetWriteDeadline(time.Now().Add(s.cfg.CloseTimeout)) // Fails with the write.
	text := http.StatusText(status)
	_, _ = fmt.Fprintf(conn, "HTTP/1.1 %d %s\r\n%sConnection: close\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n%s\n",
		status, text, header, len(text)+1, text) // The connection ends, whether or not the peer heard why.
}

// response is as much of an HTTP server's response as an upgrade needs.
type response struct {
	h      *handshake
	l      *link
	header http.Header
	status int
}

// Header returns the headers of a denial.
func (r *response) Header() http.Header {
	if r.header == nil {
		r.header = make(http.Header)
	}
	return r.header
}

// WriteHeader notes the status of a denial.
func (r *response) WriteHeader(status int) { r.status = status }

// Write answers with a denial; the connection ends behind it.
func (r *response) Write(body []byte) (int, error) {
	var b bytes.Buffer
	fmt.Fprintf(&b, "HTTP/1.1 %d %s\r\n", r.status, http.StatusText(r.status))
	r.Header().Set("Connection", "close")
	r.header.Set("Content-Length", strconv.Itoa(len(body)))
	_ = r.header.Write(&b) // A buffer takes everything.
	b.WriteString("\r\n")
	b.Write(body)
	if _, err := r.l.conn.Write(b.Bytes()); err != nil {
		return 0, err
	}
	return len(body), nil
}

// Hijack hands the connection over with the reader that the link keeps; the
// handshake's writer serves for the answer.
func (r *response) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	return r.l.conn, bufio.NewReadWriter(r.l.br, r.h.bw), nil
}

// addressHash maps the host of an address to the number by which the gateway
// tells hosts apart.
func addressHash(a net.Addr) uint64 {
	const offset, prime = 0xcbf29ce484222325, 0x100000001b3 // FNV-1a, 64 bits.
	h := uint64(offset)
	if tcp, ok := a.(*net.TCPAddr); ok {
		for _, b := range tcp.IP.To16() {
			h = (h ^ uint64(b)) * prime
		}
		return h
	}
	for _, b := range []byte(a.String()) {
		h = (h ^ uint64(b)) * prime
	}
	return h
}
