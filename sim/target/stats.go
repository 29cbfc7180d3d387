package target

import (
	"runtime"
	"runtime/metrics"
	"time"

	"loginstorm/sim/gateway"
)

// Stats is what a server counts. Totals are since New.
type Stats struct {
	Gateway       gateway.Stats `json:"gateway"`
	Connections   int           `json:"connections"`     // Open sockets, also those that are not links (any more).
	AcceptedTotal uint64        `json:"accepted_total"`  // Connections.
	RefusedTotal  uint64        `json:"refused_total"`   // Upgrades answered with 503.
	CutTotal      uint64        `json:"cut_total"`       // Links reset because a command said so.
	SlowTotal     uint64        `json:"slow_total"`      // Links reset because their peer read nothing.
	GarbageTotal  uint64        `json:"garbage_total"`   // Frames that were no message.
	Web           int           `json:"web_connections"` // Open sockets of the web port.
	App           *BackendStats `json:"app,omitempty"`   // nil = it costs nothing to ask it.
	Address       *BackendStats `json:"address_server,omitempty"`
	UptimeSeconds float64       `json:"uptime_seconds"`
	Process       Process       `json:"process"` // Of the process it runs in.
}

// Stats returns the counts of the moment.
func (s *Server) Stats() Stats {
	c := &s.core
	c.mu.Lock()
	st := Stats{
		Gateway:       c.gw.Stats(),
		RefusedTotal:  c.refusals,
		CutTotal:      c.cuts,
		GarbageTotal:  c.garbage,
		UptimeSeconds: time.Since(c.start).Seconds(),
	}
	c.mu.Unlock()
	st.Connections = s.roster.size()
	st.AcceptedTotal, st.SlowTotal = s.accepted.Load(), s.slow.Load()
	st.Web, st.App, st.Address = s.web.size(), s.app.counts(), s.address.counts()
	st.Process = processNow()
	return st
}

// Process is what the process costs: a target that runs as a child is accounted
// apart from the load it is under.
type Process struct {
	CPUSeconds float64 `json:"cpu_seconds"` // User and system; 0 where unknown.
	HeapBytes  uint64  `json:"heap_bytes"`  // Live and not yet swept objects.
	StackBytes uint64  `json:"stack_bytes"` // Of goroutines.
	TotalBytes uint64  `json:"total_bytes"` // All that the runtime has mapped.
	Goroutines int     `json:"goroutines"`
}

// processNow reads the figures of the moment, without stopping the world.
func processNow() Process {
	samples := []metrics.Sample{
		{Name: "/memory/classes/heap/objects:bytes"},
		{Name: "/memory/classes/heap/stacks:bytes"},
		{Name: "/memory/classes/total:bytes"},
	}
	metrics.Read(samples)
	value := func(i int) uint64 {
		if samples[i].Value.Kind() != metrics.KindUint64 {
			return 0
		}
		return samples[i].Value.Uint64()
	}
	return Process{
		CPUSeconds: cpuSeconds(), HeapBytes: value(0), StackBytes: value(1),
		TotalBytes: value(2), Goroutines: runtime.NumGoroutine(),
	}
}
