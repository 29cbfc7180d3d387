package target

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"loginstorm/sim/gateway"
	"loginstorm/sim/wire"
)

func TestGarbage(t *testing.T) {
	s := serve(t, config())
	for name, write := range map[string]func(*peer) error{
		"text":   func(p *peer) error { return p.ws.WriteMessage(websocket.TextMessage, []byte("{")) },
		"empty":  func(p *peer) error { return p.ws.WriteMessage(websocket.TextMessage, nil) },
		"binary": func(p *peer) error { return p.ws.WriteMessage(websocket.BinaryMessage, []byte(`{"kind":"logout"}`)) },
		"wrong way": func(p *peer) error {
			return p.ws.WriteMessage(websocket.TextMessage, wire.Append(nil, &wire.Message{Kind: wire.Pong, Serial: 1}))
		},
		"after a login": func(p *peer) error {
			p.login(credentials(1, 1))
			return p.ws.WriteMessage(websocket.TextMessage, []byte("no"))
		},
	} {
		t.Run(name, func(t *testing.T) {
			p := connect(t, s.URLs()[0])
			if err := write(p); err != nil {
				t.Fatal(err)
			}
			p.wantClose(int(wire.CloseProtocol))
		})
	}
	if got := s.Stats().GarbageTotal; got != 5 {
		t.Errorf("%d garbage", got)
	}
}

func TestOversizedFrame(t *testing.T) {
	s := serve(t, config())
	p := connect(t, s.URLs()[0])
	_ = p.ws.WriteMessage(websocket.TextMessage, make([]byte, wire.MaxFrame+1)) // May fail: the server need not read it.
	p.wantClose(websocket.CloseMessageTooBig)
	p = connect(t, s.URLs()[0])
	largest := append([]byte(`{"kind":"logout"}`), strings.Repeat(" ", wire.MaxFrame-17)...)
	if err := p.ws.WriteMessage(websocket.TextMessage, largest); err != nil {
		t.Fatal(err)
	}
	if code := p.login(credentials(1, 1)); code != wire.Success {
		t.Errorf("code %d after the largest frame", code)
	}
}

func TestTruncatedFrame(t *testing.T) {
	s := serve(t, config())
	p := connect(t, s.URLs()[0])
	p.login(credentials(1, 1))
	raw := p.ws.NetConn().(*net.TCPConn)
	if _, err := raw.Write([]byte{final | opText, 0x80 | 100, 1, 2, 3, 4, 'x'}); err != nil {
		t.Fatal(err)
	}
	if err := raw.CloseWrite(); err != nil {
		t.Fatal(err)
	}
	if err := p.closed(); err == nil {
		t.Error("the link stayed")
	}
	settled(t, s, func(st Stats) bool { return st.Gateway.Sessions == 0 && st.Connections == 0 })
}

func TestUnmaskedFrame(t *testing.T) {
	s := serve(t, config())
	p := connect(t, s.URLs()[0])
	if _, err := p.ws.NetConn().Write(appendFrame(nil, opText, []byte(`{"kind":"logout"}`))); err != nil {
		t.Fatal(err)
	}
	p.wantClose(websocket.CloseProtocolError)
}

func TestControlFrames(t *testing.T) {
	s := serve(t, config())
	p := connect(t, s.URLs()[0])
	got := make(chan string, 1)
	p.ws.SetPongHandler(func(data string) error { got <- data; return nil })
	deadline := time.Now().Add(patience)
	if err := p.ws.WriteControl(websocket.PingMessage, []byte("are you there"), deadline); err != nil {
		t.Fatal(err)
	}
	if code := p.login(credentials(1, 1)); code != wire.Success {
		t.Errorf("code %d", code)
	}
	if data := <-got; data != "are you there" {
		t.Errorf("pong %q", data)
	}
	if err := p.ws.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(websocket.CloseNormalClosure, ""), deadline); err != nil {
		t.Fatal(err)
	}
	p.wantClose(websocket.CloseNormalClosure)
	settled(t, s, func(st Stats) bool { return st.Gateway.Sessions == 0 && st.Connections == 0 })
}

// settled waits until the server's counts are as they must become.
func settled(t *testing.T, s *Server, done func(Stats) bool) {
	t.Helper()
	late := time.NewTimer(patience)
	defer late.Stop()
	again := time.NewTicker(time.Millisecond)
	defer again.Stop()
	for {
		st := s.Stats()
		if done(st) {
			return
		}
		select {
		case <-late.C:
			t.Fatalf("counts stay at %+v", st)
		case <-again.C:
		}
	}
}

// narrow is a listener whose connections buffer little, so that a peer that
// reads nothing is noticed soon.
type narrow struct{ net.Listener }

func (n narrow) Accept() (net.Conn, error) {
	conn, err := n.Listener.Accept()
	if err == nil {
		err = conn.(*net.TCPConn).SetWriteBuffer(4 << 10)
	}
	return conn, err
}

func TestSlowReaderIsCut(t *testing.T) {
	cfg := config()
	cfg.Addrs, cfg.MaxQueue = nil, 1<<10
	s, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	ln, err := listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.Attach(0, narrow{ln})
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(t.Context()) }()
	p := connect(t, s.URLs()[0])
	p.login(credentials(1, 1))
	notice := gateway.Command{Kind: gateway.Drain, Downtime: time.Hour} // Each one is told to all links.
	for s.Stats().SlowTotal == 0 {
		for range 100 {
			if err := s.Do(t.Context(), notice); err != nil {
				t.Fatal(err)
			}
		}
	}
	settled(t, s, func(st Stats) bool { return st.Connections == 0 && st.Gateway.Sessions == 0 && st.SlowTotal == 1 })
	if err := p.closed(); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("link ended with %v, want a reset", err)
	}
	s.Stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestDeniedRequests(t *testing.T) {
	s := serve(t, config())
	const upgrade = "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
	for name, test := range map[string]struct {
		request string
		status  int
	}{
		"path":    {"GET /else HTTP/1.1\r\nHost: h\r\n" + upgrade + "\r\n", http.StatusNotFound},
		"plain":   {"GET /im HTTP/1.1\r\nHost: h\r\n\r\n", http.StatusUpgradeRequired},
		"method":  {"POST /im HTTP/1.1\r\nHost: h\r\n" + upgrade + "\r\n", http.StatusMethodNotAllowed},
		"version": {"GET /im HTTP/1.1\r\nHost: h\r\n" + strings.Replace(upgrade, "13", "12", 1) + "\r\n", http.StatusBadRequest},
		"origin":  {"GET /im HTTP/1.1\r\nHost: h\r\nOrigin: http://evil\r\n" + upgrade + "\r\n", http.StatusForbidden},
		"no HTTP": {"hello\r\n\r\n", http.StatusBadRequest},
		"long":    {"GET /im HTTP/1.1\r\nHost: h\r\nX: " + strings.Repeat("x", maxRequest), http.StatusRequestHeaderFieldsTooLarge},
	} {
		t.Run(name, func(t *testing.T) {
			conn, err := net.Dial("tcp", s.Addrs()[0].String())
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = conn.Close() }()
			go func() { _, _ = io.WriteString(conn, test.request) }()
			w, err := http.ReadResponse(bufio.NewReader(conn), nil)
			if err != nil {
				t.Fatal(err)
			}
			_, _ = io.Copy(io.Discard, w.Body)
			if w.StatusCode != test.status {
				t.Errorf("status %d, want %d", w.StatusCode, test.status)
			}
		})
	}
	settled(t, s, func(st Stats) bool { return st.Connections == 0 && st.Gateway.Links == 0 })
}
