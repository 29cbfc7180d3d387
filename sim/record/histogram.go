package record

import (
	"iter"
	"math"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// Histogram is a distribution of spans within the range of one metric. It stores
// only the buckets that hold something, so that one for each second is cheap.
// One goroutine at a time may change it.
type Histogram struct {
	metric Metric
	packed *hdrhistogram.PackedHistogram
}

// NewHistogram returns an empty histogram of a metric.
func NewHistogram(m Metric) *Histogram {
	low, high, digits := m.Range()
	return &Histogram{metric: m, packed: hdrhistogram.NewPacked(int64(low), int64(high), digits)}
}

// Observe records a value; what lies outside the range counts as its end.
func (h *Histogram) Observe(v time.Duration) {
	_, high, _ := h.metric.Range()
	if h.packed.RecordValue(int64(min(max(v, 0), high))) != nil {
		panic("record: a value within the range of its metric was refused")
	}
}

// fill adds a dense histogram of the same metric. The receiver is empty.
func (h *Histogram) fill(dense *hdrhistogram.Histogram) {
	if dropped := h.packed.MergeFrom(dense); dropped != 0 {
		panic("record: histograms of one metric differ in range")
	}
}

// Merge adds another histogram of the same range. It panics when the ranges
// differ: the library would drop values and say so only in passing.
func (h *Histogram) Merge(o *Histogram) {
	if o == nil || o.Count() == 0 {
		return
	}
	if h.packed.LowestTrackableValue() != o.packed.LowestTrackableValue() ||
		h.packed.HighestTrackableValue() != o.packed.HighestTrackableValue() ||
		h.packed.SignificantFigures() != o.packed.SignificantFigures() {
		panic("record: merge of histograms of different ranges")
	}
	if dropped := h.packed.Merge(o.packed); dropped != 0 {
		panic("record: histograms of one metric differ in range")
	}
}

// Clone returns an independent copy.
func (h *Histogram) Clone() *Histogram {
	return &Histogram{metric: h.metric, packed: h.packed.Clone()}
}

// Metric says whose range the histogram has.
func (h *Histogram) Metric() Metric { return h.metric }

// Packed is the histogram as the library's type, for writing logs. It is not to be
// changed.
func (h *Histogram) Packed() *hdrhistogram.PackedHistogram { return h.packed }

// FromPacked wraps a histogram that was read. It reports false when its range is not
// that of the metric.
func FromPacked(m Metric, p *hdrhistogram.PackedHistogram) (*Histogram, bool) {
	low, high, digits := m.Range()
	ok := p.LowestTrackableValue() == int64(low) && p.HighestTrackableValue() == int64(high) &&
		p.SignificantFigures() == int64(digits)
	return &Histogram{metric: m, packed: p}, ok
}

// Count is how many values were recorded.
func (h *Histogram) Count() int64 {
	if h == nil {
		return 0
	}
	return h.packed.TotalCount()
}

// Quantile returns the value that a share q of all values (0 to 1) does not
// exceed: the one of rank ceil(q*count), rounded up to the end of its bucket. What
// is in the first bucket, up to half a microsecond, is 0. 0 also when nothing was
// recorded.
func (h *Histogram) Quantile(q float64) time.Duration {
	n := h.Count()
	if n == 0 {
		return 0
	}
	return h.atRank(rank(q, n))
}

// rank is ceil(q*n), at least 1 and at most n, with the noise of the
// multiplication taken off so that 0.99 of 100 is 99.
func rank(q float64, n int64) int64 {
	at := math.Ceil(q*float64(n) - 1e-9*max(1, q*float64(n)))
	return min(max(int64(at), 1), n)
}

// atRank returns the value of a rank, from 1 to Count.
func (h *Histogram) atRank(rank int64) time.Duration {
	var seen int64
	for b := range h.Buckets() {
		seen += b.Count
		if seen >= rank {
			return b.upper()
		}
	}
	return 0
}

// Mean is the arithmetic mean, from the middles of the buckets.
func (h *Histogram) Mean() time.Duration {
	if h.Count() == 0 {
		return 0
	}
	return time.Duration(math.Round(h.Sum() / float64(h.Count()) * float64(time.Second)))
}

// Min and Max are the least and the greatest value, within the precision.
func (h *Histogram) Min() time.Duration {
	for b := range h.Buckets() {
		return b.From
	}
	return 0
}

// Max is the greatest value, rounded up to the end of its bucket.
func (h *Histogram) Max() time.Duration { return h.atRank(h.Count()) }

func (h *Histogram) top() time.Duration {
	_, high, _ := h.metric.Range()
	return high
}

// Bucket is a part of a histogram: Count values from From to To, both included.
type Bucket struct {
	From, To time.Duration
	Count    int64
}

// middle stands for the values of a bucket, upper for the greatest of them. The
// first bucket is finer than anything that is measured: it is 0.
func (b Bucket) middle() time.Duration {
	if b.From == 0 {
		return 0
	}
	return b.From + (b.To-b.From)/2
}

func (b Bucket) upper() time.Duration {
	if b.From == 0 {
		return 0
	}
	return b.To
}

// Buckets ranges over the buckets that hold something, in order.
func (h *Histogram) Buckets() iter.Seq[Bucket] {
	low, _, digits := h.metric.Range()
	unit := int64(1) << int(math.Floor(math.Log2(float64(low)))) // Width of the finest bucket.
	sub := int64(2)                                              // Buckets of that width.
	for limit := 2 * int64(math.Pow10(digits)); sub < limit; sub *= 2 {
	}
	return func(yield func(Bucket) bool) {
		if h == nil {
			return
		}
		top, width := h.top(), unit
		for from, n := range h.packed.ForEachBucket {
			for from >= sub*width {
				width *= 2
			}
			b := Bucket{time.Duration(from), min(time.Duration(from+width-1), max(top, time.Duration(from))), n}
			if !yield(b) {
				return
			}
		}
	}
}

// Figures are the numbers that people ask a distribution for.
type Figures struct {
	Count int64   `json:"count"`
	Min   Seconds `json:"min_seconds"`
	Mean  Seconds `json:"mean_seconds"`
	P50   Seconds `json:"p50_seconds"`
	P90   Seconds `json:"p90_seconds"`
	P99   Seconds `json:"p99_seconds"`
	P999  Seconds `json:"p999_seconds"`
	Max   Seconds `json:"max_seconds"`
}

// Figures returns them, from one walk over the buckets; all are 0 when nothing was
// recorded.
func (h *Histogram) Figures() Figures {
	n := h.Count()
	if n == 0 {
		return Figures{}
	}
	f := Figures{Count: n, Min: Seconds(h.Min())}
	ranks := [...]int64{rank(.5, n), rank(.9, n), rank(.99, n), rank(.999, n), n}
	values := [...]*Seconds{&f.P50, &f.P90, &f.P99, &f.P999, &f.Max}
	var seen int64
	var sum float64
	at := 0
	for b := range h.Buckets() {
		seen += b.Count
		sum += float64(b.Count) * float64(b.middle())
		for ; at < len(ranks) && seen >= ranks[at]; at++ {
			*values[at] = Seconds(b.upper())
		}
	}
	f.Mean = Seconds(math.Round(sum / float64(time.Second) / float64(n) * float64(time.Second))) // As Mean has it.
	return f
}
