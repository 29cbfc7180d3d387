package html

import (
	"fmt"
	"slices"

	"loginstorm/sim/login"
	"loginstorm/sim/record"
)

// beside puts the figures of several runs side by side.
func (b *builder) beside() *table {
	t := &table{Words: 1, Head: []string{"figure"}}
	var names []string
	cells := map[string]map[int]string{}
	put := func(i int, name, value string) {
		if cells[name] == nil {
			cells[name] = map[int]string{}
			names = append(names, name)
		}
		cells[name][i] = value
	}
	for i, s := range b.stories {
		t.Head = append(t.Head, s.what())
		b.figuresOf(s, func(name, value string) { put(i, name, value) })
	}
	for _, name := range names {
		row := []string{name}
		for i := range b.stories {
			value, ok := cells[name][i]
			if !ok {
				value = "-"
			}
			row = append(row, value)
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// figuresOf tells the figures of a run that are worth comparing.
func (b *builder) figuresOf(s *story, put func(name, value string)) {
	sum := s.sum
	put("verdict", word(sum.Judgement.Verdict))
	put("seed", fmt.Sprint(sum.Seed))
	put("ran", record.FormatSpan(sum.Ran.Duration()))
	put("attempts that began", number(sum.Dials))
	put("logins", number(sum.Logins))
	put("busiest second: attempts", number(sum.PeakDials.Count))
	put("busiest second: logins", number(sum.PeakLogins.Count))
	put("loggedIn at the end", number(sum.Statuses[login.LoggedIn]))
	for _, m := range []record.Metric{record.ConnectToLoggedIn, record.TimeToLoggedIn} {
		f := s.totals[m].Figures()
		for _, q := range []struct {
			name string
			v    record.Seconds
		}{{"p50", f.P50}, {"p90", f.P90}, {"p99", f.P99}, {"p99.9", f.P999}, {"max", f.Max}} {
			put(m.String()+" "+q.name, span(q.v, f.Count))
		}
	}
	for _, e := range sum.Timeline {
		if e.Hit == 0 {
			continue
		}
		put(e.Entry+": dropped", number(e.Hit))
		for _, m := range e.Milestones {
			if slices.Contains([]float64{50, 99, 100}, m.Percent) && m.Reached {
				put(fmt.Sprintf("%s: %g %% back after", e.Entry, m.Percent), record.FormatSpan(m.After.Duration()))
			}
		}
	}
	for _, one := range sum.Storms {
		name := one.Entry
		if name == "" {
			name = "the whole run"
		}
		put(name+": storm", one.Class.Phrase())
		put(name+": herd index", record.Ratio(one.HerdIndex))
		if one.Amplification > 0 {
			put(name+": amplification", record.Ratio(one.Amplification))
		}
	}
	var kicked uint64
	for _, k := range sum.Kicks {
		kicked += k.Count
	}
	put("clients pushed out", number(kicked))
	if sum.Health.Start.Count > 0 {
		put("attempts began late, p99", span(sum.Health.Start.P99, sum.Health.Start.Count))
	}
}

// word is a verdict for people.
func word(v record.Verdict) string {
	if v == record.Running {
		return "no verdict"
	}
	return v.String()
}
