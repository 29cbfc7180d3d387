package login

import (
	"math"

	"loginstorm/sim/wire"
)

// Machine is the login state machine of one client: 64 bytes, made by
// NewMachine, owned by one goroutine. The zero Machine must not be stepped.
//
// Beyond the status it remembers what the SDK must: a delay that runs (waiting),
// the lack of a physical network (parked), the call that is in progress, and how
// far the reconnect sequence has come.
type Machine struct {
	p *Profile

	// Two timers may run side by side. step ends what the status waits for: the
	// link (connecting), the reply (logging), the next ping or its answer
	// (loggedIn), the delay (waiting). call ends the app's call: login
	// (connecting, logging) or kickOutOtherOnlineClient (loggedIn).
	step, call Time
	since      Time // When loggedIn was reached.

	client  uint32
	gen     uint32 // Of the newest link.
	account uint32
	calling uint32 // The app's call that has no result yet.
	draws   uint32 // Delays drawn in the client's life.
	prev    uint32 // The delay before, in microseconds: decorrelated jitter grows from it.

	tries    uint16 // Delays of this sequence so far.
	attempts uint16 // Automatic attempts in a row.
	status   Status
	flags    flags
	left     uint8 // Manual: tries left. loggedIn: pings without an answer.
}

// flags are the bits of a machine; the lowest two hold the origin.
type flags uint8

const (
	originMask flags = 1<<2 - 1

	hasCredentials flags = 1 << (iota + 1) // Stored or given.
	offline                                // There is no physical network.
	forced                                 // The login in progress may push out the oldest device.
	asking                                 // kickOutOtherOnlineClient has no result yet.
)

// NewMachine returns the machine of a client whose process has not started:
// status unknown, physical network present. The profile is read until the
// machine is gone and must not change.
func NewMachine(p *Profile, client uint32) Machine {
	return Machine{p: p, client: client, step: never, call: never}
}

// Step delivers one event at now and appends what the client does about it.
//
// The contract, which the fuzz harness holds it to:
//
//   - now never goes back from one Step to the next.
//   - Deadlines at or before now are carried out first, in the order of their
//     instants, then the event. The call's deadline goes before an equal one of
//     the link. The zero Event does only that.
//   - Actions are carried out in order, at now. Timers that they start run from
//     now, also after a deadline that is carried out late: a slow driver delays
//     its clients, it never makes them time out. Dial.Due still says when the
//     attempt was wanted: the end of the delay, or now for a call.
//   - After Step no deadline lies before now. A delay of zero is due at now and
//     is carried out by the next Step.
//   - Each Dial opens a new generation, from 1 on. An event of a link (LinkOpened
//     and later kinds) that carries another generation than the newest is dropped,
//     and so is one that the status does not wait for.
//   - Each Dial is followed by exactly one AttemptEnded of its generation, before
//     the next Dial.
//   - Each call is followed by exactly one Result with its number, unless
//     ProcessKilled came first.
//   - Each change of status is one PublishStatus whose From is the status before.
//   - A link ends with one Close, Reset or Abandon when the client ends it, and
//     with none when LinkFailed or LinkLost told of it. No action names a link
//     after that.
//   - Nothing is allocated but what append needs.
//
// What is not in the table of spec section 4 changes nothing but the bit for the
// physical network.
func (m *Machine) Step(now Time, ev Event, out []Action) []Action {
	for at, ok := m.Deadline(); ok && at <= now; at, ok = m.Deadline() {
		out = m.due(at, now, out)
	}
	switch ev.Kind {
	case Due:
	case Initialised:
		out = m.initialised(now, &ev, out)
	case LoginCalled:
		out = m.loginCalled(now, &ev, out)
	case LogoutCalled:
		out = m.logoutCalled(&ev, out)
	case KickOtherCalled:
		out = m.kickOtherCalled(now, &ev, out)
	case ProcessKilled:
		out = m.killed(out)
	case NetworkLost:
		out = m.networkLost(now, out)
	case NetworkBack:
		out = m.networkBack(now, out)
	default:
		if ev.Gen != m.gen {
			return out
		}
		switch m.status {
		case Connecting:
			out = m.whileConnecting(now, &ev, out)
		case Logging:
			out = m.whileLogging(now, &ev, out)
		case LoggedIn:
			out = m.whileLoggedIn(now, &ev, out)
		}
	}
	return out
}

// Deadline returns when Step must be called next if nothing happens before, and
// whether there is such an instant.
func (m *Machine) Deadline() (at Time, ok bool) {
	at = min(m.step, m.call)
	return at, at != never
}

// Status returns the login status.
func (m *Machine) Status() Status { return m.status }

// Gen returns the generation of the newest link; 0 = none so far.
func (m *Machine) Gen() uint32 { return m.gen }

// Account returns the account of the newest login or initialisation.
func (m *Machine) Account() uint32 { return m.account }

// Origin returns the origin of the login in progress, waited for, or held;
// wire.NoOrigin when there is none.
func (m *Machine) Origin() Origin { return Origin(m.flags & originMask) }

// Waiting reports whether a reconnect delay runs.
func (m *Machine) Waiting() bool {
	return m.step != never && (m.status == UnLogin || m.status == NetBroken)
}

// Parked reports whether the client waits for a physical network.
func (m *Machine) Parked() bool { return m.status == NetBroken && m.has(offline) }

// Online reports whether the device has a physical network.
func (m *Machine) Online() bool { return !m.has(offline) }

// Linked reports whether the machine holds a link: being opened, or open.
func (m *Machine) Linked() bool { return m.status >= Connecting && m.status <= LoggedIn }

// Calling returns the app's call that has no result yet. Spec section 6, oracle 4.
func (m *Machine) Calling() (call uint32, ok bool) {
	manual := (m.status == Connecting || m.status == Logging) && m.Origin() == wire.Manual
	return m.calling, manual || m.has(asking)
}

// HasCredentials reports whether credentials are stored or were given, so that
// the next initialisation may log in with them. Spec section 3.
func (m *Machine) HasCredentials() bool { return m.has(hasCredentials) }

func (m *Machine) has(f flags) bool { return m.flags&f != 0 }

func (m *Machine) set(f flags, on bool) {
	m.flags &^= f
	if on {
		m.flags |= f
	}
}

func (m *Machine) setOrigin(o Origin) { m.flags = m.flags&^originMask | flags(o)&originMask }

// after returns the instant a span from now; a span of zero or less never ends,
// as does one that no clock can hold.
func after(now, d Time) Time {
	if d <= 0 || now > never-d {
		return never
	}
	return now + d
}

// more counts without wrapping.
func more(n uint16) uint16 {
	if n == math.MaxUint16 {
		return n
	}
	return n + 1
}
