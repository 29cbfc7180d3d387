package html

import (
	"fmt"
	"math"
	"strconv"

	"github.com/dustin/go-humanize"

	"loginstorm/report/rundir"
	"loginstorm/sim/record"
)

// mostTarget is how many of the target's own series have a chart.
const mostTarget = 12

// targets are the target's own series in the timeline of the run, a chart each; runs
// that asked for the same series lie over each other.
func (b *builder) targets() (all []*chart) {
	charts := map[string]*chart{}
	for i, s := range b.stories {
		for _, one := range s.target {
			c := charts[one.Name]
			if c == nil && len(all) == mostTarget {
				continue
			}
			if c == nil {
				c = b.chart("target"+strconv.Itoa(len(all)), "Target: "+one.Name, targetUnit(one.Unit), false)
				c.Steps = true
				c.Note = "From " + one.From + ", every " + record.FormatSpan(one.Every.Duration()) + "; where there is no line there was no value."
				charts[one.Name] = c
				all = append(all, c)
			}
			if len(one.Points) > 0 {
				c.Series = append(c.Series, series{Name: b.name(i, one.Name), Color: b.color(i, cyan), Values: b.x.held(one)})
			}
		}
	}
	return all
}

// targetUnit is a chart's unit for a series' own.
func targetUnit(unit string) string {
	switch unit {
	case "share", "seconds", "bytes":
		return unit
	}
	return "count"
}

// held is a series by stretches: the mean of its values in each, and between two values
// the earlier one, for as long as the next one was not overdue or missing.
func (x axis) held(s rundir.TargetSeries) values {
	v, n := x.none(), make([]int, x.n)
	for _, p := range s.Points {
		at := int(p.At.Duration().Seconds()) / x.step
		if at < 0 || at >= x.n || math.IsNaN(p.Value) || math.IsInf(p.Value, 0) {
			continue
		}
		if n[at]++; n[at] == 1 {
			v[at] = 0
		}
		v[at] += p.Value
	}
	gaps := make([]bool, x.n)
	for _, g := range s.Gaps {
		if at := int(g.At.Duration().Seconds()) / x.step; at >= 0 && at < x.n {
			gaps[at] = true
		}
	}
	longest := int(math.Ceil(1.5*s.Every.Duration().Seconds()/float64(x.step))) - 1
	last := len(s.Points) - 1
	for i, since := 0, 0; i < x.n; i++ {
		if since++; n[i] > 0 {
			v[i], since = v[i]/float64(n[i]), 0
			continue
		}
		if i > 0 && since <= longest && !gaps[i] && last >= 0 && i*x.step <= int(s.Points[last].At.Duration().Seconds()) {
			v[i] = v[i-1]
		}
	}
	return v
}

func (b *builder) targetTables() []*table {
	t := b.tableOf("", 1, "series", "least", "greatest", "last", "values", "gaps", "why")
	for _, s := range b.stories {
		for _, one := range s.target {
			least, most, last := math.NaN(), math.NaN(), math.NaN()
			for _, p := range one.Points {
				if last = p.Value; !(least <= last) {
					least = last
				}
				if !(most >= last) {
					most = last
				}
			}
			why, unit := "", targetUnit(one.Unit)
			if n := len(one.Gaps); n > 0 {
				why = one.Gaps[n-1].Why
			}
			b.row(t, s, one.Name, written(unit, least), written(unit, most), written(unit, last), number(len(one.Points)), number(len(one.Gaps)), why)
		}
	}
	return filled(t)
}

// sized writes bytes.
func sized(v float64) string {
	if v < 0 {
		return fmt.Sprintf("-%s", humanize.IBytes(uint64(-v)))
	}
	return humanize.IBytes(uint64(v))
}
