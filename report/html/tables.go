package html

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/dustin/go-humanize"

	"loginstorm/sim/login"
	"loginstorm/sim/record"
)

// table is plain text in rows; at least the first Words columns are words.
type table struct {
	Title string     `json:"title"`
	Words int        `json:"words"`
	Head  []string   `json:"head"`
	Rows  [][]string `json:"rows"`
}

// Word reports whether a column holds words, and is set from the left.
func (t *table) Word(i int) bool {
	return i < t.Words || slices.ContainsFunc(t.Rows, func(row []string) bool {
		r, _ := utf8.DecodeRuneInString(row[i])
		return unicode.IsLetter(r)
	})
}

// tableOf begins a table; where there are several runs its first column names them.
func (b *builder) tableOf(title string, words int, head ...string) *table {
	if b.several() {
		return &table{Title: title, Words: words + 1, Head: append([]string{"run"}, head...)}
	}
	return &table{Title: title, Words: words, Head: head}
}

func (b *builder) row(t *table, s *story, cells ...string) {
	if b.several() {
		cells = append([]string{s.what()}, cells...)
	}
	t.Rows = append(t.Rows, cells)
}

// filled are the tables that have rows.
func filled(all ...*table) (kept []*table) {
	for _, t := range all {
		if len(t.Rows) > 0 {
			kept = append(kept, t)
		}
	}
	return kept
}

func number[N uint64 | int64 | int](n N) string { return humanize.Comma(int64(n)) }

func span(s record.Seconds, count int64) string {
	if count == 0 {
		return "-"
	}
	return record.FormatSpan(s.Duration())
}

func figures(f record.Figures) []string {
	return []string{number(f.Count), span(f.Mean, f.Count), span(f.P50, f.Count), span(f.P90, f.Count), span(f.P99, f.Count), span(f.P999, f.Count), span(f.Max, f.Count)}
}

func figureHead(first ...string) []string {
	return append(first, "count", "mean", "p50", "p90", "p99", "p99.9", "max")
}

// ended lists clients by status, loggedIn first.
func ended(n record.StatusCounts) string {
	var parts []string
	for i := range n {
		if s := (int(login.LoggedIn) + i) % login.Statuses; n[s] != 0 {
			parts = append(parts, login.Status(s).String()+" "+number(n[s]))
		}
	}
	if len(parts) == 0 {
		return "nobody"
	}
	return strings.Join(parts, ", ")
}

func (b *builder) thresholds() []*table {
	t := b.tableOf("", 3, "threshold", "held", "it was", "of")
	for _, s := range b.stories {
		for _, o := range s.sum.Thresholds {
			word, was := "pass", o.Value
			if b.live && !o.Known {
				o.Reason = ""
			}
			switch {
			case b.live && o.Lost:
				word = "FAIL"
			case b.live && !o.Known:
				word = "not known yet"
			case b.live && o.Pass:
				word = "so far"
			case b.live:
				word = "not now"
			case !o.Pass:
				word = "FAIL"
			}
			if o.Reason != "" {
				was = o.Reason
			}
			b.row(t, s, o.Text, word, was, number(o.Count)+" "+o.Unit())
		}
	}
	return filled(t)
}

func (b *builder) timeline() []*table {
	t := b.tableOf("", 3, "no.", "at", "fault", "asked", "online", "dropped", "drops", "back", "50 % back", "99 % back", "all back")
	for _, s := range b.stories {
		for i, e := range s.sum.Timeline {
			reached := func(percent float64) string {
				for _, m := range e.Milestones {
					if m.Percent == percent && m.Reached {
						return record.FormatSpan(m.After.Duration())
					}
					if m.Percent == percent {
						return "not yet, " + number(m.Missing) + " missing"
					}
				}
				return "-"
			}
			name := e.Entry
			if e.Says != "" {
				name += ": " + e.Says
			}
			if !b.live && !e.Began && e.Hit == 0 && s.sum.Ran < e.At {
				name += " (never began: the run ended before)"
			}
			b.row(t, s, number(i+1), clock(e.At.Duration().Seconds()), name, number(e.Asked), number(e.Online), number(e.Hit), number(e.Drops), number(e.Back),
				reached(50), reached(99), reached(100))
		}
	}
	return filled(t)
}

func (b *builder) attempts() []*table {
	t := b.tableOf("Attempts that ended", 2, "origin", "code", "count", "share", "meaning")
	c := b.tableOf("Results of the app's calls", 2, "call", "code", "count", "meaning")
	for _, s := range b.stories {
		for _, a := range s.sum.Attempts {
			b.row(t, s, a.Origin, a.Code, number(a.Count), record.Percent(a.Share), a.Meaning)
		}
		for _, a := range s.sum.Calls {
			b.row(c, s, a.Call, a.Code, number(a.Count), a.Meaning)
		}
	}
	return filled(t, c)
}

func (b *builder) latencies() []*table {
	t := b.tableOf("connect_to_logged_in: from the instant an attempt was due to loggedIn", 2, append(figureHead("population", "origin"), "p99 uncorrected", "late p99")...)
	w := b.tableOf("time_to_logged_in: from the first wish to loggedIn, failed attempts and delays included", 2, figureHead("population", "origin")...)
	for _, s := range b.stories {
		for _, l := range s.sum.Latency {
			cells := append([]string{l.Population, l.Origin}, figures(l.Connect)...)
			b.row(t, s, append(cells, span(l.Uncorrected.P99, l.Uncorrected.Count), span(l.Late.P99, l.Late.Count))...)
			b.row(w, s, append([]string{l.Population, l.Origin}, figures(l.Time)...)...)
		}
	}
	return filled(b.ways(), t, w)
}

// ways are the two ways to count latency beside each other, with what lies between them.
func (b *builder) ways() *table {
	t := b.tableOf("Corrected and uncorrected", 1, figureHead("all logins")...)
	for _, s := range b.stories {
		for _, one := range []struct {
			name string
			m    record.Metric
		}{{"connect_to_logged_in, from the instant an attempt was due", record.ConnectToLoggedIn},
			{"uncorrected, from the instant it really began", record.ConnectToLoggedInUncorrected},
			{"how late attempts began, those that failed included", record.StartLateness}} {
			if f := s.totals[one.m].Figures(); f.Count > 0 {
				b.row(t, s, append([]string{one.name}, figures(f)...)...)
			}
		}
	}
	return t
}

func (b *builder) phaseTables() []*table {
	t := b.tableOf("", 2, figureHead("phase", "population")...)
	for _, s := range b.stories {
		for _, f := range s.sum.Phases {
			if f.Figures.P99 == 0 && f.Figures.Max < trifle {
				continue
			}
			b.row(t, s, append([]string{phaseName(f.Name), f.Population}, figures(f.Figures)...)...)
		}
	}
	return filled(t)
}

// trifle is what a phase takes at most that attempts of this kind do not have.
const trifle = record.Seconds(1e6)

func (b *builder) kickTables() []*table {
	t := b.tableOf("Pushed out", 1, "reason", "count", "meaning")
	r := b.tableOf("Devices of one account", 1, figureHead("")...)
	w := b.tableOf("Kick wars", 1, "", "wars", "kicks in them", "overlap in all")
	for _, s := range b.stories {
		for _, k := range s.sum.Kicks {
			b.row(t, s, k.Reason, number(k.Count), k.Meaning)
		}
		if v := s.sum.Rivals; v != nil {
			for _, one := range []struct {
				name string
				f    record.Figures
			}{{"kick delivery: the winner's 200 to the loser's notice", v.Delivery}, {"kick war: first kick to last", v.War}, {"overlap: two sessions beside each other", v.Overlap}} {
				if one.f.Count > 0 {
					b.row(r, s, append([]string{one.name}, figures(one.f)...)...)
				}
			}
			b.row(w, s, "in the run", number(v.Wars), number(v.WarKicks), record.FormatSpan(record.Time(v.OverlapSum*1e9)))
		}
	}
	return filled(t, w, r)
}

func (b *builder) lockoutTables() []*table {
	t := b.tableOf("Locked out by the limit on logins", 1, "", "refused with 416", "accounts locked out", "still at the end", "p50", "p99", "max", "over")
	for _, s := range b.stories {
		if l := s.sum.Lockouts; l != nil {
			b.row(t, s, "first 416 to the next 200", number(l.Refused), number(l.Accounts), number(l.Still), span(l.Lasted.P50, l.Lasted.Count), span(l.Lasted.P99, l.Lasted.Count),
				span(l.Lasted.Max, l.Lasted.Count), number(l.Lasted.Count))
		}
	}
	return filled(t)
}

func (b *builder) healthTables() []*table {
	t := b.tableOf("How late", 1, figureHead("")...)
	c := b.tableOf("Counted", 1, "", "count")
	u := b.tableOf("CPU, cores on average", 1, "generator", "embedded target")
	for _, s := range b.stories {
		h := s.sum.Health
		for _, f := range []struct {
			name string
			f    record.Figures
		}{{"attempts began", h.Start}, {"deadlines were met", h.Timer}, {"frames were handled", h.Record}} {
			if f.f.Count > 0 {
				b.row(t, s, append([]string{f.name}, figures(f.f)...)...)
			}
		}
		for i, n := range h.Counters {
			if n > 0 {
				b.row(c, s, strings.TrimSuffix(record.Counter(i).Help(), "."), number(n))
			}
		}
		if h.Clamped > 0 {
			b.row(c, s, "Values above the range of their metric, counted at its end", number(h.Clamped))
		}
		if h.CPU > 0 {
			b.row(u, s, fmt.Sprintf("%.2f", h.CPU), fmt.Sprintf("%.2f", h.TargetCPU))
		}
	}
	return append(filled(t, u, c), b.strains()...)
}

// machine is what the runs ran on, and how.
func (b *builder) machine() []*table {
	t := &table{Words: 1 + len(b.stories), Head: []string{""}}
	rows := [][]string{{"driver"}, {"seed"}, {"version"}, {"run id"}, {"began"}, {"host"}, {"system"}, {"CPU"}, {"memory"}, {"Go"}, {"limits"}}
	for _, s := range b.stories {
		if b.several() {
			t.Head = append(t.Head, s.what())
		} else {
			t.Head = append(t.Head, "")
		}
		e := s.run.Manifest.Environment
		limits := fmt.Sprintf("GOMAXPROCS %d", e.GoProcs)
		if e.GoGC != "" {
			limits += ", GOGC " + e.GoGC
		}
		if e.GoLimit != "" {
			limits += ", GOMEMLIMIT " + e.GoLimit
		}
		if e.Files > 0 {
			limits += ", " + number(e.Files) + " file descriptors"
		}
		memory := "-"
		if e.Memory > 0 {
			memory = humanize.IBytes(e.Memory)
		}
		for i, cell := range []string{s.sum.Driver, fmt.Sprint(s.sum.Seed), e.Version, e.RunID, e.Started.UTC().Format("2006-01-02 15:04:05 MST"), e.Host,
			strings.TrimSpace(e.System + " " + e.Kernel), strings.TrimSpace(fmt.Sprintf("%d x %s", e.CPUs, e.CPU)), memory, e.GoVersion, limits} {
			rows[i] = append(rows[i], cell)
		}
	}
	t.Rows = rows
	return []*table{t}
}

// tabled is a chart in rows: for whoever cannot see it.
func (c *chart) tabled() *table {
	if c.Heat != nil {
		return c.Heat.tabled()
	}
	first := map[string]string{"time": "at", "after": "after", "rank": "percentile"}[c.Along]
	t := &table{Words: 0, Head: []string{first}}
	for _, s := range c.Series {
		t.Head = append(t.Head, s.Name)
	}
	xs := c.xs()
	const most = 48
	each := max(1, (len(xs)+most-1)/most)
	for at := 0; at < len(xs); at += each {
		row := []string{c.across(xs[at])}
		if c.Along == "rank" {
			row[0] = fmt.Sprintf("%.6g %%", 100*(1-1/xs[at]))
		}
		for _, s := range c.Series {
			v := s.Values[at]
			for _, one := range s.Values[at:min(at+each, len(s.Values))] {
				if !(one <= v) && one == one {
					v = one
				}
			}
			if c.Unit == "share" {
				row = append(row, record.Percent(v))
				continue
			}
			row = append(row, written(c.Unit, v))
		}
		t.Rows = append(t.Rows, row)
	}
	if each > 1 && c.Along != "rank" {
		t.Title = "Each row is the greatest value until the next one."
	}
	return t
}
