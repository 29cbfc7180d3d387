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
	w := &world{t: t, layout: record.Layout{Populations: []string{"phones"}, Entries: []string{"cut"}}}
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
