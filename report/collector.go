package report

import (
	"fmt"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"

	"loginstorm/sim/login"
	"loginstorm/sim/record"
	"loginstorm/sim/wire"
)

// Source hands out the figures of a run at a moment. The caller implements it with
// whatever guards its aggregate; it is asked by several scrapes at once.
type Source interface {
	Snapshot() *record.Snapshot
}

// Run says which run a Collector exports.
type Run struct {
	Name, ID, Version string
	Seed              uint64
	Began             time.Time // When its counters were 0.
}

// Collector exports a run to Prometheus. Everything is built when it is scraped, from
// what the recorders hold anyway: histograms carry classic and native buckets at
// once. Labels are bounded by record.MaxPopulations, record.MaxEntries and
// record.Codes. Scrapes may overlap.
type Collector struct {
	source   Source
	run      Run
	metrics  [record.Metrics]*prometheus.Desc
	counters [record.Counters]*prometheus.Desc
	others   map[string]*prometheus.Desc // By catalogue name; never ranged over.
	all      []*prometheus.Desc
}

// NewCollector returns the collector of a run.
func NewCollector(source Source, run Run) *Collector {
	c := &Collector{source: source, run: run, others: map[string]*prometheus.Desc{}}
	for i, info := range record.Catalogue() {
		desc := prometheus.NewDesc(info.Prometheus, info.Help, info.Labels, nil)
		c.all = append(c.all, desc)
		switch {
		case i < record.Metrics:
			c.metrics[i] = desc
		case i < record.Metrics+record.Counters:
			c.counters[i-record.Metrics] = desc
		default:
			c.others[info.Name] = desc
		}
	}
	return c
}

// Describe implements prometheus.Collector.
func (c *Collector) Describe(out chan<- *prometheus.Desc) {
	for _, d := range c.all {
		out <- d
	}
}

// Collect implements prometheus.Collector.
func (c *Collector) Collect(out chan<- prometheus.Metric) {
	out <- c.value(record.RunInfo, prometheus.GaugeValue, 1, c.run.Name, c.run.ID, strconv.FormatUint(c.run.Seed, 10), c.run.Version)
	s := c.source.Snapshot()
	if s == nil {
		return
	}
	for m := range record.Metrics {
		for _, series := range s.Series(record.Metric(m)) {
			out <- c.histogram(series)
		}
		if n := s.Clamped(record.Metric(m)); n > 0 {
			out <- c.value(record.Clamped, prometheus.CounterValue, n, record.Metric(m).String())
		}
	}
	for i, desc := range c.counters {
		out <- prometheus.MustNewConstMetric(desc, prometheus.CounterValue, float64(s.Counter(record.Counter(i))))
	}
	for _, population := range s.Populations() {
		c.population(s, population, out)
	}
	for op := range record.Ops {
		for slot, n := range s.Results(record.Op(op)) {
			if n > 0 {
				out <- c.value(record.Results, prometheus.CounterValue, n, record.Op(op).String(), record.CodeName(slot))
			}
		}
	}
	for _, r := range s.Recoveries {
		out <- c.value(record.FaultHits, prometheus.CounterValue, r.Hit, r.Entry)
		out <- c.value(record.FaultBack, prometheus.CounterValue, r.Back, r.Entry)
	}
}

// population exports what is counted by population. Every status is always there, so
// that a status which nobody is in any more falls to 0 and does not vanish.
func (c *Collector) population(s *record.Snapshot, name string, out chan<- prometheus.Metric) {
	f := record.Filter{Population: name}
	counts := s.Statuses(f)
	for status := login.Unknown; status < login.DataSyncStart; status++ {
		out <- c.value(record.Clients, prometheus.GaugeValue, uint64(max(counts[status], 0)), name, status.String())
	}
	for reason, n := range s.Kicks(f) {
		if n > 0 {
			out <- c.value(record.Kicks, prometheus.CounterValue, n, name, record.ReasonName(reason))
		}
	}
	for f.Origin = wire.Manual; f.Origin <= wire.Reconnect; f.Origin++ {
		if n := s.Dials(f); n > 0 {
			out <- c.value(record.Dials, prometheus.CounterValue, n, name, f.Origin.String())
		}
		for slot, n := range s.Attempts(f) {
			if n > 0 {
				out <- c.value(record.Attempts, prometheus.CounterValue, n, name, f.Origin.String(), record.CodeName(slot))
			}
		}
	}
}

// value makes a counter or a gauge.
func (c *Collector) value(name string, kind prometheus.ValueType, n uint64, labels ...string) prometheus.Metric {
	desc := c.others[name]
	if desc == nil {
		panic("report: " + name + " is not in the catalogue")
	}
	m, err := prometheus.NewConstMetric(desc, kind, float64(n), labels...)
	if err != nil {
		return prometheus.NewInvalidMetric(desc, err)
	}
	return m
}

// histogram makes a histogram with native buckets, and puts the classic ones beside
// them.
func (c *Collector) histogram(s record.Series) prometheus.Metric {
	desc := c.metrics[s.Metric]
	var labels []string
	for _, label := range s.Metric.Info().Labels {
		switch label {
		case "population":
			labels = append(labels, s.Population)
		case "origin":
			labels = append(labels, s.Origin.String())
		case "entry":
			labels = append(labels, s.Entry)
		}
	}
	n := s.Histogram.Native()
	native, err := prometheus.NewConstNativeHistogram(desc, uint64(s.Histogram.Count()), s.Histogram.Sum(), n.Buckets, nil,
		n.Zero, n.Schema, n.ZeroThreshold, c.run.Began, labels...)
	if err != nil {
		return prometheus.NewInvalidMetric(desc, fmt.Errorf("export %s: %w", s.Metric, err))
	}
	bounds := s.Metric.Bounds()
	return &bothHistogram{native, bounds, s.Histogram.Cumulative(bounds)}
}

// bothHistogram carries classic and native buckets, which the library's own const
// histograms do not.
type bothHistogram struct {
	prometheus.Metric
	bounds     []time.Duration
	cumulative []uint64
}

// Write implements prometheus.Metric.
func (b *bothHistogram) Write(out *dto.Metric) error {
	if err := b.Metric.Write(out); err != nil {
		return err
	}
	h := out.Histogram
	out.Histogram = &dto.Histogram{SampleCount: h.SampleCount, SampleSum: h.SampleSum, CreatedTimestamp: h.CreatedTimestamp,
		Schema: h.Schema, ZeroThreshold: h.ZeroThreshold, ZeroCount: h.ZeroCount,
		PositiveSpan: h.PositiveSpan, PositiveDelta: h.PositiveDelta}
	for i, bound := range b.bounds {
		seconds, count := bound.Seconds(), b.cumulative[i]
		out.Histogram.Bucket = append(out.Histogram.Bucket, &dto.Bucket{UpperBound: &seconds, CumulativeCount: &count})
	}
	return nil
}
