package calibrate

import (
	"fmt"
	"strings"

	"loginstorm/sim/chance"
)

// Setting is a key of a scenario and its value.
type Setting struct{ Path, Value string }

// String is the setting as --set takes it.
func (s Setting) String() string { return s.Path + "=" + s.Value }

// unbounded is a number of workers that no run is short of: the most of a scenario.
const unbounded = 1_000_000

// Settings are the model as changes of a scenario, key by key: what else the scenario
// says about its gateway stays.
func (r *Result) Settings() []Setting {
	m := &r.Model
	workers := uint32(unbounded)
	if m.Workers > 0 {
		workers = m.Workers
	}
	all := []Setting{{"gateway.auth.workers", fmt.Sprint(workers)}}
	if m.Workers > 0 {
		all = append(all, Setting{"gateway.auth.queue", fmt.Sprint(m.Queue)})
	}
	all = append(all, Setting{"gateway.auth.serviceTime", m.Service.String()})
	if !m.Sync.still() {
		all = append(all, Setting{"gateway.sync", m.Sync.String()})
	}
	if !m.Latency.still() {
		all = append(all, Setting{"network.latency", m.Latency.String()})
	}
	return all
}

// still reports whether a law is always 0.
func (l Law) still() bool { return l.Shape == chance.Constant && written(l.A) == "0s" }

// Fragment is the model as a part of a scenario file, with what it rests on in
// comments. Every line of head becomes a comment above it.
func (r *Result) Fragment(head ...string) string {
	var b strings.Builder
	comment := func(text string) {
		for _, line := range wrapped(text, 115) {
			b.WriteString("# " + line + "\n")
		}
	}
	for _, line := range head {
		comment(line)
	}
	for _, p := range r.Phases {
		comment(p.String())
	}
	comment(r.Capacity.String())
	if r.Searched != "" {
		comment(r.Searched)
	}
	for _, m := range r.Misfits {
		comment("Does not fit, or is not known: " + m + ".")
	}
	m, auth := &r.Model, ""
	if m.Workers > 0 {
		auth = fmt.Sprintf("workers: %d, queue: %d, ", m.Workers, m.Queue)
	}
	fmt.Fprintf(&b, "gateway:\n  auth: {%sserviceTime: %s}\n", auth, m.Service)
	if !m.Sync.still() {
		fmt.Fprintf(&b, "  sync: %s\n", m.Sync)
	}
	if !m.Latency.still() {
		fmt.Fprintf(&b, "network: {latency: %s}\n", m.Latency)
	}
	return b.String()
}

// String is the fit of a phase in one line.
func (p Phase) String() string {
	text := fmt.Sprintf("%s: %s, %d values", p.Name, p.Family, p.Samples)
	if p.From != "" {
		text += " of seconds " + p.From
	}
	if n := len(p.Residuals); n > 0 && p.Residuals[n-1].Measured <= nothing {
		return text + ": it takes no time"
	}
	text += fmt.Sprintf(", KS distance %.3f;", p.Distance)
	for _, r := range p.Residuals {
		text += fmt.Sprintf(" p%g %s (measured %s, %+.1f %%)", r.Quantile*100, written(span(r.Fitted)), written(span(r.Measured)), r.Error*100)
	}
	return text
}

// String is the capacity in one line.
func (c Capacity) String() string {
	if c.AtLeast {
		return fmt.Sprintf("capacity: at least %.0f logins/s, no second was saturated", c.PerSecond)
	}
	return fmt.Sprintf("capacity: %.0f logins/s, from the saturated seconds %s", c.PerSecond, c.From)
}

// wrapped breaks words in lines of at most so many bytes.
func wrapped(text string, width int) (lines []string) {
	line := ""
	for _, word := range strings.Fields(text) {
		if line != "" && len(line)+1+len(word) > width {
			lines, line = append(lines, line), ""
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	return append(lines, line)
}
