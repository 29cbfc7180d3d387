package html

import (
	"fmt"
	"math"
	"slices"

	"loginstorm/sim/record"
)

// corrected reports whether the two ways to count give different figures: whether some
// attempt began later than it was due.
func (s *story) corrected() bool {
	return s.totals[record.ConnectToLoggedIn].Figures() != s.totals[record.ConnectToLoggedInUncorrected].Figures()
}

// latency are percentiles over time, the heat map, and the percentile plot.
func (b *builder) latency() (all []*chart) {
	c := b.chart("latency", "connect_to_logged_in over time", "seconds", true)
	c.Note = "From the instant at which an attempt was due to loggedIn, of the logins that succeeded in each stretch."
	for i, s := range b.stories {
		if b.several() {
			c.add(b.name(i, "p99"), runColor(i), s.curve(b.x, record.ConnectToLoggedIn, p99Of))
			c.add(b.name(i, "p50"), runColor(i), s.curve(b.x, record.ConnectToLoggedIn, p50Of), dashed)
			continue
		}
		if s.corrected() {
			c.add("p99 uncorrected", purple, s.curve(b.x, record.ConnectToLoggedInUncorrected, p99Of), dashed)
			c.Note += " Uncorrected: from the instant at which the attempt really began."
		}
		for _, q := range []struct {
			name  string
			of    func(*digest) float64
			color int
		}{{"max", maxOf, grey}, {"p99", p99Of, red}, {"p90", p90Of, orange}, {"p50", p50Of, blue}} {
			c.add(q.name, q.color, s.curve(b.x, record.ConnectToLoggedIn, q.of))
		}
	}
	all = append(all, c, b.percentiles())
	low, high := heatRange(b.stories)
	for i, s := range b.stories {
		h := b.chartOf(i, "heat", "How many logins took how long when", "seconds", true)
		all = append(all, h)
		if s.totals[record.ConnectToLoggedIn].Count() == 0 || len(s.each[record.ConnectToLoggedIn]) == 0 {
			continue
		}
		h.Kind, h.Heat = "heat", s.heatOf(b.x, low, high)
		h.Note = fmt.Sprintf("The darker, the more logins in a cell, on a logarithmic scale; the darkest has %s.", written("count", float64(h.Heat.Most)))
	}
	return all
}

// percentiles is the whole distribution: the axis is stretched towards its tail.
func (b *builder) percentiles() *chart {
	c := &chart{ID: "percentiles", Title: "Latency by percentile", Kind: "lines", Along: "rank", Unit: "seconds", Log: true}
	most := int64(1)
	curves := []struct {
		m           record.Metric
		name        string
		color       int
		dash, faint bool
	}{{record.TimeToLoggedIn, "time_to_logged_in", purple, true, false}, {record.ConnectToLoggedInUncorrected, "uncorrected", grey, false, true},
		{record.ConnectToLoggedIn, "connect_to_logged_in", blue, false, false}}
	for _, s := range b.stories {
		for _, one := range curves {
			most = max(most, s.totals[one.m].Count())
		}
	}
	const each = 12 // Points a power of ten.
	for i := 0; i == 0 || math.Pow(10, float64(i-1)/each) < float64(most); i++ {
		c.Xs = append(c.Xs, math.Pow(10, float64(i)/each))
	}
	for i, s := range b.stories {
		for _, one := range curves {
			h := s.totals[one.m]
			if one.m != record.ConnectToLoggedIn && h.Figures() == s.totals[record.ConnectToLoggedIn].Figures() {
				continue // Nothing was late, or nobody needed a second attempt.
			}
			v := make(values, len(c.Xs))
			for j, x := range c.Xs {
				if v[j] = math.NaN(); h.Count() > 0 && x <= float64(h.Count())*math.Pow(10, 1./each) {
					v[j] = max(h.Quantile(1-1/x).Seconds(), foot)
				}
			}
			c.add(b.name(i, one.name), b.color(i, one.color), v, func(s *series) { s.Dash, s.Faint = one.dash, one.faint })
		}
	}
	c.Note = "Each step to the right leaves a tenth of the values: 90 %, 99 %, 99.9 %."
	if slices.ContainsFunc(b.stories, (*story).corrected) {
		c.Note += " Uncorrected counts from when the attempt really began: where it lies below, the wait before the attempt is hidden in it."
	} else {
		c.Note += " The uncorrected figures are the same: every attempt began when it was due."
	}
	return c
}
