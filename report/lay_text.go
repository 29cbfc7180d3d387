package report

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"time"

	"loginstorm/sim/record"
)

// LayJSON writes the two runs laid over each other, indented, with a line feed at the
// end.
func LayJSON(w io.Writer, l *Lay) error {
	b, err := json.MarshalIndent(l, "", "  ")
	if err != nil {
		return fmt.Errorf("write comparison: %w", err)
	}
	_, err = w.Write(append(b, '\n'))
	return err
}

// LayText writes the two runs laid over each other for people.
func LayText(w io.Writer, l *Lay, o Options) error {
	p := &page{o: o}
	p.layHead(l)
	p.layPercentiles(l, "Latency", func(f Laid) bool {
		return f.Of == "" && !strings.HasPrefix(f.Metric, "phase_") && f.Metric != record.DataSync.String()
	})
	p.layPercentiles(l, "Phases of an attempt, and data sync", func(f Laid) bool {
		return strings.HasPrefix(f.Metric, "phase_") || f.Metric == record.DataSync.String()
	})
	p.layPercentiles(l, "connect_to_logged_in by population and origin", func(f Laid) bool { return f.Of != "" })
	p.layParts(l)
	p.layEntries(l)
	p.layCurves(&l.Logins)
	p.layEnd(l)
	_, err := w.Write(bytes.ReplaceAll(p.Bytes(), []byte(glue), []byte(" ")))
	return err
}

func (p *page) layHead(l *Lay) {
	word := "LAID OVER"
	if !l.Comparable() {
		word = "NOT COMPARABLE"
	}
	p.wrap(p.paint(false, !l.Comparable(), word)+"  ", "  ", fmt.Sprintf("%s (seed %d)", l.Name, l.Seed))
	for _, side := range []struct {
		name string
		Side
	}{{"predicted", l.Predicted}, {"measured", l.Measured}} {
		p.wrap("  "+side.name+": ", "    ", fmt.Sprintf("%s, %s, %s logins, %s", side.Driver, side.Verdict, number(side.Logins), side.RunDir))
	}
	for _, fault := range l.Faults {
		p.wrap("  because ", "    ", fault)
	}
	for _, note := range l.Notes {
		p.wrap("  note: ", "    ", note)
	}
}

// short is a metric's name where there is a title above it.
func short(metric string) string {
	return strings.ReplaceAll(strings.TrimPrefix(metric, "phase_"), "_", " ")
}

func (p *page) layPercentiles(l *Lay, title string, takes func(Laid) bool) {
	t := &table{left: 2}
	t.add("of", "figure", "predicted", "measured", "error", "")
	for _, f := range l.Figures {
		if !strings.HasPrefix(f.Figure, "p") || !takes(f) {
			continue
		}
		name := f.Metric
		if f.Of != "" {
			name = f.Of
		} else if strings.HasPrefix(name, "phase_") || name == record.DataSync.String() {
			name = short(name)
		}
		if f.Metric == record.PhaseWait.String() {
			name = "late start"
		}
		t.add(name, f.Figure, f.value(f.Predicted, "predicted"), f.value(f.Measured, "measured"), f.relative(), f.doubt())
	}
	if len(t.rows) > 1 {
		p.title(title)
		t.write(p, true)
	}
}

// value writes a figure, or a dash where it was never reached.
func (f *Laid) value(v float64, side string) string {
	if f.Missing != "" && (f.Missing == side || f.Missing == "both") {
		return "-"
	}
	if f.Unit == "seconds" {
		return record.FormatSpan(time.Duration(math.Round(v * 1e9)))
	}
	if f.Metric == herdMetric {
		return fmt.Sprintf("%.2f", v)
	}
	return number(int64(math.Round(v)))
}

// relative writes the error: +3.4 %.
func (f *Laid) relative() string {
	if f.Error == nil {
		return "-"
	}
	return relative(*f.Error)
}

func relative(e float64) string {
	const far = 10 // From here on a percentage says nothing more.
	if math.Abs(e) >= far {
		return fmt.Sprintf("x %.0f", e+1)
	}
	return fmt.Sprintf("%+.1f %%", e*100)
}

// doubt says why a figure is not to be judged by.
func (f *Laid) doubt() string {
	switch {
	case f.Missing == "both":
		return "neither came to it"
	case f.Missing != "":
		return "not " + f.Missing
	case f.Few:
		return "few values"
	}
	return ""
}

// layParts says what the difference of the mean is made of.
func (p *page) layParts(l *Lay) {
	if text := l.Explain(); text != "" {
		fmt.Fprintln(p)
		p.wrap("  ", "  ", text)
	}
}

// Explain says in a sentence which phases the difference of the mean of
// connect_to_logged_in is made of; "" when there is no figure of it.
func (l *Lay) Explain() string {
	var p, m float64
	parts := slices.Clone(l.Parts)
	for _, part := range parts {
		p, m = p+part.Predicted, m+part.Measured
	}
	if m == 0 {
		return ""
	}
	by := func(d float64) string {
		sign := "+"
		if d < 0 {
			sign = "-"
		}
		return sign + record.FormatSpan(time.Duration(math.Round(math.Abs(d)*1e9)))
	}
	slices.SortStableFunc(parts, func(a, b Part) int {
		return cmp.Compare(math.Abs(b.Predicted-b.Measured), math.Abs(a.Predicted-a.Measured))
	})
	var words []string
	for _, part := range parts {
		if d := part.Predicted - part.Measured; math.Abs(d) >= 0.001*m {
			words = append(words, short(part.Phase)+glue+by(d))
		}
	}
	text := fmt.Sprintf("An attempt took %s on average where %s was predicted", record.FormatSpan(time.Duration(m*1e9)), record.FormatSpan(time.Duration(p*1e9)))
	if len(words) == 0 {
		return text + "."
	}
	return fmt.Sprintf("%s; predicted less measured, by phase: %s.", text, strings.Join(words, ", "))
}

// layEntries shows what timeline entries did on both sides.
func (p *page) layEntries(l *Lay) {
	t := &table{left: 2}
	t.add("entry", "figure", "predicted", "measured", "error", "")
	for _, f := range l.Figures {
		if f.Metric == backMetric || f.Metric == herdMetric || f.Metric == "hit" {
			t.add(f.Of, f.Figure, f.value(f.Predicted, "predicted"), f.value(f.Measured, "measured"), f.relative(), f.doubt())
		}
	}
	if len(t.rows) > 1 {
		p.title("Back after a fault, and how the load came")
		t.write(p, true)
	}
}

// layCurves shows the logins a second.
func (p *page) layCurves(c *Curves) {
	if max(c.PredictedPeak, c.MeasuredPeak) == 0 {
		return
	}
	p.title("Logins a second")
	t := &table{left: 1}
	t.add("from", "predicted", "measured", "error")
	for i := range c.Predicted {
		f := Laid{Predicted: c.Predicted[i], Measured: c.Measured[i]}
		f.setError()
		t.add(fmt.Sprintf("%d s", i*c.Step), f.value(f.Predicted, ""), f.value(f.Measured, ""), f.relative())
	}
	peak := Laid{Predicted: c.PredictedPeak, Measured: c.MeasuredPeak}
	peak.setError()
	t.add("peak", peak.value(peak.Predicted, ""), peak.value(peak.Measured, ""), peak.relative())
	t.write(p, false)
	p.wrap("  ", "  ", fmt.Sprintf("At most %s of all logins had happened on one side and not yet on the other.", percent(c.Shifted)))
}

// DriversAlone is what an agreement of the two drivers means, and what it does not.
const DriversAlone = "Agreement proves that the two drivers do the same with one model; it does not prove that a gateway of yours behaves like the model."

func (p *page) layEnd(l *Lay) {
	if l.Predicted.Driver != l.Measured.Driver {
		fmt.Fprintln(p)
		p.wrap("  ", "  ", DriversAlone)
	}
}
