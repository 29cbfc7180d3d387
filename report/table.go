package report

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// table lines up columns: the first ones to the left, numbers to the right. The last
// column is not padded when it is one of words.
type table struct {
	left int // So many columns stand to the left.
	rows [][]string
}

func (t *table) add(cells ...string) { t.rows = append(t.rows, cells) }

// write writes the table, indented by two spaces; a cell that repeats the one above
// it, in the columns to the left, is left blank.
func (t *table) write(w io.Writer, words bool) {
	var widths []int
	for _, row := range t.rows {
		for i, cell := range row {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	for n, row := range t.rows {
		var line strings.Builder
		same := n > 1
		for i, cell := range row {
			pad := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell))
			same = same && i < t.left-1 && cell == t.rows[n-1][i]
			if same {
				cell = strings.Repeat(" ", utf8.RuneCountInString(cell))
			}
			switch {
			case i < t.left || words && i == len(row)-1:
				fmt.Fprint(&line, "  ", cell, pad)
			default:
				fmt.Fprint(&line, "  ", pad, cell)
			}
		}
		fmt.Fprintln(w, strings.TrimRight(line.String(), " "))
	}
}
