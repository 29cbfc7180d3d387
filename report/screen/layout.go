package screen

import (
	"slices"
	"strings"
)

// section is a part of the screen. It draws itself in any of its sizes.
type section struct {
	// sizes are heights it can have, least first, each with its rank among those of all
	// sections: the lower, the more it is wanted.
	sizes []size
	// most is up to which height it can use lines that are left over; 0 = none.
	most int
	draw func(width, height int) []string
}

type size struct{ height, rank int }

// share gives out lines: the wanted sizes first, as long as they fit; what is left
// goes to sections that can use it. It returns what nobody could use as well.
func share(sections []section, height int) (given []int, left int) {
	type step struct{ section, height, rank int }
	var steps []step
	for i, s := range sections {
		for _, one := range s.sizes {
			steps = append(steps, step{i, one.height, one.rank})
		}
	}
	slices.SortStableFunc(steps, func(a, b step) int { return a.rank - b.rank })
	given, left = make([]int, len(sections)), height
	for _, s := range steps {
		if more := s.height - given[s.section]; more > 0 && more <= left {
			given[s.section] = s.height
			left -= more
		}
	}
	shown := 0
	for _, n := range given {
		shown += min(n, 1)
	}
	for i, s := range sections {
		// A blank line between two sections comes before a taller plot.
		if more := min(s.most-given[i], left-max(0, shown-1)); more > 0 && given[i] > 1 {
			given[i] += more
			left -= more
		}
	}
	return given, left
}

// stack draws sections one below the other, in exactly so many lines.
func stack(sections []section, width, height int) []string {
	var lines []string
	given, left := share(sections, height)
	for i, s := range sections {
		if given[i] == 0 {
			continue
		}
		if left > 0 && len(lines) > 0 {
			lines, left = append(lines, ""), left-1
		}
		drawn := s.draw(width, given[i])
		for n := range given[i] {
			line := ""
			if n < len(drawn) {
				line = cut(drawn[n], width)
			}
			lines = append(lines, line)
		}
	}
	for len(lines) < height {
		lines = append(lines, "")
	}
	return lines[:max(0, height)]
}

// gutter is between two columns.
const gutter = 2

// beside makes one section of two stacks of sections, side by side.
func beside(sizes []size, share float64, left, end []section) section {
	return section{sizes: sizes, draw: func(width, height int) []string {
		first := int(float64(width-gutter) * share)
		a, b := stack(left, first, height), stack(end, width-gutter-first, height)
		lines := make([]string, height)
		for i := range lines {
			lines[i] = pad(a[i], first) + strings.Repeat(" ", gutter) + b[i]
		}
		return lines
	}}
}

const (
	// wide is from which width on there are two columns, broad from which on the
	// timeline shares its lines with the thresholds.
	wide, broad = 76, 116
)

// lines draws the whole screen: never more than its height, none wider than its
// width.
func (m Model) lines() []string {
	width, height := max(m.width, 1), max(m.height, 1)
	head := m.head(width)
	if height <= len(head) {
		return head[:height]
	}
	foot := []string{}
	if height >= 12 {
		foot = append(foot, m.foot(width))
	}
	body := stack(m.sections(width), width, height-len(head)-len(foot))
	return append(append(head, body...), foot...)
}

// sections arranges what is shown by the width.
func (m Model) sections(width int) []section {
	clients, rates, latency := m.clients(), m.rates(), m.latency()
	codes, timeline, thresholds, generator := m.codes(), m.timeline(), m.thresholds(), m.generator()
	if width < wide {
		return []section{clients, rates, latency, codes, timeline, thresholds, generator}
	}
	tall := max(clients.tallest(), 5)
	top := beside([]size{{1, 0}, {5, 20}, {tall, 42}}, .45, []section{clients}, []section{rates})
	top.most = rates.most
	if width < broad {
		return []section{top, latency, codes, timeline, thresholds, generator}
	}
	// The codes stand below the clients, and everything below them has room for two.
	tall += 1 + codes.tallest()
	top = beside([]size{{1, 0}, {7, 20}, {tall, 52}}, .45, []section{clients, codes}, []section{rates})
	top.most = rates.most
	middle := timeline
	if len(m.facts.Thresholds) > 0 {
		most := max(timeline.tallest(), thresholds.tallest())
		middle = beside([]size{{2, 3}, {min(5, most), 31}, {most, 50}}, .5, []section{timeline}, []section{thresholds})
	}
	return []section{top, latency, middle, generator}
}

// tallest is the greatest of the wanted sizes.
func (s section) tallest() int { return s.sizes[len(s.sizes)-1].height }
