package plan

import (
	"time"

	"loginstorm/sim/link"
	"loginstorm/sim/login"
	"loginstorm/sim/record"
)

// rounds says for each entry how often those whom it drops try: the population that it
// hits most, or the largest one where the gateway drops them.
func (p *Plan) rounds() [][]record.Round {
	if len(p.Populations) == 0 {
		return nil
	}
	hits, silent := make([][]uint32, len(p.Entries)), make([]bool, len(p.Entries))
	for i := range p.Steps {
		s := &p.Steps[i]
		if int(s.Entry) >= len(hits) || !s.Hits() {
			continue
		}
		if hits[s.Entry] == nil {
			hits[s.Entry] = make([]uint32, len(p.Populations))
		}
		hits[s.Entry][p.Clients.Population[s.Client]]++
		if k := s.Fault.Kind; s.Kind == Fault && (k == link.HalfOpen || k == link.Frozen) {
			silent[s.Entry] = true
		}
	}
	sizes := make([]uint32, len(p.Populations))
	for i := range sizes {
		sizes[i] = p.Populations[i].Count
	}
	all := make([][]record.Round, len(p.Entries))
	for i := range all {
		of := hits[i]
		if of == nil {
			of = sizes
		}
		most := 0
		for n := range of {
			if of[n] > of[most] {
				most = n
			}
		}
		profile := p.Populations[most].Profile
		all[i] = roundsOf(&profile.Policy, p.Duration)
		if silent[i] { // Noticed within a heartbeat: that spreads them too.
			all[i] = atLeast(all[i], profile.Heartbeat)
		}
	}
	return all
}

// mostRounds is how many steps tell a policy's rounds; a delay that has grown for so long
// hardly does any more.
const mostRounds = 64

// mostTries is how many delays are looked at.
const mostTries = 1000

// roundsOf lists how long a client waits between the next two attempts, jitter apart, by
// how long it has been refused at once: the longest delay so far, as those of a list may
// shrink. Of a list that begins again, it is the whole list from then on. Spec section 7.
func roundsOf(policy *login.Policy, until Time) []record.Round {
	plain := *policy
	if plain.Jitter == login.Decorrelated {
		plain.Shape, plain.Factor = login.Exponential, 2000
	}
	plain.Jitter, plain.HonourHint = login.NoJitter, false
	plain.Base, plain.Spread = plain.Base+plain.Spread/2, 0
	var all []record.Round
	var at, before, every Time // before is when the attempt before the one at at began.
	longer := func(d Time) {
		if d > every {
			every = d
			all = append(all, record.Round{After: before, Every: d})
		}
	}
	for try := uint32(0); before <= until && len(all) < mostRounds && try < mostTries; try++ {
		if n := len(plain.Delays); plain.Shape == login.List && plain.Wrap > 0 && int(try) == n {
			longer(sum(plain.Delays[plain.Wrap:]))
			break
		}
		d := plain.First
		if try > 0 || d == 0 {
			d = plain.Delay(login.Turn{Try: try})
		}
		longer(d)
		before, at = at, at+d
	}
	return all
}

func sum(spans []Time) (all Time) {
	for _, d := range spans {
		all += d
	}
	return all
}

// atLeast lifts rounds to a span.
func atLeast(rounds []record.Round, least Time) []record.Round {
	lifted := []record.Round{{Every: max(least, time.Nanosecond)}}
	for _, r := range rounds {
		if r.Every > least {
			lifted = append(lifted, r)
		}
	}
	return lifted
}
