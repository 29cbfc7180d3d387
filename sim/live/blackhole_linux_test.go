package live

import (
	"fmt"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"loginstorm/sim/dial"
	"loginstorm/sim/login"
	"loginstorm/sim/wire"
)

// Nothing answers the SYN: a listener whose queue is full. All attempts begin
// when they are due, and end with 408 and with their sockets: after four rounds there
// are no more of those than clients.
func TestBlackHole(t *testing.T) {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	if err := unix.Bind(fd, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		t.Fatal(err)
	}
	if err := unix.Listen(fd, 0); err != nil {
		t.Fatal(err)
	}
	name, err := unix.Getsockname(fd)
	if err != nil {
		t.Fatal(err)
	}
	p := compile(t, phones)
	hurry(p, 200*time.Millisecond, time.Minute)
	at := []dial.Endpoint{{URL: fmt.Sprintf("ws://127.0.0.1:%d/", name.(*unix.SockaddrInet4).Port)}}
	before, during := descriptors(t), 0
	st := runFleet(t, Config{Plan: p, Endpoints: at}, []func(*story) bool{func(s *story) bool { return s.every(4) }}, func(f *Fleet) {
		f.atEnd = func() { during = descriptors(t) }
	})
	const machinery = 16 // Pollers, timers, the runtime's own.
	if during > before+len(p.Clients.Account)+machinery {
		t.Errorf("%d descriptors before, %d at the end of the run", before, during)
	}
	for who, codes := range st.codes {
		if codes[0] != wire.TimedOut {
			t.Errorf("client %d: %v", who, codes)
		}
		if got := st.statuses[who]; got[0] != login.Connecting || got[1] != login.NetBroken {
			t.Errorf("client %d: %v", who, got)
		}
	}
}
