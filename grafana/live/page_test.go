package live

import (
	"bytes"
	"fmt"
	"net"
	"net/http"
	"sync"
	"testing"
)

// page stands for a Pushgateway: it serves what was pushed, once something was.
type page struct {
	mu   sync.Mutex
	text []byte
}

// set joins expositions, each of which says where it ends.
func (p *page) set(pushed ...[]byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	end := []byte("# EOF\n")
	for _, text := range pushed {
		p.text = append(p.text, bytes.TrimSuffix(text, end)...)
	}
	p.text = append(p.text, end...)
}

func (p *page) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.text == nil {
		http.Error(w, "nothing was pushed yet", http.StatusServiceUnavailable)
		return
	}
	w.Header().Set("Content-Type", "application/openmetrics-text; version=1.0.0; charset=utf-8")
	_, _ = w.Write(p.text)
}

// serve serves the page until the test ends.
func serve(t *testing.T, p *page) (address string) {
	t.Helper()
	address = fmt.Sprintf("127.0.0.1:%d", freePort(t))
	l, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	s := &http.Server{Handler: p}
	go func() { _ = s.Serve(l) }()
	t.Cleanup(func() { s.Close() })
	return address
}
