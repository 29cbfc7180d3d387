package html

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"loginstorm/report"
	"loginstorm/report/rundir"
	"loginstorm/sim/record"
)

// story is a run as the page tells it.
type story struct {
	letter  string // A, B, ...: what it is called where several are shown.
	run     *rundir.Run
	sum     *report.Summary
	totals  [record.Metrics]*record.Histogram
	each    [record.Metrics][]digest     // By stretch.
	entries map[string]*record.Histogram // Returns by timeline entry, since it began.
	target  []rundir.TargetSeries        // The target's own, as it was asked for them.
	seconds int
}

// timed are the metrics that are drawn over time.
func timed() []record.Metric {
	all := []record.Metric{record.ConnectToLoggedIn, record.ConnectToLoggedInUncorrected, record.StartLateness, record.TimerLateness, record.RecordLateness}
	for m := record.PhaseWait; m <= record.PhaseLogin; m++ {
		all = append(all, m)
	}
	return all
}

// tell reads what the page needs of a run, apart from its logs.
func tell(letter string, run *rundir.Run) (*story, error) {
	sum, err := report.FromRun(run)
	if err != nil {
		return nil, err
	}
	s := &story{letter: letter, run: run, sum: sum, entries: map[string]*record.Histogram{}, target: run.Target()}
	for _, row := range run.Rows {
		if row.Second >= 0 && row.Second < rundir.MaxLines {
			s.seconds = max(s.seconds, row.Second+1)
		}
	}
	for m := range s.totals {
		s.totals[m] = record.NewHistogram(record.Metric(m))
	}
	gradual := map[string]bool{}
	for _, one := range run.Series {
		s.totals[one.Metric].Merge(one.Histogram)
		switch {
		case one.Metric == record.BackSinceBegin:
			s.entries[one.Entry], gradual[one.Entry] = one.Histogram, true
		case one.Metric == record.TimeBack && !gradual[one.Entry]:
			s.entries[one.Entry] = one.Histogram
		}
	}
	return s, nil
}

// logs reads the interval histograms of the metrics that are drawn over time. What is
// damaged was said when the run was read.
func (s *story) logs(x axis) error {
	for _, m := range timed() {
		f, err := os.Open(filepath.Join(s.run.Dir, m.String()+rundir.LogSuffix))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return fmt.Errorf("read intervals: %w", err)
		}
		s.each[m], err = digested(f, m, x)
		if closed := f.Close(); err == nil {
			err = closed
		}
		if err != nil {
			return fmt.Errorf("read intervals: %w", err)
		}
	}
	return nil
}

// digested reads the log of a metric into stretches.
func digested(f io.Reader, m record.Metric, x axis) ([]digest, error) {
	whole := make([]*record.Histogram, x.n)
	err := rundir.ReadLog(f, m, func(string) {}, func(l rundir.Logged) {
		at := l.Second / x.step
		if at >= x.n {
			return
		}
		if whole[at] == nil {
			whole[at] = record.NewHistogram(m)
		}
		whole[at].Merge(l.Histogram)
	})
	each := make([]digest, x.n)
	for i, h := range whole {
		each[i] = digestOf(h)
	}
	return each, err
}

// what names the run where several are shown: A simulate.
func (s *story) what() string { return s.letter + " " + s.sum.Driver }

// replay is the command that was typed, with the seed that it took and without the
// directory, which holds a run now.
func (s *story) replay() string {
	typed := s.run.Manifest.Environment.Command
	if len(typed) == 0 {
		return ""
	}
	words, seeded := []string{"loginstorm"}, false
	for i, w := range typed[1:] {
		if w == "--out" || typed[i] == "--out" || strings.HasPrefix(w, "--out=") {
			continue // typed[i] is the word before.
		}
		seeded = seeded || w == "--seed" || strings.HasPrefix(w, "--seed=")
		words = append(words, quoted(w))
	}
	if !seeded {
		words = append(words, "--seed", fmt.Sprint(s.sum.Seed))
	}
	return strings.Join(words, " ")
}

// quoted writes a word so that a shell reads it back.
func quoted(word string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_./:=,%+@", r)
	}
	if word != "" && strings.IndexFunc(word, func(r rune) bool { return !plain(r) }) < 0 {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}
