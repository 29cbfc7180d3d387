package record

import (
	"math"
	"time"
)

// Bounds are the upper bounds of a metric's classic Prometheus buckets. Lateness is
// looked at in finer steps than what people wait for; between 5 s and 30 s, where
// reconnect storms end, steps are narrow enough to read a percentile from.
func (m Metric) Bounds() []time.Duration {
	const ms = time.Millisecond
	switch m {
	case StartLateness, TimerLateness, RecordLateness, PhaseWait:
		return []time.Duration{ms / 10, ms / 4, ms / 2, ms, 5 * ms / 2, 5 * ms, 10 * ms, 25 * ms, 50 * ms, 100 * ms, 250 * ms, time.Second, 10 * time.Second}
	case KickNotice, TimeBack, BackSinceBegin, Detection, KickWar, Lockout, Overlap, TimeToLoggedIn:
		return []time.Duration{10 * ms, 50 * ms, 100 * ms, 250 * ms, 500 * ms, time.Second, 2500 * ms, 5 * time.Second, 7500 * ms, 10 * time.Second,
			15 * time.Second, 20 * time.Second, 30 * time.Second, 45 * time.Second, time.Minute, 2 * time.Minute, 5 * time.Minute, 10 * time.Minute, 30 * time.Minute, time.Hour}
	}
	return []time.Duration{ms, 5 * ms / 2, 5 * ms, 10 * ms, 25 * ms, 50 * ms, 100 * ms, 250 * ms, 500 * ms, time.Second,
		1500 * ms, 2500 * ms, 4 * time.Second, 5 * time.Second, 7500 * ms, 10 * time.Second, 15 * time.Second, 30 * time.Second, time.Minute}
}

// Cumulative counts, for each bound, the values that do not exceed it. A bucket of
// the histogram that a bound cuts counts in full: the error is the precision of
// the metric. Bounds ascend.
func (h *Histogram) Cumulative(bounds []time.Duration) []uint64 {
	counts, _, _ := h.Export(bounds)
	return counts
}

// Sum is all values added up, from the middles of the buckets. It never falls when
// values are added.
func (h *Histogram) Sum() float64 {
	var sum float64
	for b := range h.Buckets() {
		sum += float64(b.Count) * float64(b.middle()) // Whole nanoseconds: exact as long as it matters.
	}
	return sum / float64(time.Second)
}

// Native is a histogram in the exponential buckets of Prometheus: bucket i holds
// the values above base^(i-1) and up to base^i seconds, base = 2^(2^-schema).
type Native struct {
	Schema        int32
	ZeroThreshold float64 // Seconds; what is below counts as zero.
	Zero          uint64
	Buckets       map[int]int64
}

// NativeSchema makes buckets 4.4 % wide: coarser than every metric's own precision, so
// that little is lost, and no more than 16 for a doubling.
const NativeSchema = 4

// Native converts the histogram.
func (h *Histogram) Native() Native {
	_, n, _ := h.Export(nil)
	return n
}

// Export is Cumulative, Native and Sum at once: all that a scrape asks of a histogram,
// in one walk over its buckets.
func (h *Histogram) Export(bounds []time.Duration) (cumulative []uint64, n Native, sum float64) {
	cumulative = make([]uint64, len(bounds))
	n = Native{Schema: NativeSchema, ZeroThreshold: lowest.Seconds(), Buckets: map[int]int64{}}
	var seen uint64
	at := 0
	// The native bucket that values fall into now: values ascend, so that each is reached
	// once, and its bound is worked out once.
	bucket, upTo, held := 0, math.Inf(-1), int64(0)
	for b := range h.Buckets() {
		for ; at < len(bounds) && bounds[at] < b.From; at++ {
			cumulative[at] = seen
		}
		seen += uint64(b.Count)
		middle := b.middle()
		sum += float64(b.Count) * float64(middle) // Whole nanoseconds: exact as long as it matters.
		if b.From < lowest {
			n.Zero += uint64(b.Count)
			continue
		}
		if v := middle.Seconds(); v > upTo {
			if held > 0 {
				n.Buckets[bucket] = held
			}
			bucket, held = int(math.Ceil(math.Log2(v)*(1<<NativeSchema))), 0
			upTo = math.Exp2(float64(bucket) / (1 << NativeSchema))
		}
		held += b.Count
	}
	if held > 0 {
		n.Buckets[bucket] = held
	}
	for ; at < len(bounds); at++ {
		cumulative[at] = seen
	}
	return cumulative, n, sum / float64(time.Second)
}
