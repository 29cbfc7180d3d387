package compare

import (
	"math"
	"slices"

	"golang.org/x/perf/benchmath"
)

// Alpha is the probability with which a gate may call any regression although nothing
// changed, over all its figures together; any improvement likewise.
const Alpha = 0.05

// confidence of the interval of a ratio.
const confidence = 0.95

// ranks is a comparison of two samples by their ranks alone.
type ranks struct {
	p     float64 // Two-sided, Mann-Whitney.
	least float64 // The smallest p that so many runs can have.
}

// mannWhitney asks whether one of two samples tends to be greater. A value may be
// infinite.
func mannWhitney(base, candidate []float64) ranks {
	r := ranks{p: 1, least: leastP(len(base), len(candidate))}
	if all := slices.Concat(base, candidate); len(base) == 0 || len(candidate) == 0 || slices.Max(all) == slices.Min(all) {
		return r // Nothing to tell apart.
	}
	t := benchmath.DefaultThresholds
	c := benchmath.AssumeNothing.Compare(benchmath.NewSample(finite(base), &t), benchmath.NewSample(finite(candidate), &t))
	r.p = min(c.P, 1)
	return r
}

// finite puts the greatest number in place of infinity: ranks are the same.
func finite(values []float64) []float64 {
	out := slices.Clone(values)
	for i, v := range out {
		out[i] = min(v, math.MaxFloat64)
	}
	return out
}

// leastP is the smallest two-sided p of n against m runs: all of one side beyond the
// other, 2 of the (n+m over n) orders there are.
func leastP(n, m int) float64 {
	if n == 0 || m == 0 {
		return 1
	}
	orders := 1.0
	for i := 1; i <= n; i++ {
		orders *= float64(m+i) / float64(i)
	}
	return min(1, 2/orders)
}

// callable reports whether n against m runs can call one of so many figures. The gate
// asks one question, whether it is worse, so half of the two-sided p counts.
func callable(n, m, figures int) bool { return leastP(n, m)/2*float64(max(figures, 1)) < Alpha }

// enough is how many runs a side needs to call one of so many figures.
func enough(figures int) int {
	n := 1
	for !callable(n, n, figures) {
		n++
	}
	return n
}

// holm adjusts p-values for having asked several questions (Holm 1979): the k-th
// smallest of n counts n-k+1 times, and none less than the one before it.
func holm(p []float64) []float64 {
	order := make([]int, len(p))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmpFloat(p[a], p[b]) })
	out, worst := make([]float64, len(p)), 0.0
	for k, i := range order {
		worst = max(worst, min(1, p[i]*float64(len(p)-k)))
		out[i] = worst
	}
	return out
}

func cmpFloat(a, b float64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// shift is how far the candidate lies from the base, by Hodges and Lehmann: the median
// over all pairs of a base and a candidate run, and the interval that the ranks allow
// at the confidence. Ratio: candidate / base of each pair; otherwise candidate - base.
type shift struct {
	center, low, high float64
	// bounded is false when there are too few runs for any interval.
	bounded bool
}

func hodgesLehmann(base, candidate []float64, ratio bool) shift {
	pairs := make([]float64, 0, len(base)*len(candidate))
	for _, x := range base {
		for _, y := range candidate {
			pairs = append(pairs, apart(x, y, ratio))
		}
	}
	slices.SortFunc(pairs, cmpFloat)
	s := shift{center: median(pairs), low: math.Inf(-1), high: math.Inf(1)}
	if ratio {
		s.low = 0
	}
	if k := outermost(len(base), len(candidate), (1-confidence)/2); k > 0 {
		s.low, s.high, s.bounded = pairs[k-1], pairs[len(pairs)-k], true
	}
	return s
}

// apart is one pair. Two runs that are both without bound do not differ.
func apart(x, y float64, ratio bool) float64 {
	switch {
	case x == y && ratio:
		return 1
	case x == y:
		return 0
	case ratio:
		return y / x
	}
	return y - x
}

// median of values in order.
func median(sorted []float64) float64 {
	n := len(sorted)
	switch {
	case n == 0:
		return math.NaN()
	case n%2 == 1:
		return sorted[n/2]
	}
	a, b := sorted[n/2-1], sorted[n/2]
	if math.IsInf(a, 0) || math.IsInf(b, 0) {
		return b
	}
	return a + (b-a)/2
}

// medianOf sorts a copy.
func medianOf(values []float64) float64 {
	s := slices.Clone(values)
	slices.SortFunc(s, cmpFloat)
	return median(s)
}

// outermost is the greatest k for which the k-th smallest of the n x m pairs lies
// beyond the true shift with a probability of at most tail; 0 = there is none. That
// is P(U < k) <= tail, with U the statistic of Mann and Whitney without ties.
func outermost(n, m int, tail float64) int {
	const most = 60 // Runs a side from which on the normal law is used; the error is below one pair.
	if n > most || m > most {
		mean, sd := float64(n*m)/2, math.Sqrt(float64(n*m*(n+m+1))/12)
		return max(0, int(mean+sd*math.Sqrt2*math.Erfinv(2*tail-1)))
	}
	ways := orders(n, m)
	total := 0.0
	for _, w := range ways {
		total += w
	}
	k, sum := 0, 0.0
	for _, w := range ways {
		if sum += w / total; sum > tail {
			break
		}
		k++
	}
	return k
}

// orders counts, for every u, the orders of n and m values in which u pairs have the
// second one first.
func orders(n, m int) []float64 {
	// Whichever of the two is last in the order: f(n,m,u) = f(n-1,m,u-m) + f(n,m-1,u).
	table := make([][]float64, m+1)
	for j := range table {
		table[j] = []float64{1}
	}
	for i := 1; i <= n; i++ {
		for j := 1; j <= m; j++ {
			row := make([]float64, i*j+1)
			for u, w := range table[j] { // That of i-1.
				row[u+j] += w
			}
			for u, w := range table[j-1] { // That of i already.
				row[u] += w
			}
			table[j] = row
		}
	}
	return table[m]
}
