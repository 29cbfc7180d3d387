package live

import (
	"bufio"
	"crypto/sha1"
	"encoding/base64"
	"io"
	"net"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"loginstorm/sim/dial"
	"loginstorm/sim/login"
	"loginstorm/sim/plan"
	"loginstorm/sim/wire"
)

// faulty serves every connection by act until the test ends.
func faulty(t testing.TB, act func(c net.Conn, r *bufio.Reader)) []dial.Endpoint {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var (
		mu    sync.Mutex
		conns []net.Conn
		all   sync.WaitGroup
	)
	all.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			mu.Lock()
			conns = append(conns, c)
			mu.Unlock()
			all.Go(func() {
				defer c.Close()
				act(c, bufio.NewReader(c))
			})
		}
	})
	t.Cleanup(func() {
		l.Close()
		mu.Lock()
		for _, c := range conns {
			c.Close()
		}
		mu.Unlock()
		all.Wait()
	})
	return []dial.Endpoint{{URL: "ws://" + l.Addr().String() + wire.Path}}
}

// upgrade answers the upgrade and reads the login.
func upgrade(c net.Conn, r *bufio.Reader) bool {
	q, err := http.ReadRequest(r)
	if err != nil {
		return false
	}
	sum := sha1.Sum([]byte(q.Header.Get("Sec-WebSocket-Key") + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
	_, _ = io.WriteString(c, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Protocol: "+
		wire.Subprotocol+"\r\nSec-WebSocket-Accept: "+base64.StdEncoding.EncodeToString(sum[:])+"\r\n\r\n")
	_, err = r.ReadByte()
	return err == nil
}

// hurry sets the time-outs and shortens the reconnect delays of a plan's clients,
// so that no test waits long.
func hurry(p *plan.Plan, connecting, logging time.Duration) {
	for i := range p.Populations {
		profile := *p.Populations[i].Profile
		profile.ConnectTimeout, profile.LoginTimeout = connecting, logging
		profile.Policy = login.Policy{Delays: []login.Time{10 * time.Millisecond}}
		p.Populations[i].Profile = &profile
	}
}

func TestTargetsThatMisbehave(t *testing.T) {
	linger := func(c net.Conn, r *bufio.Reader) { _, _ = io.Copy(io.Discard, r) }
	answer := func(frame string) func(net.Conn, *bufio.Reader) {
		return func(c net.Conn, r *bufio.Reader) {
			if upgrade(c, r) {
				_, _ = io.WriteString(c, frame)
			}
		}
	}
	early := []login.Status{login.Connecting, login.NetBroken}
	late := []login.Status{login.Connecting, login.Logging, login.NetBroken}
	for name, test := range map[string]struct {
		act      func(net.Conn, *bufio.Reader)
		code     wire.Code
		statuses []login.Status
	}{
		"upgrade never answered": {linger, wire.TimedOut, early},
		"login never answered": {func(c net.Conn, r *bufio.Reader) {
			if upgrade(c, r) {
				linger(c, r)
			}
		}, wire.TimedOut, late},
		"hangs up": {func(net.Conn, *bufio.Reader) {}, wire.Disconnected, early},
		"resets":   {func(c net.Conn, _ *bufio.Reader) { _ = c.(*net.TCPConn).SetLinger(0) }, wire.Disconnected, early},
		"speaks another protocol": {func(c net.Conn, r *bufio.Reader) {
			_, _ = io.WriteString(c, "220 ready\r\n")
		}, wire.Disconnected, early},
		"refuses the upgrade": {func(c net.Conn, r *bufio.Reader) {
			_, _ = http.ReadRequest(r)
			_, _ = io.WriteString(c, "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n")
		}, wire.Disconnected, early},
		"closes in the middle of a login": {answer("\x88\x02\x03\xe9"), wire.Disconnected, late},
		"drops in the middle of a login":  {answer(""), wire.Disconnected, late},
		"sends what is no message":        {answer("\x81\x07garbage"), wire.Disconnected, late},
		"sends an oversized frame":        {answer("\x81\x7f\x00\x00\x00\x00\x10\x00\x00\x00"), wire.Disconnected, late},
		"sends half a frame":              {answer("\x81\x7e\x00"), wire.Disconnected, late},
		"sends a masked frame":            {answer("\x81\x81abcd"), wire.Disconnected, late},
	} {
		t.Run(name, func(t *testing.T) {
			p := compile(t, phones)
			if test.code == wire.TimedOut {
				// What is waited for in vain is cut short, and nothing else.
				connecting := time.Minute
				if len(test.statuses) == len(early) {
					connecting = 100 * time.Millisecond
				}
				hurry(p, connecting, 100*time.Millisecond)
			}
			st := run(t, Config{Plan: p, Endpoints: faulty(t, test.act)}, func(s *story) bool { return s.every(1) && s.went(len(test.statuses)) })
			for who := range st.codes {
				if st.codes[who][0] != test.code {
					t.Fatalf("client %d: the attempt ended with %v", who, st.codes[who])
				}
				if got := st.statuses[who]; !slices.Equal(got[:min(len(got), len(test.statuses))], test.statuses) {
					t.Fatalf("client %d: %s", who, cmp.Diff(test.statuses, got))
				}
			}
			if len(st.result.Shortages) > 0 {
				t.Errorf("got %+v", st.result)
			}
		})
	}
}

// nobody listens here: the port is neither handed out nor bound without rights.
const nobody = "ws://127.0.0.1:1/"

func TestDeadTarget(t *testing.T) {
	p := compile(t, phones)
	st := run(t, Config{Plan: p, Endpoints: []dial.Endpoint{{URL: nobody}}},
		func(s *story) bool { return s.every(1) })
	for who, codes := range st.codes {
		if codes[0] != wire.Disconnected {
			t.Fatalf("client %d: %v", who, codes)
		}
	}
}

// All attempts are outstanding at once although none is answered: the target
// ends the test when it holds as many connections as there are clients.
func TestNothingHoldsAnAttemptBack(t *testing.T) {
	const clients = 400
	p := compile(t, `
name: test
duration: 60s
populations:
  phones: {accounts: 400, clientType: android, profile: nim-android, login: auto, arrive: [{atOnce: {}}]}
`)
	hurry(p, time.Minute, time.Minute)
	var held atomic.Int32
	full := make(chan struct{})
	at := faulty(t, func(c net.Conn, r *bufio.Reader) {
		if held.Add(1) == clients {
			close(full)
		}
		_, _ = io.Copy(io.Discard, r)
	})
	f, err := New(Config{Plan: p, Endpoints: at, Shards: 2})
	if err != nil {
		t.Fatal(err)
	}
	r, err := f.Run(until(t, full))
	if err != nil || r.Opened != 0 || r.OpenAtEnd != 0 {
		t.Errorf("got %+v, %v", r, err)
	}
}
