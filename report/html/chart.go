package html

import (
	"math"
	"strconv"
	"strings"
)

// chart is a picture: drawn by the page's script, by svg where there is none, and told
// as a table. Its JSON is read by page.js alone.
type chart struct {
	ID    string `json:"id"`
	Title string `json:"title"`
	Note  string `json:"note,omitempty"`
	// Kind is lines, stack (the last series is the lowest) or heat.
	Kind string `json:"kind"`
	// Along is what the x axis shows: time (of the run, shared by all such charts),
	// after (seconds since a fault) or rank (1/(1-q), logarithmic).
	Along string `json:"along"`
	Unit  string `json:"unit"` // count, rate, seconds, share, bytes or cores.
	Log   bool   `json:"log,omitempty"`
	Steps bool   `json:"steps,omitempty"` // A value holds until the next one.
	// Xs are the instants of all series; nil = those of the page's time axis.
	Xs     values   `json:"xs,omitempty"`
	Series []series `json:"series,omitempty"`
	Heat   *heat    `json:"heat,omitempty"`
	// Top is where the y axis ends at least, so that charts of several runs are alike.
	Top float64 `json:"top,omitempty"`
	// Of is the letter of the run that it is about; empty = of all that are shown.
	Of string `json:"of,omitempty"`

	Marked []int     `json:"-"` // Numbers of assumptions that shape it.
	SVG    *picture  `json:"-"`
	Table  *table    `json:"-"`
	page   *pageAxis // Where Xs come from.
}

// series is one curve of a chart.
type series struct {
	Name   string `json:"name"`
	Color  int    `json:"color"`
	Dash   bool   `json:"dash,omitempty"`
	Faint  bool   `json:"faint,omitempty"`
	Width  int    `json:"width,omitempty"` // Pixels; 0 = a usual line.
	Values values `json:"values"`
}

// fault is a timeline entry, marked across all charts over time of the runs that have it.
type fault struct {
	Number int     `json:"number"`
	Name   string  `json:"name"`
	At     float64 `json:"at"`
	End    float64 `json:"end"`
	// Of are the letters of the runs that have it; empty = all that are shown.
	Of string `json:"of,omitempty"`
}

// in reports whether the fault is one of the runs that the chart shows.
func (f fault) in(c *chart) bool {
	return f.Of == "" || c.Of == "" || strings.Contains(f.Of, c.Of)
}

// label is the fault's number, behind the runs that have it where a chart shows others too.
func (f fault) label(c *chart) string {
	if c.Of != "" {
		return strconv.Itoa(f.Number)
	}
	return f.Of + strconv.Itoa(f.Number)
}

// pageAxis is what charts over time share.
type pageAxis struct {
	Xs     values  `json:"xs"`
	Step   int     `json:"step"`
	Faults []fault `json:"faults"`
}

// values are numbers; NaN = there is none.
type values []float64

// MarshalJSON writes four digits, null for what there is none of.
func (v values) MarshalJSON() ([]byte, error) {
	out := make([]byte, 0, 2+6*len(v))
	out = append(out, '[')
	for i, x := range v {
		if i > 0 {
			out = append(out, ',')
		}
		switch {
		case math.IsNaN(x) || math.IsInf(x, 0):
			out = append(out, "null"...)
		case x == math.Trunc(x) || math.Abs(x) >= 1000:
			out = strconv.AppendFloat(out, x, 'f', 0, 64)
		default:
			out = strconv.AppendFloat(out, x, 'g', 4, 64)
		}
	}
	return append(out, ']'), nil
}

// any reports whether there is something above nothing.
func (v values) any() bool {
	for _, x := range v {
		if x > 0 {
			return true
		}
	}
	return false
}

// top is the greatest value; 0 when there is none.
func (v values) top() float64 {
	top := 0.0
	for _, x := range v {
		if x > top {
			top = x
		}
	}
	return top
}

// xs are the chart's instants.
func (c *chart) xs() values {
	if c.Xs == nil && c.page != nil {
		return c.page.Xs
	}
	return c.Xs
}

// The places of the palette in page.css.
const (
	blue = iota
	orange
	green
	red
	purple
	brown
	pink
	grey
	olive
	cyan
	pale
)

// runColor tells runs apart.
func runColor(i int) int { return []int{blue, orange, purple, green, red, cyan, brown, pink}[i%8] }
