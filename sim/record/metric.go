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
	// TimeBack runs from the instant at which a fault hit a client, its own hit, to its
	// being loggedIn again; a client that drops several times has one for each drop. By
	// timeline entry.
	TimeBack
	// BackSinceBegin is the same return, counted from the instant at which its entry
	// began. Only of entries that hit one client after another (a spread, a replay, a
	// rolling drain): for all others it would be TimeBack. By timeline entry.
	BackSinceBegin
	// Detection runs from a client's own hit to its leaving loggedIn: how long it took to
	// notice. 0 for a link that the gateway closes in its turn. By timeline entry.
	Detection
	// KickNotice is how long a client was loggedIn when it was kicked.
	KickNotice
	// KickDelivery runs from the winner's 200 to the loser's notice. By population of
	// the loser.
	KickDelivery
	// KickWar is the length of a war over an account, from its first kick to its last
	// one. By population.
	KickWar
	// Lockout runs from the first 416 of an account to its next 200; what still lasts
	// at the end of the run is not in it, but counts as LockedOut. By population.
	Lockout
	// Overlap is how long two sessions of an account lasted beside each other, as its
	// clients see it, where the policy allows one. By population.
	Overlap
	// StartLateness is how late the generator began an attempt, TimerLateness how
	// late it carried out any deadline, RecordLateness how long an arrived frame
	// waited for its machine. They are the generator's health.
	StartLateness
	TimerLateness
	RecordLateness
	// PhaseStep is a step behind the login that a described dialogue names: Observe takes
	// the number of its name in the Layout as population.
	PhaseStep
)

// Metrics is how many metrics there are.
const Metrics = int(PhaseStep) + 1

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
	// TokensFetched counts tokens asked of the app server, TokensFailed those that it
	// did not give. Spec 8.
	TokensFetched
	TokensFailed
	// AddressesAsked counts questions to the address server, AddressesFailed those
	// that it did not answer. Spec 8.
	AddressesAsked
	AddressesFailed
	// ConnectsBlocked counts attempts that a fault of the timeline refused before they
	// reached the network.
	ConnectsBlocked
	// LoginsSent counts login requests that left, LoginsWasted those of them whose
	// attempt ended timed out (408) or disconnected (415): the gateway may have worked
	// for nobody.
	LoginsSent
	LoginsWasted
	// AttemptsPlanned counts attempts that an arrival or a login of the timeline asked for:
	// no fault brought them about.
	AttemptsPlanned
	// Wars counts kick wars: at least 3 kicks in a row over one account, in which somebody
	// who was kicked came back. WarKicks
	// counts the kicks in them.
	Wars
	WarKicks
	// Lockouts counts accounts that met a 416 after none; LockedOut those that still
	// are when the run ends.
	Lockouts
	LockedOut
	// EndsUnsure counts ends of links that may have been a kick or a lost link, by what the
	// description of the dialogue says.
	EndsUnsure
	// ShutdownsTold counts links on which the gateway said that it shuts down.
	ShutdownsTold
)

// Counters is how many counters there are.
const Counters = int(ShutdownsTold) + 1

// Sample is one value of a metric.
type Sample struct {
	At         Time // When it was complete.
	Metric     Metric
	Population uint16 // Of metrics by timeline entry: the entry.
	Origin     login.Origin
	Value      time.Duration
}
