package html

import (
	"fmt"

	"loginstorm/sim/login"
	"loginstorm/sim/record"
)

// achieved holds what was asked against what was achieved.
func (b *builder) achieved() []*table {
	asked := b.tableOf("", 1, "", "asked", "achieved", "")
	when := "at the end"
	if b.live {
		when = "now"
	}
	t := b.tableOf("Clients by population", 1, "population", "clients", when)
	l := b.tableOf("Load", 1, "", "in all", "busiest second", "at")
	for _, s := range b.stories {
		b.asked(asked, s)
		for _, p := range s.sum.Populations {
			if p.Clients > 0 {
				b.row(t, s, p.Name, number(p.Clients), ended(p.Statuses))
			}
		}
		b.row(l, s, "attempts that began", number(s.sum.Dials), number(s.sum.PeakDials.Count), clock(float64(s.sum.PeakDials.Second)))
		b.row(l, s, "logins that succeeded", number(s.sum.Logins), number(s.sum.PeakLogins.Count), clock(float64(s.sum.PeakLogins.Second)))
	}
	return filled(asked, t, l)
}

// asked is what the scenario wanted of a run, line by line.
func (b *builder) asked(t *table, s *story) {
	sum, c := s.sum, &s.sum.Health.Counters
	if sum.Planned > 0 {
		b.row(t, s, "duration", record.FormatSpan(sum.Planned.Duration()), record.FormatSpan(sum.Ran.Duration()), sum.Interrupted)
	}
	var clients, begun uint64
	for _, p := range sum.Populations {
		clients += p.Clients
		for status, n := range p.Statuses {
			if login.Status(status) != login.Unknown {
				begun += uint64(max(n, 0))
			}
		}
	}
	b.row(t, s, "clients that began", number(clients), number(begun), "")
	if planned := c[record.AttemptsPlanned]; planned > 0 {
		late := "all in time"
		if c[record.StartsLate] > 0 {
			late = number(c[record.StartsLate]) + " of all attempts began more than 5ms late"
		}
		dropped := c[record.StartsDropped]
		b.row(t, s, "logins of arrivals and timeline", number(planned), number(planned-min(dropped, planned)), late)
	}
	var entries, hit, want uint64
	for _, e := range sum.Timeline {
		want += e.Asked
		hit += e.Hit
		if e.Began || e.Hit > 0 || sum.Ran >= e.At {
			entries++
		}
	}
	if n := len(sum.Timeline); n > 0 {
		b.row(t, s, "entries of the timeline", number(n), number(entries), "")
	}
	if want > 0 {
		b.row(t, s, "clients that faults were to hit", number(want), number(hit), "")
	}
	if n := len(sum.Thresholds); n > 0 && !b.live {
		held := 0
		for _, o := range sum.Thresholds {
			if o.Pass {
				held++
			}
		}
		b.row(t, s, "thresholds", fmt.Sprint(n), fmt.Sprint(held), "")
	}
}
