package record

// How the generator and its machine are; of real runs alone, and as far as the system
// tells.
const (
	GeneratorCores     = "generator_cores"
	GeneratorCPU       = "generator_cpu"
	GeneratorAway      = "generator_away"
	GeneratorThrottled = "generator_throttled"
	GeneratorSched     = "generator_sched_latency"
	GeneratorGCPause   = "generator_gc_pause"
	GeneratorGCShare   = "generator_gc_share"
	GeneratorFiles     = "generator_files"
	MachineCPU         = "machine_cpu"
	MachineSockets     = "machine_sockets"
	MachinePorts       = "machine_ports"
	MachineSegments    = "machine_segments"
	MachineRetransmits = "machine_retransmits"
)

// healthSide lists them.
func healthSide() []Info {
	return []Info{
		{GeneratorCores, "loginstorm_generator_cores", "gauge", "Cores that the generator may use.", "", nil, false},
		{GeneratorCPU, "loginstorm_generator_cpu_seconds_total", "counter", "Processor time that the generator used.", "seconds", nil, false},
		{GeneratorAway, "loginstorm_generator_away_seconds_total", "counter", "Time in which the generator did not run although something was due.", "seconds", nil, false},
		{GeneratorThrottled, "loginstorm_generator_throttled_seconds_total", "counter", "Time for which the quota of a control group held the generator back.", "seconds", nil, false},
		{GeneratorSched, "loginstorm_generator_sched_latency_seconds", "gauge", "How long goroutines waited until they ran, in the last second: p50, p99, max.", "seconds", []string{"of"}, false},
		{GeneratorGCPause, "loginstorm_generator_gc_pause_seconds", "gauge", "Longest pause of the garbage collector in the last second.", "seconds", nil, false},
		{GeneratorGCShare, "loginstorm_generator_gc_ratio", "gauge", "Share of its processor time that the generator's garbage collector took in the last second.", "ratio", nil, false},
		{GeneratorFiles, "loginstorm_generator_files", "gauge", "Descriptors of the generator: open, and their limit.", "", []string{"of"}, false},
		{MachineCPU, "loginstorm_machine_cpu_cores", "gauge", "Cores of the machine in the last second, by who had them: generator, target, others, stolen, idle.", "", []string{"of"}, false},
		{MachineSockets, "loginstorm_machine_tcp_sockets", "gauge", "TCP sockets of the network namespace: in_use, time_wait.", "", []string{"state"}, false},
		{MachinePorts, "loginstorm_machine_local_ports", "gauge", "Local ports that the system gives out for each pair of addresses.", "", nil, false},
		{MachineSegments, "loginstorm_machine_tcp_segments_sent_total", "counter", "TCP segments that the network namespace sent while the run lasted.", "", nil, false},
		{MachineRetransmits, "loginstorm_machine_tcp_retransmits_total", "counter", "Of these, those that were sent again.", "", nil, false},
	}
}
