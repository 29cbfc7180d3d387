//go:build unix

package account

import (
	"os"
	"syscall"
)

// lock takes a file for this process alone; it is let go with the file. busy is true where
// another process has it.
func lock(f *os.File) (busy bool) {
	return syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) == syscall.EWOULDBLOCK
}
