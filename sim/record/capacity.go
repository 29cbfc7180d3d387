package record

import "fmt"

// Capacity is how many logins a second the gateway can serve, and how that is known.
type Capacity struct {
	PerSecond float64 `json:"logins_per_second"`
	From      string  `json:"from"`
	Estimated bool    `json:"estimated"` // From the run itself, not from the configuration.
}

// capacityWindow is the stretch whose goodput stands for the capacity where that
// is not known.
const capacityWindow = 5

// capacity is that of the layout, or the best goodput of any five seconds of the run.
func (r *reading) capacity() Capacity {
	l := r.space.layout
	if l.Capacity > 0 {
		from := l.CapacityFrom
		if from == "" {
			from = "as configured"
		}
		return Capacity{PerSecond: l.Capacity, From: from}
	}
	window := min(capacityWindow, max(1, r.line.seconds()))
	var sum, most uint64
	for i, n := range r.line.goodput {
		sum += uint64(n)
		if i >= window {
			sum -= uint64(r.line.goodput[i-window])
		}
		most = max(most, sum)
	}
	c := Capacity{PerSecond: float64(most) / float64(window), Estimated: true}
	c.From = fmt.Sprintf("%s logins/s (estimated from the best %d s of this run)", perSecond(c.PerSecond), window)
	return c
}

// String is the capacity for people, with what it rests on.
func (c Capacity) String() string {
	if c.Estimated {
		return c.From
	}
	return fmt.Sprintf("%s logins/s (%s)", perSecond(c.PerSecond), c.From)
}
