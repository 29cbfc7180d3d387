package compare

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"time"

	"loginstorm/sim/record"
)

// Number is a figure that may be without bound: +Inf, in JSON null.
type Number float64

// MarshalJSON writes null for what has no bound.
func (n Number) MarshalJSON() ([]byte, error) {
	if v := float64(n); math.IsInf(v, 0) || math.IsNaN(v) {
		return []byte("null"), nil
	}
	return json.Marshal(float64(n))
}

// UnmarshalJSON reads null as without bound.
func (n *Number) UnmarshalJSON(b []byte) error {
	if string(b) == "null" {
		*n = Number(math.Inf(1))
		return nil
	}
	return json.Unmarshal(b, (*float64)(n))
}

func plain(numbers []Number) []float64 {
	out := make([]float64, len(numbers))
	for i, n := range numbers {
		out[i] = float64(n)
	}
	return out
}

// value writes a figure for people.
func (f *Compared) value(v float64) string {
	switch {
	case math.IsInf(v, 1):
		return "no bound"
	case math.IsNaN(v):
		return "-"
	case f.Unit == "seconds":
		return record.FormatSpan(time.Duration(v * float64(time.Second)))
	case f.Unit == "share":
		return percent(v)
	}
	return strconv.FormatFloat(v, 'g', 4, 64)
}

// ratio writes the ratio with its interval.
func (f *Compared) ratio() string {
	write := func(n Number) string {
		switch v := float64(n); {
		case math.IsInf(v, 1):
			return "∞"
		case math.IsInf(v, -1):
			return "-∞"
		case f.Difference:
			return fmt.Sprintf("%+.3g", v)
		default:
			return fmt.Sprintf("%.3f", v)
		}
	}
	return fmt.Sprintf("%s [%s, %s]", write(f.Ratio), write(f.Low), write(f.High))
}

func percent(share float64) string {
	return strconv.FormatFloat(share*100, 'g', 3, 64) + " %"
}

// probability writes a p for people.
func probability(p float64) string {
	if p < 0.0001 {
		return "less than one of 10,000 cases"
	}
	return percent(p) + " of cases"
}
