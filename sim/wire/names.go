package wire

import (
	"strconv"
)

// String returns the name that a frame carries, or "kind(n)".
func (k Kind) String() string {
	switch k {
	case NoMessage:
		return "none"
	case Login:
		return "login"
	case Logout:
		return "logout"
	case Ping:
		return "ping"
	case KickOther:
		return "kickOther"
	case LoginReply:
		return "loginReply"
	case Pong:
		return "pong"
	case KickReply:
		return "kickReply"
	case Kick:
		return "kick"
	case Online:
		return "online"
	case SyncStart:
		return "syncStart"
	case SyncFinish:
		return "syncFinish"
	case Drain:
		return "drain"
	}
	return "kind(" + strconv.Itoa(int(k)) + ")"
}

// ParseKind is the inverse of Kind.String for kinds that are sent.
func ParseKind(name string) (Kind, bool) {
	for k := Login; k <= Drain; k++ {
		if k.String() == name {
			return k, true
		}
	}
	return NoMessage, false
}

// FromClient reports whether messages of this kind go from client to gateway.
func (k Kind) FromClient() bool { return k >= Login && k <= KickOther }

// FromGateway reports whether messages of this kind go from gateway to client.
func (k Kind) FromGateway() bool { return k >= LoginReply && k <= Drain }

// String returns a short name, fit for a label.
func (r Reason) String() string {
	switch r {
	case NoReason:
		return "none"
	case ByLogin:
		return "login"
	case ByServer:
		return "server"
	case ByOtherClient:
		return "otherClient"
	case BySameDevice:
		return "sameDevice"
	}
	return "reason(" + strconv.Itoa(int(r)) + ")"
}

// ParseReason is the inverse of Reason.String.
func ParseReason(name string) (Reason, bool) {
	for r := NoReason; r <= BySameDevice; r++ {
		if r.String() == name {
			return r, true
		}
	}
	return NoReason, false
}

// ClientTypes returns all client types of spec section 6 in ascending order.
func ClientTypes() [8]ClientType {
	return [...]ClientType{Android, IOS, Windows, WindowsPhone, Web, REST, MacOS, HarmonyOS}
}

// String returns the name that a scenario uses, or "clientType(n)".
func (t ClientType) String() string {
	switch t {
	case NoClientType:
		return "none"
	case Android:
		return "android"
	case IOS:
		return "ios"
	case Windows:
		return "windows"
	case WindowsPhone:
		return "windowsPhone"
	case Web:
		return "web"
	case REST:
		return "rest"
	case MacOS:
		return "macos"
	case HarmonyOS:
		return "harmonyos"
	}
	return "clientType(" + strconv.Itoa(int(t)) + ")"
}

// ParseClientType is the inverse of ClientType.String for known platforms.
func ParseClientType(name string) (ClientType, bool) {
	for _, t := range ClientTypes() {
		if t.String() == name {
			return t, true
		}
	}
	return NoClientType, false
}

// Known reports whether t is one of ClientTypes.
func (t ClientType) Known() bool {
	switch t {
	case Android, IOS, Windows, WindowsPhone, Web, REST, MacOS, HarmonyOS:
		return true
	}
	return false
}

// Desktop reports whether t belongs to the desktop class. Spec section 6.
func (t ClientType) Desktop() bool { return t == Windows || t == MacOS || t == Web }

// Mobile reports whether t belongs to the mobile class. Spec section 6.
func (t ClientType) Mobile() bool {
	return t == Android || t == IOS || t == HarmonyOS || t == WindowsPhone
}

// OS returns the operating system's name as a list of online clients gives it,
// "" where the client type does not tell.
func (t ClientType) OS() string {
	switch t {
	case Android:
		return "Android"
	case IOS:
		return "iOS"
	case Windows:
		return "Windows"
	case WindowsPhone:
		return "Windows Phone"
	case MacOS:
		return "macOS"
	case HarmonyOS:
		return "HarmonyOS"
	}
	return ""
}

// String returns the name that a frame carries.
func (o Origin) String() string {
	switch o {
	case NoOrigin:
		return "none"
	case Manual:
		return "manual"
	case Auto:
		return "auto"
	case Reconnect:
		return "reconnect"
	}
	return "origin(" + strconv.Itoa(int(o)) + ")"
}

// ParseOrigin is the inverse of Origin.String for the three origins.
func ParseOrigin(name string) (Origin, bool) {
	for o := Manual; o <= Reconnect; o++ {
		if o.String() == name {
			return o, true
		}
	}
	return NoOrigin, false
}

// String returns the name that a frame carries.
func (a AuthType) String() string {
	switch a {
	case AuthDefault:
		return "default"
	case AuthDynamic:
		return "dynamic"
	case AuthThirdParty:
		return "thirdParty"
	}
	return "authType(" + strconv.Itoa(int(a)) + ")"
}

// ParseAuthType is the inverse of AuthType.String.
func ParseAuthType(name string) (AuthType, bool) {
	for a := AuthDefault; a <= AuthThirdParty; a++ {
		if a.String() == name {
			return a, true
		}
	}
	return AuthDefault, false
}
