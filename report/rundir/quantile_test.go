package rundir

import (
	"bytes"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"loginstorm/sim/login"
	"loginstorm/sim/record"
)

// spans draws values of every magnitude that a metric has, and some beyond it.
func spans(m record.Metric) *rapid.Generator[time.Duration] {
	_, top, _ := m.Range()
	return rapid.Custom(func(t *rapid.T) time.Duration {
		switch rapid.IntRange(0, 9).Draw(t, "kind") {
		case 0:
			return 0
		case 1:
			return time.Duration(rapid.Int64Range(-5, int64(2*top)).Draw(t, "any"))
		case 2:
			return rapid.SampledFrom([]time.Duration{1, time.Microsecond, time.Millisecond, time.Second, top - 1, top}).Draw(t, "round")
		}
		return time.Duration(math.Exp(rapid.Float64Range(0, math.Log(float64(top))).Draw(t, "magnitude")))
	})
}

// first is the width of the first bucket, whose values count as 0.
const first = 512 * time.Nanosecond

// holds compares quantiles with those of the sorted values: a quantile is never below the
// value of its rank, and above it by no more than the precision of the metric.
func holds(t *rapid.T, where string, h *record.Histogram, m record.Metric, values []time.Duration) {
	low, top, digits := m.Range()
	if int(h.Count()) != len(values) {
		t.Fatalf("%s: %d values, want %d", where, h.Count(), len(values))
	}
	for i, v := range values {
		values[i] = min(max(v, 0), top)
	}
	slices.Sort(values)
	for _, q := range []float64{0, .001, .25, .5, .75, .9, .95, .99, .999, .9999, 1} {
		if len(values) == 0 {
			break
		}
		rank := int(math.Ceil(q*float64(len(values)) - 1e-6))
		want := values[min(max(rank, 1), len(values))-1]
		got := h.Quantile(q)
		if got+first < want || float64(got-want) > float64(want)*math.Pow10(-digits)+float64(low) {
			t.Fatalf("%s: p%g of %d values is %v, want %v", where, q*100, len(values), got, want)
		}
	}
}

// TestQuantilesSurvive: whatever is recorded, by however many shards and in whatever
// second, has the same quantiles as the sorted values: merged over shards, in every
// second, written to a log and read back, and merged again from what was read.
func TestQuantilesSurvive(t *testing.T) {
	metrics := []record.Metric{record.ConnectToLoggedIn, record.TimeToLoggedIn, record.PhaseLogin, record.TimeBack, record.StartLateness}
	rapid.Check(t, func(t *rapid.T) {
		m := rapid.SampledFrom(metrics).Draw(t, "metric")
		shards, seconds := rapid.IntRange(1, 4).Draw(t, "shards"), rapid.IntRange(1, 4).Draw(t, "seconds")
		l := layout()
		a, recorders := record.NewAggregate(l, shards), make([]*record.Recorder, shards)
		for i := range recorders {
			recorders[i] = record.NewRecorder(l, i)
		}
		var all []time.Duration
		bySecond, bySeries := map[int][]time.Duration{}, map[string][]time.Duration{}
		for s := range seconds {
			for _, r := range recorders {
				for i, v := range rapid.SliceOfN(spans(m), 0, 200).Draw(t, "values") {
					row, origin := uint16(i%2), login.Origin(1+i%3)
					r.Observe(m, row, origin, v)
					all, bySecond[s] = append(all, v), append(bySecond[s], v)
					name := nameOf(m, l, row, origin)
					bySeries[name] = append(bySeries[name], v)
				}
				iv := r.Cut(record.Time(s+1) * time.Second)
				a.Add(iv)
				r.Release(iv)
			}
		}
		holds(t, "merged", a.Totals().Histogram(m, record.Filter{}), m, slices.Clone(all))
		var e encoder
		var log bytes.Buffer
		for _, row := range a.Sealed() {
			second := record.NewHistogram(m)
			for _, one := range row.Series {
				if one.Metric != m {
					continue
				}
				second.Merge(one.Histogram)
				line, err := e.interval(row.Second, one)
				if err != nil {
					t.Fatal(err)
				}
				log.Write(line)
			}
			holds(t, "second", second, m, slices.Clone(bySecond[row.Second]))
		}
		sum, read, restored := totals{}, map[int]*record.Histogram{}, record.NewRestored(l)
		err := ReadLog(&log, m, func(what string) { t.Fatal(what) }, func(g Logged) {
			if read[g.Second] == nil {
				read[g.Second] = record.NewHistogram(m)
			}
			read[g.Second].Merge(g.Histogram)
			restored.Histogram(g.Second, g.Series)
			sum.add(Logged{g.Second, record.Series{Key: g.Key, Histogram: g.Histogram.Clone()}})
		})
		if err != nil {
			t.Fatal(err)
		}
		for second, h := range read {
			holds(t, "second read", h, m, slices.Clone(bySecond[second]))
		}
		whole := record.NewHistogram(m)
		for _, s := range sum.series {
			holds(t, "series read "+tag(s.Key), s.Histogram, m, slices.Clone(bySeries[tag(s.Key)]))
			whole.Merge(s.Histogram)
		}
		holds(t, "read", whole, m, slices.Clone(all))
		holds(t, "restored", restored.Aggregate().Totals().Histogram(m, record.Filter{}), m, slices.Clone(all))
	})
}

// nameOf is the tag that a sample's series has.
func nameOf(m record.Metric, l record.Layout, row uint16, origin login.Origin) string {
	k := record.Key{Metric: m}
	labels := strings.Join(m.Info().Labels, " ")
	if strings.Contains(labels, "population") {
		k.Population = l.Populations[row]
	}
	if strings.Contains(labels, "origin") {
		k.Origin = origin
	}
	if strings.Contains(labels, "entry") {
		k.Entry = record.Other // The layout has one entry.
		if row == 0 {
			k.Entry = l.Entries[0]
		}
	}
	return tag(k)
}
