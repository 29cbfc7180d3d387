package target

import (
	"runtime"
	"runtime/metrics"
)

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
