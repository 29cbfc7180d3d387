package gateway

import (
	"time"

	"loginstorm/sim/wire"
)

// Time is an instant, as elapsed time since the run began. It never goes back.
type Time = time.Duration

// Link names one accepted connection. The driver chooses it: small, dense, and
// reused only after the gateway was told that the link closed, or closed it.
type Link uint32

// NoAccount is the account of a login whose name the directory does not know.
const NoAccount = ^uint32(0)

// InputKind is what happened to the gateway.
type InputKind uint8

const (
	// Tick brings no news: only deadlines that are due are carried out. Every
	// other input does so first.
	Tick InputKind = iota
	// Opened: a link was accepted on a node. Uses Node, Link, IP. The answer may
	// be an output Refuse.
	Opened
	// LoginAsked: a login request arrived. Uses Link, Serial, Login.
	LoginAsked
	// LogoutAsked, Pinged: use Link (and Serial).
	LogoutAsked
	Pinged
	// KickOtherAsked uses Link, Serial, Device.
	KickOtherAsked
	// Garbage: a frame that is no message arrived; the link is closed. Uses Link.
	Garbage
	// Closed: the link ended from the other side, or broke. Uses Link.
	Closed
	// Worked: the service time that an output Work asked for is over. Uses Job.
	Worked
	// AppAnswered: the app server answered an output AskApp. Uses Job, Code
	// (Success, a verdict of the app, or Unavailable when it could not be asked).
	AppAnswered
	// Commanded: somebody changes the gateway. Uses Command.
	Commanded
)

// Request is a login request with names resolved to numbers: account by the
// directory, token by TokenDigest.
type Request struct {
	Account    uint32 // NoAccount when the directory does not know it.
	App        uint64 // TokenDigest of the appKey.
	Token      uint64 // TokenDigest of the token.
	Device     uint64
	AuthType   wire.AuthType
	ClientType wire.ClientType
	Origin     wire.Origin
	Force      bool
	CustomType int32
	Version    uint32
	Tag        string
	// A dynamic token, as its holder reads it: whether its signature is right, when
	// it was made by the gateway's clock, and how long it is good for. ReadDynamic
	// fills them in from the token. AuthDynamic.
	Genuine bool
	Issued  Time
	TTL     Time
}

// Input is one input of Gateway.Step; its Kind says which fields count.
type Input struct {
	Kind    InputKind
	Node    uint8
	Code    wire.Code
	Link    Link
	Serial  uint32
	Job     uint32
	IP      uint64 // Any number that is equal for equal addresses.
	Device  uint64
	Login   *Request // Read during Step, not kept.
	Command *Command // Read during Step, not kept.
}

// TokenDigest maps a secret to the number by which the gateway compares it, so
// that its tables hold no secrets. FNV-1a, 64 bits; "" is 0.
func TokenDigest(secret string) uint64 {
	if secret == "" {
		return 0
	}
	h := uint64(0xcbf29ce484222325)
	for i := range len(secret) {
		h = (h ^ uint64(secret[i])) * 0x100000001b3
	}
	return h
}
