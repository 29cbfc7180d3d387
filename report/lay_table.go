package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

// Predictions are scenarios that were predicted and measured one after the other.
type Predictions struct {
	Tolerance float64      `json:"tolerance"` // Of a relative error: 0.1.
	All       []Prediction `json:"scenarios"`
	// Words stand below the table: what an agreement means.
	Words string `json:"-"`
}

// Prediction is one of them.
type Prediction struct {
	Scenario string `json:"scenario"`
	Lay      *Lay   `json:"laid_over"`
}

// Misses lists the headline figures of a prediction that are further off than the
// tolerance.
func (p *Predictions) Misses(one *Prediction) (all []Laid) {
	for _, f := range one.Lay.Headline() {
		if judged, within := f.Within(p.Tolerance); judged && !within {
			all = append(all, f)
		}
	}
	return all
}

// Judged counts the headline figures that could be judged, of comparable scenarios.
func (p *Predictions) Judged() (judged, within int) {
	for i := range p.All {
		if !p.All[i].Lay.Comparable() {
			continue
		}
		for _, f := range p.All[i].Lay.Headline() {
			if could, good := f.Within(p.Tolerance); could {
				judged++
				if good {
					within++
				}
			}
		}
	}
	return judged, within
}

// PredictionsJSON writes everything, indented, with a line feed at the end.
func PredictionsJSON(w io.Writer, p *Predictions) error {
	b, err := json.MarshalIndent(p, "", "  ")
	if err != nil {
		return fmt.Errorf("write predictions: %w", err)
	}
	_, err = w.Write(append(b, '\n'))
	return err
}

// PredictionsText writes the table of the headline figures for people, and below it
// what each miss is made of.
func PredictionsText(w io.Writer, all *Predictions, o Options) error {
	p := &page{o: o}
	t := &table{left: 2}
	t.add("scenario", "figure", "predicted", "measured", "error", "")
	for i := range all.All {
		one := &all.All[i]
		for _, f := range one.Lay.Headline() {
			t.add(one.Scenario, f.headline(), f.value(f.Predicted, "predicted"), f.value(f.Measured, "measured"), f.relative(), f.verdict(one.Lay, all.Tolerance))
		}
	}
	t.write(p, true)
	for i := range all.All {
		p.explainMisses(all, &all.All[i])
	}
	judged, within := all.Judged()
	fmt.Fprintln(p)
	p.wrap("", "  ", fmt.Sprintf("%d of %d figures within %g %%. %s", within, judged, all.Tolerance*100, all.Words))
	_, err := w.Write(bytes.ReplaceAll(p.Bytes(), []byte(glue), []byte(" ")))
	return err
}

// headline names a figure where its metric is not said above it.
func (f *Laid) headline() string {
	if f.Of != "" {
		return f.Of + ": " + f.Figure
	}
	return f.Figure + " " + f.Metric
}

// verdict says whether a figure is near enough.
func (f *Laid) verdict(l *Lay, tolerance float64) string {
	if !l.Comparable() {
		return "not comparable"
	}
	judged, within := f.Within(tolerance)
	switch {
	case !judged || f.Missing != "":
		return f.doubt()
	case !within:
		return "MISS"
	}
	return "within"
}

// explainMisses says why a scenario cannot be judged, or what its misses are made of.
func (p *page) explainMisses(all *Predictions, one *Prediction) {
	misses := all.Misses(one)
	if one.Lay.Comparable() && len(misses) == 0 {
		return
	}
	fmt.Fprintln(p)
	if !one.Lay.Comparable() {
		p.wrap(one.Scenario+": not comparable, because ", "  ", strings.Join(one.Lay.Faults, "; "))
		return
	}
	p.wrap(one.Scenario+": ", "  ", fmt.Sprintf("%d missed. %s", len(misses), one.Lay.Explain()))
	for _, note := range one.Lay.Notes {
		p.wrap("  note: ", "    ", note)
	}
}
