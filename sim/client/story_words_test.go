package client_test

import (
	"fmt"
	"strings"
	"time"

	"loginstorm/sim/chance"
	"loginstorm/sim/client"
	"loginstorm/sim/dialect"
	"loginstorm/sim/login"
	"loginstorm/sim/record"
	"loginstorm/sim/wire"
)

// cast adds a client to the story. Its keys are its type, its population's way and
// its owner's habits.
func (s *stage) cast(name string, words []string) {
	profile, _ := login.ProfileNamed("nim-android")
	profile.Policy, _ = login.PolicyNamed("nim-web")
	profile.Heartbeat = 0
	habits := login.Habits{Seed: 1}
	spec := &client.Spec{Profile: &profile, Dialogue: dialect.Reference(), Login: wire.Manual, Seed: 1, Habits: &habits, Stride: 100}
	account, absent := uint32(7), false
	for _, word := range words {
		key, v, _ := strings.Cut(word, "=")
		switch key {
		case "type":
			profile.ClientType, _ = wire.ParseClientType(v)
		case "account":
			account = number(v)
		case "absent":
			absent = true
		case "login":
			if v == "auto" {
				spec.Login = wire.Auto
			}
		case "tries":
			profile.ManualAttempts = uint8(number(v))
		case "attempts":
			profile.Policy.MaxAttempts = uint16(number(v))
		case "tokens":
			spec.Tokens = map[string]client.Tokens{"first": client.TokensFirst, "every": client.TokensEvery}[v]
		case "nodes":
			spec.Lookup, spec.Nodes = true, int(number(v))
		default:
			s.habit(&habits, key, v)
		}
	}
	s.names, s.specs = append(s.names, name), append(s.specs, spec)
	s.slow, s.online, s.linked = append(s.slow, 0), append(s.online, false), append(s.linked, 0)
	who := len(s.clients)
	s.clients = append(s.clients, client.New(spec, uint32(who), account))
	s.rec.Place(0, login.Unknown, 1)
	if !absent {
		// What is said about 0s is so when they arrive.
		s.at(0, func() { s.at(0, func() { s.step(who, client.Input{Kind: client.Arrive}) }) })
	}
}

// habit sets one habit.
func (s *stage) habit(h *login.Habits, key, v string) {
	dist := func() chance.Dist { return chance.Dist{A: s.span(v)} }
	switch key {
	case "think":
		h.Think = dist()
	case "relogin":
		h.OnKick.Relogin, h.OnKick.After = 1_000_000, dist()
	case "relogins":
		h.OnKick.Max = number(v)
	case "retry":
		h.OnFailure.Retry, h.OnFailure.After = 1000, dist()
	case "retries":
		h.OnFailure.Retry = number(v)
	case "patience":
		h.OnFailure.Patience = s.span(v)
	case "outage":
		h.OnOutage.Share, h.OnOutage.After = 1_000_000, dist()
	case "reopen":
		h.OnOutage.Reopen = dist()
	case "kills":
		h.OnOutage.Max = number(v)
	case "session":
		h.Session.On, h.Session.Stays, h.Session.Length = true, true, dist()
	case "pause":
		h.Session.Stays, h.Session.Pause = false, dist()
	case "sessions":
		h.Session.Max = number(v)
	case "accounts":
		h.Switch = login.Switch{Accounts: number(v), Share: 1_000_000}
	default:
		s.t.Fatalf("no habit %s", key)
	}
}

func number(word string) (n uint32) {
	fmt.Sscan(word, &n)
	return n
}

// say writes what a client does.
func (s *stage) say(who int, words string) {
	fmt.Fprintf(&s.text, "%-8v %s %s\n", s.now.Round(time.Millisecond), s.names[who], words)
}

// line writes what a client published, or what was done with its app.
func (s *stage) line(who int, p *client.Published) {
	switch a := &p.Action; a.Kind {
	case login.NoAction:
		words := map[login.EventKind]string{login.Initialised: "app starts", login.LoginCalled: "presses login",
			login.LogoutCalled: "presses logout", login.ProcessKilled: "app is killed"}[p.Event.Kind]
		if p.Event.Kind == login.LoginCalled && p.Event.Account != 7 {
			words += fmt.Sprintf(" with account %d", p.Event.Account)
		}
		if words != "" {
			s.say(who, words)
		}
	case login.PublishStatus:
		switch {
		case a.Status == login.Connecting:
			s.say(who, fmt.Sprintf("connecting (%v)", a.Origin))
		case a.Status != login.Logging:
			s.say(who, a.Status.String())
		}
	case login.Result:
		if a.Origin == wire.Manual && a.Code != wire.Success {
			s.say(who, fmt.Sprintf("login failed: %d", a.Code))
		}
	case login.PublishKick:
		s.say(who, fmt.Sprintf("hears: kicked by %v (%v)", a.Reason, a.ClientType))
	}
}

// figures writes what was recorded besides how long logins took.
func (s *stage) figures() {
	for i := range s.clients {
		s.clients[i].End(s.until, s.rec)
	}
	s.accounts.End(s.until, s.rec)
	agg := record.NewAggregate(s.layout, 1)
	agg.Add(s.rec.Cut(s.until))
	agg.Flush()
	totals := agg.Totals()
	var words []string
	for _, m := range []record.Metric{record.PhaseAddress, record.PhaseToken, record.Detection, record.TimeBack,
		record.KickDelivery, record.KickWar, record.Lockout, record.Overlap, record.TimeToLoggedIn} {
		h := totals.Histogram(m, record.Filter{})
		if h.Count() > 0 {
			words = append(words, fmt.Sprintf("%v %d, longest %v", m, h.Count(), h.Max().Round(time.Millisecond)))
		}
	}
	for _, c := range []record.Counter{record.TokensFetched, record.TokensFailed, record.AddressesAsked, record.AddressesFailed,
		record.LoginsSent, record.LoginsWasted, record.Wars, record.WarKicks, record.Lockouts, record.LockedOut} {
		if n := totals.Counter(c); n > 0 {
			words = append(words, fmt.Sprintf("%v %d", c, n))
		}
	}
	fmt.Fprintf(&s.text, "figures: %s\n", strings.Join(words, "; "))
	for _, one := range totals.Stranded(record.Filter{}) {
		fmt.Fprintf(&s.text, "stranded: %s\n", strings.Join(strings.Fields(one.Entry+" "+one.Status+" "+one.Code+" "+one.Reason), ", "))
	}
}
