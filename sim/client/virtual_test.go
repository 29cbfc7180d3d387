package client_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"loginstorm/sim/chance"
	"loginstorm/sim/client"
	"loginstorm/sim/dialect"
	"loginstorm/sim/login"
	"loginstorm/sim/record"
	"loginstorm/sim/wire"
)

// world is one client of one population, with the recorder it feeds.
type world struct {
	t      *testing.T
	spec   client.Spec
	client client.Virtual
	layout record.Layout
	rec    *record.Recorder
	out    client.Out
}

func newWorld(t *testing.T, first wire.Origin, change func(*client.Spec)) *world {
	t.Helper()
	profile, ok := login.ProfileNamed("nim-android")
	if !ok {
		t.Fatal("no profile nim-android")
	}
	policy, _ := login.PolicyNamed("nim-web")
	profile.Policy = policy
	w := &world{t: t, layout: record.Layout{Populations: []string{"phones"}, Entries: []string{"cut"}, Recovers: []bool{true}}}
	w.spec = client.Spec{Profile: &profile, Dialogue: dialect.Reference(), Login: first, Seed: 1}
	if change != nil {
		change(&w.spec)
	}
	w.client = client.New(&w.spec, 0, 7)
	w.rec = record.NewRecorder(w.layout, 0)
	w.rec.Place(0, login.Unknown, 1)
	w.out.Watched = true
	return w
}

// step returns the kinds of the effects that an input had.
func (w *world) step(now time.Duration, in client.Input) []client.Effect {
	w.out.Reset()
	w.client.Step(now, in, w.rec, &w.out)
	return w.out.Effects
}

func (w *world) message(now time.Duration, m wire.Message) []client.Effect {
	return w.step(now, client.Input{Kind: client.Link, Gen: w.client.Gen(), Dialect: dialect.Input{Kind: dialect.Message, Message: &m}})
}

// login brings the client from its dial to loggedIn.
func (w *world) login(at time.Duration) {
	w.t.Helper()
	up := w.step(at, client.Input{Kind: client.Link, Gen: w.client.Gen(), Dialect: dialect.Input{Kind: dialect.LinkUp}})
	if len(up) != 1 || up[0].Kind != client.Say || up[0].Message.Kind != wire.Login || up[0].Account != 7 {
		w.t.Fatalf("link up: %+v", up)
	}
	w.message(at, wire.Message{Kind: wire.LoginReply, Serial: up[0].Message.Serial, Code: wire.Success})
	if s := w.client.Status(); s != login.LoggedIn {
		w.t.Fatalf("status %v", s)
	}
}

// totals seals what was recorded so far.
func (w *world) totals(at time.Duration) *record.Totals {
	agg := record.NewAggregate(w.layout, 1)
	iv := w.rec.Cut(at)
	agg.Add(iv)
	agg.Flush()
	return agg.Totals()
}

func TestPhasesAddUpToTheAttempt(t *testing.T) {
	w := newWorld(t, wire.Auto, nil)
	const ms = time.Millisecond
	dial := w.step(103*ms, client.Input{Kind: client.Arrive, Due: 100 * ms})
	if len(dial) != 1 || dial[0].Kind != client.Dial || dial[0].Due != 100*ms || dial[0].Gen != 1 {
		t.Fatalf("arrival: %+v", dial)
	}
	phases := client.Phases{Wait: 4 * ms, Dial: 10 * ms, Upgrade: 16 * ms}
	up := w.step(130*ms, client.Input{Kind: client.Link, Gen: 1, Phases: phases, Dialect: dialect.Input{Kind: dialect.LinkUp}})
	w.message(180*ms, wire.Message{Kind: wire.LoginReply, Serial: up[0].Message.Serial, Code: wire.Success})

	totals := w.totals(time.Second)
	max := func(m record.Metric) time.Duration {
		h := totals.Histogram(m, record.Filter{})
		if h.Count() != 1 {
			t.Fatalf("%v: %d samples", m, h.Count())
		}
		return h.Max().Round(ms)
	}
	got := map[string]time.Duration{}
	for _, m := range []record.Metric{record.ConnectToLoggedIn, record.ConnectToLoggedInUncorrected, record.TimeToLoggedIn,
		record.PhaseWait, record.PhaseDial, record.PhaseUpgrade, record.PhaseLogin} {
		got[m.String()] = max(m)
	}
	want := map[string]time.Duration{
		"connect_to_logged_in": 80 * ms, "connect_to_logged_in_uncorrected": 76 * ms, "time_to_logged_in": 80 * ms,
		"phase_wait": 4 * ms, "phase_dial": 10 * ms, "phase_upgrade": 16 * ms, "phase_login": 50 * ms,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestPhasesAddUpWithAddressAndToken: with an address and a token, late starts and several failed attempts
// before, the phases of the attempt that succeeded add up exactly.
func TestPhasesAddUpWithAddressAndToken(t *testing.T) {
	const ms = time.Millisecond
	w := newWorld(t, wire.Auto, func(s *client.Spec) { s.Lookup, s.Tokens, s.Nodes = true, client.TokensEvery, 1 })
	answer := func(now time.Duration, kind client.InputKind, ok bool) []client.Effect {
		return w.step(now, client.Input{Kind: kind, Gen: w.client.Gen(), OK: ok})
	}
	w.step(5*ms, client.Input{Kind: client.Arrive, Due: 2 * ms})
	answer(9*ms, client.Addressed, false)
	at, _ := w.client.Deadline()
	look := w.step(at+3*ms, client.Input{Kind: client.Tick})
	if len(look) != 1 || look[0].Kind != client.Lookup || look[0].Due != at {
		t.Fatalf("%+v, want a lookup that was due at %v", look, at)
	}
	dial := answer(at+20*ms, client.Addressed, true)
	if len(dial) != 1 || dial[0].Kind != client.Dial || dial[0].Due != at+20*ms {
		t.Fatalf("%+v, want a dial that is due now", dial)
	}
	w.totals(at + 20*ms) // What failed attempts took is left out.
	phases := client.Phases{Wait: 1 * ms, Dial: 10 * ms, TLS: 30 * ms, Upgrade: 9 * ms}
	fetch := w.step(at+70*ms, client.Input{Kind: client.Link, Gen: w.client.Gen(), Phases: phases, Dialect: dialect.Input{Kind: dialect.LinkUp}})
	if len(fetch) != 1 || fetch[0].Kind != client.Fetch || fetch[0].Account != 7 {
		t.Fatalf("%+v, want a question for a token", fetch)
	}
	said := answer(at+170*ms, client.Token, true)
	w.message(at+420*ms, wire.Message{Kind: wire.LoginReply, Serial: said[0].Message.Serial, Code: wire.Success})

	totals := w.totals(time.Minute)
	got := map[string]time.Duration{}
	for _, m := range []record.Metric{record.ConnectToLoggedIn, record.PhaseWait, record.PhaseDial, record.PhaseTLS,
		record.PhaseUpgrade, record.PhaseToken, record.PhaseLogin} {
		got[m.String()] = totals.Histogram(m, record.Filter{}).Max().Round(ms)
	}
	// 3 ms late, 17 for the address, 50 for the link, 100 for the token, 250 for the login.
	want := map[string]time.Duration{"connect_to_logged_in": 420 * ms, "phase_wait": 4 * ms, "phase_dial": 10 * ms,
		"phase_tls": 30 * ms, "phase_upgrade": 9 * ms, "phase_token": 100 * ms, "phase_login": 250 * ms}
	// Histograms of phases hold two digits.
	near := cmp.Comparer(func(a, b time.Duration) bool { return max(a, b)-min(a, b) <= max(a, b)/100 })
	if diff := cmp.Diff(want, got, near); diff != "" {
		t.Error(diff)
	}
}

// TestAttemptsOfThoseWhoWereHit: every dial between the drop and the return is the
// entry's, also one that begins with a question for an address.
func TestAttemptsOfThoseWhoWereHit(t *testing.T) {
	w := newWorld(t, wire.Auto, func(s *client.Spec) { s.Lookup, s.Nodes = true, 1 })
	up := func(at time.Duration) {
		w.step(at, client.Input{Kind: client.Addressed, Gen: w.client.Gen(), OK: true})
		w.login(at)
	}
	w.step(0, client.Input{Kind: client.Arrive})
	up(0)
	w.rec.FaultBegan(0, 1, 1)
	w.step(time.Second, client.Input{Kind: client.Marked, Entry: 0, Due: time.Second})
	down := client.Input{Kind: client.Link, Dialect: dialect.Input{Kind: dialect.LinkDown, CloseCode: 1006}}
	now := 3 * time.Second
	for range 3 {
		w.step(now, client.Input{Kind: client.Addressed, Gen: w.client.Gen(), OK: true})
		down.Gen = w.client.Gen()
		w.step(now, down)
		now, _ = w.client.Deadline()
		w.step(now, client.Input{Kind: client.Tick})
	}
	w.step(now, client.Input{Kind: client.Addressed, Gen: w.client.Gen(), OK: true})
	w.login(now)
	agg := record.NewAggregate(w.layout, 1)
	agg.Add(w.rec.Cut(now))
	agg.Flush()
	totals := agg.Totals()
	if n := totals.Histogram(record.Detection, record.Filter{Entry: "cut"}); n.Count() != 1 || n.Max().Round(time.Second) != 2*time.Second {
		t.Errorf("detection %d, %v; want one of 2s", n.Count(), n.Max())
	}
	if storms := agg.Storms(); len(storms) == 0 || storms[0].Attempts != 3 {
		t.Errorf("%+v: want one of 3 attempts", storms)
	}
}

func TestTimeToLoggedInCountsFromTheFirstWish(t *testing.T) {
	w := newWorld(t, wire.Auto, nil)
	w.step(0, client.Input{Kind: client.Arrive})
	w.step(0, client.Input{Kind: client.Link, Gen: 1, Dialect: dialect.Input{Kind: dialect.LinkDown, CloseCode: 1006}})
	at, ok := w.client.Deadline()
	if !ok || at < time.Second {
		t.Fatalf("no delay after a failed link: %v %v", at, ok)
	}
	redial := w.step(at, client.Input{Kind: client.Tick})
	if len(redial) != 1 || redial[0].Kind != client.Dial || redial[0].Due != at {
		t.Fatalf("at %v: %+v", at, redial)
	}
	w.login(at + time.Second)
	totals := w.totals(5 * time.Second)
	connect := totals.Histogram(record.ConnectToLoggedIn, record.Filter{}).Max()
	whole := totals.Histogram(record.TimeToLoggedIn, record.Filter{}).Max()
	if connect > 1100*time.Millisecond || whole < at+time.Second-10*time.Millisecond {
		t.Errorf("connect_to_logged_in %v, time_to_logged_in %v, redial at %v", connect, whole, at)
	}
}

func TestRecoveryCountsThoseWhoDropped(t *testing.T) {
	w := newWorld(t, wire.Auto, nil)
	w.step(0, client.Input{Kind: client.Arrive})
	// Before it is loggedIn, an entry cannot hit it.
	w.step(0, client.Input{Kind: client.Marked, Entry: 0, Due: 0})
	w.login(0)
	w.rec.FaultBegan(0, 1, 1)
	w.step(2*time.Second, client.Input{Kind: client.Marked, Entry: 0, Due: 2 * time.Second})
	w.step(2*time.Second, client.Input{Kind: client.Link, Gen: 1, Dialect: dialect.Input{Kind: dialect.LinkDown, CloseCode: 1006}})
	at, _ := w.client.Deadline()
	w.step(at, client.Input{Kind: client.Tick})
	w.login(at)
	back := w.totals(at).Histogram(record.TimeBack, record.Filter{Entry: "cut"})
	if back.Count() != 1 || back.Max() > at-2*time.Second+10*time.Millisecond {
		t.Errorf("%d back, after %v, want %v", back.Count(), back.Max(), at-2*time.Second)
	}
}

func TestEventsOfAnOlderLinkAreDropped(t *testing.T) {
	w := newWorld(t, wire.Auto, nil)
	w.step(0, client.Input{Kind: client.Arrive})
	w.step(0, client.Input{Kind: client.Link, Gen: 1, Dialect: dialect.Input{Kind: dialect.LinkDown}})
	at, _ := w.client.Deadline()
	w.step(at, client.Input{Kind: client.Tick})
	if e := w.step(at, client.Input{Kind: client.Link, Gen: 1, Dialect: dialect.Input{Kind: dialect.LinkUp}}); len(e) != 0 {
		t.Errorf("a late link up of link 1 had effects: %+v", e)
	}
	w.login(at)
}

func TestAManualArrivalPressesTheButton(t *testing.T) {
	w := newWorld(t, wire.Manual, nil)
	e := w.step(0, client.Input{Kind: client.Arrive})
	if len(e) != 1 || e[0].Kind != client.Dial || e[0].Origin != wire.Manual {
		t.Fatalf("%+v", e)
	}
	var calls, results int
	for _, p := range w.out.Published {
		switch {
		case p.Action.Kind == login.NoAction:
			calls++
		case p.Action.Kind == login.Result:
			results++
		}
	}
	if calls != 2 || results != 1 {
		t.Errorf("%d calls and %d results at arrival; initialize has its result, login has not", calls, results)
	}
}

func TestADatabaseThatDoesNotOpen(t *testing.T) {
	w := newWorld(t, wire.Manual, nil)
	w.step(0, client.Input{Kind: client.Database, OK: false})
	w.step(0, client.Input{Kind: client.Arrive})
	up := w.step(0, client.Input{Kind: client.Link, Gen: 1, Dialect: dialect.Input{Kind: dialect.LinkUp}})
	w.message(0, wire.Message{Kind: wire.LoginReply, Serial: up[0].Message.Serial, Code: wire.Success})
	if s := w.client.Status(); s != login.UnLogin {
		t.Errorf("status %v", s)
	}
}

func TestAPersonLogsInAgainAfterAKick(t *testing.T) {
	habits := login.Habits{Seed: 1}
	habits.OnKick.Relogin = 1_000_000
	habits.OnKick.After = chance.Dist{Shape: chance.Constant, A: 2 * time.Second}
	w := newWorld(t, wire.Auto, func(s *client.Spec) { s.Habits = &habits })
	w.step(0, client.Input{Kind: client.Arrive})
	w.login(0)
	w.message(time.Second, wire.Message{Kind: wire.Kick, Reason: wire.ByLogin, ClientType: wire.IOS})
	if s := w.client.Status(); s != login.KickOut {
		t.Fatalf("status %v", s)
	}
	at, ok := w.client.Deadline()
	if !ok || at != 3*time.Second {
		t.Fatalf("deadline %v %v", at, ok)
	}
	e := w.step(at+5*time.Millisecond, client.Input{Kind: client.Tick})
	if len(e) != 1 || e[0].Kind != client.Dial || e[0].Origin != wire.Manual || e[0].Due != at {
		t.Errorf("%+v: due should be when the person wanted it", e)
	}
}

func BenchmarkReconnect(b *testing.B) {
	profile, _ := login.ProfileNamed("nim-web")
	profile.Policy, _ = login.PolicyNamed("immediate")
	spec := client.Spec{Profile: &profile, Dialogue: dialect.Reference(), Login: wire.Manual}
	v := client.New(&spec, 0, 0)
	rec := record.NewRecorder(record.Layout{Populations: []string{"p"}}, 0)
	var out client.Out
	v.Step(0, client.Input{Kind: client.Arrive}, rec, &out)
	reply := wire.Message{Kind: wire.LoginReply, Code: wire.Success}
	b.ReportAllocs()
	for i := range b.N {
		now := time.Duration(i) * time.Millisecond
		out.Reset()
		v.Step(now, client.Input{Kind: client.Link, Gen: v.Gen(), Dialect: dialect.Input{Kind: dialect.LinkUp}}, rec, &out)
		for _, e := range out.Effects {
			if e.Kind == client.Say {
				reply.Serial = e.Message.Serial
			}
		}
		v.Step(now, client.Input{Kind: client.Link, Gen: v.Gen(), Dialect: dialect.Input{Kind: dialect.Message, Message: &reply}}, rec, &out)
		v.Step(now, client.Input{Kind: client.Link, Gen: v.Gen(), Dialect: dialect.Input{Kind: dialect.LinkDown, CloseCode: 1006}}, rec, &out)
		v.Step(now, client.Input{Kind: client.Tick}, rec, &out)
	}
}
