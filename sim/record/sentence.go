package record

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

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

// Percent writes a share for people: 0.4%, 99.9%.
func Percent(share float64) string {
	p := share * 100
	switch {
	case p > 0 && p < 0.01:
		return "< 0.01%"
	case share < 1 && p > 99.99:
		return "> 99.99%"
	}
	digits := 1
	if p < 1 || p > 99 {
		digits = 2
	}
	return trimZero(strconv.FormatFloat(p, 'f', digits, 64)) + "%"
}

// sentence says in words what happened. Every figure in it has its count.
func (s *Storm) sentence() string {
	var parts []string
	say := func(format string, args ...any) { parts = append(parts, fmt.Sprintf(format, args...)) }
	if s.Hit > 0 {
		say("%s", s.returned())
	}
	if s.Attempts > 0 && s.Back > 0 {
		say("the %s made %s attempts, %s for each that came back", comma(s.Hit), comma(s.Attempts), Ratio(s.Amplification))
	} else if s.Attempts > 0 {
		say("the %s made %s attempts, none of which brought anybody back", comma(s.Hit), comma(s.Attempts))
	}
	if s.Offered.Total > 0 {
		say("herd index %s: at most %s attempts in a second, %s a second on average over %d s", Ratio(s.HerdIndex),
			comma(s.Offered.Peak), perSecond(s.Offered.Mean), s.Until-s.From)
	}
	if waves := s.WaveText(); waves != "" {
		say("%s", waves)
	}
	if s.LoginsWasted > 0 {
		say("%s of %s login requests were wasted (%s)", comma(s.LoginsWasted), comma(s.LoginsSent), Percent(s.Wasted()))
	}
	if len(parts) == 0 {
		return "nothing was asked for"
	}
	return strings.Join(parts, "; ")
}

// returned says who dropped and who is back.
func (s *Storm) returned() string {
	text := fmt.Sprintf("%s clients dropped, ", comma(s.Hit))
	if s.Entry == "" {
		text = fmt.Sprintf("%s drops of clients, ", comma(s.Hit))
	}
	switch s.Back {
	case s.Hit:
		text += "all are back"
	case 0:
		return text + "none is back"
	default:
		text += comma(s.Back) + " are back"
	}
	for i := len(s.Milestones) - 1; i >= 0; i-- {
		if m := s.Milestones[i]; m.Reached {
			return text + fmt.Sprintf(", %g%% of them after %s", m.Percent, FormatSpan(m.After.Duration()))
		}
	}
	return text
}

// WaveText says in words what waves there were; "" = there was one, or none.
func (s *Storm) WaveText() string {
	switch {
	case s.WaveCount < 2 || len(s.Waves) < 2:
		return ""
	case s.Regular >= regularLeast:
		text := fmt.Sprintf("%d waves, one every %s: the herd stays in phase", s.WaveCount, FormatSpan(s.Period.Duration()))
		if s.Regular < s.WaveCount {
			text = fmt.Sprintf("%d waves, %d of them in a row one every %s: the herd stays in phase", s.WaveCount, s.Regular, FormatSpan(s.Period.Duration()))
		}
		if whole := s.Period.Duration().Seconds(); s.HerdIndex > 0 && whole > 1 {
			text += fmt.Sprintf(" (the herd index of one wholly in phase is %s; jitter would spread it)", Ratio(whole))
		}
		return text
	}
	second := s.Waves[1]
	text := fmt.Sprintf("a second wave of %s attempts began %s after the first", comma(second.Attempts), FormatSpan((second.At - s.Waves[0].At).Duration()))
	if s.WaveCount > 2 {
		text = fmt.Sprintf("%d waves: %s", s.WaveCount, text)
	}
	return text
}
