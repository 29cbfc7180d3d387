package wire

import "math/bits"

// fields is a set of members of the objects that the protocol knows.
type fields uint32

const (
	fieldKind fields = 1 << iota
	fieldSerial
	fieldAccount
	fieldToken
	fieldAppKey
	fieldAuthType
	fieldClientType
	fieldCustomType
	fieldDevice
	fieldVersion
	fieldOrigin
	fieldForce
	fieldTag
	fieldCode
	fieldRetryAfter
	fieldReason
	fieldClients
	fieldOS
	fieldLoginTime
)

// name returns the name of a single field, "" for none.
func (f fields) name() string {
	names := [...]string{
		"kind", "serial", "account", "token", "appKey", "authType", "clientType", "customClientType",
		"device", "version", "origin", "force", "customTag", "code", "retryAfter", "reason", "clients",
		"os", "loginTime",
	}
	if f == 0 {
		return ""
	}
	return names[bits.TrailingZeros32(uint32(f))]
}

// fieldOf is the inverse of name; 0 = not known.
func fieldOf(name []byte) fields {
	switch string(name) {
	case "kind":
		return fieldKind
	case "serial":
		return fieldSerial
	case "account":
		return fieldAccount
	case "token":
		return fieldToken
	case "appKey":
		return fieldAppKey
	case "authType":
		return fieldAuthType
	case "clientType":
		return fieldClientType
	case "customClientType":
		return fieldCustomType
	case "device":
		return fieldDevice
	case "version":
		return fieldVersion
	case "origin":
		return fieldOrigin
	case "force":
		return fieldForce
	case "customTag":
		return fieldTag
	case "code":
		return fieldCode
	case "retryAfter":
		return fieldRetryAfter
	case "reason":
		return fieldReason
	case "clients":
		return fieldClients
	case "os":
		return fieldOS
	case "loginTime":
		return fieldLoginTime
	}
	return 0
}

// fields returns which members a message of this kind may and must have, beside
// the kind itself.
func (k Kind) fields() (uses, needs fields) {
	switch k {
	case Login:
		needs = fieldSerial | fieldAccount | fieldToken | fieldClientType | fieldDevice | fieldOrigin
		return needs | fieldAppKey | fieldAuthType | fieldCustomType | fieldVersion | fieldForce | fieldTag, needs
	case Ping, Pong:
		needs = fieldSerial
	case KickOther:
		needs = fieldSerial | fieldDevice
	case LoginReply:
		needs = fieldSerial | fieldCode
		return needs | fieldRetryAfter, needs
	case KickReply:
		needs = fieldSerial | fieldCode
	case Kick:
		needs = fieldReason
		return needs | fieldClientType | fieldCustomType, needs
	case Online:
		needs = fieldClients
	}
	return needs, needs
}

// clientFields returns the same for an entry of a list of online clients.
func clientFields() (uses, needs fields) {
	needs = fieldDevice | fieldClientType | fieldLoginTime
	return needs | fieldCustomType | fieldOS | fieldTag, needs
}

// kindOf is ParseKind for bytes.
func kindOf(name []byte) Kind {
	switch string(name) {
	case "login":
		return Login
	case "logout":
		return Logout
	case "ping":
		return Ping
	case "kickOther":
		return KickOther
	case "loginReply":
		return LoginReply
	case "pong":
		return Pong
	case "kickReply":
		return KickReply
	case "kick":
		return Kick
	case "online":
		return Online
	case "syncStart":
		return SyncStart
	case "syncFinish":
		return SyncFinish
	case "drain":
		return Drain
	}
	return NoMessage
}
