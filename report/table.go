package report

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// table lines up columns: the first ones to the left, numbers to the right. The last
// column is not padded when it is one of words, and goes on below itself when it
// is too long for the line.
type table struct {
	left int      // So many columns stand to the left.
	drop []string // Headings of columns that are left out, in this order, where they do not fit.
	rows [][]string
}

func (t *table) add(cells ...string) { t.rows = append(t.rows, cells) }

// leastWords is how many columns words must have at least to be broken in lines of
// their own; narrower than that they are left to the terminal.
const leastWords = 16

// widths measures the columns.
func (t *table) widths() (widths []int, sum int) {
	for _, row := range t.rows {
		for i, cell := range row {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	for _, w := range widths {
		sum += 2 + w
	}
	return widths, sum
}

// fit leaves columns out until the table is as narrow as the terminal.
func (t *table) fit(width int) []int {
	widths, sum := t.widths()
	for _, heading := range t.drop {
		if width <= 0 || sum <= width {
			break
		}
		if i := slices.Index(t.rows[0], heading); i >= 0 {
			for n := range t.rows {
				t.rows[n] = slices.Delete(t.rows[n], i, i+1)
			}
			widths, sum = t.widths()
		}
	}
	return widths
}

// write writes the table, indented by two spaces; a cell that repeats the one above
// it, in the columns to the left, is left blank.
func (t *table) write(p *page, words bool) {
	widths := t.fit(p.o.Width)
	for n, row := range t.rows {
		line := ""
		same := n > 1
		for i, cell := range row {
			last := words && i == len(row)-1
			pad := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell))
			same = same && i < t.left-1 && i < len(t.rows[n-1]) && cell == t.rows[n-1][i]
			switch {
			case same:
				line += strings.Repeat(" ", 2+widths[i])
			case last && p.o.Width-utf8.RuneCountInString(line)-2 >= leastWords:
				indent := strings.Repeat(" ", utf8.RuneCountInString(line)+2)
				p.wrap(line+"  ", indent, cell)
				line = ""
			case i < t.left || last:
				line += "  " + cell + pad
			default:
				line += "  " + pad + cell
			}
		}
		if line != "" {
			fmt.Fprintln(p, strings.TrimRight(line, " "))
		}
	}
}

// words writes a table of a number, a name and words, indented, without a heading.
func (t *table) words(p *page, indent string) {
	widths, _ := t.widths()
	for _, row := range t.rows {
		line := indent + strings.Repeat(" ", widths[0]-columns(row[0])) + row[0] + "  " + row[1]
		line += strings.Repeat(" ", widths[1]-columns(row[1])) + "  "
		room := p.o.Width - columns(line)
		if p.o.Width > 0 && room < leastWords {
			p.wrap(strings.TrimRight(line, " ")+" ", indent+"    ", row[2])
			continue
		}
		p.wrap(line, strings.Repeat(" ", columns(line)), row[2])
	}
}
