package target

import (
	"net"
	"net/http"
	"strconv"
	"strings"
	"syscall"
	"time"

	"loginstorm/sim/wire"
)

// Paths of the web port; the first two are asked with GET.
const (
	// TokenPath?account=NAME&authType=default|dynamic gives an account's token out:
	// 200 {"token":"..."}, or 503. authType may be left out.
	TokenPath = "/app/token"
	// AddressPath tells where to connect: 200 {"addresses":[{"url":"ws://...","node":0}]},
	// or 503. Nodes that drain are not named; nodes that are down are.
	AddressPath = "/address"
	// CallbackPath judges a third-party login: POST {"eventType": 36, ...}, answered with
	// 200 {"errCode": 0}, {"errCode": 1, "responseCode": 20001}, or 503. Spec section 8.
	CallbackPath = "/app/callback"
)

// errand is a request on its way.
type errand struct {
	v    *visitor
	from *service // Who answers; nil also where that costs nothing.
	last bool     // The connection ends with the answer.
	want want
	ok   bool // It is answered with what was asked for.

	account uint32
	name    string // The account's, for dynamic tokens.
	verdict wire.Code
}

// want is what a request asks for.
type want uint8

const (
	wantAddress want = iota
	wantStatic
	wantDynamic
	wantVerdict
)

// visit takes a connection in and reads its first request.
func (s *Server) visit(conn net.Conn) {
	v := &visitor{conn: conn}
	if sc, ok := conn.(syscall.Conn); ok {
		v.raw, _ = sc.SyscallConn() // Without it, writes wait in a goroutine.
	}
	if !s.web.add(v) {
		reset(conn)
		return
	}
	_ = conn.SetReadDeadline(time.Now().Add(s.cfg.HandshakeTimeout)) // Fails with the read.
	s.request(v)
}

// expect starts a reader for a visitor's next request, or its end. While an
// answer is waited for, it tells when the visitor leaves.
func (s *Server) expect(v *visitor) {
	s.wg.Add(1)
	go s.listenTo(v)
}

// listenTo waits for a visitor to say something. Its stack is what a waiting
// request costs.
func (s *Server) listenTo(v *visitor) {
	defer s.wg.Done()
	_ = readable(v.raw) // The read that follows finds the same error.
	s.hand(arrival{visitor: v})
}

// request reads one request and has it answered, at once or later.
func (s *Server) request(v *visitor) {
	h := s.handshakes.get(v.conn)
	defer s.handshakes.put(h)
	if _, err := h.br.Peek(1); err != nil {
		s.web.leave(v)
		return
	}
	_ = v.conn.SetReadDeadline(time.Now().Add(s.cfg.HandshakeTimeout)) // Fails with the read.
	r, err := http.ReadRequest(h.br)
	var body []byte
	if err == nil {
		body, err = callback(r)
	}
	if err != nil || h.br.Buffered() > 0 || !s.web.begin(v) {
		switch {
		case h.limit.N <= 0:
			s.deny(v.conn, http.StatusRequestHeaderFieldsTooLarge, "")
		case err != nil && !broken(err):
			s.deny(v.conn, http.StatusBadRequest, "")
		}
		s.web.leave(v)
		return
	}
	_ = v.conn.SetReadDeadline(time.Time{}) // Fails with the next read.
	e := errand{v: v, last: r.Close}
	if status := s.understand(r, body, &e); status != 0 {
		s.say(&e, status, nil)
	} else {
		s.ask(&e)
	}
	s.expect(v)
}

// understand reads a request into an errand; a status other than 0 refuses it.
func (s *Server) understand(r *http.Request, body []byte, e *errand) (status int) {
	switch {
	case r.URL.Path == CallbackPath:
		e.from, e.want = s.app, wantVerdict
		status = judged(body)
		e.last = status != 0 // What else was sent was not read.
		return status
	case r.URL.Path != TokenPath && r.URL.Path != AddressPath:
		return http.StatusNotFound
	case r.Method != http.MethodGet:
		e.last = true // What else is sent is not read.
		return http.StatusMethodNotAllowed
	case r.ContentLength != 0:
		e.last = true
		return http.StatusBadRequest
	case r.URL.Path == AddressPath:
		e.from, e.want = s.address, wantAddress
		return 0
	}
	query := r.URL.Query()
	e.name = strings.Clone(query.Get("account")) // Not all of the request is to wait with it.
	e.from, e.want = s.app, wantStatic
	if as := query.Get("authType"); as != "" {
		auth, ok := wire.ParseAuthType(as)
		if !ok {
			return http.StatusBadRequest
		}
		if auth == wire.AuthDynamic {
			e.want = wantDynamic
		}
	}
	if e.name == "" {
		return http.StatusBadRequest
	}
	account, ok := s.cfg.Directory(e.name)
	if !ok {
		return http.StatusNotFound
	}
	e.account = account
	return 0
}

// ask asks the server that a request is for, and answers when that does.
func (s *Server) ask(e *errand) {
	now := s.now()
	at := now
	if e.want == wantVerdict {
		at, e.ok, e.verdict = e.from.check(now)
	} else {
		at, e.ok = e.from.ask(now)
	}
	if at > now {
		if s.web.wait(now, at, *e) {
			return
		}
		e.ok = false
	}
	s.answer(e)
}

// answer answers a request whose time has come.
func (s *Server) answer(e *errand) {
	e.from.answered()
	if !e.ok {
		s.say(e, http.StatusServiceUnavailable, nil)
		return
	}
	switch e.want {
	case wantAddress:
		s.say(e, http.StatusOK, *s.addresses.Load())
		return
	case wantVerdict:
		s.say(e, http.StatusOK, appendVerdict(nil, e.verdict, s.cfg.AppSays))
		return
	}
	body := s.buffers.get()
	body.b = append(body.b, `{"token":"`...)
	body.b = s.appendToken(body.b, e)
	body.b = append(body.b, `"}`...)
	s.say(e, http.StatusOK, body.b)
	s.buffers.put(body)
}

// say writes an answer, at once where the kernel takes it, and otherwise in a
// goroutine that may wait. A nil body says the status in words.
func (s *Server) say(e *errand, status int, body []byte) {
	v := e.v
	if !s.web.end(v) {
		return // It left meanwhile.
	}
	out := s.buffers.get()
	out.b = appendAnswer(out.b, status, e.last, body)
	_ = v.conn.SetReadDeadline(time.Now().Add(webIdle)) // Before it can ask again; fails with the read.
	n := 0
	if v.raw != nil {
		d := s.directs.get()
		var err error
		n, err = d.tryWrite(v.raw, out.b)
		s.directs.put(d)
		if err != nil {
			s.web.leave(v)
			s.buffers.put(out)
			return
		}
	}
	if n < len(out.b) {
		last := e.last
		s.wg.Go(func() { s.sayRest(v, out, n, last) })
		return
	}
	s.buffers.put(out)
	if e.last {
		s.web.leave(v)
	}
}

// sayRest writes out from byte n on, waiting as long as WriteTimeout.
func (s *Server) sayRest(v *visitor, out *buffer, n int, last bool) {
	_ = v.conn.SetWriteDeadline(time.Now().Add(s.cfg.WriteTimeout)) // Fails with the write.
	_, err := v.conn.Write(out.b[n:])
	s.buffers.put(out)
	if err != nil || last {
		s.web.leave(v)
	}
}

// appendAnswer appends one whole HTTP answer.
func appendAnswer(dst []byte, status int, last bool, body []byte) []byte {
	dst = append(dst, "HTTP/1.1 "...)
	dst = strconv.AppendInt(dst, int64(status), 10)
	dst = append(dst, ' ')
	dst = append(dst, http.StatusText(status)...)
	dst = append(dst, "\r\nCache-Control: no-store\r\n"...)
	if status == http.StatusMethodNotAllowed {
		dst = append(dst, "Allow: GET\r\n"...)
	}
	if last {
		dst = append(dst, "Connection: close\r\n"...)
	}
	kind := jsonType
	if body == nil {
		kind, body = "text/plain", []byte(http.StatusText(status)+"\n")
	}
	dst = append(dst, "Content-Type: "...)
	dst = append(dst, kind...)
	dst = append(dst, "\r\nContent-Length: "...)
	dst = strconv.AppendInt(dst, int64(len(body)), 10)
	dst = append(dst, "\r\n\r\n"...)
	return append(dst, body...)
}
