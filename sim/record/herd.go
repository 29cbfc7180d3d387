package record

import (
	"math"
	"slices"
	"time"
)

// Round is in what time each client of a herd tries once, jitter apart: from After on,
// since it dropped, one attempt follows the other within Every.
type Round struct {
	After Time
	Every Time
}

// roundLeast is the shortest stretch that a herd index is taken from: of retries that
// follow one another faster, as many rounds as fit into it. Whole seconds say
// nothing about what is bunched within one of them.
const roundLeast = 8 * time.Second

// round is in what time each of those whom an entry drops tries once, when it dropped
// so long ago; 0 = not known.
func (l *Layout) round(entry int, age Time) Time {
	if entry < 0 || entry >= len(l.Rounds) {
		return 0
	}
	var every Time
	for _, r := range l.Rounds[entry] {
		if r.After <= age {
			every = r.Every
		}
	}
	return every
}

// turns is how many seconds the mean of a herd index is taken over: one round, or as many
// as fit into roundLeast. The window is never longer than its rounds, so that of a
// herd in phase it holds as many waves as rounds.
func turns(round Time) int {
	round = min(max(round, 0), horizon)
	switch {
	case round <= 0:
		round = roundLeast
	case round < roundLeast:
		round *= roundLeast / round
	}
	return int(round / secondSpan)
}

// echoes are the attempts of each second that neither an arrival nor the timeline asked
// for: those that a fault brings about, and all that follow.
func (l *line) echoes(from, until int) []uint32 {
	x := make([]uint32, 0, max(0, min(until, l.seconds())-from))
	for i := from; i < min(until, l.seconds()); i++ {
		x = append(x, l.offered[i]-min(l.offered[i], l.planned[i]))
	}
	return x
}

// thickest is the most of what loadOf gives that began within a second, wherever that is
// cut: of the stretch that ends in each of the seconds from, until, and not before from.
func (r *reading) thickest(s *Storm, x []uint32, from int) []uint32 {
	thick := slices.Clone(x)
	for i := range thick {
		if i == 0 {
			continue
		}
		most, at := r.line.thick[from+i], from+i
		if s.Hit > 0 {
			most -= min(most, r.line.planned[at-1]+r.line.planned[at])
		}
		thick[i] = max(thick[i], min(most, x[i-1]+x[i]))
	}
	return thick
}

// loadOf is what herd and waves of a storm are read from: of one that made somebody drop
// the echoes, of another one whatever was offered; the seconds from, until (not included).
func (r *reading) loadOf(s *Storm, from, until int) []uint32 {
	if s.Hit > 0 {
		return r.line.echoes(from, until)
	}
	return r.line.offered[min(from, r.line.seconds()):min(max(from, until), r.line.seconds())]
}

// herd finds the busiest second of a storm, from the return on where there is one, and
// the load around it. See Storm.HerdIndex.
func (r *reading) herd(s *Storm) {
	from, until, age := s.From, s.Until, Time(0)
	if s.Return.Total > 0 {
		from, until, age = s.again, s.returned, Time(s.again-s.From)*secondSpan
	}
	round := max(r.space.layout.round(s.index, age), s.Period.Duration())
	s.HerdSeconds = turns(round)
	if s.Ended != "back" { // Nobody knows what would have come behind its end.
		s.HerdSeconds = min(s.HerdSeconds, s.limit-from)
	}
	x := r.loadOf(s, from, s.limit)
	s.Herd = densest(x, r.thickest(s, x, from), until-from, s.HerdSeconds)
	s.Herd.PeakAt += from
	s.HerdIndex = 0
	if s.Herd.Mean > 0 {
		s.HerdIndex = float64(s.Herd.Peak) / s.Herd.Mean
	}
}

// densest looks for the busiest second before until, and among the stretches of wide
// seconds around it for the one with most in it. thick is the most that began within a
// second that ends in each of x.
func densest(x, thick []uint32, until, wide int) Load {
	until = min(until, len(x))
	if until <= 0 || wide <= 0 {
		return Load{}
	}
	top := slices.Max(thick[:until])
	at := slices.Index(thick[:until], top)
	best := Load{Peak: uint64(top), PeakAt: at}
	first := at // Of the seconds that the peak lies in.
	if top > x[at] && wide > 1 {
		first--
	}
	for from := max(0, at-wide+1); from <= first; from++ {
		best.Total = max(best.Total, load(x, from, from+wide).Total)
	}
	best.Mean = float64(best.Total) / float64(wide)
	return best
}

// pace is how often each of those who are on their way tries in a stretch, on average:
// seconds from one attempt to the next; infinite = nobody does.
func (r *reading) pace(from, until int) float64 {
	tries, waiting, before := load(r.line.retries, from, until).Total, uint64(0), uint32(0)
	if from > 0 && from <= r.line.seconds() {
		before = r.line.idle[from-1]
	}
	for i := max(from, 0); i < r.line.busy(from, until); i++ { // After a refusal they wait unLogin.
		waiting += uint64(r.line.trying[i]) + uint64(r.line.idle[i]-min(before, r.line.idle[i]))
	}
	if tries == 0 {
		return math.Inf(1)
	}
	return float64(waiting) / float64(tries)
}

// herdOf takes over the highest herd index of the entries' storms.
func (s *Storm) herdOf(entries []Storm) {
	dropped := 0
	for i := range entries {
		if entries[i].Hit > 0 {
			dropped++
		}
		s.mixed = dropped > 1
		if e := &entries[i]; e.Hit > 0 && (s.worst == "" || e.HerdIndex > s.HerdIndex) {
			s.HerdIndex, s.HerdSeconds, s.Herd, s.worst = e.HerdIndex, e.HerdSeconds, e.Herd, e.Entry
			s.Return, s.again, s.returned = e.Return, e.again, e.returned
		}
	}
}
