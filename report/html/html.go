package html

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"errors"
	"fmt"
	"html/template"
	"io"
	"slices"
	"strings"

	"loginstorm/report"
	"loginstorm/report/rundir"
	"loginstorm/sim/record"
)

//go:embed page.html page.css page.js live.js uplot
var parts embed.FS

// MaxRuns is how many runs may lie over each other: more than that nobody tells apart.
const MaxRuns = 8

// maxScenario is how much of a scenario's text is shown.
const maxScenario = 64 << 10

// page is what page.html shows.
type page struct {
	Title      string
	Policy     string
	Style      template.CSS
	Chart      template.JS // uPlot.
	Script     template.JS
	License    string
	Data       data
	Heads      []head
	Several    bool
	Apart      []string // Why the runs cannot be held against each other.
	Notes      []string
	Beside     *table
	Sections   []section
	Scenarios  []source
	Assumed    []assumption
	Thresholds []*table
	Live       bool        // The run goes on: charts have places alone, and live.js fills them.
	Follow     template.JS // live.js, on the page of a run that goes on.
}

// data is what page.js reads.
type data struct {
	Time   *pageAxis `json:"time"`
	Charts []*chart  `json:"charts"`
}

// head is a run's verdict.
type head struct {
	Run, Name, Driver, Verdict, Class  string
	Seed                               uint64
	Ran, Planned, Interrupted          string
	Question                           []string
	Reasons, Remedies, Warnings, Wrong []string
	Injected, Invalid                  bool
}

// section is a part of the page.
type section struct {
	ID, Title, Empty string
	Marked           []int
	Charts           []*chart
	Tables           []*table
	Bars             []bars
	Storms           []stormTold
}

// source is a scenario as it was given, and how to run it again.
type source struct {
	Run, Dir, Replay, Text string
	Cut                    bool
}

// Write writes one page about the runs, which lie over each other when there are
// several. The same run directories give the same bytes.
func Write(w io.Writer, runs ...*rundir.Run) error {
	p, err := build(runs)
	if err != nil {
		return fmt.Errorf("write HTML report: %w", err)
	}
	if err := p.write(w); err != nil {
		return fmt.Errorf("write HTML report: %w", err)
	}
	return nil
}

// write fills in the template.
func (p *page) write(w io.Writer) error {
	text, err := parts.ReadFile("page.html")
	if err != nil {
		return err
	}
	t, err := template.New("page").Parse(string(text))
	if err != nil {
		return err
	}
	var b bytes.Buffer // A page that fails half-way is not written at all.
	if err := t.Execute(&b, p); err != nil {
		return err
	}
	_, err = w.Write(b.Bytes())
	return err
}

func build(runs []*rundir.Run) (*page, error) {
	if len(runs) == 0 || len(runs) > MaxRuns {
		return nil, fmt.Errorf("%d runs; 1 to %d can be shown", len(runs), MaxRuns)
	}
	b := &builder{}
	for i, run := range runs {
		s, err := tell(string(rune('A'+i)), run)
		if err != nil {
			return nil, err
		}
		b.stories = append(b.stories, s)
	}
	b.x = axisOf(b.stories)
	b.axis = &pageAxis{Xs: b.x.xs(), Step: b.x.step, Faults: b.faults()}
	data := data{Time: b.axis, Charts: []*chart{}}
	for _, s := range b.stories {
		if err := s.logs(b.x); err != nil {
			return nil, err
		}
	}
	p := &page{Data: data, Several: b.several(), Assumed: assumed(b.stories), Thresholds: b.thresholds()}
	if err := p.load(); err != nil {
		return nil, err
	}
	b.heads(p)
	if p.Several {
		p.Beside = b.beside()
	}
	if len(runs) == 2 {
		lay, err := report.LayOver(runs[0], runs[1])
		if err != nil {
			return nil, err
		}
		p.Apart, p.Notes = lay.Faults, lay.Notes
	}
	for _, s := range b.sections() {
		p.add(s)
	}
	b.widen(p.Data.Charts)
	return p, nil
}

// widen makes the curves of the first run wide where several lie over each other, so
// that one does not hide the other.
func (b *builder) widen(charts []*chart) {
	for _, c := range charts {
		for i := range c.Series {
			if b.several() && c.Kind == "lines" && strings.HasPrefix(c.Series[i].Name, b.stories[0].letter+" ") {
				c.Series[i].Width = 3
			}
		}
	}
}

// sections are the parts of the page in their order.
func (b *builder) sections() []section {
	all := []section{
		{ID: "asked", Title: "Asked and achieved", Tables: b.achieved()},
		{ID: "timeline", Title: "Timeline", Tables: b.timeline()},
		{ID: "clients", Title: "Clients", Charts: b.clients(), Empty: "No second of the run was written."},
		{ID: "load", Title: "Login rate and codes", Charts: b.load(), Tables: b.attempts(), Empty: "Nobody began a login."},
		{ID: "latency", Title: "Latency", Charts: b.latency(), Tables: b.latencies(), Empty: "Nobody logged in."},
		{ID: "phases", Title: "Phases of an attempt", Charts: b.phases(), Tables: b.phaseTables()},
		{ID: "storms", Title: "Recovery and storms", Charts: b.recovery(), Storms: b.storms(), Bars: b.distributions("noticed after", record.Detection)},
		{ID: "kicked", Title: "Kicks", Charts: b.kicks(), Tables: b.kickTables(), Bars: b.distributions("kick delivery", record.KickDelivery), Empty: "Nobody was pushed out."},
		{ID: "limited", Title: "The limit on logins (416)", Charts: b.limits(), Tables: b.lockoutTables(), Bars: b.distributions("first 416 to the next 200", record.Lockout), Empty: "Nobody was refused with 416."},
		{ID: "health", Title: "Health of the generator", Charts: b.health(), Tables: b.healthTables(), Empty: b.healthy()},
		{ID: "machine", Title: "Version and machine", Tables: b.machine()},
	}
	if charts, tables := b.targets(), b.targetTables(); len(tables) > 0 {
		all = slices.Insert(all, len(all)-2, section{ID: "target", Title: "The target's own series", Charts: charts, Tables: tables})
	}
	if b.live { // What goes on comes first.
		all = append(all[1:len(all)-1], all[0], all[len(all)-1])
	}
	return all
}

// healthy says why there is no lateness to show.
func (b *builder) healthy() string {
	for _, s := range b.stories {
		if s.sum.Driver != report.Simulate {
			return ""
		}
	}
	return "In virtual time an attempt begins when it is due: nothing was late."
}

// add puts a section on the page, and its charts among those to draw. One without a
// curve is left out.
func (p *page) add(s section) {
	s.Marked = marks(p.Assumed, s.ID)
	s.Charts = slices.DeleteFunc(s.Charts, func(c *chart) bool { return len(c.Series) == 0 && c.Heat == nil })
	for _, c := range s.Charts {
		c.Marked = marks(p.Assumed, c.ID)
		c.SVG, c.Table = c.draw(), c.tabled()
	}
	if len(s.Charts) > 0 || s.ID == "health" && len(s.Tables) > 0 && s.Empty == "" {
		s.Empty = "" // There is something to see.
	}
	if len(s.Charts)+len(s.Tables)+len(s.Storms)+len(s.Bars) == 0 && s.Empty == "" {
		return
	}
	p.Data.Charts = append(p.Data.Charts, s.Charts...)
	p.Sections = append(p.Sections, s)
}

// load reads the parts of the page that are always the same, and allows them alone.
func (p *page) load() error {
	texts := map[string]string{}
	for _, name := range []string{"page.css", "page.js", "live.js", "uplot/uPlot.iife.min.js", "uplot/uPlot.min.css", "uplot/LICENSE"} {
		text, err := parts.ReadFile(name)
		if err != nil {
			return err
		}
		texts[name] = string(text)
		if strings.Contains(strings.ToLower(texts[name]), "</script") || strings.Contains(strings.ToLower(texts[name]), "</style") {
			return errors.New(name + " would end its element")
		}
	}
	style, chart := texts["uplot/uPlot.min.css"]+texts["page.css"], tongue+texts["uplot/uPlot.iife.min.js"]
	p.Style, p.Chart, p.Script = template.CSS(style), template.JS(chart), template.JS(texts["page.js"])
	p.License = texts["uplot/LICENSE"]
	p.Policy = fmt.Sprintf("default-src 'none'; base-uri 'none'; form-action 'none'; img-src data:; style-src %s; script-src %s %s",
		hashed(style), hashed(chart), hashed(texts["page.js"]))
	if p.Live {
		p.Follow = template.JS(texts["live.js"])
		p.Policy += " " + hashed(texts["live.js"]) + "; connect-src 'self'"
	}
	return nil
}

// tongue runs before uPlot, which throws where the browser's language is none that Intl
// knows: a browser in a POSIX locale speaks en-US@posix.
const tongue = `try { new Intl.NumberFormat(navigator.language) } catch (e) { Object.defineProperty(navigator, "language", { value: "en-US" }) }
`

// hashed is how a Content-Security-Policy names a text.
func hashed(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

// heads are the verdicts, and what stands at the end of the page.
func (b *builder) heads(p *page) {
	for _, s := range b.stories {
		sum, m := s.sum, s.run.Manifest
		h := head{Name: sum.Name, Driver: sum.Driver, Seed: sum.Seed, Verdict: strings.ToUpper(word(sum.Judgement.Verdict)), Class: sum.Judgement.Verdict.String(),
			Ran: record.FormatSpan(sum.Ran.Duration()), Interrupted: sum.Interrupted, Question: paragraphs(sum.Question),
			Reasons: sum.Judgement.Reasons, Remedies: sum.Judgement.Remedies, Injected: sum.Injected, Invalid: sum.Judgement.Verdict == record.Invalid}
		if b.several() {
			h.Run = s.what()
		}
		if sum.Planned > sum.Ran+record.Seconds(1e9) {
			h.Planned = record.FormatSpan(sum.Planned.Duration())
		}
		missing := len(s.run.Missing)
		h.Warnings, h.Wrong = sum.Warnings[:len(sum.Warnings)-missing], s.run.Missing
		p.Heads = append(p.Heads, h)
		one := source{Dir: base(s.run.Dir), Replay: s.replay(), Text: string(s.run.Scenario)}
		if len(one.Text) > maxScenario {
			one.Text, one.Cut = strings.ToValidUTF8(one.Text[:maxScenario], ""), true
		}
		if b.several() {
			one.Run = s.what()
		}
		p.Scenarios = append(p.Scenarios, one)
		p.Title = cmp.Or(p.Title, m.Name)
	}
}

// paragraphs undoes the line breaks of a text within its paragraphs.
func paragraphs(text string) (all []string) {
	for _, p := range strings.Split(text, "\n\n") {
		if words := strings.Fields(p); len(words) > 0 {
			all = append(all, strings.Join(words, " "))
		}
	}
	return all
}

// base is a directory's own name: where it lies is nobody's business.
func base(dir string) string {
	dir = strings.TrimRight(dir, `/\`)
	return dir[strings.LastIndexAny(dir, `/\`)+1:]
}

// mostFaults is how many faults are marked across the charts.
const mostFaults = 64

// faults are the timeline entries of all runs; one that several runs have at the same
// instant is marked once, and one that not all of them have says whose it is.
func (b *builder) faults() []fault {
	all := []fault{} // Not null in JSON.
	for _, s := range b.stories {
		l := s.run.Manifest.Layout
		for i, e := range s.sum.Timeline {
			f := fault{Number: i + 1, Name: e.Entry, At: e.At.Duration().Seconds(), Of: s.letter}
			f.End = f.At
			if i < len(l.Ends) {
				f.End = max(f.At, l.Ends[i].Duration().Seconds())
			}
			known := slices.IndexFunc(all, func(o fault) bool { return o.Name == f.Name && o.At == f.At })
			switch {
			case known >= 0 && !strings.Contains(all[known].Of, s.letter):
				all[known].Of += s.letter
				all[known].End = max(all[known].End, f.End)
			case known < 0 && len(all) < mostFaults:
				all = append(all, f)
			}
		}
	}
	for i := range all {
		if len(all[i].Of) == len(b.stories) {
			all[i].Of = ""
		}
	}
	return all
}
