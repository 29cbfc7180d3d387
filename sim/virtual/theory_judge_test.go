package virtual

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
)

// figure is one thing that theory and a run both say.
type figure struct {
	what      string
	want, got float64
	half      float64 // Of the interval around got.
}

func (f figure) agrees() bool { return math.Abs(f.got-f.want) <= f.half }

// misses returns the figures that do not agree, a line each.
func misses(figures []figure) []string {
	var all []string
	for _, f := range figures {
		if !f.agrees() {
			all = append(all, fmt.Sprintf("%s: theory says %.5g, the run %.5g +- %.2g", f.what, f.want, f.got, f.half))
		}
	}
	return all
}

// interval returns the mean of means, and half of the interval around it that they make:
// Student's t at 99.9 %, so that of a thousand honest figures one misses. It comes from
// the data alone. There are 10, 20 or 30 means.
func interval(means []float64) (mean, half float64) {
	n := float64(len(means))
	for _, m := range means {
		mean += m / n
	}
	for _, m := range means {
		half += (m - mean) * (m - mean)
	}
	student := map[int]float64{10: 4.781, 20: 3.883, 30: 3.659}[len(means)]
	return mean, student * math.Sqrt(half/(n-1)/n)
}

// batches is in how many parts a run is cut whose means are to know nothing of each
// other: as many as are long beside what a queue remembers, and ten at least.
func batches(logins int, rho float64) int {
	for _, n := range []int{30, 20} {
		if float64(logins/n) >= 50*relaxation(rho) {
			return n
		}
	}
	return 10
}

// relaxation is how many arrivals it takes a queue to forget, at a load of each
// worker: Cohen's relaxation time of M/M/1.
func relaxation(rho float64) float64 { return rho / math.Pow(1-math.Sqrt(rho), 2) }

// hold holds waits, in units of the mean service time and in the order of arrival,
// against a theory: how many wait at all, for how long, and how many longer than what
// a half, a tenth and a hundredth of those who wait do. The rare ones are asked about
// where a batch is long enough to have some.
func (m theory) hold(waits []float64) []figure {
	n := batches(len(waits), m.rho())
	size := len(waits) / n
	batched := func(of func(i int) float64) (mean, half float64) {
		means := make([]float64, n)
		for b := range means {
			for i := b * size; i < (b+1)*size; i++ {
				means[b] += of(i) / float64(size)
			}
		}
		return interval(means)
	}
	is := func(than float64) func(i int) float64 {
		return func(i int) float64 {
			if waits[i] > than {
				return 1
			}
			return 0
		}
	}
	figures := []figure{{what: "waits at all", want: m.waits}, {what: "mean wait", want: m.mean}}
	figures[0].got, figures[0].half = batched(is(0))
	figures[1].got, figures[1].half = batched(func(i int) float64 { return waits[i] })
	if m.beyond == nil {
		return figures
	}
	forgets := float64(size) / relaxation(m.rho())
	for _, tail := range []struct{ part, least float64 }{{2, 5}, {10, 5}, {100, 50}} {
		if forgets < tail.least {
			break
		}
		at := 0.0
		for m.beyond(at) > m.waits/tail.part {
			at += 1.0 / 8
		}
		f := figure{what: fmt.Sprintf("waits longer than %v", at), want: m.beyond(at)}
		f.got, f.half = batched(is(at))
		figures = append(figures, f)
	}
	return figures
}

// judge holds a run against a theory, behind its first tenth, in which it forgets how
// it began: waits by the gateway's clock, the workers' hours, and what the theory
// assumes of arrivals and services.
func (o *watched) judge(m theory, service time.Duration, like func(x float64) float64) []figure {
	logins := o.logins[len(o.logins)/10:]
	unit := float64(service)
	waits, services, gaps := make([]float64, len(logins)), make([]float64, len(logins)), make([]float64, len(logins)-1)
	for i := range logins {
		waits[i], services[i] = float64(logins[i].begun-logins[i].arrived)/unit, float64(logins[i].service)/unit
		if i > 0 {
			gaps[i-1] = float64(logins[i].arrived-logins[i-1].arrived) / unit * m.load
		}
	}
	figures := m.hold(waits)
	busy := figure{what: "busy workers", want: m.load}
	busy.got, busy.half = o.busy(logins[0].arrived, logins[len(logins)-1].arrived, batches(len(logins), m.rho()))
	figures = append(figures, busy)
	figures = append(figures, renewal("gaps", gaps, exponential)...)
	return append(figures, renewal("services", services, like)...)
}

// busy is the mean number of busy workers over time, in slices of it.
func (o *watched) busy(from, until Time, n int) (mean, half float64) {
	means := make([]float64, n)
	slice := (until - from) / Time(n)
	for i := range o.logins {
		l := &o.logins[i]
		for b := range means {
			begin := from + Time(b)*slice
			if held := min(l.judged, begin+slice) - max(l.begun, begin); held > 0 {
				means[b] += float64(held) / float64(slice)
			}
		}
	}
	return interval(means)
}

// exponential is the distribution function of an exponential span with mean 1.
func exponential(x float64) float64 { return -math.Expm1(-x) }

// constant is that of a span that is always 1.
func constant(x float64) float64 {
	if x < 1 {
		return 0
	}
	return 1
}

// renewal holds spans against what they should be: independent, with a distribution.
// Kolmogorov's distance and the correlation of neighbours are 0 but for chance, which
// shrinks with the root of n: 1.95 and 3.29 are what it exceeds once in a thousand.
func renewal(what string, spans []float64, like func(x float64) float64) []figure {
	root := math.Sqrt(float64(len(spans)))
	sorted := slices.Sorted(slices.Values(spans))
	n, far := float64(len(spans)), 0.0
	for i, x := range sorted {
		// Spans are whole nanoseconds: some are equal, and all may be.
		if i == 0 || x > sorted[i-1] {
			far = max(far, math.Abs(like(math.Nextafter(x, -1))-float64(i)/n))
		}
		if i == len(sorted)-1 || x < sorted[i+1] {
			far = max(far, math.Abs(like(x)-float64(i+1)/n))
		}
	}
	var mean, square, next float64
	for _, x := range spans {
		mean += x / n
	}
	for i, x := range spans {
		square += (x - mean) * (x - mean)
		if i > 0 {
			next += (x - mean) * (spans[i-1] - mean)
		}
	}
	if square > 1e-9 {
		next /= square
	}
	return []figure{{what + ", distance", 0, far, 1.95 / root}, {what + ", correlation", 0, next, 3.29 / root}}
}

// table writes figures for people, a row each.
func table(name string, rho float64, figures []figure) string {
	var b strings.Builder
	for _, f := range figures {
		fmt.Fprintf(&b, "| %-18s | %.2f | %-26s | %9.5f | %9.5f +- %.5f |\n", name, rho, f.what, f.want, f.got, f.half)
	}
	return b.String()
}
