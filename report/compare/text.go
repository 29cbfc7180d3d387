package compare

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// JSON writes the result, indented, with a line feed at its end.
func JSON(w io.Writer, c *Result) error {
	b, err := json.MarshalIndent(c, "", "  ")
	if err != nil {
		return fmt.Errorf("write comparison: %w", err)
	}
	_, err = w.Write(append(b, '\n'))
	return err
}

// Text writes the result for people: the verdict and its sentence first, then a line a
// figure, then what to bear in mind.
func Text(w io.Writer, c *Result, color bool) error {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s  %s\n", painted(c.Verdict, color), c.title())
	fmt.Fprintf(&b, "  %s\n", c.Sentence)
	for i, fault := range c.Faults {
		if i > 0 { // The first one is in the sentence.
			fmt.Fprintf(&b, "  because %s\n", fault)
		}
	}
	if len(c.Figures) > 0 {
		b.WriteByte('\n')
		rows := c.rows()
		write(&b, rows)
		b.WriteString("\n  ratio: candidate / base with its interval of 95 %; p: one-sided, over all figures together; below " + percent(Alpha) + " it counts\n")
	}
	for i := range c.Figures {
		if in := c.Figures[i].Inside; in != nil {
			fmt.Fprintf(&b, "  inside the runs alone, the ratio of %s lies in %.3f .. %.3f (blocks of %d s)\n", c.Figures[i].Figure, float64(in.Low), float64(in.High), in.Block)
		}
	}
	for _, n := range c.Notes {
		fmt.Fprintf(&b, "  note: %s\n", n)
	}
	_, err := w.Write(b.Bytes())
	return err
}

func (c *Result) title() string {
	text := fmt.Sprintf("%s (%s): %s, %s", c.Name, c.Driver, c.Base.of("base run"), c.Candidate.of("candidate run"))
	if len(c.Base.Versions) > 0 && len(c.Candidate.Versions) > 0 {
		text += fmt.Sprintf("; versions %s and %s", strings.Join(c.Base.Versions, ", "), strings.Join(c.Candidate.Versions, ", "))
	}
	return text
}

func painted(v Verdict, color bool) string {
	word := strings.ToUpper(v.String())
	switch {
	case !color:
		return word
	case v == Worse || v == Invalid:
		return "\x1b[1;31m" + word + "\x1b[0m"
	case v == Same || v == Better:
		return "\x1b[1;32m" + word + "\x1b[0m"
	}
	return "\x1b[1;33m" + word + "\x1b[0m"
}

// rows are the table, with its heading.
func (c *Result) rows() [][]string {
	rows := [][]string{{"figure", "base", "candidate", "ratio", "p", "floor", "verdict"}}
	for i := range c.Figures {
		f := &c.Figures[i]
		if f.missing() {
			rows = append(rows, []string{f.Figure, "-", "-", "-", "-", "-", "invalid: " + f.Because})
			continue
		}
		rows = append(rows, []string{f.Figure, f.value(float64(f.Base)), f.value(float64(f.Candidate)), f.ratio(),
			fmt.Sprintf("%.3g", f.Adjusted), percent(f.Floor), f.Verdict.String()})
	}
	return rows
}

// write lines a table up: the first and the last column to the left.
func write(b *bytes.Buffer, rows [][]string) {
	widths := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	for _, row := range rows {
		line := ""
		for i, cell := range row {
			pad := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell))
			if i == 0 || i == len(row)-1 {
				cell += pad
			} else {
				cell = pad + cell
			}
			line += "  " + cell
		}
		b.WriteString(strings.TrimRight(line, " ") + "\n")
	}
}

// Markdown writes the result for a comment on a change, or a job's summary.
func Markdown(w io.Writer, c *Result) error {
	var b bytes.Buffer
	fmt.Fprintf(&b, "### %s: %s\n\n%s\n\n", cell(c.title()), c.Verdict, cell(c.Sentence))
	if len(c.Faults) > 1 {
		for _, f := range c.Faults {
			fmt.Fprintf(&b, "- %s\n", cell(f))
		}
		b.WriteByte('\n')
	}
	if len(c.Figures) > 0 {
		for n, row := range c.rows() {
			for i := range row {
				row[i] = cell(row[i])
			}
			if n > 0 {
				row[0] = "`" + strings.ReplaceAll(row[0], "`", "'") + "`"
				if v := c.Figures[n-1].Verdict; v == Worse {
					row[len(row)-1] = "**" + row[len(row)-1] + "**"
				}
			}
			fmt.Fprintf(&b, "| %s |\n", strings.Join(row, " | "))
			if n == 0 {
				b.WriteString("|---|--:|--:|--:|--:|--:|---|\n")
			}
		}
		b.WriteByte('\n')
	}
	for _, n := range c.Notes {
		fmt.Fprintf(&b, "- %s\n", cell(n))
	}
	_, err := w.Write(b.Bytes())
	return err
}

// cell keeps a text within one cell of a table.
func cell(text string) string {
	return strings.NewReplacer("|", `\|`, "\n", " ", "\r", " ", "<", "&lt;").Replace(text)
}
