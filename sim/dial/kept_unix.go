//go:build unix

package dial

import "golang.org/x/sys/unix"

// readableNow reports whether a read from a socket would find something, its end
// included. What cannot be told is no.
func readableNow(fd uintptr) bool {
	set := [1]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}
	n, err := unix.Poll(set[:], 0)
	return err == nil && n > 0
}
