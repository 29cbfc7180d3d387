//go:build unix

package live

import (
	"syscall"
	"time"

	"loginstorm/sim/record"
)

// processTime is the user and system time of this process so far.
func processTime() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// processProbe reads what the system says of this process.
type processProbe struct{ used time.Duration }

func (p *processProbe) sample(span time.Duration) *record.ProcessHealth {
	used := processTime()
	h := &record.ProcessHealth{CPU: float64(used-p.used) / float64(max(span, 1)), Files: openDescriptors()}
	p.used = used
	var limit syscall.Rlimit
	if syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit) == nil {
		h.FilesLimit = uint64(limit.Cur) // Some systems count in signed numbers.
	}
	return h
}
