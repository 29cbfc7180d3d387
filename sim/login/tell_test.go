package login

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"loginstorm/sim/wire"
)

// originName spells an origin as the specification does.
func originName(o Origin) string {
	switch o {
	case wire.Manual:
		return "manual"
	case wire.Auto:
		return "auto"
	case wire.Reconnect:
		return "reconnect"
	}
	return "-"
}

// tell writes one action for people: kind, link, and the fields that it uses.
func tell(a Action) string {
	switch a.Kind {
	case Dial:
		return fmt.Sprintf("dial #%d %s account %d due %s", a.Gen, originName(a.Origin), a.Account, a.Due)
	case SendLogin:
		force := ""
		if a.Force {
			force = " force"
		}
		return fmt.Sprintf("send login #%d %s account %d%s", a.Gen, originName(a.Origin), a.Account, force)
	case SendKickOther:
		return fmt.Sprintf("send kickOther #%d device %d", a.Gen, a.Device)
	case Result:
		return fmt.Sprintf("result of %d: %d", a.Call, a.Code)
	case PublishStatus:
		return fmt.Sprintf("%s -> %s (%s)", a.From, a.Status, originName(a.Origin))
	case PublishKick:
		return fmt.Sprintf("publish kick %s reason %d by %d/%d", a.Status, a.Reason, a.ClientType, a.CustomType)
	case PublishSync:
		return "publish " + a.Status.String()
	case PublishLoginFailed:
		return fmt.Sprintf("publish loginFailed %s %d", originName(a.Origin), a.Code)
	case AttemptEnded:
		return fmt.Sprintf("attempt #%d ended %d", a.Gen, a.Code)
	case SendLogout, SendPing, Close, Reset, Abandon:
		return fmt.Sprintf("%s #%d", a.Kind, a.Gen)
	}
	return a.Kind.String()
}

// tellAll writes actions one after the other.
func tellAll(actions []Action) string {
	words := make([]string, len(actions))
	for i, a := range actions {
		words[i] = tell(a)
	}
	return strings.Join(words, "; ")
}

// where describes a machine: status, sub-state, origin, and its next deadline.
func where(m *Machine) string {
	var b strings.Builder
	b.WriteString(m.Status().String())
	switch {
	case m.Waiting():
		b.WriteString(" waiting")
	case m.Parked():
		b.WriteString(" parked")
	case m.Status() == UnLogin:
		b.WriteString(" idle")
	}
	if o := m.Origin(); o != wire.NoOrigin {
		b.WriteString(" " + originName(o))
	}
	if m.HasCredentials() {
		b.WriteString(", credentials")
	}
	if !m.Online() {
		b.WriteString(", no network")
	}
	if at, ok := m.Deadline(); ok {
		fmt.Fprintf(&b, ", next %s", at)
	}
	return b.String()
}

// story is a machine with its clock, stepped by hand.
type story struct {
	m    Machine
	now  Time
	last []Action
}

// begin returns the story of client 0 of a profile.
func begin(p *Profile) *story { return &story{m: NewMachine(p, 0)} }

// after steps an event some time later. A link event without a generation
// concerns the newest link.
func (s *story) after(d Time, ev Event) *story {
	s.now += d
	if ev.Kind >= LinkOpened && ev.Gen == 0 {
		ev.Gen = s.m.Gen()
	}
	s.last = s.m.Step(s.now, ev, s.last[:0])
	return s
}

// then steps events at the present instant.
func (s *story) then(events ...Event) *story {
	for _, ev := range events {
		s.after(0, ev)
	}
	return s
}

// due jumps to the next deadline and carries it out.
func (s *story) due(t testing.TB) *story {
	t.Helper()
	at, ok := s.m.Deadline()
	if !ok {
		t.Fatalf("no deadline: %s", where(&s.m))
	}
	s.now = at
	return s.after(0, Event{})
}

// The events that most stories use.
var (
	given     = Event{Kind: Initialised, Call: 1, Account: 7, Credentials: true}
	fresh     = Event{Kind: Initialised, Call: 1, Account: 7}
	login     = Event{Kind: LoginCalled, Call: 2, Account: 7, Force: true}
	logout    = Event{Kind: LogoutCalled, Call: 3}
	kickOther = Event{Kind: KickOtherCalled, Call: 4, Device: 99}
	opened    = Event{Kind: LinkOpened}
	failed    = Event{Kind: LinkFailed}
	lost      = Event{Kind: LinkLost}
	killed    = Event{Kind: ProcessKilled}
	radioLost = Event{Kind: NetworkLost}
	radioBack = Event{Kind: NetworkBack}
	alive     = Event{Kind: Alive}
)

func replied(code wire.Code) Event { return Event{Kind: Replied, Code: code} }

func kicked(r wire.Reason) Event {
	return Event{Kind: Kicked, Reason: r, ClientType: wire.Web, CustomType: 5}
}

// place is a status with its private sub-state, and how a client gets there.
type place struct {
	name  string
	reach func(t testing.TB, p *Profile) *story
}

// places lists every status and sub-state of the Android machine.
func places() []place {
	by := func(events ...Event) func(testing.TB, *Profile) *story {
		return func(_ testing.TB, p *Profile) *story { return begin(p).then(events...) }
	}
	beats := func(n int) func(testing.TB, *Profile) *story {
		return func(t testing.TB, p *Profile) *story {
			s := begin(p).then(fresh, login, opened, replied(200))
			for range n {
				s.due(t)
			}
			return s
		}
	}
	back := func(events ...Event) func(testing.TB, *Profile) *story {
		return func(t testing.TB, p *Profile) *story {
			return begin(p).then(fresh, login, opened, replied(200), lost).due(t).then(events...)
		}
	}
	return []place{
		{"unknown", by()},
		{"unknown, stored", by(fresh, login, opened, replied(200), killed)},
		{"unknown, no network", by(radioLost)},
		{"unLogin idle", by(fresh)},
		{"unLogin idle, no network", by(fresh, radioLost)},
		{"unLogin waiting", by(given, opened, replied(503))},
		{"netBroken waiting", by(fresh, login, opened, replied(200), lost)},
		{"netBroken parked", by(fresh, login, opened, replied(200), radioLost)},
		{"connecting manual", by(fresh, login)},
		{"connecting manual, last try", by(fresh, login, failed, failed, failed)},
		{"connecting auto", by(given)},
		{"connecting reconnect", back()},
		{"logging manual", by(fresh, login, opened)},
		{"logging manual, last try", by(fresh, login, failed, failed, failed, opened)},
		{"logging auto", by(given, opened)},
		{"logging reconnect", back(opened)},
		{"loggedIn", beats(0)},
		{"loggedIn, ping sent", beats(1)},
		{"loggedIn, last probe sent", beats(6)},
		{"loggedIn, kickOther asked", by(fresh, login, opened, replied(200), kickOther)},
		{"kickOut", by(fresh, login, opened, replied(200), kicked(1))},
		{"kickOutByOtherClient", by(fresh, login, opened, replied(200), kicked(3))},
		{"forbidden", by(fresh, login, opened, replied(403))},
		{"versionError", by(fresh, login, opened, replied(317))},
		{"pwdError", by(fresh, login, opened, replied(302))},
	}
}

// goTo brings a client of a profile to a place.
func goTo(t testing.TB, p *Profile, name string) *story {
	t.Helper()
	for _, pl := range places() {
		if pl.name == name {
			return pl.reach(t, p)
		}
	}
	t.Fatalf("no place %q", name)
	return nil
}

// android returns the profile that most tests use.
func android(t testing.TB) *Profile {
	t.Helper()
	return profileWith(t, "nim-android")
}

// moment is how long after the last step the tests' events come, so that `now`
// is told apart from what lies before.
const moment = 10 * time.Millisecond
