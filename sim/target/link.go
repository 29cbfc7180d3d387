package target

import (
	"bufio"
	"encoding/binary"
	"net"
	"sync"
	"syscall"
	"time"

	"github.com/gorilla/websocket"

	"loginstorm/sim/gateway"
)

// link is one accepted connection. Its reader (first the worker that upgrades
// it, then a goroutine of its own) sees it end; whoever finds bytes in its queue
// writes them; the last of the two closes it.
//
// Locks: the gateway's before the link's, and neither while a socket is waited
// for.
type link struct {
	conn net.Conn
	raw  syscall.RawConn // nil: direct writes are not possible.
	ws   *websocket.Conn // Set before the reader starts, like br.
	br   *bufio.Reader   // What ws reads from.
	id   gateway.Link    // Guarded by the gateway's lock, like known.
	node uint8

	// known: the gateway has the number in use. refused: it was not admitted,
	// and after is its hint. Guarded by the gateway's lock.
	known   bool
	refused bool
	after   time.Duration

	mu      sync.Mutex
	out     *buffer // Frames that wait; nil = none.
	ready   bool    // The upgrade is answered: frames may follow.
	writing bool    // Somebody writes; others leave their frames in out.
	closing bool    // A close frame is the last in the queue, or was written.
	waiting bool    // The reader has been told how long to wait for the peer.
	over    bool    // The reader has ended.
	doomed  bool    // To be reset by the next flush.
	gone    bool    // Reset, or closed.

	next, prev *link // The roster's.
}

// push queues one frame. It reports false when the peer let its queue fill.
func (l *link) push(pool *buffers, op byte, payload []byte, most int) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closing || l.gone {
		return true
	}
	if l.out == nil {
		l.out = pool.get()
	}
	if len(l.out.b)+len(payload) > most {
		return false
	}
	l.out.b = appendFrame(l.out.b, op, payload)
	return true
}

// pushClose queues a close frame; nothing can follow it.
func (l *link) pushClose(pool *buffers, code uint16) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closing || l.gone {
		return
	}
	if l.out == nil {
		l.out = pool.get()
	}
	var payload [2]byte
	binary.BigEndian.PutUint16(payload[:], code)
	l.out.b = appendFrame(l.out.b, opClose, payload[:])
	l.closing = true
}

// doom makes the next flush reset the link. Resets cost system calls, and the
// gateway's lock is held when it wants them, for all links of a node at once.
func (l *link) doom() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.doomed, l.closing = true, true
}

// cut resets the link: what was queued is lost, and so is what the peer had
// not read yet. It reports whether there was anything to reset.
func (l *link) cut() bool {
	if !l.end() {
		return false
	}
	if tcp, ok := below(l.conn).(*net.TCPConn); ok {
		_ = tcp.SetLinger(0) // The connection may have ended by itself.
	}
	_ = below(l.conn).Close() // TLS says no farewell.
	return true
}

// close ends a link in order, once its last frame is written.
func (l *link) close() {
	if l.end() {
		_ = l.conn.Close() // Nobody is left to tell.
	}
}

// end marks the link as gone, and reports whether it was not before.
func (l *link) end() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	was := l.gone
	l.gone, l.out = true, nil
	return !was
}

// flush writes what is queued as far as the kernel takes it at once; the rest
// is left to a goroutine that may wait.
func (s *Server) flush(l *link) {
	l.mu.Lock()
	if l.doomed {
		l.mu.Unlock()
		l.cut()
		return
	}
	if l.writing || !l.ready {
		l.mu.Unlock()
		return
	}
	for l.out != nil && !l.gone {
		out := l.out
		l.out, l.writing = nil, true
		l.mu.Unlock()
		n, err := s.writeNow(l, out.b)
		switch {
		case err != nil:
			l.cut() // The reader sees it and tells the gateway.
		case n < len(out.b):
			s.wg.Go(func() { s.writeRest(l, out, n) })
			return
		}
		s.buffers.put(out)
		l.mu.Lock()
		l.writing = false
	}
	s.settle(l)
}

// writeNow writes without waiting where the connection can.
func (s *Server) writeNow(l *link, p []byte) (int, error) {
	if l.raw == nil {
		return 0, nil
	}
	d := s.directs.get()
	defer s.directs.put(d)
	return d.tryWrite(l.raw, p)
}

// writeRest writes out from byte n on, and what was queued meanwhile, waiting
// for the peer as long as WriteTimeout. Spec 10, "freeze".
func (s *Server) writeRest(l *link, out *buffer, n int) {
	for {
		_ = l.conn.SetWriteDeadline(time.Now().Add(s.cfg.WriteTimeout)) // Fails with the write.
		_, err := l.conn.Write(out.b[n:])
		s.buffers.put(out)
		if err != nil {
			s.drop(l)
		}
		l.mu.Lock()
		if l.out == nil || l.gone {
			l.writing = false
			s.settle(l)
			return
		}
		out, n, l.out = l.out, 0, nil
		l.mu.Unlock()
	}
}

// drop resets a link whose peer reads nothing; its reader tells the gateway.
// Spec 10, "freeze".
func (s *Server) drop(l *link) {
	if l.cut() {
		s.slow.Add(1)
	}
}

// settle decides what follows when nobody writes: a link that is closing waits
// for its peer a while, one whose reader has ended is closed. It is called with
// l.mu held, and releases it.
func (s *Server) settle(l *link) {
	wait := l.closing && !l.waiting && !l.over && !l.gone
	if wait {
		l.waiting = true
	}
	over := l.over
	l.mu.Unlock()
	if wait {
		_ = l.conn.SetReadDeadline(time.Now().Add(s.cfg.CloseTimeout)) // Fails when it is closed already.
	}
	if over {
		l.close()
		s.roster.remove(l)
	}
}

// roster is all connections, so that a stop can reach those that the gateway
// does not know: not yet upgraded, or closed and waiting for their peers.
type roster struct {
	mu   sync.Mutex
	root link // next is the first.
	n    int
	shut bool
}

// add takes a link in, unless the server stops.
func (r *roster) add(l *link) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.shut {
		return false
	}
	l.prev, l.next = &r.root, r.root.next
	if l.next != nil {
		l.next.prev = l
	}
	r.root.next = l
	r.n++
	return true
}

// remove takes a link out; a second time changes nothing.
func (r *roster) remove(l *link) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if l.prev == nil {
		return
	}
	l.prev.next = l.next
	if l.next != nil {
		l.next.prev = l.prev
	}
	l.prev, l.next = nil, nil
	r.n--
}

// close admits nobody from now on.
func (r *roster) close() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.shut = true
}

// all returns the links of the moment.
func (r *roster) all() []*link {
	r.mu.Lock()
	defer r.mu.Unlock()
	links := make([]*link, 0, r.n)
	for l := r.root.next; l != nil; l = l.next {
		links = append(links, l)
	}
	return links
}

// size returns how many there are.
func (r *roster) size() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.n
}
