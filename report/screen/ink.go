package screen

import (
	"strings"
	"time"
	"unicode"

	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/x/ansi"
	"github.com/dustin/go-humanize"

	"loginstorm/sim/record"
)

// color is one of the terminal's own sixteen: whoever set up the terminal made them
// readable on its background, light or dark.
type color uint8

const (
	plain color = iota
	strong
	faint
	green
	yellow
	red
	blue
	magenta
)

// ink writes in colours, or not.
type ink struct{ on bool }

func (k ink) in(c color, s string) string {
	if !k.on || s == "" {
		return s
	}
	style := lipgloss.NewStyle()
	switch c {
	case strong:
		style = style.Bold(true)
	case faint:
		style = style.Faint(true)
	case green:
		style = style.Foreground(lipgloss.Green)
	case yellow:
		style = style.Foreground(lipgloss.Yellow)
	case red:
		style = style.Foreground(lipgloss.Red)
	case blue:
		style = style.Foreground(lipgloss.Blue)
	case magenta:
		style = style.Foreground(lipgloss.Magenta)
	default:
		return s
	}
	return style.Render(s)
}

// columns is how many columns of a terminal a text takes.
func columns(s string) int { return ansi.StringWidth(s) }

// cut shortens a text to so many columns.
func cut(s string, width int) string {
	if width <= 0 {
		return ""
	}
	return ansi.Truncate(s, width, "…")
}

// pad fills a text up to so many columns, and shortens a longer one.
func pad(s string, width int) string {
	s = cut(s, width)
	return s + strings.Repeat(" ", max(0, width-columns(s)))
}

// right pads on the other side.
func right(s string, width int) string {
	s = cut(s, width)
	return strings.Repeat(" ", max(0, width-columns(s))) + s
}

// ends puts one text to each end of a line; the right one gives way.
func ends(left, end string, width int) string {
	gap := width - columns(left) - columns(end)
	if end == "" || gap < 2 {
		return cut(left, width)
	}
	return left + strings.Repeat(" ", gap) + end
}

// clean takes out of a text whatever could move the cursor: names come from files.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return '·'
		}
		return r
	}, s)
}

func number[N uint64 | int64 | int](n N) string { return humanize.Comma(int64(n)) }

// span writes a span of a distribution; a dash when it has no values.
func span(d time.Duration, count int64) string {
	if count == 0 {
		return "-"
	}
	return record.FormatSpan(d)
}

// clock writes an instant to the second.
func clock(d time.Duration) string { return d.Round(time.Second).String() }
