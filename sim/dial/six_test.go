package dial

import (
	"net"
	"net/netip"
	"testing"
)

// Over IPv6 a link goes as over IPv4, from a source address too.
func TestIPv6(t *testing.T) {
	l, err := net.Listen("tcp6", "[::1]:0")
	if err != nil {
		t.Logf("this machine has no IPv6, not even on loopback: %v", err)
		return
	}
	s := serve(t, l)
	s.url = "ws://" + l.Addr().String()
	for name, sources := range map[string][]netip.Addr{"any": nil, "one": {netip.MustParseAddr("::1")},
		"another family's": {netip.MustParseAddr("127.0.0.1"), netip.MustParseAddr("127.0.0.2")}, "both": {netip.MustParseAddr("127.0.0.1"), netip.MustParseAddr("::1")}} {
		t.Run(name, func(t *testing.T) {
			d, h := s.dialer(t, "/echo", func(c *Config) { c.SourceAddrs = sources })
			if err := echoes(t, d, h, 1, 1); err != nil {
				t.Error(err)
			}
		})
	}
}
