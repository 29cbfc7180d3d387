package login

import (
	"fmt"

	"loginstorm/sim/wire"
)

// RetrySet is which non-terminal codes an automatic or reconnect login answers
// with another attempt. Spec section 5.
type RetrySet uint8

const (
	// RetryAll retries every non-terminal code. Web.
	RetryAll RetrySet = iota
	// RetryAllButThirdParty leaves out 20000 to 20099, the verdicts of the app's
	// own check. Android.
	RetryAllButThirdParty
	// RetryNetwork retries time-outs and lost links (408, 415) alone; every other
	// code goes to the app. iOS.
	RetryNetwork
)

// String returns the name of the set.
func (r RetrySet) String() string {
	switch r {
	case RetryAll:
		return "all"
	case RetryAllButThirdParty:
		return "all but third party"
	case RetryNetwork:
		return "network"
	}
	return fmt.Sprintf("RetrySet(%d)", uint8(r))
}

// Has reports whether a login that failed with a non-terminal code is tried
// again. Terminal codes are never retried, whatever the set.
func (r RetrySet) Has(code wire.Code) bool {
	switch r {
	case RetryAll:
		return true
	case RetryAllButThirdParty:
		return code < wire.ThirdPartyFirst || code > wire.ThirdPartyLast
	}
	return code == wire.TimedOut || code == wire.Disconnected
}

// StatusOf returns the status that a reply with the code leads to: LoggedIn for
// 200, a terminal status, or UnLogin for everything else, known or not. Spec
// section 5.
func StatusOf(code wire.Code) Status {
	switch code {
	case wire.Success:
		return LoggedIn
	case wire.VersionRefused, wire.VersionTooOld:
		return VersionError
	case wire.Mismatch, wire.NoSuchAccount, wire.BadParameter:
		return PwdError
	case wire.NotPermitted, wire.AccountDisabled:
		return Forbidden
	case wire.NotLastDevice:
		return KickOut
	}
	return UnLogin
}
