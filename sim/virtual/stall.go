package virtual

import "time"

// node is what the operating system of a gateway's machine does with connections.
type node struct {
	down     bool // They are refused.
	stalled  bool // The accept queue is full.
	draining bool // The address server does not name it.
	// waiting are links whose handshake was done when the stall began, in the order
	// in which their upgrades came.
	waiting []uint32
}

const (
	// synTimeout is when a SYN without an answer is sent again; each further time
	// takes twice as long, so that SYNs leave 1, 3, 7, 15, 31 and 63 s behind the
	// first. RFC 6298, section 2.1.
	synTimeout = time.Second
	// synRetries is how often: Linux's tcp_syn_retries.
	synRetries = 6
)

// dropped is a SYN for which the accept queue has no room: nobody answers, and the
// client's kernel sends it again until the client gives up. Spec 10, "accept queue
// full". Where the network is slower than that, it is sent again when the one before
// is dropped.
func (s *Simulator) dropped(c *conn) {
	if c.syns == synRetries {
		return
	}
	c.syns++
	s.send(max(s.now, c.dialled+(1<<c.syns-1)*synTimeout), synAgain, c, 0)
}

// wait keeps the upgrade of a link whose handshake was done when the stall began:
// it stands in the queue that nobody empties. Such links are few, those on their
// way when the stall begins.
func (s *Simulator) wait(c *conn) {
	c.refs++
	n := &s.nodes[c.node]
	n.waiting = append(n.waiting, c.place)
}

// stall fills a node's accept queue, or has it emptied again.
func (s *Simulator) stall(number uint8, on bool) {
	s.nodes[number].stalled = on
	if !on {
		s.serve(&s.nodes[number])
	}
}

// fall makes a node refuse connections, or take them again. What waits in its
// accept queue is refused with it.
func (s *Simulator) fall(number uint8, on bool) {
	s.nodes[number].down = on
	if on {
		s.serve(&s.nodes[number])
	}
}

// serve looks at the links that wait, at this instant and in their order.
func (s *Simulator) serve(n *node) {
	for _, place := range n.waiting {
		c := &s.links[place]
		c.refs--
		s.send(s.now, upgradeAsked, c, 0)
	}
	n.waiting = n.waiting[:0]
}
