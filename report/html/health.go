package html

import (
	"fmt"
	"strings"

	"loginstorm/sim/record"
)

// health is how late the generator was, and what it used.
func (b *builder) health() (all []*chart) {
	c := b.chart("lateness", "Lateness of the generator: p99", "seconds", true)
	kinds := []struct {
		m     record.Metric
		name  string
		color int
	}{{record.StartLateness, "attempts began", blue}, {record.TimerLateness, "deadlines were met", orange}, {record.RecordLateness, "frames were handled", purple}}
	for i, s := range b.stories {
		for _, k := range kinds {
			if s.totals[k.m].Max() > 0 {
				c.add(b.name(i, k.name), k.color, s.curve(b.x, k.m, p99Of), func(one *series) { one.Dash = i > 0 })
			}
		}
	}
	if len(c.Series) > 0 {
		limit := b.x.none()
		for i := range limit {
			limit[i] = 0.005
		}
		c.add("5 ms", grey, limit, dashed)
		c.Note = "A run is invalid when in some interval the p99 of a lateness is above 5 ms and above a tenth of the p99 of connect_to_logged_in then."
	}
	all = append(all, c)
	return append(all, b.cpu(), b.pauses(), b.sockets(), b.resent())
}

// healthOf reads a figure of the generator's health from a row; 0 where nobody looked.
func healthOf(of func(*record.Health) float64) func(*record.Row) float64 {
	return func(r *record.Row) float64 {
		if r.Health == nil {
			return 0
		}
		return of(r.Health)
	}
}

// cpu is what the generator used, and of one run alone who else used the machine.
func (b *builder) cpu() *chart {
	c := b.chart("cpu", "CPU of the generator", "cores", false)
	for i, s := range b.stories {
		mean, peak := s.mean(b.x, func(r *record.Row) float64 { return r.CPU })
		if b.x.step > 1 {
			c.add(b.name(i, "busiest second"), b.color(i, blue), peak, faint)
		}
		c.add(b.name(i, "generator"), b.color(i, blue), mean)
		if b.several() {
			continue
		}
		for _, one := range []struct {
			name  string
			color int
			of    func(*record.Health) float64
			more  func(*series)
		}{{"embedded gateway", orange, func(h *record.Health) float64 {
			if h.Target == nil {
				return 0
			}
			return h.Target.CPU
		}, func(*series) {}}, {"everything else", purple, func(h *record.Health) float64 {
			cores, _ := h.Others()
			return cores
		}, func(*series) {}}, {"cores it may use", grey, func(h *record.Health) float64 {
			if h.Process == nil {
				return 0
			}
			return h.Process.Cores
		}, dashed}} {
			v, _ := s.mean(b.x, healthOf(one.of))
			c.add(one.name, one.color, v, one.more)
		}
	}
	return c
}

// greatest draws the greatest second of each stretch, of figures of the health.
func (b *builder) greatest(c *chart, name string, color int, of func(*record.Health) float64) {
	for i, s := range b.stories {
		_, peak := s.mean(b.x, healthOf(of))
		c.add(b.name(i, name), color, peak, func(one *series) { one.Dash = i > 0 })
	}
}

// pauses is what kept the generator from running.
func (b *builder) pauses() *chart {
	c := b.chart("pauses", "What held the generator back", "seconds", false)
	c.Steps = true
	b.greatest(c, "goroutines waited, p99", blue, func(h *record.Health) float64 { return h.Runtime.Sched.P99.Duration().Seconds() })
	b.greatest(c, "longest pause of garbage collection", orange, func(h *record.Health) float64 { return h.Runtime.GCPause.Duration().Seconds() })
	b.greatest(c, "did not run at all", red, func(h *record.Health) float64 {
		if h.Process == nil {
			return 0
		}
		return h.Process.Away.Duration().Seconds()
	})
	b.greatest(c, "throttled by its quota", purple, func(h *record.Health) float64 {
		if h.Quota == nil {
			return 0
		}
		return h.Quota.Throttled.Duration().Seconds()
	})
	return c
}

// sockets is what the generator and its machine have open.
func (b *builder) sockets() *chart {
	c := b.chart("sockets", "Descriptors and sockets", "count", false)
	machine := func(of func(*record.MachineHealth) uint64) func(*record.Health) float64 {
		return func(h *record.Health) float64 {
			if h.Machine == nil {
				return 0
			}
			return float64(of(h.Machine))
		}
	}
	b.greatest(c, "descriptors of the generator", blue, func(h *record.Health) float64 {
		if h.Process == nil {
			return 0
		}
		return float64(h.Process.Files)
	})
	b.greatest(c, "TCP sockets of the machine", green, machine(func(m *record.MachineHealth) uint64 { return m.Sockets }))
	b.greatest(c, "in TIME_WAIT", grey, machine(func(m *record.MachineHealth) uint64 { return m.TimeWait }))
	return c
}

// resent is what the network lost.
func (b *builder) resent() *chart {
	c := b.chart("resent", "TCP segments sent again by the machine, a second", "rate", false)
	b.greatest(c, "sent again", red, func(h *record.Health) float64 {
		if h.Machine == nil {
			return 0
		}
		return float64(h.Machine.Retransmits)
	})
	return c
}

// strains are the means and the worst seconds of the health, and what was counted.
func (b *builder) strains() []*table {
	t := b.tableOf("The generator and its machine", 1, "", "mean", "worst second", "at")
	c := b.tableOf("Held back and used up", 1, "", "", "of")
	for _, s := range b.stories {
		h := s.sum.Health.Strain
		if h == nil {
			continue
		}
		cores := func(v float64) string { return fmt.Sprintf("%.2f", v) }
		spread := func(name string, known bool, f record.Spread, write func(float64) string) {
			if known {
				b.row(t, s, name, write(f.Mean), write(f.Worst), clock(float64(f.Second)))
			}
		}
		spread("generator, cores", h.Process, h.CPU, cores)
		spread("embedded gateway, cores", h.Target.Mean > 0, h.Target, cores)
		spread("everything else, cores", h.Machine, h.Others, cores)
		spread("idle, cores", h.Machine, h.Idle, cores)
		spread("goroutines waited, p99", true, h.Sched, func(v float64) string { return written("seconds", v) })
		spread("CPU that garbage collection took", true, h.GCShare, func(v float64) string { return record.Percent(v) })
		count := func(known bool, name, value, of string) {
			if known {
				b.row(c, s, name, value, of)
			}
		}
		ran := record.FormatSpan(h.Span.Duration())
		count(h.Process, "did not run although something was due", record.FormatSpan(h.Away.Duration()), ran)
		count(h.Quota, "throttled by its quota", record.FormatSpan(h.Throttled.Duration()), ran)
		count(true, "longest pause of garbage collection", record.FormatSpan(h.GCPause.Duration()), strings.TrimSpace(number(h.GCs)+" collections"))
		count(h.Files > 0, "descriptors", number(h.Files), number(h.FilesLimit))
		count(h.Machine, "TCP sockets of the machine, and in TIME_WAIT", number(h.Sockets)+", "+number(h.TimeWait), number(h.Ports)+" local ports for each pair of addresses")
		count(h.Machine, "TCP segments sent again", number(h.Retransmits), number(h.Sent))
	}
	return filled(t, c)
}
