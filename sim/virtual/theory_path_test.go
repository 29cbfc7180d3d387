package virtual

import (
	"fmt"
	"math"
	"testing"
	"time"

	"loginstorm/sim/record"
)

// TestRecordedPhasesAreThoseOfTheory reads nothing but what a user gets: the login
// phase of the recorder, of ten seeds of one scenario. Less the latency there and back
// it is what a login spends at M/M/c, a wait and a service; its mean, and how many are
// longer than its median, its 90th and 99th percentile, agree within the interval
// that the seeds make.
func TestRecordedPhasesAreThoseOfTheory(t *testing.T) {
	for _, workers := range []int{1, 4} {
		t.Run(fmt.Sprintf("M/M/%d", workers), func(t *testing.T) {
			t.Parallel()
			m := mmc(workers, 0.8)
			service := time.Duration(workers) * time.Millisecond
			// P(wait + service > x): the convolution of the two. For one worker it is
			// exponential, and the quotient is 0/0.
			idle := float64(workers) - m.load
			stays := func(x float64) float64 {
				if workers == 1 {
					return math.Exp(-idle * x)
				}
				return math.Exp(-x) + m.waits/(1-idle)*(math.Exp(-idle*x)-math.Exp(-x))
			}
			at := []float64{0, 0, 0, 0}
			for i, part := range []float64{1, 2, 10, 100} {
				for i > 0 && stays(at[i]) > 1/part {
					at[i] += 1.0 / 64
				}
			}
			const seeds = 10
			means := make([][]float64, len(at))
			for seed := range seeds {
				q := queueing{100 + seed, 5_000, "poisson", 800, workers, fmt.Sprintf("{exponential: {mean: %v}}", service)}
				_, all := simulate(t, compile(t, q.text()))
				h := all.Totals().Histogram(record.PhaseLogin, record.Filter{})
				got := make([]float64, len(at))
				for b := range h.Buckets() {
					// Two digits are kept: the middle stands for a bucket, a part of it for
					// what is above a bound.
					low, high := b.From-2*theoryLatency, b.To-2*theoryLatency
					got[0] += float64(low+high) / 2 / float64(service) * float64(b.Count)
					for i := 1; i < len(at); i++ {
						bound := time.Duration(at[i] * float64(service))
						above := float64(high-bound) / float64(max(1, high-low))
						got[i] += min(1, max(0, above)) * float64(b.Count)
					}
				}
				for i := range means {
					means[i] = append(means[i], got[i]/float64(h.Count()))
				}
			}
			figures := []figure{{what: "wait and service", want: m.mean + 1}}
			for _, x := range at[1:] {
				figures = append(figures, figure{what: fmt.Sprintf("longer than %.3f", x), want: stays(x)})
			}
			for i := range figures {
				figures[i].got, figures[i].half = interval(means[i])
			}
			for _, miss := range misses(figures) {
				t.Error(miss)
			}
			t.Logf("\n%s", table(m.name, m.rho(), figures))
		})
	}
}
