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
	p.printArrivals(&b)
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
	p.printStops(&b)
	p.printGate(&b)
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
	switch r := p.Accounts.Register; {
	case p.Accounts.Listed():
		source = "from a file"
	case r != nil:
		source = "registered through " + r.URL
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
		if a := g.Admission; a.Bucket > 0 {
			row("admits\t%s", admits(a))
		}
		row("sync\t%s", spell(g.Sync))
		row("416\t%s", limiter(g.RateLimit))
		if g.MaxLinks > 0 || g.AcceptRate > 0 {
			row("links\t%s, %s", most(g.MaxLinks, " a node"), most(g.AcceptRate, "/s and node"))
		}
		if g.MinVersion > 0 {
			row("version\t%v or newer", scenario.Version(g.MinVersion))
		}
	})
	p.printServers(b)
	if n := &p.Network; n.Latency != (chance.Dist{}) || n.Loss > 0 || n.Bandwidth > 0 {
		fmt.Fprintf(b, "\nnetwork (simulate%s)\n  latency %s one way, loss %v, bandwidth %s\n", unless(!p.Inject, ", and run: injected"), spell(n.Latency), scenario.Share(n.Loss),
			most(uint32(min(n.Bandwidth, 1<<32-1)), " bytes/s"))
	}
}

func which(no bool, yes, otherwise string) string {
	if no {
		return yes
	}
	return otherwise
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
