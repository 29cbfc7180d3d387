package dial

import (
	"net/http"
	"testing"
)

func TestUpgradeOfARequest(t *testing.T) {
	d := &Dialer{header: http.Header{"User-Agent": {"x"}}}
	for _, c := range []struct{ url, path, want string }{
		{"ws://h:1", "/a?q=1", "ws://h:1/a?q=1"},
		{"ws://h:1/", "/a?q=1", "ws://h:1/a?q=1"},
		{"ws://h:1/own", "/a?q=1", "ws://h:1/own?q=1"},
		{"ws://h:1/own", "/a", "ws://h:1/own"},
		{"ws://h:1/own?r=2", "/a?q=1", "ws://h:1/own?r=2"},
		{"wss://h", "/", "wss://h/"},
	} {
		conn := &Conn{d: d, Request: &Request{Path: c.path, Header: http.Header{"X-Team": {"red"}}}}
		got, header := conn.upgrade(&endpoint{Endpoint: Endpoint{URL: c.url}})
		if got != c.want || header.Get("X-Team") != "red" || header.Get("User-Agent") != "x" || conn.Request != nil {
			t.Errorf("%s and %s: got %s %v", c.url, c.path, got, header)
		}
	}
	if d.header.Get("X-Team") != "" {
		t.Error("a header of one upgrade went into all")
	}
	if got, header := (&Conn{d: d}).upgrade(&endpoint{Endpoint: Endpoint{URL: "ws://h/im"}}); got != "ws://h/im" || len(header) != 1 {
		t.Errorf("without a request: %s %v", got, header)
	}
}
