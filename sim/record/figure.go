package record

import (
	"errors"
	"fmt"
	"math"
	"strings"
)

// Figure is a threshold without its bound: a number that a run has, to be held against
// the same number of other runs. It is written as in a threshold:
//
//	p99(connect_to_logged_in, population: phones)
//	time_to_recover(99%, after: deploy)
//	herd_index(after: deploy)
//
// The class of a storm is no number, and what was offered or served is taken to the end
// of a storm (after), not of a window (during).
type Figure struct {
	text string
	t    Threshold
}

// Reading is what a run says about a figure.
type Reading struct {
	// Value is in the figure's unit; +Inf for what was never reached, as a time to
	// recover, or has no bound, as an amplification when nobody came back.
	Value float64
	// Count is how many samples (attempts, clients) it is made of.
	Count uint64
	// Known is false when there is nothing to read, for Reason.
	Known  bool
	Reason string
}

// ParseFigure reads a figure. Its error names every word that is wrong, and what was
// probably meant.
func ParseFigure(text string) (Figure, error) {
	if len(text) > MaxThreshold {
		return Figure{}, fmt.Errorf("figure is longer than %d bytes", MaxThreshold)
	}
	text = strings.Join(strings.Fields(text), " ")
	parser, err := newParser()
	if err != nil {
		return Figure{}, err
	}
	tree, err := parser.ParseString("", text+" < 0") // The grammar has a bound; it is not read.
	if err != nil {
		return Figure{}, fmt.Errorf("figure %q: %w; it reads like p99(connect_to_logged_in)", text, plain(err))
	}
	f := &form{Threshold: &Threshold{text: text, op: tree.Op}}
	f.function(tree.Function)
	for _, a := range tree.Args {
		f.argument(a)
	}
	f.complete()
	switch {
	case len(f.faults) > 0:
	case f.fn == stormClass:
		f.fault("a kind of storm is no number: write it as a threshold")
	case f.during && f.aboutStorm():
		f.fault("write after: %s, or leave it out", f.window)
	case f.fn == strandedClients:
		f.unit = share
	}
	if len(f.faults) > 0 {
		return Figure{}, fmt.Errorf("figure %q: %w", text, errors.Join(f.faults...))
	}
	return Figure{text: text, t: *f.Threshold}, nil
}

// String is the figure as it was written, with its spaces put in order.
func (f Figure) String() string { return f.text }

// Unit is "seconds", "share" (1 = all of them) or "" for plain numbers.
func (f Figure) Unit() string {
	switch f.t.unit {
	case duration:
		return "seconds"
	case share:
		return "share"
	}
	return ""
}

// Check reports the population or entry that a layout does not have.
func (f Figure) Check(l Layout) error {
	if err := f.t.Check(l); err != nil {
		return errors.New(strings.ReplaceAll(err.Error(), "threshold ", "figure "))
	}
	return nil
}

// Quantile says which quantile of which samples of the whole run the figure is; ok is
// false when it is something else.
func (f Figure) Quantile() (q float64, m Metric, of Filter, ok bool) {
	return f.t.q, f.t.metric, f.t.filter, f.t.fn == quantile && f.t.window == ""
}

// OfQuantile reports whether the figure is a quantile, and which.
func (f Figure) OfQuantile() (q float64, ok bool) { return f.t.q, f.t.fn == quantile }

// Grows reports whether more of it is better: logins served, drops that are over.
func (f Figure) Grows() bool {
	return f.t.what == ofGoodput || (f.t.fn == count || f.t.fn == portion) && f.t.what == ofStatus && f.t.status == "loggedIn" ||
		f.t.fn == rate && f.t.what == ofCode && f.t.code == CodeName(0)
}

// Of reads the figure off what an aggregate has sealed.
func (f Figure) Of(a *Aggregate) Reading {
	t, o := f.t, Outcome{}
	read := func(value float64) Reading {
		return Reading{Value: value, Count: o.Count, Known: o.Known, Reason: o.Reason}
	}
	entry := whole
	if t.window != "" {
		if entry = a.space.layout.entry(t.window); entry < 0 {
			return Reading{Reason: fmt.Sprintf("there is no timeline entry %q", t.window)}
		}
	}
	switch {
	case t.aboutStorm():
		return f.ofStorm(a)
	case t.fn == recovery:
		if o = t.recovery(a, entry, o); !o.Known {
			return read(0)
		}
		if m := milestone(a.total, min(entry, MaxEntries), t.q*100); m.Reached {
			return read(m.After.Duration().Seconds())
		}
		return read(math.Inf(1))
	}
	totals := a.total
	if entry != whole {
		totals = a.window(entry, t.during)
	}
	if totals.seconds == 0 {
		return Reading{Reason: "nothing was recorded in that time"}
	}
	value := t.figure(totals, &o)
	if t.unit == duration {
		value /= 1e9
	}
	return read(value)
}

// ofStorm reads a figure of a storm.
func (f Figure) ofStorm(a *Aggregate) Reading {
	t, o := f.t, Outcome{}
	if known := t.Evaluate(a); !known.Known { // It says why, also of an entry that did not begin.
		return Reading{Reason: known.Reason}
	}
	r := a.reading()
	var s Storm
	if t.window == "" {
		all := r.storms()
		s = all[len(all)-1]
	} else {
		s = r.storm(a.space.layout.entry(t.window), r.capacity())
	}
	value := t.stormFigure(a, &s, &o)
	if o.Value != "" {
		value = math.Inf(1) // Attempts, and nobody back.
	}
	return Reading{Value: value, Count: o.Count, Known: o.Known, Reason: o.Reason}
}
