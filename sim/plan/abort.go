package plan

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"loginstorm/sim/record"
	"loginstorm/sim/scenario"
)

// Metric is a series of the target's own, asked for while a run goes on.
type Metric struct {
	Name  string
	Unit  string  // share (1 = all), seconds, bytes or "".
	Scale float64 // What an answer is multiplied by to be in Unit.
	// Either an expression of a Prometheus,
	Prometheus string // http://host:port
	Query      string
	// or series of a page, as ParseSelector reads them.
	Scrape string
	Series string
	Of     string // What Series are a share of; "" = their sum is the value.
	Rate   bool   // They are counters: how fast they grow, a second.

	Every   Time
	Timeout Time // When an answer is too late.
	Token   Secret
}

// URL is where the series is asked for.
func (m *Metric) URL() string {
	if m.Prometheus != "" {
		return m.Prometheus
	}
	return m.Scrape
}

// Says tells for people where the series comes from. It names no secret.
func (m *Metric) Says() string {
	if m.Prometheus != "" {
		return fmt.Sprintf("%s of %s", m.Query, m.Prometheus)
	}
	text := m.Series
	if m.Rate {
		text = "rate(" + text + ")"
	}
	if m.Of != "" {
		text += " of " + m.Of
	}
	return fmt.Sprintf("%s at %s", text, m.Scrape)
}

const (
	// DefaultAsk is how often a series of the target is asked for when the scenario does
	// not say, and DefaultAnswer when an answer is too late.
	DefaultAsk    = 2 * time.Second
	DefaultAnswer = time.Second
	// leastAsk and mostAsk bound it: a page of a busy gateway costs it something, and what
	// is asked for once an hour ends no run in time.
	leastAsk = time.Second
	mostAsk  = time.Minute
)

// metrics settles the target's own series.
func (c *compiler) metrics() {
	if c.file.Target == nil {
		return
	}
	seen := map[string]bool{}
	for i := range c.file.Target.Metrics {
		s := &c.file.Target.Metrics[i]
		path := fmt.Sprintf("target.metrics[%d]", i)
		if seen[s.Name] {
			c.fault(path+".name", fmt.Sprintf("there are two series called %s", s.Name), "give each a name of its own")
		}
		seen[s.Name] = true
		if taken(s.Name) {
			c.fault(path+".name", fmt.Sprintf("%s is a figure of our own", s.Name), "call it otherwise, such as gateway_"+s.Name)
		}
		m := Metric{Name: s.Name, Prometheus: strings.TrimRight(s.Prometheus, "/"), Query: s.Query, Scrape: s.Scrape, Series: s.Series, Of: s.Of, Rate: s.Rate,
			Every: span(s.Every, DefaultAsk), Token: NewSecret(c.options.MetricTokens[s.Name])}
		m.Unit, m.Scale = unitOf(s)
		if s.Of != "" && s.Unit != "" && s.Unit != "share" {
			c.fault(path+".unit", fmt.Sprintf("a part of something is a share, and not %s", s.Unit), "leave unit out")
		}
		m.Timeout = span(s.Timeout, min(DefaultAnswer, m.Every*9/10))
		if m.Every < leastAsk || m.Every > mostAsk {
			c.fault(path+".every", fmt.Sprintf("it is asked for every %v", m.Every), "write a span from 1s to 1m")
		}
		if m.Timeout <= 0 || m.Timeout >= m.Every {
			c.fault(path+".timeout", fmt.Sprintf("a timeout of %v does not fit into the %v between two questions", m.Timeout, m.Every), "write a shorter span")
		}
		c.asked(&m, path)
		c.plan.Metrics = append(c.plan.Metrics, m)
	}
	if n := len(c.plan.Metrics); n > 0 && c.options.Virtual {
		c.plan.Metrics = nil
		c.warn("target.metrics: nothing is asked in virtual time: %d series are left out", n)
	}
}

// taken reports whether a name already means a figure.
func taken(name string) bool {
	return slices.ContainsFunc(record.Catalogue(), func(i record.Info) bool { return i.Name == name })
}

// unitOf returns what the values of a series are measured in, and what an answer is
// multiplied by to be in it.
func unitOf(s *scenario.TargetMetric) (unit string, scale float64) {
	switch {
	case s.Of != "":
		return "share", 1
	case s.Unit == "percent":
		return "share", 0.01
	case s.Unit == "milliseconds":
		return "seconds", 0.001
	case s.Unit == "number":
		return "", 1
	}
	return s.Unit, 1
}

// asked checks where a series comes from.
func (c *compiler) asked(m *Metric, path string) {
	switch {
	case m.Prometheus != "" && m.Scrape != "":
		c.fault(path+".scrape", m.Name+" comes from a Prometheus and from a page", "keep one of the two")
	case m.Prometheus != "":
		if m.Query == "" {
			c.fault(path, m.Name+" does not say what to ask", "write query: an expression that gives one value")
		}
		if m.Series != "" || m.Of != "" || m.Rate {
			c.fault(path, "series, of and rate belong to scrape", "write them in the expression of query")
		}
		c.askable(m.Prometheus, path+".prometheus", "http://host:port")
	case m.Scrape != "":
		if m.Series == "" {
			c.fault(path, m.Name+" does not say which series of the page", "write series: a name, such as errors_total{code=~'5..'}")
		}
		if m.Query != "" {
			c.fault(path+".query", "a page answers no query", "write series, or prometheus in place of scrape")
		}
		c.askable(m.Scrape, path+".scrape", "http://host:port/metrics")
		for i, text := range []string{m.Series, m.Of} {
			if _, err := ParseSelector(text); err != nil && text != "" {
				c.fault(path+[]string{".series", ".of"}[i], err.Error(), "write it like errors_total{code=~'5..', node!='2'}")
			}
		}
	default:
		c.fault(path, m.Name+" does not say where it comes from", "write prometheus and query, or scrape and series")
	}
}

// askable checks an address that is asked over HTTP.
func (c *compiler) askable(address, path, example string) {
	u, err := url.Parse(address)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || !port(u.Port()):
		c.fault(path, "the address cannot be asked over HTTP", "write "+example)
	case u.User != nil:
		c.fault(path, "the address holds a user", "leave it out; a token is read from the environment or a file: token: {env: NAME}")
	}
}

// watched lists the series that conditions may name.
func (c *compiler) watched() (all []record.Watched) {
	if c.file.Target == nil {
		return nil
	}
	for i := range c.file.Target.Metrics {
		s := &c.file.Target.Metrics[i]
		unit, _ := unitOf(s)
		all = append(all, record.Watched{Name: s.Name, Unit: unit})
	}
	return all
}

// stops reads the conditions that end a run, and checks the names in them.
func (c *compiler) stops() {
	layout, watched := c.plan.Layout(), c.watched()
	var deaf []string
	for i, a := range c.file.Abort {
		path := fmt.Sprintf("abort[%d]", i)
		condition, err := record.ParseCondition(a.When, watched)
		if err == nil {
			err = condition.Check(layout)
		}
		if err != nil {
			prefix := fmt.Sprintf("condition %q: ", strings.Join(strings.Fields(a.When), " "))
			for line := range strings.SplitSeq(err.Error(), "\n") {
				if line = strings.TrimPrefix(line, prefix); !c.nameless(line) && !(strings.HasPrefix(line, "there is no series") && c.file.Lost("target.metrics")) {
					c.fault(path, line, "")
				}
			}
			continue
		}
		stop := record.Stop{Condition: condition, For: span(a.For, 0), Grace: span(a.Grace, 0)}
		if least := stop.For + stop.Grace; least >= c.plan.Duration && !c.file.Lost("duration") {
			c.fault(path, fmt.Sprintf("grace and for take %v together, and the run ends after %v", least, c.plan.Duration), "write shorter spans, or leave the condition out")
		}
		if condition.Series() != "" && c.options.Virtual {
			deaf = append(deaf, condition.String())
			continue
		}
		c.plan.Stops = append(c.plan.Stops, stop)
	}
	if len(deaf) > 0 {
		c.warn("abort: the target's series are not known in virtual time, so this cannot end it: %s", strings.Join(deaf, "; "))
	}
}

// printStops writes series and conditions for people.
func (p *Plan) printStops(b *strings.Builder) {
	if len(p.Metrics) > 0 {
		b.WriteString("\ntarget's own series\n")
		table(b, func(row func(string, ...any)) {
			for i := range p.Metrics {
				m := &p.Metrics[i]
				row("%s\t%s\tevery %v", m.Name, m.Says(), scenario.Span(m.Every))
			}
		})
	}
	if len(p.Stops) == 0 {
		return
	}
	b.WriteString("\nends the run\n")
	for _, s := range p.Stops {
		fmt.Fprintf(b, "  %v", s)
		if s.Grace > 0 {
			fmt.Fprintf(b, "   (not before %v)", s.Grace)
		}
		b.WriteByte('\n')
	}
}

// digestStops is what Digest takes in of them; nil when there are none.
func (p *Plan) digestStops() []any {
	if len(p.Stops)+len(p.Metrics) == 0 {
		return nil
	}
	all := []any{p.Metrics}
	for _, s := range p.Stops {
		all = append(all, s.String(), s.Grace)
	}
	return all
}
