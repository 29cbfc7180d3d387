package report

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/jstemmer/go-junit-report/v2/junit"

	"loginstorm/report/rundir"
	"loginstorm/sim/record"
)

// The test cases that every run has, besides one for each threshold, which is named by
// its text. Names do not change from run to run.
const (
	caseVerdict   = "verdict"       // Passes when the verdict is pass.
	caseRules     = "rules"         // Fails with what the oracles found.
	caseGenerator = "generator"     // An error when it was the bottleneck.
	caseWhole     = "run directory" // Skipped when something of it is missing.
)

// JUnit writes a test suite a run. A crossed threshold and a broken rule are failures; a
// run that is invalid, or has no verdict, is an error, and its thresholds are skipped:
// their figures are not about the target, or not the last ones.
func JUnit(w io.Writer, runs ...*rundir.Run) error {
	all := junit.Testsuites{}
	for i, run := range runs {
		s, err := FromRun(run)
		if err != nil {
			return err
		}
		name := inXML(s.Name)
		if len(runs) > 1 {
			name += fmt.Sprintf(" #%d", i+1)
		}
		all.AddSuite(suite(name, run, s))
	}
	if _, err := io.WriteString(w, `<?xml version="1.0" encoding="UTF-8"?>`+"\n"); err != nil {
		return fmt.Errorf("write JUnit: %w", err)
	}
	if err := all.WriteXML(w); err != nil {
		return fmt.Errorf("write JUnit: %w", err)
	}
	return nil
}

// suite is the test suite of a run.
func suite(name string, run *rundir.Run, s *Summary) junit.Testsuite {
	env := run.Manifest.Environment
	ran := strconv.FormatFloat(s.Ran.Duration().Seconds(), 'f', 3, 64)
	out := junit.Testsuite{Name: "loginstorm " + name, Time: ran, Hostname: inXML(env.Host)}
	if !env.Started.IsZero() {
		out.SetTimestamp(env.Started)
	}
	for _, p := range [][2]string{{"driver", s.Driver}, {"seed", strconv.FormatUint(s.Seed, 10)}, {"verdict", s.Judgement.Verdict.String()},
		{"version", env.Version}, {"run", env.RunID}, {"run_dir", run.Dir}, {"logins", strconv.FormatUint(s.Logins, 10)}} {
		out.AddProperty(p[0], inXML(p[1]))
	}
	add := func(of string, c junit.Testcase) {
		c.Name, c.Classname, c.Time = inXML(of), name, cmp.Or(c.Time, "0")
		out.AddTestcase(c)
	}
	verdict := s.verdictCase()
	verdict.Time = ran
	add(caseVerdict, verdict)
	add(caseRules, s.rulesCase())
	add(caseGenerator, s.generatorCase())
	var names []string
	for _, o := range s.Thresholds {
		of := o.Text
		for n := 2; slices.Contains(names, of); n++ { // Written twice.
			of = fmt.Sprintf("%s (%d)", o.Text, n)
		}
		names = append(names, of)
		add(of, s.thresholdCase(o))
	}
	whole := junit.Testcase{}
	if len(s.Missing) > 0 {
		whole.Skipped = result("incomplete", s.Missing...)
	}
	add(caseWhole, whole)
	return out
}

// verdictCase is about the run as a whole.
func (s *Summary) verdictCase() junit.Testcase {
	v := s.Judgement.Verdict
	why := slices.Concat(s.Judgement.Reasons, s.Judgement.Remedies)
	switch v {
	case record.Pass:
		return junit.Testcase{SystemOut: &junit.Output{Data: inXML(fmt.Sprintf("pass: %d logins of %d attempts", s.Logins, s.Dials))}}
	case record.Failed, record.Broken:
		return junit.Testcase{Failure: ended(v.String(), why)}
	case record.Running:
		return junit.Testcase{Error: ended("no verdict", s.Missing)}
	}
	return junit.Testcase{Error: ended(v.String(), why)}
}

// rulesCase is about the rules that must always hold.
func (s *Summary) rulesCase() junit.Testcase {
	switch s.Judgement.Verdict {
	case record.Broken:
		return junit.Testcase{Failure: result("broken rule", s.Judgement.Reasons...)}
	case record.Running:
		return junit.Testcase{Skipped: result("no verdict", "the run did not get as far as its verdict")}
	}
	return junit.Testcase{}
}

// generatorCase is about whether the figures are the target's.
func (s *Summary) generatorCase() junit.Testcase {
	switch s.Judgement.Verdict {
	case record.Invalid:
		return junit.Testcase{Error: result("invalid", slices.Concat(s.Judgement.Reasons, s.Judgement.Remedies)...)}
	case record.Running:
		return junit.Testcase{Skipped: result("no verdict", "the run did not get as far as its verdict")}
	}
	return junit.Testcase{}
}

// thresholdCase is about a threshold.
func (s *Summary) thresholdCase(o record.Outcome) junit.Testcase {
	said := "it was " + o.Value
	if !strings.HasPrefix(o.Text, "count(") { // The count is the figure.
		said += fmt.Sprintf(" (%d %s)", o.Count, o.Unit())
	}
	if !o.Pass {
		said = o.Explain()
	}
	switch {
	case s.Judgement.Verdict == record.Invalid:
		return junit.Testcase{Skipped: result("invalid", "the run is invalid, its figures are about the generator: "+said)}
	case s.Judgement.Verdict == record.Running:
		return junit.Testcase{Skipped: result("no verdict", "so far: "+said)}
	case o.Pass:
		return junit.Testcase{SystemOut: &junit.Output{Data: inXML(said)}}
	}
	return junit.Testcase{Failure: result("threshold", said)}
}

// result is why a case did not pass: the first line as its message, all of them as text.
func result(kind string, lines ...string) *junit.Result {
	r := &junit.Result{Type: kind, Data: inXML(strings.Join(lines, "\n"))}
	if len(lines) > 0 {
		r.Message = inXML(strings.ReplaceAll(lines[0], "\n", " "))
	}
	return r
}

// ended says with which word a run ended, and why.
func ended(word string, why []string) *junit.Result {
	r := result(word, why...)
	if len(why) == 0 {
		r.Message = word
	} else {
		r.Message = word + ": " + r.Message
	}
	return r
}

// inXML replaces what no XML document may hold, however it is escaped.
func inXML(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\t', r == '\n', r >= ' ' && r <= 0xD7FF, r >= 0xE000 && r <= 0xFFFD, r >= 0x10000:
			return r
		}
		return '\uFFFD'
	}, text)
}
