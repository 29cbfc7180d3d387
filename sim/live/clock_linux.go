package live

import (
	"os"

	"golang.org/x/sys/unix"
)

// fineTimer is a timer of the kernel's that the runtime's poller waits for.
type fineTimer struct {
	file *os.File
	fd   int
	done chan struct{}
}

// newFineTimer returns a timer that calls ring from a goroutine of its own; nil when
// the kernel gives none, and the runtime's timer has to do.
func newFineTimer(ring func()) *fineTimer {
	fd, err := unix.TimerfdCreate(unix.CLOCK_MONOTONIC, unix.TFD_NONBLOCK|unix.TFD_CLOEXEC)
	if err != nil {
		return nil
	}
	t := &fineTimer{file: os.NewFile(uintptr(fd), "timer"), fd: fd, done: make(chan struct{})}
	go func() {
		defer close(t.done)
		var expirations [8]byte
		for {
			if _, err := t.file.Read(expirations[:]); err != nil {
				return
			}
			ring()
		}
	}()
	return t
}

// set has the timer ring once, after wait, in place of what was set before.
func (t *fineTimer) set(wait Time) bool {
	spec := unix.ItimerSpec{Value: unix.NsecToTimespec(int64(wait))}
	return unix.TimerfdSettime(t.fd, 0, &spec, nil) == nil
}

func (t *fineTimer) close() {
	_ = t.file.Close() // It ends the read; nothing was written that could be lost.
	<-t.done
}
