package gateway

// Heard is Step with Pinged on a link, without the pong, if Step would bring forth nothing
// else: no deadline is due. Otherwise it changes nothing and says so.
func (g *Gateway) Heard(now Time, id Link) bool {
	if at, ok := g.Deadline(); ok && at <= now || now < g.now {
		return false
	}
	if int(id) >= len(g.links) || !g.links[id].open {
		return false
	}
	g.now = now
	g.links[id].heard = now
	return true
}

// Renew carries out the deadlines of now as long as they are timeouts of links that were
// heard since, which are only put off, and reports whether that was all. A heartbeat of
// thirty seconds and a timeout of ninety meet at every third ping.
func (g *Gateway) Renew(now Time) bool {
	for {
		first := g.timers.peek()
		if first == nil || first.at > now {
			return true
		}
		t := *first
		if t.kind() != dueTimeout || g.restarting {
			return false
		}
		if l := &g.links[t.target]; l.timed && l.check == t.check && l.open && g.heardOf(l, now)+g.timeout <= now {
			return false
		}
		g.timers.pop()
		g.now = max(g.now, t.at)
		g.timeoutDue(Link(t.target), t.check)
	}
}
