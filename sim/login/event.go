package login

import "loginstorm/sim/wire"

// EventKind is what happened to a client.
type EventKind uint8

const (
	// Due brings no news: only deadlines that are due are carried out. Every
	// other event does so first.
	Due EventKind = iota

	// Initialised: the process started and the app called initialize. Uses
	// Call, Account and Credentials (credentials are stored or given).
	Initialised
	// LoginCalled: the app called login. Uses Call, Account, Force.
	LoginCalled
	// LogoutCalled: the app called logout. Uses Call.
	LogoutCalled
	// KickOtherCalled: the app called kickOutOtherOnlineClient. Uses Call, Device.
	KickOtherCalled
	// ProcessKilled: the operating system ended the process.
	ProcessKilled
	// NetworkLost and NetworkBack: the physical network went or came.
	NetworkLost
	NetworkBack

	// The events below belong to a link; Gen says which. An event of an older
	// link is dropped.

	// LinkOpened: the socket is open and the upgrade was accepted.
	LinkOpened
	// LinkFailed: there was no address, or the link could not be opened.
	LinkFailed
	// LinkLost: an open link ended. Before the login is answered it counts as
	// a failed link.
	LinkLost
	// TokenFailed: the token a login needs was not to be had.
	TokenFailed
	// Replied: the login was answered. Uses Code, Hint, DatabaseFails.
	Replied
	// Kicked: the gateway pushed this client out. Uses Reason, ClientType,
	// CustomType.
	Kicked
	// SyncBegan and SyncEnded frame data sync.
	SyncBegan
	SyncEnded
	// OnlineChanged: the gateway sent a new list of the account's devices. The
	// list itself stays with the driver.
	OnlineChanged
	// KickOtherReplied: the gateway answered kickOutOtherOnlineClient. Uses Code.
	KickOtherReplied
	// Alive: any other inbound frame; it proves that the link lives.
	Alive
)

// Event is one input of Machine.Step; its Kind says which fields count.
type Event struct {
	Kind          EventKind
	Reason        wire.Reason
	ClientType    wire.ClientType
	Force         bool // LoginCalled: push out the oldest device at the limit.
	Credentials   bool // Initialised: credentials are stored or given.
	DatabaseFails bool // Replied 200: the local database will not open.
	Gen           uint32
	Call          uint32 // Identifies the app's call; its Result carries it back. Not 0.
	Account       uint32
	CustomType    int32
	Code          wire.Code
	Hint          Time // Replied: not to be tried again sooner; 0 = none.
	Device        uint64
}

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

	// Result: a call of the app ended. Uses Call, Code.
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
	// Code: 200, a refusal, 408, 415, or 191002 when it was cut short. Not
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
