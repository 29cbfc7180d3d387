package target

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"runtime"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"go.uber.org/goleak"

	"loginstorm/sim/gateway"
	"loginstorm/sim/wire"
)

func TestMain(m *testing.M) {
	if os.Getenv(childEnv) != "" {
		child()
		return
	}
	goleak.VerifyTestMain(m)
}

const tokenSeed = 7

// patience bounds a wait for what must come; nothing depends on its length.
const patience = 20 * time.Second

func config() Config {
	return Config{
		Gateway: gateway.Config{
			Accounts: 100, TokenSeed: tokenSeed,
			App: gateway.TokenDigest("app"),
		},
		Addrs:     []Addr{{Listen: "127.0.0.1:0"}},
		Generated: Generated{Prefix: "u", Width: 4},
	}
}

// serve starts a server and ends it with the test.
func serve(t testing.TB, cfg Config) *Server {
	t.Helper()
	s, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Listen(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(context.Background()) }()
	t.Cleanup(func() {
		s.Stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return s
}

// pass lets time pass for the gateway alone.
func (s *Server) pass(d time.Duration) {
	s.core.mu.Lock()
	s.core.start = s.core.start.Add(-d)
	s.core.mu.Unlock()
	s.tick()
}

// peer is a client of the tests, by another implementation than the server's
// writing side.
type peer struct {
	t      testing.TB
	ws     *websocket.Conn
	serial uint32
}

func connect(t testing.TB, url string) *peer {
	t.Helper()
	ws, w, err := (&websocket.Dialer{Subprotocols: []string{wire.Subprotocol}}).Dial(url, nil)
	if err != nil {
		t.Fatal(err)
	}
	_ = w.Body.Close()
	t.Cleanup(func() { _ = ws.Close() })
	return &peer{t: t, ws: ws}
}

func credentials(account uint32, device uint64) *wire.Credentials {
	return &wire.Credentials{
		Account: fmt.Sprintf("u%04d", account), Token: gateway.AccountToken(tokenSeed, account), AppKey: "app",
		ClientType: wire.Android, Device: device, Version: 90000, Origin: wire.Manual,
	}
}

func (p *peer) send(m *wire.Message) {
	p.t.Helper()
	if err := p.ws.WriteMessage(websocket.TextMessage, wire.Append(nil, m)); err != nil {
		p.t.Fatal(err)
	}
}

// next returns the next message.
func (p *peer) next() wire.Message {
	p.t.Helper()
	m, err := p.read()
	if err != nil {
		p.t.Fatal(err)
	}
	return m
}

func (p *peer) read() (m wire.Message, err error) {
	_ = p.ws.SetReadDeadline(time.Now().Add(patience))
	_, frame, err := p.ws.ReadMessage()
	if err != nil {
		return m, err
	}
	return m, wire.Decode(frame, &m)
}

// until skips to the next message of a kind.
func (p *peer) until(kind wire.Kind) wire.Message {
	p.t.Helper()
	for {
		if m := p.next(); m.Kind == kind {
			return m
		}
	}
}

func (p *peer) login(c *wire.Credentials) wire.Code {
	p.t.Helper()
	p.serial++
	p.send(&wire.Message{Kind: wire.Login, Serial: p.serial, Login: c})
	m := p.until(wire.LoginReply)
	if m.Serial != p.serial {
		p.t.Fatalf("reply to %d, asked %d", m.Serial, p.serial)
	}
	return m.Code
}

// closed reads to the end and returns how the link ended.
func (p *peer) closed() error {
	for {
		if _, err := p.read(); err != nil {
			return err
		}
	}
}

func (p *peer) wantClose(code int) {
	p.t.Helper()
	if err := p.closed(); !websocket.IsCloseError(err, code) {
		p.t.Errorf("link ended with %v, want close %d", err, code)
	}
}

func TestLogin(t *testing.T) {
	s := serve(t, config())
	p := connect(t, s.URLs()[0])
	if got := p.ws.Subprotocol(); got != wire.Subprotocol {
		t.Errorf("subprotocol %q", got)
	}
	if code := p.login(credentials(1, 11)); code != wire.Success {
		t.Fatalf("code %d", code)
	}
	p.until(wire.SyncStart)
	p.until(wire.SyncFinish)
	p.send(&wire.Message{Kind: wire.Ping, Serial: 77})
	if m := p.until(wire.Pong); m.Serial != 77 {
		t.Errorf("pong %d", m.Serial)
	}
	st := s.Stats()
	if st.Gateway.Sessions != 1 || st.Gateway.Links != 1 || st.AcceptedTotal != 1 || st.Connections != 1 {
		t.Errorf("stats %+v", st)
	}
}

func TestRefusedLogins(t *testing.T) {
	s := serve(t, config())
	wrongToken, wrongApp, unknown, beyond := credentials(1, 1), credentials(1, 1), credentials(1, 1), credentials(100, 1)
	wrongToken.Token, wrongApp.AppKey, unknown.Account = "no", "other", "nobody"
	for name, c := range map[string]*wire.Credentials{"token": wrongToken, "app": wrongApp, "unknown": unknown, "beyond": beyond} {
		if code := connect(t, s.URLs()[0]).login(c); code != wire.Mismatch {
			t.Errorf("%s: code %d, want %d", name, code, wire.Mismatch)
		}
	}
}

func TestTooOften(t *testing.T) {
	cfg := config()
	cfg.Gateway.RateLimit = gateway.RateLimit{Limit: 2, Window: time.Hour}
	s := serve(t, cfg)
	for _, want := range []wire.Code{wire.Success, wire.Success, wire.TooOften} {
		if code := connect(t, s.URLs()[0]).login(credentials(3, 3)); code != want {
			t.Errorf("code %d, want %d", code, want)
		}
	}
}

func TestKick(t *testing.T) {
	s := serve(t, config())
	first := connect(t, s.URLs()[0])
	first.login(credentials(5, 1))
	second := connect(t, s.URLs()[0])
	if code := second.login(credentials(5, 2)); code != wire.Success {
		t.Fatalf("code %d", code)
	}
	m := first.until(wire.Kick)
	if m.Reason != wire.ByLogin || m.ClientType != wire.Android {
		t.Errorf("kick %+v", m)
	}
	first.wantClose(int(wire.CloseKicked))
}

func TestOnlineListsNameSystems(t *testing.T) {
	cfg := config()
	cfg.Gateway.MultiDevice.Policy = gateway.PolicyAll
	s := serve(t, cfg)
	first := connect(t, s.URLs()[0])
	c := credentials(6, 1)
	c.Tag = "kitchen"
	first.login(c)
	second := connect(t, s.URLs()[0])
	second.login(credentials(6, 2))
	for {
		m := second.until(wire.Online)
		if len(m.Clients) == 0 {
			continue
		}
		if got := m.Clients[0]; got.OS != wire.Android.OS() || got.Tag != "kitchen" || got.Device != 1 {
			t.Errorf("entry %+v", got)
		}
		return
	}
}

func TestRestartRefusesAndReturns(t *testing.T) {
	s := serve(t, config())
	url := s.URLs()[0]
	p := connect(t, url)
	p.login(credentials(1, 1))
	down := gateway.Command{Kind: gateway.Restart, Node: gateway.AllNodes, Downtime: time.Hour, Orderly: true}
	if err := s.Do(context.Background(), down); err != nil {
		t.Fatal(err)
	}
	p.wantClose(int(wire.CloseGoingAway))
	if _, _, err := websocket.DefaultDialer.Dial(url, nil); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("dial while down: %v", err)
	}
	s.core.mu.Lock()
	s.core.start = s.core.start.Add(-2 * time.Hour) // The downtime is over.
	s.core.mu.Unlock()
	if err := s.Do(context.Background(), gateway.Command{Kind: gateway.Undrain, Node: gateway.AllNodes}); err != nil {
		t.Fatal(err)
	}
	if code := connect(t, url).login(credentials(1, 1)); code != wire.Success {
		t.Errorf("code %d after the restart", code)
	}
}

func TestNodeWaitsForItsPort(t *testing.T) {
	s := serve(t, config())
	addr := s.Addrs()[0].String()
	s.turn(0, false)
	squatter, err := net.Listen("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	s.turn(0, true)
	if err := squatter.Close(); err != nil {
		t.Fatal(err)
	}
	late := time.Now().Add(patience)
	for {
		ws, _, err := websocket.DefaultDialer.Dial(s.URLs()[0], nil)
		if err == nil {
			_ = ws.Close()
			return
		}
		if time.Now().After(late) {
			t.Fatal(err)
		}
	}
}

func TestNodesFallApart(t *testing.T) {
	cfg := config()
	cfg.Gateway.Nodes = 2
	cfg.Addrs = []Addr{{Listen: "127.0.0.1:0"}, {Listen: "127.0.0.1:0", Node: 1}}
	s := serve(t, cfg)
	stays, goes := connect(t, s.URLs()[0]), connect(t, s.URLs()[1])
	stays.login(credentials(1, 1))
	goes.login(credentials(2, 1))
	down := gateway.Command{Kind: gateway.Restart, Node: 1, Downtime: time.Hour}
	if err := s.Do(context.Background(), down); err != nil {
		t.Fatal(err)
	}
	if err := goes.closed(); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("link of the node that went: %v", err)
	}
	stays.send(&wire.Message{Kind: wire.Ping, Serial: 9})
	stays.until(wire.Pong)
	if _, _, err := websocket.DefaultDialer.Dial(s.URLs()[1], nil); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("dial the node that went: %v", err)
	}
	connect(t, s.URLs()[0]).login(credentials(3, 1))
}

func TestCutIsAReset(t *testing.T) {
	s := serve(t, config())
	p := connect(t, s.URLs()[0])
	p.login(credentials(1, 1))
	down := gateway.Command{Kind: gateway.Restart, Node: gateway.AllNodes}
	if err := s.Do(context.Background(), down); err != nil {
		t.Fatal(err)
	}
	if err := p.closed(); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("link ended with %v, want a reset", err)
	}
	if got := s.Stats().CutTotal; got != 1 {
		t.Errorf("%d cuts", got)
	}
}

func TestRefusedUpgrade(t *testing.T) {
	cfg := config()
	cfg.Gateway.MaxLinks = 1
	s := serve(t, cfg)
	connect(t, s.URLs()[0]).login(credentials(1, 1))
	_, w, err := websocket.DefaultDialer.Dial(s.URLs()[0], nil)
	if err == nil || w == nil || w.StatusCode != http.StatusServiceUnavailable {
		t.Fatalf("%v, %+v", err, w)
	}
	if got := s.Stats().RefusedTotal; got != 1 {
		t.Errorf("%d refusals", got)
	}
}

func TestRetryAfterRoundsUp(t *testing.T) {
	for after, want := range map[time.Duration]string{
		0: "", 1: "Retry-After: 1\r\n", time.Second: "Retry-After: 1\r\n", 1001 * time.Millisecond: "Retry-After: 2\r\n",
	} {
		if got := retryAfter(after); got != want {
			t.Errorf("%v: %q, want %q", after, got, want)
		}
	}
}

func TestStopClosesInOrder(t *testing.T) {
	before := descriptors(t)
	s, err := New(config())
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Listen(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(context.Background()) }()
	var peers []*peer
	for i := range uint32(20) {
		p := connect(t, s.URLs()[0])
		p.login(credentials(i, 1))
		peers = append(peers, p)
	}
	silent, err := net.Dial("tcp", s.Addrs()[0].String())
	if err != nil {
		t.Fatal(err)
	}
	s.Stop()
	for _, p := range peers {
		p.wantClose(int(wire.CloseGoingAway))
		_ = p.ws.Close()
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
	_ = silent.Close()
	if err := s.Do(context.Background(), gateway.Command{Kind: gateway.Undrain}); !errors.Is(err, errStopped) {
		t.Errorf("do after the stop: %v", err)
	}
	if after := descriptors(t); after > before {
		t.Errorf("%d descriptors, %d before", after, before)
	}
}

// descriptors counts the sockets of this process; 0 where the system does not list
// them, and then before and after are equal.
func descriptors(t *testing.T) (n int) {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if runtime.GOOS == "linux" && err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if name, err := os.Readlink("/proc/self/fd/" + e.Name()); err == nil && len(name) > 6 && name[:6] == "socket" {
			n++
		}
	}
	return n
}

func TestPortsLieBelowTheEphemeralOnes(t *testing.T) {
	cfg := config()
	cfg.Addrs = []Addr{{Listen: "127.0.0.1:0"}, {Listen: "127.0.0.2:0"}, {Listen: "127.0.0.1:0"}}
	s := serve(t, cfg)
	for _, a := range s.Addrs() {
		if port := a.(*net.TCPAddr).Port; port < firstPort || port > lastPort {
			t.Errorf("port %d", port)
		}
	}
	if len(s.URLs()) != 3 || s.URLs()[0] != "ws://127.0.0.1:"+strconv.Itoa(s.Addrs()[0].(*net.TCPAddr).Port)+"/im" {
		t.Errorf("URLs %v", s.URLs())
	}
}
