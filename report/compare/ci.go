package compare

import (
	"bytes"
	"fmt"
	"io"
	"math"
	"strings"

	"github.com/jstemmer/go-junit-report/v2/junit"
	"golang.org/x/perf/benchfmt"
)

// JUnit writes a test case a figure: worse is a failure, invalid an error, and what
// nobody can tell is skipped. strict makes it a failure.
func JUnit(w io.Writer, c *Result, strict bool) error {
	suite := junit.Testsuite{Name: "loginstorm compare " + c.Name, Time: "0"}
	suite.AddProperty("verdict", c.Verdict.String())
	suite.AddProperty("base_runs", fmt.Sprint(c.Base.Runs))
	suite.AddProperty("candidate_runs", fmt.Sprint(c.Candidate.Runs))
	for _, one := range c.Aside {
		suite.AddProperty("set_aside", clean(one.Side+" "+one.Dir+": "+one.Why))
	}
	if len(c.Faults) > 0 {
		suite.AddTestcase(junit.Testcase{Name: "comparable", Classname: c.Name, Time: "0",
			Error: &junit.Result{Message: clean(c.Faults[0]), Type: Invalid.String(), Data: data(strings.Join(c.Faults, "\n"))}})
	}
	for i := range c.Figures {
		f := &c.Figures[i]
		one := junit.Testcase{Name: clean(f.Figure), Classname: c.Name, Time: "0"}
		said := &junit.Result{Message: clean(f.line()), Type: f.Verdict.String(), Data: data(f.line())}
		switch {
		case len(c.Faults) > 0:
			one.Skipped = said // The case "comparable" has the reasons.
		case f.Verdict == Invalid:
			one.Error = said
		case f.Verdict == Worse, f.Verdict == CannotTell && strict:
			one.Failure = said
		case f.Verdict == CannotTell:
			one.Skipped = said
		default:
			one.SystemOut = &junit.Output{Data: data(f.line())}
		}
		suite.AddTestcase(one)
	}
	all := junit.Testsuites{}
	all.AddSuite(suite)
	if err := all.WriteXML(w); err != nil {
		return fmt.Errorf("write JUnit: %w", err)
	}
	return nil
}

// line says all of one figure.
func (f *Compared) line() string {
	if f.missing() {
		return f.Figure + ": " + f.Because
	}
	return fmt.Sprintf("%s: base %s, candidate %s, ratio %s, p %.3g: %s, %s", f.Figure, f.value(float64(f.Base)), f.value(float64(f.Candidate)),
		f.ratio(), f.Adjusted, f.Verdict, f.Because)
}

// clean takes out what XML and annotations cannot hold.
func clean(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\t' {
			return ' '
		}
		return r
	}, text)
}

// data keeps a text within one section of XML character data.
func data(text string) string {
	return strings.ReplaceAll(strings.Map(func(r rune) rune {
		if r < ' ' && r != '\t' && r != '\n' {
			return ' '
		}
		return r
	}, text), "]]>", "]] >")
}

// GitHub writes workflow commands: an error for each figure that is worse or invalid, a
// warning for each that nobody can tell (an error when strict), and a notice of the
// verdict. The job's summary is Markdown.
func GitHub(w io.Writer, c *Result, strict bool) error {
	var b bytes.Buffer
	say := func(level, title, text string) {
		fmt.Fprintf(&b, "::%s title=%s::%s\n", level, property(title), message(text))
	}
	for _, fault := range c.Faults {
		say("error", "runs cannot be compared", fault)
	}
	for i := range c.Figures {
		f := &c.Figures[i]
		switch {
		case len(c.Faults) > 0:
		case f.Verdict == Worse, f.Verdict == Invalid, f.Verdict == CannotTell && strict:
			say("error", f.Figure+" is "+said(f.Verdict), f.line())
		case f.Verdict == CannotTell:
			say("warning", f.Figure+": cannot tell", f.line())
		}
	}
	for _, n := range c.Notes {
		say("notice", "loginstorm compare", n)
	}
	say("notice", "loginstorm compare: "+c.Verdict.String(), c.Sentence)
	_, err := w.Write(b.Bytes())
	return err
}

func said(v Verdict) string {
	if v == CannotTell {
		return "not told apart"
	}
	return v.String()
}

// message and property escape as workflow commands ask for.
func message(text string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A").Replace(text)
}

func property(text string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C").Replace(text)
}

// Bench writes the values of every run in the format that benchstat reads: a line a
// run, with the key side: base or candidate. Show it with
//
//	benchstat -col side FILE
//
// A value without bound is left out.
func Bench(w io.Writer, c *Result) error {
	out := benchfmt.NewWriter(w)
	for _, side := range [...]struct {
		name   string
		runs   int
		values func(*Compared) []Number
	}{
		{"base", c.Base.Runs, func(f *Compared) []Number { return f.BaseValues }},
		{"candidate", c.Candidate.Runs, func(f *Compared) []Number { return f.CandidateValues }},
	} {
		for n := range side.runs {
			r := benchfmt.Result{Name: benchfmt.Name(benchName(c.Name)), Iters: 1, Config: []benchfmt.Config{
				{Key: "driver", Value: []byte(word(c.Driver)), File: true}, {Key: "side", Value: []byte(side.name), File: true}}}
			for i := range c.Figures {
				f := &c.Figures[i]
				if values := side.values(f); n < len(values) && !math.IsInf(float64(values[n]), 0) {
					r.Values = append(r.Values, benchfmt.Value{Value: float64(values[n]), Unit: f.benchUnit()})
				}
			}
			if len(r.Values) == 0 {
				continue
			}
			if err := out.Write(&r); err != nil {
				return fmt.Errorf("write benchmark format: %w", err)
			}
		}
	}
	return nil
}

// benchName is a benchmark's: it begins with a capital.
func benchName(name string) string {
	plain := word(name)
	return strings.ToUpper(plain[:1]) + plain[1:]
}

// word makes one word of a text; that of nothing is "run".
func word(text string) string {
	out := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '_', r == '.':
			return r
		}
		return '-'
	}, text)
	for strings.Contains(out, "--") {
		out = strings.ReplaceAll(out, "--", "-")
	}
	if out = strings.Trim(out, "-"); out == "" {
		return "run"
	}
	return out
}

// benchUnit is the unit of a figure: p99-connect_to_logged_in-sec. Seconds are sec, so
// that benchstat shows them with a prefix.
func (f *Compared) benchUnit() string {
	switch f.Unit {
	case "seconds":
		return word(f.Figure) + "-sec"
	case "share":
		return word(f.Figure) + "-share"
	}
	return word(f.Figure)
}
