package target

import (
	"crypto/tls"
	"crypto/x509"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gorilla/websocket"

	"loginstorm/sim/gateway"
	"loginstorm/sim/wire"
)

// A login over TLS is a login, and a client that trusts nobody gets none.
func TestLinksThatAreSecured(t *testing.T) {
	known := httptest.NewUnstartedServer(nil)
	known.StartTLS()
	known.Close()
	roots := x509.NewCertPool()
	roots.AddCert(known.Certificate())
	cfg := config()
	cfg.TLS = &tls.Config{Certificates: known.TLS.Certificates}
	s := serve(t, cfg)
	u := s.URLs()[0]
	if !strings.HasPrefix(u, "wss://") {
		t.Fatalf("it listens on %s", u)
	}
	dialer := websocket.Dialer{Subprotocols: []string{wire.Subprotocol}, TLSClientConfig: &tls.Config{RootCAs: roots}}
	for account := range uint32(3) {
		ws, w, err := dialer.Dial(u, nil)
		if err != nil {
			t.Fatal(err)
		}
		_ = w.Body.Close()
		p := &peer{t: t, ws: ws}
		if code := p.login(credentials(account, 1)); code != wire.Success {
			t.Errorf("login %d: code %d", account, code)
		}
		if account == 0 { // A kick's frame and its close get through.
			if err := s.Do(t.Context(), gateway.Command{Kind: gateway.Ban, Account: 0, Kick: true}); err != nil {
				t.Fatal(err)
			}
			p.until(wire.Kick)
		}
		_ = ws.Close()
	}
	if _, _, err := (&websocket.Dialer{}).Dial(u, nil); err == nil || !strings.Contains(err.Error(), "authority") {
		t.Errorf("error %v", err)
	}
}
