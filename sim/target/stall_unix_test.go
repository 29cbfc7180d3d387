//go:build unix

package target

import (
	"errors"
	"io"
	"net"
	"os"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/websocket"

	"loginstorm/sim/gateway"
	"loginstorm/sim/wire"
)

// upgrading is a client whose connection is open and whose upgrade is asked for.
func upgrading(t *testing.T, addr string) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	const request = "GET /im HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
	if _, err := io.WriteString(conn, request); err != nil {
		t.Fatal(err)
	}
	return conn
}

// unanswered fails the test when something came on a connection already, or it
// ended.
func unanswered(t *testing.T, conn net.Conn) {
	t.Helper()
	raw, err := conn.(syscall.Conn).SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	err = raw.Read(func(fd uintptr) bool {
		if n, err := syscall.Read(int(fd), make([]byte, 1)); !errors.Is(err, syscall.EAGAIN) {
			t.Errorf("read %d, %v", n, err)
		}
		return true
	})
	if err != nil {
		t.Error(err)
	}
}

func TestStalledNodeNeitherAcceptsNorRefuses(t *testing.T) {
	cfg := config()
	cfg.Gateway.Nodes = 2
	cfg.Addrs = []Addr{{Listen: "127.0.0.1:0"}, {Listen: "127.0.0.1:0", Node: 1}}
	s := serve(t, cfg)
	before := descriptors(t)
	for round := range 3 {
		stays := connect(t, s.URLs()[0])
		if code := stays.login(credentials(1, 1)); code != wire.Success {
			t.Errorf("code %d before it", code)
		}
		do(t, s, gateway.Command{Kind: gateway.Stall, Downtime: time.Hour})
		accepted := s.Stats().AcceptedTotal
		waits := upgrading(t, s.Addrs()[0].String())
		// The other node serves, and so do links that are open: there was time.
		elsewhere := connect(t, s.URLs()[1])
		if code := elsewhere.login(credentials(2, 1)); code != wire.Success {
			t.Errorf("code %d on the other node", code)
		}
		stays.send(&wire.Message{Kind: wire.Ping, Serial: 9})
		stays.until(wire.Pong)
		unanswered(t, waits)
		if st := s.Stats(); st.AcceptedTotal != accepted+1 || st.Gateway.Stalls != uint64(round+1) {
			t.Errorf("round %d: %+v", round, st)
		}
		s.pass(2 * time.Hour)
		_ = waits.SetReadDeadline(time.Now().Add(patience))
		answer := make([]byte, 12)
		if _, err := io.ReadFull(waits, answer); err != nil || string(answer) != "HTTP/1.1 101" {
			t.Errorf("round %d: %q, %v", round, answer, err)
		}
		_, _, _ = waits.Close(), stays.ws.Close(), elsewhere.ws.Close()
	}
	settled(t, s, func(st Stats) bool { return st.Connections == 0 && descriptors(t) <= before })
}

func TestStalledQueueEndsWithItsNode(t *testing.T) {
	s := serve(t, config())
	do(t, s, gateway.Command{Kind: gateway.Stall, Downtime: time.Hour})
	waits := upgrading(t, s.Addrs()[0].String())
	do(t, s, gateway.Command{Kind: gateway.Restart, Downtime: time.Hour})
	_ = waits.SetReadDeadline(time.Now().Add(patience))
	if _, err := waits.Read(make([]byte, 1)); errors.Is(err, os.ErrDeadlineExceeded) || err == nil {
		t.Errorf("waiting connection: %v", err)
	}
	if _, err := net.Dial("tcp", s.Addrs()[0].String()); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("dial while down: %v", err)
	}
	s.pass(2 * time.Hour)
	if code := connect(t, s.URLs()[0]).login(credentials(1, 1)); code != wire.Success {
		t.Errorf("code %d after the restart", code)
	}
}

// A node that comes back while its queue is full for another reason has a short
// one; and a server stops however full its queues are.
func TestDoorOpensStalled(t *testing.T) {
	s := serve(t, config())
	s.turn(0, false)
	s.stall(0, true)
	s.turn(0, true)
	waits := upgrading(t, s.Addrs()[0].String())
	unanswered(t, waits)
	s.stall(0, false)
	s.stall(0, true)
	s.stall(0, false)
	_ = waits.SetReadDeadline(time.Now().Add(patience))
	if _, err := io.ReadFull(waits, make([]byte, 12)); err != nil {
		t.Error(err)
	}
	s.stall(0, true)
	upgrading(t, s.Addrs()[0].String())
}

func TestStalledListenerInMemory(t *testing.T) {
	inMemory(t, config(), func(t *testing.T, s *Server, connect func() *peer) {
		do(t, s, gateway.Command{Kind: gateway.Stall, Downtime: time.Minute})
		begin := time.Now()
		for range 3 {
			if code := connect().login(credentials(1, 1)); code != wire.Success || time.Since(begin) != time.Minute {
				t.Errorf("code %d after %v", code, time.Since(begin))
			}
		}
		do(t, s, gateway.Command{Kind: gateway.Stall, Downtime: time.Hour})
		failed := make(chan error, 1)
		listener := s.doors[0].ln.(*pipes)
		go func() {
			_, _, err := (&websocket.Dialer{NetDialContext: listener.dial}).Dial("ws://pipe"+Path, nil)
			failed <- err
		}()
		synctest.Wait()
		select {
		case err := <-failed:
			t.Errorf("it ended while the queue was full: %v", err)
		default:
		}
		s.Stop()
		if err := <-failed; err == nil {
			t.Error("connected to a server that stopped")
		}
	})
}
