package dial

import (
	"os"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"
)

// poller waits for all sockets of a Dialer with one goroutine. Its epoll
// descriptor is itself watched by the runtime's poller, so that waiting holds no
// thread.
type poller struct {
	d    *Dialer
	fd   int
	file *os.File // Owns fd.
	raw  syscall.RawConn

	mu    sync.Mutex
	shut  bool // No socket is taken any more.
	gen   uint32
	slots []*socket // By descriptor.
	redo  []*socket // To be read although no event comes.
	nudge int       // An eventfd that ends the wait for redo.
}

// pollBatch is how many events are fetched at once.
const pollBatch = 256

func newPoller(d *Dialer) (*poller, error) {
	fd, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, os.NewSyscallError("epoll_create1", err)
	}
	if err := unix.SetNonblock(fd, true); err != nil {
		unix.Close(fd)
		return nil, os.NewSyscallError("fcntl", err)
	}
	nudge, err := unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK)
	if err != nil {
		unix.Close(fd)
		return nil, os.NewSyscallError("eventfd", err)
	}
	ev := unix.EpollEvent{Events: unix.EPOLLIN | unix.EPOLLET, Fd: int32(nudge)}
	if err := unix.EpollCtl(fd, unix.EPOLL_CTL_ADD, nudge, &ev); err != nil {
		unix.Close(fd)
		unix.Close(nudge)
		return nil, os.NewSyscallError("epoll_ctl", err)
	}
	p := &poller{d: d, fd: fd, nudge: nudge, file: os.NewFile(uintptr(fd), "epoll")}
	if p.raw, err = p.file.SyscallConn(); err != nil {
		p.file.Close()
		unix.Close(nudge)
		return nil, err
	}
	d.work.Add(1)
	go p.run()
	return p, nil
}

func (p *poller) run() {
	defer p.d.work.Done()
	var (
		events [pollBatch]unix.EpollEvent
		n      int
		failed error
		buf    = make([]byte, 4*readSize)
	)
	wait := func(fd uintptr) bool {
		n, failed = unix.EpollWait(int(fd), events[:], 0)
		return n > 0 || failed != nil && failed != unix.EINTR
	}
	for {
		if err := p.raw.Read(wait); err != nil || failed != nil && failed != unix.EINTR {
			return
		}
		at := p.d.Now()
		for _, ev := range events[:max(n, 0)] {
			if s := p.slot(ev.Fd); s != nil {
				s.polled(at, uint32(ev.Pad), ev.Events, buf)
			} else if int(ev.Fd) == p.nudge {
				p.thawed(buf)
			}
		}
	}
}

func (p *poller) slot(fd int32) *socket {
	p.mu.Lock()
	defer p.mu.Unlock()
	if int(fd) < len(p.slots) {
		return p.slots[fd]
	}
	return nil
}

// add watches a socket for the rest of its life, and whether it can be written
// to only when its Conn waits for that.
func (p *poller) add(s *socket) error {
	p.mu.Lock()
	if p.shut {
		p.mu.Unlock()
		return errShut
	}
	p.gen++
	s.gen = p.gen
	for len(p.slots) <= s.fd {
		p.slots = append(p.slots, nil)
	}
	p.slots[s.fd] = s
	p.mu.Unlock()
	if err := p.control(unix.EPOLL_CTL_ADD, s); err != nil {
		p.remove(s)
		return err
	}
	return nil
}

func (p *poller) control(op int, s *socket) error {
	ev := unix.EpollEvent{Events: unix.EPOLLIN | unix.EPOLLRDHUP | unix.EPOLLET, Fd: int32(s.fd), Pad: int32(s.gen)}
	if s.writes {
		ev.Events |= unix.EPOLLOUT
	}
	return os.NewSyscallError("epoll_ctl", unix.EpollCtl(p.fd, op, s.fd, &ev))
}

func (p *poller) watchWrites(s *socket) error { return p.control(unix.EPOLL_CTL_MOD, s) }

// remove forgets a socket that is about to be closed, which takes it out of
// the epoll instance.
func (p *poller) remove(s *socket) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if s.fd < len(p.slots) && p.slots[s.fd] == s {
		p.slots[s.fd] = nil
	}
}

// again has s read once more: its events came while it was frozen.
func (p *poller) again(s *socket) {
	p.mu.Lock()
	p.redo = append(p.redo, s)
	p.mu.Unlock()
	_, _ = unix.Write(p.nudge, []byte{1, 0, 0, 0, 0, 0, 0, 0})
}

func (p *poller) thawed(buf []byte) {
	p.mu.Lock()
	redo := p.redo
	p.redo = nil
	p.mu.Unlock()
	for _, s := range redo {
		s.drain(readable, buf)
	}
}

func (p *poller) conns(all []*Conn) []*Conn {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, s := range p.slots {
		if s != nil {
			all = append(all, s.c)
		}
	}
	return all
}

// refuse takes no sockets from now on.
func (p *poller) refuse() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.shut = true
}

// stop ends the poller's goroutine; all sockets are closed already.
func (p *poller) stop() {
	p.file.Close()
	p.d.work.Wait()
	unix.Close(p.nudge)
}
