package login

import (
	"fmt"

	"loginstorm/sim/wire"
)

// EventKind is what happened to a client.
type EventKind uint8

const (
	// Due brings no news: only deadlines that are due are carried out. Every
	// other event does so first.
	Due EventKind = iota

	// Initialised: the process started and the app called initialize. Uses
	// Call, Account and Credentials (credentials are given; those the machine
	// stored itself need no mention).
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
	// LinkFailed: there was no address, or the link could not be opened. Uses Code
	// (TimedOut; anything else, also 0, is Disconnected) and Hint.
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
	// KickOtherReplied: the gateway answered the newest kickOutOtherOnlineClient. Uses
	// Code. Which answer belongs to which question is the dialogue's to know.
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
	Credentials   bool // Initialised: credentials for Account are given.
	DatabaseFails bool // Replied 200: the local database will not open.
	Gen           uint32
	Call          uint32 // Identifies the app's call; its Result carries it back. Not 0.
	Account       uint32
	CustomType    int32
	Code          wire.Code
	Hint          Time // Replied, LinkFailed: not to be tried again sooner; 0 = none.
	Device        uint64
}

// String returns the name of the kind, as traces and golden files spell it.
func (k EventKind) String() string {
	switch k {
	case Due:
		return "due"
	case Initialised:
		return "initialised"
	case LoginCalled:
		return "login called"
	case LogoutCalled:
		return "logout called"
	case KickOtherCalled:
		return "kickOther called"
	case ProcessKilled:
		return "process killed"
	case NetworkLost:
		return "network lost"
	case NetworkBack:
		return "network back"
	case LinkOpened:
		return "link opened"
	case LinkFailed:
		return "link failed"
	case LinkLost:
		return "link lost"
	case TokenFailed:
		return "token failed"
	case Replied:
		return "replied"
	case Kicked:
		return "kicked"
	case SyncBegan:
		return "sync began"
	case SyncEnded:
		return "sync ended"
	case OnlineChanged:
		return "online changed"
	case KickOtherReplied:
		return "kickOther replied"
	case Alive:
		return "alive"
	}
	return fmt.Sprintf("EventKind(%d)", uint8(k))
}
