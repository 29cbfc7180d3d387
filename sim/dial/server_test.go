package dial

import (
	"bufio"
	"context"
	"crypto/sha1"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	if os.Getenv("DIAL_TEST_ECHO") != "" {
		echo()
		return
	}
	goleak.VerifyTestMain(m)
}

// echo is the child process that the benchmarks dial: it lives until its
// standard input ends.
func echo() {
	l, err := net.Listen("tcp", "0.0.0.0:0")
	if err != nil {
		panic(err)
	}
	// Of the certificate that httptest has in every process.
	known := httptest.NewUnstartedServer(nil)
	known.StartTLS()
	secure, err := tls.Listen("tcp", "0.0.0.0:0", &tls.Config{Certificates: known.TLS.Certificates})
	if err != nil {
		panic(err)
	}
	up := websocket.Upgrader{ReadBufferSize: 512, WriteBufferSize: 512, WriteBufferPool: &sync.Pool{}}
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, err := up.Upgrade(w, r, nil)
		if err != nil {
			return
		}
		defer c.Close()
		for {
			kind, p, err := c.ReadMessage()
			if err != nil || c.WriteMessage(kind, p) != nil {
				return
			}
		}
	})
	go func() { _ = http.Serve(l, handler) }()
	go func() { _ = (&http.Server{Handler: handler, ErrorLog: quiet()}).Serve(secure) }()
	fmt.Println(l.Addr().(*net.TCPAddr).Port, secure.Addr().(*net.TCPAddr).Port)
	_, _ = bufio.NewReader(os.Stdin).ReadByte()
}

// server is a peer that behaves in one of many ways, chosen by the path.
type server struct {
	url     string
	connect func(ctx context.Context, e Endpoint) (net.Conn, error) // nil: the Dialer's own sockets.
	heard   chan string                                             // What /listen heard of the link's end.
	cue     chan struct{}                                           // Has /answered answer.
	hangUp  chan struct{}                                           // Has /answered hang up.
	silent  chan struct{}                                           // Closed at the end.
	roots   *x509.CertPool                                          // Of a server that speaks TLS; nil: it does not.
	proxy   string                                                  // On the way to it; "" = none.
}

// carriers runs a test over sockets, over streams of the system and over pipes
// in memory.
func carriers(t *testing.T, test func(t *testing.T, s *server)) {
	system := new(Dialer).connect
	for name, connect := range map[string]func(context.Context, Endpoint) (net.Conn, error){"socket": nil, "stream": system} {
		t.Run(name, func(t *testing.T) {
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			s := serve(t, l)
			s.url, s.connect = "ws://"+l.Addr().String(), connect
			test(t, s)
		})
		t.Run(name+"-tls", func(t *testing.T) { test(t, secureServer(t, connect)) })
		t.Run(name+"-tls-proxy", func(t *testing.T) {
			s := secureServer(t, connect)
			s.proxy = newProxy(t, "").url
			test(t, s)
		})
	}
	t.Run("pipe", func(t *testing.T) {
		l := &pipes{conns: make(chan net.Conn), done: make(chan struct{})}
		s := serve(t, l)
		s.url, s.connect = "ws://in.memory", l.dial
		test(t, s)
	})
}

func serve(t *testing.T, l net.Listener) *server {
	s := &server{heard: make(chan string, 16), silent: make(chan struct{}), cue: make(chan struct{}), hangUp: make(chan struct{})}
	mux := http.NewServeMux()
	var links sync.WaitGroup
	hs := &http.Server{Handler: mux, ErrorLog: quiet()}
	raw := func(path string, act func(c net.Conn, r *bufio.Reader)) {
		mux.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) {
			links.Add(1)
			defer links.Done()
			c, rw, err := w.(http.Hijacker).Hijack()
			if err != nil {
				return
			}
			defer c.Close()
			act(&headed{Conn: c, head: upgradeHead(r.Header)}, rw.Reader)
		})
	}
	s.handlers(mux, raw, &links)
	done := make(chan struct{})
	go func() { defer close(done); _ = hs.Serve(l) }()
	t.Cleanup(func() {
		close(s.silent)
		hs.Close()
		<-done
		links.Wait()
	})
	return s
}

// headed puts the answer to the upgrade before the first write, in one piece.
type headed struct {
	net.Conn
	head string
}

func (h *headed) Write(p []byte) (int, error) {
	n := len(p)
	p = append([]byte(h.head), p...)
	h.head = ""
	_, err := h.Conn.Write(p)
	return n, err
}

func (s *server) handlers(mux *http.ServeMux, raw func(string, func(net.Conn, *bufio.Reader)), links *sync.WaitGroup) {
	up := websocket.Upgrader{}
	mux.HandleFunc("/echo", func(w http.ResponseWriter, r *http.Request) {
		links.Add(1)
		defer links.Done()
		c, err := up.Upgrade(w, r, nil)
		if err != nil {
			return
		}
		defer c.Close()
		for {
			kind, p, err := c.ReadMessage()
			if err != nil {
				s.heard <- ending(err)
				return
			}
			if strings.HasPrefix(string(p), "close ") {
				_ = c.WriteMessage(websocket.CloseMessage, websocket.FormatCloseMessage(4001, "kicked"))
				continue
			}
			if err := c.WriteMessage(kind, p); err != nil {
				return
			}
		}
	})
	mux.HandleFunc("/deny", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Retry-After", "7")
		http.Error(w, "come back later", http.StatusServiceUnavailable)
	})
	mux.HandleFunc("/who", func(w http.ResponseWriter, r *http.Request) {
		s.heard <- r.UserAgent() + " " + r.Header.Get("X-Run-Id") + " " + r.Header.Get("Sec-WebSocket-Protocol")
		http.Error(w, "", http.StatusTeapot)
	})
	send := func(path, bytes string) {
		raw(path, func(c net.Conn, r *bufio.Reader) {
			_, _ = c.Write([]byte(bytes))
			_, _ = io.Copy(io.Discard, r)
		})
	}
	send("/glued", "\x81\x03one\x02\x02tw\x89\x02hi\x80\x01o\x81\x05three")
	send("/masked", "\x81\x83abcdefg")
	send("/reserved", "\xc1\x00")
	send("/oversized", "\x82\x7f\x00\x00\x00\x00\x7f\xff\xff\xff")
	send("/endless", "\x02\x7e\xff\xff"+strings.Repeat("x", 0xffff)+"\x80\x7e\xff\xff"+strings.Repeat("x", 0xffff))
	send("/badclose", "\x88\x01x")
	send("/closed", "\x88\x04\x03\xe9ok")
	raw("/truncated", func(c net.Conn, r *bufio.Reader) { _, _ = c.Write([]byte("\x81\x7e\x01")) })
	raw("/gone", func(c net.Conn, r *bufio.Reader) { _, _ = c.Write(nil) })
	raw("/answered", func(c net.Conn, r *bufio.Reader) {
		s.heard <- "asked"
		select {
		case <-s.cue:
			_, _ = c.Write([]byte("\x81\x03one"))
			s.heard <- "answered"
			_, _ = io.Copy(io.Discard, r)
			select {
			case <-s.silent:
			default:
				s.heard <- "left"
			}
		case <-s.hangUp:
		case <-s.silent:
		}
	})
	mux.HandleFunc("/garbage", func(w http.ResponseWriter, r *http.Request) {
		c, _, err := w.(http.Hijacker).Hijack()
		if err == nil {
			_, _ = c.Write([]byte("\x00\x01\x02 what?\r\n\r\n"))
			c.Close()
		}
	})
	mux.HandleFunc("/flood", func(w http.ResponseWriter, r *http.Request) {
		c, _, err := w.(http.Hijacker).Hijack()
		if err == nil {
			_, _ = io.WriteString(c, "HTTP/1.1 101 Switching Protocols\r\nX: "+strings.Repeat("y", 2*maxHeader))
			c.Close()
		}
	})
	mux.HandleFunc("/drop", func(w http.ResponseWriter, r *http.Request) { panic(http.ErrAbortHandler) })
	mux.HandleFunc("/never", func(w http.ResponseWriter, r *http.Request) {
		s.heard <- "asked"
		select {
		case <-s.silent:
		case <-r.Context().Done():
			s.heard <- "left"
		}
	})
}

// ending says how a server sees a link end.
func ending(err error) string {
	var closed *websocket.CloseError
	switch {
	case errors.As(err, &closed) && closed.Code != websocket.CloseAbnormalClosure:
		return closed.Error()
	case strings.Contains(err.Error(), "reset"):
		return "reset"
	}
	return "end"
}

type pipes struct {
	conns chan net.Conn
	done  chan struct{}
	once  sync.Once
}

func (l *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.done:
		return nil, net.ErrClosed
	}
}
func (l *pipes) Close() error   { l.once.Do(func() { close(l.done) }); return nil }
func (l *pipes) Addr() net.Addr { return &net.UnixAddr{Name: "pipe", Net: "pipe"} }

func (l *pipes) dial(ctx context.Context, _ Endpoint) (net.Conn, error) {
	near, far := net.Pipe()
	select {
	case l.conns <- far:
		return near, nil
	case <-l.done:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// ear hears what happens on a test's Conns.
type ear struct {
	up    chan *Conn
	frame chan string
	down  chan end

	lookedUp atomic.Int64 // Nanoseconds for which names were looked up.
}

type end struct {
	code  uint16
	cause error
}

func newEar() *ear {
	return &ear{up: make(chan *Conn, 64), frame: make(chan string, 64), down: make(chan end, 64)}
}

func (e *ear) Began(*Conn, Time)         {}
func (e *ear) Failed(*Conn, Time, error) {}
func (e *ear) Up(c *Conn, _ Time, took Timings) {
	e.lookedUp.Add(int64(took.Address))
	e.up <- c
}
func (e *ear) Frame(_ *Conn, _ Time, data []byte, binary bool) {
	if binary && len(data) < 100 {
		e.frame <- "b:" + string(data)
	} else {
		e.frame <- string(data)
	}
}
func (e *ear) Down(_ *Conn, _ Time, code uint16, cause error) { e.down <- end{code, cause} }

// dialer returns a Dialer for one path of s; it is shut down with the test.
func (s *server) dialer(t *testing.T, path string, change func(*Config)) (*Dialer, *ear) {
	t.Helper()
	h := newEar()
	conf := Config{Endpoints: []Endpoint{{URL: s.url + path}}, Connect: s.connect, UserAgent: "loginstorm/test", RunID: "r1", Subprotocol: "test.v1",
		Linger: 20 * time.Millisecond}
	if s.roots != nil {
		conf.TLS = &tls.Config{RootCAs: s.roots}
	}
	conf.Proxy = s.proxy
	if change != nil {
		change(&conf)
	}
	d, err := New(conf, h)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		d.Shutdown(ctx, 1001)
	})
	return d, h
}

// answerUpgrade accepts one upgrade.
func answerUpgrade(c net.Conn) {
	q, err := http.ReadRequest(bufio.NewReader(c))
	if err != nil {
		return
	}
	_, _ = io.WriteString(c, upgradeHead(q.Header))
}

// upgradeHead is the answer that accepts an upgrade.
func upgradeHead(h http.Header) string {
	sum := sha1.Sum([]byte(h.Get("Sec-WebSocket-Key") + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
	return "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " +
		base64.StdEncoding.EncodeToString(sum[:]) + "\r\n\r\n"
}
