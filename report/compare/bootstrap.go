package compare

import (
	"cmp"
	"math"
	"slices"

	"loginstorm/report/rundir"
	"loginstorm/sim/chance"
	"loginstorm/sim/record"
)

// draws is how many times a run is put together anew.
const draws = 400

// inside is what the seconds of one run say about a quantile of it.
type inside struct {
	value     float64 // Seconds; the quantile of the whole run.
	low, high float64 // The interval at the confidence.
	block     int     // Seconds that were taken together.
	again     []float64
}

// mass is values of one bucket in one second.
type mass struct {
	value  float64
	second int
	count  float64
}

// spread is the samples of a run by value, with the seconds they are from. Seconds
// without a sample are left out: those on either side of them follow each other.
type spread struct {
	all    []mass // By value.
	counts []float64
}

// spreadOf takes the seconds of a metric that a filter lets through.
func spreadOf(seconds []rundir.Logged, m record.Metric, of record.Filter) spread {
	var s spread
	var held []int
	for _, l := range seconds {
		if l.Metric != m || of.Population != "" && of.Population != l.Population || of.Origin != 0 && of.Origin != l.Origin {
			continue
		}
		held = append(held, l.Second)
		for b := range l.Histogram.Buckets() {
			s.all = append(s.all, mass{b.To.Seconds(), l.Second, float64(b.Count)})
		}
	}
	slices.Sort(held)
	held = slices.Compact(held)
	s.counts = make([]float64, len(held))
	for i := range s.all {
		s.all[i].second, _ = slices.BinarySearch(held, s.all[i].second)
		s.counts[s.all[i].second] += s.all[i].count
	}
	slices.SortStableFunc(s.all, func(a, b mass) int { return cmp.Compare(a.value, b.value) })
	return s
}

// quantile is that of the samples when each second counts so many times.
func (s *spread) quantile(q float64, times []float64) float64 {
	total := 0.0
	for i, n := range s.counts {
		total += n * times[i]
	}
	want, seen := math.Ceil(q*total-1e-9*total), 0.0
	for _, m := range s.all {
		if seen += m.count * times[m.second]; seen >= want && seen > 0 {
			return m.value
		}
	}
	return 0
}

// bootstrap draws the seconds of a run anew, in blocks that follow each other and are
// as long as their correlation lasts (Künsch 1989), and takes the quantile each time.
func (s *spread) bootstrap(q float64, seed uint64) inside {
	n := len(s.counts)
	times := make([]float64, n)
	for i := range times {
		times[i] = 1
	}
	in := inside{value: s.quantile(q, times)}
	in.block = s.block(q, in.value)
	stream := chance.Stream{Seed: seed, Purpose: chance.Resample}
	for range draws {
		clear(times)
		for taken := 0; taken < n; {
			from := int(chance.Below(stream.Next(), uint64(n-in.block+1)))
			for k := 0; k < in.block && taken < n; k++ {
				times[from+k]++
				taken++
			}
		}
		in.again = append(in.again, s.quantile(q, times))
	}
	in.low, in.high = between(in.again)
	return in
}

// between is the interval that holds the middle of the values, at the confidence.
func between(values []float64) (low, high float64) {
	sorted := slices.Clone(values)
	slices.Sort(sorted)
	out := int((1 - confidence) / 2 * float64(len(sorted)))
	return sorted[out], sorted[len(sorted)-1-out]
}

// block is how many seconds hang together: up to the first lag at which the samples
// beyond the quantile, less those that there should be, are no more correlated than
// chance allows (2 / sqrt n). At most a third of the run, at least the cube root of
// its seconds.
func (s *spread) block(q, value float64) int {
	n := len(s.counts)
	beyond := make([]float64, n)
	mean := 0.0
	for i, count := range s.counts {
		beyond[i] = -(1 - q) * count
	}
	for _, m := range s.all {
		if m.value > value {
			beyond[m.second] += m.count
		}
	}
	for _, b := range beyond {
		mean += b / float64(n)
	}
	lagged := func(lag int) (sum float64) {
		for i := range n - lag {
			sum += (beyond[i] - mean) * (beyond[i+lag] - mean)
		}
		return sum
	}
	most, whole := max(1, n/3), lagged(0)
	length := 1
	for whole > 0 && length < most && math.Abs(lagged(length)/whole) > 2/math.Sqrt(float64(n)) {
		length++
	}
	return min(most, max(length, int(math.Cbrt(float64(n)))))
}
