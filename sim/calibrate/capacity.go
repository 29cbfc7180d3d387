package calibrate

import (
	"math"

	"loginstorm/sim/record"
)

// plateau is what saturated seconds have in common.
type plateau struct {
	seconds []int
	rate    float64 // Logins served a second.
	served  float64
}

// saturated looks for seconds all of whose instants had every worker busy: clients
// waited at their begin and at their end, more than are served at once, and their
// logins took longer than the service does.
func (f *Figures) saturated(mean, slow float64) plateau {
	var most float64
	for i := range f.Seconds {
		most = max(most, float64(f.Seconds[i].Served))
	}
	best := plateau{rate: most}
	const rounds = 3
	for range rounds {
		found := f.waiting(best.rate*mean, slow)
		if len(found) == 0 {
			return plateau{rate: most}
		}
		best = f.steady(found)
	}
	if most > best.rate+slack(best.rate) {
		return plateau{rate: most} // What could do more was not saturated: something else held it up.
	}
	return best
}

// slack is how much less than most a second of a plateau may serve: a fifth, or what
// chance does to few logins.
func slack(rate float64) float64 { return max(0.2*rate, 4*math.Sqrt(rate)) }

// waiting lists the seconds at whose begin and end more clients waited than so many
// workers serve at once.
func (f *Figures) waiting(workers, slow float64) (found []int) {
	const beyond, few = 1.1, 2
	least := uint64(math.Ceil(workers*beyond)) + few
	for i := 1; i < len(f.Seconds); i++ {
		s := &f.Seconds[i]
		if f.Seconds[i-1].Logging >= least && s.Logging >= least && s.Served > 0 &&
			seconds(s.Login.Quantile(0.5)) > slow {
			found = append(found, i)
		}
	}
	return found
}

// steady keeps the seconds that served about as much as the best of them: a timeline
// can make a gateway slower, and clients that do not wait for their answers make its
// work useless, but nothing makes it faster.
func (f *Figures) steady(found []int) plateau {
	var level float64
	for _, i := range found {
		level = max(level, float64(f.Seconds[i].Served))
	}
	var p plateau
	for _, i := range found {
		if n := float64(f.Seconds[i].Served); n >= level-slack(level) {
			p.seconds, p.served = append(p.seconds, i), p.served+n
		}
	}
	p.rate = p.served / float64(len(p.seconds))
	return p
}

// workers is how many workers make a plateau, with the mean that fits it best. The
// plateau knows workers / mean, the calm seconds know the mean, and a number of
// workers is whole: each gets the weight of what it rests on.
func (p plateau) workers(calm Fitted, mean float64) (n, scale float64) {
	n = max(math.Round(p.rate*mean), 1)
	cv := calm.Law.spread() / max(mean, 1e-9)
	here, there := cv/math.Sqrt(float64(max(calm.Samples, 1))), cv/math.Sqrt(max(p.served, 1))
	// Histograms of phases have two digits, and a second more or less of a plateau is
	// not all of it: nothing is known better than that.
	const least = 0.002
	here, there = max(here, least), max(there, least)
	a, b := 1/(here*here), 1/(there*there)
	return n, (a + b*(n/p.rate)/mean) / (a + b)
}

// room is how many logins may wait for a worker. Where logins were refused second
// after second, so many waited at the end of each; where they were not, those who were
// let in last waited for all the others. full says that there were refusals.
func (f *Figures) room(p plateau, workers, mean float64) (queue uint64, full bool) {
	longest := record.NewHistogram(record.PhaseLogin)
	var refused, most uint64
	for i := range f.Seconds {
		s := &f.Seconds[i]
		longest.Merge(s.Login)
		if refused += s.Refused; s.Refused > 0 {
			most = max(most, s.Logging)
		}
	}
	full = refused > 0 && len(p.seconds) > 0
	const flat, often = 0.95, 3
	level := 0
	for i := range f.Seconds {
		if s := &f.Seconds[i]; s.Refused > 0 && float64(s.Logging) >= flat*float64(most) {
			level++
		}
	}
	if level >= often && float64(most) > workers {
		return most - uint64(workers), full
	}
	const nearly = 0.998 // The last ones are stragglers of a long service.
	wait := max(seconds(longest.Quantile(nearly))-mean, 0)
	return uint64(math.Round(wait * p.rate)), full
}
