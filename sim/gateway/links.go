package gateway

import (
	"time"

	"loginstorm/sim/wire"
)

// link is one accepted connection, indexed by its number.
type link struct {
	heard   Time // When its last frame came, or when it was opened.
	ip      uint64
	session uint32 // Slot, 0 = not logged in.
	job     uint32 // Slot of the login being judged, 0 = none.
	check   uint32 // Serial of the timeout in force.
	timed   bool   // A timeout of this number is pending.
	open    bool
	node    uint8
	pace    uint8 // At rest since heard: it is heard every Gateway.paces[pace-1]; 0 = it is not.
}

// opened admits a link, or refuses it. Spec 6.1.
func (g *Gateway) opened(in *Input) {
	if in.Link > MaxLink || int(in.Node) >= len(g.nodes) {
		g.refuseLink(in.Link, 0)
		return
	}
	for int(in.Link) >= len(g.links) {
		g.links = append(g.links, link{})
	}
	if g.links[in.Link].open {
		// The driver reuses the number, so it knows that the old link is gone.
		g.freeLink(in.Link, LinkGone)
	}
	n := &g.nodes[in.Node]
	if n.refusing {
		g.refuseLink(in.Link, 0)
		return
	}
	if g.cfg.MaxLinks > 0 && n.links >= g.cfg.MaxLinks {
		g.refuseLink(in.Link, g.cfg.Auth.Hint)
		return
	}
	if wait := g.bucket.full(g.now, &g.cfg.Admission); wait > 0 {
		if !g.cfg.Admission.Hint {
			wait = 0
		}
		g.refuseLink(in.Link, wait)
		g.stats.held++
		return
	}
	if wait := n.accept(g.now, g.cfg.AcceptRate); wait > 0 {
		g.refuseLink(in.Link, wait)
		return
	}
	g.bucket.admitted++
	n.links++
	g.stats.links++
	l := &g.links[in.Link]
	*l = link{heard: g.now, ip: in.IP, check: l.check, timed: l.timed, open: true, node: in.Node}
	if !l.timed {
		// A link that never logs in is bounded by the session timeout too [ours].
		g.timeLink(in.Link, l)
	}
}

func (g *Gateway) refuseLink(id Link, after Time) {
	o := g.emit(Refuse)
	o.Link, o.Code, o.After = id, wire.Unavailable, after
	g.stats.refused++
}

// accept takes one connection from the node's accept rate: a bucket that holds
// one second's worth. It returns how long to wait when the bucket is empty.
func (n *node) accept(now Time, rate uint32) (wait Time) {
	if rate == 0 {
		return 0
	}
	each := max(1, time.Second/time.Duration(rate))
	tat := max(n.acceptAt, now)
	if wait = tat + each - time.Second - now; wait > 0 {
		return wait
	}
	n.acceptAt = tat + each
	return 0
}

// bucket is how far the present bucket of an Admission is filled.
type bucket struct {
	window   int64 // Which Every since Time 0 it is.
	admitted uint32
}

// full turns to the bucket of an instant and returns how long it is until the next
// one when it is full, 0 when there is room. Spec 6.1.
func (b *bucket) full(now Time, rule *Admission) (wait Time) {
	if rule.Bucket == 0 {
		return 0
	}
	if window := int64(now / rule.Every); window != b.window {
		*b = bucket{window: window}
	}
	if b.admitted < rule.Bucket {
		return 0
	}
	return rule.Every - now%rule.Every
}

// hear notes that a frame came and returns the link, nil when it is not open.
func (g *Gateway) hear(id Link) *link {
	if int(id) >= len(g.links) || !g.links[id].open {
		return nil
	}
	l := &g.links[id]
	l.heard, l.pace = g.now, 0
	return l
}

// timeLink starts the timeout of a link. There is at most one in force for each
// number: it is looked at when it is due, not moved with every frame, and a
// number that was closed and opened again takes the pending one over.
func (g *Gateway) timeLink(id Link, l *link) {
	l.check++
	l.timed = true
	g.timers.push(g.heardOf(l, g.now)+g.timeout, dueTimeout, uint32(id), l.check)
}

// timeoutDue closes a silent link without a kick. Spec section 6, session
// timeout.
func (g *Gateway) timeoutDue(id Link, check uint32) {
	l := &g.links[id]
	if !l.timed || l.check != check {
		return
	}
	l.timed = false
	if !l.open {
		return
	}
	if g.heardOf(l, g.now)+g.timeout > g.now {
		g.timeLink(id, l)
		return
	}
	g.closeLink(id, wire.CloseGoingAway, TimedOut)
}

// closeLink closes a link in order; its session ends for cause.
func (g *Gateway) closeLink(id Link, code uint16, cause Cause) {
	o := g.emit(Close)
	o.Link, o.CloseCode = id, code
	g.freeLink(id, cause)
}

// freeLink forgets a link that is gone, abandons its login and ends its session.
func (g *Gateway) freeLink(id Link, cause Cause) {
	l := &g.links[id]
	if l.session != 0 {
		g.endSession(l.session, cause)
	}
	if l.job != 0 {
		g.abandon(l.job, cause == NodeLost)
		l.job = 0
	}
	l.open = false
	g.nodes[l.node].links--
	g.stats.links--
}
