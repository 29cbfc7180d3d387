package dialect

import "strconv"

// String returns the input's name in lower camel case.
func (k InputKind) String() string {
	names := [...]string{
		"tick", "linkUp", "refused", "frame", "message", "linkDown",
		"wantLogin", "wantLogout", "wantPing", "wantKickOther",
	}
	if int(k) < len(names) {
		return names[k]
	}
	return "input(" + strconv.Itoa(int(k)) + ")"
}

// String returns the output's name in lower camel case.
func (k OutputKind) String() string {
	names := [...]string{
		"none", "opened", "failed", "lost", "replied", "kicked", "syncBegan", "syncEnded", "onlineChanged",
		"kickOtherReplied", "alive", "draining", "malformed", "say", "close", "shutdown",
	}
	if int(k) < len(names) {
		return names[k]
	}
	return "output(" + strconv.Itoa(int(k)) + ")"
}

// String returns the meaning as descriptions write it.
func (m meaning) String() string {
	names := [...]string{
		"nothing", "opened", "loggedIn", "refused", "limited", "banned", "kicked", "alive", "ignored", "draining", "shutdown",
		"dropped", "malformed", "syncBegan", "syncEnded", "kickReply", "online", "failed",
	}
	if int(m) < len(names) {
		return names[m]
	}
	return "meaning(" + strconv.Itoa(int(m)) + ")"
}
