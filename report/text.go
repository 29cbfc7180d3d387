package report

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/dustin/go-humanize"

	"loginstorm/sim/login"
	"loginstorm/sim/record"
)

// Options say what a summary or a progress line is written to.
type Options struct {
	Color bool
	Width int // Columns of the terminal; 0 = as wide as it gets.
}

// Text writes the summary for people: the verdict and what to do about it first,
// then what was asked and achieved, then where the time went.
func Text(w io.Writer, s *Summary, o Options) error {
	p := &page{o: o}
	p.verdict(s)
	p.achieved(s)
	p.thresholds(s)
	p.timeline(s)
	p.latency(s)
	p.phases(s)
	p.attempts(s)
	p.calls(s)
	p.kicks(s)
	p.health(s)
	p.end(s)
	_, err := w.Write(p.Bytes())
	return err
}

// page is the text being written.
type page struct {
	bytes.Buffer
	o Options
}

// paint colours words of a verdict.
func (p *page) paint(good, bad bool, text string) string {
	switch {
	case !p.o.Color:
		return text
	case good:
		return "\x1b[1;32m" + text + "\x1b[0m"
	case bad:
		return "\x1b[1;31m" + text + "\x1b[0m"
	}
	return "\x1b[1;33m" + text + "\x1b[0m"
}

func (p *page) title(text string) {
	if p.o.Color {
		text = "\x1b[1m" + text + "\x1b[0m"
	}
	fmt.Fprintf(p, "\n%s\n", text)
}

// wrap writes words in lines of at most the terminal's width, behind an indent.
func (p *page) wrap(first, indent, text string) {
	line, width := first, p.o.Width
	if width <= 0 {
		width = 1 << 20
	}
	empty := true
	for _, word := range strings.Fields(text) {
		if !empty && utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > width {
			fmt.Fprintln(p, line)
			line, empty = indent, true
		}
		if !empty {
			line += " "
		}
		line, empty = line+word, false
	}
	fmt.Fprintln(p, line)
}

// number writes a count for people.
func number[N uint64 | int64](n N) string { return humanize.Comma(int64(n)) }

// span writes a span of a distribution; a dash when it has no values.
func span(s record.Seconds, count int64) string {
	if count == 0 {
		return "-"
	}
	return record.FormatSpan(s.Duration())
}

func (p *page) verdict(s *Summary) {
	v := s.Judgement.Verdict
	word := strings.ToUpper(v.String())
	if v == record.Running {
		word = "NO VERDICT"
	}
	fmt.Fprintf(p, "%s  %s (%s, seed %d), %s", p.paint(v == record.Pass, v == record.Failed || v == record.Broken, word),
		s.Name, s.Driver, s.Seed, record.FormatSpan(s.Ran.Duration()))
	if s.Planned > s.Ran+record.Seconds(time.Second) {
		fmt.Fprintf(p, " of the planned %s", record.FormatSpan(s.Planned.Duration()))
	}
	fmt.Fprintln(p)
	if s.Interrupted != "" {
		p.wrap("  ended early: ", "    ", s.Interrupted)
	}
	if s.Question != "" {
		p.wrap("  ", "  ", s.Question)
	}
	for _, reason := range s.Judgement.Reasons {
		p.wrap("  because ", "    ", reason)
	}
	for _, remedy := range s.Judgement.Remedies {
		p.wrap("  remedy: ", "    ", remedy)
	}
	if v == record.Invalid {
		p.wrap("  ", "  ", "The figures below are about the generator, not about the target.")
	}
	if s.Injected {
		p.wrap("  ", "  ", "Network latency was injected on every link: it is part of every figure below.")
	}
}

// statuses lists clients by status, loggedIn first.
func statuses(n record.StatusCounts) string {
	var parts []string
	for i := range n {
		s := (int(login.LoggedIn) + i) % login.Statuses
		if n[s] != 0 {
			parts = append(parts, login.Status(s).String()+" "+number(n[s]))
		}
	}
	if len(parts) == 0 {
		return "nobody"
	}
	return strings.Join(parts, ", ")
}

func (p *page) achieved(s *Summary) {
	p.title("Asked and achieved")
	t := &table{left: 2}
	for _, pop := range s.Populations {
		if pop.Clients > 0 {
			t.add(pop.Name, number(pop.Clients)+" clients", "at the end: "+statuses(pop.Statuses))
		}
	}
	if len(s.Populations) != 1 {
		t.add(All, "", "at the end: "+statuses(s.Statuses))
	}
	began := number(s.Dials) + " began"
	if s.PeakDials.Count > 0 {
		began += fmt.Sprintf(", most in second %d: %s", s.PeakDials.Second, number(s.PeakDials.Count))
	}
	done := number(s.Logins) + " succeeded"
	if s.PeakLogins.Count > 0 {
		done += fmt.Sprintf(", most in second %d: %s", s.PeakLogins.Second, number(s.PeakLogins.Count))
	}
	t.add("attempts", "", began)
	t.add("logins", "", done)
	t.write(p, true)
}

func (p *page) thresholds(s *Summary) {
	if len(s.Thresholds) == 0 {
		return
	}
	p.title("Thresholds")
	width := 0
	for _, o := range s.Thresholds {
		width = max(width, utf8.RuneCountInString(o.Text))
	}
	for _, o := range s.Thresholds {
		word, was := "pass", "it was "+o.Value
		if !o.Pass {
			word = "FAIL"
		}
		if o.Reason != "" {
			was = o.Reason
		} else if !strings.HasPrefix(o.Text, "count(") {
			was += " (" + number(o.Count) + " samples)"
		}
		pad := strings.Repeat(" ", width-utf8.RuneCountInString(o.Text))
		fmt.Fprintf(p, "  %s  %s%s  %s\n", p.paint(o.Pass, !o.Pass, word), o.Text, pad, was)
	}
}

func (p *page) timeline(s *Summary) {
	if len(s.Timeline) == 0 {
		return
	}
	p.title("Timeline")
	for _, e := range s.Timeline {
		says := e.Entry
		if e.Says != "" {
			says += ": " + e.Says
		}
		p.wrap(fmt.Sprintf("  %6s  ", record.FormatSpan(e.At.Duration())), "          ", says)
		if !e.Began && e.Hit == 0 {
			if s.Ran < e.At {
				p.wrap("          ", "          ", "never began: the run ended before")
			}
			continue
		}
		found := ""
		if e.Asked > 0 {
			found = fmt.Sprintf("asked %s, found online %s, ", number(e.Asked), number(e.Online))
		}
		found += fmt.Sprintf("dropped %s, back %s", number(e.Hit), number(e.Back))
		if !e.Expected {
			found += " (nobody is expected back)"
		}
		p.wrap("          ", "          ", found)
		if e.Expected {
			p.milestones(e)
		}
	}
}

// milestones tells when those whom an entry dropped were back.
func (p *page) milestones(e Entry) {
	var back []string
	for _, m := range e.Milestones {
		if m.Reached {
			back = append(back, fmt.Sprintf("%g %% after %s", m.Percent, record.FormatSpan(m.After.Duration())))
		} else {
			back = append(back, fmt.Sprintf("%g %% not yet (%s missing)", m.Percent, number(m.Missing)))
		}
	}
	if len(back) > 0 {
		p.wrap("          back: ", "                ", strings.Join(back, ", "))
	}
}

func (p *page) end(s *Summary) {
	if len(s.Warnings) > 0 {
		p.title("Warnings")
		for _, warning := range s.Warnings {
			p.wrap("  ", "    ", warning)
		}
	}
	if s.RunDir != "" || s.Replay != "" {
		p.title("Kept")
	}
	if s.RunDir != "" {
		fmt.Fprintf(p, "  in     %s\n", s.RunDir)
	}
	if s.Replay != "" {
		fmt.Fprintf(p, "  again  %s\n", s.Replay)
	}
}
