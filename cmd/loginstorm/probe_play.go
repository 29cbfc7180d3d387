package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"loginstorm/sim/dial"
	"loginstorm/sim/dialect"
	"loginstorm/sim/wire"
)

// probed is one client of a probe.
type probed struct {
	name    string // "", or A and B.
	session dialect.Session
	conn    *dial.Conn
	who     dialect.Speaker

	up, in, kicked, over, left bool
	code                       wire.Code
}

// play logs in and prints what happens; true = as it should.
func (p *probe) play(ctx context.Context, c *wire.Credentials) bool {
	first := ""
	if p.o.conflict {
		first = "A"
	}
	a := p.dial(first, c)
	if !p.until(ctx, p.o.timeout, func() bool { return a.in || a.over }) || !a.in {
		return p.stopped(a)
	}
	p.line(a, time.Since(p.begun), "=", "loggedIn")
	if !p.o.conflict {
		p.until(ctx, p.o.linger, func() bool { return a.over })
		p.leave(a)
		return true
	}
	other := *c
	other.Device++
	b := p.dial("B", &other)
	done := p.until(ctx, p.o.timeout, func() bool { return a.kicked && b.in || b.over || a.over && !a.kicked })
	switch {
	case a.kicked && b.in:
		p.line(a, time.Since(p.begun), "=", "pushed out by the second login")
	case b.over && !b.in:
		return p.stopped(b)
	case a.over:
		p.line(a, time.Since(p.begun), "!", "its link ended, and the description does not say that it was a kick")
		p.expect(a)
	case !done:
		p.line(a, time.Since(p.begun), "!", fmt.Sprintf("nothing pushed it out within %v", p.o.timeout))
		p.expect(a)
	}
	p.leave(a)
	p.leave(b)
	return a.kicked && b.in
}

// dial begins a client.
func (p *probe) dial(name string, c *wire.Credentials) *probed {
	b := &probed{name: name, session: p.d.Open(), conn: p.dialer.NewConn(uint32(len(p.clients)), 1)}
	p.scratch.Epoch = time.Duration(p.begun.UnixNano())
	b.who = dialect.Speaker{Credentials: c, Columns: p.a.columns, Epoch: p.scratch.Epoch, Now: time.Since(p.begun),
		Seed: uint64(p.begun.UnixNano()), Client: uint32(len(p.clients)), Link: 1}
	path, lines := p.d.Request(&b.who)
	b.conn.Request = &dial.Request{Path: path, Header: header(lines)}
	p.clients = append(p.clients, b)
	p.line(b, b.who.Now, "dial", redactURL(p.a.url)+" "+p.d.ShowRequest(&b.who))
	b.conn.Start(0)
	return b
}

// until carries out what happens until something holds, for so long at most.
func (p *probe) until(ctx context.Context, most time.Duration, holds func() bool) bool {
	end := time.Now().Add(most)
	for !holds() {
		wait := time.Until(end)
		if wait <= 0 {
			return false
		}
		for _, c := range p.clients {
			if at, ok := c.session.Deadline(); ok {
				wait = min(wait, max(0, time.Until(p.begun.Add(at))))
			}
		}
		alarm := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			alarm.Stop()
			return false
		case e := <-p.events:
			p.happened(e)
		case <-alarm.C:
			now := time.Since(p.begun)
			for _, c := range p.clients {
				if at, ok := c.session.Deadline(); ok && at <= now {
					p.line(c, now, "!", "the time-out of `"+c.session.State()+"` is over")
					p.step(c, now, dialect.Input{Kind: dialect.Tick})
				}
			}
		}
		alarm.Stop()
	}
	return true
}

// happened prints an event and tells the session.
func (p *probe) happened(e probeEvent) {
	c := p.clients[e.conn.Client]
	switch e.in.Kind {
	case dialect.LinkUp:
		c.up = true
		p.line(c, e.at, "up", e.note)
	case dialect.Refused:
		p.line(c, e.at, "end", fmt.Sprintf("HTTP %d", e.in.HTTPStatus))
	case dialect.Frame:
		p.line(c, e.at, "<", p.d.Display(e.in.Data, e.in.Binary))
	case dialect.LinkDown:
		how := fmt.Sprintf("close %d", e.in.CloseCode)
		if e.in.CloseCode == wire.CloseAbnormal {
			how = "without a close frame (1006)"
		}
		if e.note != "" {
			how = e.note
		}
		if len(e.in.Data) > 0 {
			how += fmt.Sprintf(" %q", e.in.Data)
		}
		p.line(c, e.at, "end", how)
	}
	if !c.left || e.in.Kind != dialect.LinkDown {
		p.step(c, e.at, e.in)
	}
	if e.in.Kind == dialect.LinkDown {
		c.over = true
	}
}

// step tells a session and carries out what it wants.
func (p *probe) step(c *probed, now time.Duration, in dialect.Input) {
	p.scratch.Trace = func(t dialect.Taken) {
		rule := t.Rule
		if rule == "" {
			rule = "no rule of `" + t.State + "`"
		}
		p.line(c, -1, "", fmt.Sprintf("%s (%s)", t.Means, rule))
	}
	in.Scratch = &p.scratch
	for _, o := range c.session.Step(now, in, nil) {
		p.heard(c, now, &o)
	}
}

// heard carries out one output.
func (p *probe) heard(c *probed, now time.Duration, o *dialect.Output) {
	switch o.Kind {
	case dialect.Say:
		c.who.Now = now
		o.Message.Login = c.who.Credentials
		shown := c.session.Show(&o.Message, &c.who)
		frame, binary := c.session.Encode(nil, &o.Message, false, &c.who)
		if len(frame) > 0 {
			p.line(c, now, ">", shown)
			_ = c.conn.Say(frame, binary) // A link that cannot say it ends, and that is heard.
		}
	case dialect.Opened:
		p.step(c, now, dialect.Input{Kind: dialect.WantLogin})
	case dialect.Replied:
		c.code, c.in, c.over = o.Code, o.Code == wire.Success, o.Code != wire.Success
		if o.Code != wire.Success {
			p.line(c, now, "=", fmt.Sprintf("refused with %d, %s%s", o.Code, o.Code.Text(), after(o.RetryAfter)))
		}
	case dialect.Kicked:
		c.kicked = true
		p.line(c, now, "=", "kicked: "+o.Reason.String())
	case dialect.Failed, dialect.Lost:
		c.over = true
	case dialect.Malformed:
		p.line(c, now, "!", "this is no message of the dialect")
		c.over = true
	case dialect.Close:
		c.conn.Close(o.CloseCode)
	}
}

func after(hint time.Duration) string {
	if hint == 0 {
		return ""
	}
	return ", not again before " + hint.String()
}

// leave says goodbye.
func (p *probe) leave(c *probed) {
	if !c.over {
		p.step(c, time.Since(p.begun), dialect.Input{Kind: dialect.WantLogout})
		c.conn.Close(wire.CloseNormal)
		c.left = true
		p.until(context.Background(), time.Second, func() bool { return c.over })
	}
}

// stopped tells where a login stopped and what was expected there.
func (p *probe) stopped(c *probed) bool {
	if c.code != 0 {
		return false
	}
	p.line(c, time.Since(p.begun), "!", "it was not loggedIn")
	p.expect(c)
	return false
}

// expect tells what a state awaited.
func (p *probe) expect(c *probed) {
	state := c.session.State()
	lines := p.d.Expected(state)
	if len(lines) == 0 || !c.up {
		return
	}
	fmt.Fprintf(p.s.out, "expected in `%s`:\n", state)
	for _, l := range lines {
		fmt.Fprintf(p.s.out, "  %s\n", l)
	}
}

// probeWidth bounds what is shown of a frame.
const probeWidth = 2000

// line prints a line; at below 0 = it belongs to the one before.
func (p *probe) line(c *probed, at time.Duration, mark, text string) {
	stamp := ""
	if at >= 0 {
		stamp = fmt.Sprintf("%.3fs", at.Seconds())
	}
	if runes := []rune(text); len(runes) > probeWidth {
		text = string(runes[:probeWidth]) + fmt.Sprintf(" ... (%d more)", len(runes)-probeWidth)
	}
	name := c.name
	if name != "" {
		name += " "
	}
	if mark == "" {
		mark, text = "", "    "+text
	}
	fmt.Fprintf(p.s.out, "%9s  %s%-4s %s\n", stamp, name, mark, strings.TrimRight(text, "\n"))
}
