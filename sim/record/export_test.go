package record

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"
)

func TestCumulativeAgainstValues(t *testing.T) {
	draw := rand.New(rand.NewPCG(3, 4))
	h := NewHistogram(ConnectToLoggedIn)
	bounds := ConnectToLoggedIn.Bounds()
	var values []time.Duration
	for range 5000 {
		v := time.Duration(draw.ExpFloat64() * float64(300*time.Millisecond))
		values = append(values, v)
		h.Observe(v)
	}
	for _, b := range bounds { // A value at a bound belongs below it.
		values = append(values, b)
		h.Observe(b)
	}
	got := h.Cumulative(bounds)
	for i, b := range bounds {
		var least, most uint64
		for _, v := range values {
			if v <= b {
				least++
			}
			if float64(v) <= float64(b)*1.001+float64(time.Microsecond) {
				most++
			}
		}
		if got[i] < least || got[i] > most {
			t.Errorf("up to %v: %d, want %d to %d", b, got[i], least, most)
		}
	}
	var sum float64
	for _, v := range values {
		sum += v.Seconds()
	}
	if math.Abs(h.Sum()-sum) > sum/1000 {
		t.Errorf("sum %v, want %v", h.Sum(), sum)
	}
}

func TestNativeBuckets(t *testing.T) {
	h := NewHistogram(PhaseLogin)
	for _, v := range []time.Duration{0, 300, 40 * time.Millisecond, 40 * time.Millisecond, time.Second, 90 * time.Minute} {
		h.Observe(v)
	}
	n := h.Native()
	total := int64(n.Zero)
	base := math.Pow(2, 1.0/(1<<NativeSchema))
	for i, count := range n.Buckets {
		total += count
		low, high := math.Pow(base, float64(i-1)), math.Pow(base, float64(i))
		if count == 2 && (low > .0404 || high < .0400) {
			t.Errorf("40 ms lie in %v to %v", low, high)
		}
	}
	if n.Zero != 2 || total != h.Count() {
		t.Errorf("zero %d, total %d, want 2 and %d", n.Zero, total, h.Count())
	}
}

func TestBucketsCoverTheirValues(t *testing.T) {
	for m := range Metrics {
		for v := time.Duration(1); v < 23*time.Hour; v = v*3 + 7 {
			h := NewHistogram(Metric(m))
			h.Observe(v)
			want := min(v, h.top())
			for b := range h.Buckets() {
				if b.From > want || b.To < want || b.To-b.From > max(want/64, time.Microsecond) {
					t.Errorf("%v: %v lies in %v to %v", Metric(m), v, b.From, b.To)
				}
				if next := time.Duration(h.packed.Max()); next != b.To && b.To < h.top() {
					t.Errorf("%v: %v ends at %v, the library says %v", Metric(m), v, b.To, next)
				}
			}
		}
	}
}
