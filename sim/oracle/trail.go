package oracle

import (
	"fmt"

	"loginstorm/sim/gateway"
	"loginstorm/sim/login"
	"loginstorm/sim/wire"
)

// Events are remembered for findings, those of all clients together: enough to
// hold the lives of those who broke a rule for a while, from 200 kB for a handful
// of clients to 12 MB for very many.
const (
	trailLeast = 1 << 12
	trailEach  = 16
	trailMost  = 1 << 18
)

// trailShown is how many of them a finding shows.
const trailShown = 12

// trace is one remembered event, packed.
type trace struct {
	at      Time
	device  uint64
	client  uint32
	account uint32
	number  uint32 // Call, generation or link.
	code    wire.Code
	side    side
	kind    uint8
	a, b, c uint8
}

type side uint8

const (
	nothing  side = iota
	acted         // A login.Action: a status, b from, c origin.
	happened      // A login.Event.
	told          // A gateway.Output: a cause, b origin.
)

// trail is a ring of the last events.
type trail struct {
	ring []trace
	next uint32
	size uint32
}

func (t *trail) add(e trace) {
	if t.ring == nil {
		t.ring = make([]trace, t.size)
	}
	t.ring[t.next%t.size] = e
	t.next++
}

// of returns the last events of a client or an account, oldest first.
func (t *trail) of(client, account uint32) []string {
	var last []string
	for i := range uint32(len(t.ring)) {
		e := &t.ring[(t.next+t.size-1-i)%t.size]
		if e.side == nothing || !(client != NoOne && e.client == client || account != NoOne && e.account == account) {
			continue
		}
		if last = append(last, e.String()); len(last) == trailShown {
			break
		}
	}
	for i, j := 0, len(last)-1; i < j; i, j = i+1, j-1 {
		last[i], last[j] = last[j], last[i]
	}
	return last
}

// String returns the event in one line.
func (e *trace) String() string {
	switch e.side {
	case acted:
		return fmt.Sprintf("%v client %d: %s", e.at, e.client, e.action())
	case happened:
		return fmt.Sprintf("%v client %d: %s", e.at, e.client, e.event())
	}
	return fmt.Sprintf("%v account %d: %s", e.at, e.account, e.output())
}

func (e *trace) action() string {
	switch login.ActionKind(e.kind) {
	case login.Dial:
		return fmt.Sprintf("dials link %d, %s", e.number, originName(wire.Origin(e.c)))
	case login.Result:
		return fmt.Sprintf("call %d ends with %d", e.number, e.code)
	case login.PublishStatus:
		return fmt.Sprintf("%s -> %s", statusName(login.Status(e.b)), statusName(login.Status(e.a)))
	case login.PublishKick:
		return "kick event, " + statusName(login.Status(e.a))
	case login.PublishLoginFailed:
		return fmt.Sprintf("login given up, %d", e.code)
	case login.AttemptEnded:
		return fmt.Sprintf("attempt %d ends with %d", e.number, e.code)
	}
	return fmt.Sprintf("action %d", e.kind)
}

func (e *trace) event() string {
	names := map[login.EventKind]string{login.Initialised: "initialised", login.LoginCalled: "login called",
		login.LogoutCalled: "logout called", login.KickOtherCalled: "kickOutOtherOnlineClient called",
		login.ProcessKilled: "process killed", login.NetworkLost: "network lost", login.NetworkBack: "network back"}
	if name, ok := names[login.EventKind(e.kind)]; ok {
		return fmt.Sprintf("%s, call %d", name, e.number)
	}
	return fmt.Sprintf("event %d", e.kind)
}

func (e *trace) output() string {
	switch gateway.OutputKind(e.kind) {
	case gateway.Judged:
		return fmt.Sprintf("%s login of device %d on link %d judged %d", originName(wire.Origin(e.b)), e.device, e.number, e.code)
	case gateway.SessionBegan:
		return fmt.Sprintf("session of device %d begins on link %d", e.device, e.number)
	case gateway.SessionEnded:
		return fmt.Sprintf("session of device %d on link %d ends, %s", e.device, e.number, causeName(gateway.Cause(e.a)))
	}
	return fmt.Sprintf("output %d", e.kind)
}

// statusName spells a status as spec section 1 does.
func statusName(s login.Status) string {
	names := [...]string{"unknown", "unLogin", "netBroken", "connecting", "logging", "loggedIn", "kickOut",
		"kickOutByOtherClient", "forbidden", "versionError", "pwdError", "dataSyncStart", "dataSyncFinish"}
	if int(s) < len(names) {
		return names[s]
	}
	return fmt.Sprintf("Status(%d)", uint8(s))
}

func originName(o wire.Origin) string {
	names := [...]string{"no", "manual", "auto", "reconnect"}
	if int(o) < len(names) {
		return names[o]
	}
	return fmt.Sprintf("Origin(%d)", uint8(o))
}

func causeName(c gateway.Cause) string {
	names := [...]string{"no cause", "excluded by a login", "kicked by the server", "kicked by another device", "same device",
		"logged out", "link gone", "timed out", "node lost", "drained"}
	if int(c) < len(names) {
		return names[c]
	}
	return fmt.Sprintf("Cause(%d)", uint8(c))
}
