package screen

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/dustin/go-humanize"

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
	end := f.Target
	if next := m.next(); next != "" {
		end = next
	}
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
	return slices.DeleteFunc(order, func(s login.Status) bool { return s > login.LoggedIn && !m.state.Seen[s] })
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
				var words []string
				for _, s := range order {
					if n := m.state.Statuses[s]; n != 0 || s == login.LoggedIn {
						words = append(words, m.ink.in(statusColor(s), statusName(s))+" "+number(n))
					}
				}
				return []string{strings.Join(words, "  ")}
			}
			lines := []string{m.title("Clients", number(m.facts.Clients), width)}
			return append(lines, m.bars(m.shortened(order, height-1), width)...)
		},
	}
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

// rates lays what began and what succeeded over what was planned.
func (m Model) rates() section {
	return section{sizes: []size{{1, 2}, {5, 21}}, grows: true, draw: func(width, height int) []string {
		s := m.state
		const label = 10
		names := []string{"planned", "began", "logged in"}
		series := [][]uint64{s.Planned, s.Began, s.Logins}
		colors := []color{faint, blue, green}
		last := make([]uint64, len(series))
		count := 1
		for i, x := range series {
			if len(x) > 0 {
				last[i] = x[len(x)-1]
			}
			count = max(count, len(number(last[i])))
		}
		if height < 5 {
			text := fmt.Sprintf("logins/s %s (%s began, %s planned)  ", number(last[2]), number(last[1]), number(last[0]))
			w := look(len(s.Began), int(m.facts.Duration/time.Second), max(0, width-columns(text)), m.facts.Virtual)
			values := w.bins(s.Logins)
			return []string{text + m.ink.in(green, spark(values, most(values), 1)[0])}
		}
		w := look(len(s.Began), int(m.facts.Duration/time.Second), max(1, width-label-count-2), m.facts.Virtual)
		top := 0.0
		values := make([][]float64, len(series))
		for i, x := range series {
			values[i] = w.bins(x)
			top = max(top, most(values[i]))
		}
		about := fmt.Sprintf("%ds a column, at most %s", w.each, number(uint64(top+.5)))
		lines := []string{m.title("Attempts a second", about, width)}
		each := max(1, (height-2)/len(series))
		for i := range series {
			for n, drawn := range spark(values[i], top, each) {
				left := strings.Repeat(" ", label+count)
				if n == each-1 {
					left = pad(names[i], label) + right(number(last[i]), count)
				}
				lines = append(lines, left+"  "+m.ink.in(colors[i], drawn))
			}
		}
		return append(lines, strings.Repeat(" ", label+count+2)+m.ink.in(magenta, w.marks(m.facts.Entries)))
	}}
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
			return pad(name, max(11, min(22, width-46))) + right(count, 11) + right(p50, 8) + right(p90, 8) + right(p99, 8) + right(top, 8)
		}
		of := func(name string, l Latency) string {
			return row(name, number(l.Count), span(l.P50, l.Count), span(l.P90, l.Count), span(l.P99, l.Count), span(l.Max, l.Count))
		}
		return []string{m.ink.in(strong, row("connect_to_logged_in", "count", "p50", "p90", "p99", "max")),
			of(fmt.Sprintf("last %d s", Recent), recent), of("so far", whole)}
	}}
}

// codes are how attempts ended, and who was pushed out.
func (m Model) codes() section {
	return section{sizes: []size{{1, 5}, {2, 24}}, draw: func(width, height int) []string {
		s := m.state
		line := m.ink.in(strong, "Codes")
		for slot, n := range s.Codes {
			if n > 0 {
				line += "  " + m.ink.in(codeColor(slot), record.CodeName(slot)) + " " + number(n) + m.lately(s.RecentCodes[slot], n)
			}
		}
		if s.Codes.Sum() == 0 {
			line += "  none yet"
		}
		kicks := m.ink.in(strong, "Kicks") + "  " + number(s.Kicks.Sum())
		if s.Kicks.Sum() > 0 {
			kicks += ":"
		}
		for reason, n := range s.Kicks {
			if n > 0 {
				kicks += "  " + m.ink.in(magenta, record.ReasonName(reason)) + " " + number(n) + m.lately(s.RecentKicks[reason], n)
			}
		}
		if s.Wars > 0 {
			kicks += "  wars " + number(s.Wars)
		}
		if s.Lockouts > 0 {
			kicks += "  " + m.ink.in(yellow, "locked out by 416") + " " + number(s.Lockouts)
		}
		if height < 2 && s.Kicks.Sum() > 0 {
			line = fmt.Sprintf("%s  kicks %s", line, number(s.Kicks.Sum()))
		}
		return []string{line, kicks}
	}}
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

// generator is whether the figures can be trusted; of a simulation, how fast it is.
func (m Model) generator() section {
	return section{sizes: []size{{1, 4}}, draw: func(width, height int) []string {
		s := m.state
		words := []string{m.ink.in(strong, "Generator")}
		if m.facts.Virtual {
			if s.Events > 0 {
				words = append(words, humanize.SIWithDigits(s.PerSec, 1, "events/s"), number(s.Events)+" events")
			}
			return []string{strings.Join(words, "  ")}
		}
		late := "late p99 " + span(s.Lateness.P99.Duration(), s.Lateness.Count)
		if s.Lateness.Count > 0 {
			late += " of " + number(s.Lateness.Count)
		}
		if s.Lateness.P99.Duration() > 5*time.Millisecond {
			late = m.ink.in(red, late)
		}
		words = append(words, late)
		if s.CPU > 0 {
			words = append(words, fmt.Sprintf("CPU %.2f cores", s.CPU))
		}
		if s.Late+s.Dropped > 0 {
			words = append(words, fmt.Sprintf("began late %s, never %s", number(s.Late), number(s.Dropped)))
		}
		return []string{strings.Join(words, "  ")}
	}}
}
