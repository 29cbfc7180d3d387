package html

import (
	"math"

	"loginstorm/sim/login"
	"loginstorm/sim/record"
)

// mostStretches is how many points a curve over time has at most, all runs together:
// an hour in stretches of five seconds. leastStretches is what each of many runs gets.
const mostStretches, leastStretches = 720, 90

// axis is the time axis of all charts: n stretches of step seconds.
type axis struct{ step, n int }

// axisOf finds stretches of a round length that hold the longest run.
func axisOf(stories []*story) axis {
	longest := 1
	for _, s := range stories {
		longest = max(longest, s.seconds)
	}
	step := stepOf(longest, max(mostStretches/len(stories), leastStretches))
	return axis{step, (longest+step-1)/step + 1} // The end is an instant too: clients are counted there.
}

// stepOf is a round length of at most so many stretches.
func stepOf(longest, most int) int {
	for _, round := range []int{1, 2, 5, 10, 15, 20, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400} {
		if longest <= round*most {
			return round
		}
	}
	return longest
}

// xs are the begins of the stretches, in seconds.
func (x axis) xs() values {
	v := make(values, x.n)
	for i := range v {
		v[i] = float64(i * x.step)
	}
	return v
}

// none is a curve without a point.
func (x axis) none() values {
	v := make(values, x.n)
	for i := range v {
		v[i] = math.NaN()
	}
	return v
}

// mean is what happened a second in each stretch, peak the busiest second of it.
func (s *story) mean(x axis, of func(*record.Row) float64) (mean, peak values) {
	mean, peak = x.none(), x.none()
	seconds := make([]int, x.n)
	for i := range s.run.Rows {
		row := &s.run.Rows[i]
		at := row.Second / x.step
		if row.Second < 0 || at >= x.n {
			continue
		}
		v := of(row)
		if seconds[at]++; seconds[at] == 1 {
			mean[at], peak[at] = 0, v
		}
		mean[at] += v
		peak[at] = max(peak[at], v)
	}
	for i, n := range seconds {
		if n > 0 {
			mean[i] /= float64(n)
		}
	}
	return mean, peak
}

// worst finds the instant of each stretch at which the fewest were loggedIn, so that a
// dip is not lost, and returns its counts by status. Rows count at the end of a second.
func (s *story) worst(x axis) []*record.StatusCounts {
	worst := make([]*record.StatusCounts, x.n)
	for i := range s.run.Rows {
		row := &s.run.Rows[i]
		at := (row.Second + 1) / x.step
		if row.Second < 0 || at >= x.n {
			continue
		}
		if worst[at] == nil || row.Statuses[login.LoggedIn] < worst[at][login.LoggedIn] {
			worst[at] = &row.Statuses
		}
	}
	if len(s.run.Rows) > 0 && x.step == 1 && worst[0] == nil {
		worst[0] = &record.StatusCounts{}
		for _, n := range s.run.Rows[0].Statuses {
			worst[0][login.Unknown] += n // Nobody has begun.
		}
	}
	return worst
}

// statusCurve is how many clients had a status.
func statusCurve(x axis, worst []*record.StatusCounts, of func(*record.StatusCounts) int64) values {
	v := x.none()
	for i, counts := range worst {
		if counts != nil {
			v[i] = float64(of(counts))
		}
	}
	return v
}

// curve is a figure of a metric in each stretch, in seconds.
func (s *story) curve(x axis, m record.Metric, of func(*digest) float64) values {
	v := x.none()
	for i := range s.each[m][:min(len(s.each[m]), x.n)] {
		if d := &s.each[m][i]; d.count > 0 {
			v[i] = of(d)
		}
	}
	return v
}
