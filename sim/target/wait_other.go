//go:build !unix

package target

import "syscall"

// wait leaves the waiting to the read that follows.
func (*link) wait() error { return nil }

// readable leaves the waiting to the read that follows.
func readable(syscall.RawConn) error { return nil }
