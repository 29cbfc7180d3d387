package record

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"loginstorm/sim/login"
	"loginstorm/sim/wire"
)

// herd is a model of a storm, coarser than the simulator's and apart from it: clients
// that try each whole second, a queue, and a gateway that serves so many a second,
// also those who hung up.
type herd struct {
	clients  int
	capacity int           // Logins a second.
	patience int           // Seconds until an attempt times out.
	cut, up  int           // Seconds: everybody is dropped, the gateway serves again.
	backoff  func(int) int // Seconds until the n-th attempt after a failure.
	duration int
	budget   int // Attempts that are let in each second; 0 = all.
	code     wire.Code
	stays    int // So many clients are told code for ever.
	known    bool
}

type waiting struct{ client, since int }

func (h herd) layout() Layout {
	l := Layout{Populations: []string{"phones"}, Entries: []string{"deploy"}, Begins: []Time{Time(h.cut) * time.Second},
		Ends: []Time{Time(h.up) * time.Second}, Recovers: []bool{true}}
	if h.known {
		l.Capacity, l.CapacityFrom = float64(h.capacity), "workers x service time"
	}
	return l
}

func (h herd) run() (*Aggregate, []Row) {
	r, a := NewRecorder(h.layout(), 0), NewAggregate(h.layout(), 1)
	r.Place(0, login.LoggedIn, int64(h.clients))
	next, tries, in := make([]int, h.clients), make([]int, h.clients), make([]bool, h.clients)
	for i := range next {
		in[i], next[i] = true, -1
	}
	var queue []waiting
	var rows []Row
	fail := func(now, c int, code wire.Code) {
		r.Attempt(0, wire.Reconnect, code)
		if code == wire.TimedOut {
			r.Add(LoginsWasted, 1)
		}
		tries[c]++
		next[c] = now + max(1, h.backoff(tries[c]))
	}
	for now := range h.duration {
		if now == h.cut {
			r.FaultBegan(0, uint32(h.clients), uint32(h.clients))
			for c := range h.clients {
				in[c], next[c] = false, now+h.backoff(0)
				r.FaultHit(0)
				r.Observe(Detection, 0, 0, 0)
				r.Move(0, login.LoggedIn, login.NetBroken)
			}
		}
		admitted := 0
		for c := range h.clients {
			if in[c] || next[c] != now {
				continue
			}
			r.Dialled(0, wire.Reconnect)
			r.FaultAttempt(0)
			if admitted++; now < h.up || h.budget > 0 && admitted > h.budget {
				fail(now, c, wire.Disconnected)
				continue
			}
			if c < h.stays {
				next[c] = -1
				r.Attempt(0, wire.Reconnect, h.code)
				if h.code == wire.NotLastDevice {
					r.Kick(0, wire.NoReason, login.KickOut)
					r.Move(0, login.NetBroken, login.KickOut)
				}
				continue
			}
			r.Add(LoginsSent, 1)
			next[c] = -1
			queue = append(queue, waiting{c, now})
		}
		for served := 0; served < h.capacity && len(queue) > 0 && now >= h.up; served++ {
			w := queue[0]
			if queue = queue[1:]; next[w.client] != -1 || in[w.client] || now-w.since >= h.patience {
				continue // Served for nobody.
			}
			in[w.client] = true
			r.Attempt(0, wire.Reconnect, wire.Success)
			r.Move(0, login.NetBroken, login.LoggedIn)
			r.FaultBack(0, Time(now-h.cut)*time.Second+500*time.Millisecond)
		}
		for i := range queue {
			if w := &queue[i]; now-w.since == h.patience-1 && !in[w.client] && next[w.client] == -1 {
				fail(now, w.client, wire.TimedOut)
			}
		}
		if now == h.duration-1 {
			for c := range h.clients {
				switch {
				case in[c]:
				case c < h.stays && h.code == wire.NotLastDevice:
					r.Stranded(0, 0, login.KickOut, h.code, wire.NoReason, Rests)
				case c < h.stays:
					r.Stranded(0, 0, login.UnLogin, h.code, wire.NoReason, Quits)
				default:
					r.Stranded(0, 0, login.NetBroken, wire.TimedOut, wire.NoReason, Tries)
				}
			}
		}
		a.Add(r.Cut(Time(now+1) * time.Second))
		rows = append(rows, a.Sealed()...)
	}
	return a, rows
}

// capped is a backoff with a cap and without jitter, full one with jitter.
func capped(n int) int { return []int{1, 2, 4, 8}[min(n, 3)] }

func full(seed uint64) func(int) int {
	r := rand.New(rand.NewPCG(seed, 9))
	return func(n int) int { return int(r.Float64() * math.Min(60, math.Pow(2, float64(n)))) }
}

func base() herd {
	return herd{clients: 2000, capacity: 600, patience: 8, cut: 5, up: 55, backoff: capped, duration: 150, known: true}
}

func TestStormInPhase(t *testing.T) {
	a, _ := base().run()
	s := a.Storms()
	if len(s) != 2 || s[0].Entry != "deploy" || s[1].Entry != "" {
		t.Fatalf("%+v", s)
	}
	in := s[0]
	if in.Class != Recovered || in.Back != 2000 || in.Attempts != in.Offered.Total || in.Offered.Peak != 2000 || in.Ended != "back" {
		t.Errorf("%+v", in)
	}
	if in.WaveCount < 6 || in.Period != Seconds(8*time.Second) || !strings.Contains(in.Sentence, "one every 8s: the herd stays in phase") {
		t.Errorf("%d waves, %v: %s", in.WaveCount, in.Period, in.Sentence)
	}
	if want := float64(in.Attempts) / 2000; in.Amplification != want || in.HerdIndex != 8 || in.Return.Total > 6000 {
		t.Errorf("amplification %g, want %g; herd index %g", in.Amplification, want, in.HerdIndex)
	}
	h := base()
	h.backoff = full(1)
	a, _ = h.run()
	spread := a.Storms()[0]
	if spread.Class != Recovered || spread.WaveCount > 1 || spread.Regular != 0 || !strings.Contains(spread.Sentence, "no second wave") {
		t.Errorf("%+v", spread)
	}
}

func TestStormMilestones(t *testing.T) {
	a, _ := base().run()
	s := a.Storms()[0]
	if len(s.Milestones) != 6 || s.Milestones[4].Percent != 99.9 || !s.Milestones[4].Reached {
		t.Errorf("%+v", s.Milestones)
	}
	if s.Until != seconds(s.At+s.Milestones[3].After) || s.From != 5 {
		t.Errorf("from %d to %d: %+v", s.From, s.Until, s.Milestones)
	}
}

// An overload whose retries outlive the trigger, and the same with a retry budget.
func TestStormMetastable(t *testing.T) {
	h := herd{clients: 4000, capacity: 100, patience: 4, cut: 5, up: 15, duration: 120, known: true,
		backoff: func(int) int { return 1 }}
	a, _ := h.run()
	all := a.Storms()
	for _, s := range all {
		if s.Class != Metastable || !strings.Contains(s.Because, "sustaining effect") || !strings.Contains(s.Because, "100 logins/s (workers x service time)") {
			t.Errorf("%q: %v, %s", s.Entry, s.Class, s.Because)
		}
	}
	if s := all[0]; s.Tail.Offered <= 100 || s.Tail.Goodput >= 90 || s.Tail.Until != 120 || s.LoginsWasted == 0 || s.Wasted() < 0.5 {
		t.Errorf("%+v", s.Tail)
	}
	h.known = false
	a, _ = h.run()
	if s := a.Storms()[0]; s.Class != Metastable || !s.Capacity.Estimated || !strings.Contains(s.Because, "estimated from the best 5 s of this run") {
		t.Errorf("%v, %s", s.Class, s.Because)
	}
	h.known, h.budget = true, 100
	a, _ = h.run()
	if s := a.Storms()[0]; s.Class != Recovered {
		t.Errorf("with a budget: %v, %s", s.Class, s.Because)
	}
	h.budget, h.duration = 0, 30 // Too short to tell: the trigger is gone for 15 s.
	a, _ = h.run()
	if s := a.Storms()[0]; s.Class != Recovering {
		t.Errorf("after 15 s: %v, %s", s.Class, s.Because)
	}
	h.duration = 14
	a, _ = h.run()
	if s := a.Storms()[0]; s.Class != NotRecovered || !strings.Contains(s.Because, "still in force when the run ends") {
		t.Errorf("before the trigger is gone: %v, %s", s.Class, s.Because)
	}
}

func TestStormLockedOut(t *testing.T) {
	for code, want := range map[wire.Code]string{
		wire.NotLastDevice: "another device holds the place, or there is no room; only a login by hand brings them back",
		wire.TooOften:      "refused with 416, login called too often: they gave up, nobody presses the button again",
	} {
		h := base()
		h.stays, h.code = 300, code
		a, _ := h.run()
		s := a.Storms()
		if s[0].Class != LockedByRule || s[1].Class != LockedByRule || len(s[0].Stranded) != 1 || s[0].Stranded[0].Why != want ||
			s[0].Stranded[0].Count != 300 || s[0].LostShare() != 0.15 {
			t.Errorf("%d: %v, %s: %+v", code, s[0].Class, s[0].Because, s[0].Stranded)
		}
		h.stays = 5 // A quarter of a percent.
		a, _ = h.run()
		if s := a.Storms()[0]; s.Class != Recovered {
			t.Errorf("%d: %v, %s", code, s.Class, s.Because)
		}
	}
}

// A healthy run has no storm but its own, and that one is calm.
func TestStormCalm(t *testing.T) {
	a := run(layout(), 1, 60, func(r *Recorder, _, second int) {
		if second == 0 {
			r.Place(0, login.Unknown, 6000)
		}
		for range 100 {
			r.Dialled(0, wire.Auto)
			r.Attempt(0, wire.Auto, wire.Success)
			r.Move(0, login.Unknown, login.LoggedIn)
		}
	})
	s := a.Storms()
	if len(s) != 1 || s[0].Class != Calm || s[0].HerdIndex != 1 || s[0].Offered.Mean != 100 || s[0].WaveCount > 1 {
		t.Errorf("%+v", s)
	}
	if all := NewAggregate(layout(), 1).Storms(); all != nil {
		t.Errorf("before the first second: %+v", all)
	}
}

// Arrivals above the capacity are an overload whose trigger is not gone: nothing
// but themselves sustains them.
func TestArrivalsAreNoSustainingEffect(t *testing.T) {
	l := layout()
	l.Capacity = 50
	a := run(l, 1, 60, func(r *Recorder, _, second int) {
		if second == 0 {
			r.Place(0, login.Unknown, 6000)
		}
		for i := range 100 {
			r.Dialled(0, wire.Auto)
			r.Move(0, login.Unknown, login.Connecting)
			if i < 30 {
				r.Attempt(0, wire.Auto, wire.Success)
				r.Move(0, login.Connecting, login.LoggedIn)
			} else {
				r.Attempt(0, wire.Auto, wire.TimedOut)
			}
		}
	})
	if s := a.Storms()[0]; s.Class == Metastable || s.Tail.Retries > 0.02 {
		t.Errorf("%v: %s; %+v", s.Class, s.Because, s.Tail)
	}
}

// What a run directory holds tells the same storms as the run did, through JSON.
func TestRestored(t *testing.T) {
	h := base()
	h.stays, h.code = 300, wire.TooOften
	a, rows := h.run()
	r := NewRestored(h.layout())
	for _, row := range rows {
		b, err := json.Marshal(row)
		if err != nil {
			t.Fatal(err)
		}
		var again Row
		if err := json.Unmarshal(b, &again); err != nil {
			t.Fatal(err)
		}
		r.Row(again)
		for _, s := range row.Series {
			r.Histogram(row.Second, s)
		}
	}
	b := r.Aggregate()
	if d := cmp.Diff(a.Storms(), b.Storms(), cmp.AllowUnexported(Storm{}, roll{}, Tail{})); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff(a.Recoveries(), b.Recoveries()); d != "" {
		t.Error(d)
	}
	for _, text := range []string{"rate(code: 416, origin: reconnect, population: phones, after: deploy) < 1%", "p99(time_back) < 1s",
		"count(status: unLogin) == 0", "time_to_recover(99%, after: deploy) < 1s", "storm(after: deploy) == lockedOut", "stranded() < 1%"} {
		th, err := ParseThreshold(text)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(th.Evaluate(a), th.Evaluate(b)); d != "" {
			t.Errorf("%s: %s", text, d)
		}
	}
}

// A row of an older version says less, and what it says is kept.
func TestRestoredFromOldRows(t *testing.T) {
	h := base()
	_, rows := h.run()
	r := NewRestored(h.layout())
	for _, row := range rows {
		row.Populations, row.Faults, row.Stranded = nil, nil, nil
		r.Row(row)
	}
	a, _ := h.run()
	b := r.Aggregate()
	if b.Totals().Attempts(Filter{}) != a.Totals().Attempts(Filter{}) || b.Totals().Dials(Filter{}) != a.Totals().Dials(Filter{}) ||
		b.Totals().Statuses(Filter{}) != a.Totals().Statuses(Filter{}) {
		t.Error("what an old row says is lost")
	}
	if s := b.Storms(); len(s) != 1 || s[0].Offered != a.Storms()[1].Offered {
		t.Errorf("%+v", s)
	}
}

func TestStormThresholds(t *testing.T) {
	h := base()
	h.stays, h.code = 300, wire.NotLastDevice
	a, _ := h.run()
	for _, c := range []struct {
		text  string
		pass  bool
		value string
		count uint64
	}{
		{"storm(after: deploy) == lockedOut", true, "lockedOut", 2000},
		{"storm(after: deploy) != metastable", true, "lockedOut", 2000},
		{"storm(after: deploy) == recovered", false, "lockedOut", 2000},
		{"storm() == lockedOut", true, "lockedOut", 2000},
		{"herd_index(after: deploy) < 5", false, "8", 18000},
		{"amplification(after: deploy) < 6.5", false, "10.6", 1700},
		{"waves(after: deploy) <= 1", false, "9", 18000},
		{"wasted(after: deploy) < 5%", true, "0%", 1700},
		{"stranded(after: deploy) < 1%", false, "15%", 2000},
		{"stranded(after: deploy, status: kickOut, code: 417) == 300", true, "300", 2000},
		{"stranded(status: unLogin) == 0", true, "0", 2000},
		{"stranded(population: phones) <= 15%", true, "15%", 2000},
		{"max(offered, after: deploy) <= 2000", true, "2,000", 18000},
		{"max(offered, during: deploy) <= 2000", true, "2,000", 18000},
		{"max(goodput, during: deploy) <= 600", true, "600", 1700},
		{"sum(lockout) <= 0s", true, "0s", 0},
		{"mean(goodput) > 10", true, "11.3", 1700},
		{"time_to_recover(99.9%, after: deploy) < 1s", false, "not yet", 2000},
		{"p50(detection, entry: deploy) < 1s", true, "0s", 2000},
		{"sum(detection) < 1s", true, "0s", 2000},
	} {
		th, err := ParseThreshold(c.text)
		if err != nil {
			t.Error(err)
			continue
		}
		if err := th.Check(h.layout()); err != nil {
			t.Error(err)
		}
		if o := th.Evaluate(a); o.Pass != c.pass || o.Value != c.value || o.Count != c.count || !o.Known {
			t.Errorf("%s: %+v", c.text, o)
		}
	}
	for text, want := range map[string]string{
		"storm(after: deploy) < recovered":           "== or !=",
		"storm(after: deploy) == recoverd":           `did you mean "recovered"?`,
		"herd_index(offered) < 3":                    "it takes no",
		"herd_index(during: deploy) < 3":             "does not apply",
		"amplification(after: deploy) < 5%":          "no number",
		"waves(after: deploy) != 1":                  "not figures",
		"stranded(after: deploy, reason: login) < 1": "does not apply",
		"p99(detection, entyr: x) < 1s":              `did you mean "entry"?`,
		"p99(connect_to_logged_in, entry: x) < 1s":   "does not apply",
		"p99(offered) < 1":                           "unknown metric",
		"max(goodpt) < 1":                            `did you mean "goodput"?`,
		"p99(code: 416) < 1s":                        "is counted",
		"herdindex() < 1":                            `did you mean "herd_index"?`,
	} {
		if _, err := ParseThreshold(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
}

// A trigger is gone when all that lasts and overlaps it is, and what is served
// meanwhile tells a fault of links from a gateway that is away.
func TestStormTriggersBesideEachOther(t *testing.T) {
	l := layout()
	l.Entries, l.Begins = []string{"outage", "cut", "later"}, []Time{10 * time.Second, 12 * time.Second, 90 * time.Second}
	l.Ends = []Time{54 * time.Second, 12 * time.Second, 95 * time.Second}
	a := run(l, 1, 80, func(r *Recorder, _, second int) {
		switch second {
		case 0:
			r.Place(0, login.LoggedIn, 100)
		case 10:
			r.FaultBegan(0, 0, 0)
		case 12:
			r.FaultBegan(1, 100, 100)
			for range 100 {
				r.FaultHit(1)
				r.Move(0, login.LoggedIn, login.NetBroken)
			}
		}
		if second >= 13 {
			r.Dialled(0, wire.Reconnect)
			r.FaultAttempt(1)
			r.Attempt(0, wire.Reconnect, wire.TimedOut)
		}
	})
	s := a.Storms()
	cut := s[0]
	if cut.Entry == "outage" {
		cut = s[1]
	}
	if cut.FaultOver != Seconds(54*time.Second) || cut.Tail.From != 60 || cut.Return.Total != 26 {
		t.Errorf("%v, tail %+v, return %+v", cut.FaultOver, cut.Tail, cut.Return)
	}
}

// Who comes back and drops again, without end, is not recovered; who spent all attempts
// does not recover by waiting.
func TestStormWithoutEnd(t *testing.T) {
	l := layout()
	l.Entries, l.Begins, l.Ends = []string{"tuned"}, []Time{2 * time.Second}, []Time{60 * time.Second}
	story := func(again, gaveUp bool) Storm {
		return run(l, 1, 60, func(r *Recorder, _, second int) {
			switch {
			case second == 0:
				r.Place(0, login.LoggedIn, 100)
			case second == 2:
				r.FaultBegan(0, 100, 100)
				for range 100 {
					r.FaultHit(0)
					r.Move(0, login.LoggedIn, login.NetBroken)
				}
			case second == 10 && gaveUp:
				for range 100 {
					r.Dialled(0, wire.Reconnect)
					r.FaultAttempt(0)
					r.Attempt(0, wire.Reconnect, wire.TimedOut)
					r.Add(LoginsFailed, 1)
					r.Move(0, login.NetBroken, login.UnLogin)
				}
			case second == 10 || again && second%10 == 0:
				for range 100 {
					if second > 10 {
						r.Move(0, login.LoggedIn, login.NetBroken)
					}
					r.Dialled(0, wire.Reconnect)
					r.Attempt(0, wire.Reconnect, wire.Success)
					r.Move(0, login.NetBroken, login.LoggedIn)
					if second == 10 {
						r.FaultBack(0, 8*time.Second)
					}
				}
			case second == 59 && gaveUp:
				for range 100 {
					r.Stranded(0, 0, login.UnLogin, wire.TimedOut, wire.NoReason, Spent)
				}
			}
		}).Storms()[0]
	}
	for _, c := range []struct {
		again, gaveUp bool
		want          Class
		says          string
	}{
		{false, false, Recovered, "all 100 that dropped are back"},
		{true, false, Recovering, "they drop again and again"},
		{false, true, NotRecovered, "100 of the 100 that are missing gave up"},
	} {
		if s := story(c.again, c.gaveUp); s.Class != c.want || !strings.Contains(s.Because, c.says) {
			t.Errorf("%+v: %v, %s", c, s.Class, s.Because)
		}
	}
}
