package compare

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"loginstorm/report/rundir"
	"loginstorm/sim/record"
)

// Run is one run as the gate sees it.
type Run struct {
	Dir      string
	Manifest rundir.Manifest
	// Interrupted says what ended it before its time; "" = nothing did.
	Interrupted string
	// Reasons are those of its verdict.
	Reasons []string
	// Aggregate holds its figures.
	Aggregate *record.Aggregate
	// CPU and TargetCPU are seconds of processor time of generator and embedded gateway;
	// 0 = not known.
	CPU, TargetCPU float64
	// Seconds are the interval histograms of the metrics that have an interval of their
	// own (intervals).
	Seconds []rundir.Logged
}

// intervals reports whether the seconds of a metric are kept for the bootstrap.
func intervals(m record.Metric) bool {
	return m == record.ConnectToLoggedIn || m == record.TimeToLoggedIn
}

// summary is what the gate needs of report.Summary.
type summary struct {
	Judgement struct {
		Reasons []string `json:"reasons"`
	} `json:"judgement"`
	Interrupted string         `json:"interrupted"`
	Ran         record.Seconds `json:"ran_seconds"`
	Health      struct {
		CPU       float64 `json:"cpu"`
		TargetCPU float64 `json:"target_cpu"`
	} `json:"health"`
}

// Load reads a run directory.
func Load(dir string) (*Run, error) {
	read, err := rundir.Read(dir)
	if err != nil {
		return nil, err
	}
	r := &Run{Dir: dir, Manifest: read.Manifest}
	var s summary
	if len(r.Manifest.Summary) > 0 {
		if err := json.Unmarshal(r.Manifest.Summary, &s); err != nil {
			return nil, fmt.Errorf("read summary of %s: %w", dir, err)
		}
	}
	ran := s.Ran.Duration().Seconds()
	r.Interrupted, r.Reasons = s.Interrupted, s.Judgement.Reasons
	r.CPU, r.TargetCPU = s.Health.CPU*ran, s.Health.TargetCPU*ran
	if r.Manifest.Verdict == record.Running {
		r.Interrupted = killed
	}
	if len(read.Missing) > 0 && r.Interrupted == "" {
		r.Interrupted = notWhole + ": " + read.Missing[0]
	}
	restored := record.NewRestored(r.Manifest.Layout.Record())
	for _, row := range read.Rows {
		restored.Row(row)
	}
	for m := range record.Metrics {
		if err := r.log(restored, record.Metric(m)); err != nil {
			return nil, fmt.Errorf("read run %s: %w", dir, err)
		}
	}
	r.Aggregate = restored.Aggregate()
	return r, nil
}

// log reads the seconds of a metric.
func (r *Run) log(into *record.Restored, m record.Metric) error {
	f, err := os.Open(filepath.Join(r.Dir, m.String()+rundir.LogSuffix))
	if errors.Is(err, fs.ErrNotExist) {
		return nil // A metric without a sample has no log.
	}
	if err != nil {
		return err
	}
	defer f.Close()
	return rundir.ReadLog(f, m, func(string) {}, func(l rundir.Logged) {
		into.Histogram(l.Second, l.Series)
		if intervals(m) {
			r.Seconds = append(r.Seconds, l)
		}
	})
}

// cpu is the processor time of a login.
func (r *Run) cpu(own bool) record.Reading {
	used, whose := r.CPU, "the generator"
	if !own {
		used, whose = r.TargetCPU, "the target"
	}
	logins := r.Aggregate.Totals().Attempts(record.Filter{})[0]
	switch {
	case used <= 0:
		return record.Reading{Reason: "the processor time of " + whose + " is not known"}
	case logins == 0:
		return record.Reading{Reason: "nobody logged in"}
	}
	return record.Reading{Value: used / float64(logins), Count: logins, Known: true}
}
