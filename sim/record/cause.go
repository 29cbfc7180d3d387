package record

import (
	"fmt"
	"time"
)

// What made a generator late, as Lateness.Cause has it.
const (
	ByQuota   = "quota"   // A control group's quota throttled it.
	ByCap     = "cap"     // The cap that somebody put on the run.
	ByThief   = "stolen"  // The hypervisor gave its cores to somebody else.
	ByStop    = "stopped" // It did not run although cores were idle.
	ByGC      = "gc"      // Garbage collection.
	ByCPU     = "cpu"     // It used all of its cores.
	ByTarget  = "target"  // The embedded gateway had the cores.
	ByOthers  = "others"  // Other processes of the machine had them.
	ByFiles   = "files"   // Descriptors ran out, or nearly.
	ByPorts   = "ports"   // Local ports did.
	ByBurst   = "burst"   // Too much was due at one instant.
	ByUnknown = ""        // Nobody looked, or nothing stands out.
)

const (
	// heldShare is the share of the time that a process has to be throttled, stolen from
	// or away for that to be why it was late: what is late for a p99 need not last.
	heldShare = 0.05
	// fullShare is the share of its cores that a process uses that has none left, and
	// spareShare the share of the machine that may be idle on average when there were
	// none at the instant that counted.
	fullShare  = 0.9
	spareShare = 0.15
	// gcShare is the share of the processor time that the collector takes when it is why
	// there is not enough.
	gcShare = 0.3
	// nearLimit is the share of a limit at which it is as good as reached.
	nearLimit = 0.95
)

// Capped notes that somebody put a cap on the attempts begun a second; 0 = nobody did.
func (a *Aggregate) Capped(perSecond float64) { a.capped = perSecond }

// stretchHealth is the health of the seconds in which a generator was late.
type stretchHealth struct {
	n                                               int
	span                                            float64 // Seconds.
	cores, used, target, others                     float64 // Cores, on average.
	machine, idle, stolen                           float64
	away, throttled, quota                          float64 // Seconds, and cores.
	gcShare                                         float64
	gcPause                                         Seconds
	starts                                          float64 // Attempts that began, in the busiest second.
	files, filesLimit, sockets, waiting, localPorts uint64
	processKnown, machineKnown                      bool
}

// healthOf puts the seconds of an interval together: those in which this kind was late
// at all, if there are any.
func (a *Aggregate) healthOf(l *Lateness) (s stretchHealth) {
	late := func(h *Health) Seconds {
		switch l.Kind {
		case StartLateness.String():
			return h.Start.P99
		case TimerLateness.String():
			return h.Timer.P99
		}
		return h.Record.P99
	}
	for _, all := range [...]bool{false, true} {
		for _, one := range a.strain.all {
			// Who stood still is late in the second after it.
			if one.second >= l.From-1 && one.second < l.Until &&
				(all && one.second >= l.From || late(one.health) > Seconds(lateFloor) && one.second >= l.From || one.health.held()) {
				s.add(one.health)
			}
		}
		if s.n > 0 {
			break
		}
	}
	if s.n > 0 {
		for _, v := range []*float64{&s.cores, &s.used, &s.target, &s.others, &s.machine, &s.idle, &s.stolen, &s.gcShare} {
			*v /= s.span
		}
	}
	return s
}

// held reports whether the process was kept from running in that second.
func (h *Health) held() bool {
	return h.Process != nil && float64(h.Process.Away) >= heldShare*float64(h.Span)
}

// add takes a second; averages are weighted by what it covers.
func (s *stretchHealth) add(h *Health) {
	span := max(h.Span.Duration().Seconds(), 1e-3)
	s.n++
	s.span += span
	s.starts = max(s.starts, float64(h.Start.Count)/span)
	s.gcShare += h.Runtime.GCShare * span
	s.gcPause = max(s.gcPause, h.Runtime.GCPause)
	if p := h.Process; p != nil {
		s.processKnown = true
		s.cores += p.Cores * span
		s.used += p.CPU * span
		s.away += p.Away.Duration().Seconds()
		s.files, s.filesLimit = max(s.files, p.Files), p.FilesLimit
	}
	if t := h.Target; t != nil {
		s.target += t.CPU * span
	}
	if q := h.Quota; q != nil {
		s.throttled += q.Throttled.Duration().Seconds()
		s.quota = q.Cores
	}
	if others, ok := h.Others(); ok {
		s.others += others * span
	}
	if m := h.Machine; m != nil {
		s.machineKnown = true
		s.machine += m.Cores * span
		s.idle += m.Idle * span
		s.stolen += m.Stolen * span
		s.sockets, s.waiting, s.localPorts = max(s.sockets, m.Sockets), max(s.waiting, m.TimeWait), m.Ports
	}
}

// cause finds out why the generator was late in an interval, and what to change, in
// one sentence. What somebody did to the process comes first, because it looks like
// everything else; then what it did itself; then who had the cores instead.
func (a *Aggregate) cause(l *Lateness) (cause, remedy string) {
	s := a.healthOf(l)
	start := l.Kind == StartLateness.String()
	held := func(seconds float64) string { return fmt.Sprintf("%s of %s", inSeconds(seconds), inSeconds(s.span)) }
	switch {
	case s.n == 0:
		return ByUnknown, l.remedy()
	case s.throttled >= heldShare*s.span:
		return ByQuota, fmt.Sprintf("raise the CPU limit of the control group or container, which is %s and held the generator back for %s",
			quotaWords(s.quota), held(min(s.throttled, s.span)))
	case start && a.capped > 0 && s.starts >= fullShare*a.capped:
		return ByCap, fmt.Sprintf("raise the cap of %.3g attempts a second (--max-rate, target.maxRate) above what the scenario asks for: it held attempts back, not the machine", a.capped)
	case s.stolen >= heldShare*s.machine && s.machineKnown:
		return ByThief, fmt.Sprintf("run on a machine with cores of its own: the hypervisor took %.2f of its %.0f cores away", s.stolen, s.machine)
	case s.away >= heldShare*s.span && (!s.machineKnown || s.idle >= spareShare*s.machine):
		return ByStop, fmt.Sprintf("let the process run: it stood still for %s although cores were idle (a stop signal, a debugger, a machine that was suspended)", held(s.away))
	case s.gcPause >= l.latest()/2 && s.gcPause > 0:
		return ByGC, fmt.Sprintf("give the collector more room with GOGC or GOMEMLIMIT: it stopped the generator for up to %s", FormatSpan(s.gcPause.Duration()))
	case s.gcShare >= gcShare:
		return ByGC, fmt.Sprintf("give the collector more room with GOGC or GOMEMLIMIT: it took %s of the generator's processor time", Percent(s.gcShare))
	case s.processKnown && s.used >= fullShare*s.cores:
		return ByCPU, fmt.Sprintf("give the generator more cores, or ask for fewer logins a second: it used %.2f of the %s it may use", s.used, coreWords(s.cores))
	case s.machineKnown && s.idle < spareShare*s.machine || s.away >= heldShare*s.span:
		return s.crowded()
	case s.filesLimit > 0 && float64(s.files) >= nearLimit*float64(s.filesLimit):
		return ByFiles, fmt.Sprintf("raise the limit of open files (ulimit -n): %d of %d were open", s.files, s.filesLimit)
	case s.localPorts > 0 && float64(s.sockets+s.waiting) >= nearLimit*float64(s.localPorts) && start:
		return ByPorts, fmt.Sprintf("spread over more source or target addresses, or widen net.ipv4.ip_local_port_range: %d sockets, %d of them waiting for their end, beside %d local ports for each pair of addresses",
			s.sockets+s.waiting, s.waiting, s.localPorts)
	case s.processKnown:
		return ByBurst, fmt.Sprintf("spread what is due at one instant over more time (spread:, jitter), or give the generator more cores: on average it used %.2f of %s", s.used, coreWords(s.cores))
	}
	return ByUnknown, l.remedy()
}

// crowded says who had the cores that the generator lacked.
func (s *stretchHealth) crowded() (cause, remedy string) {
	shares := fmt.Sprintf("of %s the generator used %.2f, the embedded gateway %.2f, everything else %.2f", coreWords(s.machine), s.used, s.target, s.others)
	switch {
	case s.used >= max(s.target, s.others):
		return ByCPU, "give the generator more cores, or ask for fewer logins a second: " + shares
	case s.target >= s.others:
		return ByTarget, "keep the gateway off the generator's cores (loginstorm target on another machine, or more cores): " + shares
	}
	return ByOthers, "run where nothing else runs: " + shares
}

// latest is the lateness that the rule looked at.
func (l *Lateness) latest() Seconds {
	late, _ := l.figures()
	return late
}

func inSeconds(s float64) string { return FormatSpan(time.Duration(s * float64(time.Second))) }

func coreWords(n float64) string {
	if n == 1 {
		return "1 core"
	}
	return fmt.Sprintf("%.3g cores", n)
}

func quotaWords(cores float64) string {
	if cores <= 0 {
		return "not known"
	}
	return coreWords(cores)
}
