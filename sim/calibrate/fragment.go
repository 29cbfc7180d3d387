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

// Settings are the model as changes of a scenario.
func (r *Result) Settings() []Setting {
	m := &r.Model
	auth := []string{}
	if m.Workers > 0 {
		auth = append(auth, fmt.Sprintf("workers: %d", m.Workers), fmt.Sprintf("queue: %d", m.Queue))
	}
	all := []Setting{{"gateway.auth", "{" + strings.Join(append(auth, "serviceTime: "+m.Service.String()), ", ") + "}"}}
	if !m.Sync.still() {
		all = append(all, Setting{"gateway.sync", m.Sync.String()})
	}
	if !m.Latency.still() {
		all = append(all, Setting{"network", "{latency: " + m.Latency.String() + "}"})
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
	for _, m := range r.Misfits {
		comment("Does not fit, or is not known: " + m + ".")
	}
	gateway := false
	for _, s := range r.Settings() {
		key, inner, nested := strings.Cut(s.Path, ".")
		switch {
		case !nested:
			fmt.Fprintf(&b, "%s: %s\n", key, s.Value)
		case !gateway:
			gateway = true
			b.WriteString("gateway:\n")
			fallthrough
		default:
			fmt.Fprintf(&b, "  %s: %s\n", inner, s.Value)
		}
	}
	return b.String()
}

// String is the fit of a phase in one line.
func (p Phase) String() string {
	text := fmt.Sprintf("%s: %s, %d values", p.Name, p.Family, p.Samples)
	if p.From != "" {
		text += " of seconds " + p.From
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
