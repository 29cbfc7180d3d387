package login

import (
	"fmt"

	"loginstorm/sim/wire"
)

// ActionKind is what a client does or publishes.
type ActionKind uint8

const (
	NoAction ActionKind = iota

	// Dial: open a link. Uses Gen (new), Origin, Account, Due (the instant the
	// attempt was wanted at: the call's, or the end of the delay).
	Dial
	// SendLogin: fetch a token if the login needs one and send the login on the
	// link. Uses Gen, Origin, Account, Force.
	SendLogin
	// SendLogout and SendPing use Gen.
	SendLogout
	SendPing
	// SendKickOther uses Gen, Call, Device.
	SendKickOther
	// Close: the client closes the link. Uses Gen.
	Close
	// Reset: the operating system resets the link of a killed process. Uses Gen.
	Reset
	// Abandon: the link is gone for the client, and the server is told nothing:
	// no FIN, no RST. Uses Gen.
	Abandon

	// Result: a call of the app ended. Uses Call, Code, and Origin: wire.Manual
	// when the call was a login, wire.NoOrigin for every other call.
	Result
	// PublishStatus: AuthStatus. Uses Status (the new one), From and Origin.
	PublishStatus
	// PublishKick: KickOutByOtherClient. Uses Status, ClientType, CustomType,
	// Reason (NoReason for a 417).
	PublishKick
	// PublishSync: DataSync. Uses Status: DataSyncStart or DataSyncFinish.
	PublishSync
	// PublishOnline: OnlineClients.
	PublishOnline
	// PublishLoginFailed: an automatic or reconnect login was given up without
	// a terminal status. Uses Origin, Code.
	PublishLoginFailed
	// AttemptEnded: an attempt that began with Dial is over. Uses Gen, Origin,
	// Code: 200, a refusal, 408, 415, 1000, or 191002 when it was cut short. Not
	// published; it is what the figures count.
	AttemptEnded
)

// Action is one output of Machine.Step; its Kind says which fields count.
type Action struct {
	Kind       ActionKind
	Status     Status
	From       Status
	Origin     Origin
	Reason     wire.Reason
	ClientType wire.ClientType
	Force      bool
	Gen        uint32
	Call       uint32
	Account    uint32
	CustomType int32
	Code       wire.Code
	Due        Time
	Device     uint64
}

// String returns the name of the kind, as traces and golden files spell it.
func (k ActionKind) String() string {
	switch k {
	case NoAction:
		return "none"
	case Dial:
		return "dial"
	case SendLogin:
		return "send login"
	case SendLogout:
		return "send logout"
	case SendPing:
		return "send ping"
	case SendKickOther:
		return "send kickOther"
	case Close:
		return "close"
	case Reset:
		return "reset"
	case Abandon:
		return "abandon"
	case Result:
		return "result"
	case PublishStatus:
		return "publish status"
	case PublishKick:
		return "publish kick"
	case PublishSync:
		return "publish sync"
	case PublishOnline:
		return "publish online"
	case PublishLoginFailed:
		return "publish loginFailed"
	case AttemptEnded:
		return "attempt ended"
	}
	return fmt.Sprintf("ActionKind(%d)", uint8(k))
}
