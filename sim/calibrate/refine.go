package calibrate

import (
	"fmt"
	"math"

	"loginstorm/sim/record"
)

// Simulate carries out in virtual time the runs that a model was fitted to, with
// changes of their scenarios, and returns what was recorded.
type Simulate func([]Setting) (*Figures, error)

// Refine looks for the number of workers where the figures alone do not show it:
// the run had waiting but no saturated second, or no calm one. Of the models that
// agree with what was found, it takes the one whose simulation is nearest to the
// login phases of the whole run. In any case it then simulates the model and says
// how near it comes to the run that it was fitted to, waiting included: that is the
// fit, and no prediction.
func (r *Result) Refine(f *Figures, simulate Simulate) error {
	whole := f.merged(record.PhaseLogin, loginPhase, nil)
	s := search{result: r, simulate: simulate, whole: &whole, known: map[uint32]Phase{}}
	found, err := s.run(f)
	if err != nil {
		return err
	}
	found.Name = "login of the whole run, simulated"
	r.Phases = append(r.Phases, found)
	const poor = 0.1
	if found.Distance > poor {
		r.misfit("even the run that the model was fitted to is simulated %.3f away (Kolmogorov-Smirnov): it is not to be relied on; calibrate from a run that is calm first and saturated later, without faults that change the gateway", found.Distance)
	}
	return nil
}

// search is a search for a number of workers.
type search struct {
	result   *Result
	simulate Simulate
	whole    *sample
	known    map[uint32]Phase // By workers: how near its simulation came.
	service  Law              // As it was fitted,
	mean     float64          // and its mean.
}

// run searches where something is to be found, and returns how near the model comes.
func (s *search) run(f *Figures) (Phase, error) {
	r := s.result
	s.service, s.mean = r.Model.Service, r.Model.Service.mean()
	before, err := s.try(r.Model.Workers)
	if err != nil || r.doubt < 0 {
		return before, err
	}
	const chance = 1.2 // Two samples of one distribution are seldom further apart.
	if before.Distance <= chance*math.Sqrt(2/s.whole.count) {
		return before, nil // Nothing to find: whoever waited is in the model already.
	}
	first, up := r.Model.Workers, false
	if first == 0 {
		first, up = uint32(max(1, math.Ceil(r.rate*s.mean))), true
		r.Model.Queue = leastQueue
	}
	best, err := s.climb(first, up)
	if err != nil {
		return before, err
	}
	const clearly = 0.8
	if s.known[best].Distance >= clearly*before.Distance {
		best = 0
		if !up {
			best = first
		}
		r.Model.Queue = s.queue(best)
	}
	s.set(best)
	after := s.known[best]
	if best == 0 || best == first && !up {
		return after, nil
	}
	r.Misfits[r.doubt] = fmt.Sprintf("%s. So the workers were searched for with the simulator", r.Misfits[r.doubt])
	r.Searched = fmt.Sprintf("workers: %d, by %d simulations of the run: of the whole run's logins KS distance %.3f, %.3f without the search",
		best, len(s.known), after.Distance, before.Distance)
	return after, nil
}

func (s *search) queue(workers uint32) uint32 {
	if workers == 0 {
		return 0
	}
	return s.result.Model.Queue
}

// set puts a number of workers into the model: where the capacity is known, the
// service time follows from it.
func (s *search) set(workers uint32) {
	m := &s.result.Model
	m.Workers, m.Service = workers, s.service
	if !s.result.Capacity.AtLeast && s.mean > 0 {
		m.Service = s.service.scaled(float64(workers) / s.result.rate / s.mean)
	}
}

// try simulates the model with a number of workers.
func (s *search) try(workers uint32) (Phase, error) {
	if p, ok := s.known[workers]; ok {
		return p, nil
	}
	if workers != s.result.Model.Workers {
		s.set(workers)
	}
	f, err := s.simulate(s.result.Settings())
	if err != nil {
		return Phase{}, err
	}
	got := f.merged(record.PhaseLogin, loginPhase, nil)
	p := Phase{Fitted: Fitted{Family: "queueing included", Samples: int64(s.whole.count), Distance: 1}}
	if got.count > 0 {
		p.Distance, _ = apart(s.whole, &got)
		for _, q := range Quantiles() {
			p.Residuals = append(p.Residuals, residual(q, s.whole.quantile(q), got.quantile(q)))
		}
	}
	s.known[workers] = p
	return p, nil
}

// climb goes from a number of workers in one direction while the simulation comes
// nearer, and then looks around the best one in ever smaller steps.
func (s *search) climb(first uint32, up bool) (uint32, error) {
	const stride, patience, most = 1.4, 3, 1 << 20
	best, worse := first, 0
	near := func(n uint32) (bool, error) {
		p, err := s.try(n)
		if err != nil {
			return false, err
		}
		if b, err := s.try(best); err != nil || p.Distance >= b.Distance {
			return false, err
		}
		best = n
		return true, nil
	}
	for n := float64(first); n >= 1 && n <= most && worse < patience; {
		better, err := near(uint32(math.Round(n)))
		if err != nil {
			return best, err
		}
		if worse++; better {
			worse = 0
		}
		if up {
			n = max(n*stride, n+1)
		} else {
			n = min(n/stride, n-1)
		}
	}
	for _, step := range [...]float64{0.2, 0.1, 0.05, 0.02} {
		from := best
		wide := max(1, math.Round(float64(from)*step))
		for _, n := range [...]float64{float64(from) - wide, float64(from) + wide} {
			if n < 1 {
				continue
			}
			if _, err := near(uint32(n)); err != nil {
				return best, err
			}
		}
	}
	return best, nil
}
