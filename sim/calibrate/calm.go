package calibrate

import (
	"cmp"
	"math"
	"slices"

	"loginstorm/sim/record"
)

// enough is how many logins a fit of the service time should rest on.
const enough = 200

// load is how much there was to do while the logins that ended in a second were
// served: in that second and as far back as the slower of them took.
func (f *Figures) load(i int) uint64 {
	s := &f.Seconds[i]
	most := s.Sent + s.Logging
	const slower = 0.95
	for back := 1 + int(seconds(s.Login.Quantile(slower))); back > 0 && i > 0; back-- {
		i--
		most = max(most, f.Seconds[i].Sent+2*f.Seconds[i].Logging)
	}
	return most
}

// calmest lists the seconds of least load, up to the first one whose logins took
// visibly longer than those of the seconds before it: where nobody waits, load makes
// no difference. Nothing but the figures is needed for that.
func (f *Figures) calmest() []int {
	var order []int
	for i := range f.Seconds {
		if f.Seconds[i].Login.Count() > 0 {
			order = append(order, i)
		}
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(f.load(a), f.load(b)) })
	pool := record.NewHistogram(record.PhaseLogin)
	taken := 0
	for taken < len(order) {
		// Seconds of few logins are looked at together: one alone shows nothing.
		batch, next := record.NewHistogram(record.PhaseLogin), taken
		for next < len(order) && batch.Count() < enough/2 {
			batch.Merge(f.Seconds[order[next]].Login)
			next++
		}
		if pool.Count() > 0 && slower(pool, batch) {
			break
		}
		pool.Merge(batch)
		taken = next
	}
	order = order[:taken]
	slices.Sort(order)
	return order
}

// slower reports whether the logins of a second are not of the same kind as those of
// the pool: of another distribution, or longer on average.
func slower(pool, batch *record.Histogram) bool {
	a, b := sampled(pool), sampled(batch)
	if _, differ := apart(&a, &b); differ {
		return true
	}
	m, d := a.moments()
	n, _ := b.moments()
	const clearly = 3
	return n-m > clearly*d*math.Sqrt(1/a.count+1/b.count)
}

// idle lists the seconds in which so many workers had so little to do that hardly a
// login waited, bursts left out.
func (f *Figures) idle(workers, mean float64, base []int) []int {
	pool := f.merged(record.PhaseLogin, loginPhase, base)
	var found []int
	for i := range f.Seconds {
		s := &f.Seconds[i]
		if s.Login.Count() == 0 {
			continue
		}
		busy, waiting := float64(s.Sent), float64(s.Logging)
		if i > 0 {
			busy, waiting = max(busy, float64(f.Seconds[i-1].Sent)), max(waiting, float64(f.Seconds[i-1].Logging))
		}
		const seldom, room = 0.02, 0.7
		if waits(workers, busy*mean) > seldom || waiting > room*workers {
			continue
		}
		one := sampled(s.Login)
		if _, differ := apart(&pool, &one); !differ {
			found = append(found, i)
		}
	}
	return found
}

// waits is the share of arrivals that have to wait where so many servers are offered
// so many servers' worth of work (Erlang's C formula). 1 where it is too much.
func waits(servers, work float64) float64 {
	if work >= servers || servers < 1 {
		return 1
	}
	blocked := 1.0 // Erlang's B, server by server.
	for n := 1.0; n <= servers; n++ {
		blocked = work * blocked / (n + work*blocked)
	}
	return blocked / (1 - work/servers*(1-blocked))
}
