package record

import "fmt"

// herdText says how bunched they came, and what of that met a gateway that was there.
func (s *Storm) herdText() string {
	when := "at most"
	switch {
	case s.worst != "":
		when = "after " + s.worst + " at most"
	case s.Return.Total > 0 && s.again < int(s.FaultOver/Seconds(secondSpan)): // Something else still was not.
		when = "once " + s.Entry + " was over at most"
	case s.Return.Total > 0:
		when = "once the trigger was gone at most"
	}
	against := ""
	if s.Return.Total > 0 {
		against = s.against()
	}
	return fmt.Sprintf("herd index %s: %s %s in a second%s, %s a second on average over %d s", Ratio(s.HerdIndex), when,
		plural(s.Herd.Peak, "attempt"), against, perSecond(s.Herd.Mean), s.HerdSeconds)
}

// against compares what came with what can be served, where that is known.
func (s *Storm) against() string {
	if s.Capacity.Estimated || s.Capacity.PerSecond <= 0 {
		return ""
	}
	switch ratio := Ratio(float64(s.Herd.Peak) / s.Capacity.PerSecond); ratio {
	case "0":
		return ""
	case "1":
		return fmt.Sprintf(", as many as the capacity of %s", s.Capacity)
	default:
		return fmt.Sprintf(", %s times the capacity of %s", ratio, s.Capacity)
	}
}

const (
	// spreadHit and spreadTries are how many clients have to have dropped, and how often
	// each has to have tried each time, for it to be worth saying that there were no waves.
	spreadHit   = 50
	spreadTries = 2
	// spreadIndex is the share of the highest herd index there is that a herd which
	// spreads out does not reach.
	spreadIndex = 0.5
	// paceLeast is how many seconds lie between two attempts at least for waves to be
	// told apart in whole seconds.
	paceLeast = 2
)

// WaveText says in words what waves there were, and what that tells of the backoff. ""
// = there was one, or none, and few tried often enough for more.
func (s *Storm) WaveText() string {
	switch {
	case s.WaveCount < 2 || len(s.Waves) < 2:
		return s.noWaves()
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

// noWaves says why there is no second wave. "" = few tried more than once, or nobody
// can tell.
func (s *Storm) noWaves() string {
	switch {
	case s.Entry == "": // Its waves are those before the first fault.
	case s.Hit < spreadHit || s.Attempts < spreadTries*max(s.Hit, s.Drops):
	case s.pace < paceLeast:
		return fmt.Sprintf("no waves to tell apart: whoever is away tries every %s s on average", perSecond(s.pace))
	case s.Ended == "back" && s.HerdIndex < spreadIndex*float64(s.HerdSeconds):
		return "no second wave: the herd spreads out"
	}
	return ""
}

const (
	// inPhaseLeast is how many waves in a row are no chance; sizeSlack is how many times
	// larger than the one before it a wave of the same herd, some of it let in, may not be,
	// nor that one than it.
	inPhaseLeast = 4
	sizeSlack    = 2
	// timedOutLeast is the share of failed attempts that have to have timed out for
	// time-outs to be what keeps them in phase; inPhaseIndex how near to its period the
	// herd index of a herd is that is wholly in phase.
	timedOutLeast = 0.5
	inPhaseIndex  = 0.9
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
	if s.timedOut >= timedOutLeast {
		return text + fmt.Sprintf(", as attempts that time out together begin again together (%s of the failed ones between the waves did)", Percent(s.timedOut))
	}
	if s.Ended != "back" {
		return text
	}
	text += ", as backoff without jitter keeps it"
	if s.HerdIndex >= inPhaseIndex*s.Period.Duration().Seconds() {
		return text
	}
	return text + fmt.Sprintf(" (wholly in phase its herd index is %s)", Ratio(s.Period.Duration().Seconds()))
}
