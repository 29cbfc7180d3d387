package record

// Health is how the generator, its embedded gateway and their machine were in one
// second of a real run. A group that the system does not tell is absent; a
// simulation has none of it.
type Health struct {
	// Span is what it covers: about a second, and more when the process itself did not
	// get to look.
	Span Seconds `json:"span_seconds"`
	// Start, Timer and Record are the three kinds of lateness: attempts that began,
	// deadlines that were carried out, frames from when the driver saw that their bytes
	// were there until they were recorded.
	Start  Brief `json:"start_lateness,omitzero"`
	Timer  Brief `json:"timer_lateness,omitzero"`
	Record Brief `json:"record_lateness,omitzero"`

	Runtime RuntimeHealth  `json:"runtime"`
	Process *ProcessHealth `json:"process,omitempty"` // Unix.
	Target  *TargetHealth  `json:"target,omitempty"`  // Linux, the embedded gateway alone.
	Quota   *QuotaHealth   `json:"quota,omitempty"`   // Linux, where a control group tells.
	Machine *MachineHealth `json:"machine,omitempty"` // Linux.
}

// RuntimeHealth is what Go's runtime tells of the generator.
type RuntimeHealth struct {
	// Sched is how long goroutines that could run waited until they did.
	Sched Brief `json:"sched_latency"`
	// GCPause is the longest pause of the garbage collector, to the precision of the
	// runtime's buckets; GCShare its part of the processor time that the process used,
	// 0 to 1, told when a collection ends; GCs how many ended.
	GCPause Seconds `json:"gc_pause_max_seconds"`
	GCShare float64 `json:"gc_share"`
	GCs     uint64  `json:"gcs,omitempty"`
	// Procs is GOMAXPROCS.
	Procs      int    `json:"gomaxprocs"`
	Goroutines uint64 `json:"goroutines,omitempty"`
	Heap       uint64 `json:"heap_bytes,omitempty"`
}

// ProcessHealth is the generator's process.
type ProcessHealth struct {
	CPU   float64 `json:"cpu_cores"` // Used, on average: 1.5 = a core and a half.
	Cores float64 `json:"cores"`     // That it may use: GOMAXPROCS, or less where a quota says so.
	// Away is for how long it did not run at all although something was due: it was
	// stopped, throttled, or had no core. Counted from 5 ms on.
	Away       Seconds `json:"away_seconds"`
	Files      uint64  `json:"open_files,omitempty"` // 0 = not known.
	FilesLimit uint64  `json:"open_files_limit,omitempty"`
}

// TargetHealth is the process of the embedded gateway.
type TargetHealth struct {
	CPU float64 `json:"cpu_cores"`
}

// QuotaHealth is what the control groups of the generator say: of the one that held
// it back most.
type QuotaHealth struct {
	Cores     float64 `json:"cores,omitempty"` // 0 = there is no quota.
	Throttled Seconds `json:"throttled_seconds"`
	Times     uint64  `json:"throttled_periods"`
}

// MachineHealth is the machine's, all of its processes together; sockets and
// retransmits are those of the generator's network namespace.
type MachineHealth struct {
	Cores       float64 `json:"cores"`
	Idle        float64 `json:"idle_cores"`
	Stolen      float64 `json:"stolen_cores"` // By the hypervisor.
	Sockets     uint64  `json:"tcp_sockets"`
	TimeWait    uint64  `json:"tcp_time_wait"`
	Ports       uint64  `json:"local_ports"` // For each pair of addresses.
	Retransmits uint64  `json:"tcp_retransmits"`
	Sent        uint64  `json:"tcp_segments_sent"`
}

// Others returns what the machine's other processes used, in cores: neither the
// generator nor its embedded gateway. ok is false where that is not known.
func (h *Health) Others() (cores float64, ok bool) {
	if h.Machine == nil || h.Process == nil {
		return 0, false
	}
	used := h.Machine.Cores - h.Machine.Idle - h.Machine.Stolen - h.Process.CPU
	if h.Target != nil {
		used -= h.Target.CPU
	}
	return max(0, used), true
}

// lateness fills in what the recorders know of the second.
func (h *Health) lateness(t *Totals) {
	if t == nil {
		return
	}
	h.Start = t.Histogram(StartLateness, Filter{}).Brief()
	h.Timer = t.Histogram(TimerLateness, Filter{}).Brief()
	h.Record = t.Histogram(RecordLateness, Filter{}).Brief()
}

// Health adds to a sealed row how the generator was then, and keeps it for the
// verdict. Rows come in their order; nil = nobody looked in that second.
func (a *Aggregate) Health(row *Row, h *Health) {
	if h == nil {
		return
	}
	h.lateness(row.Totals)
	row.Health = h
	a.strain.add(row.Second, h)
}

// Strain is the health of the whole run so far; nil when nobody looked.
func (a *Aggregate) Strain() *Strain {
	if a.strain.Seconds == 0 {
		return nil
	}
	s := a.strain
	s.all = nil // The verdict's alone.
	return &s
}

// Strain is the health of a whole run: means, sums and the worst seconds.
type Strain struct {
	Seconds int     `json:"seconds"` // Samples.
	Span    Seconds `json:"span_seconds"`
	// CPU is in cores, of the generator; Target and Others are the embedded gateway and
	// everything else on the machine; Idle is the least.
	Cores  float64 `json:"cores,omitempty"`
	CPU    Spread  `json:"cpu_cores,omitzero"`
	Target Spread  `json:"target_cpu_cores,omitzero"`
	Others Spread  `json:"others_cpu_cores,omitzero"`
	Idle   Spread  `json:"idle_cores,omitzero"`
	Stolen Spread  `json:"stolen_cores,omitzero"`
	// Of the machine: how many cores it has.
	MachineCores float64 `json:"machine_cores,omitempty"`

	Away      Seconds `json:"away_seconds"`
	AwayShare Spread  `json:"away_share,omitzero"` // Of the time, 0 to 1.
	Throttled Seconds `json:"throttled_seconds"`

	Sched    Spread  `json:"sched_latency_p99_seconds,omitzero"` // Of the seconds' p99.
	SchedMax Seconds `json:"sched_latency_max_seconds"`
	GCPause  Seconds `json:"gc_pause_max_seconds"`
	GCShare  Spread  `json:"gc_share,omitzero"`
	GCs      uint64  `json:"gcs"`

	Files       uint64 `json:"open_files_max,omitempty"`
	FilesLimit  uint64 `json:"open_files_limit,omitempty"`
	Sockets     uint64 `json:"tcp_sockets_max,omitempty"`
	TimeWait    uint64 `json:"tcp_time_wait_max,omitempty"`
	Ports       uint64 `json:"local_ports,omitempty"`
	Retransmits uint64 `json:"tcp_retransmits"`
	Sent        uint64 `json:"tcp_segments_sent"`
	// Known says of which groups of Health there was anything.
	Process bool `json:"process_known"`
	Quota   bool `json:"quota_known"`
	Machine bool `json:"machine_known"`

	last           Health // The newest.
	all            []sampled
	cpu, targetCPU float64 // Seconds so far.
}

// Spread is a figure over the seconds of a run: their mean, and the extreme one. Worst
// is the greatest, and of Idle the least.
type Spread struct {
	Mean   float64 `json:"mean"`
	Worst  float64 `json:"worst"`
	Second int     `json:"worst_second"`
	weight float64
}

// add takes a second; least looks for the smallest value.
func (s *Spread) add(second int, span, v float64, least bool) {
	if s.weight == 0 || v > s.Worst && !least || v < s.Worst && least {
		s.Worst, s.Second = v, second
	}
	s.weight += span
	s.Mean += (v - s.Mean) * span / s.weight
}

// sampled is a second as the verdict needs it.
type sampled struct {
	second int
	health *Health
}

// mostSampled bounds what is kept for the verdict: three hours. The newest stay.
const mostSampled = 3 * 3600

func (s *Strain) add(second int, h *Health) {
	span := max(h.Span.Duration().Seconds(), 1e-3)
	s.Seconds++
	s.Span += h.Span
	s.last = *h
	if s.all = append(s.all, sampled{second, h}); len(s.all) > mostSampled {
		s.all = append(s.all[:0], s.all[len(s.all)-mostSampled/2:]...)
	}
	r := &h.Runtime
	s.Sched.add(second, span, r.Sched.P99.Duration().Seconds(), false)
	s.GCShare.add(second, span, r.GCShare, false)
	s.SchedMax, s.GCPause, s.GCs = max(s.SchedMax, r.Sched.Max), max(s.GCPause, r.GCPause), s.GCs+r.GCs
	if p := h.Process; p != nil {
		s.Process, s.Cores = true, p.Cores
		s.CPU.add(second, span, p.CPU, false)
		s.Away += p.Away
		s.AwayShare.add(second, span, min(1, p.Away.Duration().Seconds()/span), false)
		s.Files, s.FilesLimit = max(s.Files, p.Files), p.FilesLimit
		s.cpu += p.CPU * span
	}
	if t := h.Target; t != nil {
		s.Target.add(second, span, t.CPU, false)
		s.targetCPU += t.CPU * span
	}
	if q := h.Quota; q != nil {
		s.Quota = true
		s.Throttled += q.Throttled
	}
	if others, ok := h.Others(); ok {
		s.Others.add(second, span, others, false)
	}
	if m := h.Machine; m != nil {
		s.Machine, s.MachineCores, s.Ports = true, m.Cores, m.Ports
		s.Idle.add(second, span, m.Idle, true)
		s.Stolen.add(second, span, m.Stolen, false)
		s.Sockets, s.TimeWait = max(s.Sockets, m.Sockets), max(s.TimeWait, m.TimeWait)
		s.Retransmits, s.Sent = s.Retransmits+m.Retransmits, s.Sent+m.Sent
	}
}

// Last is the newest second.
func (s *Strain) Last() *Health { return &s.last }

// Used are processor seconds so far, of the generator and the embedded gateway.
func (s *Strain) Used() (generator, target float64) { return s.cpu, s.targetCPU }

// Gone are the seconds so far in which the generator was away, and throttled.
func (s *Strain) Gone() (away, throttled float64) {
	return s.Away.Duration().Seconds(), s.Throttled.Duration().Seconds()
}
