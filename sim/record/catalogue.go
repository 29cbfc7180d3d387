package record

import "time"

// grouping is what a metric's series are told apart by.
type grouping uint8

const (
	byNothing grouping = iota
	byPopulation
	byPopulationOrigin
	byEntry
	byStep
)

// about describes a metric for the catalogue and for its histograms.
type about struct {
	name   string
	help   string
	by     grouping
	digits int
	top    time.Duration
}

const (
	// lowest is the finest step of every histogram.
	lowest = time.Microsecond
	// fine and coarse are significant digits: 200 kB and 28 kB a histogram.
	fine, coarse = 3, 2
)

// about is the table of metrics.
func (m Metric) about() about {
	switch m {
	case ConnectToLoggedIn:
		return about{"connect_to_logged_in", "From the due start of the attempt that succeeded to loggedIn.",
			byPopulationOrigin, fine, time.Hour}
	case ConnectToLoggedInUncorrected:
		return about{"connect_to_logged_in_uncorrected", "From the actual start of the attempt that succeeded to loggedIn.",
			byPopulationOrigin, fine, time.Hour}
	case TimeToLoggedIn:
		return about{"time_to_logged_in", "From the first wish through every failed attempt and delay to loggedIn.",
			byPopulationOrigin, fine, 24 * time.Hour}
	case PhaseWait:
		return about{"phase_wait", "Part of an attempt: due start to actual start.", byPopulation, coarse, time.Hour}
	case PhaseAddress:
		return about{"phase_address", "Part of an attempt: finding the address to dial.", byPopulation, coarse, time.Hour}
	case PhaseDial:
		return about{"phase_dial", "Part of an attempt: the TCP connection.", byPopulation, coarse, time.Hour}
	case PhaseTLS:
		return about{"phase_tls", "Part of an attempt: the TLS handshake.", byPopulation, coarse, time.Hour}
	case PhaseUpgrade:
		return about{"phase_upgrade", "Part of an attempt: the HTTP upgrade.", byPopulation, coarse, time.Hour}
	case PhaseToken:
		return about{"phase_token", "Part of an attempt: fetching a token.", byPopulation, coarse, time.Hour}
	case PhaseLogin:
		return about{"phase_login", "Part of an attempt: login request to reply.", byPopulation, coarse, time.Hour}
	case DataSync:
		return about{"data_sync", "From dataSyncStart to dataSyncFinish.", byPopulation, coarse, time.Hour}
	case TimeBack:
		return about{"time_back", "From the instant at which a fault hit a client to its being loggedIn again.", byEntry, fine, 24 * time.Hour}
	case BackSinceBegin:
		return about{"back_since_begin", "From the begin of a fault that hits one client after another to a client's being loggedIn again.", byEntry, fine, 24 * time.Hour}
	case Detection:
		return about{"detection", "From the instant at which a fault hit a client to its leaving loggedIn: how long it took to notice.", byEntry, fine, 24 * time.Hour}
	case KickDelivery:
		return about{"kick_delivery", "From the winner's 200 to the loser's notice of the kick.", byPopulation, coarse, time.Hour}
	case KickWar:
		return about{"kick_war", "Length of a kick war over an account, first kick to last.", byPopulation, coarse, 24 * time.Hour}
	case Lockout:
		return about{"lockout", "From the first 416 of an account to its next 200.", byPopulation, coarse, 24 * time.Hour}
	case Overlap:
		return about{"overlap", "Two sessions of an account beside each other where the policy allows one.", byPopulation, coarse, 24 * time.Hour}
	case KickNotice:
		return about{"kick_notice", "How long a client was loggedIn when it was kicked.", byPopulation, coarse, 24 * time.Hour}
	case StartLateness:
		return about{"start_lateness", "How late the generator began an attempt.", byNothing, coarse, time.Hour}
	case TimerLateness:
		return about{"timer_lateness", "How late the generator carried out a deadline.", byNothing, coarse, time.Hour}
	case RecordLateness:
		return about{"record_lateness", "How long an arrived frame waited for its client.", byNothing, coarse, time.Hour}
	case PhaseStep:
		return about{"phase_step", "Step behind the login that the description of a dialogue names; part of data_sync.", byStep, coarse, time.Hour}
	}
	panic("record: metric out of range")
}

// String is the metric's name in files and thresholds.
func (m Metric) String() string { return m.about().name }

// Range is what the histograms of a metric hold: values from low to high, with
// so many significant digits. It is the same in every shard and every file.
func (m Metric) Range() (low, high time.Duration, digits int) {
	a := m.about()
	return lowest, a.top, a.digits
}

// counterAbout describes a counter.
type counterAbout struct{ name, exported, help string }

// about is the table of counters.
func (c Counter) about() counterAbout {
	switch c {
	case FramesIn:
		return counterAbout{"frames_in", "frames_received", "Frames that came in."}
	case FramesOut:
		return counterAbout{"frames_out", "frames_sent", "Frames that went out."}
	case BytesIn:
		return counterAbout{"bytes_in", "received_bytes", "Bytes that came in."}
	case BytesOut:
		return counterAbout{"bytes_out", "sent_bytes", "Bytes that went out."}
	case StartsLate:
		return counterAbout{"starts_late", "starts_late", "Attempts that began more than 5 ms after they were due."}
	case StartsDropped:
		return counterAbout{"starts_dropped", "starts_dropped", "Attempts that never began: the run ended or a resource was short."}
	case FramesMalformed:
		return counterAbout{"frames_malformed", "frames_malformed", "Frames that are no message of the dialect."}
	case LinksOpened:
		return counterAbout{"links_opened", "links_opened", "Links that carried a dialogue."}
	case LinksEnded:
		return counterAbout{"links_ended", "links_ended", "Links that ended."}
	case CallsMade:
		return counterAbout{"calls_made", "calls_made", "Calls of the app."}
	case CallsEnded:
		return counterAbout{"calls_ended", "calls_ended", "Calls of the app that got their result."}
	case LoginsFailed:
		return counterAbout{"logins_failed", "logins_failed", "Automatic logins that were given up."}
	case TokensFetched:
		return counterAbout{"tokens_fetched", "tokens_fetched", "Tokens asked of the app server."}
	case TokensFailed:
		return counterAbout{"tokens_failed", "tokens_failed", "Tokens that the app server did not give."}
	case AddressesAsked:
		return counterAbout{"addresses_asked", "addresses_asked", "Questions to the address server."}
	case AddressesFailed:
		return counterAbout{"addresses_failed", "addresses_failed", "Questions that the address server did not answer."}
	case ConnectsBlocked:
		return counterAbout{"connects_blocked", "connects_blocked", "Attempts that a fault of the timeline refused."}
	case LoginsSent:
		return counterAbout{"logins_sent", "logins_sent", "Login requests that left."}
	case LoginsWasted:
		return counterAbout{"logins_wasted", "logins_wasted", "Login requests whose attempt timed out or was disconnected."}
	case AttemptsPlanned:
		return counterAbout{"attempts_planned", "attempts_planned", "Attempts that an arrival or a login of the timeline asked for."}
	case Wars:
		return counterAbout{"wars", "kick_wars", "Kick wars: at least 3 kicks in a row over one account, and somebody came back."}
	case WarKicks:
		return counterAbout{"war_kicks", "kick_war_kicks", "Kicks in kick wars."}
	case Lockouts:
		return counterAbout{"lockouts", "lockouts", "Accounts that met a 416 after none."}
	case LockedOut:
		return counterAbout{"locked_out", "locked_out", "Lockouts that still lasted when the run ended."}
	case EndsUnsure:
		return counterAbout{"ends_unsure", "links_ended_unsure", "Ends of links that could have been a kick or a lost link: the dialect cannot tell."}
	case ShutdownsTold:
		return counterAbout{"shutdowns_told", "shutdowns_told", "Links on which the gateway said that it shuts down."}
	}
	panic("record: counter out of range")
}

// String is the counter's name in files and thresholds.
func (c Counter) String() string { return c.about().name }

// Help says what is counted.
func (c Counter) Help() string { return c.about().help }

// Info is one line of the catalogue.
type Info struct {
	Name       string   // In scenarios and files.
	Prometheus string   // As it is exported.
	Type       string   // histogram, counter or gauge.
	Help       string   // One sentence.
	Unit       string   // seconds, bytes or "".
	Labels     []string // Bounded, each of them.
	Threshold  bool     // Whether a threshold may name it.
}

// Info describes the metric.
func (m Metric) Info() Info {
	a := m.about()
	var labels []string
	switch a.by {
	case byPopulation:
		labels = []string{"population"}
	case byPopulationOrigin:
		labels = []string{"population", "origin"}
	case byEntry:
		labels = []string{"entry"}
	case byStep:
		labels = []string{"phase"}
	}
	return Info{Name: a.name, Prometheus: "loginstorm_" + a.name + "_seconds", Type: "histogram",
		Help: a.help, Unit: "seconds", Labels: labels, Threshold: true}
}

// Info describes the counter.
func (c Counter) Info() Info {
	a := c.about()
	unit := ""
	if c == BytesIn || c == BytesOut {
		unit = "bytes"
	}
	return Info{Name: a.name, Prometheus: "loginstorm_" + a.exported + "_total", Type: "counter",
		Help: a.help, Unit: unit, Threshold: true}
}

// The figures that are neither a Metric nor a Counter.
const (
	Clients   = "clients"
	Attempts  = "attempts"
	Dials     = "dials"
	Kicks     = "kicks"
	Results   = "call_results"
	Clamped   = "clamped"
	FaultHits = "fault_hits"
	FaultBack = "fault_back"
	FaultAt   = "fault_began"
	RunInfo   = "run_info"
	// Of storms: by entry, and WholeRun.
	FaultAttempts   = "fault_attempts"
	Offered         = "offered"
	Goodput         = "goodput"
	HerdIndex       = "herd_index"
	Amplification   = "amplification"
	WaveCount       = "waves"
	WastedShare     = "wasted"
	StormKind       = "storm"
	CapacityLogins  = "capacity"
	StrandedClients = "stranded"
)

// WholeRun is the entry of figures about the storm of the whole run.
const WholeRun = "(run)"

// Catalogue lists everything that is exported, in a fixed order.
func Catalogue() []Info {
	var all []Info
	for m := range Metrics {
		all = append(all, Metric(m).Info())
	}
	for c := range Counters {
		all = append(all, Counter(c).Info())
	}
	all = append(all, healthSide()...)
	return append(all,
		Info{Clients, "loginstorm_clients", "gauge", "Clients by login status.", "", []string{"population", "status"}, false},
		Info{Attempts, "loginstorm_attempts_total", "counter", "Login attempts that ended, by code.", "", []string{"population", "origin", "code"}, false},
		Info{Dials, "loginstorm_dials_total", "counter", "Login attempts that began.", "", []string{"population", "origin"}, true},
		Info{Kicks, "loginstorm_kicks_total", "counter", "Clients pushed out, by reason.", "", []string{"population", "reason"}, true},
		Info{Results, "loginstorm_call_results_total", "counter", "Results of the app's calls, by code.", "", []string{"call", "code"}, false},
		Info{Clamped, "loginstorm_clamped_total", "counter", "Values above the range of their metric.", "", []string{"metric"}, false},
		Info{FaultHits, "loginstorm_fault_hits_total", "counter", "Times that a timeline entry made a client drop.", "", []string{"entry"}, false},
		Info{FaultBack, "loginstorm_fault_back_total", "counter", "Times that a client was loggedIn again after a timeline entry made it drop.", "", []string{"entry"}, false},
		Info{FaultAt, "loginstorm_fault_began_timestamp_seconds", "gauge", "When a timeline entry began; from then on.", "seconds", []string{"entry"}, false},
		Info{FaultAttempts, "loginstorm_fault_attempts_total", "counter", "Attempts of clients that a timeline entry made drop, until they were back.", "", []string{"entry"}, false},
		Info{Offered, "loginstorm_storm_offered_attempts", "gauge", "Attempts that began a second in a storm: its peak and its mean.", "", []string{"entry", "of"}, true},
		Info{Goodput, "loginstorm_storm_goodput_logins", "gauge", "Logins that succeeded a second in a storm: its peak and its mean.", "", []string{"entry", "of"}, true},
		Info{HerdIndex, "loginstorm_storm_herd_index", "gauge", "Busiest second of a storm's attempts over the mean of the round around it.", "", []string{"entry"}, true},
		Info{Amplification, "loginstorm_storm_amplification", "gauge", "Attempts of those hit for each that came back.", "", []string{"entry"}, true},
		Info{WaveCount, "loginstorm_storm_waves", "gauge", "Waves in the attempts after a fault.", "", []string{"entry"}, true},
		Info{WastedShare, "loginstorm_storm_wasted_ratio", "gauge", "Share of the login requests in a storm that timed out or were disconnected.", "ratio", []string{"entry"}, true},
		Info{StormKind, "loginstorm_storm_class", "gauge", "1 for the class of a storm, 0 for the others.", "", []string{"entry", "class"}, true},
		Info{CapacityLogins, "loginstorm_capacity_logins", "gauge", "Logins a second that the gateway can serve, as configured or as estimated from the run.", "", []string{"from"}, false},
		Info{StrandedClients, "loginstorm_stranded_clients", "gauge", "Clients that were not loggedIn when the run ended.", "", []string{"entry", "status", "code"}, true},
		Info{RunInfo, "loginstorm_run_info", "gauge", "Always 1; its labels say which run this is.", "", []string{"name", "run", "seed", "version", "driver"}, false},
	)
}
