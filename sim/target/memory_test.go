package target

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/websocket"

	"loginstorm/sim/chance"
	"loginstorm/sim/gateway"
	"loginstorm/sim/wire"
)

// pipes is a listener in memory: links without kernel, buffers or direct writes.
type pipes struct {
	ends   chan net.Conn
	closed chan struct{}
}

func newPipes() *pipes { return &pipes{ends: make(chan net.Conn), closed: make(chan struct{})} }

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.ends:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error   { close(p.closed); return nil }
func (p *pipes) Addr() net.Addr { return pipeAddr{} }

func (p *pipes) dial(context.Context, string, string) (net.Conn, error) {
	client, server := net.Pipe()
	select {
	case p.ends <- server:
		return client, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

type pipeAddr struct{}

func (pipeAddr) Network() string { return "pipe" }
func (pipeAddr) String() string  { return "pipe" }

// inMemory runs a story in a bubble of virtual time.
func inMemory(t *testing.T, cfg Config, story func(t *testing.T, s *Server, connect func() *peer)) {
	synctest.Test(t, func(t *testing.T) {
		cfg.Addrs = nil
		s, err := New(cfg)
		if err != nil {
			t.Fatal(err)
		}
		listener := newPipes()
		s.Attach(0, listener)
		s.AttachWeb(newPipes())
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- s.Serve(ctx) }()
		dialer := &websocket.Dialer{NetDialContext: listener.dial, Subprotocols: []string{wire.Subprotocol}}
		story(t, s, func() *peer {
			ws, _, err := dialer.Dial("ws://pipe"+Path, nil)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = ws.Close() })
			return &peer{t: t, ws: ws}
		})
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

func TestServiceTimeIsExact(t *testing.T) {
	cfg := config()
	cfg.Gateway.Auth = gateway.Auth{Workers: 1, Queue: 10, ServiceTime: chance.Dist{A: 8 * time.Millisecond}}
	cfg.Gateway.Sync = chance.Dist{A: 30 * time.Millisecond}
	inMemory(t, cfg, func(t *testing.T, _ *Server, connect func() *peer) {
		first, second := connect(), connect()
		begin := time.Now()
		first.send(&wire.Message{Kind: wire.Login, Serial: 1, Login: credentials(1, 1)})
		synctest.Wait() // Its login is the first in the queue.
		second.send(&wire.Message{Kind: wire.Login, Serial: 1, Login: credentials(2, 2)})
		for _, step := range []struct {
			p    *peer
			kind wire.Kind
			at   time.Duration
		}{
			{first, wire.LoginReply, 8 * time.Millisecond},
			{second, wire.LoginReply, 16 * time.Millisecond},
			{first, wire.SyncFinish, 38 * time.Millisecond},
			{second, wire.SyncFinish, 46 * time.Millisecond},
		} {
			step.p.until(step.kind)
			if at := time.Since(begin); at != step.at {
				t.Errorf("%v after %v, want %v", step.kind, at, step.at)
			}
		}
	})
}

func TestSessionTimeout(t *testing.T) {
	inMemory(t, config(), func(t *testing.T, s *Server, connect func() *peer) {
		p := connect()
		begin := time.Now()
		p.login(credentials(1, 1))
		time.Sleep(89 * time.Second)
		p.send(&wire.Message{Kind: wire.Ping, Serial: 1})
		_ = p.ws.SetReadDeadline(time.Time{})
		var err error
		for err == nil {
			_, _, err = p.ws.ReadMessage()
		}
		if !websocket.IsCloseError(err, int(wire.CloseGoingAway)) || time.Since(begin) != 179*time.Second {
			t.Errorf("%v after %v", err, time.Since(begin))
		}
	})
}

func TestFrozenPeerMeetsTheWriteDeadline(t *testing.T) {
	inMemory(t, config(), func(t *testing.T, s *Server, connect func() *peer) {
		p := connect()
		p.send(&wire.Message{Kind: wire.Ping, Serial: 1})
		synctest.Wait()
		if st := s.Stats(); st.Connections != 1 || st.SlowTotal != 0 {
			t.Fatalf("before the deadline: %+v", st)
		}
		time.Sleep(10 * time.Second)
		synctest.Wait()
		if st := s.Stats(); st.Connections != 0 || st.SlowTotal != 1 || st.Gateway.Links != 0 {
			t.Errorf("after the deadline: %+v", st)
		}
	})
}

func TestFrozenPeerFillsItsQueue(t *testing.T) {
	cfg := config()
	cfg.MaxQueue = 200
	inMemory(t, cfg, func(t *testing.T, s *Server, connect func() *peer) {
		p := connect()
		for serial := range uint32(20) {
			frame := wire.Append(nil, &wire.Message{Kind: wire.Ping, Serial: serial})
			if p.ws.WriteMessage(websocket.TextMessage, frame) != nil {
				break
			}
		}
		synctest.Wait()
		if st := s.Stats(); st.Connections != 0 || st.SlowTotal != 1 {
			t.Errorf("%+v", st)
		}
	})
}

func TestSilentUpgradeTimesOut(t *testing.T) {
	cfg := config()
	inMemory(t, cfg, func(t *testing.T, s *Server, _ func() *peer) {
		listener := s.doors[0].ln.(*pipes)
		conn, err := listener.dial(t.Context(), "", "")
		if err != nil {
			t.Fatal(err)
		}
		begin := time.Now()
		if _, err := conn.Read(make([]byte, 1)); !errors.Is(err, io.EOF) || time.Since(begin) != 10*time.Second {
			t.Errorf("%v after %v", err, time.Since(begin))
		}
		_ = conn.Close()
	})
}

func TestStopCutsWhoDoesNotLeave(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cfg := config()
		cfg.Addrs, cfg.CloseTimeout = nil, time.Hour
		s, err := New(cfg)
		if err != nil {
			t.Fatal(err)
		}
		listener := newPipes()
		s.Attach(0, listener)
		ended := make(chan error, 1)
		go func() { ended <- s.Serve(t.Context()) }()
		ws, _, err := (&websocket.Dialer{NetDialContext: listener.dial}).Dial("ws://pipe"+Path, nil)
		if err != nil {
			t.Fatal(err)
		}
		synctest.Wait() // The link is open for the server, too.
		begin := time.Now()
		s.Stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		if took := time.Since(begin); took != 3*time.Second {
			t.Errorf("stopped after %v", took)
		}
		_ = ws.Close()
	})
}

func TestAttachedListenerRefusesWhileDown(t *testing.T) {
	inMemory(t, config(), func(t *testing.T, s *Server, connect func() *peer) {
		p := connect()
		p.login(credentials(1, 1))
		cmd := gateway.Command{Kind: gateway.Restart, Node: gateway.AllNodes, Downtime: time.Minute}
		if err := s.Do(t.Context(), cmd); err != nil {
			t.Fatal(err)
		}
		if err := p.closed(); err == nil {
			t.Error("the link outlived its gateway")
		}
		listener := s.doors[0].ln.(*pipes)
		_, _, err := (&websocket.Dialer{NetDialContext: listener.dial}).Dial("ws://pipe"+Path, nil)
		if err == nil {
			t.Error("connected while down")
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		if code := connect().login(credentials(1, 1)); code != wire.Success {
			t.Errorf("code %d", code)
		}
	})
}

func TestThirdPartyLogins(t *testing.T) {
	cfg := config()
	cfg.AppSays = wire.ThirdPartyFirst
	inMemory(t, cfg, func(t *testing.T, _ *Server, connect func() *peer) {
		c := credentials(1, 1)
		c.AuthType = wire.AuthThirdParty
		if code := connect().login(c); code != wire.ThirdPartyFirst {
			t.Errorf("code %d", code)
		}
	})
}

func TestAcceptRateSaysWhenToReturn(t *testing.T) {
	cfg := config()
	cfg.Gateway.AcceptRate = 1
	inMemory(t, cfg, func(t *testing.T, s *Server, connect func() *peer) {
		connect()
		listener := s.doors[0].ln.(*pipes)
		_, w, err := (&websocket.Dialer{NetDialContext: listener.dial}).Dial("ws://pipe"+Path, nil)
		if err == nil || w == nil || w.StatusCode != http.StatusServiceUnavailable || w.Header.Get("Retry-After") != "1" {
			t.Fatalf("%v, %+v", err, w)
		}
		time.Sleep(time.Second)
		connect()
	})
}

func TestObserverSeesWhatHappened(t *testing.T) {
	cfg := config()
	var seen []gateway.OutputKind
	var at []gateway.Time
	cfg.Observe = func(now gateway.Time, o *gateway.Output) {
		switch o.Kind {
		case gateway.Judged, gateway.SessionBegan, gateway.SessionEnded:
			seen, at = append(seen, o.Kind), append(at, now)
		}
	}
	inMemory(t, cfg, func(_ *testing.T, _ *Server, connect func() *peer) {
		p := connect()
		time.Sleep(time.Minute)
		p.login(credentials(1, 1))
		time.Sleep(time.Minute)
		p.send(&wire.Message{Kind: wire.Logout})
		synctest.Wait()
	})
	want := map[gateway.OutputKind]gateway.Time{
		gateway.Judged: time.Minute, gateway.SessionBegan: time.Minute, gateway.SessionEnded: 2 * time.Minute,
	}
	if len(seen) != len(want) {
		t.Fatalf("seen %v", seen)
	}
	for i, kind := range seen {
		if at[i] != want[kind] {
			t.Errorf("%v at %v, want %v", kind, at[i], want[kind])
		}
	}
}
