//go:build !unix

package main

import (
	"syscall"
	"time"
)

// openFiles is not known here.
func openFiles() uint64 { return 0 }

// cpuTime is not known here.
func cpuTime() time.Duration { return 0 }

// apart changes nothing here: Ctrl-C reaches the child as well.
func apart() *syscall.SysProcAttr { return nil }
