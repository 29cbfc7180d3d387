package dial

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
)

// tunnel asks a proxy for a way to an endpoint. RFC 9110, section 9.3.6. An error
// quotes nothing that the proxy said but its status.
func (d *Dialer) tunnel(rw io.ReadWriter, e *endpoint) error {
	to := net.JoinHostPort(e.host, e.port)
	var ask strings.Builder
	fmt.Fprintf(&ask, "CONNECT %s HTTP/1.1\r\nHost: %s\r\n", to, to)
	if d.conf.UserAgent != "" {
		fmt.Fprintf(&ask, "User-Agent: %s\r\n", d.conf.UserAgent)
	}
	if d.conf.ProxyAuthorization != "" {
		fmt.Fprintf(&ask, "Proxy-Authorization: %s\r\n", d.conf.ProxyAuthorization)
	}
	ask.WriteString("\r\n")
	if _, err := io.WriteString(rw, ask.String()); err != nil {
		return err
	}
	head, err := readHead(rw)
	if err != nil {
		return err
	}
	status, err := statusOf(head)
	if err != nil {
		return &Error{Kind: BadProxy, Address: d.proxy.URL, Err: err}
	}
	if status/100 != 2 {
		return &Error{Kind: BadProxy, Address: d.proxy.URL, HTTPStatus: status, Err: fmt.Errorf("the proxy answered with HTTP status %d", status)}
	}
	return nil
}

// readHead reads up to the empty line. Nothing may follow it: whoever is behind the
// proxy is spoken to first.
func readHead(r io.Reader) ([]byte, error) {
	head := make([]byte, 0, bufferSize)
	for !bytes.HasSuffix(head, []byte("\r\n\r\n")) {
		if len(head) == cap(head) {
			if len(head) >= maxHeader {
				return nil, errHeader
			}
			head = append(head, 0)[:len(head)]
		}
		n, err := r.Read(head[len(head):cap(head)])
		head = head[:len(head)+n]
		if n == 0 && err != nil {
			return nil, err
		}
	}
	return head, nil
}

// statusOf reads the status line.
func statusOf(head []byte) (uint16, error) {
	line, _, _ := strings.Cut(string(head), "\r\n")
	words := strings.Fields(line)
	if len(words) < 2 || !strings.HasPrefix(words[0], "HTTP/1.") {
		return 0, errNoHTTP
	}
	status, err := strconv.ParseUint(words[1], 10, 16)
	if err != nil || status < 100 || status > 999 {
		return 0, errNoHTTP
	}
	return uint16(status), nil
}
