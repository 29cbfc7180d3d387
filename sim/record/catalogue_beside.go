package record

// What others than the run's recorder export.
const (
	// Of the gateway, as it counts itself: the embedded one, or one with a control port.
	GatewayUp          = "gateway_up"
	GatewayConnections = "gateway_connections"
	GatewayLinks       = "gateway_links"
	GatewaySessions    = "gateway_sessions"
	GatewayQueue       = "gateway_queue"
	GatewayBusy        = "gateway_busy"
	GatewayLogins      = "gateway_logins"
	GatewayKicks       = "gateway_kicks"
	GatewayRefused     = "gateway_refused"
	GatewayWasted      = "gateway_wasted"
	GatewayWorked      = "gateway_worked"
	GatewayStalls      = "gateway_stalls"
	GatewayCPU         = "gateway_cpu"
	GatewayMemory      = "gateway_memory"
	// Of a comparison.
	GateVerdict = "gate_verdict"
	GateRatio   = "gate_ratio"
	GateFloor   = "gate_floor"
	GateValue   = "gate_value"
	GateRuns    = "gate_runs"
	GateJudged  = "gate_judged"
)

// WholeGate is the figure that stands for a whole comparison.
const WholeGate = "(gate)"

// GatewaySide lists what a run exports of the gateway's own counts, in a fixed order.
func GatewaySide() []Info {
	return []Info{
		{GatewayUp, "loginstorm_gateway_up", "gauge", "1 when the gateway told its counts at this scrape, else 0; the others are missing then.", "", nil, false},
		{GatewayConnections, "loginstorm_gateway_open_connections", "gauge", "Sockets that the gateway has open.", "", nil, false},
		{GatewayLinks, "loginstorm_gateway_open_links", "gauge", "Links that the gateway holds.", "", nil, false},
		{GatewaySessions, "loginstorm_gateway_sessions", "gauge", "Sessions in the gateway's table, also those without a link.", "", nil, false},
		{GatewayQueue, "loginstorm_gateway_queued_logins", "gauge", "Logins that wait for a worker of the gateway.", "", nil, false},
		{GatewayBusy, "loginstorm_gateway_busy_logins", "gauge", "Logins that a worker of the gateway has.", "", nil, false},
		{GatewayLogins, "loginstorm_gateway_logins_total", "counter", "Logins that the gateway answered, by code.", "", []string{"code"}, false},
		{GatewayKicks, "loginstorm_gateway_kicks_total", "counter", "Sessions that the gateway pushed out, by reason.", "", []string{"reason"}, false},
		{GatewayRefused, "loginstorm_gateway_refused_links_total", "counter", "Links that the gateway did not admit.", "", nil, false},
		{GatewayWasted, "loginstorm_gateway_wasted_logins_total", "counter", "Logins that the gateway served when their link was gone already.", "", nil, false},
		{GatewayWorked, "loginstorm_gateway_worked_seconds_total", "counter", "Service time that the gateway's login workers have spent.", "seconds", nil, false},
		{GatewayStalls, "loginstorm_gateway_accept_stalls_total", "counter", "Times that the accept queue of a node filled up.", "", nil, false},
		{GatewayCPU, "loginstorm_gateway_cpu_seconds_total", "counter", "Processor time of the gateway's process.", "seconds", nil, false},
		{GatewayMemory, "loginstorm_gateway_memory_bytes", "gauge", "Memory that the gateway's process has mapped.", "bytes", nil, false},
	}
}

// GateSide lists what compare exports of a comparison, in a fixed order.
func GateSide() []Info {
	figure := []string{"scenario", "figure"}
	return []Info{
		{GateVerdict, "loginstorm_gate_verdict", "gauge", "1 for the verdict about a figure, 0 for the others; the figure (gate) is the whole comparison.", "", append(figure, "verdict"), false},
		{GateRatio, "loginstorm_gate_change_ratio", "gauge", "Candidate over base, and the interval of 95 % around it.", "ratio", append(figure, "of"), false},
		{GateFloor, "loginstorm_gate_floor_ratio", "gauge", "Difference of a figure that is too small to be called.", "ratio", figure, false},
		{GateValue, "loginstorm_gate_value", "gauge", "Median of a figure over the runs of a side: in seconds, a share or a number.", "", append(figure, "side"), false},
		{GateRuns, "loginstorm_gate_runs", "gauge", "Runs of a side.", "", []string{"scenario", "side"}, false},
		{GateJudged, "loginstorm_gate_judged_timestamp_seconds", "gauge", "When the comparison was made.", "seconds", []string{"scenario"}, false},
	}
}
