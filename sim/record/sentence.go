package record

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/dustin/go-humanize"
)

// comma writes a count for people: 1,850.
func comma(n uint64) string { return humanize.Comma(int64(min(n, 1<<63-1))) }

// perSecond writes a rate for people: 1,850, 48.2, 0.35.
func perSecond(v float64) string {
	switch {
	case v >= 100:
		return comma(uint64(math.Round(v)))
	case v >= 10 || v == 0:
		return trimZero(strconv.FormatFloat(v, 'f', 1, 64))
	}
	return trimZero(strconv.FormatFloat(v, 'f', 2, 64))
}

// Ratio writes a herd index or an amplification for people: 7.6, 12, 1,850.
func Ratio(v float64) string {
	if v >= 100 {
		return perSecond(v)
	}
	return trimZero(strconv.FormatFloat(v, 'f', 1, 64))
}

func trimZero(s string) string {
	if strings.Contains(s, ".") {
		s = strings.TrimSuffix(strings.TrimRight(s, "0"), ".")
	}
	return s
}

// Percent writes a share for people: 0.4 %, 99.9 %.
func Percent(share float64) string {
	p := share * 100
	switch {
	case p > 0 && p < 0.01:
		return "< 0.01 %"
	case share < 1 && p > 99.99:
		return "> 99.99 %"
	}
	digits := 1
	if p < 1 || p > 99 {
		digits = 2
	}
	return trimZero(strconv.FormatFloat(p, 'f', digits, 64)) + " %"
}

// sentence says in words what happened. Every figure in it has its count.
func (s *Storm) sentence() string {
	var parts []string
	say := func(format string, args ...any) { parts = append(parts, fmt.Sprintf(format, args...)) }
	if s.Hit > 0 {
		say("%s", s.cameBack())
	}
	if s.Attempts > 0 {
		say("%s", s.tried())
	}
	if s.Herd.Total > 0 {
		say("%s", s.herdText())
	}
	if waves := s.WaveText(); waves != "" {
		say("%s", waves)
	}
	if s.LoginsWasted > 0 {
		were := "were"
		if s.LoginsWasted == 1 {
			were = "was"
		}
		say("%s of %s %s wasted (%s)", comma(s.LoginsWasted), plural(s.LoginsSent, "login request"), were, Percent(s.Wasted()))
	}
	if len(parts) == 0 {
		return "nothing was asked for"
	}
	return strings.Join(parts, "; ")
}

// tried says how often those who dropped tried.
func (s *Storm) tried() string {
	who, each := "the "+comma(s.Hit), "each that came back"
	switch {
	case s.Hit == 1:
		who = "it"
	case s.Entry == "" && (s.mixed || s.Drops > s.Hit): // The same ones dropped again.
		who, each = "they", "each time that they came back"
	}
	if s.Drops > s.Hit && s.Entry != "" {
		each = "each time that they came back"
		if s.Hit == 1 {
			each = "each time that it came back"
		} else {
			who += fmt.Sprintf(" that dropped %s times", comma(s.Drops))
		}
	}
	text := who + " made " + plural(s.Attempts, "attempt")
	switch {
	case s.returns > 0 && s.Hit == 1 && s.Drops <= 1:
		return text
	case s.returns > 0:
		return text + fmt.Sprintf(", %s for %s", Ratio(s.Amplification), each)
	case s.Attempts == 1:
		return text + ", which brought nobody back"
	}
	return text + ", none of which brought anybody back"
}

// the writes all of a number: the one, the 1,850.
func the(n uint64) string {
	if n == 1 {
		return "the one"
	}
	return "the " + comma(n)
}

// are is the verb of a number.
func are(n uint64) string {
	if n == 1 {
		return "is"
	}
	return "are"
}

// were says how many clients were: nobody was, 1 client was, 1,850 clients were.
func were(n uint64) string {
	switch n {
	case 0:
		return "nobody was"
	case 1:
		return "1 client was"
	}
	return comma(n) + " clients were"
}

// allBack says that all are back who dropped.
func allBack(n uint64) string {
	if n == 1 {
		return "the one that dropped is back"
	}
	return "all " + comma(n) + " that dropped are back"
}

// ofMissing writes some of those who are missing: 3 of the 12 that are missing.
func ofMissing(n, missing uint64) string {
	if missing == 1 {
		return "the one that is missing"
	}
	return comma(n) + " of the " + comma(missing) + " that are missing"
}

// times writes how often something happened: once, 1,850 times.
func times(n uint64) string {
	if n == 1 {
		return "once"
	}
	return comma(n) + " times"
}

// cameBack says who dropped and who is back.
func (s *Storm) cameBack() string {
	dropped, returned := s.Hit, s.Back
	text, back := plural(dropped, "client")+" dropped, ", " are back"
	switch {
	case s.Entry == "":
		dropped, returned = s.Drops, s.returns
		text, back = "clients dropped "+times(dropped)+", ", " times they came back"
		if dropped == 1 {
			text = "a client dropped once, "
		}
	case s.Drops > s.Hit:
		text = fmt.Sprintf("%s dropped %s times, ", plural(dropped, "client"), comma(s.Drops))
	}
	switch {
	case returned == dropped && dropped == 1:
		text += "it is back"
	case returned == dropped:
		text += "all are back"
	case returned == 0 && dropped == 1:
		return text + "it is not back"
	case returned == 0:
		return text + "none is back"
	case returned == 1 && s.Entry == "":
		text += "once one came back"
	case returned == 1:
		text += "1 is back"
	default:
		text += comma(returned) + back
	}
	if s.Gradual {
		text += fmt.Sprintf(", half of the time within %s of a client's own drop, 99 %% within %s", FormatSpan(s.Own.P50.Duration()), FormatSpan(s.Own.P99.Duration()))
	}
	for i := len(s.Milestones) - 1; i >= 0; i-- {
		if m := s.Milestones[i]; m.Reached {
			text += fmt.Sprintf(", %g %% after %s", m.Percent, FormatSpan(m.After.Duration()))
			break
		}
	}
	return text
}

// plural writes how many there are of something: 1 attempt, 1,850 attempts.
func plural(n uint64, one string) string {
	if n == 1 {
		return "1 " + one
	}
	return comma(n) + " " + one + "s"
}
