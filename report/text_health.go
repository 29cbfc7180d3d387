package report

import (
	"fmt"
	"strings"
	"time"

	"loginstorm/sim/record"
)

// strained says how the generator and its machine were, a line a resource.
func strained(s *record.Strain, say func(format string, args ...any)) {
	if s.Process {
		line := fmt.Sprintf("busiest second: generator %.2f of %.3g cores (second %d)", s.CPU.Worst, s.Cores, s.CPU.Second)
		if s.Target.Worst > 0 {
			line += fmt.Sprintf(", embedded target %.2f", s.Target.Worst)
		}
		if s.Machine {
			line += fmt.Sprintf(", everything else %.2f; least idle %.2f of the machine's %.3g", s.Others.Worst, s.Idle.Worst, s.MachineCores)
		}
		say("%s", line)
	}
	if held := withheld(s); held != "" {
		say("%s", held)
	}
	say("runtime: goroutines waited %s at p99 in the worst second (at most %s); garbage collection: longest pause %s, at most %s of its CPU",
		record.FormatSpan(time.Duration(s.Sched.Worst*float64(time.Second))), record.FormatSpan(s.SchedMax.Duration()),
		record.FormatSpan(s.GCPause.Duration()), record.Percent(s.GCShare.Worst))
	if s.Files > 0 {
		say("open files: at most %s of %s", number(s.Files), number(s.FilesLimit))
	}
	if s.Machine {
		say("this machine: at most %s TCP sockets and %s in TIME_WAIT, %s local ports for each pair of addresses; %s of %s segments sent again",
			number(s.Sockets), number(s.TimeWait), number(s.Ports), number(s.Retransmits), number(s.Sent))
	}
	if untold := untold(s); untold != "" {
		say("not told by this system: %s", untold)
	}
}

// withheld says for how long the generator was kept from running; "" = never.
func withheld(s *record.Strain) string {
	var parts []string
	if s.Away > 0 {
		parts = append(parts, fmt.Sprintf("%s in which it did not run although something was due", record.FormatSpan(s.Away.Duration())))
	}
	if s.Throttled > 0 {
		parts = append(parts, fmt.Sprintf("%s throttled by a quota", record.FormatSpan(s.Throttled.Duration())))
	}
	if total := s.Stolen.Mean * s.Span.Duration().Seconds(); total >= leastStolen {
		parts = append(parts, fmt.Sprintf("%s of cores taken by the hypervisor", record.FormatSpan(time.Duration(total*float64(time.Second)))))
	}
	if len(parts) == 0 {
		return ""
	}
	return fmt.Sprintf("held back: of %s, %s", record.FormatSpan(s.Span.Duration()), strings.Join(parts, ", "))
}

// leastStolen is how many seconds of a core the hypervisor has to take to be named.
const leastStolen = 0.1

// untold names what the system does not tell; "" = it tells all.
func untold(s *record.Strain) string {
	var parts []string
	if !s.Process {
		parts = append(parts, "the generator's own CPU and descriptors")
	}
	if !s.Machine {
		parts = append(parts, "the machine's CPU, sockets, ports and retransmits")
	}
	if !s.Quota {
		parts = append(parts, "whether a quota throttles it")
	}
	return strings.Join(parts, "; ")
}
