package page

import (
	"cmp"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"sync"
)

// Listen binds the address of a live page: host:port, or :port and port alone for
// loopback. Only a host that is written down is heard by other machines.
func Listen(addr string) (net.Listener, error) {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		if _, bad := strconv.ParseUint(addr, 10, 16); bad != nil {
			return nil, fmt.Errorf("listen on %q: write host:port, such as 127.0.0.1:8090", addr)
		}
		host, port = "", addr
	}
	l, err := net.Listen("tcp", net.JoinHostPort(cmp.Or(host, "127.0.0.1"), port))
	if err != nil {
		return nil, err
	}
	return &bounded{Listener: l, places: make(chan struct{}, maxConnections), closed: make(chan struct{})}, nil
}

// maxConnections is how many connections there are at once: a browser holds a few for
// each page. The others wait in the kernel.
const maxConnections = 64

// bounded is a listener whose connections have places.
type bounded struct {
	net.Listener
	places chan struct{}
	closed chan struct{}
	once   sync.Once
}

// Accept waits for a place, then for a connection.
func (b *bounded) Accept() (net.Conn, error) {
	select {
	case b.places <- struct{}{}:
	case <-b.closed:
		return nil, net.ErrClosed
	}
	c, err := b.Listener.Accept()
	if err != nil {
		<-b.places
		return nil, err
	}
	return &placed{Conn: c, leave: sync.OnceFunc(func() { <-b.places })}, nil
}

// Close also ends an Accept that waits for a place.
func (b *bounded) Close() error {
	b.once.Do(func() { close(b.closed) })
	return b.Listener.Close()
}

// placed is a connection that gives its place back.
type placed struct {
	net.Conn
	leave func()
}

func (p *placed) Close() error {
	defer p.leave()
	return p.Conn.Close()
}

// own reports whether a Host header names the address that was bound. A page of
// somebody else's, whose name was made to point here, has that name in it: names are
// refused, but localhost where loopback was bound. Where every address was bound, any
// address is right.
func own(host string, bound net.Addr) bool {
	at, ok := bound.(*net.TCPAddr)
	if !ok {
		return false
	}
	name, port, err := net.SplitHostPort(host)
	if err != nil {
		name, port = strings.Trim(host, "[]"), "80"
	}
	if port != strconv.Itoa(at.Port) {
		return false
	}
	if strings.EqualFold(name, "localhost") {
		return at.IP.IsLoopback() || at.IP.IsUnspecified()
	}
	ip, err := netip.ParseAddr(name)
	if err != nil {
		return false
	}
	return at.IP.IsUnspecified() || at.IP.Equal(net.IP(ip.AsSlice()))
}
