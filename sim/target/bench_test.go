package target

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"loginstorm/sim/wire"
)

// caller is the cheapest client that can log in: it shares the machine with
// what it measures.
type caller struct {
	addr  string
	conn  net.Conn
	br    *bufio.Reader
	out   []byte
	frame []byte
}

func newCaller(rawURL string) *caller {
	u, err := url.Parse(rawURL)
	if err != nil {
		panic(err)
	}
	return &caller{addr: u.Host, br: bufio.NewReaderSize(nil, 1<<10)}
}

// open connects and upgrades.
func (c *caller) open() error {
	conn, err := net.Dial("tcp", c.addr)
	if err != nil {
		return err
	}
	c.conn = conn
	c.br.Reset(conn)
	c.out = fmt.Appendf(c.out[:0], "GET %s HTTP/1.1\r\nHost: %s\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: %s\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: %s\r\n\r\n",
		Path, c.addr, "dGhlIHNhbXBsZSBub25jZQ==", wire.Subprotocol)
	if _, err := conn.Write(c.out); err != nil {
		return err
	}
	for first := true; ; first = false {
		line, err := c.br.ReadSlice('\n')
		if err != nil {
			return err
		}
		if first && !bytes.HasPrefix(line, []byte("HTTP/1.1 101")) {
			return fmt.Errorf("upgrade: %s", line)
		}
		if len(line) == 2 {
			return nil
		}
	}
}

// login logs in and waits until data sync ends.
func (c *caller) login(m *wire.Message) error {
	c.frame = wire.Append(c.frame[:0], m)
	if len(c.frame) < length16 || len(c.frame) >= length64 {
		return errors.New("login frame of an unexpected length")
	}
	c.out = append(c.out[:0], final|opText, 0x80|length16, byte(len(c.frame)>>8), byte(len(c.frame)), 0, 0, 0, 0)
	c.out = append(c.out, c.frame...) // The mask is zero.
	if _, err := c.conn.Write(c.out); err != nil {
		return err
	}
	for {
		head, err := c.br.Peek(2)
		if err != nil {
			return err
		}
		n := int(head[1]) + 2
		frame, err := c.br.Peek(n)
		if err != nil {
			return err
		}
		last := bytes.Contains(frame, []byte("syncFinish"))
		_, _ = c.br.Discard(n)
		if last {
			return nil
		}
	}
}

// BenchmarkLogins logs in over new connections, 200 in flight. server-us/login
// is the target's processor time alone: 50 is 20,000 logins/s on a core.
func BenchmarkLogins(b *testing.B) {
	p := startChild(b)
	before := p.stats(b)
	var next atomic.Uint32
	var wg sync.WaitGroup
	b.ResetTimer()
	for w := range 200 {
		wg.Go(func() {
			c := newCaller(p.URLs[w%len(p.URLs)])
			for {
				n := next.Add(1)
				if int(n) > b.N {
					return
				}
				err := c.open()
				if err == nil {
					err = c.login(&wire.Message{Kind: wire.Login, Serial: 1, Login: credentials(n%(1<<13), 1)})
				}
				if err != nil {
					b.Error(err)
					return
				}
				_ = c.conn.(*net.TCPConn).SetLinger(0)
				_ = c.conn.Close()
			}
		})
	}
	wg.Wait()
	b.StopTimer()
	after := p.stats(b)
	b.ReportMetric((after.Process.CPUSeconds-before.Process.CPUSeconds)*1e6/float64(b.N), "server-us/login")
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "logins/s")
}

// BenchmarkIdle holds logged-in links that say nothing. bytes/link is what a
// link leaves in the target's heap and stacks; run it with -benchtime 10000x.
func BenchmarkIdle(b *testing.B) {
	p := startChild(b)
	p.collect()
	before := p.stats(b).Process
	callers := make([]*caller, b.N)
	var wg sync.WaitGroup
	for w := range 32 {
		wg.Go(func() {
			for i := w; i < b.N; i += 32 {
				c := newCaller(p.URLs[i%len(p.URLs)])
				err := c.open()
				if err == nil {
					err = c.login(&wire.Message{Kind: wire.Login, Serial: 1, Login: credentials(uint32(i), 1)})
				}
				if err != nil {
					b.Error(err)
					return
				}
				callers[i] = c
			}
		})
	}
	wg.Wait()
	p.collect()
	after := p.stats(b).Process
	per := func(a, b uint64) float64 { return float64(int64(a) - int64(b)) }
	b.ReportMetric(per(after.HeapBytes+after.StackBytes, before.HeapBytes+before.StackBytes)/float64(b.N), "bytes/link")
	b.ReportMetric(per(after.StackBytes, before.StackBytes)/float64(b.N), "stack-bytes/link")
	for _, c := range callers {
		if c != nil {
			_ = c.conn.Close()
		}
	}
}

// BenchmarkWaiting holds requests for tokens that are not answered yet. bytes/request
// is what one leaves in the target's heap and stacks; run it with -benchtime 10000x.
func BenchmarkWaiting(b *testing.B) {
	p := startChild(b)
	p.collect()
	before := p.stats(b).Process
	addr := strings.TrimPrefix(p.Web, "http://")
	conns := make([]net.Conn, b.N)
	for i := range conns {
		conn, err := net.Dial("tcp", addr)
		if err != nil {
			b.Fatal(err)
		}
		conns[i] = conn
		_, err = fmt.Fprintf(conn, "GET %s?account=u%04d&authType=dynamic HTTP/1.1\r\nHost: %s\r\nUser-Agent: loginstorm\r\n\r\n", TokenPath, i%10_000, addr)
		if err != nil {
			b.Fatal(err)
		}
	}
	for p.stats(b).App.Waiting < b.N {
	}
	p.collect()
	after := p.stats(b).Process
	b.ReportMetric((float64(after.HeapBytes+after.StackBytes)-float64(before.HeapBytes+before.StackBytes))/float64(b.N), "bytes/request")
	for _, conn := range conns {
		_ = conn.Close()
	}
}

// BenchmarkAddresses asks for addresses over connections that are kept, 50 in
// flight. server-us/request is the target's processor time alone.
func BenchmarkAddresses(b *testing.B) {
	p := startChild(b)
	before := p.stats(b).Process
	addr := strings.TrimPrefix(p.Web, "http://")
	request := fmt.Appendf(nil, "GET %s HTTP/1.1\r\nHost: %s\r\n\r\n", AddressPath, addr)
	var next atomic.Int64
	var wg sync.WaitGroup
	b.ResetTimer()
	for range 50 {
		wg.Go(func() {
			conn, err := net.Dial("tcp", addr)
			if err != nil {
				b.Error(err)
				return
			}
			defer func() { _ = conn.Close() }()
			answer := make([]byte, 4<<10)
			for next.Add(1) <= int64(b.N) {
				if _, err := conn.Write(request); err != nil {
					b.Error(err)
					return
				}
				if n, err := conn.Read(answer); err != nil || !bytes.HasPrefix(answer[:n], []byte("HTTP/1.1 200")) {
					b.Errorf("%s, %v", answer[:n], err)
					return
				}
			}
		})
	}
	wg.Wait()
	b.StopTimer()
	after := p.stats(b).Process
	b.ReportMetric((after.CPUSeconds-before.CPUSeconds)*1e6/float64(b.N), "server-us/request")
}

// BenchmarkInput is what the lock costs when all cores want it: a ping from
// bytes to the queue of its pong, without sockets.
func BenchmarkInput(b *testing.B) {
	s, err := New(config())
	if err != nil {
		b.Fatal(err)
	}
	ping := wire.Append(nil, &wire.Message{Kind: wire.Ping, Serial: 1})
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		conn, peer := net.Pipe()
		defer func() { _, _ = conn.Close(), peer.Close() }()
		l := &link{conn: conn}
		h := s.handshakes.get(conn)
		if !s.admit(h, l) {
			b.Error("not admitted")
		}
		for pb.Next() {
			sc := s.scratches.get()
			sc.frame = append(sc.frame[:0], ping...)
			if wire.Decode(sc.frame, &sc.message) != nil || !s.input(sc) {
				b.Error("not understood")
			}
			s.hear(l, sc)
			s.scratches.put(sc)
			l.out.b = l.out.b[:0]
		}
	})
}
