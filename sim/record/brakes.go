package record

import (
	"fmt"
	"math"
	"strings"
	"time"
)

// Stop is a condition with how long it has to hold before it ends a run.
type Stop struct {
	Condition Condition
	For       time.Duration // Without a break; 0 = the first time that it holds.
	Grace     Time          // What is before this instant does not count.
}

// String is the stop for people.
func (s Stop) String() string {
	text := s.Condition.String()
	if s.For > 0 {
		text += fmt.Sprintf(" for %v", s.For)
	}
	return text
}

// Tripped says which condition ended a run.
type Tripped struct {
	Condition string  `json:"condition"`
	At        Seconds `json:"at_seconds"`              // When it ended the run.
	Since     Seconds `json:"since_seconds"`           // From when on it held.
	For       Seconds `json:"for_seconds,omitempty"`   // How long it had to.
	Value     string  `json:"value"`                   // As people write it, at At.
	Count     uint64  `json:"count,omitempty"`         // Samples, attempts, clients it is made of.
	Of        string  `json:"of,omitempty"`            // What Count counts.
	Series    string  `json:"target_series,omitempty"` // Of the target; "" = our own figures.
}

// String says it in a sentence.
func (t Tripped) String() string {
	text := fmt.Sprintf("aborted at %s: %s", FormatSpan(t.At.Duration()), t.Condition)
	if t.For > 0 {
		text += fmt.Sprintf(", held since %s: at the end it was %s", FormatSpan(t.Since.Duration()), t.Value)
	} else {
		text += ": it was " + t.Value
	}
	if t.Count > 0 {
		text += fmt.Sprintf(" (%s)", plural(t.Count, strings.TrimSuffix(t.Of, "s")))
	}
	return text
}

// Brakes watch the conditions that end a run, while it goes on. Our own figures are
// looked at once a sealed second, series of the target whenever a value came. It is
// pure: the same rows and samples trip it at the same instant. One goroutine at a time.
type Brakes struct {
	stops   []Stop
	held    []holding
	recent  []*Totals // Of the last seconds, the newest last.
	keep    int       // How many of them are wanted.
	samples map[string][]targetSample
	back    map[string]time.Duration // How far each series is kept.
	tripped *Tripped
}

// holding is since when a condition holds.
type holding struct {
	on    bool
	since Time
}

// targetSample is a value of a series of the target.
type targetSample struct {
	at    Time
	value float64
	known bool
}

// NewBrakes returns brakes that nothing has tripped.
func NewBrakes(stops []Stop) *Brakes {
	b := &Brakes{stops: stops, held: make([]holding, len(stops)), samples: map[string][]targetSample{}, back: map[string]time.Duration{}}
	for _, s := range stops {
		if c := &s.Condition; c.series == "" {
			b.keep = max(b.keep, int(c.last/secondSpan))
		} else {
			b.back[c.series] = max(b.back[c.series], c.last)
		}
	}
	return b
}

// Tripped returns what ended the run; nil = nothing did.
func (b *Brakes) Tripped() *Tripped { return b.tripped }

// Row looks at a sealed second. Rows come in order.
func (b *Brakes) Row(row Row) *Tripped {
	if b.keep == 0 || row.Totals == nil || b.tripped != nil {
		return b.tripped
	}
	b.recent = append(b.recent, row.Totals)
	if len(b.recent) > b.keep {
		b.recent[0] = nil
		b.recent = b.recent[1:]
	}
	now := row.To.Duration()
	for i := range b.stops {
		if c := &b.stops[i].Condition; c.series == "" {
			o := Outcome{}
			got := c.t.figure(b.window(int(c.last/secondSpan)), &o)
			b.judge(i, now, got, o)
		}
	}
	return b.tripped
}

// window is what was recorded in the last seconds.
func (b *Brakes) window(seconds int) *Totals {
	from := max(0, len(b.recent)-seconds)
	if len(b.recent)-from == 1 {
		return b.recent[from]
	}
	t := newWindow(b.recent[from].space)
	for _, one := range b.recent[from:] {
		t.merge(one)
	}
	return t
}

// Sample takes a value of a series of the target, or with known false a gap. Calls for
// one series come in the order of their instants.
func (b *Brakes) Sample(at Time, series string, value float64, known bool) *Tripped {
	back, watched := b.back[series]
	if !watched || b.tripped != nil {
		return b.tripped
	}
	all := append(b.samples[series], targetSample{at, value, known && !math.IsNaN(value)})
	for len(all) > 1 && all[0].at <= at-back { // The newest one always stays.
		all = all[1:]
	}
	b.samples[series] = all
	for i := range b.stops {
		if c := &b.stops[i].Condition; c.series == series {
			got, o := c.over(all)
			b.judge(i, at, got, o)
		}
	}
	return b.tripped
}

// over is the figure of a series' last values.
func (c *Condition) over(all []targetSample) (got float64, o Outcome) {
	last := all[len(all)-1]
	if c.of == newest {
		return c.scaled(last.value), Outcome{Known: last.known}
	}
	gaps, sum, least, most := 0, 0.0, math.Inf(1), math.Inf(-1)
	for _, s := range all {
		if s.at <= last.at-c.last {
			continue
		}
		if !s.known {
			gaps++
			continue
		}
		o.Count++
		sum, least, most = sum+s.value, min(least, s.value), max(most, s.value)
	}
	o.Of, o.Known = "samples", o.Count > 0
	switch c.of {
	case gapsOf:
		return float64(gaps), Outcome{Known: true}
	case leastOf:
		return c.scaled(least), o
	case mostOf:
		return c.scaled(most), o
	}
	return c.scaled(sum / float64(max(o.Count, 1))), o
}

// scaled is a value of a series as bounds are kept.
func (c *Condition) scaled(v float64) float64 {
	if c.t.unit == duration {
		return v * float64(time.Second)
	}
	return v
}

// judge follows how long a condition holds. What is not known breaks it off: a run is
// not ended by what nobody saw.
func (b *Brakes) judge(i int, now Time, got float64, o Outcome) {
	s, h := &b.stops[i], &b.held[i]
	if now < s.Grace || !o.Known || !s.Condition.t.holds(got) {
		h.on = false
		return
	}
	if !h.on {
		*h = holding{true, now}
	}
	if b.tripped != nil || now-h.since < s.For {
		return
	}
	if o.Of == "" && o.Count > 0 {
		o.Of = s.Condition.t.counts()
	}
	b.tripped = &Tripped{Condition: s.String(), At: Seconds(now), Since: Seconds(h.since), For: Seconds(s.For),
		Value: s.Condition.format(got), Count: o.Count, Of: o.Of, Series: s.Condition.series}
}

// counts says what a figure is made of.
func (t Threshold) counts() string {
	switch {
	case t.fn == rate || t.what == ofCode:
		return "attempts"
	case t.what == ofStatus:
		return "clients"
	}
	return "samples"
}
