package gateway

import (
	"fmt"
	"slices"
	"strings"
)

func inputNames() []string {
	return []string{"tick", "opened", "loginAsked", "logoutAsked", "pinged", "kickOtherAsked", "garbage", "closed", "worked",
		"appAnswered", "commanded"}
}

func outputNames() []string {
	return []string{"none", "refuse", "send", "close", "cut", "work", "askApp", "down", "up", "stalled", "unstalled",
		"judged", "sessionBegan", "sessionEnded"}
}

func causeNames() []string {
	return []string{"none", "excludedByLogin", "kickedByServer", "kickedByOther", "sameDevice", "loggedOut", "linkGone", "timedOut",
		"nodeLost", "drained"}
}

func policyNames() []string { return []string{"one", "class", "all", "custom"} }
func scopeNames() []string  { return []string{"account", "device", "ip", "app"} }
func countsNames() []string { return []string{"manual", "all", "failed"} }

func commandNames() []string {
	return []string{"none", "restart", "refuseLinks", "kickServer", "ban", "unban", "rotateToken", "setMultiDevice",
		"setRateLimit", "setMinVersion", "setAuth", "setSync", "outage", "setSessionTimeout", "drain", "undrain",
		"stall", "setAdmission", "setBackend"}
}

// nameOf returns the name of a value, its number when it has none.
func nameOf[E ~uint8](e E, names []string) string {
	if int(e) < len(names) {
		return names[e]
	}
	return fmt.Sprint(uint8(e))
}

// parse finds a value by its name; what is its kind, for the error.
func parse[E ~uint8](what, text string, names []string) (E, error) {
	if i := slices.Index(names, text); i >= 0 {
		return E(i), nil
	}
	return 0, fmt.Errorf("%s %q: not one of %s", what, text, strings.Join(names, ", "))
}

// marshal writes the name of a value, an error when it has none.
func marshal[E ~uint8](what string, e E, names []string) ([]byte, error) {
	if int(e) >= len(names) {
		return nil, fmt.Errorf("%s %d: no such value", what, uint8(e))
	}
	return []byte(names[e]), nil
}

// String returns the name that traces show.
func (k InputKind) String() string { return nameOf(k, inputNames()) }

// String returns the name that traces show.
func (k OutputKind) String() string { return nameOf(k, outputNames()) }

// String returns the name that traces and reports show.
func (c Cause) String() string { return nameOf(c, causeNames()) }

// String returns the spelling of a scenario.
func (p Policy) String() string { return nameOf(p, policyNames()) }

// String returns the spelling of a scenario.
func (s Scope) String() string { return nameOf(s, scopeNames()) }

// String returns the spelling of a scenario.
func (c Counts) String() string { return nameOf(c, countsNames()) }

// String returns the name that the control port and events use.
func (k CommandKind) String() string { return nameOf(k, commandNames()) }

// MarshalText writes one, class, all or custom.
func (p Policy) MarshalText() ([]byte, error) { return marshal("policy", p, policyNames()) }

// UnmarshalText reads what MarshalText writes.
func (p *Policy) UnmarshalText(text []byte) (err error) {
	*p, err = parse[Policy]("policy", string(text), policyNames())
	return err
}

// MarshalText writes account, device, ip or app.
func (s Scope) MarshalText() ([]byte, error) { return marshal("scope", s, scopeNames()) }

// UnmarshalText reads what MarshalText writes.
func (s *Scope) UnmarshalText(text []byte) (err error) {
	*s, err = parse[Scope]("scope", string(text), scopeNames())
	return err
}

// MarshalText writes manual, all or failed.
func (c Counts) MarshalText() ([]byte, error) { return marshal("counts", c, countsNames()) }

// UnmarshalText reads what MarshalText writes.
func (c *Counts) UnmarshalText(text []byte) (err error) {
	*c, err = parse[Counts]("counts", string(text), countsNames())
	return err
}

// MarshalText writes the command's name: restart, drain, ...
func (k CommandKind) MarshalText() ([]byte, error) { return marshal("command", k, commandNames()) }

// UnmarshalText reads what MarshalText writes.
func (k *CommandKind) UnmarshalText(text []byte) (err error) {
	*k, err = parse[CommandKind]("command", string(text), commandNames())
	return err
}
