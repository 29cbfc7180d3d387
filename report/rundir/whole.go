package rundir

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"loginstorm/sim/record"
)

// directory reports what is no directory.
func directory(dir string) error {
	info, err := os.Stat(dir)
	if err != nil {
		return cause(err)
	}
	if !info.IsDir() {
		return errors.New("it is a file: name the directory that holds it")
	}
	return nil
}

// manifest reads run.json. lost says why it cannot be used; err, that the directory is
// none that this version reads.
func (r *Run) manifest() (lost, err error) {
	var m Manifest
	b, lost := readBounded(filepath.Join(r.Dir, RunFile), MaxManifest)
	if lost == nil {
		lost = json.Unmarshal(b, &m)
	}
	// The format stands first: it is read even where the rest cannot be.
	var head struct {
		Format      int `json:"format"`
		Environment struct {
			Version string `json:"version"`
		} `json:"environment"`
	}
	_ = json.Unmarshal(b, &head) // What cannot be read is lost, as said above.
	switch {
	case head.Format > Format:
		wrote := ""
		if head.Environment.Version != "" {
			wrote = " " + head.Environment.Version
		}
		return nil, fmt.Errorf("a newer loginstorm%s wrote it: its format is %d, this version reads %d", wrote, head.Format, Format)
	case lost == nil && head.Format != Format:
		lost = fmt.Errorf("its format is %d", head.Format)
	}
	if lost != nil {
		m = Manifest{Name: filepath.Base(filepath.Clean(r.Dir))}
	}
	r.Manifest = m
	return lost, nil
}

// gaps says which seconds a series that is otherwise in order does not have.
func (r *Run) gaps() {
	if len(r.Rows) == 0 {
		if !r.Active {
			r.missing("%s: empty: no second was recorded", SeriesFile)
		}
		return
	}
	next, lost, first := 0, 0, 0
	for _, row := range r.Rows {
		if row.Second > next {
			if lost == 0 {
				first = next
			}
			lost += row.Second - next
		}
		next = max(next, row.Second+1)
	}
	if lost > 0 {
		r.missing("%s: %d of %d seconds are not in it, the first is second %d", SeriesFile, lost, next, first)
	}
}

// guess makes a layout of what the other files name, when there is no run.json.
func (r *Run) guess() {
	l := &r.Manifest.Layout
	population := func(name string) {
		if name != "" && name != record.Other && !slices.Contains(l.Populations, name) && len(l.Populations) < record.MaxPopulations {
			l.Populations = append(l.Populations, name)
		}
	}
	entry := func(name string, second int) {
		if name != "" && name != record.Other && !slices.Contains(l.Entries, name) && len(l.Entries) < record.MaxEntries {
			l.Entries, l.Begins = append(l.Entries, name), append(l.Begins, record.Seconds(time.Duration(second)*time.Second))
		}
	}
	for _, row := range r.Rows {
		second := min(max(row.Second, 0), MaxLines)
		for _, p := range row.Populations {
			population(p.Population)
		}
		for _, f := range row.Faults {
			entry(f.Entry, second)
		}
	}
	if len(r.Rows) > 0 {
		return
	}
	for m := range record.Metrics { // The tags of the logs are all there is.
		f, err := os.Open(filepath.Join(r.Dir, record.Metric(m).String()+LogSuffix))
		if err != nil {
			continue // Read says so, if there is one.
		}
		_ = ReadLog(f, record.Metric(m), func(string) {}, func(g Logged) {
			population(g.Population)
			entry(g.Entry, g.Second)
		})
		f.Close()
	}
}

// counted is a distribution of the summary, by its count alone.
type counted struct {
	Count int64 `json:"count"`
}

// told is what a summary says that files must hold.
type told struct {
	Ran     record.Seconds `json:"ran_seconds"`
	Latency []struct {
		Population  string  `json:"population"`
		Connect     counted `json:"connect_to_logged_in"`
		Uncorrected counted `json:"connect_to_logged_in_uncorrected"`
		Time        counted `json:"time_to_logged_in"`
	} `json:"latency"`
	Phases []struct {
		Name       string  `json:"name"`
		Population string  `json:"population"`
		Figures    counted `json:"figures"`
	} `json:"phases"`
	Health struct {
		Start  counted `json:"start_lateness"`
		Timer  counted `json:"timer_lateness"`
		Record counted `json:"record_lateness"`
	} `json:"health"`
}

// whole holds the summary of a run that ended against what its files hold: a log that
// is gone, or a series that ends too early, looks like a quiet run.
func (r *Run) whole() {
	if r.Manifest.Verdict == record.Running {
		return
	}
	if len(r.Manifest.Summary) == 0 {
		r.missing("%s: the run ended, and it has no summary", RunFile)
		return
	}
	var t told
	if json.Unmarshal(r.Manifest.Summary, &t) != nil {
		return // Whoever shows the summary says so.
	}
	if n := len(r.Rows); n > 0 {
		if to := r.Rows[n-1].To; to+record.Seconds(time.Second) < t.Ran {
			r.missing("%s: it ends at %s of %s", SeriesFile, record.FormatSpan(to.Duration()), record.FormatSpan(t.Ran.Duration()))
		}
	}
	want, got := t.counts(), [record.Metrics]int64{}
	for _, s := range r.Series {
		got[s.Metric] += s.Histogram.Count()
	}
	for m, n := range want {
		if got[m] < n {
			r.missing("%s: it holds %d of %d values", record.Metric(m).String()+LogSuffix, got[m], n)
		}
	}
}

// counts is how many values of each metric there were.
func (t *told) counts() (n [record.Metrics]int64) {
	const all = "all" // Of several, which stand beside it.
	for _, l := range t.Latency {
		if l.Population != all || len(t.Latency) == 1 {
			n[record.ConnectToLoggedIn] += l.Connect.Count
			n[record.ConnectToLoggedInUncorrected] += l.Uncorrected.Count
			n[record.TimeToLoggedIn] += l.Time.Count
		}
	}
	for _, p := range t.Phases {
		if strings.HasPrefix(p.Name, record.PhaseStep.String()+"_") {
			n[record.PhaseStep] += p.Figures.Count
		}
		for m := range record.Metrics {
			if record.Metric(m).String() == p.Name && p.Population != all {
				n[m] += p.Figures.Count
			}
		}
	}
	n[record.StartLateness], n[record.TimerLateness] = t.Health.Start.Count, t.Health.Timer.Count
	n[record.RecordLateness] = t.Health.Record.Count
	return n
}
