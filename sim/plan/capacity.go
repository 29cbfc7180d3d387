package plan

import (
	"fmt"
	"time"

	"loginstorm/sim/record"
)

// Capacity returns how many logins a second the gateway can serve as it is
// configured, and in words what that rests on; 0 = nothing bounds it. The least of
// what the login workers serve, what admission lets in and what the nodes accept.
func (p *Plan) Capacity() (rate float64, from string) {
	g := &p.Gateway
	bound := func(r float64, format string, args ...any) {
		if r > 0 && (rate == 0 || r < rate) {
			rate, from = r, fmt.Sprintf(format, args...)
		}
	}
	if mean := g.Auth.ServiceTime.Mean(); mean > 0 {
		bound(float64(g.Auth.Workers)*perSecond(mean), "%s workers x %v", thousands(uint64(g.Auth.Workers)), short3(mean))
	}
	if a := g.Admission; a.Every > 0 {
		bound(float64(a.Bucket)*perSecond(a.Every), "admission of %s every %v", thousands(uint64(a.Bucket)), a.Every)
	}
	bound(float64(g.AcceptRate)*float64(max(g.Nodes, 1)), "%d nodes that accept %s/s", max(g.Nodes, 1), thousands(uint64(g.AcceptRate)))
	return rate, from
}

func perSecond(span Time) float64 { return float64(time.Second) / float64(span) }

// short3 rounds a span to about three digits, for people.
func short3(span Time) Time {
	unit := Time(1)
	for unit*1000 <= span {
		unit *= 10
	}
	return span.Round(unit)
}

// Layout names the populations and entries of a plan, for its recorders.
func (p *Plan) Layout() record.Layout {
	var l record.Layout
	for _, pop := range p.Populations {
		l.Populations = append(l.Populations, pop.Name)
	}
	for _, e := range p.Entries {
		l.Entries = append(l.Entries, e.Name)
		l.Begins = append(l.Begins, e.At)
		end := e.Until
		if e.Stays {
			end = p.Duration
		}
		l.Ends = append(l.Ends, end)
		l.Recovers = append(l.Recovers, e.Recover)
	}
	l.Capacity, l.CapacityFrom = p.Capacity()
	return l
}
