package target

import (
	"errors"
	"net"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"loginstorm/sim/gateway"
	"loginstorm/sim/wire"
)

// attempt begins to connect and does not wait.
func attempt(t *testing.T, to *net.TCPAddr) (fd int, err error) {
	t.Helper()
	fd, err = unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	return fd, unix.Connect(fd, &unix.SockaddrInet4{Port: to.Port, Addr: [4]byte(to.IP.To4())})
}

// connected returns how an attempt is at this moment.
func connected(t *testing.T, fd int) (yes bool, fault int) {
	t.Helper()
	fault, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_ERROR)
	if err != nil {
		t.Fatal(err)
	}
	_, err = unix.Getpeername(fd)
	return err == nil, fault
}

// The kernel drops what does not fit into the queue: of ten thousand attempts a
// few are connected and the others unanswered, and none is refused.
func TestStalledQueueDropsWhatDoesNotFit(t *testing.T) {
	const many = 10_000
	s := serve(t, config())
	to := s.Addrs()[0].(*net.TCPAddr)
	before := descriptors(t)
	do(t, s, gateway.Command{Kind: gateway.Stall, Downtime: time.Hour})
	queued := 0
	for range many {
		fd, err := attempt(t, to)
		if err != nil && !errors.Is(err, unix.EINPROGRESS) {
			t.Fatal(err)
		}
		yes, fault := connected(t, fd)
		if fault != 0 {
			t.Fatalf("refused: %v", unix.Errno(fault))
		}
		if yes {
			queued++
		}
		_ = unix.Close(fd)
	}
	// The kernel lets one more in than it was told, and the door may hold one that it
	// accepted at the moment of the stall.
	if queued == 0 || queued > shortBacklog+2 {
		t.Errorf("%d attempts were connected", queued)
	}
	last, err := attempt(t, to)
	if !errors.Is(err, unix.EINPROGRESS) {
		t.Errorf("connect: %v", err)
	}
	if yes, fault := connected(t, last); yes || fault != 0 {
		t.Errorf("connected %v, fault %v", yes, unix.Errno(fault))
	}
	if st := s.Stats(); st.AcceptedTotal != 0 || st.Connections != 0 {
		t.Errorf("stats %+v", st)
	}
	s.pass(2 * time.Hour)
	if code := connect(t, s.URLs()[0]).login(credentials(1, 1)); code != wire.Success {
		t.Errorf("code %d", code)
	}
	// The attempt that was dropped is served when its kernel asks again.
	if n, err := unix.Poll([]unix.PollFd{{Fd: int32(last), Events: unix.POLLOUT}}, int(patience/time.Millisecond)); n != 1 {
		t.Errorf("the last attempt was never answered: %v", err)
	}
	if yes, fault := connected(t, last); !yes || fault != 0 {
		t.Errorf("connected %v, fault %v", yes, unix.Errno(fault))
	}
	_ = unix.Close(last)
	settled(t, s, func(st Stats) bool { return st.Connections == 1 && descriptors(t) <= before+2 })
}

// A node that comes back while its queue is full has a short one, and does not
// accept from it.
func TestDoorOpensWithAShortQueue(t *testing.T) {
	s := serve(t, config())
	s.turn(0, false)
	s.stall(0, true)
	s.turn(0, true)
	if ln, lacking := s.doors[0].listener(); ln != nil || lacking {
		t.Errorf("a stalled door accepts from %v, lacking %v", ln, lacking)
	}
	queued := 0
	for range 20 {
		fd, err := attempt(t, s.Addrs()[0].(*net.TCPAddr))
		if err != nil && !errors.Is(err, unix.EINPROGRESS) {
			t.Fatal(err)
		}
		if yes, _ := connected(t, fd); yes {
			queued++
		}
		_ = unix.Close(fd)
	}
	if queued != shortBacklog+1 {
		t.Errorf("%d attempts were connected", queued)
	}
}

// A queue that was short and is long again takes a herd.
func TestBacklogIsRestored(t *testing.T) {
	ln, err := listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = ln.Close() }()
	setBacklog(ln.(*net.TCPListener), true)
	setBacklog(ln.(*net.TCPListener), false)
	for n := range 100 {
		fd, err := attempt(t, ln.Addr().(*net.TCPAddr))
		if err != nil && !errors.Is(err, unix.EINPROGRESS) {
			t.Fatal(err)
		}
		if yes, _ := connected(t, fd); !yes {
			t.Errorf("attempt %d was dropped", n)
		}
		defer func() { _ = unix.Close(fd) }()
	}
}
