package report

import (
	"fmt"
	"strconv"
	"time"

	"loginstorm/report/rundir"
	"loginstorm/sim/record"
)

// TargetFigures is what one of the target's own series came to, in its unit.
type TargetFigures struct {
	Name    string  `json:"name"`
	Unit    string  `json:"unit,omitempty"` // share (1 = all of them), seconds, bytes, or "" for plain numbers.
	From    string  `json:"from"`           // What was asked, and whom.
	Samples uint64  `json:"samples"`        // Values; the figures are of these.
	Gaps    uint64  `json:"gaps"`           // Times that there was none.
	FirstAt float64 `json:"first_gap_at_seconds,omitempty"`
	Why     string  `json:"first_gap,omitempty"`
	Min     float64 `json:"min"`
	Mean    float64 `json:"mean"`
	Max     float64 `json:"max"`
	Last    float64 `json:"last"`
}

// TargetOf sums the target's own series up.
func TargetOf(all []rundir.TargetSeries) (out []TargetFigures) {
	for _, s := range all {
		f := TargetFigures{Name: s.Name, Unit: s.Unit, From: s.From}
		for _, p := range s.Points {
			f.Value(p.Value)
		}
		for _, g := range s.Gaps {
			f.Gap(g.At, g.Why)
		}
		out = append(out, f)
	}
	return out
}

// Value takes a value in.
func (f *TargetFigures) Value(v float64) {
	if f.Samples++; f.Samples == 1 {
		f.Min, f.Max = v, v
	}
	f.Min, f.Max, f.Last = min(f.Min, v), max(f.Max, v), v
	f.Mean += (v - f.Mean) / float64(f.Samples)
}

// Gap takes in that there was none.
func (f *TargetFigures) Gap(at record.Seconds, why string) {
	if f.Gaps++; f.Gaps == 1 {
		f.FirstAt, f.Why = at.Duration().Seconds(), why
	}
}

// Note warns of what was not heard; "" = everything was.
func (f *TargetFigures) Note() string {
	switch {
	case f.Samples+f.Gaps == 0:
		return fmt.Sprintf("target's series %s: it was never heard", f.Name)
	case f.Gaps > 0:
		return fmt.Sprintf("target's series %s: %d of %d samples are gaps, the first at %s: %s", f.Name, f.Gaps, f.Samples+f.Gaps,
			record.FormatSpan(time.Duration(f.FirstAt*1e9).Round(100*time.Millisecond)), f.Why)
	}
	return ""
}

// targets is a table of the target's own series.
func (p *page) targets(s *Summary) {
	if len(s.Target) == 0 {
		return
	}
	p.title("The target's own series")
	t := &table{left: 1, drop: []string{"min", "last"}}
	t.add("series", "samples", "gaps", "min", "mean", "max", "last")
	for i := range s.Target {
		f := &s.Target[i]
		row := []string{f.Name, number(f.Samples), number(f.Gaps)}
		for _, v := range []float64{f.Min, f.Mean, f.Max, f.Last} {
			row = append(row, inUnit(v, f.Unit, f.Samples))
		}
		t.add(row...)
	}
	t.write(p, false)
}

// inUnit writes a value of a series for people; a dash when there is none.
func inUnit(v float64, unit string, samples uint64) string {
	switch {
	case samples == 0:
		return "-"
	case unit == "share":
		return strconv.FormatFloat(v*100, 'g', 4, 64) + " %"
	case unit == "seconds":
		return record.FormatSpan(time.Duration(v * 1e9))
	}
	text := strconv.FormatFloat(v, 'g', 6, 64)
	if unit == "bytes" {
		text += " B"
	}
	return text
}
