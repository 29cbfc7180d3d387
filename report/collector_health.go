package report

import (
	"github.com/prometheus/client_golang/prometheus"

	"loginstorm/sim/record"
)

// health exports how the generator and its machine are: gauges of the last second, and
// sums since the run began. What the system does not tell is left out.
func (c *Collector) health(s *record.Strain, out chan<- prometheus.Metric) {
	if s == nil {
		return
	}
	h := s.Last()
	r := &h.Runtime
	out <- c.gauge(record.GeneratorSched, r.Sched.P50.Duration().Seconds(), "p50")
	out <- c.gauge(record.GeneratorSched, r.Sched.P99.Duration().Seconds(), "p99")
	out <- c.gauge(record.GeneratorSched, r.Sched.Max.Duration().Seconds(), "max")
	out <- c.gauge(record.GeneratorGCPause, r.GCPause.Duration().Seconds())
	out <- c.gauge(record.GeneratorGCShare, r.GCShare)
	used, _ := s.Used()
	away, throttled := s.Gone()
	if p := h.Process; p != nil {
		out <- c.gauge(record.GeneratorCores, p.Cores)
		out <- c.sum(record.GeneratorCPU, used)
		out <- c.sum(record.GeneratorAway, away)
		if p.Files > 0 {
			out <- c.gauge(record.GeneratorFiles, float64(p.Files), "open")
			out <- c.gauge(record.GeneratorFiles, float64(p.FilesLimit), "limit")
		}
	}
	if h.Quota != nil {
		out <- c.sum(record.GeneratorThrottled, throttled)
	}
	if h.Machine != nil {
		c.machine(s, h, out)
	}
}

// machine exports what is of all processes together.
func (c *Collector) machine(s *record.Strain, h *record.Health, out chan<- prometheus.Metric) {
	m := h.Machine
	if others, ok := h.Others(); ok {
		out <- c.gauge(record.MachineCPU, h.Process.CPU, "generator")
		if h.Target != nil {
			out <- c.gauge(record.MachineCPU, h.Target.CPU, "target")
		}
		out <- c.gauge(record.MachineCPU, others, "others")
	}
	out <- c.gauge(record.MachineCPU, m.Stolen, "stolen")
	out <- c.gauge(record.MachineCPU, m.Idle, "idle")
	out <- c.gauge(record.MachineSockets, float64(m.Sockets), "in_use")
	out <- c.gauge(record.MachineSockets, float64(m.TimeWait), "time_wait")
	out <- c.gauge(record.MachinePorts, float64(m.Ports))
	out <- c.sum(record.MachineSegments, float64(s.Sent))
	out <- c.sum(record.MachineRetransmits, float64(s.Retransmits))
}

// sum makes a counter that need not be whole.
func (c *Collector) sum(name string, v float64, labels ...string) prometheus.Metric {
	m, err := prometheus.NewConstMetricWithCreatedTimestamp(c.desc(name), prometheus.CounterValue, v, c.run.Began, labels...)
	if err != nil {
		return prometheus.NewInvalidMetric(c.desc(name), err)
	}
	return m
}
