package wire

import "strconv"

// String returns the code in digits, as it is written everywhere.
func (c Code) String() string { return strconv.FormatUint(uint64(c), 10) }

// ParseCode is the inverse of Code.String. It takes nothing but digits.
func ParseCode(digits string) (Code, bool) {
	if digits == "" || digits[0] == '+' {
		return 0, false
	}
	n, err := strconv.ParseUint(digits, 10, 32)
	return Code(n), err == nil
}

// ThirdParty reports whether c is a verdict of the app's own check. Spec section 5.
func (c Code) ThirdParty() bool { return c >= ThirdPartyFirst && c <= ThirdPartyLast }

// Text returns what c means, for people. Spec section 5.
func (c Code) Text() string {
	switch c {
	case Success:
		return "success"
	case VersionRefused:
		return "client version refused"
	case Mismatch:
		return "appKey, account and token do not match"
	case VersionTooOld:
		return "client version too old"
	case Busy:
		return "busy, try again later"
	case UnitError:
		return "server unit error, ask for a link address again"
	case NotPermitted:
		return "not permitted, or login type not enabled"
	case NoSuchAccount:
		return "no such account"
	case TimedOut:
		return "timed out"
	case BadParameter:
		return "bad parameter or checksum"
	case Disconnected:
		return "disconnected, or connection failed"
	case TooOften:
		return "login called too often"
	case NotLastDevice:
		return "not the last device, or no room without force"
	case AccountDisabled:
		return "account disabled"
	case ServerBusy:
		return "server busy"
	case ServerError:
		return "server error"
	case Unavailable:
		return "service unavailable"
	case ProxyFailure:
		return "proxy failure"
	case ServerTimeout:
		return "server timed out"
	case DatabaseFailed:
		return "local database could not be opened"
	case Cancelled:
		return "cancelled"
	}
	if c.ThirdParty() {
		return "refused by the app's own check"
	}
	return "unknown code"
}
