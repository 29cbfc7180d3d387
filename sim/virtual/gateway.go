package virtual

import (
	"loginstorm/sim/gateway"
	"loginstorm/sim/link"
	"loginstorm/sim/wire"
)

// ask steps the gateway and carries out what it decides.
func (s *Simulator) ask(in gateway.Input) {
	if s.check != nil {
		s.check.Asked(s.now, &in)
	}
	if s.tamper.Asked != nil {
		asked := in // This one is on the heap.
		if !s.tamper.Asked(s.now, &asked) {
			return
		}
		in = asked
	}
	s.gwOut = s.gw.Step(s.now, in, s.gwOut[:0])
	s.obey()
	for s.gw.Unfinished() {
		s.gwOut = s.gw.More(s.gwOut[:0])
		s.obey()
	}
	if cap(s.gwOut) > mostKept {
		s.gwOut = nil
	}
	s.await()
}

// await queues the gateway's next deadline.
func (s *Simulator) await() {
	if at, ok := s.gw.Deadline(); ok && at < s.gwTimer {
		s.gwTimer = max(at, s.now)
		s.queueUp(s.gwTimer, gatewayDue, 0, 0)
	}
}

// obey carries out what the gateway decided.
func (s *Simulator) obey() {
	for i := range s.gwOut {
		o := &s.gwOut[i]
		if !s.tamper.decided(s.now, o) {
			continue
		}
		if s.check != nil {
			s.check.Gateway(s.now, o)
		}
		if s.cfg.WatchGateway != nil {
			s.cfg.WatchGateway(s.now, o)
		}
		s.decided(o)
	}
}

// mostKept is how many outputs there is room for from one step to the next. What a
// gateway says when it drains a million links it says once or twice in a run.
const mostKept = 1 << 14

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
		s.askApp(o.Job)
	case gateway.Down, gateway.Up:
		s.fall(o.Node, o.Kind == gateway.Down)
	case gateway.Stalled, gateway.Unstalled:
		s.stall(o.Node, o.Kind == gateway.Stalled)
	case gateway.Judged:
		s.mix(uint64(o.Link)<<24^uint64(o.Account), uint64(o.Code)<<8|0xe)
	}
}

// sends is a message of the gateway.
func (s *Simulator) sends(c *conn, m *wire.Message) {
	s.rouse(c.client)
	at, ok := c.link.Arrives(s.now, link.Down, size(m))
	held := !ok && c.near && c.link.Holds(link.Down)
	if !ok && !held {
		return
	}
	i, short := abridged(m)
	if !short {
		i = s.enclose(m)
	}
	if held {
		s.hold(c, i)
		return
	}
	s.send(at, toClient, c, i)
}

// enclose puts a message with its lists into a packet.
func (s *Simulator) enclose(m *wire.Message) uint32 {
	i := s.packets.take()
	p := &s.packets.all[i]
	p.clients = append(p.clients[:0], m.Clients...)
	p.message = *m
	p.message.Clients = p.clients
	return i
}

// gatewayEnds closes the gateway's end; the client hears of it behind what was
// sent.
func (s *Simulator) gatewayEnds(c *conn, code uint16) {
	s.rouse(c.client)
	if far := c.link.End(s.now, link.Down, code); far.Lost {
		s.sendEnd(far, toClient, c)
	}
	c.far = false
	s.release(c)
}

// received is what reaches the gateway.
func (s *Simulator) received(c *conn, ref uint32) {
	if !c.far {
		s.packets.put(ref)
		return
	}
	_, end := s.read(ref)
	m := &s.message
	in := gateway.Input{Link: gateway.Link(c.place), Serial: m.Serial, Device: m.Device}
	switch {
	case end:
		c.far = false
		in.Kind = gateway.Closed
	case m.Kind == wire.Login:
		in.Kind, in.Login = gateway.LoginAsked, &s.request
		s.fill(c, &s.packets.all[ref])
	case m.Kind == wire.Logout:
		in.Kind = gateway.LogoutAsked
	case m.Kind == wire.Ping:
		in.Kind = gateway.Pinged
	case m.Kind == wire.KickOther:
		in.Kind = gateway.KickOtherAsked
	default:
		in.Kind = gateway.Garbage
	}
	s.packets.put(ref)
	s.ask(in)
}

// appVerdict is the code of what the app's own server says to a third-party login, if
// it can be asked. Spec 5, 8.
func appVerdict(verdict uint32) wire.Code {
	switch verdict {
	case 0:
		return wire.Success
	case appFailed:
		return wire.Unavailable
	}
	return wire.Code(verdict)
}

// command gives a command to whom it is for: most are the gateway's.
func (s *Simulator) command(c *gateway.Command) {
	switch c.Kind {
	case gateway.SetBackend:
		s.changeServer(c)
	case gateway.Drain, gateway.Undrain:
		s.relist(c)
	case gateway.SetMultiDevice:
		if s.accounts != nil && c.MultiDevice != nil {
			s.accounts.SetPolicy(c.MultiDevice.Excludes)
		}
	}
	if c.Kind != gateway.SetBackend {
		s.ask(gateway.Input{Kind: gateway.Commanded, Command: c})
	}
	if s.check != nil && c.Kind != gateway.SetSessionTimeout && s.now+c.Downtime <= s.plan.Duration {
		// Rule 6: what lasts is at work until it is over. What lasts to the end is how
		// things are.
		s.check.Faulted(s.now + c.Downtime)
	}
}
