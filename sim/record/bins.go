package record

import "time"

// Bin counts the values from From up to To, To not included.
type Bin struct {
	From  Seconds `json:"from_seconds"`
	To    Seconds `json:"to_seconds"`
	Count int64   `json:"count"`
}

// Bins puts the values into at most so many bins of equal width, for a picture: widths
// are 1, 2 or 5 times a power of ten, from a microsecond on, and the edges multiples of
// them. No bin is narrower than what FormatSpan tells apart at the largest value. Bins
// without values between the first and the last are there too. Nil when there are no values.
func (h *Histogram) Bins(most int) []Bin {
	if h.Count() == 0 || most < 1 {
		return nil
	}
	low, high := time.Duration(-1), time.Duration(0)
	for b := range h.Buckets() {
		if high = b.middle(); low < 0 {
			low = high
		}
	}
	width, steps := lowest, 0
	for (int(high/width-low/width)+1 > most || width < precision(high)) && width < time.Duration(1<<60) {
		if steps++; steps%3 == 2 {
			width = width / 2 * 5 // 1, 2, 5, 10 and so on.
		} else {
			width *= 2
		}
	}
	first := low / width
	bins := make([]Bin, int(high/width-first)+1)
	for i := range bins {
		bins[i].From = Seconds((first + time.Duration(i)) * width)
		bins[i].To = bins[i].From + Seconds(width)
	}
	for b := range h.Buckets() {
		at := min(max(int(b.middle()/width-first), 0), len(bins)-1)
		bins[at].Count += b.Count
	}
	return bins
}

// precision is the least difference that FormatSpan shows at a value.
func precision(d time.Duration) time.Duration {
	if d >= time.Minute {
		return time.Second
	}
	step := time.Duration(1)
	for d >= 1000*step {
		step *= 10
	}
	return step
}
