// Package dial is everything up to an open socket and the way bytes go over it:
// name, source address, TCP, the WebSocket upgrade, frames in and out, and the
// ways in which a link can end.
//
// A Dialer makes Conns. NewConn costs nothing yet; Start opens one in a reused
// goroutine, and any number may be on their way; every method but Open returns at
// once, whatever the Conn does at that time. What happens is told to a Handler,
// stamped where the bytes arrive.
//
// gorilla/websocket does the upgrade and puts outgoing messages into frames.
// Incoming frames are read by a reader of our own, for one reason: gorilla
// reads from a buffer that it owns and cannot say whether that buffer is empty,
// so whoever reads with it needs a goroutine that waits. The reader here takes
// bytes as they come, needs nothing while none come, and is strict: a masked,
// reserved, broken or oversized frame ends the link.
//
// On Linux a Conn is a bare file descriptor in an epoll instance of the
// Dialer: an idle client costs no goroutine, no entry in the runtime's poller
// and no buffer. Elsewhere, and over connections that Config.Connect makes, it
// is a net.Conn with a goroutine that reads. Both behave alike.
//
// A link may be half-open (Mute): then nothing is said, heard or answered over it,
// and who gives it up does so in silence (Abandon). What was abandoned is held until
// the peer ends it or Config.Forget is over.
//
// Beside the links, a Web asks over HTTP: the app's server for tokens, the address
// server for where to connect.
//
// The package knows no statuses, keeps no timers for its clients but the bound of a
// question, and retries nothing: an attempt that lasts too long is ended by Close.
package dial

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"time"

	"loginstorm/sim/wire"
)

// Time is an instant, as elapsed time since Config.Start.
type Time = time.Duration

// Endpoint is one address of the target.
type Endpoint struct {
	URL  string // ws://host[:port][/path], or wss://
	Node uint8  // The gateway node behind it.
}

// Config describes a Dialer. The zero value of a field means what is said there.
type Config struct {
	Endpoints []Endpoint // At least one.
	// SourceAddrs are what Conns are spread over, each over those of its peer's family;
	// none: the system's choice.
	SourceAddrs []netip.Addr
	UserAgent   string      // Sent with every upgrade.
	RunID       string      // Sent with every upgrade in wire.RunIDHeader.
	Subprotocol string      // Offered in the upgrade; empty: none.
	Header      http.Header // Sent with every upgrade beside that.
	// TLS is for endpoints that begin with wss:; nil: as the system has it. Without a
	// ServerName it is the endpoint's host. It is not changed.
	TLS *tls.Config
	// Resume lets every link of a client but its first one resume a TLS session.
	Resume bool
	// Proxy is an HTTP proxy that every link goes through, "http://host:port"; empty:
	// none. ProxyAuthorization is what it is told beside the address.
	Proxy              string
	ProxyAuthorization string
	Start              time.Time // When the run began; the zero Time: when New is called.
	// Linger is how long an orderly close waits for the peer's end; 0: 2 s.
	Linger time.Duration
	// Forget is how long an abandoned Conn waits in silence for the peer's end before
	// it is reset; 0: 10 min. It should outlast the peer's own patience.
	Forget time.Duration

	// Connect replaces the sockets by connections of the caller's making, for
	// tests in memory. Every Conn then has a goroutine that reads.
	Connect func(ctx context.Context, e Endpoint) (net.Conn, error)
}

// Bounds of what one link may cost.
const (
	// maxQueue bounds what waits for a peer that does not read, in bytes. A
	// client says a few hundred bytes in its life, so a queue this long never
	// drains again.
	maxQueue = 256 << 10
	// maxHeader bounds the answer to an upgrade; net/http allows servers the same.
	maxHeader = 64 << 10
	// lingerDefault is how long an orderly close waits for the peer's end.
	lingerDefault = 2 * time.Second
	// forgetDefault is how long an abandoned Conn is kept for the peer's sake:
	// gateways give a silent link up within minutes.
	forgetDefault = 10 * time.Minute
	// nameTTL is how long the addresses of a name are used.
	nameTTL = 30 * time.Second
)

// Timings is how long the parts of opening a link took. Address is the time for which
// a name was looked up; an address that is no name, or a name that was known already,
// takes none.
type Timings struct {
	Address, Dial, TLS, Upgrade time.Duration
}

// Handler hears what happens on the Conns of a Dialer. Calls for one Conn come
// one at a time: Up first, then Frames, then Down; each Conn that was Up goes
// Down exactly once. A Frame may still be under way while the owner ends its
// Conn. They come from the goroutine that reads, from Open, or from the call
// that ended the Conn; they must not wait, and Up must not use the Conn.
type Handler interface {
	// Began: an attempt that Start asked for had its turn at this instant.
	Began(c *Conn, at Time)
	// Failed: it came to nothing. err is an *Error.
	Failed(c *Conn, at Time, err error)
	// Up: the upgrade was accepted at this instant.
	Up(c *Conn, at Time, t Timings)
	// Frame: a whole message arrived. data is valid during the call alone.
	Frame(c *Conn, at Time, data []byte, binary bool)
	// Down: the link ended. code is the peer's close code, wire.CloseAbnormal
	// where there was none, or 1005 when its close frame was empty. cause is a *Closed when
	// the close frame gives a reason.
	Down(c *Conn, at Time, code uint16, cause error)
}

// Dialer makes Conns to the endpoints of one target. Its methods may be called
// from any goroutine.
type Dialer struct {
	conf      Config
	handler   Handler
	endpoints []*endpoint
	proxy     *endpoint // nil: none.
	header    http.Header
	sources   map[bool][]netip.Addr // Source addresses by whether they are IPv4.
	poller    *poller               // nil where streams carry the Conns.
	gate      gate
	openers   sync.Pool
	buffers   sync.Pool // gorilla's write buffers.

	lingering sweeper // Conns whose orderly close takes its time.
	forgotten sweeper // Conns that were abandoned.

	mu      sync.Mutex
	streams map[*Conn]struct{}
	closed  bool

	work sync.WaitGroup // Goroutines of streams, and the poller's.
}

// New returns a Dialer that tells h what happens. Shutdown ends it.
func New(conf Config, h Handler) (*Dialer, error) {
	if len(conf.Endpoints) == 0 {
		return nil, errors.New("dial: no endpoint is given")
	}
	if conf.Start.IsZero() {
		conf.Start = time.Now()
	}
	if conf.Linger <= 0 {
		conf.Linger = lingerDefault
	}
	d := &Dialer{conf: conf, handler: h, streams: make(map[*Conn]struct{})}
	if conf.Forget <= 0 {
		d.conf.Forget = forgetDefault
	}
	d.gate.d = d
	d.lingering = sweeper{d: d, span: d.conf.Linger, end: func(c *Conn, now Time) {
		if c.lingers() {
			c.end(now, wire.CloseAbnormal, errLinger)
		}
	}}
	d.forgotten = sweeper{d: d, span: d.conf.Forget, end: (*Conn).giveUp}
	if conf.Proxy != "" {
		proxy, err := parseProxy(conf.Proxy)
		if err != nil {
			return nil, err
		}
		d.proxy = proxy
	}
	for _, e := range conf.Endpoints {
		parsed, err := parseEndpoint(e)
		if err != nil {
			return nil, err
		}
		if strings.HasPrefix(e.URL, "wss:") {
			parsed.security = d.secured(parsed.host)
		}
		d.endpoints = append(d.endpoints, parsed)
	}
	d.sources = map[bool][]netip.Addr{}
	for _, a := range conf.SourceAddrs {
		d.sources[a.Is4()] = append(d.sources[a.Is4()], a)
	}
	if d.header = conf.Header.Clone(); d.header == nil {
		d.header = http.Header{}
	}
	if conf.UserAgent != "" {
		d.header["User-Agent"] = []string{conf.UserAgent}
	}
	if conf.RunID != "" {
		d.header[wire.RunIDHeader] = []string{conf.RunID}
	}
	d.openers.New = func() any { return newOpener(d) }
	if conf.Connect == nil {
		p, err := newPoller(d)
		if err != nil {
			return nil, err
		}
		d.poller = p
	}
	return d, nil
}

// Now returns the time since the run began.
func (d *Dialer) Now() Time { return time.Since(d.conf.Start) }

func parseEndpoint(e Endpoint) (*endpoint, error) {
	u, err := url.Parse(e.URL)
	if err != nil {
		return nil, err
	}
	switch {
	case u.Scheme != "ws" && u.Scheme != "wss":
		return nil, &Error{Kind: BadAddress, Address: e.URL, Err: errors.New("the scheme is neither ws nor wss")}
	case u.Hostname() == "" || u.User != nil:
		return nil, &Error{Kind: BadAddress, Address: e.URL, Err: errors.New("not a host, a port and a path")}
	}
	usual := "80"
	if u.Scheme == "wss" {
		usual = "443"
	}
	to := &endpoint{Endpoint: e, host: u.Hostname(), port: cmp.Or(u.Port(), usual)}
	to.literal()
	return to, nil
}

// parseProxy reads the address of an HTTP proxy.
func parseProxy(address string) (*endpoint, error) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" || u.Hostname() == "" || u.User != nil {
		return nil, &Error{Kind: BadAddress, Address: "the proxy", Err: errors.New("it is not http://host:port")}
	}
	to := &endpoint{Endpoint: Endpoint{URL: "http://" + u.Host}, host: u.Hostname(), port: cmp.Or(u.Port(), "80")}
	to.literal()
	return to, nil
}

// Shutdown ends every Conn: those that are open in order with code, waiting
// until ctx is done for their peers; what is left then is cut. It returns how
// many were open and how many attempts had not had their turn. No goroutine and
// no descriptor is left behind.
func (d *Dialer) Shutdown(ctx context.Context, code uint16) (open, dropped int) {
	d.gate.close()
	d.mu.Lock()
	d.closed = true
	d.mu.Unlock()
	if d.poller != nil {
		d.poller.refuse()
	}
	for _, c := range d.conns() {
		if c.Close(code) {
			open++
		}
	}
	d.await(ctx)
	d.lingering.stop()
	d.forgotten.stop()
	for _, c := range d.conns() {
		c.end(d.Now(), wire.CloseAbnormal, errLinger)
	}
	if d.poller != nil {
		d.poller.stop()
	}
	d.work.Wait()
	return open, d.gate.dropped
}

// await returns when no Conn lingers any more, or ctx is done.
func (d *Dialer) await(ctx context.Context) {
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for d.closing() {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

func (d *Dialer) closing() bool {
	for _, c := range d.conns() {
		if c.lingers() {
			return true
		}
	}
	return false
}

// conns returns the Conns that hold a connection.
func (d *Dialer) conns() []*Conn {
	var all []*Conn
	if d.poller != nil {
		all = d.poller.conns(all)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	for c := range d.streams {
		all = append(all, c)
	}
	return all
}
