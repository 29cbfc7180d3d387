//go:build unix

package main

import (
	"syscall"
	"time"
)

// openFiles is how many descriptors this process may hold; 0 where it is not
// known.
func openFiles() uint64 {
	var files syscall.Rlimit
	if syscall.Getrlimit(syscall.RLIMIT_NOFILE, &files) != nil {
		return 0
	}
	return uint64(files.Cur) // Some systems count in signed numbers.
}

// cpuTime is the user and system time of this process so far.
func cpuTime() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// apart puts a child into a process group of its own: Ctrl-C at a terminal goes
// to the whole group, and a child must not stop by it, its parent stops it.
func apart() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }
