package screen

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"loginstorm/sim/login"
	"loginstorm/sim/record"
)

// title begins a section with a line across its width.
func (m Model) title(name, about string, width int) string {
	text := name
	if about != "" {
		text = m.ink.in(strong, name) + m.ink.in(faint, "  "+about)
	} else {
		text = m.ink.in(strong, text)
	}
	text = cut(text, width)
	if rest := width - columns(text) - 1; rest > 0 {
		text += " " + m.ink.in(faint, strings.Repeat("─", rest))
	}
	return text
}

// head is what stands at the top whatever the height: what this is, and how far.
func (m Model) head(width int) []string {
	f, s := m.facts, m.state
	left := m.ink.in(strong, f.Driver+" "+f.Name) + fmt.Sprintf("  seed %d", f.Seed)
	about := clock(s.At) + "/" + clock(f.Duration)
	end := m.next()
	switch {
	case m.stopping:
		about, end = about+"  stopping", ""
	case s.LeftFor > 0:
		about += "  " + clock(s.LeftFor) + " left"
	}
	track := max(width-columns(about)-2, 0)
	if track > 60 && columns(end) < track-24 && end != "" {
		track -= columns(end) + 2
	} else if end = ""; track < 4 {
		track = 0
	}
	done := int(float64(track) * min(1, max(0, float64(s.At)/float64(max(f.Duration, 1)))))
	line := about + "  " + m.ink.in(blue, strings.Repeat("█", done)) + m.ink.in(faint, strings.Repeat("░", track-done))
	if end != "" {
		line += "  " + end
	}
	return []string{ends(left, f.Target, width), cut(line, width)}
}

// next says what the timeline does next, and when.
func (m Model) next() string {
	for _, e := range m.facts.Entries {
		if e.At > m.state.At {
			return fmt.Sprintf("%s in %s", e.Name, clock(e.At-m.state.At))
		}
	}
	return ""
}

// foot says how to leave, or what was said last.
func (m Model) foot(width int) string {
	if m.stopping {
		return cut(m.ink.in(yellow, "stopping: what was measured is kept and reported"), width)
	}
	keys := "q or Ctrl-C: stop and report"
	if m.state.Notes == 0 {
		return cut(m.ink.in(faint, keys), width)
	}
	note := clean(m.state.Note)
	if n := m.state.Notes; n > 1 {
		note = fmt.Sprintf("%d notes, the last: %s", n, note)
	}
	return ends(m.ink.in(yellow, cut(note, width)), m.ink.in(faint, keys), width)
}

// statusColor is how a status looks.
func statusColor(s login.Status) color {
	switch s {
	case login.LoggedIn, login.DataSyncStart, login.DataSyncFinish:
		return green
	case login.Connecting, login.Logging:
		return yellow
	case login.NetBroken, login.UnLogin:
		return red
	case login.Unknown:
		return faint
	}
	return magenta
}

// ordered lists the statuses that somebody had, loggedIn first and those who are to
// come last.
func (m Model) ordered() []login.Status {
	order := []login.Status{login.LoggedIn, login.Logging, login.Connecting, login.NetBroken, login.UnLogin, login.KickOut,
		login.KickOutByOtherClient, login.Forbidden, login.VersionError, login.PwdError, login.DataSyncStart, login.DataSyncFinish, login.Unknown}
	return slices.DeleteFunc(order, func(s login.Status) bool { return (s > login.LoggedIn || s == login.UnLogin) && !m.state.Seen[s] })
}

func statusName(s login.Status) string {
	if s == login.Unknown {
		return "to come"
	}
	return s.String()
}

// clients counts them by status.
func (m Model) clients() section {
	order := m.ordered()
	return section{
		sizes: []size{{1, 0}, {4, 22}, {len(order) + 1, 43}},
		draw: func(width, height int) []string {
			if height < 3 {
				return []string{m.brief(order)}
			}
			lines := []string{m.title("Clients", number(m.facts.Clients), width)}
			return append(lines, m.bars(m.shortened(order, height-1), width)...)
		},
	}
}

// brief is the clients in one line: those who are in, then the larger crowds first.
func (m Model) brief(order []login.Status) string {
	count := m.state.Statuses
	order = slices.DeleteFunc(slices.Clone(order), func(s login.Status) bool { return count[s] == 0 && s != login.LoggedIn })
	slices.SortStableFunc(order[min(1, len(order)):], func(a, b login.Status) int { return int(count[b] - count[a]) })
	words := make([]string, len(order))
	for i, s := range order {
		words[i] = m.ink.in(statusColor(s), statusName(s)) + " " + number(count[s])
	}
	return strings.Join(words, "  ")
}

// shortened leaves out what nobody is in, from the end, until the rest fits.
func (m Model) shortened(order []login.Status, lines int) []login.Status {
	for i := len(order) - 1; i >= 0 && len(order) > lines; i-- {
		if m.state.Statuses[order[i]] == 0 {
			order = slices.Delete(slices.Clone(order), i, i+1)
		}
	}
	return order[:min(len(order), lines)]
}

// bars is a line for each status, as long as its share of all clients.
func (m Model) bars(order []login.Status, width int) []string {
	name, count := 0, 1
	for _, s := range order {
		name = max(name, len(statusName(s)))
		count = max(count, len(number(m.state.Statuses[s])))
	}
	var lines []string
	for _, s := range order {
		n := m.state.Statuses[s]
		line := pad(statusName(s), name) + "  " + right(number(n), count) + "  "
		lines = append(lines, line+m.ink.in(statusColor(s), bar(float64(n), float64(m.facts.Clients), width-columns(line))))
	}
	return lines
}

// mostLines is up to how many lines a bar of the plots is tall.
const mostLines = 6

// rates lays what began and what succeeded over what was planned.
func (m Model) rates() section {
	series := []curve{{"planned", plain, m.state.Planned}, {"began", blue, m.state.Began}, {"logged in", green, m.state.Logins}}
	return section{sizes: []size{{1, 2}, {5, 21}}, most: 2 + mostLines*len(series), draw: func(width, height int) []string {
		if height < 2+len(series) {
			text := fmt.Sprintf("logins/s %s (%s began, %s planned)  ", series[2].last(), series[1].last(), series[0].last())
			w := m.look(width - columns(text))
			values := w.bins(m.state.Logins)
			return []string{text + m.ink.in(green, spark(values, most(values), 1)[0])}
		}
		const label = 10
		count := 1
		for _, c := range series {
			count = max(count, len(c.last()))
		}
		w := m.look(width - label - count - 2)
		top := 0.0
		values := make([][]float64, len(series))
		for i, c := range series {
			values[i] = w.bins(c.values)
			top = max(top, most(values[i]))
		}
		about := fmt.Sprintf("max %s, %ds a bar", number(uint64(top+.5)), w.each)
		lines := []string{m.title("Attempts a second", about, width)}
		each := min(mostLines, (height-2)/len(series))
		for i, c := range series {
			for n, drawn := range spark(values[i], top, each) {
				left := strings.Repeat(" ", label+count)
				if n == each-1 {
					left = pad(c.name, label) + right(c.last(), count)
				}
				lines = append(lines, left+"  "+m.ink.in(c.color, drawn))
			}
		}
		return append(lines, strings.Repeat(" ", label+count+2)+m.ink.in(magenta, w.marks(m.facts.Entries)))
	}}
}

// curve is something that is counted by second.
type curve struct {
	name   string
	color  color
	values []uint64
}

// last is the newest value.
func (c curve) last() string {
	if len(c.values) == 0 {
		return "0"
	}
	return number(c.values[len(c.values)-1])
}

// look is what a plot of so many columns shows.
func (m Model) look(width int) window {
	return look(len(m.state.Began), int(m.facts.Duration/time.Second), max(0, width), m.facts.Virtual)
}

func most(x []float64) float64 {
	top := 0.0
	for _, v := range x {
		top = max(top, v)
	}
	return top
}

// latency is how long logging in takes.
func (m Model) latency() section {
	return section{sizes: []size{{1, 1}, {3, 23}}, draw: func(width, height int) []string {
		recent, whole := m.state.Recent, m.state.Whole
		if height < 3 {
			if recent.Count == 0 {
				recent = whole
			}
			return []string{fmt.Sprintf("p50 %s  p90 %s  p99 %s  of %s", span(recent.P50, recent.Count),
				span(recent.P90, recent.Count), span(recent.P99, recent.Count), number(recent.Count))}
		}
		row := func(name, count, p50, p90, p99, top string) string {
			if width < 57 { // The largest goes before a percentile is cut.
				return pad(name, min(12, width-30)) + right(count, 9) + right(p50, 7) + right(p90, 7) + right(p99, 7)
			}
			return pad(name, min(22, width-43)) + right(count, 11) + right(p50, 8) + right(p90, 8) + right(p99, 8) + right(top, 8)
		}
		of := func(name string, l Latency) string {
			return row(name, number(l.Count), span(l.P50, l.Count), span(l.P90, l.Count), span(l.P99, l.Count), span(l.Max, l.Count))
		}
		lines := []string{m.ink.in(strong, row("connect_to_logged_in", "count", "p50", "p90", "p99", "max")),
			of(fmt.Sprintf("last %d s", Recent), recent), of("so far", whole)}
		if room := width - columns(lines[1]) - 4; room >= 24 {
			for i, drawn := range m.latencyBySecond(room) {
				lines[i] += "    " + drawn
			}
		}
		return lines
	}}
}

// latencyBySecond draws the p99 of each second, three lines tall with its title.
func (m Model) latencyBySecond(width int) []string {
	all := make([]uint64, len(m.state.P99))
	for i, d := range m.state.P99 {
		all[i] = uint64(d)
	}
	w := m.look(width)
	values := w.bins(all)
	top := most(values)
	lines := []string{m.title("p99 by second", "max "+span(time.Duration(top), int64(top)), width)}
	for _, drawn := range spark(values, top, 2) {
		lines = append(lines, m.ink.in(yellow, drawn))
	}
	return lines
}

// codes are how attempts ended, and who was pushed out: in words, or as a table.
func (m Model) codes() section {
	s := m.state
	var slots []int
	for slot, n := range s.Codes {
		if n > 0 {
			slots = append(slots, slot)
		}
	}
	kicks := m.kicks()
	return section{sizes: []size{{1, 5}, {2, 24}, {max(len(slots), 1) + 2, 53}}, draw: func(width, height int) []string {
		if height >= max(len(slots), 1)+2 && height > 2 {
			return append(m.codeTable(slots, width), kicks)
		}
		line := m.ink.in(strong, "Codes")
		if height < 2 && s.Kicks.Sum() > 0 {
			line = m.ink.in(strong, "Kicks") + " " + number(s.Kicks.Sum()) + "  " + line
		}
		for _, slot := range slots {
			line += "  " + m.ink.in(codeColor(slot), record.CodeName(slot)) + " " + number(s.Codes[slot]) + m.lately(s.RecentCodes[slot], s.Codes[slot])
		}
		if len(slots) == 0 {
			line += "  none yet"
		}
		return []string{line, kicks}
	}}
}

// codeTable is a line for each code.
func (m Model) codeTable(slots []int, width int) []string {
	lines := []string{m.title("Codes", fmt.Sprintf("so far, in the last %d s", Recent), width)}
	for _, slot := range slots {
		left := pad(record.CodeName(slot), 11)
		lines = append(lines, m.ink.in(codeColor(slot), left)+right(number(m.state.Codes[slot]), 11)+right(number(m.state.RecentCodes[slot]), 9)+
			"  "+m.ink.in(faint, record.CodeMeaning(slot)))
	}
	if len(slots) == 0 {
		lines = append(lines, "none yet")
	}
	return lines
}

// kicks is who was pushed out, and what became of it.
func (m Model) kicks() string {
	s := m.state
	line := m.ink.in(strong, "Kicks") + "  " + number(s.Kicks.Sum())
	for reason, n := range s.Kicks {
		if n > 0 {
			line += "  " + m.ink.in(magenta, record.ReasonName(reason)) + " " + number(n) + m.lately(s.RecentKicks[reason], n)
		}
	}
	if s.Wars > 0 {
		line += "  wars " + number(s.Wars)
	}
	if s.Lockouts > 0 {
		line += "  " + m.ink.in(yellow, "locked out by 416") + " " + number(s.Lockouts)
	}
	return line
}

// lately says how many of a count are recent.
func (m Model) lately(recent, all uint64) string {
	if recent == 0 || recent == all {
		return ""
	}
	return m.ink.in(faint, " +"+number(recent))
}

func codeColor(slot int) color {
	switch record.CodeName(slot) {
	case "200":
		return green
	case "416":
		return yellow
	}
	return red
}
