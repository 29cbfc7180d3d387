package target

import (
	"context"
	"net"
	"sync"
	"syscall"
	"time"

	"loginstorm/sim/gateway"
)

// web is the HTTP port of the servers beside the gateway: the app server, which
// gives tokens out, and the address server. What a request costs is their
// backend's to say; until its answer is due a request is an entry of an agenda, and
// its connection waits as an idle link does. It is served by hand for that reason:
// net/http would keep a grown stack and four buffers for each that waits.
//
// Its lock is taken while no other one is held.
type web struct {
	door *door // nil = there is no such port.

	mu       sync.Mutex
	shut     bool
	visitors map[*visitor]struct{}
	errands  agenda[errand]
	timer    *time.Timer
	armed    gateway.Time // When the timer fires; forever = it does not.
}

// visitor is one connection to the web port. It has at most one request under
// way; one that says more before it is answered is cut.
type visitor struct {
	conn net.Conn
	raw  syscall.RawConn // nil: direct writes are not possible.

	asked bool // A request waits for its answer. Guarded by the web's lock.
}

// Bounds of the web port.
const (
	// maxErrands is how many requests wait at once; more fail. A million take less
	// memory than their connections' sockets do in the kernel.
	maxErrands = 1 << 20
	// webIdle is how long a connection without a request is kept.
	webIdle = 30 * time.Second
)

// open makes it ready for visitors.
func (w *web) open() {
	w.visitors, w.armed = make(map[*visitor]struct{}), forever
	w.timer = time.NewTimer(time.Hour)
	w.timer.Stop()
}

// add takes a visitor in, unless the server stops.
func (w *web) add(v *visitor) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.shut {
		return false
	}
	w.visitors[v] = struct{}{}
	return true
}

// leave closes a visitor's connection; a second time changes nothing. Its request
// has cost what it costs.
func (w *web) leave(v *visitor) {
	w.mu.Lock()
	_, here := w.visitors[v]
	delete(w.visitors, v)
	w.mu.Unlock()
	if here {
		_ = v.conn.Close() // Nobody is left to tell.
	}
}

// size returns how many visitors there are.
func (w *web) size() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.visitors)
}

// begin notes that a visitor's request is under way. It reports false when one
// is already.
func (w *web) begin(v *visitor) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	was := v.asked
	v.asked = true
	return !was
}

// end notes that a visitor's request gets its answer, and reports whether the
// visitor is still there.
func (w *web) end(v *visitor) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	_, here := w.visitors[v]
	v.asked = false
	return here
}

// wait puts an errand down until its answer is due; it reports false when there
// are too many.
func (w *web) wait(now, at gateway.Time, e errand) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.errands.heap) >= maxErrands {
		return false
	}
	w.errands.push(at, e)
	if at < w.armed {
		w.armed = at
		w.timer.Reset(at - now)
	}
	return true
}

// due appends the errands that are due by now, and sets the timer to the next.
func (w *web) due(now gateway.Time, errands []errand) []errand {
	w.mu.Lock()
	defer w.mu.Unlock()
	for {
		e, ok := w.errands.pop(now)
		if !ok {
			break
		}
		errands = append(errands, e)
	}
	w.armed = w.errands.next()
	if w.armed != forever {
		w.timer.Reset(max(w.armed-now, grain))
	}
	return errands
}

// close ends all visits.
func (w *web) close() {
	w.mu.Lock()
	w.shut = true
	w.timer.Stop()
	all := w.visitors
	w.visitors = nil
	w.mu.Unlock()
	for v := range all { // They do not know of each other: any order will do.
		_ = v.conn.Close()
	}
}

// answerDue answers requests when their answers are due, until ctx ends.
func (s *Server) answerDue(ctx context.Context) {
	var errands []errand
	for {
		select {
		case <-s.web.timer.C:
		case <-ctx.Done():
			return
		}
		errands = s.web.due(s.now(), errands[:0])
		for i := range errands {
			s.answer(&errands[i])
		}
		clear(errands) // They refer to visitors.
	}
}

// AttachWeb serves the web port on a listener that the caller made, also one in
// memory, instead of on Config.Web. Serve closes it.
func (s *Server) AttachWeb(ln net.Listener) { s.web.door = newDoor(ln, 0, true) }

// WebURL returns where tokens and addresses are asked for, "http://127.0.0.1:20002"
// with TokenPath or AddressPath behind it; "" = there is no such port.
func (s *Server) WebURL() string {
	if s.web.door == nil {
		return ""
	}
	return "http://" + s.web.door.addr.String()
}
