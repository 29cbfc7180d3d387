package login

import (
	"testing"
	"time"

	"loginstorm/sim/wire"
)

// row is one row of spec section 4: what a client that is at a place does.
type row struct {
	name string
	at   string
	ev   Event // The zero Event carries out the next deadline.
	to   string
	done string
}

// rows are those of the table that need no other profile, in its order. Places
// are reached by account 7's calls 1 (initialise) and 2 (login).
func rows() []row {
	const kick = "publish kick kickOut reason "
	again := Event{Kind: LoginCalled, Call: 12, Account: 7}
	return []row{
		{"unknown, initialised, no credentials", "unknown", fresh, "unLogin idle", "unknown -> unLogin (-); result of 1: 200"},
		{"unknown, initialised, credentials, network", "unknown", given, "connecting auto, credentials, next 10.01s", "unknown -> connecting (auto); dial #1 auto account 7 due 10ms; result of 1: 200"},
		{"unknown, initialised, credentials, no network", "unknown, no network", given, "netBroken parked auto, credentials, no network", "unknown -> netBroken (auto); result of 1: 200"},
		{"unknown, login called", "unknown", again, "unknown", "result of 12: 414"},
		{"unknown, logout called", "unknown", logout, "unknown", "result of 3: 414"},

		{"any other, login called, idle", "unLogin idle", again, "connecting manual, next 10.01s", "unLogin -> connecting (manual); dial #1 manual account 7 due 10ms"},
		{"any other, login called, waiting", "netBroken waiting", again, "connecting manual, credentials, next 10.01s", "netBroken -> connecting (manual); dial #2 manual account 7 due 10ms"},
		{"any other, login called, loggedIn", "loggedIn", again, "connecting manual, credentials, next 10.01s", "send logout #1; close #1; loggedIn -> connecting (manual); dial #2 manual account 7 due 10ms"},
		{"any other, login called, terminal", "kickOut", again, "connecting manual, next 10.01s", "kickOut -> connecting (manual); dial #2 manual account 7 due 10ms"},
		{"any other, login called, older call superseded", "logging manual", again, "connecting manual, next 10.01s", "close #1; attempt #1 ended 191002; result of 2: 191002; logging -> connecting (manual); dial #2 manual account 7 due 10ms"},
		{"any other, login called, no network", "unLogin idle, no network", again, "unLogin idle, no network", "result of 12: 415"},
		{"any other, login called, parked", "netBroken parked", again, "unLogin idle, credentials, no network", "netBroken -> unLogin (manual); result of 12: 415"},

		{"connecting, link opened", "connecting manual", opened, "logging manual, next 30.01s", "connecting -> logging (manual); send login #1 manual account 7 force"},
		{"connecting, link opened, auto never forces", "connecting auto", opened, "logging auto, credentials, next 30.01s", "connecting -> logging (auto); send login #1 auto account 7"},
		{"connecting, failed, manual, tries left", "connecting manual", failed, "connecting manual, next 10.01s", "attempt #1 ended 415; connecting -> netBroken (manual); netBroken -> connecting (manual); dial #2 manual account 7 due 10ms"},
		{"connecting, connectTimeout, manual, tries left", "connecting manual", Event{}, "connecting manual, next 20s", "close #1; attempt #1 ended 408; connecting -> netBroken (manual); netBroken -> connecting (manual); dial #2 manual account 7 due 10s"},
		{"connecting, failed, manual, no tries left", "connecting manual, last try", failed, "unLogin idle", "attempt #4 ended 415; connecting -> netBroken (manual); netBroken -> unLogin (manual); result of 2: 415"},
		{"connecting, connectTimeout, manual, no tries left", "connecting manual, last try", Event{}, "unLogin idle", "close #4; attempt #4 ended 408; connecting -> netBroken (manual); netBroken -> unLogin (manual); result of 2: 408"},
		{"connecting, failed, auto", "connecting auto", failed, "netBroken waiting auto, credentials, next 2.01s", "attempt #1 ended 415; connecting -> netBroken (auto)"},
		{"connecting, failed by a time-out of its own, with a hint", "connecting auto", Event{Kind: LinkFailed, Code: 408, Hint: 7 * time.Second}, "netBroken waiting auto, credentials, next 7.01s", "attempt #1 ended 408; connecting -> netBroken (auto)"},
		{"connecting, connectTimeout, reconnect", "connecting reconnect", Event{}, "netBroken waiting reconnect, credentials, next 16s", "close #2; attempt #2 ended 408; connecting -> netBroken (reconnect)"},

		{"logging, 200", "logging manual", replied(200), "loggedIn manual, credentials, next 30.01s", "attempt #1 ended 200; logging -> loggedIn (manual); result of 2: 200"},
		{"logging, 200, auto has no call", "logging auto", replied(200), "loggedIn auto, credentials, next 30.01s", "attempt #1 ended 200; logging -> loggedIn (auto)"},
		{"logging, 200, database fails, manual", "logging manual", Event{Kind: Replied, Code: 200, DatabaseFails: true}, "unLogin idle", "send logout #1; close #1; attempt #1 ended 1000; logging -> unLogin (manual); result of 2: 1000"},
		{"logging, terminal code", "logging manual", replied(422), "forbidden", "close #1; attempt #1 ended 422; logging -> forbidden (manual); result of 2: 422"},
		{"logging, terminal code, reconnect", "logging reconnect", replied(302), "pwdError, credentials", "close #2; attempt #2 ended 302; logging -> pwdError (reconnect)"},
		{"logging, 417", "logging reconnect", replied(417), "kickOut", "close #2; attempt #2 ended 417; logging -> kickOut (reconnect); " + kick + "0 by 0/0"},
		{"logging, any other code, manual", "logging manual", replied(416), "unLogin idle", "close #1; attempt #1 ended 416; logging -> unLogin (manual); result of 2: 416"},
		{"logging, any other code, retried", "logging auto", replied(503), "unLogin waiting auto, credentials, next 2.01s", "close #1; attempt #1 ended 503; logging -> unLogin (auto)"},
		{"logging, any other code, retried, hint", "logging auto", Event{Kind: Replied, Code: 503, Hint: 20 * time.Second}, "unLogin waiting auto, credentials, next 20.01s", "close #1; attempt #1 ended 503; logging -> unLogin (auto)"},
		{"logging, any other code, retried, short hint", "logging auto", Event{Kind: Replied, Code: 503, Hint: time.Second}, "unLogin waiting auto, credentials, next 2.01s", "close #1; attempt #1 ended 503; logging -> unLogin (auto)"},
		{"logging, any other code, not retried", "logging reconnect", replied(20042), "unLogin idle, credentials", "close #2; attempt #2 ended 20042; logging -> unLogin (reconnect); publish loginFailed reconnect 20042"},
		{"logging, link lost, manual", "logging manual", lost, "connecting manual, next 10.01s", "attempt #1 ended 415; logging -> netBroken (manual); netBroken -> connecting (manual); dial #2 manual account 7 due 10ms"},
		{"logging, no token, reconnect", "logging reconnect", Event{Kind: TokenFailed}, "netBroken waiting reconnect, credentials, next 6.01s", "close #2; attempt #2 ended 415; logging -> netBroken (reconnect)"},
		{"logging, loginTimeout, manual, no tries left", "logging manual, last try", Event{}, "unLogin idle", "close #4; attempt #4 ended 408; logging -> netBroken (manual); netBroken -> unLogin (manual); result of 2: 408"},
		{"logging, loginTimeout, auto", "logging auto", Event{}, "netBroken waiting auto, credentials, next 32s", "close #1; attempt #1 ended 408; logging -> netBroken (auto)"},
		{"logging, kicked, manual", "logging manual", kicked(1), "kickOut", "close #1; attempt #1 ended 417; logging -> kickOut (manual); " + kick + "1 by 16/5; result of 2: 417"},
		{"logging, kicked, reconnect", "logging reconnect", kicked(2), "kickOut", "close #2; attempt #2 ended 417; logging -> kickOut (reconnect); " + kick + "2 by 16/5"},

		{"loggedIn, sync begins", "loggedIn", Event{Kind: SyncBegan}, "loggedIn manual, credentials, next 30s", "publish dataSyncStart"},
		{"loggedIn, sync ends", "loggedIn", Event{Kind: SyncEnded}, "loggedIn manual, credentials, next 30s", "publish dataSyncFinish"},
		{"loggedIn, online list", "loggedIn", Event{Kind: OnlineChanged}, "loggedIn manual, credentials, next 30s", "publish online"},
		{"loggedIn, link lost", "loggedIn", lost, "netBroken waiting reconnect, credentials, next 2.01s", "loggedIn -> netBroken (reconnect)"},
		{"loggedIn, heartbeat dead", "loggedIn, last probe sent", Event{}, "netBroken waiting reconnect, credentials, next 55s", "close #1; loggedIn -> netBroken (reconnect)"},
		{"loggedIn, kicked, reason 1", "loggedIn", kicked(1), "kickOut", "close #1; loggedIn -> kickOut (manual); " + kick + "1 by 16/5"},
		{"loggedIn, kicked, reason 2", "loggedIn", kicked(2), "kickOut", "close #1; loggedIn -> kickOut (manual); " + kick + "2 by 16/5"},
		{"loggedIn, kicked, reason 3", "loggedIn", kicked(3), "kickOutByOtherClient", "close #1; loggedIn -> kickOutByOtherClient (manual); publish kick kickOutByOtherClient reason 3 by 16/5"},
		{"loggedIn, kicked, reason 4 keeps credentials", "loggedIn", kicked(4), "kickOut, credentials", "close #1; loggedIn -> kickOut (manual); " + kick + "4 by 16/5"},
		{"loggedIn, kickOther called", "loggedIn", kickOther, "loggedIn manual, credentials, next 8.01s", "send kickOther #1 device 99"},
		{"loggedIn, kickOther answered", "loggedIn, kickOther asked", Event{Kind: KickOtherReplied, Code: 414}, "loggedIn manual, credentials, next 30s", "result of 4: 414"},
		{"loggedIn, kickOther not answered", "loggedIn, kickOther asked", Event{}, "loggedIn manual, credentials, next 30s", "result of 4: 408"},
		{"elsewhere, kickOther called", "netBroken waiting", kickOther, "netBroken waiting reconnect, credentials, next 2s", "result of 4: 415"},

		{"network lost, connecting, auto", "connecting auto", radioLost, "netBroken parked auto, credentials, no network", "abandon #1; attempt #1 ended 415; connecting -> netBroken (auto)"},
		{"network lost, logging, reconnect", "logging reconnect", radioLost, "netBroken parked reconnect, credentials, no network", "abandon #2; attempt #2 ended 415; logging -> netBroken (reconnect)"},
		{"network lost, loggedIn", "loggedIn", radioLost, "netBroken parked reconnect, credentials, no network", "abandon #1; loggedIn -> netBroken (reconnect)"},
		{"network lost, waiting", "netBroken waiting", radioLost, "netBroken parked reconnect, credentials, no network", ""},
		{"network lost, waiting after a refusal", "unLogin waiting", radioLost, "netBroken parked auto, credentials, no network", "unLogin -> netBroken (auto)"},
		{"network lost, connecting, manual", "connecting manual", radioLost, "unLogin idle, no network", "abandon #1; attempt #1 ended 415; connecting -> unLogin (manual); result of 2: 415"},
		{"network lost, logging, manual", "logging manual", radioLost, "unLogin idle, no network", "abandon #1; attempt #1 ended 415; logging -> unLogin (manual); result of 2: 415"},
		{"parked, network back", "netBroken parked", radioBack, "connecting reconnect, credentials, next 10.01s", "netBroken -> connecting (reconnect); dial #2 reconnect account 7 due 10ms"},
		{"waiting, delay over", "netBroken waiting", Event{}, "connecting reconnect, credentials, next 12s", "netBroken -> connecting (reconnect); dial #2 reconnect account 7 due 2s"},
		{"waiting after a refusal, delay over", "unLogin waiting", Event{}, "connecting auto, credentials, next 12s", "unLogin -> connecting (auto); dial #2 auto account 7 due 2s"},

		{"logout called, loggedIn", "loggedIn", logout, "unLogin idle", "send logout #1; close #1; loggedIn -> unLogin (-); result of 3: 200"},
		{"logout called, during a call", "connecting manual", logout, "unLogin idle", "close #1; attempt #1 ended 191002; result of 2: 191002; connecting -> unLogin (-); result of 3: 200"},
		{"logout called, waiting", "netBroken waiting", logout, "unLogin idle", "netBroken -> unLogin (-); result of 3: 200"},
		{"logout called, terminal", "kickOut", logout, "unLogin idle", "kickOut -> unLogin (-); result of 3: 200"},
		{"killed, loggedIn", "loggedIn", killed, "unknown, credentials", "reset #1; loggedIn -> unknown (-)"},
		{"killed, logging", "logging manual", killed, "unknown", "reset #1; attempt #1 ended 191002; logging -> unknown (-)"},
		{"killed, terminal, stored credentials are kept", "unknown, stored", fresh, "connecting auto, credentials, next 10.01s", "unknown -> connecting (auto); dial #2 auto account 7 due 10ms; result of 1: 200"},

		{"late event of an older link", "connecting reconnect", Event{Kind: LinkLost, Gen: 1}, "connecting reconnect, credentials, next 12s", ""},
		{"late event of a closed link", "netBroken waiting", lost, "netBroken waiting reconnect, credentials, next 2s", ""},
	}
}

func TestRows(t *testing.T) {
	for _, r := range rows() {
		t.Run(r.name, func(t *testing.T) {
			s := goTo(t, android(t), r.at)
			if r.ev == (Event{}) {
				s.due(t)
			} else {
				s.after(moment, r.ev)
			}
			if got := where(&s.m); got != r.to {
				t.Errorf("to   %s\nwant %s", got, r.to)
			}
			if got := tellAll(s.last); got != r.done {
				t.Errorf("done %s\nwant %s", got, r.done)
			}
		})
	}
}

// TestManualTimeout: the whole call ends at its own time, straight to unLogin.
func TestManualTimeout(t *testing.T) {
	p := android(t)
	p.ManualAttempts = 100
	s := begin(p).then(fresh, login)
	for range 5 {
		s.due(t)
	}
	if got, want := where(&s.m), "connecting manual, next 1m0s"; got != want {
		t.Fatalf("%s, want %s", got, want)
	}
	s.due(t)
	if got, want := tellAll(s.last), "close #6; attempt #6 ended 408; connecting -> unLogin (manual); result of 2: 408"; got != want {
		t.Errorf("connecting: %s\nwant %s", got, want)
	}
	flutter, _ := ProfileNamed("nim-flutter-2023")
	s = begin(&flutter).then(fresh, login).after(time.Second, opened).due(t)
	if got, want := tellAll(s.last), "close #1; attempt #1 ended 408; logging -> unLogin (manual); result of 2: 408"; s.now != 30*time.Second || got != want {
		t.Errorf("logging, at %s: %s\nwant %s", s.now, got, want)
	}
}

// TestMaxAttempts: the policy's last attempt ends in LoginFailed, whether it was
// refused or its link failed.
func TestMaxAttempts(t *testing.T) {
	p := android(t)
	p.Policy.MaxAttempts = 2
	s := begin(p).then(given, failed).due(t).then(failed)
	if got, want := tellAll(s.last), "attempt #2 ended 415; connecting -> netBroken (auto); netBroken -> unLogin (auto); publish loginFailed auto 415"; got != want {
		t.Errorf("auto: %s\nwant %s", got, want)
	}
	s = begin(p).then(fresh, login, opened, replied(200), lost).due(t).then(opened, replied(503)).due(t).then(opened, replied(503))
	if got, want := tellAll(s.last), "close #3; attempt #3 ended 503; logging -> unLogin (reconnect); publish loginFailed reconnect 503"; got != want {
		t.Errorf("reconnect: %s\nwant %s", got, want)
	}
	// A login that succeeded makes the attempts good.
	s = begin(p).then(given, failed).due(t).then(opened, replied(200), lost).due(t).then(failed)
	if !s.m.Waiting() {
		t.Errorf("after a success: %s, want waiting", where(&s.m))
	}
}

// TestPlatforms: what only some client types do. Spec sections 1 and 3.
func TestPlatforms(t *testing.T) {
	for _, name := range ProfileNames() {
		p, _ := ProfileNamed(name)
		mobile := p.ClientType == wire.Android || p.ClientType == wire.IOS
		if s := begin(&p).then(given); (s.m.Status() == Connecting) != mobile || s.m.Status() != Connecting && s.m.Status() != UnLogin {
			t.Errorf("%s initialised with credentials: %s", name, where(&s.m))
		}
		desktop := p.ClientType == wire.Windows || p.ClientType == wire.MacOS
		if s := begin(&p).then(fresh, login, opened, replied(200), Event{Kind: SyncBegan}); (len(s.last) == 0) != desktop {
			t.Errorf("%s data sync: %q", name, tellAll(s.last))
		}
	}
}
