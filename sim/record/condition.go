package record

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	// DefaultLast is how far a condition looks back at our own figures when it does not
	// say: long enough for a percentile, short enough to stop in time.
	DefaultLast = 10 * time.Second
	// MaxLast bounds how far a condition looks back, because that much of the run is kept
	// beside its totals.
	MaxLast = 5 * time.Minute
)

// Watched is a series that a condition may name beside our own figures.
type Watched struct {
	Name string
	Unit string // share, seconds, bytes or "".
}

// Condition is what ends a run when it holds. It is written in the words of a threshold,
// and says when to stop and not what must hold:
//
//	gateway_errors > 5%                             newest value of a series of the target
//	max(gateway_errors, last: 10s) > 5%             also min, mean: of its values in that time
//	gaps(gateway_errors, last: 10s) >= 3            how often it had no value
//	rate(code: 503, last: 10s) > 20%                our own figures, of the last seconds
//	p99(connect_to_logged_in, last: 10s) > 5s
//	share(status: loggedIn) < 50%                   clients, now
//
// last is in whole seconds; left out it is DefaultLast. Figures about an entry, a window
// or a storm have no last seconds, and are thresholds.
type Condition struct {
	t      Threshold
	series string // A series of the target; "" = a figure of our own.
	of     seriesFunction
	last   time.Duration
}

// seriesFunction is what is asked of a series of the target.
type seriesFunction uint8

const (
	newest seriesFunction = iota
	meanOf
	leastOf
	mostOf
	gapsOf
)

// conditionGrammar is how a condition reads.
type conditionGrammar struct {
	Name   string      `parser:"@Ident"`
	Called bool        `parser:"( @'('"`
	Args   []*argument `parser:"  ( @@ ( ',' @@ )* )? ')' )?"`
	Op     string      `parser:"@Op"`
	Bound  *value      `parser:"@@"`
}

// ParseCondition reads a condition over the series that are watched. Its error names
// every word that is wrong, and what was probably meant. Names of populations are checked
// by Check.
func ParseCondition(text string, watched []Watched) (Condition, error) {
	if len(text) > MaxThreshold {
		return Condition{}, fmt.Errorf("condition is longer than %d bytes", MaxThreshold)
	}
	text = strings.Join(strings.Fields(text), " ")
	parser, err := parserOf[conditionGrammar]()
	if err != nil {
		return Condition{}, err
	}
	tree, err := parser.ParseString("", text)
	if err != nil {
		return Condition{}, fmt.Errorf("condition %q: %w; it reads like rate(code: 503, last: 10s) > 20%%, or gateway_errors > 5%% over a series of target.metrics", text, plain(err))
	}
	f := &conditionForm{form: form{Threshold: &Threshold{text: text, op: tree.Op}}, watched: watched, last: -1}
	f.whole(tree)
	if len(f.faults) > 0 {
		return Condition{}, fmt.Errorf("condition %q: %w", text, errors.Join(f.faults...))
	}
	return Condition{t: *f.Threshold, series: f.series, of: f.of, last: f.last}, nil
}

// conditionForm is a condition while it is being built.
type conditionForm struct {
	form
	watched []Watched
	series  string
	of      seriesFunction
	last    time.Duration
}

func (f *conditionForm) names() []string {
	names := make([]string, len(f.watched))
	for i, w := range f.watched {
		names[i] = w.Name
	}
	return names
}

// whole reads what the parser made of the text.
func (f *conditionForm) whole(tree *conditionGrammar) {
	rest := f.window(tree.Args)
	switch {
	case !tree.Called:
		f.target(tree.Name)
		f.last = 0 // The newest value.
	case tree.Name == "gaps" || f.namesSeries(rest):
		f.ofSeries(tree.Name, rest)
	default:
		f.own(tree.Name, rest)
	}
	if f.op == "!=" || f.op == "==" {
		f.fault("compare with <, <=, > or >=: a run is not ended by a figure that is hit to the digit")
	}
	if len(f.faults) == 0 {
		f.bounded(tree.Bound)
	}
}

// window takes how far the condition looks back out of its arguments.
func (f *conditionForm) window(args []*argument) (rest []*argument) {
	for _, a := range args {
		if a.Name != "last" {
			rest = append(rest, a)
			continue
		}
		d, err := time.ParseDuration(a.Value.word())
		switch {
		case f.last >= 0:
			f.fault(`"last" is given twice`)
		case err != nil || d < time.Second || d > MaxLast || d%time.Second != 0:
			f.fault("%q is no span to look back: write whole seconds up to %v, such as last: 10s", a.Value.word(), MaxLast)
		}
		f.last = max(d, 0)
	}
	return rest
}

// namesSeries reports whether the first argument is a series of the target.
func (f *conditionForm) namesSeries(args []*argument) bool {
	return len(args) > 0 && args[0].Name == "" && slices.Contains(f.names(), args[0].Value.word())
}

// target takes the newest value of a series.
func (f *conditionForm) target(name string) {
	if i := slices.Index(f.names(), name); i >= 0 {
		f.series = name
		f.unitOf(f.watched[i].Unit)
		return
	}
	if len(f.watched) == 0 {
		f.fault("there is no series %q: the scenario has no target.metrics; a figure of our own reads like rate(code: 503, last: 10s)", name)
		return
	}
	f.fault("there is no series %q under target.metrics%s", name, suggest(name, f.names()))
}

// ofSeries takes what values of a series came to.
func (f *conditionForm) ofSeries(function string, args []*argument) {
	if len(args) != 1 || args[0].Name != "" {
		f.fault("it reads %s(%s, last: 10s)", function, strings.Join(append(f.names(), "gateway_errors")[:1], ""))
		return
	}
	f.target(args[0].Value.word())
	if f.series == "" {
		return
	}
	switch function {
	case "mean":
		f.of = meanOf
	case "min":
		f.of = leastOf
	case "max":
		f.of = mostOf
	case "gaps":
		f.of, f.unit = gapsOf, number
	default:
		f.fault("unknown function %q of a series%s", function, suggest(function, []string{"mean", "min", "max", "gaps"}))
	}
}

// unitOf sets what the values of a series are measured in.
func (f *conditionForm) unitOf(unit string) {
	switch unit {
	case "share":
		f.unit = share
	case "seconds":
		f.unit = duration
	default:
		f.unit = ratio
	}
}

// own takes a figure of our own.
func (f *conditionForm) own(function string, args []*argument) {
	for _, a := range args {
		if a.Name == "during" || a.Name == "after" || a.Name == "entry" {
			f.fault("%q is for thresholds: a condition is about the last seconds", a.Name)
			return
		}
	}
	f.function(function)
	if f.fn == recovery || f.fn.ofStorm() {
		f.fault("%s is of a storm as a whole and has no last seconds: write it under thresholds, with abort: true", function)
		return
	}
	for _, a := range args {
		f.argument(a)
	}
	f.complete()
	switch now := f.what == ofStatus; {
	case len(f.faults) > 0:
	case f.aboutStorm():
		f.fault("offered and goodput are of a storm as a whole: write count(dials, last: 1s), or count(code: 200, last: 1s)")
	case now && f.last >= 0:
		f.fault("clients are counted now: leave last out")
	case now:
		f.last = time.Second
	}
}

// bounded reads what the figure is compared with, and settles the window.
func (f *conditionForm) bounded(v *value) {
	if f.series == "" || f.of == gapsOf {
		f.boundary(v)
	} else {
		f.seriesBound(v)
	}
	if f.last < 0 {
		f.last = DefaultLast
	}
}

// seriesBound reads a bound in the unit of a series.
func (f *conditionForm) seriesBound(v *value) {
	if v.Percent != "" && f.unit != share {
		f.fault("%s is no share: write unit: share at %s under target.metrics, or compare with a number", f.series, f.series)
		return
	}
	f.boundary(v)
}

// String is the condition as it was written, with its spaces put in order.
func (c Condition) String() string { return c.t.text }

// Series is the series of the target that it is about; "" = a figure of our own.
func (c Condition) Series() string { return c.series }

// Check reports the population that a layout does not have.
func (c Condition) Check(l Layout) error {
	if err := c.t.Check(l); err != nil {
		return errors.New(strings.ReplaceAll(err.Error(), "threshold ", "condition "))
	}
	return nil
}

// format writes a value of the condition for people.
func (c Condition) format(v float64) string {
	if c.series != "" && c.t.unit == ratio {
		return strconv.FormatFloat(v, 'g', 6, 64)
	}
	return c.t.format(v)
}
