package html

import (
	"fmt"
	"slices"
	"strings"

	"loginstorm/sim/login"
	"loginstorm/sim/record"
)

// builder makes the charts of a page.
type builder struct {
	stories []*story
	x       axis
	axis    *pageAxis
	live    bool // The run goes on: nothing is judged yet.
}

// several reports whether runs lie over each other.
func (b *builder) several() bool { return len(b.stories) > 1 }

// name names a curve: where there are several runs, with the run.
func (b *builder) name(i int, text string) string {
	if !b.several() {
		return text
	}
	return b.stories[i].letter + " " + text
}

// color is that of a run where there are several, else the one wanted.
func (b *builder) color(run, want int) int {
	if b.several() {
		return runColor(run)
	}
	return want
}

// of names a chart that only one run is in.
func (b *builder) of(i int, title string) string {
	if !b.several() {
		return title
	}
	return title + ": " + b.stories[i].what()
}

func (b *builder) chart(id, title, unit string, log bool) *chart {
	return &chart{ID: id, Title: title, Kind: "lines", Along: "time", Unit: unit, Log: log, Steps: unit == "rate" || unit == "cores", page: b.axis}
}

// chartOf is a chart of one run.
func (b *builder) chartOf(i int, id, title, unit string, log bool) *chart {
	c := b.chart(fmt.Sprintf("%s%d", id, i), b.of(i, title), unit, log)
	if b.several() {
		c.Of = b.stories[i].letter
	}
	return c
}

// add adds a curve when there is something in it.
func (c *chart) add(name string, color int, v values, more ...func(*series)) {
	if !v.any() {
		return
	}
	s := series{Name: name, Color: color, Values: v}
	for _, m := range more {
		m(&s)
	}
	c.Series = append(c.Series, s)
}

func dashed(s *series) { s.Dash = true }
func faint(s *series)  { s.Faint = true }

// statusOrder lists statuses from the top of the stack to its foot.
func statusOrder() []struct {
	status login.Status
	color  int
} {
	return []struct {
		status login.Status
		color  int
	}{{login.Unknown, pale}, {login.PwdError, brown}, {login.VersionError, olive}, {login.Forbidden, purple},
		{login.KickOutByOtherClient, pink}, {login.KickOut, red}, {login.UnLogin, grey}, {login.NetBroken, orange},
		{login.Connecting, cyan}, {login.Logging, blue}, {login.LoggedIn, green}}
}

// clients are the charts of clients by status.
func (b *builder) clients() (all []*chart) {
	if b.several() {
		c := b.chart("loggedin", "Clients loggedIn, and clients that are out", "count", false)
		c.Note = "Out: begun and not loggedIn. In each stretch the second counts in which the fewest were loggedIn."
		for i, s := range b.stories {
			worst := s.worst(b.x)
			c.add(b.name(i, "loggedIn"), runColor(i), statusCurve(b.x, worst, func(n *record.StatusCounts) int64 { return n[login.LoggedIn] }))
			c.add(b.name(i, "out"), runColor(i), statusCurve(b.x, worst, func(n *record.StatusCounts) (out int64) {
				for status, k := range n {
					if s := login.Status(status); s != login.LoggedIn && s != login.Unknown {
						out += k
					}
				}
				return out
			}), dashed)
		}
		all = append(all, c)
	}
	top := 0.0
	for i, s := range b.stories {
		c := b.chartOf(i, "status", "Clients by status", "count", false)
		c.Kind = "stack"
		if b.x.step > 1 {
			c.Note = "In each stretch the second counts in which the fewest were loggedIn, so that no dip is lost."
		}
		worst, total := s.worst(b.x), 0.0
		for _, o := range statusOrder() {
			c.add(o.status.String(), o.color, statusCurve(b.x, worst, func(n *record.StatusCounts) int64 { return n[o.status] }))
		}
		for _, n := range worst {
			if n != nil {
				sum := int64(0)
				for _, k := range n {
					sum += k
				}
				total = max(total, float64(sum))
			}
		}
		top = max(top, total)
		all = append(all, c)
	}
	for _, c := range all {
		c.Top = top
	}
	return all
}

// load is what was offered against what was served, and what failed.
func (b *builder) load() (all []*chart) {
	c := b.chart("rate", "Login attempts that began (offered) and logins that succeeded (goodput), a second", "rate", false)
	for i, s := range b.stories {
		offered, high := s.mean(b.x, func(r *record.Row) float64 { return float64(r.Dials) })
		goodput, _ := s.mean(b.x, func(r *record.Row) float64 { return float64(r.LoggedIn) })
		if b.x.step > 1 {
			c.add(b.name(i, "offered, busiest second"), b.color(i, orange), high, faint)
		}
		c.add(b.name(i, "offered"), b.color(i, orange), offered, b.dashIfSeveral())
		c.add(b.name(i, "goodput"), b.color(i, green), goodput)
	}
	if l := b.stories[0].run.Manifest.Layout; l.Capacity > 0 {
		flat := b.x.none()
		for i := range flat {
			flat[i] = l.Capacity
		}
		c.add("capacity", grey, flat, dashed)
		c.Note = "Capacity: logins a second that the gateway can serve, from " + l.CapacityFrom + "."
	}
	if b.x.step > 1 {
		c.Note = strings.TrimSpace(c.Note + fmt.Sprintf(" A point is the mean of %d s.", b.x.step))
	}
	all = append(all, c)
	if b.several() {
		c := b.chart("failures", "Attempts that failed, a second", "rate", false)
		for i, s := range b.stories {
			failed, _ := s.mean(b.x, func(r *record.Row) float64 { return float64(r.Codes.Sum() - r.Codes[0]) })
			c.add(b.name(i, "failed"), runColor(i), failed)
		}
		all = append(all, c)
	}
	return append(all, b.codes()...)
}

// dashIfSeveral tells offered from goodput where colours tell runs apart.
func (b *builder) dashIfSeveral() func(*series) {
	return func(s *series) { s.Dash = b.several() }
}

// mostCodes is how many codes have a curve of their own.
const mostCodes = 7

// codes are the charts of attempts by the code that they ended with.
func (b *builder) codes() (all []*chart) {
	for i, s := range b.stories {
		c := b.chartOf(i, "codes", "Attempts that ended with another code than 200, a second", "rate", false)
		var sums record.CodeCounts
		for j := range s.run.Rows {
			for slot, n := range s.run.Rows[j].Codes {
				sums[slot] += n
			}
		}
		var slots []int
		for slot := 1; slot < record.Codes; slot++ {
			if sums[slot] > 0 {
				slots = append(slots, slot)
			}
		}
		slices.SortStableFunc(slots, func(x, y int) int { return int(min(sums[y], 1<<40)) - int(min(sums[x], 1<<40)) })
		for _, slot := range slots[:min(len(slots), mostCodes)] {
			v, _ := s.mean(b.x, func(r *record.Row) float64 { return float64(r.Codes[slot]) })
			c.add(record.CodeName(slot)+" "+short(record.CodeMeaning(slot)), codeColor(slot), v)
		}
		if len(slots) > mostCodes {
			v, _ := s.mean(b.x, func(r *record.Row) (n float64) {
				for _, slot := range slots[mostCodes:] {
					n += float64(r.Codes[slot])
				}
				return n
			})
			c.add("others", grey, v)
		}
		all = append(all, c)
	}
	return all
}

// codeColor is the same for a code in every chart and every run.
func codeColor(slot int) int {
	switch record.CodeName(slot) {
	case "408":
		return purple
	case "415":
		return orange
	case "416":
		return red
	case "417":
		return pink
	case "503":
		return blue
	}
	return []int{brown, olive, cyan, green}[slot%4]
}

// short is the first words of a meaning.
func short(meaning string) string {
	head, _, _ := strings.Cut(meaning, ",")
	return head
}

// phases is where the time of an attempt went.
func (b *builder) phases() (all []*chart) {
	palette := []int{grey, olive, cyan, purple, pink, orange, blue}
	top := 0.0
	for i, s := range b.stories {
		c := b.chartOf(i, "phases", "Phases of an attempt: mean over time", "seconds", false)
		c.Kind, c.Steps = "stack", true
		c.Note = "The phases of attempts that succeeded add up to connect_to_logged_in."
		sums := make(values, b.x.n)
		for k := 0; record.PhaseWait+record.Metric(k) <= record.PhaseLogin; k++ {
			m := record.PhaseWait + record.Metric(k)
			v := s.curve(b.x, m, meanOf)
			c.add(phaseName(m.String()), palette[k], v)
			for j, one := range v {
				if one > 0 {
					sums[j] += one
				}
			}
		}
		top = max(top, sums.top())
		all = append(all, c)
	}
	for _, c := range all {
		c.Top = top
	}
	return all
}

// phaseName is a phase for people.
func phaseName(name string) string {
	if name == record.PhaseWait.String() {
		return "late start" // Not a wait at the gateway: the generator's own.
	}
	return strings.ReplaceAll(strings.TrimPrefix(name, "phase_"), "_", " ")
}

// recovery is when those whom each fault dropped were back.
func (b *builder) recovery() []*chart {
	c := &chart{ID: "recovery", Title: "Recovery: share of the drops of each fault that are over", Kind: "lines", Along: "after", Unit: "share", Top: 1}
	longest := 0.0
	for _, s := range b.stories {
		for _, e := range s.sum.Timeline {
			if h := s.entries[e.Entry]; e.Hit > 0 && h.Count() > 0 {
				longest = max(longest, h.Max().Seconds())
			}
		}
	}
	const points = 240
	for i := range points + 1 {
		c.Xs = append(c.Xs, longest*1.02*float64(i)/points)
	}
	palette := []int{blue, orange, green, red, purple, brown, pink, olive, cyan, grey}
	for i, s := range b.stories {
		drawn := 0
		for _, e := range s.sum.Timeline {
			h := s.entries[e.Entry]
			if e.Hit == 0 || h.Count() == 0 || drawn == mostCurves {
				continue
			}
			c.add(b.name(i, e.Entry), palette[drawn%len(palette)], shares(h, c.Xs, float64(max(e.Drops, e.Hit))),
				func(one *series) { one.Dash = i > 0 })
			drawn++
		}
	}
	c.Note = "Counted from the instant at which the fault began."
	if b.several() {
		c.Note += " Dashed: every run but the first."
	}
	return []*chart{c}
}

// mostCurves is how many faults have a curve.
const mostCurves = 10

// shares are how many of so many values lie below each x.
func shares(h *record.Histogram, xs values, of float64) values {
	v := make(values, len(xs))
	at, seen := 0, int64(0)
	for b := range h.Buckets() {
		for at < len(xs) && xs[at] < b.To.Seconds() {
			v[at] = min(float64(seen)/of, 1)
			at++
		}
		seen += b.Count
	}
	for ; at < len(xs); at++ {
		v[at] = min(float64(seen)/of, 1)
	}
	return v
}

// kicks is who was pushed out when, and limits who was refused with 416.
func (b *builder) kicks() []*chart {
	c := b.chart("kicks", "Clients pushed out, a second", "rate", false)
	palette := []int{orange, red, purple, pink, brown, grey}
	for i, s := range b.stories {
		for reason := range record.Reasons {
			v, _ := s.mean(b.x, func(r *record.Row) float64 { return float64(r.Kicks[reason]) })
			c.add(b.name(i, reasonLabel(reason)), palette[reason%len(palette)], v, func(one *series) { one.Dash = i > 0 })
		}
	}
	return []*chart{c}
}

func reasonLabel(reason int) string { return "by " + record.ReasonName(reason) }

func (b *builder) limits() []*chart {
	c := b.chart("limit", "Attempts refused with 416, a second", "rate", false)
	slot := 0
	for i := range record.Codes {
		if record.CodeName(i) == "416" {
			slot = i
		}
	}
	for i, s := range b.stories {
		v, _ := s.mean(b.x, func(r *record.Row) float64 { return float64(r.Codes[slot]) })
		c.add(b.name(i, "416"), b.color(i, red), v)
	}
	return []*chart{c}
}
