package virtual

import (
	"loginstorm/sim/gateway"
	"loginstorm/sim/link"
	"loginstorm/sim/wire"
)

// appVerdict is what the app's own server says to every third-party login.
const appVerdict = wire.Success

// ask steps the gateway and carries out what it decides.
func (s *Simulator) ask(in gateway.Input) {
	if s.check != nil {
		s.check.Asked(s.now, &in)
	}
	s.gwOut = s.gw.Step(s.now, in, s.gwOut[:0])
	for i := range s.gwOut {
		o := &s.gwOut[i]
		if s.check != nil {
			s.check.Gateway(s.now, o)
		}
		if s.cfg.WatchGateway != nil {
			s.cfg.WatchGateway(s.now, o)
		}
		s.decided(o)
	}
	if at, ok := s.gw.Deadline(); ok && at < s.gwTimer {
		s.gwTimer = max(at, s.now)
		s.queueUp(s.gwTimer, gatewayDue, 0, 0)
	}
}

// decided carries out one output of the gateway.
func (s *Simulator) decided(o *gateway.Output) {
	switch o.Kind {
	case gateway.Refuse:
		s.refuse(&s.links[o.Link], o.After)
	case gateway.Send:
		s.sends(&s.links[o.Link], &o.Message)
	case gateway.Close:
		s.gatewayEnds(&s.links[o.Link], o.CloseCode)
	case gateway.Cut:
		s.gatewayEnds(&s.links[o.Link], noCloseFrame)
	case gateway.Work:
		s.queueUp(s.now+o.After, worked, o.Job, 0)
	case gateway.AskApp:
		s.queueUp(s.now, answered, o.Job, 0)
	case gateway.Down:
		s.down[o.Node] = true
	case gateway.Up:
		s.down[o.Node] = false
	case gateway.Judged:
		s.mix(uint64(o.Link)<<24^uint64(o.Account), uint64(o.Code)<<8|0xe)
	}
}

// sends is a message of the gateway.
func (s *Simulator) sends(c *conn, m *wire.Message) {
	at, ok := c.link.Arrives(s.now, link.Down, size(m))
	held := !ok && c.near && c.link.Holds(link.Down)
	if !ok && !held {
		return
	}
	i := s.packets.take()
	p := &s.packets.all[i]
	p.clients = append(p.clients[:0], m.Clients...)
	p.message = *m
	p.message.Clients = p.clients
	if held {
		s.hold(c, i)
		return
	}
	s.send(at, toClient, c, i)
}

// gatewayEnds closes the gateway's end; the client hears of it behind what was
// sent.
func (s *Simulator) gatewayEnds(c *conn, code uint16) {
	if far := c.link.End(s.now, link.Down, code); far.Lost {
		s.sendEnd(far, toClient, c)
	}
	c.far = false
	s.release(c)
}

// received is a packet that reaches the gateway.
func (s *Simulator) received(c *conn, i uint32) {
	p := &s.packets.all[i]
	if !c.far {
		s.packets.put(i)
		return
	}
	in := gateway.Input{Link: gateway.Link(c.place), Serial: p.message.Serial, Device: p.message.Device}
	switch {
	case p.end:
		c.far = false
		in.Kind = gateway.Closed
	case p.message.Kind == wire.Login:
		in.Kind, in.Login = gateway.LoginAsked, &s.request
		s.request = s.plan.Request(c.client)
		s.request.Account, s.request.Origin, s.request.Force = p.account, p.origin, p.force
	case p.message.Kind == wire.Logout:
		in.Kind = gateway.LogoutAsked
	case p.message.Kind == wire.Ping:
		in.Kind = gateway.Pinged
	case p.message.Kind == wire.KickOther:
		in.Kind = gateway.KickOtherAsked
	default:
		in.Kind = gateway.Garbage
	}
	s.packets.put(i)
	s.ask(in)
}
