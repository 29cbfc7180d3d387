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
	security   *security // nil: links are not secured.

	addresses atomic.Pointer[addresses]
	mu        sync.Mutex // Held while the name is looked up, so that it is asked for once.
}

type addresses struct {
	all   []netip.AddrPort
	until Time // When they have to be asked for again.
}

// known returns an address for the n-th Conn, if none has to be looked up.
func (e *endpoint) known(now Time, n uint32) (netip.AddrPort, bool) {
	if a := e.addresses.Load(); a != nil && a.until > now {
		return a.all[n%uint32(len(a.all))], true
	}
	return netip.AddrPort{}, false
}

// literal makes an address that is no name known for good: nobody waits for it, and
// no phase of an attempt begins with it.
func (e *endpoint) literal() {
	ip, err := netip.ParseAddr(e.host)
	if err != nil {
		return
	}
	if port, err := strconv.ParseUint(e.port, 10, 16); err == nil {
		e.addresses.Store(&addresses{until: 1<<63 - 1, all: []netip.AddrPort{netip.AddrPortFrom(ip, uint16(port))}})
	}
}

// lookUp is known for a name that has to be looked up, once for all who ask
// meanwhile, and again when nameTTL is over.
func (e *endpoint) lookUp(ctx context.Context, now Time, n uint32) (netip.AddrPort, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if a, ok := e.known(now, n); ok {
		return a, nil
	}
	a, err := e.resolve(ctx, now)
	if err != nil {
		return netip.AddrPort{}, err
	}
	e.addresses.Store(a)
	return a.all[n%uint32(len(a.all))], nil
}

func (e *endpoint) resolve(ctx context.Context, now Time) (*addresses, error) {
	port, err := strconv.ParseUint(e.port, 10, 16)
	if err != nil {
		return nil, err
	}
	found, err := net.DefaultResolver.LookupNetIP(ctx, "ip", e.host)
	if err != nil {
		return nil, err
	}
	known := &addresses{until: now + nameTTL}
	for _, a := range found {
		known.all = append(known.all, netip.AddrPortFrom(a.Unmap(), uint16(port)))
	}
	return known, nil
}

// count returns how many addresses are known.
func (e *endpoint) count() uint32 {
	if a := e.addresses.Load(); a != nil {
		return uint32(len(a.all))
	}
	return 0
}
