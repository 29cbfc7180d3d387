package dial

import (
	"sync"

	"github.com/gorilla/websocket"

	"loginstorm/sim/wire"
)

// state is where a Conn stands.
type state uint8

const (
	fresh     state = iota // Open was not called.
	opening                // Open waits; nothing was told yet.
	settling               // Up was told; Open still delivers what came with the upgrade.
	open                   // The poller, or a goroutine of its own, reads.
	closing                // A close frame was sent; the peer's end is awaited.
	abandoned              // Forgotten; silent until the peer ends it.
	dead                   // Nothing is left.
)

// Conn is one link. NewConn makes it, Start opens it. All methods but Open
// return at once and may be called from any goroutine; Say and Close from one
// at a time.
type Conn struct {
	// Client and Gen are the owner's: whose link this is. So are Due, when the
	// link was wanted, Heard, that the owner has taken its Up, and Node, the gateway
	// node it goes to.
	Client, Gen uint32
	Due         Time
	Heard       bool
	Node        uint8
	Request     *Request // What its upgrade asks for; nil = what all do.

	d      *Dialer
	ws     *websocket.Conn // Set before Up is told.
	opener *opener         // Set while the upgrade runs.
	in     incoming        // Of whoever reads.

	mu      sync.Mutex // Guards what follows, and what the carrier holds.
	state   state
	told    bool // Down was told.
	muted   bool
	frozen  bool
	gone    bool // The peer ended the link while it was muted.
	carrier carrier
	socket  socket // The carrier on Linux.
}

// carrier moves the bytes of a Conn. connect, await and settle block and are
// Open's; the others are called with Conn.mu held and never wait.
type carrier interface {
	connect(o *opener, e *endpoint) error
	await(o *opener, p []byte) (int, error)
	settle(o *opener)
	send(p []byte) error // Takes all of p, or fails.
	thaw()               // Reading goes on after a freeze, and writing after a Mute.
	wake()               // The state changed; Open has to look.
	shut(reset bool)
}

// NewConn returns a Conn that is not open yet.
func (d *Dialer) NewConn(client, gen uint32) *Conn {
	c := &Conn{Client: client, Gen: gen, d: d}
	if d.poller != nil {
		c.carrier = c.socket.of(c)
	} else {
		c.carrier = newStream(c)
	}
	return c
}

// Say sends a message. It does not wait for a peer that reads slowly: what the
// system does not take is queued, and a queue that is full ends the link.
func (c *Conn) Say(data []byte, binary bool) error {
	c.mu.Lock()
	usable, muted := c.state == settling || c.state == open, c.muted
	c.mu.Unlock()
	if !usable {
		return errAborted
	}
	if muted {
		return nil
	}
	kind := websocket.TextMessage
	if binary {
		kind = websocket.BinaryMessage
	}
	err := c.ws.WriteMessage(kind, data)
	if err == errOverflow {
		c.end(c.d.Now(), wire.CloseAbnormal, err)
	}
	return err
}

// Close ends the link in order: with a close frame, then waiting for the peer's
// end for as long as Config.Linger. An attempt is cut short. It reports whether
// the link was open. Over a link that is muted nothing can be said: the peer is
// left to believe in it.
func (c *Conn) Close(code uint16) bool {
	c.mu.Lock()
	switch {
	case c.muted && (c.state == opening || c.state == settling || c.state == open):
		up := c.state != opening
		c.mu.Unlock()
		c.Abandon()
		return up
	case c.state == fresh || c.state == opening:
		c.mu.Unlock()
		c.end(c.d.Now(), wire.CloseAbnormal, errAborted)
		return false
	case c.state != settling && c.state != open:
		c.mu.Unlock()
		return false
	}
	c.mu.Unlock()
	_ = c.ws.WriteMessage(websocket.CloseMessage, websocket.FormatCloseMessage(int(code), ""))
	c.linger()
	return true
}

// linger waits for the peer's end, and for no longer than Config.Linger.
func (c *Conn) linger() {
	c.mu.Lock()
	again := c.state == settling || c.state == open
	if again {
		c.state = closing
		if c.frozen {
			c.frozen = false
			c.carrier.thaw()
		}
	}
	c.mu.Unlock()
	if again {
		c.d.lingering.add(c)
	}
}

// Reset ends the link with a TCP reset, as the end of a process does. Over a
// link that is muted no reset gets through.
func (c *Conn) Reset() {
	c.mu.Lock()
	if c.muted && (c.state == opening || c.state == settling || c.state == open) {
		c.mu.Unlock()
		c.Abandon()
		return
	}
	c.stop(c.d.Now(), true, wire.CloseAbnormal, errAborted)
}

// Abandon forgets the link without telling the peer: neither a FIN nor an RST
// leaves before the peer ends it, Config.Forget is over, or Shutdown.
func (c *Conn) Abandon() {
	c.mu.Lock()
	was := c.state
	switch was {
	case dead, abandoned:
		c.mu.Unlock()
		return
	case fresh:
		c.state = dead // It will not begin.
		c.mu.Unlock()
		return
	}
	c.state = abandoned
	if c.frozen {
		c.frozen = false
		c.carrier.thaw()
	}
	c.carrier.wake()
	c.mu.Unlock()
	c.d.forgotten.add(c)
	if was == settling || was == open {
		c.tell(c.d.Now(), wire.CloseAbnormal, errAborted)
	}
}

// Freeze stops reading, as a client does that hangs; what it sends still
// arrives. Thaw takes it back.
func (c *Conn) Freeze() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.frozen = c.state == settling || c.state == open
}

// Thaw reads on.
func (c *Conn) Thaw() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.frozen {
		c.frozen = false
		c.carrier.thaw()
	}
}

// Mute makes everything vanish that either side sends, the end of the link
// included, and tells nobody: the link is half-open. What vanished stays lost
// afterwards, an attempt's handshake as well; an end that was missed is then told.
func (c *Conn) Mute(muted bool) {
	c.mu.Lock()
	was := c.muted
	c.muted = muted
	switch {
	case muted || !was:
		c.mu.Unlock()
	case c.state == opening:
		c.carrier.wake() // Open finds out whether the peer is still there.
		c.mu.Unlock()
	case c.gone:
		c.stop(c.d.Now(), false, wire.CloseAbnormal, errAborted)
	default:
		c.carrier.thaw()
		c.mu.Unlock()
	}
}

// giveUp ends a Conn that was abandoned long enough.
func (c *Conn) giveUp(now Time) {
	c.mu.Lock()
	if c.state != abandoned {
		c.mu.Unlock()
		return
	}
	c.stop(now, true, wire.CloseAbnormal, errAborted)
}

func (c *Conn) lingers() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.state == closing
}

// end ends the link now and tells the owner, unless that was done.
func (c *Conn) end(at Time, code uint16, cause error) {
	c.mu.Lock()
	c.stop(at, false, code, cause)
}

// stop is end with c.mu held; it lets go of it.
func (c *Conn) stop(at Time, reset bool, code uint16, cause error) {
	if c.state == dead {
		c.mu.Unlock()
		return
	}
	up := c.state != fresh && c.state != opening
	c.state = dead
	c.carrier.shut(reset)
	c.carrier.wake()
	c.mu.Unlock()
	if up {
		c.tell(at, code, cause)
	}
}

// tell tells the owner that the link ended, once, and only if it was Up.
func (c *Conn) tell(at Time, code uint16, cause error) {
	c.mu.Lock()
	again := c.told || c.ws == nil
	c.told = true
	c.mu.Unlock()
	if !again {
		c.d.handler.Down(c, at, code, cause)
	}
}

// lost is what a carrier calls when the peer is gone. On a muted link nobody
// hears of it.
func (c *Conn) lost(at Time, cause error) {
	c.mu.Lock()
	if c.muted && (c.state == settling || c.state == open) {
		c.gone = true
		c.carrier.shut(false)
		c.mu.Unlock()
		return
	}
	c.stop(at, false, wire.CloseAbnormal, cause)
}

// hears reports whether the link is there, so that its frames are followed, and
// whether they mean anything.
func (c *Conn) hears() (follows, hears bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	follows = c.state == settling || c.state == open
	return follows, follows && !c.muted
}

// take takes bytes that arrived at an instant. It is called by whoever reads. What
// arrives over a muted link is followed without being heard, so that the frames
// behind it are found.
func (c *Conn) take(at Time, data []byte) {
	follows, hears := c.hears()
	if !follows {
		return
	}
	kept := len(c.in.partial) > 0
	if kept {
		c.in.partial = append(c.in.partial, data...)
		data = c.in.partial
	}
	for len(data) > 0 {
		f, n, err := parseFrame(data, wire.MaxFrame)
		if err == errIncomplete {
			break
		}
		switch {
		case err != nil:
		case hears:
			err = c.heed(at, f)
		case f.opcode < opClose:
			_, _, err = c.in.join(f)
		}
		if err != nil && !hears {
			c.in = incoming{}
			return
		}
		if err != nil {
			c.violated(at, err)
			return
		}
		data = data[n:]
		if follows, hears = c.hears(); !follows {
			c.in = incoming{}
			return
		}
	}
	switch {
	case len(data) == 0:
		c.in.partial = nil
	case !kept:
		c.in.partial = append([]byte(nil), data...)
	default:
		c.in.partial = append(c.in.partial[:0], data...)
	}
}

// heed does what one frame asks for.
func (c *Conn) heed(at Time, f frame) error {
	switch f.opcode {
	case opPing:
		return c.control(websocket.PongMessage, f.payload)
	case opPong:
		return nil
	case opClose:
		code, err := closeCode(f.payload)
		if err != nil {
			return err
		}
		_ = c.control(websocket.CloseMessage, f.payload[:min(len(f.payload), 2)])
		c.linger()
		c.tell(at, code, reason(f.payload))
		return nil
	}
	message, opcode, err := c.in.join(f)
	if err == nil && opcode != 0 {
		c.d.handler.Frame(c, at, message, opcode == opBinary)
	}
	return err
}

// violated ends a link whose peer does not speak the protocol.
func (c *Conn) violated(at Time, err error) {
	code := uint16(codeProtocolError)
	if v, ok := err.(*violation); ok {
		code = v.code
	}
	_ = c.control(websocket.CloseMessage, websocket.FormatCloseMessage(int(code), ""))
	c.linger()
	c.tell(at, wire.CloseAbnormal, err)
}
