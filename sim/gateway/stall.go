package gateway

// startStall fills the accept queue of a node: until it ends, new connections are
// neither accepted nor refused, and the gateway hears nothing of them. Links that
// are open stay. Of two such spans the later end holds. Spec section 10.
func (g *Gateway) startStall(n uint8, downtime Time) {
	d := &g.nodes[n]
	until := g.now + downtime
	if downtime == 0 || d.stalled && until <= d.stallEnd {
		return
	}
	d.stallEnd = until
	d.stall++
	g.timers.push(until, dueStall, uint32(n), d.stall)
	if !d.stalled {
		d.stalled = true
		g.stats.stalls++
		g.emit(Stalled).Node = n
	}
}

// endStall empties the accept queue. A restart does: its sockets are new ones.
func (g *Gateway) endStall(n uint8) {
	if d := &g.nodes[n]; d.stalled {
		d.stalled = false
		d.stall++
		g.emit(Unstalled).Node = n
	}
}

func (g *Gateway) stallDue(n uint8, check uint32) {
	if g.nodes[n].stall == check {
		g.endStall(n)
	}
}
