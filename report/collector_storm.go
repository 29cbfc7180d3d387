package report

import (
	"github.com/prometheus/client_golang/prometheus"

	"loginstorm/sim/record"
)

// storms exports what kind of storm each entry made, and the run. Their figures are
// gauges: they are about a stretch that is not over yet. A label entry is one of
// record.MaxEntries or record.WholeRun.
func (c *Collector) storms(s *record.Snapshot, out chan<- prometheus.Metric) {
	storms := s.Storms()
	for i := range storms {
		one := &storms[i]
		entry := one.Entry
		if entry == "" {
			entry = record.WholeRun
		}
		out <- c.gauge(record.Offered, float64(one.Offered.Peak), entry, "peak")
		out <- c.gauge(record.Offered, one.Offered.Mean, entry, "mean")
		out <- c.gauge(record.Goodput, float64(one.Goodput.Peak), entry, "peak")
		out <- c.gauge(record.Goodput, one.Goodput.Mean, entry, "mean")
		out <- c.gauge(record.HerdIndex, one.HerdIndex, entry)
		out <- c.gauge(record.Amplification, one.Amplification, entry)
		out <- c.gauge(record.WaveCount, float64(one.WaveCount), entry)
		out <- c.gauge(record.WastedShare, one.Wasted(), entry)
		for _, class := range record.Classes() {
			is := 0.0
			if class == one.Class.String() {
				is = 1
			}
			out <- c.gauge(record.StormKind, is, entry, class)
		}
		if one.Entry == "" {
			from := "configured"
			if one.Capacity.Estimated {
				from = "estimated"
			}
			out <- c.gauge(record.CapacityLogins, one.Capacity.PerSecond, from)
			c.stranded(one.Stranded, out)
		}
	}
}

// stranded exports who was not loggedIn when the run ended. Reasons of kicks share a
// series: a status and a code tell enough to alert on.
func (c *Collector) stranded(all []record.Stranded, out chan<- prometheus.Metric) {
	type key struct{ entry, status, code string }
	var keys []key
	sums := map[key]uint64{}
	for _, one := range all {
		k := key{one.Entry, one.Status, one.Code}
		if k.entry == "" {
			k.entry = "none"
		}
		if k.code == "" {
			k.code = "none"
		}
		if _, ok := sums[k]; !ok {
			keys = append(keys, k)
		}
		sums[k] += one.Count
	}
	for _, k := range keys {
		out <- c.gauge(record.StrandedClients, float64(sums[k]), k.entry, k.status, k.code)
	}
}

// gauge makes a gauge.
func (c *Collector) gauge(name string, v float64, labels ...string) prometheus.Metric {
	m, err := prometheus.NewConstMetric(c.desc(name), prometheus.GaugeValue, v, labels...)
	if err != nil {
		return prometheus.NewInvalidMetric(c.desc(name), err)
	}
	return m
}
