package screen

import (
	"strings"
	"time"
)

// eighths are the heights of a block, from nothing to all of a line.
var eighths = [...]rune{' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'}

// window is the stretch of seconds that a plot shows, and how many of them a column
// takes.
type window struct{ from, each, columns int }

// look chooses the window: the last seconds, one a column; or, of a run whose time
// flies, all of it.
func look(seconds, whole, width int, all bool) window {
	if all {
		return window{0, max(1, (max(whole, seconds)+width-1)/max(width, 1)), width}
	}
	return window{max(0, seconds-width), 1, width}
}

// bins adds up (or, of several seconds, averages) what each column shows.
func (w window) bins(x []uint64) []float64 {
	out := make([]float64, w.columns)
	for c := range out {
		from := w.from + c*w.each
		until := min(from+w.each, len(x))
		for i := from; i < until; i++ {
			out[c] += float64(x[i])
		}
		if until > from {
			out[c] /= float64(until - from)
		}
	}
	return out
}

// spark draws values as bars of so many lines, the top one first. What is more than
// nothing is seen.
func spark(values []float64, most float64, lines int) []string {
	rows := make([]strings.Builder, lines)
	for _, v := range values {
		level := 0
		if most > 0 && v > 0 {
			level = min(max(1, int(v/most*float64(lines*8)+.5)), lines*8)
		}
		for row := range rows {
			rows[row].WriteRune(eighths[min(max(level-(lines-1-row)*8, 0), 8)])
		}
	}
	out := make([]string, lines)
	for i := range rows {
		out[i] = strings.TrimRight(rows[i].String(), " ")
	}
	return out
}

// marks is a line with a mark under every column in which an entry begins.
func (w window) marks(entries []Entry) string {
	line := []rune(strings.Repeat(" ", w.columns))
	for _, e := range entries {
		second := int(e.At / time.Second)
		if c := (second - w.from) / w.each; second >= w.from && c < len(line) {
			line[c] = '▲'
		}
	}
	return strings.TrimRight(string(line), " ")
}

// bar is a share of a whole in so many columns.
func bar(n, of float64, width int) string {
	if of <= 0 || n <= 0 || width <= 0 {
		return ""
	}
	parts := [...]string{"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"}
	level := min(max(1, int(n/of*float64(width*8)+.5)), width*8)
	return strings.Repeat("█", level/8) + parts[level%8]
}
