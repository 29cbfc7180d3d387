package report

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"loginstorm/sim/record"
)

// figures are the cells of a distribution.
func figures(f record.Figures) []string {
	return []string{number(f.Count), span(f.P50, f.Count), span(f.P90, f.Count), span(f.P99, f.Count),
		span(f.P999, f.Count), span(f.Max, f.Count)}
}

// latency is two tables: how long an attempt took, with what the generator itself
// added to it on the same line, and how long it took to get in at all.
func (p *page) latency(s *Summary) {
	if len(s.Latency) == 0 {
		p.title("Latency")
		fmt.Fprintln(p, "  nobody logged in")
		return
	}
	virtual := s.Driver == Simulate && s.late() == 0
	p.title("Latency: from the instant an attempt was due to loggedIn")
	t := &table{left: 2, drop: []string{"p99.9", "p90", "max", "| begun p99"}}
	head := []string{"population", "origin", "count", "p50", "p90", "p99", "p99.9", "max"}
	if !virtual {
		head = append(head, "| begun p99", "late p99")
	}
	t.add(head...)
	again := false // Whether counting from the first wish tells more.
	for _, l := range s.Latency {
		row := append([]string{l.Population, l.Origin}, figures(l.Connect)...)
		if !virtual {
			row = append(row, span(l.Uncorrected.P99, l.Uncorrected.Count), span(l.Late.P99, l.Late.Count))
		}
		t.add(row...)
		again = again || !slices.Equal(figures(l.Connect), figures(l.Time))
	}
	t.write(p, false)
	if virtual {
		p.wrap("  ", "  ", "In virtual time an attempt begins when it is due: nothing was late, and corrected and uncorrected latency are the same.")
	} else if slices.Contains(t.rows[0], "| begun p99") {
		p.wrap("  ", "  ", "left of the bar: corrected, counted from when an attempt was due; begun: uncorrected, counted from when it really began; late: the generator's own delay between the two, by population.")
	} else {
		p.wrap("  ", "  ", "late: the generator's own delay before an attempt began, by population.")
	}
	if !again {
		p.wrap("  ", "  ", "From the first wish to loggedIn it took the same: nobody needed a second attempt.")
		return
	}
	p.title("Latency: from the first wish to loggedIn, failed attempts and delays included")
	t = &table{left: 2, drop: []string{"p99.9", "p90"}}
	t.add("population", "origin", "count", "p50", "p90", "p99", "p99.9", "max")
	for _, l := range s.Latency {
		t.add(append([]string{l.Population, l.Origin}, figures(l.Time)...)...)
	}
	t.write(p, false)
}

// late is the worst lateness of any login.
func (s *Summary) late() record.Seconds {
	var worst record.Seconds
	for _, l := range s.Latency {
		worst = max(worst, l.Late.Max)
	}
	return worst
}

// phases shows all populations as one; the summary's JSON has them apart.
func (p *page) phases(s *Summary) {
	t := &table{left: 1, drop: []string{"p99.9", "p90"}}
	t.add("phase", "count", "p50", "p90", "p99", "p99.9", "max")
	for _, f := range s.Phases {
		several := slices.ContainsFunc(s.Phases, func(o Phase) bool { return o.Name == f.Name && o.Population == All })
		if several && f.Population != All || f.Figures.P99 == 0 && f.Figures.Max < trifle {
			continue
		}
		name := strings.ReplaceAll(strings.TrimPrefix(f.Name, "phase_"), "_", " ")
		if f.Name == record.PhaseWait.String() {
			name = "late start" // Not a wait at the gateway: the generator's own.
		}
		t.add(append([]string{name}, figures(f.Figures)...)...)
	}
	if len(t.rows) == 1 {
		return
	}
	p.title("Phases of an attempt")
	t.write(p, false)
}

// trifle is what a phase takes at most that attempts of this kind do not have: the
// instants before and after it are read one after the other.
const trifle = record.Seconds(time.Millisecond)

func (p *page) attempts(s *Summary) {
	if len(s.Attempts) == 0 {
		return
	}
	p.title("Attempts that ended")
	t := &table{left: 2}
	t.add("origin", "code", "count", "share", "meaning")
	for _, a := range s.Attempts {
		t.add(a.Origin, a.Code, number(a.Count), percent(a.Share), a.Meaning)
	}
	t.write(p, true)
}

// percent writes a share: 0.125 %.
func percent(share float64) string {
	if share > 0 && share < 0.0001 {
		return "< 0.01 %"
	}
	return strconv.FormatFloat(share*100, 'f', 2, 64) + " %"
}

func (p *page) calls(s *Summary) {
	refused := func(c Calls) bool { return c.Code != record.CodeName(0) }
	if !slices.ContainsFunc(s.Calls, refused) {
		return // The logins above tell it all.
	}
	p.title("Results of the app's calls")
	t := &table{left: 2}
	t.add("call", "code", "count", "meaning")
	for _, c := range s.Calls {
		t.add(c.Call, c.Code, number(c.Count), c.Meaning)
	}
	t.write(p, true)
}

func (p *page) kicks(s *Summary) {
	if u := s.Unsure; u != nil {
		defer p.wrap("  ", "    ", u.Says+".")
	}
	if len(s.Kicks) == 0 {
		if s.Unsure != nil {
			p.title("Pushed out")
		}
		return
	}
	p.title("Pushed out")
	t := &table{left: 1}
	t.add("reason", "count", "meaning")
	for _, k := range s.Kicks {
		t.add(k.Reason, number(k.Count), k.Meaning)
	}
	t.write(p, true)
	p.rivals(s)
}

func (p *page) health(s *Summary) {
	if s.Driver == Simulate {
		p.simulation(s)
	} else {
		p.title("Generator")
	}
	h := s.Health
	t := &table{left: 1, drop: []string{"p99.9", "p90"}}
	t.add("how late", "count", "p50", "p90", "p99", "p99.9", "max")
	for _, f := range []struct {
		name string
		record.Figures
	}{{"attempts began", h.Start}, {"deadlines were met", h.Timer}, {"frames were handled", h.Record}} {
		if f.Count > 0 {
			t.add(append([]string{f.name}, figures(f.Figures)...)...)
		}
	}
	if len(t.rows) > 1 {
		t.write(p, false)
	}
	say := func(format string, args ...any) { p.wrap("  ", "    ", fmt.Sprintf(format, args...)) }
	if s.Driver != Simulate { // A simulation is never late.
		say("attempts: %s of %s began more than 5 ms late, %s never began", number(h.Counters[record.StartsLate]),
			number(s.Dials), number(h.Counters[record.StartsDropped]))
	}
	say("links: %s opened, %s ended; frames: %s in, %s out, %s malformed", number(h.Counters[record.LinksOpened]),
		number(h.Counters[record.LinksEnded]), number(h.Counters[record.FramesIn]), number(h.Counters[record.FramesOut]),
		number(h.Counters[record.FramesMalformed]))
	p.asked(h)
	if h.Clamped > 0 {
		say("%s values were above the range of their metric and count at its end", number(h.Clamped))
	}
	if h.CPU > 0 {
		target := ""
		if h.TargetCPU > 0 {
			target = fmt.Sprintf(", embedded target %.2f", h.TargetCPU)
		}
		say("CPU: generator %.2f cores on average%s", h.CPU, target)
	}
	if h.Strain != nil {
		strained(h.Strain, say)
	}
}
