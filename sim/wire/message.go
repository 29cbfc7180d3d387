// Package wire holds what client and gateway say to each other as values, and
// the reference JSON protocol that carries them (PROTOCOL.md beside this file).
//
// Most callers use Message, Append and Decode. Decoding never panics and never
// reads past MaxFrame; what a peer sends is data with a verdict. The package
// knows nothing of sockets, clocks or the state of either side.
package wire

import "time"

// Kind is what a message is about.
type Kind uint8

const (
	// NoMessage is the zero Kind; it is never sent.
	NoMessage Kind = iota

	// Login asks for a session. Client to gateway; uses Serial and Login.
	Login
	// Logout ends the session. Client to gateway.
	Logout
	// Ping asks for a Pong. Client to gateway; uses Serial.
	Ping
	// KickOther asks to push out another device of the account. Client to
	// gateway; uses Serial and Device.
	KickOther

	// LoginReply answers Login. Gateway to client; uses Serial, Code, RetryAfter.
	LoginReply
	// Pong answers Ping; uses Serial.
	Pong
	// KickReply answers KickOther; uses Serial and Code.
	KickReply
	// Kick pushes the receiver out; uses Reason, ClientType, CustomType. The
	// gateway closes the link behind it.
	Kick
	// Online is the list of the account's other devices; uses Clients.
	Online
	// SyncStart and SyncFinish frame data sync.
	SyncStart
	SyncFinish
	// Drain announces that the gateway will close the link soon.
	Drain
)

// Code is a result code of spec section 5.
type Code uint32

const (
	Success         Code = 200
	VersionRefused  Code = 201 // The client's version, as VersionTooOld.
	Mismatch        Code = 302 // appKey, account and token do not match.
	VersionTooOld   Code = 317
	Busy            Code = 398 // Busy or failed for now, as 449, 500, 503, 511 and 514.
	UnitError       Code = 399 // Ask for a link address again.
	NotPermitted    Code = 403 // The login type is not enabled.
	NoSuchAccount   Code = 404
	TimedOut        Code = 408 // Made by the client.
	BadParameter    Code = 414 // A parameter or a checksum.
	Disconnected    Code = 415 // Made by the client.
	TooOften        Code = 416 // Manual logins: the rate limit.
	NotLastDevice   Code = 417 // An automatic login of another device, or no room.
	AccountDisabled Code = 422
	ServerBusy      Code = 449
	ServerError     Code = 500
	Unavailable     Code = 503
	ProxyFailure    Code = 511
	ServerTimeout   Code = 514
	DatabaseFailed  Code = 1000  // Made by the client.
	ThirdPartyFirst Code = 20000 // 20000 to 20099: verdicts of the app's own check.
	ThirdPartyLast  Code = 20099
	Cancelled       Code = 191002 // Made by the client.
)

// Reason is why a session was pushed out. Spec section 6.
type Reason uint8

const (
	NoReason      Reason = 0 // Absent.
	ByLogin       Reason = 1 // An excluding login of another device succeeded.
	ByServer      Reason = 2 // The server API, or a ban.
	ByOtherClient Reason = 3 // Another device called kickOutOtherOnlineClient.
	BySameDevice  Reason = 4 // The same device logged in on a newer link.
)

// ClientType is the platform of a client. Spec section 6; 0 = absent.
type ClientType uint8

const (
	NoClientType ClientType = 0 // Absent.
	Android      ClientType = 1
	IOS          ClientType = 2
	Windows      ClientType = 4
	WindowsPhone ClientType = 8
	Web          ClientType = 16
	REST         ClientType = 32 // Cannot log in.
	MacOS        ClientType = 64
	HarmonyOS    ClientType = 65
)

// Origin is who started a login. Spec section 3.
type Origin uint8

const (
	NoOrigin Origin = iota // Absent.
	// Manual: the app called login.
	Manual
	// Auto: initialisation with stored or given credentials.
	Auto
	// Reconnect: the SDK itself, after a drop from loggedIn.
	Reconnect
)

// AuthType is how a token is checked. Spec section 8.
type AuthType uint8

const (
	AuthDefault    AuthType = iota // Static token, compared.
	AuthDynamic                    // Computed from the app secret, verified.
	AuthThirdParty                 // Checked by the app's own server.
)

// Credentials is the body of a Login message.
type Credentials struct {
	Account    string // accid, 1 to 32 characters.
	Token      string // A secret: never log it.
	AppKey     string // At most 64 characters.
	AuthType   AuthType
	ClientType ClientType
	CustomType int32  // customClientType; 0 = absent.
	Device     uint64 // 1 to 2^53-1, stable for the life of a device.
	Version    uint32 // SDK version, major*10000 + minor*100 + patch.
	Origin     Origin
	Force      bool
	Tag        string // customTag = loginExt, at most MaxTag characters.
}

// MaxTag is the longest customTag in characters. Spec section 3.
const MaxTag = 32

// OnlineClient is one entry of the Online list: another session of the account.
type OnlineClient struct {
	Device     uint64
	ClientType ClientType
	CustomType int32
	OS         string // "" = absent.
	LoginTime  int64  // Milliseconds since the Unix epoch.
	Tag        string // customTag; "" = absent.
}

// Message is one message; which fields count is said at its Kind.
type Message struct {
	Kind       Kind
	Reason     Reason
	ClientType ClientType // The evictor's; NoClientType when the server did it.
	CustomType int32      // The evictor's.
	Serial     uint32     // Chosen by the asker, echoed in the answer.
	Code       Code
	RetryAfter time.Duration // Hint, whole milliseconds on the wire; 0 = none.
	Device     uint64
	Login      *Credentials
	Clients    []OnlineClient
}
