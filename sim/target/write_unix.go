//go:build unix

package target

import (
	"errors"
	"syscall"
)

// tryWrite writes what the kernel takes at once, and never waits.
func (d *direct) tryWrite(raw syscall.RawConn, p []byte) (int, error) {
	d.p, d.n, d.err = p, 0, nil
	if err := raw.Write(d.attempt); err != nil {
		return 0, err
	}
	if errors.Is(d.err, syscall.EAGAIN) {
		return 0, nil
	}
	return d.n, d.err
}

// write is called with the descriptor; true means that it is not to be waited
// for.
func (d *direct) write(fd uintptr) bool {
	for {
		d.n, d.err = syscall.Write(int(fd), d.p)
		if d.n < 0 {
			d.n = 0
		}
		if !errors.Is(d.err, syscall.EINTR) {
			return true
		}
	}
}
