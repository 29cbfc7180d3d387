package target

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"loginstorm/sim/backend"
	"loginstorm/sim/gateway"
	"loginstorm/sim/wire"
)

// nodes is a configuration of n nodes whose sessions last for days.
func nodes(n uint8) Config {
	cfg := config()
	cfg.Gateway.Nodes, cfg.Gateway.SessionTimeout = n, 100*time.Hour
	cfg.Addrs = nil
	for i := range n {
		cfg.Addrs = append(cfg.Addrs, Addr{Listen: "127.0.0.1:0", Node: i})
	}
	return cfg
}

func TestRollingDrain(t *testing.T) {
	s := serve(t, nodes(3))
	urls := s.URLs()
	var at [3][]*peer
	enter := func(node int, account uint32) {
		t.Helper()
		p := connect(t, urls[node])
		if code := p.login(credentials(account, 1)); code != wire.Success {
			t.Errorf("account %d on node %d: code %d", account, node, code)
		}
		at[node] = append(at[node], p)
	}
	for account := range uint32(6) {
		enter(int(account%3), account)
	}
	for node := range at {
		do(t, s, gateway.Command{Kind: gateway.Drain, Node: uint8(node)})
		for i, p := range at[node] {
			p.until(wire.Drain)
			p.wantClose(int(wire.CloseGoingAway))
			enter((node+1)%3, uint32(node+3*i)) // It has a new session before the next one hears of it.
		}
		at[node] = nil
		if _, _, err := websocket.DefaultDialer.Dial(urls[node], nil); !errors.Is(err, syscall.ECONNREFUSED) {
			t.Errorf("dial node %d while it drains: %v", node, err)
		}
		do(t, s, gateway.Command{Kind: gateway.Restart, Node: uint8(node), Orderly: true})
		do(t, s, gateway.Command{Kind: gateway.Undrain, Node: uint8(node)})
		_ = connect(t, urls[node]).ws.Close()
	}
	settled(t, s, func(st Stats) bool { return st.Gateway.Links > 0 && st.Gateway.Sessions == st.Gateway.Links })
}

func TestDrainClosesInTurn(t *testing.T) {
	s := serve(t, nodes(1))
	var peers []*peer
	for account := range uint32(4) {
		p := connect(t, s.URLs()[0])
		p.login(credentials(account, 1))
		peers = append(peers, p)
	}
	do(t, s, gateway.Command{Kind: gateway.Drain, Downtime: 4 * time.Hour})
	for i, p := range peers {
		p.until(wire.Drain)
		if st := s.Stats(); int(st.Gateway.Links) != len(peers)-i {
			t.Errorf("%d links after %d h", st.Gateway.Links, i)
		}
		s.pass(time.Hour)
		p.wantClose(int(wire.CloseGoingAway))
	}
}

func TestDeadNodesSessionsLinger(t *testing.T) {
	cfg := nodes(2)
	cfg.Gateway.Linger = time.Hour
	s := serve(t, cfg)
	p := connect(t, s.URLs()[1])
	p.login(credentials(1, 1))
	do(t, s, gateway.Command{Kind: gateway.Restart, Node: 1, Downtime: 10 * time.Hour})
	if err := p.closed(); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("link ended with %v", err)
	}
	c := credentials(1, 2)
	c.Origin = wire.Reconnect
	if code := connect(t, s.URLs()[0]).login(c); code != wire.NotLastDevice {
		t.Errorf("code %d while it lingers", code)
	}
	s.pass(2 * time.Hour)
	if code := connect(t, s.URLs()[0]).login(c); code != wire.Success {
		t.Errorf("code %d afterwards", code)
	}
}

func TestCommandsChangeLogins(t *testing.T) {
	limit := &gateway.RateLimit{Limit: 1, Window: time.Hour}
	for name, test := range map[string]struct {
		cmd   gateway.Command
		codes [2]wire.Code // Of two devices, one after the other.
		first bool         // The first one is still in afterwards.
	}{
		"nothing":        {gateway.Command{Kind: gateway.Undrain}, [2]wire.Code{wire.Success, wire.Success}, false},
		"minimum":        {gateway.Command{Kind: gateway.SetMinVersion, Version: 90001}, [2]wire.Code{wire.VersionTooOld, wire.VersionTooOld}, false},
		"too often":      {gateway.Command{Kind: gateway.SetRateLimit, RateLimit: limit}, [2]wire.Code{wire.Success, wire.TooOften}, true},
		"all devices":    {gateway.Command{Kind: gateway.SetMultiDevice, MultiDevice: &gateway.MultiDevice{Policy: gateway.PolicyAll}}, [2]wire.Code{wire.Success, wire.Success}, true},
		"outage":         {gateway.Command{Kind: gateway.Outage, Code: 500, Hint: time.Minute}, [2]wire.Code{500, 500}, false},
		"rotated":        {gateway.Command{Kind: gateway.RotateToken, Accounts: []uint32{1, 2}, Rotation: 3}, [2]wire.Code{wire.Mismatch, wire.Mismatch}, false},
		"banned":         {gateway.Command{Kind: gateway.Ban, Accounts: []uint32{7, 1}}, [2]wire.Code{wire.AccountDisabled, wire.AccountDisabled}, false},
		"somebody else":  {gateway.Command{Kind: gateway.Ban, Accounts: []uint32{7, 8}}, [2]wire.Code{wire.Success, wire.Success}, false},
		"other services": {gateway.Command{Kind: gateway.SetBackend, Backend: backend.App, Fails: 1_000_000}, [2]wire.Code{wire.Success, wire.Success}, false},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := config()
			cfg.App = &backend.Config{}
			s := serve(t, cfg)
			do(t, s, test.cmd)
			first, second := connect(t, s.URLs()[0]), connect(t, s.URLs()[0])
			for i, p := range []*peer{first, second} {
				p.serial++
				p.send(&wire.Message{Kind: wire.Login, Serial: p.serial, Login: credentials(1, uint64(i+1))})
				if m := p.until(wire.LoginReply); m.Code != test.codes[i] || m.RetryAfter != test.cmd.Hint {
					t.Errorf("device %d: code %d, hint %v", i+1, m.Code, m.RetryAfter)
				}
			}
			if !test.first {
				return
			}
			first.send(&wire.Message{Kind: wire.Ping, Serial: 99})
			first.until(wire.Pong)
		})
	}
}

func TestAdmissionInBuckets(t *testing.T) {
	s := serve(t, nodes(2))
	do(t, s, gateway.Command{Kind: gateway.SetAdmission, Admission: &gateway.Admission{Bucket: 2, Every: time.Hour, Hint: true}})
	for range 2 {
		connect(t, s.URLs()[0])
		connect(t, s.URLs()[1]) // Of all nodes together.
		_, w, err := websocket.DefaultDialer.Dial(s.URLs()[0], nil)
		if err == nil || w == nil || w.StatusCode != http.StatusServiceUnavailable || w.Header.Get("Retry-After") == "" {
			t.Fatalf("%v, %+v", err, w)
		}
		s.pass(time.Hour)
	}
	if st := s.Stats(); st.Gateway.Held != 2 || st.RefusedTotal != 2 {
		t.Errorf("%+v", st)
	}
}

// A batch of the largest size fits through the control port.
func TestBatches(t *testing.T) {
	cfg := config()
	cfg.Gateway.Accounts = 10_000
	cfg.Control, cfg.Secret = "127.0.0.1:0", NewSecret(canary)
	s := serve(t, cfg)
	c := NewControl(s.ControlURL(), NewSecret(canary))
	defer c.Close()
	batch := make([]uint32, gateway.MaxBatch)
	for i := range batch {
		batch[i] = uint32(i)
	}
	last := uint32(gateway.MaxBatch - 1)
	in, out := connect(t, s.URLs()[0]), connect(t, s.URLs()[0])
	out.login(credentials(last, 1))
	in.login(credentials(last+1, 1))
	if err := c.Do(t.Context(), gateway.Command{Kind: gateway.Ban, Accounts: batch, Kick: true}); err != nil {
		t.Fatal(err)
	}
	if m := out.until(wire.Kick); m.Reason != wire.ByServer {
		t.Errorf("kick %+v", m)
	}
	in.send(&wire.Message{Kind: wire.Ping, Serial: 9})
	in.until(wire.Pong)
	if code := connect(t, s.URLs()[0]).login(credentials(0, 1)); code != wire.AccountDisabled {
		t.Errorf("code %d while banned", code)
	}
	if err := c.Do(t.Context(), gateway.Command{Kind: gateway.Unban, Accounts: batch}); err != nil {
		t.Fatal(err)
	}
	if code := connect(t, s.URLs()[0]).login(credentials(0, 1)); code != wire.Success {
		t.Errorf("code %d afterwards", code)
	}
	widest := gateway.Command{Kind: gateway.KickServer, Accounts: make([]uint32, gateway.MaxBatch), Devices: make([]uint64, gateway.MaxBatch)}
	for i := range widest.Accounts {
		widest.Accounts[i], widest.Devices[i] = 1<<32-1, 1<<64-1
	}
	for want, cmd := range map[string]gateway.Command{
		"account 4294967295 of 10000": widest,
		"at most 4096 accounts":       {Kind: gateway.Unban, Accounts: append(batch, 1)},
	} {
		if err := c.Do(t.Context(), cmd); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
}

// Nothing that lasts holds up what comes after it.
func TestCommandsDoNotWaitForEachOther(t *testing.T) {
	cfg := nodes(2)
	cfg.Control, cfg.Secret = "127.0.0.1:0", NewSecret(canary)
	s := serve(t, cfg)
	c := NewControl(s.ControlURL(), NewSecret(canary))
	defer c.Close()
	lasting := []gateway.Command{
		{Kind: gateway.Restart, Node: gateway.AllNodes, Downtime: time.Hour},
		{Kind: gateway.Drain, Node: 1, Downtime: time.Hour},
		{Kind: gateway.RefuseLinks, Node: 0, Downtime: time.Hour},
		{Kind: gateway.Stall, Node: gateway.AllNodes, Downtime: time.Hour},
		{Kind: gateway.Outage, Code: 503, Downtime: time.Hour},
		{Kind: gateway.Ban, Account: 1},
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	var wg sync.WaitGroup
	for range 10 {
		for _, cmd := range lasting {
			wg.Go(func() {
				if err := c.Do(ctx, cmd); err != nil {
					t.Error(err)
				}
			})
		}
	}
	wg.Wait()
	do(t, s, gateway.Command{Kind: gateway.Undrain, Node: gateway.AllNodes})
	s.pass(2 * time.Hour)
	for _, url := range s.URLs() {
		if code := connect(t, url).login(credentials(1, 1)); code != wire.AccountDisabled {
			t.Errorf("code %d at the end", code)
		}
	}
}
