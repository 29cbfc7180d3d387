package worlds

import (
	"loginstorm/sim/client"
	"loginstorm/sim/dialect"
	"loginstorm/sim/gateway"
	"loginstorm/sim/wire"
)

// conn is one link: two ends and what is on its way between them. What is on its way
// may arrive at any time, in order, or never.
type conn struct {
	gen      uint32
	number   gateway.Link // The gateway's, while far.
	up, down []packet     // To the gateway, to the client.
	login    uint32       // Serial of the login without an answer; 0 = none.
	kick     uint32       // Serial of the newest kickOther without an answer; 0 = none.
	client   uint8
	near     bool // The client's end lives.
	dialling bool // The gateway has not heard of it.
	far      bool // The gateway's end lives.
	mute     bool // Half-open: nothing that is said from now on arrives.
	session  bool // The gateway has a session on it.
}

// what is on its way.
type what uint8

const (
	message what = iota
	opening      // Up: the client wants the link. Down: it is open.
	end          // The other end is gone.
)

// packet is one thing on its way; those that are no message use what alone.
type packet struct {
	serial     uint32
	code       wire.Code
	device     uint8 // KickOther.
	what       what
	kind       wire.Kind
	reason     wire.Reason
	clientType wire.ClientType
	origin     wire.Origin
	force      bool
}

// say puts a message of the client on its way.
func (c *conn) say(e *client.Effect) {
	switch e.Message.Kind {
	case wire.Login:
		c.login = e.Message.Serial
	case wire.KickOther:
		c.kick = e.Message.Serial
	}
	if !c.mute && c.far && !ending(c.up) {
		c.up = append(c.up, packet{what: message, kind: e.Message.Kind, serial: e.Message.Serial,
			device: uint8(e.Message.Device), origin: e.Origin, force: e.Force})
	}
}

// send puts something of the gateway on its way.
func (c *conn) send(p packet) {
	if c.near && !c.mute && !ending(c.down) {
		c.down = append(c.down, p)
	}
}

// ending reports whether a direction's end is on its way: nothing counts behind it.
func ending(queue []packet) bool { return len(queue) > 0 && queue[len(queue)-1].what == end }

// hangUp is the end of the client's end. The gateway hears of it behind what was
// said before, unless the client went silently.
func (c *conn) hangUp(silently bool) {
	c.near, c.down = false, nil
	switch {
	case c.dialling || !c.far:
		c.up, c.dialling, c.far = nil, false, false
	case silently:
		c.mute = true
	case !c.mute && !ending(c.up):
		c.up = append(c.up, packet{what: end})
	}
}

// shut is the end of the gateway's end.
func (c *conn) shut() {
	c.send(packet{what: end})
	c.far, c.session, c.up = false, false, nil
}

// cut resets the link: what is on its way is lost, and each end hears of it in its
// own time.
func (c *conn) cut() {
	c.up, c.down = nil, []packet{{what: end}}
	if c.dialling {
		c.dialling = false
		return
	}
	c.up = []packet{{what: end}}
}

// silence makes the link half-open. Spec section 10.
func (c *conn) silence() { c.mute, c.up, c.down = true, nil, nil }

// whole reports whether something may still happen to the link by a fault.
func (c *conn) whole() bool {
	return c.near && (c.far || c.dialling) && !c.mute && !ending(c.down)
}

// toGateway delivers the first thing on its way to the gateway.
func (w *world) toGateway(c *conn) {
	p := c.up[0]
	c.up = c.up[1:]
	in := gateway.Input{Link: c.number, Serial: p.serial, Device: uint64(p.device)}
	switch p.what {
	case opening:
		c.dialling, c.number, c.far = false, w.unused(), true
		i, gen := int(c.client), c.gen
		w.tellGateway(gateway.Input{Kind: gateway.Opened, Link: c.number, IP: uint64(i)})
		if c := w.connOf(i, gen); c != nil && c.far { // Otherwise it was refused.
			c.send(packet{what: opening})
		}
		return
	case end:
		in.Kind = gateway.Closed
		c.far, c.session, c.up = false, false, nil
		w.tellGateway(in)
		return
	}
	switch p.kind {
	case wire.Login:
		in.Kind, in.Login = gateway.LoginAsked, w.request(int(c.client), &p)
	case wire.Logout:
		in.Kind = gateway.LogoutAsked
	case wire.Ping:
		in.Kind = gateway.Pinged
	case wire.KickOther:
		in.Kind = gateway.KickOtherAsked
	}
	w.tellGateway(in)
}

// unused is the lowest number of a link that is free. Drivers reuse them.
func (w *world) unused() gateway.Link {
	n := gateway.Link(0)
	for w.accepted(n) != nil {
		n++
	}
	return n
}

// toClient delivers the first thing on its way to the client.
func (w *world) toClient(c *conn) {
	p := c.down[0]
	c.down = c.down[1:]
	w.step.arrived = p
	i, in := int(c.client), client.Input{Kind: client.Link, Gen: c.gen}
	switch p.what {
	case opening:
		in.Dialect.Kind = dialect.LinkUp
	case end:
		in.Dialect = dialect.Input{Kind: dialect.LinkDown, CloseCode: noCloseFrame}
		c.near, c.down = false, nil
		w.sweep()
	default:
		switch {
		case p.kind == wire.LoginReply && p.serial == c.login:
			c.login = 0
		case p.kind == wire.KickReply && p.serial == c.kick:
			c.kick = 0
		}
		in.Dialect = dialect.Input{Kind: dialect.Message, Message: &wire.Message{Kind: p.kind, Serial: p.serial, Code: p.code, Reason: p.reason, ClientType: p.clientType}}
	}
	w.tell(i, in)
}

// noCloseFrame stands for an end without a close frame. RFC 6455, section 7.1.5.
const noCloseFrame = 1006
