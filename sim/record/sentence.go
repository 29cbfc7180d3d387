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
	if s.Attempts > 0 && s.returns > 0 {
		who, each := comma(s.Hit), "each that came back"
		if s.Drops > s.Hit && s.Entry != "" {
			who, each = fmt.Sprintf("%s that dropped %s times", who, comma(s.Drops)), "each time that they came back"
		}
		say("the %s made %s attempts, %s for %s", who, comma(s.Attempts), Ratio(s.Amplification), each)
	} else if s.Attempts > 0 {
		say("the %s made %s attempts, none of which brought anybody back", comma(s.Hit), comma(s.Attempts))
	}
	switch {
	case s.Offered.Total == 0:
	case s.Return.Total > 0:
		gone := "once the trigger was gone"
		if s.again < seconds(s.FaultOver) {
			gone = "once " + s.Entry + " was over" // Something else still was not.
		}
		say("herd index %s: %s at most %s attempts in a second came%s, %s a second on average over %d s", Ratio(s.HerdIndex), gone,
			comma(s.Return.Peak), s.times(), perSecond(s.Return.Mean), s.returned-s.again)
	default:
		say("herd index %s: at most %s attempts in a second, %s a second on average over %d s", Ratio(s.HerdIndex),
			comma(s.Offered.Peak), perSecond(s.Offered.Mean), s.Until-s.From)
	}
	if waves := s.WaveText(); waves != "" {
		say("%s", waves)
	}
	if s.LoginsWasted > 0 {
		were := "were"
		if s.LoginsWasted == 1 {
			were = "was"
		}
		say("%s of %s login requests %s wasted (%s)", comma(s.LoginsWasted), comma(s.LoginsSent), were, Percent(s.Wasted()))
	}
	if len(parts) == 0 {
		return "nothing was asked for"
	}
	return strings.Join(parts, "; ")
}

// cameBack says who dropped and who is back.
func (s *Storm) cameBack() string {
	dropped, returned := s.Hit, s.Back
	text, back := fmt.Sprintf("%s clients dropped, ", comma(dropped)), "are back"
	switch {
	case s.Entry == "":
		dropped, returned = s.Drops, s.returns
		text, back = fmt.Sprintf("clients dropped %s times, ", comma(dropped)), "times they came back"
	case s.Drops > s.Hit:
		text = fmt.Sprintf("%s clients dropped %s times, ", comma(dropped), comma(s.Drops))
	}
	switch returned {
	case dropped:
		text += "all are back"
	case 0:
		return text + "none is back"
	default:
		text += comma(returned) + " " + back
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

// times compares what came with what can be served, where that is known.
func (s *Storm) times() string {
	if s.Capacity.Estimated || s.Capacity.PerSecond <= 0 {
		return ""
	}
	times := Ratio(float64(s.Return.Peak) / s.Capacity.PerSecond)
	if times == "0" {
		return ""
	}
	return fmt.Sprintf(", %s times the capacity of %s", times, s.Capacity)
}

const (
	// spreadHit and spreadTries are how many clients have to have dropped, and how often
	// each has to have tried each time, for it to be worth saying that there were no waves.
	spreadHit   = 50
	spreadTries = 2
)

// WaveText says in words what waves there were, and what that tells of the backoff. ""
// = there was one, or none, and few tried often enough for more.
func (s *Storm) WaveText() string {
	switch {
	case s.WaveCount < 2 || len(s.Waves) < 2:
		if s.Ended == "back" && s.Hit >= spreadHit && s.Attempts >= spreadTries*max(s.Hit, s.Drops) {
			return "no second wave: the herd spreads out"
		}
		return ""
	case s.Regular >= regularLeast:
		return s.inPhase()
	}
	second := s.Waves[1]
	gap := FormatSpan((second.At - s.Waves[0].At).Duration())
	if s.Entry == "" { // What arrives as planned comes in waves too, but is no echo of the first.
		return fmt.Sprintf("%d waves, the second one of %s attempts %s after the first", s.WaveCount, comma(second.Attempts), gap)
	}
	text := fmt.Sprintf("a second wave of %s attempts began %s after the first", comma(second.Attempts), gap)
	if s.WaveCount > 2 {
		text = fmt.Sprintf("%d waves: %s", s.WaveCount, text)
	}
	return text
}

const (
	// inPhaseLeast is how many waves in a row are no chance; sizeSlack is how many times
	// larger than the one before it a wave of the same herd, some of it let in, may not be,
	// nor that one than it.
	inPhaseLeast = 4
	sizeSlack    = 2
)

// similar reports whether as many waves as are regular are of the size of those before
// them.
func (s *Storm) similar() bool {
	row, longest := 1, 1
	for i := 1; i < len(s.Waves); i++ {
		a, b := s.Waves[i-1].Attempts, s.Waves[i].Attempts
		if row++; a > sizeSlack*b || b > sizeSlack*a {
			row = 1
		}
		longest = max(longest, row)
	}
	return longest >= min(s.Regular, len(s.Waves)-1) || longest >= inPhaseLeast
}

// inPhase says how a herd without jitter comes back. N clients that come once in a
// period of T seconds, all in the same second, have a peak of N and a mean of N/T:
// their herd index is T.
func (s *Storm) inPhase() string {
	text := fmt.Sprintf("%d waves, ", s.WaveCount)
	if s.Regular < s.WaveCount {
		text += fmt.Sprintf("%d of them in a row ", s.Regular)
	}
	text += "one every " + FormatSpan(s.Period.Duration())
	if s.Entry == "" || s.Hit > 0 && s.Attempts < spreadTries*max(s.Hit, s.Drops) || s.Regular < inPhaseLeast || !s.similar() {
		return text // Others each time, or too few: not surely a herd that comes again.
	}
	text += ": the herd stays in phase"
	if s.Ended != "back" {
		return text
	}
	text += ", as backoff without jitter keeps it"
	if s.HerdIndex > s.Period.Duration().Seconds() {
		return text
	}
	return text + fmt.Sprintf(" (wholly in phase its herd index is %s)", Ratio(s.Period.Duration().Seconds()))
}
