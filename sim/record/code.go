package record

import (
	"strconv"

	"loginstorm/sim/wire"
)

// Codes is how many codes are told apart: those of spec section 5, the app's own
// verdicts as one, and everything else as one.
const Codes = 25

const (
	thirdParty = Codes - 2
	otherCode  = Codes - 1
)

// knownCodes lists the codes that have a figure of their own, in their order.
func knownCodes() [Codes - 2]wire.Code {
	return [Codes - 2]wire.Code{wire.Success, wire.VersionRefused, wire.Mismatch, wire.VersionTooOld,
		wire.Busy, wire.UnitError, wire.NotPermitted, wire.NoSuchAccount, wire.TimedOut, wire.BadParameter,
		wire.Disconnected, wire.TooOften, wire.NotLastDevice, wire.AccountDisabled, wire.ServerBusy,
		wire.ServerError, wire.Unavailable, wire.ProxyFailure, wire.ServerTimeout, wire.DatabaseFailed,
		wire.Cancelled, 429, 502}
}

// codeSlot bounds a code: its place in CodeCounts.
func codeSlot(code wire.Code) int {
	switch code {
	case wire.Success:
		return 0
	case wire.VersionRefused:
		return 1
	case wire.Mismatch:
		return 2
	case wire.VersionTooOld:
		return 3
	case wire.Busy:
		return 4
	case wire.UnitError:
		return 5
	case wire.NotPermitted:
		return 6
	case wire.NoSuchAccount:
		return 7
	case wire.TimedOut:
		return 8
	case wire.BadParameter:
		return 9
	case wire.Disconnected:
		return 10
	case wire.TooOften:
		return 11
	case wire.NotLastDevice:
		return 12
	case wire.AccountDisabled:
		return 13
	case wire.ServerBusy:
		return 14
	case wire.ServerError:
		return 15
	case wire.Unavailable:
		return 16
	case wire.ProxyFailure:
		return 17
	case wire.ServerTimeout:
		return 18
	case wire.DatabaseFailed:
		return 19
	case wire.Cancelled:
		return 20
	case 429: // What HTTP gateways answer to too many upgrades.
		return 21
	case 502:
		return 22
	}
	if code >= wire.ThirdPartyFirst && code <= wire.ThirdPartyLast {
		return thirdParty
	}
	return otherCode
}

// CodeName is the label of a slot of CodeCounts: the code, "20000-20099" or Other.
func CodeName(slot int) string {
	switch {
	case slot >= 0 && slot < thirdParty:
		return strconv.Itoa(int(knownCodes()[slot]))
	case slot == thirdParty:
		return "20000-20099"
	}
	return Other
}

// CodeMeaning says what a slot of CodeCounts stands for, for people. Spec section 5.
func CodeMeaning(slot int) string {
	switch slot {
	case thirdParty:
		return "refused by the app's own check"
	case otherCode:
		return "a code without a figure of its own"
	}
	if slot < 0 || slot > otherCode {
		return ""
	}
	switch knownCodes()[slot] {
	case wire.Success:
		return "success"
	case wire.VersionRefused, wire.VersionTooOld:
		return "client version refused"
	case wire.Mismatch:
		return "appKey, account and token do not match"
	case wire.NoSuchAccount:
		return "no such account"
	case wire.BadParameter:
		return "bad parameter or checksum"
	case wire.NotPermitted:
		return "not permitted, or login type not enabled"
	case wire.AccountDisabled:
		return "account disabled"
	case wire.NotLastDevice:
		return "not the last device, or no room for it"
	case wire.TimedOut:
		return "timed out"
	case wire.Disconnected:
		return "disconnected, or connection failed"
	case wire.TooOften:
		return "login called too often"
	case wire.UnitError:
		return "server unit error: ask for an address again"
	case wire.DatabaseFailed:
		return "local database could not be opened"
	case wire.Cancelled:
		return "cancelled"
	case 429:
		return "too many requests at the upgrade"
	}
	return "busy or failed for now"
}
