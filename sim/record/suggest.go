package record

import (
	"fmt"
	"strings"
)

// suggest completes an error about an unknown word: the known word that is
// nearest, or the first few when none is near.
func suggest(word string, known []string) string {
	best, nearest := "", max(2, len(word)/3)+1
	for _, k := range known {
		if d := distance(word, k); d < nearest {
			best, nearest = k, d
		}
	}
	switch {
	case best != "":
		return fmt.Sprintf(", did you mean %q?", best)
	case len(known) == 0:
		return ": there is none"
	}
	const few = 8
	more := ""
	if len(known) > few {
		known, more = known[:few], " ..."
	}
	return "; known are " + strings.Join(known, ", ") + more
}

// distance is how many letters have to be put in, taken out or changed.
func distance(a, b string) int {
	from, to := []rune(a), []rune(b)
	row := make([]int, len(to)+1)
	for j := range row {
		row[j] = j
	}
	for i, c := range from {
		diagonal := row[0]
		row[0] = i + 1
		for j, d := range to {
			cost := 1
			if c == d {
				cost = 0
			}
			diagonal, row[j+1] = row[j+1], min(row[j+1]+1, row[j]+1, diagonal+cost)
		}
	}
	return row[len(to)]
}
