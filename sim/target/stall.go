package target

import (
	"context"
	"crypto/tls"
	"net"
	"time"
)

// A node whose accept queue is full neither accepts nor refuses. Spec 10. Its
// doors stop accepting, and on Linux the kernel's queue is shortened as well: once
// it is full, the kernel drops what else asks to connect, as it does on a machine
// that cannot keep up, and a client finds its connection attempt unanswered. What
// got into the queue waits there, connected and without an answer to its upgrade,
// and is accepted when the queue drains. Elsewhere the queue keeps its length: the
// first hundred or so clients find themselves connected and unanswered.

// stall fills or drains the accept queues of a node. Nothing is accepted any more,
// or again, when it returns.
func (s *Server) stall(node uint8, full bool) {
	for _, d := range s.doors {
		if d.node == node {
			d.stall(full)
		}
	}
}

func (d *door) stall(full bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.stalled == full {
		return
	}
	d.stalled = full
	if d.ln != nil {
		d.clog(full)
	}
	d.signal()
}

// clog keeps the listener from accepting and its queue short, or takes that back.
// It is called with d.mu held.
func (d *door) clog(full bool) {
	tcp, ok := d.ln.(*net.TCPListener)
	if !ok {
		return // What it accepts is held until the queue drains.
	}
	until := time.Time{}
	if full {
		until = time.Unix(1, 0) // Long over: an Accept that waits returns.
	}
	_ = tcp.SetDeadline(until) // Fails when it is closed, and then nothing is accepted either.
	setBacklog(tcp, full)
}

// passes holds a connection that was accepted at the very moment in which the
// queue became full, as the queue itself would, and reports whether it may go on.
func (d *door) passes(ctx context.Context, ln net.Listener) bool {
	for {
		d.mu.Lock()
		stalled, current := d.stalled, d.ln == ln && (d.open || !d.attached)
		d.mu.Unlock()
		if !stalled || !current {
			return current
		}
		select {
		case <-d.wake:
		case <-ctx.Done():
			return false
		}
	}
}

// reset ends a connection that nobody has read from, as the kernel ends those in
// the queue of a listener that is closed.
func reset(conn net.Conn) {
	conn = below(conn)
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0) // The connection may have ended by itself.
	}
	_ = conn.Close()
}

// below returns what carries a connection: of one that is secured, the one without TLS.
func below(conn net.Conn) net.Conn {
	if secure, ok := conn.(*tls.Conn); ok {
		return secure.NetConn()
	}
	return conn
}
