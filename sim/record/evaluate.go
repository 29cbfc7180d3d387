package record

import (
	"fmt"
	"strconv"
	"time"
)

// Outcome is what became of a threshold.
type Outcome struct {
	Text string `json:"threshold"`
	// Value is the figure as people write it: "812ms", "0.4%", "400"; "" when it is
	// not known.
	Value string `json:"value"`
	// Count is how many samples (attempts, clients) the figure is made of.
	Count uint64 `json:"count"`
	// Of says what Count counts; "" = samples.
	Of   string `json:"of,omitempty"`
	Pass bool   `json:"pass"`
	// Known is false when there is nothing to judge by: no sample, an entry that
	// never began. A threshold that is not known is not met.
	Known bool `json:"known"`
	// Lost says that what is still to come cannot mend it: a run may end early.
	Lost bool `json:"lost,omitempty"`
	// Reason says why it is not known, or not met.
	Reason string `json:"reason,omitempty"`
}

// Explain is a sentence about an outcome that is not a pass.
func (o Outcome) Explain() string {
	switch {
	case !o.Known:
		return fmt.Sprintf("threshold %s: not known, %s", o.Text, o.Reason)
	case o.Reason != "":
		return fmt.Sprintf("threshold %s: %s", o.Text, o.Reason)
	}
	return fmt.Sprintf("threshold %s: it was %s (%d %s)", o.Text, o.Value, o.Count, o.Unit())
}

// Unit says what Count counts.
func (o Outcome) Unit() string {
	if o.Of == "" {
		return "samples"
	}
	return o.Of
}

// Evaluate judges the threshold by what an aggregate has sealed. It may be asked
// while the run goes on; then Lost says whether it can still be met. A name that
// Check refuses makes it not known.
func (t Threshold) Evaluate(a *Aggregate) Outcome {
	o := Outcome{Text: t.text}
	totals, over := a.total, false
	if t.window != "" {
		entry := a.space.layout.entry(t.window)
		if entry < 0 {
			o.Reason = fmt.Sprintf("there is no timeline entry %q", t.window)
			return o
		}
		if t.fn == recovery {
			return t.recovery(a, entry, o)
		}
		if t.aboutStorm() && t.during {
			return t.load(a, entry, o)
		}
		if t.aboutStorm() {
			return t.storm(a, entry, o)
		}
		totals, over = a.window(entry, t.during), t.during && a.windowOver(entry)
	}
	if t.aboutStorm() {
		return t.storm(a, whole, o)
	}
	if totals.seconds == 0 {
		o.Reason = "nothing was recorded in that time"
		return o
	}
	got := t.figure(totals, &o)
	if !o.Known {
		return o
	}
	o.Value, o.Pass = t.format(got), t.holds(got)
	o.Lost = !o.Pass && (over || t.lost(got))
	return o
}

// Limits reports whether the threshold keeps a figure below its bound. Such a one
// is crossed when it does not hold; the others may only not hold yet.
func (t Threshold) Limits() bool { return t.op == "<" || t.op == "<=" }

// holds compares a figure with the bound.
func (t Threshold) holds(got float64) bool {
	switch t.op {
	case "<":
		return got < t.bound
	case "<=":
		return got <= t.bound
	case ">":
		return got > t.bound
	case ">=":
		return got >= t.bound
	}
	return got == t.bound
}

// lost reports whether a figure that breaks the bound can only break it more: counts
// and maxima grow, minima fall. Quantiles, means and rates may recover.
func (t Threshold) lost(got float64) bool {
	switch t.fn {
	case maximum, sum:
		return t.above(got)
	case count:
		return t.what != ofStatus && t.above(got)
	case minimum:
		return got < t.bound || got == t.bound && t.op == ">"
	}
	return false
}

// above reports whether a figure is too great, and not too small.
func (t Threshold) above(got float64) bool { return got > t.bound || got == t.bound && t.op == "<" }

// figure is the number that the threshold is about.
func (t Threshold) figure(totals *Totals, o *Outcome) float64 {
	switch t.fn {
	case rate:
		codes := totals.Attempts(t.filter)
		o.Count = codes.Sum()
		if o.Known = o.Count > 0; !o.Known {
			o.Reason = "no attempt ended in that time"
			return 0
		}
		return float64(codes[t.place]) / float64(o.Count)
	case portion:
		o.Of = "clients"
		counts := totals.Statuses(t.filter)
		for _, n := range counts {
			o.Count += uint64(max(n, 0))
		}
		if o.Known = o.Count > 0; !o.Known {
			o.Reason = "there is no client"
			return 0
		}
		return float64(max(counts[t.place], 0)) / float64(o.Count)
	case count:
		o.Known = true
		o.Count = t.count(totals)
		return float64(o.Count)
	}
	h := totals.Histogram(t.metric, t.filter)
	o.Count = uint64(h.Count())
	if o.Known = o.Count > 0 || t.fn == sum; !o.Known {
		o.Reason = fmt.Sprintf("%s has no sample there", t.metric)
		return 0
	}
	switch t.fn {
	case mean:
		return float64(h.Mean())
	case minimum:
		return float64(h.Min())
	case maximum:
		return float64(h.Max())
	case sum:
		return h.Sum() * float64(time.Second)
	}
	return float64(h.Quantile(t.q))
}

// count counts what the threshold names.
func (t Threshold) count(totals *Totals) uint64 {
	switch t.what {
	case ofCode:
		return totals.Attempts(t.filter)[t.place]
	case ofStatus:
		return uint64(max(totals.Statuses(t.filter)[t.place], 0))
	case ofKicks:
		kicks := totals.Kicks(t.filter)
		if t.place == anyReason {
			return kicks.Sum()
		}
		return kicks[t.place]
	case ofDials:
		return totals.Dials(t.filter)
	case ofCounter:
		return totals.Counter(Counter(t.place))
	}
	return uint64(totals.Histogram(t.metric, t.filter).Count())
}

// recovery judges time_to_recover: until a share of the drops that an entry caused is
// over, counted from the instant at which the entry began. For an entry that hits one
// client after another that takes in how long it does so; what each client waited for
// is time_back.
func (t Threshold) recovery(a *Aggregate, entry int, o Outcome) Outcome {
	row := min(entry, MaxEntries) // Check refuses what lies behind.
	f := a.total.faults[row]
	o.Count = f.dropped
	if f.hit == 0 {
		o.Reason = fmt.Sprintf("%s made no client drop", t.window)
		if !f.began && a.total.To < a.space.layout.begin(entry) {
			o.Reason = fmt.Sprintf("the run ended before %s began", t.window)
		}
		return o
	}
	o.Known = true
	m := milestone(a.total, row, t.q*100)
	passed := a.total.To - a.space.layout.begin(entry)
	if !m.Reached {
		o.Value = "not yet"
		o.Reason = fmt.Sprintf("%s after %v, %d more of %d would have to be back", o.Value, passed.Round(time.Millisecond), m.Missing, f.dropped)
		o.Lost = t.op != ">" && t.op != ">=" && t.above(float64(passed))
		return o
	}
	got := float64(m.After)
	o.Value, o.Pass = t.format(got), t.holds(got)
	return o
}

// format writes a figure for people: short, unless it then looks like the bound.
func (t Threshold) format(v float64) string {
	switch t.unit {
	case duration:
		d := time.Duration(v)
		if short := FormatSpan(d); short != FormatSpan(time.Duration(t.bound)) || v == t.bound {
			return short
		}
		return d.Round(time.Microsecond).String()
	case ratio:
		return Ratio(v)
	case share:
		return strconv.FormatFloat(v*100, 'g', 4, 64) + "%"
	}
	return strconv.FormatFloat(v, 'f', -1, 64)
}

// FormatSpan writes a span with three significant digits: 812ms, 1.23s, 2m5s.
func FormatSpan(d time.Duration) string {
	if d >= time.Minute || d <= -time.Minute {
		return d.Round(time.Second).String()
	}
	step := time.Duration(1)
	for d >= 1000*step || d <= -1000*step {
		step *= 10
	}
	return d.Round(step).String()
}
