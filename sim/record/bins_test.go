package record

import (
	"math/rand/v2"
	"testing"
	"time"
)

func TestBins(t *testing.T) {
	for seed := range uint64(200) {
		r := rand.New(rand.NewPCG(seed, 4))
		h := NewHistogram(Detection)
		from, to := time.Duration(r.Int64N(int64(time.Minute))), time.Duration(1+r.Int64N(int64(time.Hour)))
		if seed%3 == 0 {
			to = time.Duration(1 + r.Int64N(int64(time.Millisecond)))
		}
		n := 1 + r.IntN(300)
		for range n {
			h.Observe(from + time.Duration(r.Int64N(int64(to))))
		}
		bins := h.Bins(12)
		if len(bins) == 0 || len(bins) > 12 {
			t.Fatalf("seed %d: %d bins", seed, len(bins))
		}
		var sum int64
		width := bins[0].To - bins[0].From
		for i, b := range bins {
			sum += b.Count
			if b.From%width != 0 || b.To-b.From != width || i > 0 && b.From != bins[i-1].To {
				t.Errorf("seed %d: %+v", seed, bins)
			}
		}
		if w := int64(width); sum != int64(n) || bins[0].Count == 0 || !round(w) {
			t.Errorf("seed %d: %d values of %d, %v wide: %+v", seed, sum, n, time.Duration(w), bins)
		}
	}
	h := NewHistogram(Detection)
	if h.Bins(9) != nil {
		t.Error("bins of nothing")
	}
	for _, s := range []int{23, 24, 31, 44, 52} {
		h.Observe(time.Duration(s) * time.Second)
	}
	bins := h.Bins(10)
	if len(bins) != 7 || bins[0].From != Seconds(20*time.Second) || bins[0].Count != 2 || bins[6].Count != 1 {
		t.Errorf("%+v", bins)
	}
}

// round reports whether a width is 1, 2 or 5 times a power of ten.
func round(w int64) bool {
	for w%10 == 0 {
		w /= 10
	}
	return w == 1 || w == 2 || w == 5
}

// Two edges of bins that differ read differently.
func TestBinsAreNotNarrowerThanPrinted(t *testing.T) {
	h := NewHistogram(TimeBack)
	h.Observe(48 * time.Second)
	h.Observe(48*time.Second + 60*time.Millisecond)
	for _, b := range h.Bins(100) {
		if FormatSpan(b.From.Duration()) == FormatSpan(b.To.Duration()) {
			t.Errorf("%v to %v", b.From, b.To)
		}
	}
}
