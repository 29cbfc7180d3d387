package record

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

// One walk says what one walk for each figure says, and what a scrape asks for at once is
// what it would be asked for one by one.
func TestOneWalkIsAsGoodAsMany(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := rapid.SampledFrom([]Metric{ConnectToLoggedIn, PhaseLogin, TimeBack}).Draw(t, "metric")
		h := NewHistogram(m)
		for _, shift := range rapid.SliceOfN(rapid.IntRange(0, 46), 0, 60).Draw(t, "shifts") {
			h.Observe(time.Duration(1)<<shift + time.Duration(shift*shift*977))
		}
		want := Figures{}
		if h.Count() > 0 {
			want = Figures{h.Count(), Seconds(h.Min()), Seconds(h.Mean()), Seconds(h.Quantile(.5)), Seconds(h.Quantile(.9)),
				Seconds(h.Quantile(.99)), Seconds(h.Quantile(.999)), Seconds(h.Max())}
		}
		if got := h.Figures(); got != want {
			t.Fatalf("%+v, want %+v", got, want)
		}
		bounds := m.Bounds()
		cumulative, native, sum := h.Export(bounds)
		if sum != h.Sum() {
			t.Fatalf("sum %v, want %v", sum, h.Sum())
		}
		total := int64(native.Zero)
		for _, n := range native.Buckets {
			total += n
		}
		if total != h.Count() {
			t.Fatalf("native buckets hold %d of %d", total, h.Count())
		}
		for i, bound := range bounds { // A second oracle: every bucket that begins at or below the bound.
			var n uint64
			for b := range h.Buckets() {
				if b.From <= bound {
					n += uint64(b.Count)
				}
			}
			if cumulative[i] != n {
				t.Fatalf("up to %v: %d, want %d", bound, cumulative[i], n)
			}
		}
	})
}
