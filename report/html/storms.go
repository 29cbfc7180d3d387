package html

import (
	"fmt"
	"slices"
	"strings"

	"loginstorm/sim/record"
)

// stormTold is a storm for the page.
type stormTold struct {
	Run, Name, Class, Because string
	Good, Bad                 bool
	Sentences                 []string
	Stranded                  *table
}

// mostStorms is how many storms of a run are told.
const mostStorms = 24

func (b *builder) storms() (all []stormTold) {
	for _, s := range b.stories {
		told := 0
		for i := range s.sum.Storms {
			one := &s.sum.Storms[i]
			if told++; told > mostStorms && one.Entry != "" {
				continue
			}
			n := stormTold{Name: one.Entry, Class: one.Class.Phrase(), Because: one.Because, Good: one.Class.Good(), Bad: one.Class.Bad(), Sentences: strings.Split(one.Sentence, "; ")}
			if b.several() {
				n.Run = s.what()
			}
			if one.Entry == "" {
				n.Name = "the whole run"
			}
			if len(one.Stranded) > 0 {
				n.Stranded = &table{Title: "Not loggedIn at the end", Words: 3, Head: []string{"status", "last code", "why", "clients"}}
				for _, x := range one.Stranded[:min(len(one.Stranded), 12)] {
					n.Stranded.Rows = append(n.Stranded.Rows, []string{x.Status, x.Code, x.Why, number(x.Count)})
				}
			}
			all = append(all, n)
		}
	}
	return all
}

// bars are a distribution, each bar as wide as its share of the largest.
type bars struct {
	Title string
	Rows  []bar
}

type bar struct {
	Label string
	Count string
	Width float64 // 0 to 100.
}

// distributions are those of the metrics wanted.
func (b *builder) distributions(title string, metrics ...record.Metric) (all []bars) {
	for _, s := range b.stories {
		for _, d := range s.sum.Distributions {
			if !slices.ContainsFunc(metrics, func(m record.Metric) bool { return m.String() == d.Metric }) || len(d.Bins) < 2 {
				continue
			}
			one := bars{Title: fmt.Sprintf("%s: %s values", title, number(d.Figures.Count))}
			if d.Entry != "" {
				one.Title = d.Entry + ", " + one.Title
			}
			if b.several() {
				one.Title = s.what() + ", " + one.Title
			}
			var most int64
			for _, x := range d.Bins {
				most = max(most, x.Count)
			}
			for _, x := range d.Bins {
				one.Rows = append(one.Rows, bar{record.FormatSpan(x.From.Duration()) + " to " + record.FormatSpan(x.To.Duration()), number(x.Count), round(100 * float64(x.Count) / float64(max(most, 1)))})
			}
			all = append(all, one)
		}
	}
	return all
}
