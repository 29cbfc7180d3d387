package report

import (
	"fmt"
	"strconv"
	"strings"

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
	t := &table{left: 2}
	head := []string{"population", "origin", "count", "p50", "p90", "p99", "p99.9", "max"}
	if !virtual {
		head = append(head, "| begun p50", "p99", "| late p50", "p99")
	}
	t.add(head...)
	for _, l := range s.Latency {
		row := append([]string{l.Population, l.Origin}, figures(l.Connect)...)
		if !virtual {
			row = append(row, span(l.Uncorrected.P50, l.Uncorrected.Count), span(l.Uncorrected.P99, l.Uncorrected.Count),
				span(l.Late.P50, l.Late.Count), span(l.Late.P99, l.Late.Count))
		}
		t.add(row...)
	}
	t.write(p, false)
	if virtual {
		p.wrap("  ", "  ", "In virtual time an attempt begins when it is due: nothing was late.")
	} else {
		p.wrap("  ", "  ", "begun: counted from when the attempt really began; late: the generator's own delay before that, by population.")
	}
	p.title("Latency: from the first wish to loggedIn, failed attempts and delays included")
	t = &table{left: 2}
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

func (p *page) phases(s *Summary) {
	t := &table{left: 2}
	t.add("phase", "population", "count", "p50", "p90", "p99", "p99.9", "max")
	for _, f := range s.Phases {
		if f.Figures.Max == 0 {
			continue // A step that attempts of this kind do not have.
		}
		name := strings.ReplaceAll(strings.TrimPrefix(f.Name, "phase_"), "_", " ")
		t.add(append([]string{name, f.Population}, figures(f.Figures)...)...)
	}
	if len(t.rows) == 1 {
		return
	}
	p.title("Phases of an attempt")
	t.write(p, false)
}

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
	if len(s.Calls) == 0 {
		return
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
	if len(s.Kicks) == 0 {
		return
	}
	p.title("Pushed out")
	t := &table{left: 1}
	t.add("reason", "count", "meaning")
	for _, k := range s.Kicks {
		t.add(k.Reason, number(k.Count), k.Meaning)
	}
	t.write(p, true)
}

func (p *page) health(s *Summary) {
	p.title("Generator")
	h := s.Health
	t := &table{left: 1}
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
	fmt.Fprintf(p, "  attempts: %s of %s began more than 5 ms late, %s never began\n", number(h.Counters[record.StartsLate]),
		number(s.Dials), number(h.Counters[record.StartsDropped]))
	fmt.Fprintf(p, "  links: %s opened, %s ended; frames: %s in, %s out, %s malformed\n", number(h.Counters[record.LinksOpened]),
		number(h.Counters[record.LinksEnded]), number(h.Counters[record.FramesIn]), number(h.Counters[record.FramesOut]),
		number(h.Counters[record.FramesMalformed]))
	if h.Clamped > 0 {
		fmt.Fprintf(p, "  %s values were above the range of their metric and count at its end\n", number(h.Clamped))
	}
	if h.CPU > 0 {
		fmt.Fprintf(p, "  CPU: generator %.2f cores on average", h.CPU)
		if h.TargetCPU > 0 {
			fmt.Fprintf(p, ", embedded target %.2f", h.TargetCPU)
		}
		fmt.Fprintln(p)
	}
}
