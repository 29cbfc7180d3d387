package live

import (
	"math"
	"runtime/metrics"
	"time"

	"loginstorm/sim/record"
)

// The samples of runtimeProbe, in their order.
const (
	schedLatencies = iota
	gcPauses
	gcCPU
	allCPU
	idleCPU
	gcCycles
	goroutines
	heapBytes
	goProcs
	runtimeSamples
)

// runtimeProbe reads Go's runtime.
type runtimeProbe struct {
	samples []metrics.Sample
	sched   []uint64 // Of the last sample.
	pauses  []uint64
	gc      float64 // Seconds.
	busy    float64
	cycles  uint64
}

func (p *runtimeProbe) sample() (h record.RuntimeHealth) {
	if p.samples == nil {
		p.samples = make([]metrics.Sample, runtimeSamples)
		for i, name := range [...]string{schedLatencies: "/sched/latencies:seconds", gcPauses: "/sched/pauses/total/gc:seconds",
			gcCPU: "/cpu/classes/gc/total:cpu-seconds", allCPU: "/cpu/classes/total:cpu-seconds", idleCPU: "/cpu/classes/idle:cpu-seconds",
			gcCycles: "/gc/cycles/total:gc-cycles", goroutines: "/sched/goroutines:goroutines", heapBytes: "/memory/classes/heap/objects:bytes",
			goProcs: "/sched/gomaxprocs:threads"} {
			p.samples[i].Name = name
		}
	}
	metrics.Read(p.samples)
	if d := distribution(p.samples[schedLatencies]); d != nil {
		h.Sched, p.sched = since(d, p.sched)
	}
	if d := distribution(p.samples[gcPauses]); d != nil {
		var pauses record.Brief
		pauses, p.pauses = since(d, p.pauses)
		h.GCPause = pauses.Max
	}
	gc, busy := decimalOf(p.samples[gcCPU]), decimalOf(p.samples[allCPU])-decimalOf(p.samples[idleCPU])
	if busy > p.busy {
		h.GCShare = min(1, max(0, (gc-p.gc)/(busy-p.busy)))
	}
	p.gc, p.busy = gc, busy
	cycles := wholeOf(p.samples[gcCycles])
	h.GCs, p.cycles = cycles-p.cycles, cycles
	h.Procs, h.Goroutines, h.Heap = int(wholeOf(p.samples[goProcs])), wholeOf(p.samples[goroutines]), wholeOf(p.samples[heapBytes])
	return h
}

func distribution(s metrics.Sample) *metrics.Float64Histogram {
	if s.Value.Kind() != metrics.KindFloat64Histogram {
		return nil // Another version of Go: it is not told.
	}
	return s.Value.Float64Histogram()
}

func decimalOf(s metrics.Sample) float64 {
	if s.Value.Kind() != metrics.KindFloat64 {
		return 0
	}
	return s.Value.Float64()
}

func wholeOf(s metrics.Sample) uint64 {
	if s.Value.Kind() != metrics.KindUint64 {
		return 0
	}
	return s.Value.Uint64()
}

// since takes from a distribution that only grows what came since it was last looked
// at. A value counts as the upper end of its bucket.
func since(d *metrics.Float64Histogram, last []uint64) (b record.Brief, counts []uint64) {
	fresh := make([]uint64, len(d.Counts))
	var n uint64
	for i, c := range d.Counts {
		fresh[i] = c
		if i < len(last) {
			fresh[i] -= min(c, last[i])
		}
		n += fresh[i]
	}
	counts = append(last[:0], d.Counts...)
	if n == 0 {
		return b, counts
	}
	b.Count = int64(n)
	upper := func(i int) record.Seconds {
		v := d.Buckets[i+1]
		if math.IsInf(v, 1) {
			v = d.Buckets[i]
		}
		return record.Seconds(v * float64(time.Second))
	}
	var seen uint64
	for i, c := range fresh {
		if c == 0 {
			continue
		}
		if seen*2 < n && (seen+c)*2 >= n {
			b.P50 = upper(i)
		}
		if seen*100 < n*99 && (seen+c)*100 >= n*99 {
			b.P99 = upper(i)
		}
		seen += c
		b.Max = upper(i)
	}
	return b, counts
}
