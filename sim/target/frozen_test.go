package target

import (
	"context"
	"errors"
	"net"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"loginstorm/sim/gateway"
	"loginstorm/sim/wire"
)

// blocked reports whether somebody waits for a peer to read.
func blocked(s *Server) bool {
	for _, l := range s.roster.all() {
		l.mu.Lock()
		waits := l.writing && l.out != nil
		l.mu.Unlock()
		if waits {
			return true
		}
	}
	return false
}

// freeze fills what there is between the server and a peer that reads nothing,
// until it is done.
func freeze(t *testing.T, s *Server, peer net.Conn, done func() bool) {
	t.Helper()
	if err := peer.(*net.TCPConn).SetReadBuffer(4 << 10); err != nil {
		t.Fatal(err)
	}
	notice := gateway.Command{Kind: gateway.Drain, Downtime: time.Hour} // Each one is told to all links.
	for !done() {
		for range 100 {
			do(t, s, notice)
		}
	}
}

// A frozen peer's queue has room for hours: it is the write deadline that ends it.
func TestFrozenSocketMeetsTheWriteDeadline(t *testing.T) {
	before := descriptors(t)
	cfg := config()
	cfg.Addrs, cfg.MaxQueue, cfg.WriteTimeout = nil, 1<<30, 50*time.Millisecond
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
	go func() { ended <- s.Serve(context.Background()) }()
	p := connect(t, s.URLs()[0])
	p.login(credentials(1, 1))
	freeze(t, s, p.ws.NetConn(), func() bool { return s.Stats().SlowTotal > 0 })
	settled(t, s, func(st Stats) bool { return st.SlowTotal == 1 && st.Connections == 0 && st.Gateway.Sessions == 0 })
	if err := p.closed(); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("link ended with %v, want a reset", err)
	}
	_ = p.ws.Close()
	s.Stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if after := descriptors(t); after > before {
		t.Errorf("%d descriptors, %d before", after, before)
	}
}

// timedOut counts sessions that ended because nothing was heard.
func timedOut(cfg *Config) *atomic.Int32 {
	var n atomic.Int32
	cfg.Observe = func(_ gateway.Time, o *gateway.Output) {
		if o.Kind == gateway.SessionEnded && o.Cause == gateway.TimedOut {
			n.Add(1)
		}
	}
	return &n
}

// silent logs in, and neither says, reads nor closes anything afterwards: to the
// server it is a peer behind a link that was cut on the way.
func silent(t *testing.T, s *Server) net.Conn {
	t.Helper()
	c := newCaller(s.URLs()[0])
	if err := c.open(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.conn.Close() })
	if err := c.login(&wire.Message{Kind: wire.Login, Serial: 1, Login: credentials(1, 1)}); err != nil {
		t.Fatal(err)
	}
	return c.conn
}

func TestHalfOpenPeerTimesOut(t *testing.T) {
	cfg := config()
	cfg.Gateway.SessionTimeout, cfg.CloseTimeout = 50*time.Millisecond, 20*time.Millisecond
	out := timedOut(&cfg)
	s := serve(t, cfg)
	before := descriptors(t)
	conn := silent(t, s)
	settled(t, s, func(st Stats) bool { return out.Load() == 1 && st.Gateway.Links == 0 && st.Connections == 0 })
	_ = conn.Close()
	settled(t, s, func(Stats) bool { return descriptors(t) <= before })
}

func TestSessionTimeoutIsChangedUnderWay(t *testing.T) {
	cfg := config()
	cfg.Gateway.SessionTimeout, cfg.CloseTimeout = 100*time.Hour, 20*time.Millisecond
	out := timedOut(&cfg)
	s := serve(t, cfg)
	silent(t, s)
	do(t, s, gateway.Command{Kind: gateway.SetSessionTimeout, Downtime: time.Minute})
	s.pass(30 * time.Second)
	if out.Load() != 0 {
		t.Error("the session ended too early")
	}
	s.pass(time.Minute)
	settled(t, s, func(st Stats) bool { return out.Load() == 1 && st.Gateway.Sessions == 0 && st.Connections == 0 })
	do(t, s, gateway.Command{Kind: gateway.SetSessionTimeout})
	silent(t, s)
	s.pass(time.Hour)
	if st := s.Stats(); out.Load() != 1 || st.Gateway.Sessions != 1 {
		t.Errorf("%d sessions timed out, %+v", out.Load(), st)
	}
}

// A peer that is frozen and half-open at once leaves no descriptor either.
func TestFrozenHalfOpenPeer(t *testing.T) {
	cfg := config()
	cfg.Addrs, cfg.MaxQueue, cfg.WriteTimeout = nil, 1<<30, 50*time.Millisecond
	cfg.Gateway.SessionTimeout, cfg.CloseTimeout = 100*time.Hour, 20*time.Millisecond
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
	go func() { ended <- s.Serve(context.Background()) }()
	freeze(t, s, silent(t, s), func() bool { return blocked(s) || s.Stats().SlowTotal > 0 })
	do(t, s, gateway.Command{Kind: gateway.SetSessionTimeout, Downtime: time.Second})
	s.pass(time.Minute)
	settled(t, s, func(st Stats) bool { return st.Connections == 0 && st.Gateway.Sessions == 0 })
	s.Stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
