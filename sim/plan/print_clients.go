package plan

import (
	"fmt"
	"strings"
	"time"

	"loginstorm/sim/login"
	"loginstorm/sim/scenario"
	"loginstorm/sim/wire"
)

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
}

// printArrivals draws who arrives when.
func (p *Plan) printArrivals(b *strings.Builder) {
	b.WriteString("\narrivals\n")
	table(b, func(row func(string, ...any)) {
		for i := range p.Populations {
			row("%s\t%s", p.Populations[i].Name, p.curve(&p.Populations[i]))
		}
	})
}

// people says what the people of a population do of their own accord, and how its
// clients come by tokens and databases where that is not the usual way.
func (p *Plan) people(q *Population) string {
	parts := p.means(q)
	if h := q.Habits; h != nil {
		parts = append(parts, habitsOf(h)...)
	}
	if len(parts) == 0 {
		return "-"
	}
	return strings.Join(parts, "; ")
}

// means says how the clients of a population come by tokens and databases.
func (p *Plan) means(q *Population) []string {
	var parts []string
	if q.AuthType != wire.AuthDefault || q.Fetch != FetchNever {
		kind := map[wire.AuthType]string{wire.AuthDynamic: "dynamic", wire.AuthThirdParty: "third-party"}[q.AuthType]
		if kind == "" {
			kind = "static"
		}
		how := map[Fetch]string{FetchNever: "given", FetchFirst: "asked for once", FetchEvery: "asked for on every login"}[q.Fetch]
		parts = append(parts, fmt.Sprintf("%s tokens, %s", kind, how))
	}
	shut := 0
	for n := q.First; p.Clients.Database != nil && n < q.First+q.Count; n++ {
		if p.Clients.Database[n] {
			shut++
		}
	}
	if shut > 0 {
		parts = append(parts, fmt.Sprintf("%s local databases do not open", thousands(uint64(shut))))
	}
	return parts
}

// habitsOf says what people do, in the order of a day.
func habitsOf(h *login.Habits) []string {
	var parts []string
	say := func(format string, args ...any) { parts = append(parts, fmt.Sprintf(format, args...)) }
	if h.Think.Mean() > 0 {
		say("think %s before the first press", spell(h.Think))
	}
	if h.OnKick.Relogin > 0 {
		say("kicked: %v log in again after %s%s", scenario.Share(h.OnKick.Relogin), spell(h.OnKick.After), often(h.OnKick.Max))
	}
	if f := h.OnFailure; f.Retry > 0 {
		patience := ""
		if f.Patience > 0 {
			patience = fmt.Sprintf(", for %v at most", f.Patience)
		}
		say("failed: %d more presses, after %s%s", f.Retry, spell(f.After), patience)
	}
	if o := h.OnOutage; o.Share > 0 {
		say("outage: %v kill the app after %s and open it %s later%s", scenario.Share(o.Share), spell(o.After), spell(o.Reopen), often(o.Max))
	}
	if s := h.Session; s.On {
		then := "back after " + spell(s.Pause)
		if s.Stays {
			then = "then away"
		}
		say("stay %s, %s%s", spell(s.Length), then, often(s.Max))
	}
	if s := h.Switch; s.Accounts > 1 {
		say("%v of the pauses end with the next of %d accounts", scenario.Share(s.Share), s.Accounts)
	}
	return parts
}

// often says how often somebody does something at most.
func often(most uint32) string {
	switch most {
	case 0:
		return ""
	case 1:
		return ", once"
	}
	return fmt.Sprintf(", %d times at most", most)
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
