package screen

import (
	"fmt"
	"strings"
	"time"

	"loginstorm/sim/record"
)

// timeline is what was done to the clients, is being done, and comes.
func (m Model) timeline() section {
	entries := m.facts.Entries
	if len(entries) == 0 {
		return section{sizes: []size{{0, 0}}, draw: func(int, int) []string { return nil }}
	}
	return section{sizes: []size{{1, 3}, {min(4, len(entries)+1), 30}, {min(12, len(entries)+1), 45}, {len(entries) + 1, 60}},
		draw: func(width, height int) []string {
			if height < 2 {
				return []string{strings.TrimLeft(m.entry(m.foremost(), columns(entries[m.foremost()].Name)), " ")}
			}
			lines := []string{m.title("Timeline", "", width)}
			from := m.first(height - 1)
			until := min(from+height-1, len(entries))
			name := 0
			for i := from; i < until; i++ {
				name = max(name, columns(entries[i].Name))
			}
			for i := from; i < until; i++ {
				lines = append(lines, m.entry(i, min(name, 24)))
			}
			return lines
		}}
}

// foremost is the entry to show when there is room for one: the next one, or the
// last.
func (m Model) foremost() int {
	for i, e := range m.facts.Entries {
		if e.At > m.state.At {
			return i
		}
	}
	return len(m.facts.Entries) - 1
}

// first is the first entry of a list that shows so many: what goes on and what comes
// next are in it, and of what is over as much as there is room for.
func (m Model) first(lines int) int {
	entries := m.facts.Entries
	from := m.foremost()
	if lines > 2 {
		from -= lines / 2
	} else if lines > 1 {
		from--
	}
	return max(0, min(from, len(entries)-lines))
}

// entry is one line of the timeline.
func (m Model) entry(i, name int) string {
	e, now := m.facts.Entries[i], m.state.At
	fault := m.state.Faults
	var f Fault
	if i < len(fault) {
		f = fault[i]
	}
	away := f.Drops - min(f.Back, f.Drops)
	state, shade, about := "passed", faint, ""
	switch {
	case e.At > now:
		state, shade, about = "in "+clock(e.At-now), blue, e.Says
	case e.Stays:
		state, shade, about = "stays", yellow, e.Says
	case e.Until > now && e.Until-e.At >= time.Second:
		state, shade, about = clock(e.Until-now)+" left", red, e.Says
	case away > 0:
		state, shade = "coming back", yellow
	}
	if f.Drops > 0 {
		about = fmt.Sprintf("dropped %s, back %s", number(f.Drops), number(min(f.Back, f.Drops)))
		if away > 0 {
			about += fmt.Sprintf(" (%d %%)", f.Back*100/f.Drops)
		}
	} else if about == "" {
		about = e.Says
	}
	return right(clock(e.At), 6) + "  " + pad(e.Name, name) + "  " + m.ink.in(shade, pad(state, 11)) + "  " + about
}

// thresholds is how they stand.
func (m Model) thresholds() section {
	texts := m.facts.Thresholds
	if len(texts) == 0 {
		return section{sizes: []size{{0, 0}}, draw: func(int, int) []string { return nil }}
	}
	return section{sizes: []size{{1, 6}, {min(4, len(texts)+1), 31}, {min(12, len(texts)+1), 46}, {len(texts) + 1, 61}},
		draw: func(width, height int) []string {
			about := m.standing()
			if height < 2 {
				return []string{m.ink.in(strong, "Thresholds") + "  " + about}
			}
			lines := []string{m.title("Thresholds", about, width)}
			for _, i := range m.worst(height - 1) {
				lines = append(lines, m.threshold(i, width))
			}
			return lines
		}}
}

func (m Model) outcome(i int) record.Outcome {
	if i < len(m.state.Outcomes) {
		return m.state.Outcomes[i]
	}
	return record.Outcome{}
}

// standing says how many hold.
func (m Model) standing() string {
	hold, open, crossed := 0, 0, 0
	for i := range m.facts.Thresholds {
		switch o := m.outcome(i); {
		case !o.Known:
			open++
		case o.Pass:
			hold++
		default:
			crossed++
		}
	}
	words := []string{fmt.Sprintf("%d hold", hold)}
	if crossed > 0 {
		words = append(words, m.ink.in(red, fmt.Sprintf("%d do not", crossed)))
	}
	if open > 0 {
		words = append(words, fmt.Sprintf("%d not known yet", open))
	}
	return strings.Join(words, ", ")
}

// worst lists which thresholds to show where there is room for so many: those that do
// not hold first, all in their order.
func (m Model) worst(lines int) []int {
	var bad, rest []int
	for i := range m.facts.Thresholds {
		if o := m.outcome(i); o.Known && !o.Pass {
			bad = append(bad, i)
		} else {
			rest = append(rest, i)
		}
	}
	if len(bad)+len(rest) <= lines {
		bad, rest = nil, make([]int, len(m.facts.Thresholds))
		for i := range rest {
			rest[i] = i
		}
	}
	all := append(bad, rest...)
	return all[:min(lines, len(all))]
}

// threshold is one line: whether it holds, what it asks, and the figure.
func (m Model) threshold(i, width int) string {
	o := m.outcome(i)
	word, shade, figure := "  -  ", faint, ""
	switch {
	case !o.Known:
	case o.Pass:
		word, shade = "holds", green
	case o.Lost:
		word, shade = "lost ", red
	default:
		word, shade = "not  ", red
	}
	if o.Known {
		figure = fmt.Sprintf("%s of %s", o.Value, number(o.Count))
	}
	left := m.ink.in(shade, word) + "  "
	text := cut(clean(m.facts.Thresholds[i]), max(10, width-columns(left)-columns(figure)-2))
	return strings.TrimRight(ends(left+text, figure, width), " ")
}
