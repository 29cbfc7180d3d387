package rundir

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"loginstorm/sim/record"
)

// TargetFile holds the target's own series; a run that asked for none has none.
const TargetFile = "target.ndjson"

// TargetMetric describes a series that was asked of the target while a run went on.
type TargetMetric struct {
	Name string `json:"name"`
	// Unit is share (1 = all of them), seconds, bytes, or "" for plain numbers.
	Unit  string         `json:"unit,omitempty"`
	From  string         `json:"from"` // What was asked, and whom; without secrets.
	Every record.Seconds `json:"every_seconds"`
}

// TargetSample is one line of target.ndjson: a value, or a gap and why there is none.
type TargetSample struct {
	At     record.Seconds `json:"at_seconds"` // When it was asked for.
	Series string         `json:"series"`
	Value  *float64       `json:"value,omitempty"` // nil = a gap.
	Gap    string         `json:"gap,omitempty"`
}

// TargetSeries is one of the target's own series, as it was drawn.
type TargetSeries struct {
	TargetMetric
	Points []TargetPoint // In the order of their instants.
	Gaps   []TargetGap
}

// TargetPoint is a value at an instant, in the series' unit.
type TargetPoint struct {
	At    record.Seconds
	Value float64
}

// TargetGap is an instant at which there was no value.
type TargetGap struct {
	At  record.Seconds
	Why string
}

// Target returns the target's own series in the order in which the scenario names them,
// also of a run that was killed; nil when it asked for none. A series without a value
// is among them. Between two points with a gap between them nothing is known.
func (r *Run) Target() []TargetSeries {
	var all []TargetSeries
	at := map[string]int{}
	for _, m := range r.Manifest.Known.Target {
		if _, twice := at[m.Name]; twice {
			continue
		}
		at[m.Name] = len(all)
		all = append(all, TargetSeries{TargetMetric: m})
	}
	for _, s := range r.target {
		i, ok := at[s.Series]
		switch {
		case !ok: // A line that is about nothing that was asked for.
		case s.Value == nil:
			all[i].Gaps = append(all[i].Gaps, TargetGap{s.At, s.Gap})
		default:
			all[i].Points = append(all[i].Points, TargetPoint{s.At, *s.Value})
		}
	}
	return all
}

// AppendTarget writes a sample of one of the target's own series. Its value is finite.
func (w *Writer) AppendTarget(s TargetSample) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.target == nil && w.err == nil {
		var err error
		if w.target, err = w.open(TargetFile); w.failed(err) != nil {
			return w.err
		}
	}
	return w.line(w.target, s)
}

// readTarget reads the target's own series.
func (r *Run) readTarget() {
	if _, err := os.Stat(filepath.Join(r.Dir, TargetFile)); errors.Is(err, fs.ErrNotExist) {
		if len(r.Manifest.Known.Target) > 0 && r.Manifest.Verdict != record.Running {
			r.missing("%s: it is not there, and the run asked for %d series of the target", TargetFile, len(r.Manifest.Known.Target))
		}
		return
	}
	r.file(TargetFile, func(f io.Reader) (err error) {
		r.target, err = readJSON[TargetSample](f, r.damage(TargetFile))
		return err
	})
}
