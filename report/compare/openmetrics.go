package compare

import (
	"bytes"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"time"

	"loginstorm/sim/record"
)

// OpenMetrics writes the result for Prometheus: for a Pushgateway, or for a file that
// an exporter reads. judged is when the comparison was made. Labels are bounded by
// the gate of the scenario. A value without bound is +Inf.
func OpenMetrics(w io.Writer, c *Result, judged time.Time) error {
	var b bytes.Buffer
	families := exposition{&b, map[string]record.Info{}}
	for _, info := range record.GateSide() {
		families.infos[info.Name] = info
	}
	families.family(record.GateVerdict, func(sample func(float64, ...string)) {
		verdicts(sample, c.Name, record.WholeGate, c.Verdict)
		for i := range c.Figures {
			verdicts(sample, c.Name, c.Figures[i].Figure, c.Figures[i].judged(c))
		}
	})
	families.family(record.GateRatio, func(sample func(float64, ...string)) {
		for i := range c.Figures {
			// A difference is no ratio, and a figure that some run lacks has none.
			if f := &c.Figures[i]; !f.missing() && !f.Difference {
				sample(float64(f.Ratio), c.Name, f.Figure, "median")
				sample(float64(f.Low), c.Name, f.Figure, "low")
				sample(float64(f.High), c.Name, f.Figure, "high")
			}
		}
	})
	families.family(record.GateFloor, func(sample func(float64, ...string)) {
		for i := range c.Figures {
			sample(c.Figures[i].Floor, c.Name, c.Figures[i].Figure)
		}
	})
	families.family(record.GateValue, func(sample func(float64, ...string)) {
		for i := range c.Figures {
			if f := &c.Figures[i]; !f.missing() {
				sample(float64(f.Base), c.Name, f.Figure, "base")
				sample(float64(f.Candidate), c.Name, f.Figure, "candidate")
			}
		}
	})
	families.family(record.GateRuns, func(sample func(float64, ...string)) {
		sample(float64(c.Base.Runs), c.Name, "base")
		sample(float64(c.Candidate.Runs), c.Name, "candidate")
	})
	families.family(record.GateJudged, func(sample func(float64, ...string)) {
		sample(float64(judged.UnixMilli())/1000, c.Name)
	})
	b.WriteString("# EOF\n")
	if _, err := w.Write(b.Bytes()); err != nil {
		return fmt.Errorf("write OpenMetrics: %w", err)
	}
	return nil
}

// judged is the verdict about a figure: where the runs cannot be compared, there is
// none about any.
func (f *Compared) judged(c *Result) Verdict {
	if len(c.Faults) > 0 {
		return Invalid
	}
	return f.Verdict
}

// verdicts writes a sample for every verdict there is, so that none vanishes from one
// comparison to the next.
func verdicts(sample func(float64, ...string), name, figure string, is Verdict) {
	for v := Same; v <= Worse; v++ {
		value := 0.0
		if v == is {
			value = 1
		}
		sample(value, name, figure, v.String())
	}
}

// exposition writes families of gauges.
type exposition struct {
	b     *bytes.Buffer
	infos map[string]record.Info // By catalogue name; never ranged over.
}

// family writes one; one without a sample is left out.
func (e exposition) family(name string, each func(sample func(v float64, labels ...string))) {
	info, head := e.infos[name], e.b.Len()
	fmt.Fprintf(e.b, "# TYPE %s gauge\n# HELP %s %s\n", info.Prometheus, info.Prometheus, info.Help)
	empty := e.b.Len()
	each(func(v float64, labels ...string) {
		e.b.WriteString(info.Prometheus)
		for i, label := range labels {
			e.b.WriteString(map[bool]string{true: "{", false: ","}[i == 0])
			fmt.Fprintf(e.b, `%s="%s"`, info.Labels[i], escaped(label))
		}
		e.b.WriteString("} " + sampleValue(v) + "\n")
	})
	if e.b.Len() == empty {
		e.b.Truncate(head)
	}
}

// escaped is a label's value as the format asks for it.
func escaped(text string) string {
	return strings.NewReplacer(`\`, `\\`, "\n", `\n`, `"`, `\"`).Replace(text)
}

func sampleValue(v float64) string {
	switch {
	case math.IsInf(v, 1):
		return "+Inf"
	case math.IsInf(v, -1):
		return "-Inf"
	case math.IsNaN(v):
		return "NaN"
	}
	return strconv.FormatFloat(v, 'g', -1, 64)
}
