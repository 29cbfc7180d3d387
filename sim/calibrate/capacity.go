package calibrate

import (
	"math"
	"slices"

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
	var best plateau
	for i := range f.Seconds {
		best.rate = max(best.rate, float64(f.Seconds[i].Served))
	}
	const rounds = 3
	for range rounds {
		found := f.waiting(best.rate*mean, slow)
		if len(found) == 0 {
			return plateau{rate: best.rate}
		}
		best = f.steady(found)
	}
	return best
}

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

// steady leaves out seconds that served much less than most: something else held the
// gateway up.
func (f *Figures) steady(found []int) plateau {
	var served []float64
	for _, i := range found {
		served = append(served, float64(f.Seconds[i].Served))
	}
	slices.Sort(served)
	median := served[len(served)/2]
	const least = 0.8
	var p plateau
	for _, i := range found {
		if n := float64(f.Seconds[i].Served); n >= least*median {
			p.seconds, p.served = append(p.seconds, i), p.served+n
		}
	}
	p.rate = p.served / float64(len(p.seconds))
	return p
}

// crowd is the most clients that waited for an answer at the end of a second.
func (f *Figures) crowd() (most uint64) {
	for i := range f.Seconds {
		most = max(most, f.Seconds[i].Logging)
	}
	return most
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

// room is how many logins may wait for a worker: those who were let in last, when
// the queue was full, waited for all of them.
func (f *Figures) room(p plateau, mean float64) (queue uint64, full bool) {
	longest := record.NewHistogram(record.PhaseLogin)
	var refused uint64
	for i := range f.Seconds {
		longest.Merge(f.Seconds[i].Login)
		refused += f.Seconds[i].Refused
	}
	const nearly = 0.998 // The last ones are stragglers of a long service.
	wait := max(seconds(longest.Quantile(nearly))-mean, 0)
	return uint64(math.Round(wait * p.rate)), refused > 0 && len(p.seconds) > 0
}
