package html

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"loginstorm/sim/record"
)

// heat is a map of how many logins took how long when.
type heat struct {
	Step int     `json:"step"` // Seconds of a column.
	Low  float64 `json:"low"`  // Seconds at the foot of the lowest row.
	High float64 `json:"high"`
	Rows int     `json:"rows"` // Each Factor times as high as the one below.
	Most int64   `json:"most"` // In one cell.
	// Cells are columns, each a list of row, count, row, count, ...
	Cells map[int][]int64 `json:"cells"`
}

const (
	// heatColumns is how many columns there are at most, heatDecade how many rows a
	// power of ten has.
	heatColumns = 180
	heatDecade  = 8
	// heatLevels is how many shades the picture without a script has.
	heatLevels = 6
)

// heatOf makes the map of a run, with rows from low to high seconds.
func (s *story) heatOf(x axis, low, high float64) *heat {
	each := max(1, (x.n+heatColumns-1)/heatColumns)
	h := &heat{Step: x.step * each, Low: low, High: high, Cells: map[int][]int64{}}
	h.Rows = int(math.Round(math.Log10(high/low) * heatDecade))
	lowest, stretches := int(math.Round(math.Log10(low/foot)*heatDecade)), s.each[record.ConnectToLoggedIn]
	for column := 0; column*each < min(x.n, len(stretches)); column++ {
		counts := make([]int64, h.Rows)
		for i := column * each; i < min((column+1)*each, len(stretches)); i++ {
			cells := stretches[i].cells
			for j := 0; j+1 < len(cells); j += 2 {
				counts[min(max(int(cells[j])-lowest, 0), h.Rows-1)] += cells[j+1]
			}
		}
		for row, n := range counts {
			if n > 0 {
				h.Cells[column] = append(h.Cells[column], int64(row), n)
				h.Most = max(h.Most, n)
			}
		}
	}
	return h
}

// heatRange is the range of rows that holds what all runs measured: powers of ten.
func heatRange(stories []*story) (low, high float64) {
	low, high = math.Inf(1), 0
	for _, s := range stories {
		if h := s.totals[record.ConnectToLoggedIn]; h.Count() > 0 {
			low, high = min(low, max(h.Quantile(0.001).Seconds(), foot)), max(high, h.Max().Seconds())
		}
	}
	if high == 0 {
		return foot, 1
	}
	low = math.Pow(10, math.Floor(math.Log10(low)))
	return low, max(math.Pow(10, math.Ceil(math.Log10(high))), low*10)
}

// paint writes the cells, a path for each shade.
func (h *heat) paint(x, y scale) []cells {
	var paths [heatLevels]strings.Builder
	columns := int(x.high)/h.Step + 1
	for column := range columns {
		list := h.Cells[column]
		from := round(x.at(float64(column * h.Step)))
		wide := round(x.at(float64((column+1)*h.Step))) - from
		for i := 0; i+1 < len(list); i += 2 {
			bottom := y.at(h.Low * math.Pow(10, float64(list[i])/heatDecade))
			top := y.at(h.Low * math.Pow(10, float64(list[i]+1)/heatDecade))
			shade := int(math.Log(float64(list[i+1]))/math.Log(float64(h.Most)+1)*heatLevels + 0.5)
			fmt.Fprintf(&paths[min(max(shade, 0), heatLevels-1)], "M%v %vh%vV%vh-%vz", from, round(bottom), round(max(wide, 1)), round(top), round(max(wide, 1)))
		}
	}
	var all []cells
	for i := range paths {
		if paths[i].Len() > 0 {
			all = append(all, cells{"h" + strconv.Itoa(i), paths[i].String()})
		}
	}
	return all
}

// tabled counts logins by how long they took.
func (h *heat) tabled() *table {
	counts := make([]int64, h.Rows)
	for _, list := range h.Cells {
		for i := 0; i+1 < len(list); i += 2 {
			counts[list[i]] += list[i+1]
		}
	}
	t := &table{Title: "Logins of the whole run by how long they took.", Head: []string{"from", "to", "logins"}}
	for row, n := range counts {
		if n > 0 {
			from := h.Low * math.Pow(10, float64(row)/heatDecade)
			t.Rows = append(t.Rows, []string{written("seconds", from), written("seconds", from*math.Pow(10, 1./heatDecade)), number(n)})
		}
	}
	return t
}
