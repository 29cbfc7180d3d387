package dial

import (
	"crypto/tls"
	"net"
	"slices"
	"sync"
	"syscall"
	"time"
)

// kept is the connections to a site that wait for the next question. While there are
// any, a goroutine looks at them every lookAtKept.
type kept struct {
	mu      sync.Mutex
	visits  []visit // The newest last.
	closed  bool
	watched bool          // The goroutine is there.
	over    chan struct{} // Closed by close: the goroutine ends.
	work    sync.WaitGroup
}

// take returns the connection that was kept last.
func (k *kept) take() (visit, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	n := len(k.visits)
	if n == 0 {
		return visit{}, false
	}
	v := k.visits[n-1]
	if time.Since(v.since) >= keptFor {
		k.closeIf(func(*visit) bool { return true }) // The others are older.
		return visit{}, false
	}
	k.visits[n-1] = visit{}
	k.visits = k.visits[:n-1]
	return v, true
}

// keep puts a connection away for the next question.
func (k *kept) keep(v visit) {
	v.since = time.Now()
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.closed || len(k.visits) >= maxKept {
		_ = v.conn.Close() // Everything was said over it.
		return
	}
	k.visits = append(k.visits, v)
	if !k.watched {
		k.watched = true
		k.work.Go(k.watch)
	}
}

// close closes what is kept, and keeps nothing from now on.
func (k *kept) close() {
	k.mu.Lock()
	if !k.closed {
		k.closed = true
		close(k.over)
	}
	k.closeIf(func(*visit) bool { return true })
	k.mu.Unlock()
	k.work.Wait()
}

// watch closes connections that were kept for long enough, or that their server has
// ended, until none is left.
func (k *kept) watch() {
	tick := time.NewTicker(lookAtKept)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-k.over:
			return
		}
		if !k.look(time.Now()) {
			return
		}
	}
}

// look is one look at all of them; it reports whether any is left.
func (k *kept) look(now time.Time) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.closeIf(func(v *visit) bool { return now.Sub(v.since) >= keptFor || ended(v.conn) })
	k.watched = len(k.visits) > 0
	return k.watched
}

func (k *kept) closeIf(is func(*visit) bool) {
	k.visits = slices.DeleteFunc(k.visits, func(v visit) bool {
		if !is(&v) {
			return false
		}
		_ = v.conn.Close() // Everything was said over it.
		return true
	})
	if len(k.visits) == 0 {
		k.visits = nil
	}
}

// ended reports whether the peer of a connection that waits has ended it, or said
// something that nobody asked for; both make it useless. It cannot be told of
// connections that are no sockets.
func ended(c net.Conn) bool {
	if secure, ok := c.(*tls.Conn); ok {
		c = secure.NetConn()
	}
	socket, ok := c.(syscall.Conn)
	if !ok {
		return false
	}
	raw, err := socket.SyscallConn()
	if err != nil {
		return true
	}
	said := false
	err = raw.Control(func(fd uintptr) { said = readableNow(fd) })
	return said || err != nil
}
