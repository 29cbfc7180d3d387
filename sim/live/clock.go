package live

import "time"

// clock wakes a shard that sleeps. The runtime's timers wait in whole milliseconds
// when nothing else happens, which is more than a login takes on a local network:
// where the kernel has timers of its own, one of them rings instead.
type clock struct {
	timer *time.Timer
	fine  *fineTimer // nil: the runtime's timer is used.
}

// start makes the clock ready. Under a fake clock, in tests, fine has to be false.
func (c *clock) start(ring func(), fine bool) {
	if fine {
		c.fine = newFineTimer(ring)
	}
}

// stop ends what start began.
func (c *clock) stop() {
	if c.timer != nil {
		c.timer.Stop()
	}
	if c.fine != nil {
		c.fine.close()
	}
}

// sleep waits until something comes, or until an instant.
func (s *shard) sleep(until Time) {
	if until == never {
		<-s.inbox.alarm
		return
	}
	wait := until - s.now()
	if wait <= 0 {
		return
	}
	if s.clock.fine != nil && s.clock.fine.set(wait) {
		<-s.inbox.alarm // The timer rings it as well.
		return
	}
	if s.clock.timer == nil {
		s.clock.timer = time.NewTimer(wait)
	} else {
		s.clock.timer.Reset(wait)
	}
	select {
	case <-s.inbox.alarm:
	case <-s.clock.timer.C:
	}
}
