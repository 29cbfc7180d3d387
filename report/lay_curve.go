package report

import (
	"math"

	"loginstorm/sim/record"
)

// Curves are the logins a second of both sides, summed over Step seconds each.
type Curves struct {
	Step      int       `json:"step_seconds"`
	Predicted []float64 `json:"predicted_per_second"`
	Measured  []float64 `json:"measured_per_second"`
	// Shifted is the greatest share of all logins that had happened on one side and not
	// yet, or never, on the other, at the end of any second: 0 = the curves are one.
	Shifted float64 `json:"shifted"`
	// Peaks are of single seconds.
	PredictedPeak float64 `json:"predicted_peak_per_second"`
	MeasuredPeak  float64 `json:"measured_peak_per_second"`
}

// curvePoints is how many points a curve has at most: lines of a terminal.
const curvePoints = 15

// maxCurveSecond bounds what a file says: twelve days.
const maxCurveSecond = 1 << 20

// perSecond lists the logins of each second.
func perSecond(rows []record.Row) (all []float64) {
	for _, r := range rows {
		if r.Second < 0 || r.Second >= maxCurveSecond {
			continue
		}
		for len(all) <= r.Second {
			all = append(all, 0)
		}
		all[r.Second] += float64(r.LoggedIn)
	}
	return all
}

func curvesOf(predicted, measured []record.Row) Curves {
	p, m := perSecond(predicted), perSecond(measured)
	n := max(len(p), len(m), 1)
	for len(p) < n {
		p = append(p, 0)
	}
	for len(m) < n {
		m = append(m, 0)
	}
	c := Curves{Step: (n + curvePoints - 1) / curvePoints}
	var x, y, most float64
	for i := range n {
		x, y = x+p[i], y+m[i]
		most = max(most, math.Abs(x-y))
		c.PredictedPeak, c.MeasuredPeak = max(c.PredictedPeak, p[i]), max(c.MeasuredPeak, m[i])
	}
	if total := max(x, y); total > 0 {
		c.Shifted = most / total
	}
	for from := 0; from < n; from += c.Step {
		var x, y float64
		until := min(from+c.Step, n)
		for i := from; i < until; i++ {
			x, y = x+p[i], y+m[i]
		}
		span := float64(until - from)
		c.Predicted, c.Measured = append(c.Predicted, x/span), append(c.Measured, y/span)
	}
	return c
}
