//go:build unix

package virtual

import (
	"time"

	"golang.org/x/sys/unix"
)

// processor is the time that the process spent as itself, not in the kernel.
func processor() time.Duration {
	var u unix.Rusage
	if unix.Getrusage(unix.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano())
}
