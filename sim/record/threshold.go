package record

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/alecthomas/participle/v2"
	"github.com/alecthomas/participle/v2/lexer"
)

// MaxThreshold is the longest text of a threshold, in bytes.
const MaxThreshold = 512

// Threshold is a bound that a run has to keep. Its forms:
//
//	p99(connect_to_logged_in) < 800ms               also p50, p99.9, mean, min, max
//	p99(connect_to_logged_in, during: node-loss, population: phones, origin: reconnect) < 2s
//	time_to_recover(99%, after: deploy) < 30s       from the begin of deploy until 99 % of its drops are over
//	p99(time_back, entry: deploy) < 5s              what each client waited, from its own hit on
//	rate(code: 416) < 1%                            of the attempts that ended
//	count(code: 417) <= 10
//	count(status: kickOut) == 400                   clients, at the end of the window
//	share(status: loggedIn) > 99%                   of all clients, at the end of the window
//	count(kicks) == 0                               also dials, a counter, or a metric's samples
//	sum(overlap) < 10s                              all samples of a metric added up
//	p99(phase_step, phase: inbox) < 300ms           a step behind the login that the dialect names
//	p99(detection, entry: node-loss) < 53s          also time_back, back_since_begin: by timeline entry
//
// About the storm of an entry, or without after of the whole run (see Storm):
//
//	storm(after: deploy) == recovered               also != ; calm, recovered, recovering, metastable, lockedOut, notRecovered
//	herd_index(after: deploy) < 4                   peak of what was offered over its mean
//	amplification(after: deploy) < 2.5              attempts of those hit for each that came back
//	waves(after: deploy) <= 1
//	wasted(after: deploy) < 5%                      of the login requests that left
//	stranded(after: deploy) < 1%                    of those hit; a number counts them; also status, code, population
//	max(offered, after: deploy) < 900               attempts a second; also mean, also goodput
//
// during: x is the time from the second in which x begins up to the second in which
// the next entry begins; after: x goes on to the end.
type Threshold struct {
	text   string
	fn     function
	q      float64 // Quantile or share, 0 to 1.
	metric Metric
	what   subject
	place  int // Counter, code slot, status or reason.
	filter Filter
	window string // Entry; "" = the whole run.
	during bool
	op     string
	bound  float64 // Nanoseconds, share or number, by unit.
	unit   unit
	class  Class  // Of storm.
	status string // Of stranded; "" = any.
	code   string
}

// function is what is asked of the samples.
type function uint8

const (
	quantile function = iota
	mean
	minimum
	maximum
	recovery
	rate
	count
	sum
	portion
	herdIndex
	amplification
	waves
	wasted
	strandedClients
	stormClass
)

// ofStorm reports whether a function is about a storm and takes no metric.
func (f function) ofStorm() bool { return f >= herdIndex }

// subject is what count and rate are about.
type subject uint8

const (
	ofMetric subject = iota
	ofCode
	ofStatus
	ofKicks
	ofDials
	ofCounter
	ofOffered
	ofGoodput
)

// unit is what a figure is measured in.
type unit uint8

const (
	number unit = iota
	duration
	share
	ratio
	word
)

// String is the threshold as it was written, with its spaces put in order.
func (t Threshold) String() string { return t.text }

// grammar is how a threshold reads.
type grammar struct {
	Function string      `parser:"@Ident '('"`
	Args     []*argument `parser:"( @@ ( ',' @@ )* )? ')'"`
	Op       string      `parser:"@Op"`
	Bound    *value      `parser:"@@"`
}

type argument struct {
	Name  string `parser:"( @Ident ':' )?"`
	Value *value `parser:"@@"`
}

type value struct {
	Percent string `parser:"  @Percent"`
	Word    string `parser:"| @( Ident | Word )"`
	Quoted  string `parser:"| @String"`
}

// word is a value that may be a name.
func (v *value) word() string {
	switch {
	case v.Percent != "":
		return v.Percent
	case v.Quoted != "":
		return strings.Trim(v.Quoted, `"`)
	}
	return v.Word
}

// share reads a percentage as a part of 1.
func (v *value) share() (float64, bool) {
	p, err := strconv.ParseFloat(strings.TrimSpace(strings.TrimSuffix(v.Percent, "%")), 64)
	return p / 100, err == nil && p <= 100
}

func newParser() (*participle.Parser[grammar], error) { return parserOf[grammar]() }

// parserOf builds the parser of a grammar of these words.
func parserOf[G any]() (*participle.Parser[G], error) {
	words, err := lexer.NewSimple([]lexer.SimpleRule{
		{Name: "String", Pattern: `"[^"\n]*"`},
		{Name: "Ident", Pattern: `[\p{L}_][\p{L}\p{N}_.\-]*`},
		{Name: "Percent", Pattern: `[0-9]+(\.[0-9]+)? ?%`},
		{Name: "Word", Pattern: `[0-9][\p{L}\p{N}_.\-]*`}, // A number, a span, or a name.
		{Name: "Op", Pattern: `<=|>=|==|!=|<|>`},
		{Name: "Punct", Pattern: `[(),:]`},
		{Name: "Space", Pattern: `\s+`},
	})
	if err != nil {
		return nil, err
	}
	return participle.Build[G](participle.Lexer(words), participle.Elide("Space"), participle.UseLookahead(2))
}

// ParseThreshold reads a threshold. Its error names every word that is wrong, and
// what was probably meant. Names of populations and entries are checked by Check.
func ParseThreshold(text string) (Threshold, error) {
	if len(text) > MaxThreshold {
		return Threshold{}, fmt.Errorf("threshold is longer than %d bytes", MaxThreshold)
	}
	text = strings.Join(strings.Fields(text), " ")
	parser, err := newParser()
	if err != nil {
		return Threshold{}, err
	}
	tree, err := parser.ParseString("", text)
	if err != nil {
		return Threshold{}, fmt.Errorf("threshold %q: %w; it reads like p99(connect_to_logged_in) < 800ms", text, plain(err))
	}
	f := &form{Threshold: &Threshold{text: text, op: tree.Op}}
	f.function(tree.Function)
	for _, a := range tree.Args {
		f.argument(a)
	}
	f.complete()
	f.boundary(tree.Bound)
	if len(f.faults) > 0 {
		return Threshold{}, fmt.Errorf("threshold %q: %w", text, errors.Join(f.faults...))
	}
	return *f.Threshold, nil
}

// plain takes the file name and line off a parser's error; the text is one line.
func plain(err error) error {
	var p participle.Error
	if errors.As(err, &p) {
		return fmt.Errorf("column %d: %s", p.Position().Column, p.Message())
	}
	return err
}

// Check reports the population or entry that a layout does not have, or that has no
// figures of its own in it.
func (t Threshold) Check(l Layout) error {
	var faults []error
	check := func(what, name string, known []string, most int) {
		switch i := slices.Index(known, name); {
		case name == "":
		case i < 0:
			faults = append(faults, fmt.Errorf("threshold %q: unknown %s %q%s", t.text, what, name, suggest(name, known)))
		case i >= most:
			faults = append(faults, fmt.Errorf("threshold %q: %s %q has no figures of its own: the first %d have", t.text, what, name, most))
		}
	}
	check("population", t.filter.Population, l.Populations, MaxPopulations)
	check("timeline entry", t.window, l.Entries, MaxEntries)
	check("timeline entry", t.filter.Entry, l.Entries, MaxEntries)
	check("phase", t.filter.Step, l.Steps, MaxSteps)
	return errors.Join(faults...)
}
