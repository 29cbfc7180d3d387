package record

import (
	"time"

	"loginstorm/sim/login"
)

// Time is an instant, as elapsed time since the run began.
type Time = time.Duration

// Metric is something whose values go into histograms.
type Metric uint8

const (
	// ConnectToLoggedIn runs from the due start of the attempt that succeeded to
	// loggedIn. By population and origin.
	ConnectToLoggedIn Metric = iota
	// ConnectToLoggedInUncorrected runs from the actual start of that attempt.
	ConnectToLoggedInUncorrected
	// TimeToLoggedIn runs from the first wish (arrival, call, drop) through every
	// failed attempt and delay to loggedIn. By population and origin.
	TimeToLoggedIn
	// The phases of an attempt: they add up to ConnectToLoggedIn. By population.
	PhaseWait    // Due start to actual start: the generator's own lateness.
	PhaseAddress // Address server.
	PhaseDial    // TCP.
	PhaseTLS     // Handshake of TLS.
	PhaseUpgrade // HTTP upgrade.
	PhaseToken   // App server.
	PhaseLogin   // Login request to reply.
	// DataSync runs from dataSyncStart to dataSyncFinish. By population.
	DataSync
	// TimeBack runs from a fault to loggedIn again. By timeline entry.
	TimeBack
	// KickNotice is how long a client was loggedIn when it was kicked.
	KickNotice
	// StartLateness is how late the generator began an attempt, TimerLateness how
	// late it carried out any deadline, RecordLateness how long an arrived frame
	// waited for its machine. They are the generator's health.
	StartLateness
	TimerLateness
	RecordLateness
)

// Metrics is how many metrics there are.
const Metrics = int(RecordLateness) + 1

// Counter is something that is counted.
type Counter uint8

const (
	// FramesIn, FramesOut, BytesIn and BytesOut count what crossed the links.
	FramesIn Counter = iota
	FramesOut
	BytesIn
	BytesOut
	// StartsLate counts attempts that began more than 5 ms after they were due,
	// StartsDropped those that never began because the run ended or a resource
	// was short.
	StartsLate
	StartsDropped
	// FramesMalformed counts frames that are no message of the dialect.
	FramesMalformed
	// LinksOpened and LinksEnded count links that carried a dialogue.
	LinksOpened
	LinksEnded
	// CallsMade and CallsEnded count calls of the app and their results.
	CallsMade
	CallsEnded
	// LoginsFailed counts LoginFailed events: automatic logins given up.
	LoginsFailed
)

// Counters is how many counters there are.
const Counters = int(LoginsFailed) + 1

// Sample is one value of a metric.
type Sample struct {
	At         Time // When it was complete.
	Metric     Metric
	Population uint16 // TimeBack: the timeline entry.
	Origin     login.Origin
	Value      time.Duration
}
