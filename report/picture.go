package report

import (
	"fmt"
	"strings"

	"loginstorm/sim/record"
)

// levels are the heights of a column, and eighths the ends of a bar.
func levels() []rune  { return []rune("▁▂▃▄▅▆▇█") }
func eighths() []rune { return []rune("▏▎▍▌▋▊▉█") }

// spark draws values as columns, the highest of them as high as top; nothing is a
// blank.
func spark(values []float64, top float64) string {
	var b strings.Builder
	for _, v := range values {
		switch steps := levels(); {
		case v <= 0 || top <= 0:
			b.WriteRune(' ')
		default:
			at := int(v / top * float64(len(steps)))
			b.WriteRune(steps[min(max(at, 0), len(steps)-1)])
		}
	}
	return b.String()
}

// squeeze brings sums over equal stretches to at most so many columns: means of the
// stretches that share one.
func squeeze(values []uint64, columns int) (means []float64, each int) {
	each = max(1, (len(values)+columns-1)/columns)
	for at := 0; at < len(values); at += each {
		end := min(at+each, len(values))
		sum := 0.0
		for _, v := range values[at:end] {
			sum += float64(v)
		}
		means = append(means, sum/float64(end-at))
	}
	return means, each
}

// bar is a length of a value, the longest of them so many columns long.
func bar(n, most int64, columns int) string {
	if n <= 0 || most <= 0 || columns <= 0 {
		return ""
	}
	parts := eighths()
	length := min(max(int(float64(n)/float64(most)*float64(columns*len(parts))), 1), columns*len(parts))
	text := strings.Repeat(string(parts[len(parts)-1]), length/len(parts))
	if rest := length % len(parts); rest > 0 {
		text += string(parts[rest-1])
	}
	return text
}

// barColumns is how long the longest bar is where the terminal has room for it.
const barColumns = 40

// bars draws a distribution, a line a bin.
func (p *page) bars(indent string, bins []record.Bin) {
	var most int64
	wide, count := 0, 0
	edges := make([]string, len(bins))
	for i, b := range bins {
		edges[i] = record.FormatSpan(b.From.Duration()) + " to " + record.FormatSpan(b.To.Duration())
		most, wide, count = max(most, b.Count), max(wide, columns(edges[i])), max(count, columns(number(b.Count)))
	}
	room := barColumns
	if p.o.Width > 0 {
		room = min(room, p.o.Width-len(indent)-wide-count-4)
	}
	for i, b := range bins {
		n := number(b.Count)
		line := fmt.Sprintf("%s%s%s  %s%s", indent, strings.Repeat(" ", wide-columns(edges[i])), edges[i], strings.Repeat(" ", count-columns(n)), n)
		if drawn := bar(b.Count, most, room); drawn != "" {
			line += "  " + drawn
		}
		fmt.Fprintln(p, line)
	}
}
