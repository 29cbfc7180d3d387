package html

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/dustin/go-humanize"

	"loginstorm/sim/record"
)

// picture is a chart as inline SVG, for readers without scripts.
type picture struct {
	Width, Height int
	Filled        bool // Areas would hide what lies behind them.
	Lines         []line
	Marks         []mark
	Across, Up    []tick
	Cells         []cells
}

// line is a polyline, or a filled area.
type line struct {
	Class, Name, D string
}

type mark struct {
	X, Width float64
	Number   string
	Name     string
}

type tick struct {
	At   float64
	Text string
}

// cells are those of a heat map that are painted alike.
type cells struct {
	Class, D string
}

// The inner part of a picture.
const (
	svgWidth, svgHeight = 860, 220
	svgLeft, svgRight   = 64, 8
	svgTop, svgBottom   = 18, 26
	// svgPoints is how many points of a curve are drawn.
	svgPoints = 240
)

// scale maps values to places.
type scale struct {
	low, high float64
	log       bool
	from, to  float64
}

func (s scale) at(v float64) float64 {
	low, high := s.low, s.high
	if s.log {
		v, low, high = math.Log10(max(v, s.low)), math.Log10(low), math.Log10(high)
	}
	if high <= low {
		return s.from
	}
	return s.from + (min(max(v, low), high)-low)/(high-low)*(s.to-s.from)
}

// draw makes the picture of a chart.
func (c *chart) draw() *picture {
	p := &picture{Width: svgWidth, Height: svgHeight, Filled: c.Kind == "stack"}
	xs := c.xs()
	if len(xs) == 0 {
		return p
	}
	x := scale{low: xs[0], high: xs[len(xs)-1], log: c.Along == "rank", from: svgLeft, to: svgWidth - svgRight}
	y := c.up()
	for _, v := range x.ticks(7) {
		p.Across = append(p.Across, tick{round(x.at(v)), c.across(v)})
	}
	for _, v := range y.ticks(4) {
		p.Up = append(p.Up, tick{round(y.at(v)), written(c.Unit, v)})
	}
	if c.Along == "time" {
		for _, f := range c.page.Faults {
			if !f.in(c) {
				continue
			}
			from := x.at(f.At)
			p.Marks = append(p.Marks, mark{round(from), round(max(x.at(f.End)-from, 1)), f.label(c), f.Name})
		}
	}
	if c.Heat != nil {
		p.Cells = c.Heat.paint(x, y)
		return p
	}
	sums := make(values, len(xs))
	lines := make([]line, 0, len(c.Series))
	for i := len(c.Series) - 1; i >= 0; i-- { // The last one of a stack is the lowest.
		s := c.Series[i]
		class := "c" + strconv.Itoa(s.Color)
		v := s.Values
		if c.Kind == "stack" {
			for j, one := range v {
				if one > 0 {
					sums[j] += one
				}
			}
			v, class = sums, "area "+class
		}
		if s.Dash {
			class += " dash"
		}
		if s.Faint {
			class += " faint"
		}
		lines = append(lines, line{class, s.Name, path(xs, v, x, y, c.Kind == "stack", c.Steps)})
	}
	for i := len(lines) - 1; i >= 0; i-- {
		p.Lines = append(p.Lines, lines[i])
	}
	return p
}

// up is the y axis of a chart.
func (c *chart) up() scale {
	y := scale{log: c.Log, from: svgHeight - svgBottom, to: svgTop, high: c.Top}
	if c.Heat != nil {
		y.low, y.high = c.Heat.Low, c.Heat.High
		return y
	}
	sums := make(values, len(c.xs()))
	least := math.Inf(1)
	for _, s := range c.Series {
		for i, v := range s.Values {
			if v > 0 {
				sums[i] += v
				least = min(least, v)
			}
		}
		y.high = max(y.high, s.Values.top())
	}
	if c.Kind == "stack" {
		y.high = max(y.high, sums.top())
	}
	switch {
	case y.high == 0:
		y.high = 1
		if c.Log {
			y.low = foot
		}
	case c.Log:
		y.low = min(math.Pow(10, math.Floor(math.Log10(least))), y.high/10)
		y.high = math.Pow(10, math.Ceil(math.Log10(y.high)))
	default:
		y.high *= 1.05
	}
	return y
}

// ticks are round values of an axis.
func (s scale) ticks(most int) (all []float64) {
	if s.log {
		for v := math.Pow(10, math.Ceil(math.Log10(s.low)-1e-9)); v <= s.high*1.0001 && len(all) < 12; v *= 10 {
			all = append(all, v)
		}
		return all
	}
	rough := (s.high - s.low) / float64(most)
	if rough <= 0 {
		return []float64{s.low}
	}
	unit := math.Pow(10, math.Floor(math.Log10(rough)))
	for _, by := range []float64{1, 2, 5, 10} {
		if unit*by >= rough {
			unit *= by
			break
		}
	}
	for v := math.Ceil(s.low/unit) * unit; v <= s.high; v += unit {
		all = append(all, v)
	}
	return all
}

// path writes the curve of values; where there are too many, the greatest of neighbours.
func path(xs, v values, x, y scale, area, steps bool) string {
	var b strings.Builder
	each := max(1, (len(v)+svgPoints-1)/svgPoints)
	open, last := false, 0.0
	for at := 0; at < len(v) && at < len(xs); at += each {
		top := math.NaN()
		for _, one := range v[at:min(at+each, len(v))] {
			if !math.IsNaN(one) && !(one < top) {
				top = one
			}
		}
		if math.IsNaN(top) {
			if steps && open {
				last = round(x.at(xs[at])) // The last step is as long as the others.
				fmt.Fprintf(&b, "H%v", last)
			}
			if area && open {
				fmt.Fprintf(&b, "V%vZ", round(y.from))
			}
			open = false
			continue
		}
		to := "L"
		switch {
		case !open && area:
			fmt.Fprintf(&b, "M%v %v", round(x.at(xs[at])), round(y.from))
		case !open && !area:
			to = "M"
		}
		if last = round(x.at(xs[at])); steps && open {
			fmt.Fprintf(&b, "H%v", last)
		}
		open = true
		fmt.Fprintf(&b, "%s%v %v", to, last, round(y.at(top)))
	}
	if area && open {
		fmt.Fprintf(&b, "V%vZ", round(y.from))
	}
	return b.String()
}

func round(v float64) float64 { return math.Round(v*10) / 10 }

// across writes a value of the x axis.
func (c *chart) across(v float64) string {
	switch {
	case c.Along == "rank":
		return ranked(v)
	case c.Along == "after" && v < 120:
		return record.FormatSpan(record.Time(v * 1e9))
	}
	return clock(v)
}

// ranked writes 1/(1-q) as a percentile.
func ranked(v float64) string {
	return strconv.FormatFloat(100*(1-1/max(v, 1)), 'f', -1, 64) + " %"
}

// clock writes an instant of a run: 0:42, 1:02:03.
func clock(v float64) string {
	s := int(math.Round(v))
	if s >= 3600 {
		return fmt.Sprintf("%d:%02d:%02d", s/3600, s/60%60, s%60)
	}
	return fmt.Sprintf("%d:%02d", s/60, s%60)
}

// written writes a value of the y axis, and of tables.
func written(unit string, v float64) string {
	switch {
	case math.IsNaN(v):
		return "-"
	case unit == "seconds":
		return record.FormatSpan(record.Time(v * 1e9))
	case unit == "bytes":
		return sized(v)
	case unit == "share":
		return strconv.FormatFloat(math.Round(v*1e6)/1e4, 'f', -1, 64) + " %"
	case unit == "cores", v < 10 && v != math.Trunc(v):
		return strconv.FormatFloat(v, 'f', 2, 64)
	}
	return humanize.Comma(int64(math.Round(v)))
}
