//go:build unix

package main

import (
	"sync"
	"syscall"
	"time"
)

const (
	stoppedFor = 80 * time.Millisecond
	runningFor = 20 * time.Millisecond
)

// starvation is how a process is kept from running now and then.
func starvation() func(pid int) (release func(), err error) { return starving }

// starving stops a process and lets it go, again and again, until release is called,
// which may be done twice.
func starving(pid int) (release func(), err error) {
	if err := syscall.Kill(pid, 0); err != nil {
		return nil, err
	}
	stop, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		defer func() { _ = syscall.Kill(pid, syscall.SIGCONT) }() // It may be over.
		for {
			for _, phase := range [...]struct {
				signal syscall.Signal
				lasts  time.Duration
			}{{syscall.SIGSTOP, stoppedFor}, {syscall.SIGCONT, runningFor}} {
				if syscall.Kill(pid, phase.signal) != nil {
					return
				}
				select {
				case <-stop:
					return
				case <-time.After(phase.lasts):
				}
			}
		}
	}()
	var once sync.Once
	return func() { once.Do(func() { close(stop) }); <-done }, nil
}
