package plan

import (
	"fmt"
	"strings"

	"loginstorm/sim/record"
)

// GateMetric is a figure that runs of this plan are compared by.
type GateMetric struct {
	Figure string  // As record.ParseFigure reads it, or one of the gate's own.
	Floor  float64 // As a part of 1; 0 = not said where Floored is false.
	// Floored: the scenario says the floor.
	Floored bool
	// Worse is "higher", "lower", or "" for the figure's nature.
	Worse string
}

// gateOwn are figures of a gate that no threshold has: processor time is known of a run
// as a whole alone.
func gateOwn() []string { return []string{"cpu_per_login", "target_cpu_per_login"} }

// gate reads what runs are compared by, and checks the names in it.
func (c *compiler) gate() {
	layout := c.plan.Layout()
	for i, g := range c.file.Gate {
		path := fmt.Sprintf("gate[%d]", i)
		m := GateMetric{Figure: strings.Join(strings.Fields(g.Metric), " "), Worse: g.Worse}
		if g.Floor != nil {
			m.Floor, m.Floored = float64(*g.Floor)/1_000_000, true
		}
		if err := gateFigure(m.Figure, layout); err != nil {
			prefix := fmt.Sprintf("figure %q: ", m.Figure)
			for line := range strings.SplitSeq(err.Error(), "\n") {
				if line = strings.TrimPrefix(line, prefix); !c.nameless(line) {
					c.fault(path, line, "")
				}
			}
			continue
		}
		for _, before := range c.plan.Gate {
			if before.Figure == m.Figure {
				c.fault(path, "the gate has "+m.Figure+" twice", "keep one of the two")
			}
		}
		c.plan.Gate = append(c.plan.Gate, m)
	}
}

// gateFigure checks a figure.
func gateFigure(text string, l record.Layout) error {
	for _, own := range gateOwn() {
		if text == own {
			return nil
		}
	}
	f, err := record.ParseFigure(text)
	if err != nil {
		return err
	}
	return f.Check(l)
}

// printGate writes it for people.
func (p *Plan) printGate(b *strings.Builder) {
	if len(p.Gate) == 0 {
		return
	}
	b.WriteString("\ngate\n")
	for _, g := range p.Gate {
		fmt.Fprintf(b, "  %s", g.Figure)
		if g.Worse != "" {
			fmt.Fprintf(b, "   worse when %s", g.Worse)
		}
		if g.Floored {
			fmt.Fprintf(b, "   by more than %g %%", g.Floor*100)
		}
		b.WriteByte('\n')
	}
}
