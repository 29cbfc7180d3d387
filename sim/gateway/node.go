package gateway

import (
	"slices"

	"loginstorm/sim/wire"
)

// node is one of the machines that links are accepted on.
type node struct {
	acceptAt Time   // The accept rate's bucket: when it will be full again.
	upAt     Time   // While down.
	links    uint32 // Open ones.
	check    uint32 // Serial of the pending dueUp.
	down     bool
	draining bool
	refusing bool // Down was told last.
	stalled  bool
	stall    uint32 // Serial of the pending dueStall.
	stallEnd Time   // While stalled.
	drain    drain
}

// drain is the progress of a Drain: the links of a node in ascending order.
type drain struct {
	began Time
	span  Time
	total uint32 // Links when it began.
	done  uint32
	next  Link
	check uint32
}

// Draining reports whether a node is between a Drain and its Undrain. An address
// server names it to nobody then; a node that is down for another reason is still
// named, until somebody says otherwise.
func (g *Gateway) Draining(n uint8) bool {
	return int(n) < len(g.nodes) && g.nodes[n].draining
}

// each calls do for the nodes that a command means.
func (g *Gateway) each(n uint8, do func(n uint8)) {
	for i := range g.nodes {
		if n == AllNodes || int(n) == i {
			do(uint8(i))
		}
	}
}

// announce tells whether a node takes links when that has changed.
func (g *Gateway) announce(n uint8) {
	d := &g.nodes[n]
	if refusing := d.down || d.draining; refusing != d.refusing {
		d.refusing = refusing
		kind := Up
		if refusing {
			kind = Down
		}
		g.emit(kind).Node = n
	}
}

// refuseFor takes a node down for new links. Of two such spans the later end
// holds.
func (g *Gateway) refuseFor(n uint8, downtime Time) {
	d := &g.nodes[n]
	if until := g.now + max(0, downtime); !d.down || until > d.upAt {
		d.upAt = until
	}
	d.down = true
	d.check++
	g.announce(n)
}

// raiseLater brings a node that is down back when its time has come.
func (g *Gateway) raiseLater(n uint8) {
	d := &g.nodes[n]
	if d.upAt <= g.now {
		g.upDue(n, d.check)
		return
	}
	g.timers.push(d.upAt, dueUp, uint32(n), d.check)
}

func (g *Gateway) upDue(n uint8, check uint32) {
	if d := &g.nodes[n]; d.down && d.check == check {
		d.down = false
		g.announce(n)
	}
}

// restart ends everything that lives on the nodes it names. Spec section 6: it
// forgets sessions and the limiter, and keeps accounts, bans, tokens and last
// devices. The limiter is shared by the nodes, as the session table is: it is
// forgotten when all of them restart [ours]. A dead node's sessions may linger;
// an orderly stop leaves none.
func (g *Gateway) restart(c *Command) {
	all := c.Node == AllNodes || len(g.nodes) == 1 && c.Node == 0
	hit := func(n uint8) bool { return all || n == c.Node }
	if !g.restarting {
		g.each(c.Node, func(n uint8) {
			g.refuseFor(n, c.Downtime)
			g.endStall(n)
		})
		g.restarts, g.restarting, g.swept = *c, true, 0
		g.dirty = slices.Grow(g.dirty, int(g.stats.sessions))
		if g.part == 0 {
			// Two outputs a link; many links make a long list that should not grow in steps.
			links := uint32(0)
			g.each(c.Node, func(n uint8) { links += g.nodes[n].links })
			g.out = slices.Grow(g.out, 2*int(links))
		}
	}
	for ; g.swept < len(g.links); g.swept++ {
		if g.part > 0 && len(g.out)-g.given >= g.part {
			return
		}
		if l := &g.links[g.swept]; l.open && hit(l.node) {
			g.lose(Link(g.swept), l, c)
		}
	}
	g.restarting = false
	if !c.KeepSessions && (c.Orderly || g.cfg.Linger <= 0) {
		for slot := range g.sessions {
			if s := &g.sessions[slot]; s.used && hit(s.node) {
				g.endSession(uint32(slot), NodeLost)
			}
		}
	}
	if all {
		g.limiter = newLimiter(g.limiter.rule)
	}
	g.each(c.Node, g.raiseLater)
	g.feed()
}

// lose ends one link of a node that stops.
func (g *Gateway) lose(id Link, l *link, c *Command) {
	if c.Orderly {
		o := g.emit(Close)
		o.Link, o.CloseCode = id, wire.CloseGoingAway
	} else {
		g.emit(Cut).Link = id
	}
	switch {
	case l.session == 0:
	case c.KeepSessions:
		g.orphan(l.session, g.heardOf(l, g.now)+g.timeout)
	case !c.Orderly && g.cfg.Linger > 0:
		g.sessions[l.session].lingers = true
		g.orphan(l.session, g.now+g.cfg.Linger)
	}
	g.freeLink(id, NodeLost)
}

// startDrain announces the end of a node's links and closes them in turn: of n
// links the k-th goes when k/n of the span is over.
func (g *Gateway) startDrain(n uint8, span Time) {
	d := &g.nodes[n]
	d.draining = true
	d.drain = drain{began: g.now, span: max(0, span), total: d.links, check: d.drain.check + 1}
	g.announce(n)
	for id := range g.links {
		if l := &g.links[id]; l.open && l.node == n {
			g.send(Link(id), wire.Message{Kind: wire.Drain})
		}
	}
	g.drainLater(n)
}

// drainLater closes what is due now and plans the next link.
func (g *Gateway) drainLater(n uint8) {
	d := &g.nodes[n].drain
	for d.done < d.total && g.nodes[n].links > 0 {
		k, total := Time(d.done+1), Time(d.total)
		at := d.began + d.span/total*k + d.span%total*k/total
		if at > g.now {
			g.timers.push(at, dueDrain, uint32(n), d.check)
			return
		}
		d.done++
		for int(d.next) < len(g.links) {
			id := d.next
			d.next++
			if l := &g.links[id]; l.open && l.node == n {
				g.closeLink(id, wire.CloseGoingAway, Drained)
				break
			}
		}
	}
}

func (g *Gateway) drainDue(n uint8, check uint32) {
	if g.nodes[n].drain.check == check {
		g.drainLater(n)
	}
}

// stopDrain takes a Drain back: links that are still there stay.
func (g *Gateway) stopDrain(n uint8) {
	d := &g.nodes[n]
	d.draining = false
	d.drain.check++
	g.announce(n)
}
