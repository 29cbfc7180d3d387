package main

import (
	"fmt"
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

const (
	// nearFull is the share of its cores from which on a generator has little to spare.
	nearFull = 0.9
	// stoodStill is the share of a second for which a generator may not run although
	// something was due. Bytes that come meanwhile are stamped when it runs again, and
	// where no attempt and no deadline was due nothing else tells.
	stoodStill = 0.1
)

// nearly warns of limits that a run came near to. They invalidate nothing: what counts
// is whether the generator was late.
func nearly(s *record.Strain) (warnings []string) {
	if s == nil {
		return nil
	}
	if s.CPU.Worst >= nearFull*s.Cores && s.Cores > 0 {
		warnings = append(warnings, fmt.Sprintf("the generator used %.2f of its %.3g cores in second %d: it has little to spare", s.CPU.Worst, s.Cores, s.CPU.Second))
	}
	if s.AwayShare.Worst >= stoodStill {
		warnings = append(warnings, fmt.Sprintf("the generator did not run for %s of second %d although something was due: latencies of then may be its own",
			record.Percent(s.AwayShare.Worst), s.AwayShare.Second))
	}
	if float64(s.Files) >= nearFull*float64(s.FilesLimit) && s.FilesLimit > 0 {
		warnings = append(warnings, fmt.Sprintf("%d of %d files were open: ulimit -n is near", s.Files, s.FilesLimit))
	}
	return warnings
}
