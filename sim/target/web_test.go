package target

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"loginstorm/sim/backend"
	"loginstorm/sim/chance"
	"loginstorm/sim/gateway"
	"loginstorm/sim/wire"
)

// webbed is a configuration with a web port whose servers cost nothing.
func webbed() Config {
	cfg := config()
	cfg.Web, cfg.AppKey = "127.0.0.1:0", NewSecret("app")
	cfg.Gateway.Dynamic = true
	return cfg
}

// browser asks the web port.
type browser struct {
	t    *testing.T
	base string
	http *http.Client
}

func browse(t *testing.T, s *Server) *browser {
	t.Helper()
	b := &browser{t: t, base: s.WebURL(), http: &http.Client{Timeout: patience, Transport: &http.Transport{}}}
	t.Cleanup(b.http.CloseIdleConnections)
	return b
}

func (b *browser) get(path string) (status int, body string) {
	b.t.Helper()
	w, err := b.http.Get(b.base + path)
	if err != nil {
		b.t.Fatal(err)
	}
	defer func() { _ = w.Body.Close() }()
	text, err := io.ReadAll(w.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return w.StatusCode, string(text)
}

// token asks for the token of an account.
func (b *browser) token(account uint32, as string) string {
	b.t.Helper()
	status, body := b.get(fmt.Sprintf("%s?account=u%04d&authType=%s", TokenPath, account, as))
	var said struct {
		Token string `json:"token"`
	}
	if err := json.Unmarshal([]byte(body), &said); status != http.StatusOK || err != nil {
		b.t.Fatalf("%d %s: %v", status, body, err)
	}
	return said.Token
}

// addresses asks for the nodes that are named.
func (b *browser) addresses() (nodes []uint8) {
	b.t.Helper()
	status, body := b.get(AddressPath)
	var said directory
	if err := json.Unmarshal([]byte(body), &said); status != http.StatusOK || err != nil {
		b.t.Fatalf("%d %s: %v", status, body, err)
	}
	for _, a := range said.Addresses {
		if !strings.HasPrefix(a.URL, "ws://127.0.0.1:") || !strings.HasSuffix(a.URL, Path) {
			b.t.Errorf("address %q", a.URL)
		}
		nodes = append(nodes, a.Node)
	}
	return nodes
}

func do(t *testing.T, s *Server, cmd gateway.Command) {
	t.Helper()
	if err := s.Do(t.Context(), cmd); err != nil {
		t.Fatal(err)
	}
}

func TestStaticTokensRotate(t *testing.T) {
	s := serve(t, webbed())
	b := browse(t, s)
	old := b.token(3, "default")
	if old != gateway.AccountToken(tokenSeed, 3) {
		t.Errorf("first token %q", old)
	}
	do(t, s, gateway.Command{Kind: gateway.RotateToken, Accounts: []uint32{2, 3}, Rotation: 1})
	c := credentials(3, 1)
	if code := connect(t, s.URLs()[0]).login(c); code != wire.Mismatch {
		t.Errorf("code %d with the old token", code)
	}
	if c.Token = b.token(3, "default"); c.Token == old {
		t.Error("the token stayed")
	}
	if code := connect(t, s.URLs()[0]).login(c); code != wire.Success {
		t.Errorf("code %d with the new token", code)
	}
	if code := connect(t, s.URLs()[0]).login(credentials(4, 1)); code != wire.Success {
		t.Errorf("code %d for somebody else", code)
	}
}

func TestDynamicTokens(t *testing.T) {
	for name, test := range map[string]struct {
		change func(*Config)
		spoil  func(*wire.Credentials)
		code   wire.Code
	}{
		"fresh":        {nil, nil, wire.Success},
		"ahead":        {func(c *Config) { c.AppSkew = 30 * time.Second }, nil, wire.Success},
		"behind":       {func(c *Config) { c.AppSkew = -30 * time.Second }, nil, wire.Success},
		"expired":      {func(c *Config) { c.AppTTL, c.AppSkew = time.Minute, -2*time.Minute }, nil, wire.Mismatch},
		"far ahead":    {func(c *Config) { c.AppSkew = time.Hour }, nil, wire.Mismatch},
		"not taken":    {func(c *Config) { c.Gateway.Dynamic = false }, nil, wire.NotPermitted},
		"other key":    {func(c *Config) { c.AppKey = NewSecret("other") }, nil, wire.Success},
		"of another":   {nil, func(c *wire.Credentials) { c.Account = "u0002" }, wire.Mismatch},
		"forged":       {nil, func(c *wire.Credentials) { c.Token = c.Token[:30] + "AAAA" + c.Token[34:] }, wire.Mismatch},
		"static":       {nil, func(c *wire.Credentials) { c.Token = gateway.AccountToken(tokenSeed, 1) }, wire.Mismatch},
		"keyless":      {func(c *Config) { c.AppKey = Secret{} }, nil, wire.Mismatch},
		"keyless both": {func(c *Config) { c.AppKey, c.Gateway.App = Secret{}, 0 }, func(c *wire.Credentials) { c.AppKey = "" }, wire.Success},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := webbed()
			if test.change != nil {
				test.change(&cfg)
			}
			s := serve(t, cfg)
			c := credentials(1, 1)
			c.AuthType, c.Token = wire.AuthDynamic, browse(t, s).token(1, "dynamic")
			if test.spoil != nil {
				test.spoil(c)
			}
			if code := connect(t, s.URLs()[0]).login(c); code != test.code {
				t.Errorf("code %d, want %d", code, test.code)
			}
		})
	}
}

func TestAddressesLeaveOutWhatDrains(t *testing.T) {
	cfg := webbed()
	cfg.Gateway.Nodes = 3
	cfg.Addrs = []Addr{{Listen: "127.0.0.1:0"}, {Listen: "127.0.0.1:0", Node: 1}, {Listen: "127.0.0.1:0", Node: 2}}
	s := serve(t, cfg)
	b := browse(t, s)
	want := func(when string, want ...uint8) {
		t.Helper()
		if got := b.addresses(); string(got) != string(want) {
			t.Errorf("%s: nodes %v, want %v", when, got, want)
		}
	}
	want("at first", 0, 1, 2)
	do(t, s, gateway.Command{Kind: gateway.Drain, Node: 1, Downtime: time.Hour})
	want("while 1 drains", 0, 2)
	do(t, s, gateway.Command{Kind: gateway.Restart, Node: 2, Downtime: time.Hour})
	want("while 2 is down", 0, 2)
	do(t, s, gateway.Command{Kind: gateway.Drain, Node: gateway.AllNodes})
	want("while all drain")
	do(t, s, gateway.Command{Kind: gateway.Undrain, Node: gateway.AllNodes})
	want("after it", 0, 1, 2)
}

func TestWebRefusesOddRequests(t *testing.T) {
	s := serve(t, webbed())
	const host = " HTTP/1.1\r\nHost: h\r\n"
	for name, test := range map[string]struct {
		request string
		status  int // 0 = the connection ends without a word.
	}{
		"path":       {"GET /else" + host + "\r\n", http.StatusNotFound},
		"nobody":     {"GET /app/token?account=u9999" + host + "\r\n", http.StatusNotFound},
		"no account": {"GET /app/token" + host + "\r\n", http.StatusBadRequest},
		"auth type":  {"GET /app/token?account=u0001&authType=odd" + host + "\r\n", http.StatusBadRequest},
		"method":     {"DELETE /address" + host + "\r\n", http.StatusMethodNotAllowed},
		"body":       {"GET /address" + host + "Content-Length: 1\r\n\r\n", http.StatusBadRequest},
		"chunks":     {"GET /address" + host + "Transfer-Encoding: chunked\r\n\r\n", http.StatusBadRequest},
		"no HTTP":    {"hello\r\n\r\n", http.StatusBadRequest},
		"long":       {"GET /address" + host + "X: " + strings.Repeat("x", maxRequest), http.StatusRequestHeaderFieldsTooLarge},
		"two":        {"GET /address" + host + "\r\nGET /address" + host + "\r\n", 0},
		"third":      {"GET /app/token?account=u0001&authType=thirdParty" + host + "\r\n", http.StatusOK},
		"old":        {"GET /address HTTP/1.0\r\n\r\n", http.StatusOK},
		"plain":      {"GET /app/token?account=u0001" + host + "\r\n", http.StatusOK},
	} {
		t.Run(name, func(t *testing.T) {
			conn, err := net.Dial("tcp", s.web.door.addr.String())
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = conn.Close() }()
			_ = conn.SetDeadline(time.Now().Add(patience))
			go func() { _, _ = io.WriteString(conn, test.request) }()
			w, err := http.ReadResponse(bufio.NewReader(conn), nil)
			if test.status == 0 {
				if err == nil {
					t.Errorf("answer %d", w.StatusCode)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if _, err := io.ReadAll(w.Body); err != nil || w.StatusCode != test.status {
				t.Errorf("status %d, want %d: %v", w.StatusCode, test.status, err)
			}
		})
	}
	settled(t, s, func(st Stats) bool { return st.Web == 0 })
}

// slowApp is a configuration whose app server answers nothing for an hour.
func slowApp() Config {
	cfg := webbed()
	cfg.App = &backend.Config{ServiceTime: chance.Dist{Shape: chance.Constant, A: time.Hour}}
	return cfg
}

func TestVisitorsThatLeaveAreLetGo(t *testing.T) {
	s := serve(t, slowApp())
	before := descriptors(t)
	ctx, leave := context.WithCancel(t.Context())
	client := &http.Client{Transport: &http.Transport{}}
	const many = 200
	ended := make(chan error, many)
	for range many {
		go func() {
			r, err := http.NewRequestWithContext(ctx, http.MethodGet, s.WebURL()+TokenPath+"?account=u0001", nil)
			if err == nil {
				_, err = client.Do(r)
			}
			ended <- err
		}()
	}
	settled(t, s, func(st Stats) bool { return st.App.Waiting == many })
	if code := connect(t, s.URLs()[0]).login(credentials(1, 1)); code != wire.Success {
		t.Errorf("code %d meanwhile", code)
	}
	leave()
	for range many {
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	}
	settled(t, s, func(st Stats) bool { return st.Web == 0 && st.App.Waiting == many })
	settled(t, s, func(Stats) bool { return descriptors(t) <= before+2 }) // The login's two ends.
}

func TestStopEndsVisits(t *testing.T) {
	before := descriptors(t)
	s, err := New(slowApp())
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Listen(); err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- s.Serve(context.Background()) }()
	client := &http.Client{Transport: &http.Transport{}}
	ended := make(chan error, 50)
	for range cap(ended) {
		go func() {
			_, err := client.Get(s.WebURL() + TokenPath + "?account=u0001")
			ended <- err
		}()
	}
	idle, err := net.Dial("tcp", s.web.door.addr.String())
	if err != nil {
		t.Fatal(err)
	}
	settled(t, s, func(st Stats) bool { return st.App.Waiting == cap(ended) && st.Web == cap(ended)+1 })
	s.Stop()
	for range cap(ended) {
		if <-ended == nil {
			t.Error("an answer came")
		}
	}
	if err := <-served; err != nil {
		t.Error(err)
	}
	_ = idle.Close()
	if after := descriptors(t); after > before {
		t.Errorf("%d descriptors, %d before", after, before)
	}
}

func TestImpatientVisitorIsCut(t *testing.T) {
	s := serve(t, slowApp())
	conn, err := net.Dial("tcp", s.web.door.addr.String())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	_ = conn.SetDeadline(time.Now().Add(patience))
	const request = "GET /app/token?account=u0001 HTTP/1.1\r\nHost: h\r\n\r\n"
	if _, err := io.WriteString(conn, request); err != nil {
		t.Fatal(err)
	}
	settled(t, s, func(st Stats) bool { return st.App.Waiting == 1 })
	if _, err := io.WriteString(conn, request); err != nil {
		t.Fatal(err)
	}
	if n, err := io.Copy(io.Discard, conn); n > 0 || errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%d bytes, %v", n, err)
	}
	settled(t, s, func(st Stats) bool { return st.Web == 0 })
}

func TestConnectionsServeAgain(t *testing.T) {
	cfg := webbed()
	cfg.App = &backend.Config{ServiceTime: chance.Dist{Shape: chance.Constant, A: time.Millisecond}}
	s := serve(t, cfg)
	b := browse(t, s)
	for account := range uint32(20) {
		if b.token(account, "default") != gateway.AccountToken(tokenSeed, account) {
			t.Errorf("token of account %d", account)
		}
	}
	if st := s.Stats(); st.Web != 1 || st.App.Asked != 20 || st.AcceptedTotal != 0 {
		t.Errorf("stats %+v, %+v", st, *st.App)
	}
}
