package plan

import (
	"fmt"
	"strings"

	"loginstorm/sim/backend"
)

// printServers writes what stands beside the gateway, and what the whole can serve.
func (p *Plan) printServers(b *strings.Builder) {
	if p.App == nil && p.Address == nil {
		return
	}
	b.WriteString("\nbeside the gateway\n")
	table(b, func(row func(string, ...any)) {
		if a := p.App; a != nil {
			clock := ""
			if a.Skew != 0 {
				clock = fmt.Sprintf(", its clock %v %s", max(a.Skew, -a.Skew), which(a.Skew > 0, "ahead", "behind"))
			}
			row("app\t%s; dynamic tokens for %v%s%s", serves(&a.Server), a.TTL, clock, at(p.Target.AppURL))
		}
		if p.Address != nil {
			row("addresses\t%s%s", serves(p.Address), at(p.Target.AddressURL))
		}
	})
}

// serves writes what it costs to ask a server.
func serves(c *backend.Config) string {
	workers := "no limit"
	if c.Workers > 0 {
		workers = fmt.Sprintf("%s workers, queue %s", thousands(uint64(c.Workers)), thousands(uint64(c.Queue)))
	}
	return fmt.Sprintf("%s, service time %s", workers, spell(c.ServiceTime))
}

// at names where a server is asked.
func at(address string) string {
	if address == "" {
		return ""
	}
	return ", at " + address
}

func (p *Plan) printTimeline(b *strings.Builder) {
	if len(p.Entries) == 0 {
		return
	}
	b.WriteString("\ntimeline\n")
	table(b, func(row func(string, ...any)) {
		for i := range p.Entries {
			e := &p.Entries[i]
			if e.Repeat > 0 {
				continue
			}
			until := which(e.Stays, "to the end", "")
			if e.Until > e.At && !e.Stays {
				until = fmt.Sprintf("until %v", brief(e.Until))
			}
			row("%v\t%s\t%s\t%s", brief(e.At), e.Name, e.Says, until)
			p.repetitions(i, row)
		}
	})
}

// repetitions writes how often an entry comes again.
func (p *Plan) repetitions(first int, row func(string, ...any)) {
	last := first
	for last+1 < len(p.Entries) && p.Entries[last+1].Repeat > 0 {
		last++
	}
	if last == first {
		return
	}
	e, next, final := &p.Entries[first], &p.Entries[first+1], &p.Entries[last]
	names := next.Name
	switch {
	case last == first+2:
		names += ", " + final.Name
	case last > first+2:
		names += " ... " + final.Name
	}
	row("\t\tagain every %v, %s, to %v: %s\t", brief(next.At-e.At), times(last-first), brief(final.At), names)
}

func times(n int) string {
	if n == 1 {
		return "once"
	}
	return fmt.Sprintf("%d times", n)
}
