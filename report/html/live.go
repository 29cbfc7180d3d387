package html

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"loginstorm/report"
	"loginstorm/report/rundir"
	"loginstorm/sim/login"
	"loginstorm/sim/record"
)

// Live is a run that goes on, shown by the report's own charts. It is fed with seconds
// as they are sealed, and gives the page once and its figures at any moment: a late
// reader gets all of them. It keeps about a kilobyte for each second of the run. One
// goroutine at a time may use it.
type Live struct {
	s       *story
	step    int // Seconds of a stretch.
	open    [record.Metrics]*record.Histogram
	at      int             // The stretch that is open.
	gradual map[string]bool // Entries that hit one client after another.
	returns map[string]uint64
	ended   bool
	short   []string // What is said when it has ended.
}

// NewLive begins with what is known before the first packet.
func NewLive(m rundir.Manifest) *Live {
	k := m.Known
	sum := &report.Summary{Name: m.Name, Question: k.Question, Driver: m.Driver, Seed: m.Seed, Injected: k.Injected, Planned: k.Planned, Warnings: k.Warnings}
	for i, name := range m.Layout.Populations {
		p := report.Population{Name: name}
		if i < len(k.Clients) {
			p.Clients = k.Clients[i]
			p.Statuses[login.Unknown] = int64(p.Clients)
		}
		sum.Populations = append(sum.Populations, p)
	}
	for i, name := range m.Layout.Entries {
		e := report.Entry{Recovery: record.Recovery{Entry: name}}
		if i < len(m.Layout.Begins) {
			e.At = m.Layout.Begins[i]
		}
		if i < len(k.Says) {
			e.Says = k.Says[i]
		}
		sum.Timeline = append(sum.Timeline, e)
	}
	for _, text := range k.Thresholds {
		sum.Thresholds = append(sum.Thresholds, record.Outcome{Text: text})
	}
	s := &story{letter: "A", run: &rundir.Run{Manifest: m}, sum: sum, entries: map[string]*record.Histogram{}}
	s.target = s.run.Target()
	for i := range s.totals {
		s.totals[i] = record.NewHistogram(record.Metric(i))
	}
	const unplanned = 3600
	longest := int(math.Ceil(cmp.Or(k.Planned, record.Seconds(unplanned*1e9)).Duration().Seconds()))
	return &Live{s: s, step: stepOf(longest, mostStretches), gradual: map[string]bool{}, returns: map[string]uint64{}}
}

// Add takes a sealed second. What is in the row is not kept, apart from its counts.
func (l *Live) Add(row record.Row) {
	if row.Second < 0 || row.Second >= rundir.MaxLines {
		return
	}
	for ; l.at < row.Second/l.step; l.at++ {
		l.digest()
		l.open = [record.Metrics]*record.Histogram{}
	}
	sum := l.s.sum
	for _, one := range row.Series {
		l.series(one)
	}
	sum.Ran, sum.Statuses = row.To, row.Statuses
	sum.Dials += row.Dials
	sum.Logins += row.LoggedIn
	if row.Dials > sum.PeakDials.Count {
		sum.PeakDials = record.Peak{Second: row.Second, Count: row.Dials}
	}
	if row.LoggedIn > sum.PeakLogins.Count {
		sum.PeakLogins = record.Peak{Second: row.Second, Count: row.LoggedIn}
	}
	for i, n := range row.Counters {
		sum.Health.Counters[i] += n
	}
	for _, p := range row.Populations {
		if i := slices.IndexFunc(sum.Populations, func(o report.Population) bool { return o.Name == p.Population }); i >= 0 {
			sum.Populations[i].Statuses = p.Statuses
		}
	}
	for _, f := range row.Faults {
		if i := slices.IndexFunc(sum.Timeline, func(o report.Entry) bool { return o.Entry == f.Entry }); i >= 0 {
			e := &sum.Timeline[i]
			e.Began = e.Began || f.Began
			e.Asked, e.Online, e.Hit, e.Drops, e.Attempts = e.Asked+f.Asked, e.Online+f.Online, e.Hit+f.Hit, e.Drops+f.Drops, e.Attempts+f.Attempts
			l.returns[f.Entry] += f.Back
		}
	}
	row.Series, row.Totals, row.Populations, row.Faults, row.Stranded, row.Tenths = nil, nil, nil, nil, nil, nil
	l.s.run.Rows = append(l.s.run.Rows, row)
	l.s.seconds = max(l.s.seconds, row.Second+1)
}

// series adds what a metric held in the second.
func (l *Live) series(one record.Series) {
	l.s.totals[one.Metric].Merge(one.Histogram)
	switch {
	case one.Metric == record.BackSinceBegin && !l.gradual[one.Entry]:
		l.gradual[one.Entry], l.s.entries[one.Entry] = true, record.NewHistogram(one.Metric)
	case one.Metric == record.TimeBack && l.s.entries[one.Entry] == nil:
		l.s.entries[one.Entry] = record.NewHistogram(one.Metric)
	}
	if one.Metric == record.BackSinceBegin || one.Metric == record.TimeBack && !l.gradual[one.Entry] {
		l.s.entries[one.Entry].Merge(one.Histogram)
	}
	if slices.Contains(timed(), one.Metric) {
		if l.open[one.Metric] == nil {
			l.open[one.Metric] = record.NewHistogram(one.Metric)
		}
		l.open[one.Metric].Merge(one.Histogram)
	}
}

// digest reads the stretch that is open.
func (l *Live) digest() {
	for _, m := range timed() {
		for len(l.s.each[m]) <= l.at {
			l.s.each[m] = append(l.s.each[m], digest{})
		}
		l.s.each[m][l.at] = digestOf(l.open[m])
	}
}

// Target takes a sample of the target's own series.
func (l *Live) Target(one rundir.TargetSample) {
	const most = 1 << 17 // Of a series: a day of seconds, and more.
	for i := range l.s.target {
		t := &l.s.target[i]
		switch {
		case t.Name != one.Series || len(t.Points)+len(t.Gaps) >= most:
		case one.Value != nil:
			t.Points = append(t.Points, rundir.TargetPoint{At: one.At, Value: *one.Value})
		default:
			t.Gaps = append(t.Gaps, rundir.TargetGap{At: one.At, Why: one.Gap})
		}
	}
}

// Stand says how the thresholds stand at this moment.
func (l *Live) Stand(outcomes []record.Outcome) {
	if !l.ended {
		l.s.sum.Thresholds = outcomes
	}
}

// End says how the run ended. Add is not called any more.
func (l *Live) End(sum *report.Summary) {
	l.ended, l.s.sum = true, sum
	for _, one := range sum.Storms {
		l.short = append(l.short, cmp.Or(one.Entry, "the whole run")+": "+one.Class.Phrase())
	}
}

// Page writes the page, with the figures of this moment in it.
func (l *Live) Page(w io.Writer) error {
	b := l.builder()
	p := &page{Live: true, Title: l.s.sum.Name, Data: data{Time: b.axis}, Assumed: assumed(b.stories)}
	if err := p.load(); err != nil {
		return fmt.Errorf("write live page: %w", err)
	}
	b.heads(p)
	for _, s := range b.sections() {
		s.Marked = marks(p.Assumed, s.ID)
		for _, c := range s.Charts {
			c.Marked = marks(p.Assumed, c.ID)
		}
		p.Data.Charts = append(p.Data.Charts, s.Charts...)
		s.Tables, s.Bars, s.Storms = nil, nil, nil
		p.Sections = append(p.Sections, s)
	}
	if err := p.write(w); err != nil {
		return fmt.Errorf("write live page: %w", err)
	}
	return nil
}

// builder makes the charts of this moment.
func (l *Live) builder() *builder {
	l.digest()
	if !l.ended {
		l.milestones()
	}
	const least = 30 // Stretches that are shown at least, so that the first seconds do not jump.
	b := &builder{stories: []*story{l.s}, live: !l.ended, x: axis{l.step, max(l.s.seconds/l.step+2, least+1)}}
	if l.ended {
		b.x = axis{l.step, (l.s.seconds+l.step-1)/l.step + 1} // As the report has it.
	}
	b.axis = &pageAxis{Xs: b.x.xs(), Step: b.x.step, Faults: b.faults()}
	return b
}

// milestones tells how far those are back whom the timeline made drop.
func (l *Live) milestones() {
	for i := range l.s.sum.Timeline {
		e := &l.s.sum.Timeline[i]
		e.Milestones, e.Back = nil, e.Hit-min(e.Hit, e.Drops-min(e.Drops, l.returns[e.Entry]))
		h := l.s.entries[e.Entry]
		for _, percent := range []float64{50, 99, 100} {
			if e.Drops == 0 {
				continue
			}
			want := int64(math.Ceil(percent / 100 * float64(e.Drops)))
			m := record.Milestone{Percent: percent, Reached: h.Count() >= want}
			if m.Reached {
				m.After = record.Seconds(h.Quantile(float64(want) / float64(h.Count())))
			} else {
				m.Missing = uint64(want - h.Count())
			}
			e.Milestones = append(e.Milestones, m)
		}
	}
}

// moment is what live.js reads.
type moment struct {
	Run    string              `json:"run"`
	After  int                 `json:"after"`
	Ended  bool                `json:"ended"`
	Word   string              `json:"word"`
	Class  string              `json:"class"`
	Line   string              `json:"line"`
	Said   []string            `json:"said"`
	Now    []fact              `json:"now"`
	Tables map[string][]*table `json:"tables"` // By section.
	data
}

// fact is a figure of this second, with what it is about.
type fact struct {
	Name  string `json:"name"`
	Value string `json:"value"`
	About string `json:"about"`
}

// Figures is everything that changes on the page, as JSON, with the number of the
// moment: a reader asks for what comes after it.
func (l *Live) Figures(number int) ([]byte, error) {
	b, sum := l.builder(), l.s.sum
	m := moment{Run: l.s.run.Manifest.Environment.RunID, After: number, Ended: l.ended, Word: "RUNNING", Class: "going", Said: []string{}, Now: l.now(),
		Tables: map[string][]*table{"thresholds": b.thresholds()}, data: data{Time: b.axis, Charts: []*chart{}}}
	m.Line = fmt.Sprintf("%s, seed %d, %s", sum.Driver, sum.Seed, clock(sum.Ran.Duration().Seconds()))
	if sum.Planned > 0 {
		m.Line += " of " + clock(sum.Planned.Duration().Seconds())
	}
	if l.ended {
		m.Word, m.Class = strings.ToUpper(word(sum.Judgement.Verdict)), sum.Judgement.Verdict.String()
		m.Said = append(append(append(m.Said, sum.Judgement.Reasons...), sum.Judgement.Remedies...), l.short...)
		if sum.Interrupted != "" {
			m.Said = append(m.Said, "ended early: "+sum.Interrupted)
		}
	}
	for _, s := range b.sections() {
		m.Charts = append(m.Charts, s.Charts...)
		if len(s.Tables) > 0 {
			m.Tables[s.ID] = s.Tables
		}
	}
	text, err := json.Marshal(m)
	if err != nil {
		return nil, fmt.Errorf("write live figures: %w", err)
	}
	return text, nil
}

// now are the figures of the newest second.
func (l *Live) now() []fact {
	rows := l.s.run.Rows
	if len(rows) == 0 {
		return []fact{}
	}
	r, sum := &rows[len(rows)-1], l.s.sum
	var all, out int64
	for status, n := range r.Statuses {
		if all += n; login.Status(status) != login.LoggedIn && login.Status(status) != login.Unknown {
			out += n
		}
	}
	if l.ended {
		f, late := l.s.totals[record.ConnectToLoggedIn].Figures(), l.s.totals[record.StartLateness].Figures()
		return []fact{
			{"loggedIn at the end", number(r.Statuses[login.LoggedIn]), "of " + number(all) + " clients; " + number(out) + " are out"},
			{"attempts", number(sum.Dials), "at most " + number(sum.PeakDials.Count) + " in a second"},
			{"logins", number(sum.Logins), "at most " + number(sum.PeakLogins.Count) + " in a second"},
			{"p99 of connect_to_logged_in", span(f.P99, f.Count), "of " + number(f.Count) + " logins"},
			{"p99 of how late attempts began", span(late.P99, late.Count), "of " + number(late.Count) + " attempts"},
		}
	}
	facts := []fact{
		{"loggedIn", number(r.Statuses[login.LoggedIn]), "of " + number(all) + " clients; " + number(out) + " are out"},
		{"attempts a second", number(r.Dials), number(sum.Dials) + " so far"},
		{"logins a second", number(r.LoggedIn), number(sum.Logins) + " so far"},
		{"p99 of connect_to_logged_in", span(r.Connect.P99, r.Connect.Count), "of " + number(r.Connect.Count) + " in this second"},
		{"p99 of the generator's lateness", span(r.Lateness.P99, r.Lateness.Count), "of " + number(r.Lateness.Count) + " in this second"},
	}
	for _, e := range sum.Timeline {
		if e.At > r.To {
			return append(facts, fact{"next", e.Entry, "in " + clock((e.At - r.To).Duration().Seconds()) + ": " + e.Says})
		}
	}
	return facts
}
