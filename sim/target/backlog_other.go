//go:build !linux

package target

import "net"

// setBacklog leaves the queue as long as it is: whether it can be changed
// differs from system to system.
func setBacklog(*net.TCPListener, bool) {}
