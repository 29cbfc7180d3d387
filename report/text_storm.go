package report

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"loginstorm/sim/record"
)

const (
	// mostStorms is how many storms are told in full; mostNamed how many more are named
	// with their kind. The summary's JSON has all of them.
	mostStorms = 8
	mostNamed  = 24
	// mostReasons is how many reasons for being away are listed for a storm.
	mostReasons = 6
	// curveColumns is how wide a curve is where there is room.
	curveColumns = 72
	// curveLeast is how many points and attempts are worth a curve.
	curveLeast = 5
)

// storms tells what each fault made of the load, and what was left of it.
func (p *page) storms(s *Summary) {
	var told []record.Storm
	var run *record.Storm
	for i := range s.Storms {
		if s.Storms[i].Entry == "" {
			run = &s.Storms[i]
		} else {
			told = append(told, s.Storms[i])
		}
	}
	alone := run != nil && len(told) == 0 && (run.Class != record.Calm || run.WaveCount > 1 || len(run.Stranded) > 0)
	if len(told) == 0 && !alone {
		return
	}
	p.title("Storms")
	for i := range told[:min(len(told), mostStorms)] {
		p.storm(&told[i], told[i].Entry)
	}
	p.named(told)
	switch {
	case run == nil:
	case alone:
		p.storm(run, "the whole run")
	case len(told) == 1 && run.Class == told[0].Class:
		p.others(run, told)
	default:
		p.kind(run, "the whole run", true)
		p.others(run, told)
	}
}

// others says who else was not loggedIn at the end than those of the storms told.
func (p *page) others(run *record.Storm, told []record.Storm) {
	rest := *run
	rest.Stranded = slices.DeleteFunc(slices.Clone(run.Stranded), func(one record.Stranded) bool {
		return slices.ContainsFunc(told, func(s record.Storm) bool { return one.Entry != "" && s.Entry == one.Entry })
	})
	if len(told) > mostStorms {
		return // Too many to tell apart whose they are.
	}
	who := "not loggedIn at the end"
	if len(rest.Stranded) < len(run.Stranded) {
		who = "others not loggedIn at the end"
	}
	p.stranded(&rest, who)
}

// named counts the storms that are not told in full, and names those that did not
// recover.
func (p *page) named(told []record.Storm) {
	if len(told) <= mostStorms {
		return
	}
	counts := map[record.Class]int{}
	var names []string
	for _, e := range told[mostStorms:] {
		counts[e.Class]++
		if !e.Class.Good() && len(names) < mostNamed {
			names = append(names, e.Entry)
		}
	}
	var kinds []string
	for c := record.Unjudged; c <= record.NotRecovered; c++ {
		if counts[c] > 0 {
			kinds = append(kinds, fmt.Sprintf("%s %s", number(int64(counts[c])), c.Phrase()))
		}
	}
	text := fmt.Sprintf("%s more: %s", number(int64(len(told)-mostStorms)), strings.Join(kinds, ", "))
	if len(names) > 0 {
		text += "; the first that did not recover: " + strings.Join(names, ", ")
	}
	p.wrap("  ", "    ", text)
}

// kind says what kind of storm it was; why, unless that says no more than the rest.
func (p *page) kind(s *record.Storm, name string, why bool) {
	p.wrap("  ", "    ", name+": "+p.paint(s.Class.Good(), s.Class.Bad(), s.Class.Phrase()))
	if why && s.Because != "" {
		p.wrap("    ", "      ", glued(s.Because))
	}
}

func (p *page) storm(s *record.Storm, name string) {
	p.kind(s, name, !s.Class.Good() || len(s.Stranded) > 0) // Who is out of a storm that is over has a reason.
	for i, part := range strings.Split(s.Sentence, "; ") {
		if i == 0 && s.Hit > 0 && s.Entry != "" {
			continue // The timeline says who dropped and who is back.
		}
		p.wrap("    ", "      ", glued(part))
	}
	p.curve(s)
	p.stranded(s, "not loggedIn at the end")
}

// glued keeps numbers with their units on a line.
func glued(text string) string {
	for _, unit := range []string{" %", " s ", " logins/s", " attempts/s"} {
		text = strings.ReplaceAll(text, unit, glue+unit[1:])
	}
	return text
}

// curve draws what was offered above what succeeded, to one scale.
func (p *page) curve(s *record.Storm) {
	c := s.Curve
	if len(c.Offered) < curveLeast || len(c.Goodput) != len(c.Offered) || c.Step < 1 || s.Offered.Total < curveLeast {
		return
	}
	last := len(c.Offered) // Behind it nothing happens.
	for last > curveLeast && c.Offered[last-1] == 0 && c.Goodput[last-1] == 0 {
		last--
	}
	room := curveColumns
	if p.o.Width > 0 {
		room = min(room, p.o.Width-14)
	}
	if room < curveLeast {
		return
	}
	offered, each := squeeze(c.Offered[:last], room)
	goodput, _ := squeeze(c.Goodput[:last], room)
	top := max(slices.Max(offered), slices.Max(goodput))
	fmt.Fprintf(p, "    attempts  %s\n", strings.TrimRight(spark(offered, top), " "))
	fmt.Fprintf(p, "    logins    %s\n", strings.TrimRight(spark(goodput, top), " "))
	step := time.Duration(c.Step*each) * time.Second
	p.wrap("              ", "              ", fmt.Sprintf("from second %d on, %s a column, at most %s a second", c.From,
		record.FormatSpan(step), number(int64(top/float64(c.Step)+0.5))))
}

// stranded says who never came back, and why; who names those that no entry dropped.
func (p *page) stranded(s *record.Storm, who string) {
	if len(s.Stranded) == 0 {
		return
	}
	var sum uint64
	for _, one := range s.Stranded {
		sum += one.Count
	}
	if s.Hit > 0 && s.Entry != "" {
		p.wrap("    ", "      ", fmt.Sprintf("never came back: %s of %s (%s):", number(sum), number(s.Hit), glued(record.Percent(float64(sum)/float64(max(s.Hit, sum))))))
	} else {
		p.wrap("    ", "      ", fmt.Sprintf("%s: %s:", who, number(sum)))
	}
	t := &table{left: 0}
	for _, one := range s.Stranded[:min(len(s.Stranded), mostReasons)] {
		t.add("  "+number(one.Count), one.Status+after(one.Code), one.Why)
	}
	if more := len(s.Stranded) - mostReasons; more > 0 {
		var rest uint64
		for _, one := range s.Stranded[mostReasons:] {
			rest += one.Count
		}
		t.add("  "+number(rest), "others", "for less common reasons")
	}
	t.words(p, "    ")
}

// after names the code of a last attempt.
func after(code string) string {
	switch code {
	case "", record.CodeName(0):
		return ""
	}
	return " after " + code
}

// noticed shows how long clients took to notice what had happened to them, where that
// took any time.
func (p *page) noticed(s *Summary) {
	titled := false
	for _, d := range s.Distributions {
		if d.Metric != record.Detection.String() || d.Figures.Max.Duration() < time.Second {
			continue
		}
		if !titled {
			p.title("Noticed: from the fault to leaving loggedIn")
			titled = true
		}
		f := d.Figures
		p.wrap("  ", "    ", fmt.Sprintf("%s: %s noticed after %s to %s, half of them within %s, 99"+glue+"%% within %s", d.Entry, someClients(f.Count),
			span(f.Min, f.Count), span(f.Max, f.Count), span(f.P50, f.Count), span(f.P99, f.Count)))
		p.bars("    ", d.Bins)
	}
}

// someClients writes how many clients there are.
func someClients(n int64) string { return several(n, "1 client", "clients") }

// several writes a number of something, one of it in words of its own.
func several(n int64, one, many string) string {
	if n == 1 {
		return one
	}
	return number(n) + " " + many
}

// rivals says how kicks travelled, and whether devices fought over an account.
func (p *page) rivals(s *Summary) {
	r := s.Rivals
	if r == nil {
		return
	}
	say := func(format string, args ...any) { p.wrap("  ", "    ", fmt.Sprintf(format, args...)) }
	if f := r.Delivery; f.Count > 0 {
		text := fmt.Sprintf("a kick took, from the winner's 200 to the loser's notice: p50 %s, p99 %s, at most %s (%s)",
			span(f.P50, f.Count), span(f.P99, f.Count), span(f.Max, f.Count), several(f.Count, "1 kick", "kicks"))
		if f.Min == 0 {
			text += "; 0 where the loser heard it first"
		}
		say("%s", text)
		p.spread(s, record.KickDelivery)
	}
	if r.Wars > 0 {
		text := fmt.Sprintf("kick wars: %s, with %s in all", number(r.Wars), several(int64(r.WarKicks), "1 kick", "kicks"))
		if f := r.War; f.Count > 0 {
			text += fmt.Sprintf("; half of them lasted at most %s, the longest %s (%s)", span(f.P50, f.Count), span(f.Max, f.Count), several(f.Count, "1 war", "wars"))
		}
		say("%s", text)
	}
	if f := r.Overlap; f.Max > 0 {
		say("two sessions of an account beside each other: %s, %s s in all, at most %s", several(f.Count, "once", "times"), decimal(r.OverlapSum), span(f.Max, f.Count))
	}
}

// lockouts says whom the limit on logins kept out, and for how long.
func (p *page) lockouts(s *Summary) {
	l := s.Lockouts
	if l == nil || l.Accounts == 0 && l.Lasted.Count == 0 {
		return // Refusals alone are among the attempts.
	}
	p.title("Locked out by the limit on logins (416)")
	say := func(format string, args ...any) { p.wrap("  ", "    ", fmt.Sprintf(format, args...)) }
	still := several(int64(l.Still), "1 still was", "still were")
	say("%s refused; %s an account was locked out, %s at the end", several(int64(l.Refused), "1 attempt was", "attempts were"), several(int64(l.Accounts), "once", "times"), still)
	if f := l.Lasted; f.Count > 0 {
		say("from the first 416 to the next 200: p50 %s, p99 %s, at most %s (%s), %s s in all", span(f.P50, f.Count), span(f.P99, f.Count),
			span(f.Max, f.Count), several(f.Count, "1 lockout", "lockouts"), decimal(l.Sum))
		p.spread(s, record.Lockout)
	}
}

// spread draws the distribution of a metric when there is enough in it to see.
func (p *page) spread(s *Summary, m record.Metric) {
	const few = 20
	for _, d := range s.Distributions {
		if d.Metric == m.String() && d.Figures.Count >= few && len(d.Bins) > 2 {
			p.bars("    ", d.Bins)
		}
	}
}

// decimal writes a sum of seconds: 1,850, 12.5, 0.042.
func decimal(seconds float64) string {
	if seconds >= 100 {
		return number(int64(min(seconds, 1<<62)))
	}
	return fmt.Sprintf("%.3g", seconds)
}

// asked counts questions that are asked before a login leaves.
func (p *page) asked(h Health) {
	say := func(format string, args ...any) { p.wrap("  ", "    ", fmt.Sprintf(format, args...)) }
	if n := h.Counters[record.TokensFetched]; n > 0 {
		say("tokens: %s asked of the app server, %s not given", number(n), number(h.Counters[record.TokensFailed]))
	}
	if n := h.Counters[record.AddressesAsked]; n > 0 {
		say("addresses: %s questions to the address server, %s not answered", number(n), number(h.Counters[record.AddressesFailed]))
	}
	if n := h.Counters[record.ConnectsBlocked]; n > 0 {
		say("attempts that a fault of the timeline refused: %s", number(n))
	}
}
