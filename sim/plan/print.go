package plan

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/dustin/go-humanize"

	"loginstorm/sim/chance"
	"loginstorm/sim/gateway"
	"loginstorm/sim/scenario"
	"loginstorm/sim/wire"
)

func thousands(n uint64) string { return humanize.Comma(int64(n)) }

// Print writes the plan for people: who arrives when, what happens to whom, and
// what must hold. It names no secrets.
func (p *Plan) Print(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s clients, %s accounts, %v, seed %d\n", p.Name, thousands(uint64(len(p.Clients.Arrive))), thousands(uint64(p.Accounts.Count)), p.Duration, p.Seed)
	for line := range strings.Lines(p.Question) {
		b.WriteString(strings.TrimRight("  "+line, " \n") + "\n")
	}
	p.printTarget(&b)
	p.printPopulations(&b)
	p.printTimeline(&b)
	if len(p.Thresholds) > 0 {
		b.WriteString("\nthresholds\n")
		for i, t := range p.Thresholds {
			fmt.Fprintf(&b, "  %v", t)
			for _, w := range p.Watches {
				if w.Threshold == i {
					fmt.Fprintf(&b, "   (ends the run when crossed, not before %v)", w.Grace)
				}
			}
			b.WriteByte('\n')
		}
	}
	if len(p.Warnings) > 0 {
		b.WriteString("\nwarnings\n")
		for _, t := range p.Warnings {
			fmt.Fprintf(&b, "  %s\n", t)
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// table writes rows whose cells are parted by tabs.
func table(b *strings.Builder, rows func(row func(format string, args ...any))) {
	var text strings.Builder
	t := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	rows(func(format string, args ...any) { fmt.Fprintf(t, "  "+format+"\n", args...) })
	t.Flush()
	for line := range strings.Lines(text.String()) {
		b.WriteString(strings.TrimRight(line, " \n") + "\n")
	}
}

func (p *Plan) printTarget(b *strings.Builder) {
	g := &p.Gateway
	b.WriteString("\ntarget\n")
	switch {
	case len(p.Target.URLs) == 0:
		b.WriteString("  the embedded gateway\n")
	default:
		for _, u := range p.Target.URLs {
			fmt.Fprintf(b, "  %s\n", u)
		}
	}
	source := "generated"
	if !p.Accounts.Generated() {
		source = "from a file"
	}
	if n := p.Accounts.Count; n > 0 {
		fmt.Fprintf(b, "  accounts %s: %s ... %s\n", source, p.Accounts.Name(0), p.Accounts.Name(n-1))
	}
	if !p.Target.AppKey.Empty() {
		fmt.Fprintf(b, "  appKey %v\n", p.Target.AppKey)
	}
	b.WriteString("\ngateway (embedded or simulated)\n")
	table(b, func(row func(string, ...any)) {
		row("nodes\t%d, session timeout %v%s", g.Nodes, g.SessionTimeout, unless(g.Linger == 0, fmt.Sprintf(", dead nodes' sessions linger %v", g.Linger)))
		row("devices\tpolicy %v%s%s%s", g.MultiDevice.Policy, sets(g.MultiDevice), unless(!g.AnyDevice, ", no device check"), unless(!g.ReconnectEvicts, ", a reconnect evicts"))
		workers := "no limit"
		if g.Auth.Workers > 0 {
			workers = fmt.Sprintf("%s workers, queue %s", thousands(uint64(g.Auth.Workers)), thousands(uint64(g.Auth.Queue)))
		}
		row("logins\t%s, service time %s%s", workers, spell(g.Auth.ServiceTime), capacity(g))
		row("sync\t%s", spell(g.Sync))
		row("416\t%s", limiter(g.RateLimit))
		if g.MaxLinks > 0 || g.AcceptRate > 0 {
			row("links\t%s, %s", most(g.MaxLinks, " a node"), most(g.AcceptRate, "/s and node"))
		}
		if g.MinVersion > 0 {
			row("version\t%v or newer", scenario.Version(g.MinVersion))
		}
	})
	if n := &p.Network; n.Latency != (chance.Dist{}) || n.Loss > 0 || n.Bandwidth > 0 {
		fmt.Fprintf(b, "\nnetwork (simulate%s)\n  latency %s one way, loss %v, bandwidth %s\n", unless(!p.Inject, ", and run: injected"), spell(n.Latency), scenario.Share(n.Loss),
			most(uint32(min(n.Bandwidth, 1<<32-1)), " bytes/s"))
	}
}

func unless(no bool, text string) string {
	if no {
		return ""
	}
	return text
}

func most(n uint32, unit string) string {
	if n == 0 {
		return "no limit" + unit
	}
	return thousands(uint64(n)) + unit
}

func sets(m gateway.MultiDevice) string {
	var b strings.Builder
	for _, set := range m.Custom {
		fmt.Fprintf(&b, " %v", set)
	}
	return b.String()
}

// capacity says how many logins a second the workers serve.
func capacity(g *gateway.Config) string {
	mean := g.Auth.ServiceTime.Mean()
	if g.Auth.Workers == 0 || mean <= 0 {
		return ""
	}
	return fmt.Sprintf(" (%.0f logins/s)", float64(g.Auth.Workers)*float64(time.Second)/float64(mean))
}

// spell writes a distribution for people.
func spell(d chance.Dist) string {
	switch d.Shape {
	case chance.Uniform:
		return fmt.Sprintf("%v to %v", d.A, d.B)
	case chance.Exponential:
		return fmt.Sprintf("exponential, mean %v", d.A)
	case chance.Normal:
		return fmt.Sprintf("normal, mean %v, sd %v", d.A, d.B)
	case chance.Lognormal:
		return fmt.Sprintf("lognormal, p50 %v, p99 %v", d.A, d.B)
	}
	return d.A.String()
}

// limiter writes a 416 limiter for people.
func limiter(r gateway.RateLimit) string {
	if r.Limit == 0 {
		return "all logins pass"
	}
	which := map[gateway.Counts]string{gateway.CountManual: "manual logins", gateway.CountAll: "logins", gateway.CountFailed: "failed logins"}[r.Counts]
	text := fmt.Sprintf("%s %s of each %v pass in %v", thousands(uint64(r.Limit)), which, r.Scope, r.Window)
	if r.Penalty > 0 {
		text += fmt.Sprintf(", then none for %v", r.Penalty)
	}
	return text + unless(!r.CountRefused, ", refused ones count") + unless(!r.Hint, ", with a hint")
}

func (p *Plan) printPopulations(b *strings.Builder) {
	b.WriteString("\npopulations\n")
	table(b, func(row func(string, ...any)) {
		row("name\tclients\tplatform\tlogin\tprofile\treconnect\tpeople")
		for i := range p.Populations {
			q := &p.Populations[i]
			how := "manual"
			if q.Login == wire.Auto {
				how = "auto"
			}
			row("%s\t%s\t%v\t%s\t%s\t%s\t%s", q.Name, thousands(uint64(q.Count)), q.ClientType, how, q.Profile.Name, q.Profile.Policy.Name, p.people(q))
		}
	})
	b.WriteString("\narrivals\n")
	table(b, func(row func(string, ...any)) {
		for i := range p.Populations {
			row("%s\t%s", p.Populations[i].Name, p.curve(&p.Populations[i]))
		}
	})
}

// people says what the people of a population do of their own accord.
func (p *Plan) people(q *Population) string {
	h := q.Habits
	if h == nil {
		return "-"
	}
	var parts []string
	if h.OnKick.Relogin > 0 {
		parts = append(parts, fmt.Sprintf("kicked: %v log in again after %s", scenario.Share(h.OnKick.Relogin), spell(h.OnKick.After)))
	}
	if h.OnFailure.Retry > 0 {
		parts = append(parts, fmt.Sprintf("failed: %d more presses, after %s", h.OnFailure.Retry, spell(h.OnFailure.After)))
	}
	return strings.Join(parts, "; ")
}

// curveWidth is how many columns an arrival curve has.
const curveWidth = 40

// curve draws the arrival rate of a population over time.
func (p *Plan) curve(q *Population) string {
	var n uint64
	first, last := Never, Time(0)
	arrive := p.Clients.Arrive[q.First : q.First+q.Count]
	for _, at := range arrive {
		if at != Never {
			n++
			first, last = min(first, at), max(last, at)
		}
	}
	switch {
	case n == 0:
		return "nobody by itself"
	case first == last:
		return fmt.Sprintf("%s at %v", thousands(n), first)
	}
	var counts [curveWidth]uint64
	var peak uint64
	// The last client's gap belongs to the curve, too.
	width := (last-first+(last-first)/Time(max(n-1, 1)))/curveWidth + 1
	for _, at := range arrive {
		if at != Never {
			i := (at - first) / width
			counts[i]++
			peak = max(peak, counts[i])
		}
	}
	var bars strings.Builder
	for _, c := range counts {
		bars.WriteRune([]rune(" ▁▂▃▄▅▆▇█")[(c*8+peak-1)/peak])
	}
	return fmt.Sprintf("%s from %v to %v |%s| up to %.0f/s", thousands(n), brief(first), brief(last), bars.String(), float64(peak)*float64(time.Second)/float64(width))
}

// brief drops what nobody reads of an instant.
func brief(at Time) Time {
	if at >= time.Second {
		return at.Round(time.Millisecond)
	}
	return at.Round(time.Microsecond)
}

func (p *Plan) printTimeline(b *strings.Builder) {
	if len(p.Entries) == 0 {
		return
	}
	b.WriteString("\ntimeline\n")
	table(b, func(row func(string, ...any)) {
		for _, e := range p.Entries {
			until := ""
			if e.Until > e.At {
				until = fmt.Sprintf("until %v", brief(e.Until))
			}
			row("%v\t%s\t%s\t%s", brief(e.At), e.Name, e.Says, until)
		}
	})
}
