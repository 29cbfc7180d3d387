package wire

import "time"

// What a client asks for in its upgrade request. PROTOCOL.md, "Upgrade".
const (
	// Subprotocol names this protocol and its version in Sec-WebSocket-Protocol.
	Subprotocol = "loginstorm.v1"
	// Path is where a gateway accepts upgrades unless it is told otherwise.
	Path = "/im"
	// RunIDHeader carries the run's id, so that a target can recognise the load.
	RunIDHeader = "X-Run-Id"
)

// Bounds of what the protocol carries. Whatever keeps them fits into MaxFrame.
const (
	// MaxFrame is the longest frame in bytes: the longest token and the longest
	// list, every character escaped, fit with room to spare, and ten thousand
	// peers that send the worst cost less than a gigabyte.
	MaxFrame = 64 << 10
	// MaxAccount is the longest accid in characters. Spec section 8.
	MaxAccount = 32
	// MaxAppKey is the longest appKey in characters.
	MaxAppKey = 64
	// MaxToken is the longest token in bytes: signed tokens with many claims
	// are a few kilobytes long.
	MaxToken = 8 << 10
	// MaxDevice is the greatest device number, the greatest whole number that
	// every JSON implementation keeps exact.
	MaxDevice = 1<<53 - 1
	// MaxClients is how many entries a list of online clients has at most: ten
	// times what the largest built-in policy lets in.
	MaxClients = 100
	// MaxRetryAfter is the longest hint: what 32 bits of milliseconds hold.
	MaxRetryAfter = (1<<32 - 1) * time.Millisecond
)

// Close codes of the protocol. PROTOCOL.md, "Who closes when".
const (
	// CloseNormal ends a link after a logout or a refused login.
	CloseNormal uint16 = 1000
	// CloseGoingAway: the gateway restarts, drains, or heard nothing for the
	// session timeout.
	CloseGoingAway uint16 = 1001
	// CloseAbnormal is never sent: it stands for an end without a close frame.
	CloseAbnormal uint16 = 1006
	// CloseProtocol: what arrived is no message of this protocol.
	CloseProtocol uint16 = 1008
	// CloseKicked follows a Kick message.
	CloseKicked uint16 = 4001
)
