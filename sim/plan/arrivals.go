package plan

import (
	"fmt"
	"time"

	"loginstorm/sim/scenario"
)

// arrivals settles when each client of the file's populations arrives. Arrival n
// of a population is device n mod D of account n div D, D devices an account.
func (c *compiler) arrivals() {
	for i := range c.groups {
		g := &c.groups[i]
		if g.race >= 0 {
			continue
		}
		s := c.scenario(g.name)
		c.arrive(g, s.Arrive, "populations."+g.name+".arrive")
	}
}

// scenario returns the population as the file has it.
func (c *compiler) scenario(name string) *scenario.Population {
	for i := range c.file.Populations {
		if c.file.Populations[i].Name == name {
			return &c.file.Populations[i]
		}
	}
	return nil
}

// arrive runs the stages of one population.
func (c *compiler) arrive(g *group, stages []scenario.Stage, path string) {
	d := uint32(len(g.devices))
	arrive := c.plan.Clients.Arrive
	s := newSchedule(c.plan.Seed, g.name, uint32(g.clients()), func(n uint32, at Time) bool {
		// Whoever arrives after the end never arrives.
		if at >= c.plan.Duration {
			return false
		}
		arrive[c.client(g, n/d, n%d)] = at
		return true
	})
	if len(stages) == 0 {
		s.atOnce(0)
		return
	}
	if !c.checkStages(stages, path) {
		return
	}
	for i := range stages {
		if s.over() {
			if !s.stop {
				c.warn("%s: all clients have arrived before stage %d begins", g.name, i+1)
			}
			break
		}
		run(s, &stages[i])
	}
	if s.over() {
		c.late(g, s)
		return
	}
	// The closing rate of the last stage goes on until all have arrived.
	rate := closing(&stages[len(stages)-1])
	if rate.Count == 0 {
		c.fault(path, fmt.Sprintf("the stages bring %d of %d clients, and the last one ends without a rate", s.n, s.total),
			"end with {atOnce: {}} or {constant: {rate: ...}} for the rest, or lower accounts")
		return
	}
	if stages[len(stages)-1].Poisson != nil {
		s.poisson(rate, 0)
	} else {
		s.linear(segment{from: rate, to: rate})
	}
	c.late(g, s)
}

func (c *compiler) late(g *group, s *schedule) {
	if s.stop {
		c.warn("%s: %d of %d clients would arrive after the end of the run, and never do", g.name, s.total-s.n+1, s.total)
	}
}

// run brings the clients of one stage.
func run(s *schedule, g *scenario.Stage) {
	switch {
	case g.Pause != nil:
		s.now += Time(*g.Pause)
	case g.AtOnce != nil:
		s.atOnce(g.AtOnce.Count)
	case g.Constant != nil:
		s.linear(segment{g.Constant.Rate, g.Constant.Rate, span(g.Constant.For, 0)})
	case g.Poisson != nil:
		s.poisson(g.Poisson.Rate, span(g.Poisson.For, 0))
	case g.Ramp != nil:
		s.linear(segment{g.Ramp.From, g.Ramp.To, Time(g.Ramp.Over)})
	case g.Steps != nil:
		for i := range g.Steps.Times {
			rate := step(g.Steps, i)
			if s.over() {
				return
			}
			s.linear(segment{rate, rate, Time(g.Steps.Each)})
		}
	case g.Spike != nil:
		for _, part := range []segment{{g.Spike.Base, g.Spike.Base, span(g.Spike.Before, 0)}, {g.Spike.Peak, g.Spike.Peak, Time(g.Spike.For)},
			{g.Spike.Base, g.Spike.Base, span(g.Spike.After, 0)}} {
			if part.length > 0 && !s.over() {
				s.linear(part)
			}
		}
	case g.Instants != nil:
		s.instants(g.Instants)
	}
}

// step returns the rate of the i-th step, from 0, without rounding.
func step(g *scenario.Steps, i uint32) scenario.Rate {
	return addRates(g.From, g.By, i)
}

// closing returns the rate with which a stage ends; zero when it has none.
func closing(g *scenario.Stage) scenario.Rate {
	switch {
	case g.Constant != nil:
		return g.Constant.Rate
	case g.Poisson != nil:
		return g.Poisson.Rate
	case g.Ramp != nil:
		return g.Ramp.To
	case g.Steps != nil:
		return step(g.Steps, g.Steps.Times-1)
	case g.Spike != nil:
		return g.Spike.Base
	}
	return scenario.Rate{}
}

// checkStages refuses stages that mean nothing.
func (c *compiler) checkStages(stages []scenario.Stage, path string) bool {
	before := len(c.faults)
	for i := range stages {
		g, at := &stages[i], fmt.Sprintf("%s[%d]", path, i)
		last := i == len(stages)-1
		open := g.Constant != nil && g.Constant.For == nil || g.Poisson != nil && g.Poisson.For == nil || g.AtOnce != nil && g.AtOnce.Count == 0
		switch {
		case open && !last:
			c.fault(at, "this stage brings all clients that are left, so those behind it bring none", "give it an end (for, or count), or make it the last one")
		case open && g.AtOnce == nil && closing(g).Count == 0:
			c.fault(at, "a rate of zero brings nobody", "write a rate above 0/s")
		case g.Ramp != nil && g.Ramp.Over == 0:
			c.fault(at+".ramp.over", "a ramp over 0s has no slope", "write a span such as 20s, or use atOnce")
		case g.Steps != nil && g.Steps.Each == 0:
			c.fault(at+".steps.each", "steps of 0s bring nobody", "write a span such as 10s")
		case g.Spike != nil && g.Spike.For == 0:
			c.fault(at+".spike.for", "a peak of 0s brings nobody", "write a span such as 2s")
		case g.Constant != nil && g.Constant.For != nil && *g.Constant.For == 0, g.Poisson != nil && g.Poisson.For != nil && *g.Poisson.For == 0:
			c.fault(at, "a stage of 0s brings nobody", "write a span such as 10s")
		}
		for k := 1; k < len(g.Instants); k++ {
			if g.Instants[k] < g.Instants[k-1] {
				c.fault(fmt.Sprintf("%s.instants[%d]", at, k), fmt.Sprintf("%v comes after %v", g.Instants[k], g.Instants[k-1]), "write the instants in order")
				break
			}
		}
		if length(g) > Time(scenario.MaxSpan) {
			c.fault(at, "the stage is longer than 720h", "")
		}
	}
	return len(c.faults) == before
}

// length returns how long a stage lasts at least.
func length(g *scenario.Stage) Time {
	switch {
	case g.Steps != nil:
		if g.Steps.Each > 0 && Time(g.Steps.Times) > Time(scenario.MaxSpan)/Time(g.Steps.Each) {
			return latest
		}
		return Time(g.Steps.Times) * Time(g.Steps.Each)
	case g.Spike != nil:
		return span(g.Spike.Before, 0) + Time(g.Spike.For) + span(g.Spike.After, 0)
	}
	return 0
}

// addRates returns a + n b in lowest terms.
func addRates(a, b scenario.Rate, n uint32) scenario.Rate {
	per := uint64(lcm(a.Per, b.Per))
	count := a.Count*(per/uint64(a.Per)) + uint64(n)*b.Count*(per/uint64(b.Per))
	return scenario.Rate{Count: count, Per: time.Duration(per)}
}

func lcm(a, b time.Duration) time.Duration { return a / gcd(a, b) * b }

func gcd(a, b time.Duration) time.Duration {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}
