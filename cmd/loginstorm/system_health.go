package main

import (
	"time"

	"loginstorm/sim/live"
	"loginstorm/sim/record"
)

// examine begins to look at the generator and its machine; c is the embedded gateway,
// nil = there is none. The caller closes st.monitor.
func (st *storm) examine(c *child) {
	var target func() int
	if c != nil {
		target = func() int { return int(c.pid.Load()) }
	}
	monitor := live.NewMonitor(time.Now(), target)
	st.mu.Lock()
	defer st.mu.Unlock()
	st.monitor = monitor
}

// healthy adds to a second how the generator was then. The caller holds the lock.
func (st *storm) healthy(row *record.Row) {
	if st.monitor != nil {
		st.agg.Health(row, st.monitor.Take(row.Second))
	}
}
