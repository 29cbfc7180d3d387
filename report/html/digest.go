package html

import (
	"math"

	"loginstorm/sim/record"
)

// digest is what a page shows of a metric in one stretch, in seconds. It takes far less
// room than the histogram that it was read from, so that a run may be long.
type digest struct {
	count                    int64
	mean, p50, p90, p99, max float64
	cells                    []int64 // row, count, row, count, ... of connect_to_logged_in; row 0 begins at foot.
}

// foot is where a logarithmic axis of seconds ends below.
const foot = 1e-5

// digestOf reads a histogram; nil holds nothing. What is too short for a logarithmic
// axis is put at its foot.
func digestOf(h *record.Histogram) digest {
	if h.Count() == 0 {
		return digest{}
	}
	at := func(q float64) float64 { return max(h.Quantile(q).Seconds(), foot) }
	d := digest{count: h.Count(), mean: h.Mean().Seconds(), p50: at(.5), p90: at(.9), p99: at(.99), max: at(1)}
	if h.Metric() != record.ConnectToLoggedIn {
		return d
	}
	for b := range h.Buckets() {
		middle := max((b.From + (b.To-b.From)/2).Seconds(), foot)
		row := int64(math.Log10(middle/foot) * heatDecade)
		if n := len(d.cells); n > 0 && d.cells[n-2] == row {
			d.cells[n-1] += b.Count
			continue
		}
		d.cells = append(d.cells, row, b.Count)
	}
	return d
}

func meanOf(d *digest) float64 { return d.mean }
func p50Of(d *digest) float64  { return d.p50 }
func p90Of(d *digest) float64  { return d.p90 }
func p99Of(d *digest) float64  { return d.p99 }
func maxOf(d *digest) float64  { return d.max }
