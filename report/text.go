package report

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

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
	p.storms(s)
	p.noticed(s)
	p.latency(s)
	p.phases(s)
	p.attempts(s)
	p.calls(s)
	p.kicks(s)
	p.lockouts(s)
	p.targets(s)
	p.health(s)
	p.end(s)
	_, err := w.Write(bytes.ReplaceAll(p.Bytes(), []byte(glue), []byte(" ")))
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
	fmt.Fprintln(p)
	for _, line := range p.lines("", "", text) {
		if p.o.Color {
			line = "\x1b[1m" + line + "\x1b[0m"
		}
		fmt.Fprintln(p, line)
	}
}

// wrap writes words in lines of at most the terminal's width, behind an indent.
func (p *page) wrap(first, indent, text string) {
	for _, line := range p.lines(first, indent, text) {
		fmt.Fprintln(p, strings.TrimRight(line, " "))
	}
}

// lines breaks words in lines of at most the terminal's width.
func (p *page) lines(first, indent, text string) (all []string) {
	line, width := first, p.o.Width
	if width <= 0 {
		width = 1 << 20
	}
	empty := true
	for _, word := range strings.Fields(text) {
		if !empty && columns(line)+1+columns(word) > width {
			all = append(all, line)
			line, empty = indent, true
		}
		if !empty {
			line += " "
		}
		line, empty = line+word, false
	}
	return append(all, line)
}

// glue becomes a blank at which no line is broken.
const glue = "\x00"

// columns is how wide text is on a terminal: colours take no place.
func columns(text string) (n int) {
	escape := false
	for _, r := range text {
		switch {
		case r == '\x1b':
			escape = true
		case escape:
			escape = r != 'm'
		default:
			n++
		}
	}
	return n
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
	head := fmt.Sprintf("%s (%s, seed %d), %s", s.Name, s.Driver, s.Seed, record.FormatSpan(s.Ran.Duration()))
	if s.Driver == "" { // Without a run.json neither is known.
		head = s.Name + ", " + record.FormatSpan(s.Ran.Duration())
	}
	if s.Planned > s.Ran+record.Seconds(time.Second) {
		head += " of the planned " + record.FormatSpan(s.Planned.Duration())
	}
	p.wrap(p.paint(v == record.Pass, v == record.Failed || v == record.Broken, word)+"  ", "  ", head)
	if s.Interrupted != "" {
		p.wrap("  ended early: ", "    ", s.Interrupted)
	}
	for _, missing := range s.Missing {
		p.wrap("  missing: ", "    ", missing)
	}
	// What to expect stands below the question, and is for whom reads the scenario.
	if question, _, _ := strings.Cut(s.Question, "\n\n"); question != "" {
		p.wrap("  ", "  ", question)
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

// statuses lists clients by status, loggedIn first, those who never began last.
func statuses(n record.StatusCounts) string {
	var parts []string
	for i := range n {
		s := (int(login.LoggedIn) + i) % login.Statuses
		if n[s] != 0 && login.Status(s) != login.Unknown {
			parts = append(parts, login.Status(s).String()+glue+number(n[s]))
		}
	}
	if u := n[login.Unknown]; u != 0 {
		parts = append(parts, login.Unknown.String()+glue+number(u)+" (never began)")
	}
	if len(parts) == 0 {
		return "nobody"
	}
	return strings.Join(parts, ", ")
}

func (p *page) achieved(s *Summary) {
	p.title("Asked and achieved")
	t := &table{left: 1}
	t.add("population", "clients", "at the end")
	var clients uint64
	for _, pop := range s.Populations {
		if pop.Clients > 0 {
			t.add(pop.Name, number(pop.Clients), statuses(pop.Statuses))
			clients += pop.Clients
		}
	}
	if clients == 0 {
		for _, n := range s.Statuses {
			clients += uint64(max(n, 0))
		}
	}
	if len(t.rows) != 2 {
		t.add(All, number(clients), statuses(s.Statuses))
	}
	t.write(p, true)
	p.wrap("  ", "    ", fmt.Sprintf("attempts: %s began%s", number(s.Dials), peak(s.PeakDials)))
	p.wrap("  ", "    ", fmt.Sprintf("logins: %s succeeded%s", number(s.Logins), peak(s.PeakLogins)))
}

// peak says what the busiest second was.
func peak(p record.Peak) string {
	if p.Count == 0 {
		return ""
	}
	return fmt.Sprintf(", at most %s in a second (from %ds on)", number(p.Count), p.Second)
}

func (p *page) thresholds(s *Summary) {
	if len(s.Thresholds) == 0 {
		if s.Judgement.Verdict == record.Pass {
			p.title("Thresholds")
			p.wrap("  ", "  ", "none: no figure was asked to hold")
		}
		return
	}
	p.title("Thresholds")
	width, longest := 0, 0
	was := make([]string, len(s.Thresholds))
	for i, o := range s.Thresholds {
		was[i] = "it was " + o.Value
		if o.Reason != "" {
			was[i] = o.Reason
		} else if !strings.HasPrefix(o.Text, "count(") {
			was[i] += " (" + number(o.Count) + " " + o.Unit() + ")"
		}
		width, longest = max(width, columns(o.Text)), max(longest, columns(was[i]))
	}
	for i, o := range s.Thresholds {
		word := "pass"
		if !o.Pass {
			word = "FAIL"
		}
		head := "  " + p.paint(o.Pass, !o.Pass, word) + "  "
		if p.o.Width > 0 && width+10+min(longest, 2*leastWords) > p.o.Width {
			p.wrap(head, "        ", o.Text) // No room beside it.
			p.wrap("        ", "        ", was[i])
			continue
		}
		head += o.Text + strings.Repeat(" ", width-columns(o.Text)) + "  "
		p.wrap(head, strings.Repeat(" ", width+10), was[i])
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
		if found := e.found(s); found != "" {
			p.wrap("          ", "          ", found)
		}
		if e.Expected {
			p.milestones(e)
		}
	}
}

// found says whom an entry asked for, whom it dropped, and what became of those who
// came with it. "" = it drops nobody, and dropped nobody.
func (e *Entry) found(s *Summary) string {
	var parts []string
	again := e.Drops > e.Hit
	switch {
	case e.Asked > 0 && again: // Somebody had several turns.
		parts = append(parts, fmt.Sprintf("asked for %s drops, found online for %s of them", number(e.Asked), number(e.Online)))
	case e.Asked > 0:
		parts = append(parts, fmt.Sprintf("asked %s, found online %s", number(e.Asked), number(e.Online)))
	}
	switch {
	case e.Hit > 0 && again:
		parts = append(parts, fmt.Sprintf("dropped %s clients %s times", number(e.Hit), number(e.Drops)))
	case e.Hit > 0:
		parts = append(parts, "dropped "+number(e.Hit))
	case e.Expected:
		parts = append(parts, "dropped nobody")
	}
	switch {
	case e.Hit > 0 && (e.Expected || e.Back > 0):
		parts = append(parts, "back "+number(e.Back))
	case e.Hit > 0:
		parts = append(parts, "nobody is expected back")
	}
	var brought record.StatusCounts
	for _, pop := range s.Populations {
		if slices.Contains(e.Populations, pop.Name) {
			for i, n := range pop.Statuses {
				brought[i] += n
			}
		}
	}
	if len(e.Populations) > 0 {
		parts = append(parts, "of these clients at the end: "+statuses(brought))
	}
	return strings.Join(parts, ", ")
}

// milestones tells when those whom an entry dropped were back: where it hit one client
// after another, first counted from each one's own drop.
func (p *page) milestones(e Entry) {
	var back []string
	head := "          back: "
	if f := e.Own; e.Gradual {
		each := "each was back"
		if e.Returns() < e.Drops {
			each = fmt.Sprintf("the %s that are over", number(e.Returns()))
		}
		p.wrap("          "+each+": ", "                ", fmt.Sprintf("50"+glue+"%% after"+glue+"%s, 90"+glue+"%% after"+glue+"%s, 99"+glue+"%% after"+glue+"%s, the last one after"+glue+"%s of its own drop",
			span(f.P50, f.Count), span(f.P90, f.Count), span(f.P99, f.Count), span(f.Max, f.Count)))
		head = "          since it began: "
	}
	for _, m := range e.Milestones {
		if m.Reached {
			back = append(back, fmt.Sprintf("%g"+glue+"%% after"+glue+"%s", m.Percent, record.FormatSpan(m.After.Duration())))
		} else {
			back = append(back, fmt.Sprintf("%g"+glue+"%% not yet (%s"+glue+"missing)", m.Percent, number(m.Missing)))
		}
	}
	if len(back) > 0 {
		p.wrap(head, "                ", strings.Join(back, ", "))
	}
}

func (p *page) end(s *Summary) {
	// What is missing stands below the verdict.
	if warnings := s.Warnings[:max(len(s.Warnings)-len(s.Missing), 0)]; len(warnings) > 0 {
		p.title("Warnings")
		for _, warning := range warnings {
			p.wrap("  ", "    ", warning)
		}
	}
	if s.RunDir != "" || s.Replay != "" {
		p.title("Kept")
	}
	if s.RunDir != "" {
		fmt.Fprintf(p, "  in     %s\n", s.RunDir) // Not wrapped: they are copied.
	}
	if s.Replay != "" {
		fmt.Fprintf(p, "  again  %s\n", s.Replay)
	}
}
