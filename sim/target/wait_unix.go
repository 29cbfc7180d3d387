//go:build unix

package target

import "golang.org/x/sys/unix"

// wait waits until there is something to read, the connection ends, or its read
// deadline passes. It is shallow, so that the waiting goroutine keeps its
// smallest stack.
func (l *link) wait() error {
	if l.raw == nil || l.br.Buffered() > 0 {
		return nil
	}
	asked := false
	return l.raw.Read(func(fd uintptr) bool {
		if asked {
			return true
		}
		asked = true
		fds := [1]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}
		n, err := unix.Poll(fds[:], 0)
		return n != 0 || err != nil
	})
}
