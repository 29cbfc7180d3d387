package screen

import (
	"fmt"
	"strings"
	"time"

	"github.com/dustin/go-humanize"
)

// tooLate is from which lateness on a run may be the generator's story and not the
// gateway's.
const tooLate = 5 * time.Millisecond

// generator is whether the figures can be trusted; of a simulation, how fast it is.
func (m Model) generator() section {
	sizes := []size{{1, 4}}
	machine := m.machine()
	if len(machine) > 0 {
		sizes = append(sizes, size{2, 32})
	}
	return section{sizes: sizes, draw: func(width, height int) []string {
		name := m.ink.in(strong, "Generator") + "  "
		if width < 60 {
			name = ""
		}
		first := m.lateness()
		if m.facts.Virtual {
			first = m.speed()
		}
		if height < 2 && len(machine) > 0 {
			return []string{name + strings.Join(append(first, machine[0]), "  ")}
		}
		return []string{name + strings.Join(first, "  "), strings.Repeat(" ", columns(name)) + strings.Join(machine, "  ")}
	}}
}

// speed is how fast a simulation is.
func (m Model) speed() []string {
	s := m.state
	if s.Events == 0 {
		return []string{"begins"}
	}
	return []string{humanize.SIWithDigits(s.PerSec, 1, "events/s"), number(s.Events) + " events", clock(s.At) + " of virtual time", clock(s.LeftFor) + " left"}
}

// lateness is how late the generator was.
func (m Model) lateness() []string {
	s := m.state
	late := "late p99 " + span(s.Lateness.P99.Duration(), s.Lateness.Count)
	if s.Lateness.Count > 0 {
		late += " of " + number(s.Lateness.Count)
	}
	if s.Lateness.P99.Duration() > tooLate {
		late = m.ink.in(red, late)
	}
	words := []string{late}
	if s.Worst.Count > 0 {
		words = append(words, "worst "+span(s.Worst.P99.Duration(), s.Worst.Count))
	}
	if s.Late+s.Dropped > 0 {
		words = append(words, fmt.Sprintf("%s began late, %s never", number(s.Late), number(s.Dropped)))
	}
	return words
}

// machine is what the generator uses of its machine.
func (m Model) machine() []string {
	s := m.state
	if s.Health == nil {
		if s.CPU > 0 {
			return []string{fmt.Sprintf("CPU %.2f cores", s.CPU)}
		}
		return nil
	}
	var words []string
	h := s.Health
	if p := h.Process; p != nil {
		use := fmt.Sprintf("CPU %.2f of %.3g cores", p.CPU, p.Cores)
		if p.CPU > .9*p.Cores {
			use = m.ink.in(yellow, use)
		}
		words = append(words, use)
	}
	if h.Target != nil {
		words = append(words, fmt.Sprintf("gateway %.2f", h.Target.CPU))
	}
	if h.Machine != nil {
		words = append(words, fmt.Sprintf("machine idle %.2f", h.Machine.Idle))
	}
	words = append(words, fmt.Sprintf("GC %.1f %%", 100*h.Runtime.GCShare))
	if p := h.Process; p != nil && p.Files > 0 {
		files := "files " + number(p.Files)
		if p.FilesLimit > 0 && p.FilesLimit < 1<<40 {
			files += " of " + number(p.FilesLimit)
		}
		if p.FilesLimit > 0 && float64(p.Files) > .9*float64(p.FilesLimit) {
			files = m.ink.in(red, files)
		}
		words = append(words, files)
	}
	if h.Runtime.Heap > 0 {
		words = append(words, "heap "+humanize.IBytes(h.Runtime.Heap))
	}
	if h.Runtime.Sched.Count > 0 {
		words = append(words, fmt.Sprintf("waited for a core p99 %s of %s", span(h.Runtime.Sched.P99.Duration(), h.Runtime.Sched.Count), number(h.Runtime.Sched.Count)))
	}
	if q := h.Quota; q != nil && q.Throttled > 0 {
		words = append(words, m.ink.in(red, "throttled "+span(q.Throttled.Duration(), 1)))
	}
	return words
}
