package live

import (
	"fmt"
	"math"
	"net/url"
	"sort"
	"strconv"
	"testing"
)

// nativeError is the width of a native bucket of schema 4, 2^(1/16), with what the
// histogram of the run itself rounds.
const nativeError = 0.047

// percentiles compares those of the last scrape with those of the run directory: in the
// same classic bucket, or within the width of a native one.
func (q *questions) percentiles(t *testing.T, r run) (compared int) {
	for _, l := range r.Summary.Latency {
		for name, f := range map[string]figures{"connect_to_logged_in": l.Connect, "time_to_logged_in": l.Time} {
			metric := "loginstorm_" + name + "_seconds"
			labels := fmt.Sprintf(`{job="loginstorm", population=%q, origin=%q}`, l.Population, l.Origin)
			if l.Population == "all" {
				labels = `{job="loginstorm"}`
			}
			if f.Count == 0 {
				continue
			}
			for quantile, want := range map[float64]float64{0.5: f.P50, 0.9: f.P90, 0.99: f.P99} {
				compared++
				where := fmt.Sprintf("%s%s p%g", metric, labels, quantile*100)
				if q.name == "native" {
					if n := q.number(t, "histogram_count(sum("+metric+labels+"))"); int(n) != f.Count {
						t.Errorf("%s: %g samples, the run has %d", where, n, f.Count)
					}
					// Of few samples a quantile lies between two that may be far apart, and each side
					// takes another one.
					got := q.number(t, fmt.Sprintf("histogram_quantile(%g, sum(%s%s))", quantile, metric, labels))
					if math.Abs(got/want-1) > nativeError && f.Count >= 100 {
						t.Errorf("%s: %g s, the run says %g s", where, got, want)
					}
					continue
				}
				if n := q.number(t, "sum("+metric+"_count"+labels+")"); int(n) != f.Count {
					t.Errorf("%s: %g samples, the run has %d", where, n, f.Count)
				}
				got := q.number(t, fmt.Sprintf("histogram_quantile(%g, sum by (le) (%s_bucket%s))", quantile, metric, labels))
				low, high := q.bucket(t, "sum by (le) ("+metric+"_bucket"+labels+")", want)
				if got < low*0.999 || got > high*1.001 {
					t.Errorf("%s: %g s, the run says %g s, of the bucket from %g to %g s", where, got, want, low, high)
				}
			}
		}
	}
	if compared == 0 {
		t.Error("no percentile to compare")
	}
	return compared
}

// number is the value of the only series of an answer, at the last scrape.
func (q *questions) number(t *testing.T, query string) float64 {
	t.Helper()
	found := q.ask(t, "query", url.Values{"query": {query}, "time": {stamp(q.ended)}})
	if len(found) != 1 {
		t.Errorf("%s: %d series, want one", query, len(found))
		return math.NaN()
	}
	x, err := strconv.ParseFloat(found[0].Value[1].(string), 64)
	if err != nil {
		t.Error(err)
	}
	return x
}

// bucket finds the classic bucket that a value is in; a value at an edge may be in either.
func (q *questions) bucket(t *testing.T, query string, value float64) (low, high float64) {
	t.Helper()
	var edges []float64
	for _, s := range q.ask(t, "query", url.Values{"query": {query}, "time": {stamp(q.ended)}}) {
		if edge, err := strconv.ParseFloat(s.Metric["le"], 64); err == nil {
			edges = append(edges, edge)
		}
	}
	sort.Float64s(edges)
	const precision = 0.001 // Of the run's own histogram.
	high = math.Inf(1)
	for _, edge := range edges {
		if edge < value*(1-precision) {
			low = edge
		} else if edge > value*(1+precision) {
			return low, edge
		}
	}
	return low, high
}
