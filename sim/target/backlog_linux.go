package target

import (
	"net"

	"golang.org/x/sys/unix"
)

// Lengths of a listener's queue. A length of 0 would make the kernel answer with
// SYN cookies and complain of a flood; the longest is what the system allows.
const (
	shortBacklog = 1
	longBacklog  = 1<<16 - 1
)

// setBacklog changes how many connections wait to be accepted: listen(2) may be
// called again. Those that wait already stay.
func setBacklog(ln *net.TCPListener, short bool) {
	length := longBacklog
	if short {
		length = shortBacklog
	}
	raw, err := ln.SyscallConn()
	if err != nil {
		return // It is closed: there is no queue.
	}
	_ = raw.Control(func(fd uintptr) {
		_ = unix.Listen(int(fd), length) // Fails for nothing that a listener can be.
	})
}
