package record

import (
	"loginstorm/sim/login"
	"loginstorm/sim/wire"
)

// byHand is how a kick status is left. Spec 1.
const byHand = "; only a login by hand brings them back"

// why says in words what keeps a client away, and what would bring it back. Spec 1, 5.
func (k stranded) why() (Fate, string) {
	switch k.status {
	case login.KickOut, login.KickOutByOtherClient:
		return k.kickedOut()
	case login.Forbidden:
		return Locked, k.forbidden()
	case login.VersionError:
		return Locked, "the client's version is refused: only an update brings them back"
	case login.PwdError:
		return Locked, k.mismatch()
	case login.Unknown:
		if k.next == Tries {
			return Trying, "the process is dead: its owner is about to open the app again"
		}
		return Left, "the process is dead"
	case login.UnLogin:
		return k.loggedOut()
	case login.NetBroken:
		return Trying, "waiting to try again, or without a network"
	case login.Connecting, login.Logging:
		if k.entry == NoEntry && (k.code == noCode || int(k.code) == codeSlot(wire.Success)) {
			return Coming, "on their way when the run ended"
		}
	}
	return Trying, "on their way when the run ended"
}

// kickedOut says who pushed a client out. A ban may push out like any server's kick, and
// only the next login is told of it. Spec 1, 6.
func (k stranded) kickedOut() (Fate, string) {
	fate, then := Locked, byHand
	if k.next == Tries {
		fate, then = Trying, "; about to log in by hand"
	}
	switch reason := wire.Reason(k.reason); {
	case reason == wire.ByLogin:
		return Replaced, "another device logged in and pushed them out" + then
	case reason == wire.ByOtherClient:
		return Replaced, "another device of the account asked for it" + then
	case reason == wire.BySameDevice:
		return Replaced, "the same device logged in on a newer link" + then
	case reason == wire.ByServer && fate == Locked:
		return fate, "the server pushed them out; only a login by hand brings them back, and not even that while the account is banned"
	case reason == wire.ByServer:
		return fate, "the server pushed them out" + then
	case int(k.code) == codeSlot(wire.NotLastDevice):
		return fate, "another device holds the place, or there is no room" + then
	}
	return fate, "they were pushed out" + then
}

// untilThen is how a status is left that a kick did not lead to: the credentials are
// kept, and an app that is opened again may use them. Spec 1.
const untilThen = ": until then no login helps, and after it one by hand or opening the app again does"

// forbidden says what the server has against the account. Spec 5.
func (k stranded) forbidden() string {
	switch int(k.code) {
	case codeSlot(wire.NotPermitted):
		return "this way of logging in is not permitted, and has to be enabled" + untilThen
	case codeSlot(wire.AccountDisabled):
		return "the account is banned, and has to be unbanned" + untilThen
	}
	return "the account is refused, and has to be let in again" + untilThen
}

// mismatch says what is wrong with account, token or appKey. Spec 5.
func (k stranded) mismatch() string {
	switch int(k.code) {
	case codeSlot(wire.NoSuchAccount):
		return "there is no such account: it has to be registered"
	case codeSlot(wire.BadParameter):
		return "a parameter or a checksum of the login is bad: only a login by hand with good ones brings them back"
	}
	return "account, token or appKey is refused: only a login by hand with a good token brings them back"
}

// loggedOut says why a client is not logged in although nothing terminal holds it.
func (k stranded) loggedOut() (Fate, string) {
	fate, then := k.onward()
	switch int(k.code) {
	case noCode:
		return Left, "never tried to log in"
	case codeSlot(wire.Success), codeSlot(wire.Cancelled):
		return Left, "logged out"
	}
	if k.next == Rests {
		return Left, "logged out after an attempt that failed"
	}
	switch int(k.code) {
	case codeSlot(wire.TooOften):
		if k.next == Tries {
			then = "they wait for the end of the penalty, to try again"
		}
		return Locked, "refused with 416, login called too often: " + then
	case thirdParty:
		return Locked, "refused by the app's own check: " + then
	case codeSlot(wire.TimedOut):
		return fate, "the last attempt timed out: " + then
	case codeSlot(wire.Disconnected):
		return fate, "the last attempt found no connection, or lost it: " + then
	case codeSlot(wire.DatabaseFailed):
		return fate, "the local database could not be opened: " + then
	}
	return fate, "the last attempt was refused as busy or failed for now: " + then
}

// onward says what becomes of somebody whose last attempt failed.
func (k stranded) onward() (Fate, string) {
	switch k.next {
	case Tries:
		return Trying, "they wait to try again"
	case Spent:
		return GaveUp, "they gave up, no attempt is left or it is no code to try again after"
	case Quits:
		return GaveUp, "they gave up, nobody presses the button again"
	}
	return Trying, "they wait to try again, or gave up"
}
