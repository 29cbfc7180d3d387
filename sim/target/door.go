package target

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"sync"
	"time"
)

// door is one listening address of a node. While its node is down the listener
// is closed, so that the operating system refuses connections; it comes back on
// the same port.
type door struct {
	node     uint8
	visited  bool // It leads to the web port and not to a node.
	attached bool // Given by Attach: it cannot be reopened, so what it accepts while down is closed.

	mu      sync.Mutex
	addr    net.Addr // As bound the first time.
	ln      net.Listener
	open    bool
	stalled bool // Its accept queue is full: nothing is accepted.

	wake chan struct{} // One token: the listener, open or stalled changed.
}

// newDoor returns a door that is open.
func newDoor(ln net.Listener, node uint8, attached bool) *door {
	return &door{node: node, attached: attached, addr: ln.Addr(), ln: ln, open: true, wake: make(chan struct{}, 1)}
}

// Ports for whoever asks for port 0: below the range from which systems take
// the ports of outgoing connections, so that a generator beside the target
// cannot take the port while a node is down.
const (
	firstPort = 20000
	lastPort  = 32767
)

// reopenEvery is how often a node that is up tries for a port that another
// process holds.
const reopenEvery = 50 * time.Millisecond

// acceptPause is the wait after an accept failed for want of descriptors.
const acceptPause = 5 * time.Millisecond

// listen binds addr; port 0 is the first free one, beginning at a place that
// differs from process to process.
func listen(addr string) (net.Listener, error) {
	cfg := net.ListenConfig{KeepAlive: -1} // Spec 6: the session timeout watches links; and it saves system calls.
	tcp, err := net.ResolveTCPAddr("tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("listen %s: %w", addr, err)
	}
	if tcp.Port != 0 {
		return cfg.Listen(context.Background(), "tcp", tcp.String())
	}
	const ports = lastPort - firstPort + 1
	const stride = 97 // Coprime to the number of ports: every one is tried.
	for i := range ports {
		at := *tcp
		at.Port = firstPort + (os.Getpid()*stride+i)%ports
		var ln net.Listener
		if ln, err = cfg.Listen(context.Background(), "tcp", at.String()); err == nil {
			return ln, nil
		}
		var sys *os.SyscallError
		if !errors.As(err, &sys) || sys.Syscall != "bind" {
			break
		}
	}
	return nil, fmt.Errorf("listen %s: no free port from %d to %d: %w", addr, firstPort, lastPort, err)
}

// turn opens or shuts the doors of a node. Nothing is accepted any more, or
// connections queue up again, when it returns.
func (s *Server) turn(node uint8, open bool) {
	for _, d := range s.doors {
		if d.node == node {
			if err := d.turn(open); err != nil {
				s.cfg.Log.Warn("node is up, its port is not", "node", node, "err", err)
			}
		}
	}
}

func (d *door) turn(open bool) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.open == open {
		return nil
	}
	d.open = open
	defer d.signal()
	if d.attached {
		return nil
	}
	if open {
		return d.reopen()
	}
	return d.shut()
}

// reopen binds the same port again. It is called with d.mu held.
func (d *door) reopen() error {
	ln, err := listen(d.addr.String())
	if err != nil {
		return err
	}
	d.ln = ln
	if d.stalled {
		d.clog(true)
	}
	return nil
}

// shut closes the listener. It is called with d.mu held.
func (d *door) shut() error {
	if d.ln == nil {
		return nil
	}
	ln := d.ln
	d.ln = nil
	return ln.Close()
}

// close shuts the door for good.
func (d *door) close() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.open = false
	_ = d.shut() // Nobody is left to tell.
	d.signal()
}

func (d *door) signal() {
	select {
	case d.wake <- struct{}{}:
	default:
	}
}

// isOpen reports whether the node is up.
func (d *door) isOpen() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.open
}

// listener returns the listener to accept from, and tries for one when the node
// is up and has none. A stalled door has none to accept from.
func (d *door) listener() (ln net.Listener, lacking bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.ln == nil && d.open && !d.attached {
		lacking = d.reopen() != nil
	}
	if d.stalled {
		return nil, lacking
	}
	return d.ln, lacking
}

// run accepts until ctx ends.
func (d *door) run(ctx context.Context, s *Server) {
	retry := time.NewTimer(reopenEvery)
	defer retry.Stop()
	for ctx.Err() == nil {
		ln, lacking := d.listener()
		if ln != nil {
			d.accept(ctx, s, ln)
			continue
		}
		if lacking {
			retry.Reset(reopenEvery)
		} else {
			retry.Stop()
		}
		select {
		case <-d.wake:
		case <-retry.C:
		case <-ctx.Done():
		}
	}
}

// accept hands connections to workers until the listener is closed.
func (d *door) accept(ctx context.Context, s *Server, ln net.Listener) {
	for failing := false; ; {
		conn, err := ln.Accept()
		switch {
		case err == nil && d.passes(ctx, ln):
			failing = false
			if !d.visited {
				s.accepted.Add(1)
			}
			s.hand(arrival{conn: conn, door: d})
		case err == nil:
			reset(conn) // Spec 10: a node that is down refuses.
		case errors.Is(err, net.ErrClosed) || errors.Is(err, os.ErrDeadlineExceeded) || ctx.Err() != nil || d.replaced(ln):
			return
		default:
			if !failing {
				s.cfg.Log.Warn("accept", "node", d.node, "err", err) // Once, until one succeeds.
			}
			failing = true
			pause := time.NewTimer(acceptPause)
			select {
			case <-pause.C:
			case <-ctx.Done():
			}
			pause.Stop()
		}
	}
}

// replaced reports whether ln is no longer the door's listener.
func (d *door) replaced(ln net.Listener) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.ln != ln
}
