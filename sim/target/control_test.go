package target

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"loginstorm/sim/gateway"
	"loginstorm/sim/wire"
)

const canary = "canary-93b7e1"

// controlled is a server with a control port, and what it logged.
func controlled(t *testing.T) (*Server, *bytes.Buffer) {
	t.Helper()
	var log bytes.Buffer
	cfg := config()
	cfg.Control, cfg.Secret = "127.0.0.1:0", NewSecret(canary)
	cfg.Log = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	return serve(t, cfg), &log
}

func TestControl(t *testing.T) {
	s, log := controlled(t)
	c := NewControl(s.ControlURL(), NewSecret(canary))
	defer c.Close()
	if err := c.Healthy(t.Context()); err != nil {
		t.Error(err)
	}
	p := connect(t, s.URLs()[0])
	p.login(credentials(1, 1))
	if err := c.Do(t.Context(), gateway.Command{Kind: gateway.Ban, Account: 1, Kick: true}); err != nil {
		t.Fatal(err)
	}
	if m := p.until(wire.Kick); m.Reason != wire.ByServer {
		t.Errorf("kick %+v", m)
	}
	if code := connect(t, s.URLs()[0]).login(credentials(1, 1)); code != wire.AccountDisabled {
		t.Errorf("code %d", code)
	}
	st, err := c.Stats(t.Context())
	if err != nil || st.AcceptedTotal != 2 || st.Gateway.Of(wire.Success) != 1 {
		t.Errorf("%+v, %v", st, err)
	}
	for _, bad := range []gateway.Command{
		{Kind: gateway.SetMultiDevice},
		{Kind: gateway.Restart, Node: 9},
		{Kind: gateway.Ban, Account: 4711},
	} {
		if err := c.Do(t.Context(), bad); err == nil || !strings.Contains(err.Error(), "422 command") {
			t.Errorf("%+v: %v", bad, err)
		}
	}
	if err := c.Stop(t.Context()); err != nil {
		t.Error(err)
	}
	<-s.ending
	if strings.Contains(log.String(), canary) {
		t.Errorf("the secret was logged:\n%s", log)
	}
}

func TestControlAsksForItsSecret(t *testing.T) {
	s, log := controlled(t)
	for _, offered := range []Secret{{}, NewSecret("wrong-" + canary)} {
		c := NewControl(s.ControlURL(), offered)
		defer c.Close()
		_, statsErr := c.Stats(t.Context())
		for _, err := range []error{c.Do(t.Context(), gateway.Command{Kind: gateway.Undrain}), statsErr, c.Stop(t.Context())} {
			if err == nil || !strings.Contains(err.Error(), "401") || strings.Contains(err.Error(), canary) {
				t.Errorf("error %v", err)
			}
		}
		if err := c.Healthy(t.Context()); err != nil {
			t.Error(err)
		}
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.ControlURL()+"/stats", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", canary)
	w, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	_ = w.Body.Close()
	if w.StatusCode != http.StatusUnauthorized {
		t.Errorf("status %d without the scheme", w.StatusCode)
	}
	if strings.Contains(log.String(), canary) {
		t.Errorf("the secret was logged:\n%s", log)
	}
}

func TestControlRefusesOddBodies(t *testing.T) {
	s, _ := controlled(t)
	for name, test := range map[string]struct {
		path, kind, body string
		status           int
	}{
		"no JSON":       {"/command", jsonType, "{", http.StatusBadRequest},
		"unknown field": {"/command", jsonType, `{"bang":1}`, http.StatusBadRequest},
		"long":          {"/command", jsonType, `{"devices":[` + strings.Repeat("1,", maxCommand) + `1]}`, http.StatusBadRequest},
		"form":          {"/stop", "application/x-www-form-urlencoded", "a=b", http.StatusUnsupportedMediaType},
		"nothing":       {"/", jsonType, "{}", http.StatusNotFound},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.ControlURL()+test.path, strings.NewReader(test.body))
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Authorization", "Bearer "+canary)
			r.Header.Set("Content-Type", test.kind)
			transport := &http.Transport{DisableKeepAlives: true}
			w, err := transport.RoundTrip(r)
			if err != nil {
				t.Fatal(err)
			}
			_ = w.Body.Close()
			if w.StatusCode != test.status {
				t.Errorf("status %d, want %d", w.StatusCode, test.status)
			}
		})
	}
}

func TestControlOfNobody(t *testing.T) {
	c := NewControl("http://user:"+canary+"@127.0.0.1:1", NewSecret(canary))
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := c.Stop(ctx); err == nil || strings.Contains(err.Error(), canary) {
		t.Errorf("error %v", err)
	}
	c = NewControl("://"+canary, NewSecret(canary))
	if err := c.Stop(ctx); err == nil || strings.Contains(err.Error(), canary) {
		t.Errorf("error %v", err)
	}
}

func TestSecretPrintsNothing(t *testing.T) {
	cfg := config()
	cfg.Secret = NewSecret(canary)
	s, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	c := NewControl("http://127.0.0.1:1", cfg.Secret)
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "secret", cfg.Secret, "within", map[string]any{"s": cfg.Secret})
	marshalled, err := json.Marshal(cfg.Secret)
	if err != nil {
		t.Fatal(err)
	}
	text := log.String() + string(marshalled) +
		fmt.Sprint(cfg.Secret, &cfg.Secret, cfg.Addrs) + fmt.Sprintf("%v %+v %#v %s %q %x", cfg.Secret, cfg.Secret, cfg.Secret, cfg.Secret, cfg.Secret, cfg.Secret) +
		fmt.Sprintf("%+v %#v %+v", s.cfg.Secret, struct{ s Secret }{cfg.Secret}, *c)
	if strings.Contains(text, canary) || strings.Contains(text, fmt.Sprintf("%x", canary)) {
		t.Errorf("printed: %s", text)
	}
	if (Secret{}).String() != "" || NewSecret("").Set() {
		t.Error("no secret is a secret")
	}
}

func TestFaultsOfConfigurations(t *testing.T) {
	for name, test := range map[string]struct {
		change func(*Config)
		want   string // "" = no fault.
	}{
		"plain":              {func(*Config) {}, ""},
		"everywhere":         {func(c *Config) { c.Addrs[0].Listen = ":0" }, "not a loopback address"},
		"elsewhere":          {func(c *Config) { c.Addrs[0].Listen = "192.0.2.1:80" }, "not a loopback address"},
		"allowed":            {func(c *Config) { c.Addrs[0].Listen, c.AllowNonLoopback = ":0", true }, ""},
		"no address":         {func(c *Config) { c.Addrs[0].Listen = "127.0.0.1" }, "missing port"},
		"node":               {func(c *Config) { c.Addrs[0].Node = 3 }, "node 3 of 1"},
		"open control":       {func(c *Config) { c.Control, c.AllowNonLoopback = ":0", true }, "needs a secret"},
		"secret control":     {func(c *Config) { c.Control, c.Secret = ":0", NewSecret(canary) }, "not a loopback address"},
		"secret and allowed": {func(c *Config) { c.Control, c.Secret, c.AllowNonLoopback = ":0", NewSecret(canary), true }, ""},
		"gateway":            {func(c *Config) { c.Gateway.Linger = -time.Second }, "linger"},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := config()
			test.change(&cfg)
			_, err := New(cfg)
			if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
				t.Errorf("error %v, want %q", err, test.want)
			}
		})
	}
}
