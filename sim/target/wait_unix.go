//go:build unix

package target

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// wait waits until there is something to read, the connection ends, or its read
// deadline passes. It is shallow, so that the waiting goroutine keeps its
// smallest stack.
func (l *link) wait() error {
	if l.br.Buffered() > 0 {
		return nil
	}
	return readable(l.raw)
}

// readable waits until there is something to read, the connection ends, or its
// read deadline passes. Without a descriptor it leaves that to the read that
// follows.
func readable(raw syscall.RawConn) error {
	if raw == nil {
		return nil
	}
	asked := false
	return raw.Read(func(fd uintptr) bool {
		if asked {
			return true
		}
		asked = true
		fds := [1]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}
		n, err := unix.Poll(fds[:], 0)
		return n != 0 || err != nil
	})
}
