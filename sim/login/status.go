package login

import (
	"time"

	"loginstorm/sim/wire"
)

// Time is an instant, as elapsed time since the run began. It never goes back.
type Time = time.Duration

// Origin is who started a login. Spec section 3.
type Origin = wire.Origin

// Status is one of the thirteen login statuses of spec section 1, spelled as
// the SDK spells them.
type Status uint8

const (
	Unknown              Status = iota // Before initialisation, or the process is dead.
	UnLogin                            // Not logged in, or the login failed.
	NetBroken                          // The network connection is broken.
	Connecting                         // Connecting to the server.
	Logging                            // Connected, login request sent.
	LoggedIn                           // Logged in.
	KickOut                            // Pushed out by a login or the server. Terminal.
	KickOutByOtherClient               // Pushed out by kickOutOtherOnlineClient. Terminal.
	Forbidden                          // Banned by the server. Terminal.
	VersionError                       // SDK version refused. Terminal.
	PwdError                           // Account, token or appKey wrong. Terminal.
	DataSyncStart                      // Carried by data-sync events alone.
	DataSyncFinish                     // Carried by data-sync events alone.
)

// Statuses is how many statuses there are.
const Statuses = 13
