package report

import (
	"fmt"
	"slices"
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
	Driver            string // "run" or Simulate.
	Seed              uint64
	Began             time.Time // When its counters were 0.
}

// Collector exports a run to Prometheus. Everything is built when it is scraped, from
// what the recorders hold anyway: histograms carry classic and native buckets at
// once. Labels are bounded by record.MaxPopulations, record.MaxEntries and
// record.Codes. Scrapes may overlap.
//
// Histograms and counters are there before anything was counted, because rate()
// does not see what a series holds when it first appears, and the first second of a
// storm is the one that matters. Of codes that is so for the usual ones; the rest
// say when they were 0, for a Prometheus that asks.
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
	out <- c.value(record.RunInfo, prometheus.GaugeValue, 1, c.run.Name, c.run.ID, strconv.FormatUint(c.run.Seed, 10), c.run.Version, c.run.Driver)
	s := c.source.Snapshot()
	if s == nil {
		return
	}
	for m := range record.Metrics {
		for _, series := range everySeries(s, record.Metric(m)) {
			out <- c.histogram(series)
		}
		if n := s.Clamped(record.Metric(m)); n > 0 {
			out <- c.value(record.Clamped, prometheus.CounterValue, n, record.Metric(m).String())
		}
	}
	for i, desc := range c.counters {
		out <- c.metric(desc, prometheus.CounterValue, s.Counter(record.Counter(i)))
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
		out <- c.value(record.FaultHits, prometheus.CounterValue, r.Drops, r.Entry)
		out <- c.value(record.FaultBack, prometheus.CounterValue, r.Returns(), r.Entry)
		out <- c.value(record.FaultAttempts, prometheus.CounterValue, r.Attempts, r.Entry)
		if r.Began {
			out <- c.gauge(record.FaultAt, float64(c.run.Began.Add(r.At.Duration()).UnixMilli())/1000, r.Entry)
		}
	}
	c.storms(s, out)
	c.health(s.Strain, out)
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
		out <- c.value(record.Kicks, prometheus.CounterValue, n, name, record.ReasonName(reason))
	}
	for f.Origin = wire.Manual; f.Origin <= wire.Reconnect; f.Origin++ {
		out <- c.value(record.Dials, prometheus.CounterValue, s.Dials(f), name, f.Origin.String())
		for slot, n := range s.Attempts(f) {
			if code := record.CodeName(slot); n > 0 || usual(code) {
				out <- c.value(record.Attempts, prometheus.CounterValue, n, name, f.Origin.String(), code)
			}
		}
	}
}

// usual reports whether storms bring a code about: success, timed out, disconnected,
// too often, not the last device, unavailable. Spec 5.
func usual(code string) bool {
	switch code {
	case "200", "408", "415", "416", "417", "503":
		return true
	}
	return false
}

// everySeries lists the series of a metric, those that hold nothing yet included.
func everySeries(s *record.Snapshot, m record.Metric) []record.Series {
	all := s.Series(m)
	want := func(k record.Key) {
		if !slices.ContainsFunc(all, func(one record.Series) bool { return one.Key == k }) {
			all = append(all, record.Series{Key: k, Histogram: record.NewHistogram(m)})
		}
	}
	switch labels := m.Info().Labels; {
	case slices.Contains(labels, "origin"):
		for _, population := range s.Populations() {
			for origin := login.Origin(wire.Manual); origin <= wire.Reconnect; origin++ {
				want(record.Key{Metric: m, Population: population, Origin: origin})
			}
		}
	case slices.Contains(labels, "population"):
		for _, population := range s.Populations() {
			want(record.Key{Metric: m, Population: population})
		}
	case slices.Contains(labels, "entry"):
		for _, entry := range s.Entries() {
			want(record.Key{Metric: m, Entry: entry})
		}
	case slices.Contains(labels, "phase"):
		for _, step := range s.Steps() {
			want(record.Key{Metric: m, Step: step})
		}
	default:
		want(record.Key{Metric: m})
	}
	return all
}

// value makes a counter or a gauge.
func (c *Collector) value(name string, kind prometheus.ValueType, n uint64, labels ...string) prometheus.Metric {
	return c.metric(c.desc(name), kind, n, labels...)
}

// desc finds what is exported by its name in the catalogue.
func (c *Collector) desc(name string) *prometheus.Desc {
	desc := c.others[name]
	if desc == nil {
		panic("report: " + name + " is not in the catalogue")
	}
	return desc
}

// metric makes a counter, which says when it was 0, or a gauge.
func (c *Collector) metric(desc *prometheus.Desc, kind prometheus.ValueType, n uint64, labels ...string) prometheus.Metric {
	var m prometheus.Metric
	var err error
	if kind == prometheus.CounterValue {
		m, err = prometheus.NewConstMetricWithCreatedTimestamp(desc, kind, float64(n), c.run.Began, labels...)
	} else {
		m, err = prometheus.NewConstMetric(desc, kind, float64(n), labels...)
	}
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
		case "phase":
			labels = append(labels, s.Step)
		}
	}
	bounds := s.Metric.Bounds()
	cumulative, n, sum := s.Histogram.Export(bounds)
	native, err := prometheus.NewConstNativeHistogram(desc, uint64(s.Histogram.Count()), sum, n.Buckets, nil,
		n.Zero, n.Schema, n.ZeroThreshold, c.run.Began, labels...)
	if err != nil {
		return prometheus.NewInvalidMetric(desc, fmt.Errorf("export %s: %w", s.Metric, err))
	}
	return &bothHistogram{native, bounds, cumulative}
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
