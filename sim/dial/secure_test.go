package dial

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/gorilla/websocket"
)

// authority returns a certificate for 127.0.0.1 and example.com, and who trusts it.
func authority(t testing.TB) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	s := httptest.NewUnstartedServer(nil)
	s.StartTLS()
	s.Close()
	roots := x509.NewCertPool()
	roots.AddCert(s.Certificate())
	return s.TLS.Certificates[0], roots
}

// secureServer is a server that speaks TLS.
func secureServer(t *testing.T, connect func(context.Context, Endpoint) (net.Conn, error)) *server {
	t.Helper()
	certificate, roots := authority(t)
	l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{certificate}})
	if err != nil {
		t.Fatal(err)
	}
	s := serve(t, l)
	s.url, s.connect, s.roots = "wss://"+l.Addr().String(), connect, roots
	return s
}

// proxy is an HTTP proxy that knows CONNECT alone.
type proxy struct {
	url   string
	auth  string // What it asks for; "" = nothing.
	asked atomic.Int64
}

func newProxy(t *testing.T, auth string) *proxy {
	t.Helper()
	p := &proxy{auth: auth}
	var links sync.WaitGroup
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p.url = "http://" + l.Addr().String()
	var mu sync.Mutex
	conns := map[net.Conn]bool{}
	over := false
	hold := func(c net.Conn) {
		mu.Lock()
		defer mu.Unlock()
		conns[c] = true
		if over {
			c.Close()
		}
	}
	links.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			hold(c)
			links.Go(func() { p.serve(c, hold) })
		}
	})
	t.Cleanup(func() {
		l.Close()
		mu.Lock()
		over = true
		for c := range conns {
			c.Close()
		}
		mu.Unlock()
		links.Wait()
	})
	return p
}

// serve joins two connections, ends included.
func (p *proxy) serve(near net.Conn, hold func(net.Conn)) {
	defer near.Close()
	in := bufio.NewReader(near)
	r, err := http.ReadRequest(in)
	if err != nil {
		return
	}
	p.asked.Add(1)
	switch {
	case r.Method != http.MethodConnect:
		_, _ = io.WriteString(near, "HTTP/1.1 405 No\r\n\r\n")
		return
	case p.auth != "" && r.Header.Get("Proxy-Authorization") != p.auth:
		_, _ = io.WriteString(near, "HTTP/1.1 407 Who are you\r\n\r\n")
		return
	}
	far, err := net.Dial("tcp", r.Host)
	if err != nil {
		_, _ = io.WriteString(near, "HTTP/1.1 502 Nobody there\r\n\r\n")
		return
	}
	hold(far)
	defer far.Close()
	_, _ = io.WriteString(near, "HTTP/1.1 200 Go on\r\nX-Way: made\r\n\r\n")
	var both sync.WaitGroup
	both.Go(func() { _, err := io.Copy(far, in); passOn(far, err) })
	both.Go(func() { _, err := io.Copy(near, far); passOn(near, err) })
	both.Wait()
}

// passOn ends a connection as its other side ended: in order, or by a reset.
func passOn(c net.Conn, err error) {
	tcp := c.(*net.TCPConn)
	if errors.Is(err, syscall.ECONNRESET) {
		_ = tcp.SetLinger(0)
		tcp.Close()
		return
	}
	_ = tcp.CloseWrite()
}

// echoes opens a link and hears what it says.
func echoes(t *testing.T, d *Dialer, h *ear, client, gen uint32) error {
	t.Helper()
	c := d.NewConn(client, gen)
	if err := c.Open(0); err != nil {
		return err
	}
	<-h.up
	if err := c.Say([]byte("hello"), false); err != nil {
		t.Fatal(err)
	}
	if got := <-h.frame; got != "hello" {
		t.Fatalf("heard %q", got)
	}
	c.Close(1000)
	<-h.down
	return nil
}

// Who is not trusted, is somebody else or does not speak TLS is told apart from a network
// that fails.
func TestWhoIsNotTrusted(t *testing.T) {
	carriers(t, func(t *testing.T, s *server) {
		if s.roots == nil {
			d, _ := s.dialer(t, "/echo", func(c *Config) { c.Endpoints[0].URL = strings.Replace(c.Endpoints[0].URL, "ws:", "wss:", 1) })
			if e := failure(t, d); e.Kind != Insecure {
				t.Errorf("a server without TLS: %v", e)
			}
			return
		}
		d, _ := s.dialer(t, "/echo", func(c *Config) { c.TLS = nil })
		if e := failure(t, d); e.Kind != Insecure || !strings.Contains(e.Error(), "authority") {
			t.Errorf("an unknown authority: %v", e)
		}
		d, _ = s.dialer(t, "/echo", func(c *Config) { c.TLS.ServerName = "elsewhere.example" })
		if e := failure(t, d); e.Kind != Insecure || !strings.Contains(e.Error(), "elsewhere.example") {
			t.Errorf("another name: %v", e)
		}
		d, h := s.dialer(t, "/echo", func(c *Config) { c.TLS.ServerName = "example.com" })
		if err := echoes(t, d, h, 1, 1); err != nil {
			t.Errorf("a name that it has: %v", err)
		}
	})
}

// failure opens a link that must not open.
func failure(t *testing.T, d *Dialer) *Error {
	t.Helper()
	var e *Error
	if err := d.NewConn(1, 1).Open(0); !errors.As(err, &e) {
		t.Fatalf("the link opened, or failed with %v", err)
	}
	return e
}

// A client's first link begins a session, and later ones resume it, when they may.
func TestSessionsAreResumed(t *testing.T) {
	certificate, roots := authority(t)
	for _, resume := range []bool{true, false} {
		var resumed, whole atomic.Int64
		mux := http.NewServeMux()
		mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
			if r.TLS.DidResume {
				resumed.Add(1)
			} else {
				whole.Add(1)
			}
			c, err := (&websocket.Upgrader{}).Upgrade(w, r, nil)
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
		web := httptest.NewUnstartedServer(mux)
		web.TLS = &tls.Config{Certificates: []tls.Certificate{certificate}}
		web.StartTLS()
		s := &server{url: "wss" + strings.TrimPrefix(web.URL, "https"), roots: roots}
		d, h := s.dialer(t, "/", func(c *Config) { c.Resume = resume })
		for client := range uint32(3) {
			for gen := uint32(1); gen <= 3; gen++ {
				if err := echoes(t, d, h, client, gen); err != nil {
					t.Fatal(err)
				}
			}
		}
		want := int64(0)
		if resume {
			want = 6
		}
		if resumed.Load() != want || whole.Load() != 9-want {
			t.Errorf("resume %v: %d links resumed a session, %d began one", resume, resumed.Load(), whole.Load())
		}
		d.Shutdown(t.Context(), 1000)
		web.Close()
	}
}

// A client certificate is shown to a server that asks for it.
func TestClientCertificates(t *testing.T) {
	certificate, roots := authority(t)
	web := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, err := (&websocket.Upgrader{}).Upgrade(w, r, nil)
		if err != nil {
			return
		}
		defer c.Close()
		kind, p, err := c.ReadMessage()
		if err == nil {
			_ = c.WriteMessage(kind, p)
			_, _, _ = c.ReadMessage()
		}
	}))
	web.TLS = &tls.Config{Certificates: []tls.Certificate{certificate}, ClientAuth: tls.RequireAnyClientCert}
	web.Config.ErrorLog = quiet()
	web.StartTLS()
	defer web.Close()
	s := &server{url: "wss" + strings.TrimPrefix(web.URL, "https"), roots: roots}
	d, h := s.dialer(t, "/", func(c *Config) { c.TLS.Certificates = []tls.Certificate{certificate} })
	if err := echoes(t, d, h, 1, 1); err != nil {
		t.Error(err)
	}
	d, _ = s.dialer(t, "/", nil)
	if e := failure(t, d); e.Kind != Insecure {
		t.Errorf("without one: %v", e)
	}
}

// The proxy is told who asks, and what it says is told apart from what the server says.
func TestProxies(t *testing.T) {
	carriers(t, func(t *testing.T, s *server) {
		if s.proxy == "" {
			return
		}
		const hidden = "c2VjcmV0"
		p := newProxy(t, "Basic "+hidden)
		d, h := s.dialer(t, "/echo", func(c *Config) { c.Proxy, c.ProxyAuthorization = p.url, p.auth })
		if err := echoes(t, d, h, 1, 1); err != nil || p.asked.Load() != 1 {
			t.Errorf("error %v, asked %d times", err, p.asked.Load())
		}
		d, _ = s.dialer(t, "/echo", func(c *Config) { c.Proxy, c.ProxyAuthorization = p.url, "Basic bad"+hidden })
		if e := failure(t, d); e.Kind != BadProxy || e.HTTPStatus != 407 || strings.Contains(e.Error(), hidden) {
			t.Errorf("denied: %v", e)
		}
		d, _ = s.dialer(t, "/echo", func(c *Config) { c.Endpoints[0].URL = "wss://127.0.0.1:1/"; c.Proxy = s.proxy })
		if e := failure(t, d); e.Kind != BadProxy || e.HTTPStatus != 502 {
			t.Errorf("nobody there: %v", e)
		}
		d, _ = s.dialer(t, "/echo", func(c *Config) { c.Proxy = "http://127.0.0.1:1" })
		if e := failure(t, d); e.Kind != Refused {
			t.Errorf("no proxy: %v", e)
		}
	})
	for _, bad := range []string{"socks5://x:1", "http://", "http://user:" + base64.StdEncoding.EncodeToString([]byte("s3cr3t")) + "@x:1"} {
		_, err := New(Config{Endpoints: []Endpoint{{URL: "ws://127.0.0.1:1/"}}, Proxy: bad}, newEar())
		if u, _ := url.Parse(bad); err == nil || u != nil && u.User != nil && strings.Contains(err.Error(), u.User.String()) {
			t.Errorf("%s: %v", bad, err)
		}
	}
}

// quiet is where servers complain about clients that are bad on purpose.
func quiet() *log.Logger { return log.New(io.Discard, "", 0) }
