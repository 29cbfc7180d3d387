package main

import (
	"bytes"
	"context"
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gorilla/websocket"
)

// TestProbeOverTLS: a certificate that nobody knows is refused unless its issuer is named
// or the word is given, and a header comes from the environment and is not printed.
func TestProbeOverTLS(t *testing.T) {
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-Gate") != "canary" {
			http.Error(w, "", http.StatusForbidden)
			return
		}
		c, err := (&websocket.Upgrader{}).Upgrade(w, r, nil)
		if err != nil {
			return
		}
		defer c.Close()
		if _, _, err := c.ReadMessage(); err == nil && c.WriteMessage(websocket.TextMessage, []byte(`{"ok":true}`)) == nil {
			_, _, _ = c.ReadMessage() // Until the client leaves.
		}
	}))
	defer server.Close()
	dir := t.TempDir()
	ca, plain := filepath.Join(dir, "ca.pem"), filepath.Join(dir, "plain.yaml")
	for path, text := range map[string][]byte{
		ca:    pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}),
		plain: []byte("name: plain\nstates:\n  login:\n    say: '{\"u\":\"${account}\"}'\n    on:\n      - {when: {ok: true}, means: loggedIn}\n"),
	} {
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("GATE", "canary")
	url := "wss" + strings.TrimPrefix(server.URL, "https")
	for _, c := range []struct {
		args []string
		in   bool
		says string
	}{
		{nil, false, "--ca"},
		{[]string{"--ca", ca}, false, "HTTP 403"},
		{[]string{"--ca", ca, "--header", "X-Gate=GATE"}, true, "loggedIn"},
		{[]string{"--insecure", "--header", "X-Gate=GATE"}, true, "loggedIn"},
	} {
		var out, errs bytes.Buffer
		cmd := newProbe(streams{in: strings.NewReader(""), out: &out, err: &errs})
		cmd.SetArgs(append([]string{url, "--dialect", plain, "--account", "a", "--linger", "1ms"}, c.args...))
		cmd.SilenceErrors, cmd.SilenceUsage = true, true
		if err := cmd.ExecuteContext(context.Background()); (err == nil) != c.in || !strings.Contains(out.String(), c.says) || strings.Contains(out.String(), "canary") {
			t.Errorf("%v: %v\n%s%s", c.args, err, &out, &errs)
		}
	}
}
