package dial

import (
	"context"
	"net"
	"net/netip"
	"strconv"
	"sync"
	"sync/atomic"
)

// endpoint is an Endpoint and the addresses its name stands for.
type endpoint struct {
	Endpoint
	host, port string

	known atomic.Pointer[addresses]
	mu    sync.Mutex // Held while the name is looked up, so that it is asked for once.
}

type addresses struct {
	all   []netip.AddrPort
	until Time // When they have to be asked for again.
}

// address returns an address for the n-th Conn. Literal addresses cost nothing;
// a name is looked up once for all and again when nameTTL is over.
func (e *endpoint) address(ctx context.Context, now Time, n uint32) (netip.AddrPort, error) {
	known := e.known.Load()
	if known == nil || known.until <= now {
		var err error
		if known, err = e.lookUp(ctx, now); err != nil {
			return netip.AddrPort{}, err
		}
	}
	return known.all[n%uint32(len(known.all))], nil
}

func (e *endpoint) lookUp(ctx context.Context, now Time) (*addresses, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if known := e.known.Load(); known != nil && known.until > now {
		return known, nil
	}
	port, err := strconv.ParseUint(e.port, 10, 16)
	if err != nil {
		return nil, err
	}
	known := &addresses{until: 1<<63 - 1}
	if literal, err := netip.ParseAddr(e.host); err == nil {
		known.all = []netip.AddrPort{netip.AddrPortFrom(literal, uint16(port))}
	} else {
		found, err := net.DefaultResolver.LookupNetIP(ctx, "ip", e.host)
		if err != nil {
			return nil, err
		}
		known.until = now + nameTTL
		for _, a := range found {
			known.all = append(known.all, netip.AddrPortFrom(a.Unmap(), uint16(port)))
		}
	}
	e.known.Store(known)
	return known, nil
}

// count returns how many addresses are known.
func (e *endpoint) count() uint32 {
	if known := e.known.Load(); known != nil {
		return uint32(len(known.all))
	}
	return 0
}
