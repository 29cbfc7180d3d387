package login

import (
	"fmt"
	"time"

	"loginstorm/sim/wire"
)

// Time is an instant, as elapsed time since the run began. It never goes back.
type Time = time.Duration

// never is the deadline of a timer that does not run.
const never Time = 1<<63 - 1

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

// String returns the SDK's spelling, which is also that of every file and label.
func (s Status) String() string {
	switch s {
	case Unknown:
		return "unknown"
	case UnLogin:
		return "unLogin"
	case NetBroken:
		return "netBroken"
	case Connecting:
		return "connecting"
	case Logging:
		return "logging"
	case LoggedIn:
		return "loggedIn"
	case KickOut:
		return "kickOut"
	case KickOutByOtherClient:
		return "kickOutByOtherClient"
	case Forbidden:
		return "forbidden"
	case VersionError:
		return "versionError"
	case PwdError:
		return "pwdError"
	case DataSyncStart:
		return "dataSyncStart"
	case DataSyncFinish:
		return "dataSyncFinish"
	}
	return fmt.Sprintf("Status(%d)", uint8(s))
}

// Terminal reports whether nothing automatic follows: the status is left only by
// a manual login, a logout or the end of the process. Spec section 1.
func (s Status) Terminal() bool { return s >= KickOut && s <= PwdError }

// ParseStatus returns the status that String spells so, exactly.
func ParseStatus(name string) (Status, error) {
	for s := Status(0); s < Statuses; s++ {
		if s.String() == name {
			return s, nil
		}
	}
	return 0, fmt.Errorf("parse status %q: not one of the %d login statuses", name, Statuses)
}
