package dial

import (
	"context"
	"net"
	"time"

	"github.com/gorilla/websocket"
)

// opener is what an attempt needs while it lasts; attempts share them one after
// the other.
type opener struct {
	ws    websocket.Dialer
	c     *Conn
	token chan struct{} // It is this attempt's turn. See gate.
	// Guarded by the gate's lock: whether the attempt waits to be woken, and
	// whether it was woken while it did not.
	parked, woken bool

	out   []byte // The request, until it is whole.
	in    []byte // What was read.
	r, w  int    // in[r:w] was not taken yet.
	taken int    // Bytes of the answer that were taken.
	line  uint8  // How far the end of the header is matched.
	ended bool   // The header was taken whole.

	address time.Duration // How long the name took.
	dialled Time          // When the connection was there.
	secured Time          // When it was secured as well.
	arrived Time          // When the latest bytes of the answer came.
}

// bufferSize is gorilla's for reading and for writing. The upgrade needs little
// of the first and nothing afterwards; messages are a few hundred bytes.
const bufferSize = 512

// answerSize is how much of the answer to an upgrade is read at once, readSize how
// much of what follows.
const (
	answerSize = 1 << 10
	readSize   = 4 << 10
)

func newOpener(d *Dialer) *opener {
	o := &opener{token: make(chan struct{}, 1), in: make([]byte, answerSize)}
	o.ws = websocket.Dialer{
		ReadBufferSize: 1, WriteBufferSize: bufferSize, WriteBufferPool: &d.buffers,
	}
	// Whatever the scheme, the connection is there, and secured where it has to be.
	o.ws.NetDialContext = func(context.Context, string, string) (net.Conn, error) { return (*face)(o.c), nil }
	o.ws.NetDialTLSContext = o.ws.NetDialContext
	if d.conf.Subprotocol != "" {
		o.ws.Subprotocols = []string{d.conf.Subprotocol}
	}
	return o
}

// Start opens the link and returns at once. The Handler hears Began when it is
// the attempt's turn, then Up or Failed; it hears nothing of an attempt that was
// ended before its turn came, or by Shutdown.
func (c *Conn) Start(endpoint int) { c.d.gate.submit(job{c, endpoint}) }

// attempt is a goroutine's job: it has its turn.
func (d *Dialer) attempt(j job) {
	j.c.mu.Lock()
	wanted := j.c.state == fresh
	j.c.mu.Unlock()
	if !wanted {
		return
	}
	d.handler.Began(j.c, d.Now())
	o := d.openers.Get().(*opener)
	if err := j.c.openWith(o, j.endpoint); err != nil {
		d.handler.Failed(j.c, d.Now(), err)
	}
}

// Open is Start for somebody who waits. On success the Handler was told Up
// before it returns; otherwise the error is an *Error, and nothing was told.
func (c *Conn) Open(endpoint int) error {
	o := c.d.openers.Get().(*opener)
	c.d.gate.enter(o)
	defer c.d.gate.leave()
	return c.openWith(o, endpoint)
}

func (c *Conn) openWith(o *opener, endpoint int) error {
	e := c.d.endpoints[endpoint%len(c.d.endpoints)]
	c.mu.Lock()
	if c.state != fresh {
		c.mu.Unlock()
		c.d.openers.Put(o)
		return &Error{Kind: Aborted, Address: e.URL, Err: errAborted}
	}
	c.state = opening
	c.mu.Unlock()
	o.begin(c)
	err := c.open(o, e)
	if err != nil {
		c.discard(o)
		err = c.explain(e, err)
	}
	o.begin(nil)
	c.d.openers.Put(o)
	return err
}

// discard gives up what an attempt holds, unless it was abandoned: then it
// stays, in silence.
func (c *Conn) discard(o *opener) {
	c.mu.Lock()
	if c.state == abandoned {
		c.mu.Unlock()
		c.carrier.settle(o)
		return
	}
	c.stop(0, false, 0, nil)
}

func (c *Conn) explain(e *endpoint, err error) error {
	if typed, ok := err.(*Error); ok {
		return typed
	}
	return &Error{Kind: classify(err), Address: e.URL, Err: err}
}

// open is an attempt. What the peer took is measured between the instants at
// which something left and something came, wherever this goroutine was then.
func (c *Conn) open(o *opener, e *endpoint) error {
	begun := c.d.Now()
	o.dialled, o.secured = begun, 0
	if err := c.carrier.connect(o, e); err != nil {
		return err
	}
	t := Timings{Address: o.address, Dial: max(0, o.dialled-begun-o.address)}
	if e.security != nil {
		t.TLS = max(0, o.secured-o.dialled)
	}
	c.opener = o
	asked := c.d.Now()
	o.arrived = asked
	address, header := c.upgrade(e)
	ws, answer, err := o.ws.DialContext(context.Background(), address, header)
	c.opener = nil
	if err != nil {
		if answer != nil {
			return denied(e.URL, answer, err)
		}
		return err
	}
	at := o.arrived
	t.Upgrade = max(0, at-asked)

	c.mu.Lock()
	if c.state != opening {
		c.mu.Unlock()
		return errAborted
	}
	c.ws, c.state = ws, settling
	c.d.handler.Up(c, at, t)
	c.mu.Unlock()
	if o.r < o.w {
		c.take(at, o.in[o.r:o.w])
	}
	c.carrier.settle(o)
	return nil
}

// begin makes o ready for an attempt of c.
func (o *opener) begin(c *Conn) {
	o.c, o.out, o.r, o.w, o.taken, o.line, o.ended = c, o.out[:0], 0, 0, 0, 0, false
	o.address = 0
	if c != nil {
		c.d.gate.mu.Lock()
		o.woken = false
		c.d.gate.mu.Unlock()
	}
}

// read gives gorilla the answer to the upgrade and, when it was accepted, not a
// byte more: what follows the header are frames, and they are ours.
func (o *opener) read(p []byte) (int, error) {
	if len(o.out) > 0 {
		if err := o.c.send(o.out); err != nil {
			return 0, err
		}
		o.out = o.out[:0]
	}
	if o.r == o.w {
		n, err := o.c.carrier.await(o, o.in)
		if n == 0 {
			return 0, err
		}
		o.r, o.w = 0, n
	}
	n := min(len(p), o.w-o.r)
	if !o.ended {
		n = o.header(o.in[o.r : o.r+n])
	}
	copy(p, o.in[o.r:o.r+n])
	o.r += n
	if o.taken += n; o.taken > maxHeader {
		return 0, errHeader
	}
	return n, nil
}

// header returns how many of the bytes belong to the header: all, or those up
// to the empty line that ends it.
func (o *opener) header(data []byte) int {
	for i, b := range data {
		switch {
		case b == '\n' && o.line > 0:
			o.ended = true
			return i + 1
		case b == '\n':
			o.line = 1
		case b == '\r' && o.line == 1:
			o.line = 2
		default:
			o.line = 0
		}
	}
	return len(data)
}

// face is the side of a Conn that gorilla sees.
type face Conn

func (f *face) Read(p []byte) (int, error) {
	if f.opener == nil {
		return 0, net.ErrClosed // Frames are not gorilla's to read.
	}
	return f.opener.read(p)
}

// Write collects the request while the upgrade runs, so that it leaves in one
// piece, and sends afterwards.
func (f *face) Write(p []byte) (int, error) {
	if o := f.opener; o != nil {
		o.out = append(o.out, p...)
		return len(p), nil
	}
	if err := (*Conn)(f).send(p); err != nil {
		return 0, err
	}
	return len(p), nil
}

// WriteByte and WriteString keep net/http from putting buffers of its own around a
// connection.
func (f *face) WriteByte(b byte) error {
	_, err := f.Write([]byte{b})
	return err
}

func (f *face) WriteString(s string) (int, error) {
	if o := f.opener; o != nil {
		o.out = append(o.out, s...)
		return len(s), nil
	}
	return f.Write([]byte(s))
}

// Close does nothing: the Conn decides when it ends.
func (f *face) Close() error                     { return nil }
func (f *face) LocalAddr() net.Addr              { return nil }
func (f *face) RemoteAddr() net.Addr             { return nil }
func (f *face) SetDeadline(time.Time) error      { return nil }
func (f *face) SetReadDeadline(time.Time) error  { return nil }
func (f *face) SetWriteDeadline(time.Time) error { return nil }

// send hands bytes to the carrier. Over a link that is muted they vanish.
func (c *Conn) send(p []byte) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.state == dead, c.state == abandoned, c.state == fresh:
		return errAborted
	case c.muted:
		return nil
	}
	return c.carrier.send(p)
}

// control sends a control frame beside whatever else is being sent.
func (c *Conn) control(kind int, payload []byte) error {
	return c.ws.WriteControl(kind, payload, time.Time{})
}
