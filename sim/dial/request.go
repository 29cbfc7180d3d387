package dial

import (
	"net/http"
	"strings"
)

// Request is what one upgrade asks for beside what all ask for.
type Request struct {
	Path   string      // With its query. A path of the endpoint's own stands in front of the query.
	Header http.Header // Beside Config.Header, or in its place; nil = none.
}

// upgrade returns the address and the header of an upgrade.
func (c *Conn) upgrade(e *endpoint) (string, http.Header) {
	r := c.Request
	if r == nil {
		return e.URL, c.d.header
	}
	c.Request = nil // It is asked once, and held no longer.
	header := c.d.header
	if len(r.Header) > 0 {
		header = header.Clone()
		for name, values := range r.Header {
			header[name] = values
		}
	}
	base, _, own := strings.Cut(e.URL, "?")
	scheme := strings.Index(base, "://") + len("://")
	path := strings.IndexByte(base[scheme:], '/')
	switch {
	case own:
		return e.URL, header
	case path < 0:
		return base + r.Path, header
	case base[scheme+path:] == "/":
		return base[:scheme+path] + r.Path, header
	}
	if _, query, asks := strings.Cut(r.Path, "?"); asks {
		return base + "?" + query, header
	}
	return e.URL, header
}

// Closed is the cause of an end with a close frame that gives a reason.
type Closed struct{ Text string }

// Error returns the reason as the peer gave it.
func (c *Closed) Error() string { return c.Text }

// reason returns the cause of an end by its close frame; nil = it gives none.
func reason(payload []byte) error {
	if len(payload) <= 2 {
		return nil
	}
	return &Closed{string(payload[2:])}
}
