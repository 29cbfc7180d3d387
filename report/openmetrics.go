package report

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/expfmt"

	"loginstorm/report/rundir"
	"loginstorm/sim/record"
)

// OpenMetrics writes the final figures of a run as a scrape at its end would have got
// them, in the text format of OpenMetrics 1.0, which has classic buckets alone. Of what
// is counted live, loginstorm_clamped_total is not in a run directory.
// loginstorm_run_missing is 1 for each thing that could not be read.
func OpenMetrics(w io.Writer, run *rundir.Run) error {
	s, err := FromRun(run)
	if err != nil {
		return err
	}
	m := run.Manifest
	registry := prometheus.NewRegistry()
	// Strings of a directory may be of anybody's making: labels are UTF-8.
	text := func(t string) string { return strings.ToValidUTF8(t, "\uFFFD") }
	began := m.Environment.Started
	if began.Before(time.Unix(0, 0)) {
		began = time.Unix(0, 0)
	}
	c := NewCollector(&atEnd{run, s}, Run{Name: text(m.Name), ID: text(m.Environment.RunID), Version: text(m.Environment.Version),
		Driver: text(m.Driver), Seed: m.Seed, Began: began})
	for _, one := range []prometheus.Collector{c, directorySide{s}} {
		if err := registry.Register(one); err != nil {
			return fmt.Errorf("write OpenMetrics: %w", err)
		}
	}
	families, err := registry.Gather()
	if err != nil {
		return fmt.Errorf("write OpenMetrics: %w", err)
	}
	var b bytes.Buffer // Whole or not at all.
	encoder := expfmt.NewEncoder(&b, expfmt.NewFormat(expfmt.TypeOpenMetrics))
	for _, f := range families {
		if err := encoder.Encode(f); err != nil {
			return fmt.Errorf("write OpenMetrics: %w", err)
		}
	}
	if _, err := expfmt.FinalizeOpenMetrics(&b); err != nil {
		return fmt.Errorf("write OpenMetrics: %w", err)
	}
	_, err = w.Write(b.Bytes())
	return err
}

// atEnd is a run directory as a Source.
type atEnd struct {
	run *rundir.Run
	sum *Summary
}

// Snapshot implements Source.
func (e *atEnd) Snapshot() *record.Snapshot {
	if e.run.Restored != nil {
		return e.run.Restored.Snapshot()
	}
	r := record.NewRestored(e.run.Manifest.Layout.Record())
	for _, row := range e.run.Rows {
		r.Row(row)
	}
	for _, s := range e.run.Series {
		r.Histogram(0, s) // When it was does not matter for figures of the whole run.
	}
	for _, c := range e.sum.Calls {
		r.Called(c.Call, c.Code, c.Count)
	}
	return r.Aggregate().Snapshot()
}

// directorySide exports what only a run that is over has.
type directorySide struct{ sum *Summary }

// Describe implements prometheus.Collector.
func (d directorySide) Describe(out chan<- *prometheus.Desc) {
	for _, info := range record.DirectorySide() {
		out <- prometheus.NewDesc(info.Prometheus, info.Help, info.Labels, nil)
	}
}

// Collect implements prometheus.Collector.
func (d directorySide) Collect(out chan<- prometheus.Metric) {
	for _, info := range record.DirectorySide() {
		desc := prometheus.NewDesc(info.Prometheus, info.Help, info.Labels, nil)
		var seen []string
		is := func(label string, holds bool) {
			label = strings.ToValidUTF8(label, "\uFFFD")
			if slices.Contains(seen, label) {
				return // Written twice.
			}
			seen = append(seen, label)
			value := 0.0
			if holds {
				value = 1
			}
			out <- prometheus.MustNewConstMetric(desc, prometheus.GaugeValue, value, label)
		}
		switch info.Name {
		case record.RunVerdict:
			for v := record.Running; v <= record.Broken; v++ {
				is(v.String(), v == d.sum.Judgement.Verdict)
			}
		case record.ThresholdMet:
			for _, o := range d.sum.Thresholds {
				is(o.Text, o.Pass)
			}
		case record.RunMissing:
			for _, what := range d.sum.Missing {
				is(what, true)
			}
		}
	}
}
