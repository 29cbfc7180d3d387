package record

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"loginstorm/sim/login"
	"loginstorm/sim/wire"
)

// soul is a client of a random world, and what it would say of itself.
type soul struct {
	status login.Status
	entry  uint16
	code   wire.Code
	reason wire.Reason
	next   Next
	hit    int // The second in which it dropped.
}

// world is a random run: second by second whatever may happen to clients, without any
// sense behind it, and their own account of how they ended.
type world struct {
	layout   Layout
	souls    []soul
	busy     int // Seconds in which anything happens.
	quiet    int // Seconds of silence behind them.
	try, let float64
	again    []uint64 // By entry: those whom it hit.
	r        *Recorder
	rand     *rand.Rand
}

func newWorld(seed uint64, quiet int) *world {
	x := rand.New(rand.NewPCG(seed, 4))
	w := &world{rand: x, busy: 5 + x.IntN(80), quiet: quiet, try: x.Float64(), let: math.Pow(x.Float64(), 2)}
	if x.IntN(3) == 0 {
		w.let = 1
	}
	w.layout = Layout{Populations: []string{"phones"}}
	if x.IntN(2) == 0 {
		w.layout.Capacity, w.layout.CapacityFrom = 1+50*x.Float64(), "workers x service time"
	}
	for range x.IntN(4) {
		at := Time(x.IntN(w.busy*1000)) * time.Millisecond
		end := at
		if x.IntN(2) == 0 {
			end = min(at+Time(x.IntN(20_000))*time.Millisecond, Time(w.busy-1)*time.Second)
		}
		w.layout.Entries = append(w.layout.Entries, string(rune('a'+len(w.layout.Entries))))
		w.layout.Begins, w.layout.Ends = append(w.layout.Begins, at), append(w.layout.Ends, max(at, end))
		w.layout.Recovers = append(w.layout.Recovers, true)
	}
	w.souls, w.again = make([]soul, 1+x.IntN(300)), make([]uint64, len(w.layout.Entries))
	for i := range w.souls {
		w.souls[i] = soul{entry: NoEntry, next: Rests}
		if x.IntN(2) == 0 {
			w.souls[i].status, w.souls[i].code = login.LoggedIn, wire.Success
		}
	}
	return w
}

func (w *world) move(s *soul, to login.Status) {
	w.r.Move(0, s.status, to)
	s.status = to
}

// begin lets entries begin: each hits a share of who is there.
func (w *world) begin(second int) {
	for e, at := range w.layout.Begins {
		if int(at/time.Second) != second {
			continue
		}
		w.r.FaultBegan(uint16(e), uint32(len(w.souls)), 0)
		share := w.rand.Float64() * float64(w.rand.IntN(2))
		for i := range w.souls {
			if s := &w.souls[i]; s.status == login.LoggedIn && w.rand.Float64() < share {
				w.r.FaultHit(uint16(e))
				w.again[e]++
				w.move(s, login.NetBroken)
				s.entry, s.next, s.hit = uint16(e), Tries, second
			}
		}
	}
}

// attempt is one attempt of a client, from begin to end.
func (w *world) attempt(s *soul, second int) {
	w.r.Dialled(0, wire.Reconnect)
	w.r.Add(LoginsSent, 1)
	if s.entry != NoEntry {
		w.r.FaultAttempt(s.entry)
	}
	if s.status == login.Unknown {
		w.r.Add(AttemptsPlanned, 1)
	}
	to, next := login.NetBroken, Tries
	s.code = wire.Success
	if w.rand.Float64() >= w.let {
		s.code = []wire.Code{wire.TimedOut, wire.Disconnected, wire.Unavailable, wire.TooOften, wire.AccountDisabled, wire.Mismatch}[min(5, w.rand.IntN(40)/6)]
	}
	w.r.Attempt(0, wire.Reconnect, s.code)
	switch s.code {
	case wire.Success:
		to, next = login.LoggedIn, Rests
		if s.entry != NoEntry {
			w.r.FaultBack(s.entry, Time(second-s.hit)*time.Second)
		}
		s.entry = NoEntry
	case wire.AccountDisabled:
		to, next = login.Forbidden, Rests
	case wire.Mismatch:
		to, next = login.PwdError, Rests
	case wire.TimedOut:
		w.r.Add(LoginsWasted, 1)
	default:
		if to = login.UnLogin; w.rand.IntN(8) == 0 {
			next = []Next{Spent, Quits}[w.rand.IntN(2)]
		}
	}
	w.move(s, to)
	s.next = next
}

// second lets happen what happens in one.
func (w *world) second(now int) {
	w.begin(now)
	for i := range w.souls {
		s := &w.souls[i]
		switch {
		case s.status == login.LoggedIn && w.rand.IntN(2000) == 0:
			w.move(s, login.UnLogin)
			s.code, s.next = wire.Success, Rests
		case s.status == login.LoggedIn && w.rand.IntN(4000) == 0:
			w.r.Kick(0, wire.ByServer, login.KickOut)
			w.move(s, login.KickOut)
			s.reason, s.next = wire.ByServer, Rests
		case s.status == login.Unknown && s.next == Rests && w.rand.IntN(20) == 0, s.next == Tries && w.rand.Float64() < w.try:
			w.attempt(s, now)
		}
	}
}

func (w *world) run() (*Aggregate, []Row) {
	w.r = NewRecorder(w.layout, 0)
	a := NewAggregate(w.layout, 1)
	for _, s := range w.souls {
		w.r.Place(0, s.status, 1)
	}
	var rows []Row
	for now := range w.busy + w.quiet {
		if now < w.busy {
			w.second(now)
		}
		if now == w.busy+w.quiet-1 {
			for _, s := range w.souls {
				if s.status != login.LoggedIn {
					w.r.Stranded(0, s.entry, s.status, s.code, s.reason, s.next)
				}
			}
		}
		a.Add(w.r.Cut(Time(now+1) * time.Second))
		rows = append(rows, a.Sealed()...)
	}
	return a, rows
}

// out counts who should be loggedIn and is not, by this world's own rules, and who
// should be.
func (w *world) out(entry uint16, all bool) (out, expected float64) {
	if !all {
		expected = float64(w.again[entry])
	}
	for _, s := range w.souls {
		left := s.status == login.Unknown || s.status == login.UnLogin && s.next == Rests
		switch {
		case all && s.status == login.LoggedIn:
			expected++
		case s.status == login.LoggedIn || !all && s.entry != entry:
		case left && !all:
			expected--
		case !left:
			if out++; all {
				expected++
			}
		}
	}
	return out, expected
}

// odd is what no sentence may hold.
var odd = regexp.MustCompile(`NaN|Inf|[ (]-\d|\b0 times|the 1 |all 1 |\b1 (clients|attempts|of 0|are)( |,|;|$)|\b1 \w+ are\b|\b0 clients were`)

// No storm is over while more than one in a hundred of those who should be there are out,
// and every sentence of a senseless world makes sense.
func TestNobodyIsOutOfAStormThatIsOver(t *testing.T) {
	for seed := range uint64(250) {
		w := newWorld(seed, 0)
		a, _ := w.run()
		for _, s := range a.Storms() {
			out, expected := w.out(uint16(s.index), s.index == whole)
			if s.Class.Good() && (s.Hit > 0 || s.index == whole) && out > (1-recoveredShare)*expected {
				t.Errorf("seed %d, %q: %v with %g of %g out: %s", seed, s.Entry, s.Class, out, expected, s.Because)
			}
			if s.index == whole && expected > 0 && out == expected && s.Class != Unjudged && !s.Class.Bad() && s.Class != Recovering {
				t.Errorf("seed %d: %v with everybody out", seed, s.Class)
			}
			for _, text := range []string{s.Because, s.Sentence} {
				if found := odd.FindString(text); found != "" {
					t.Errorf("seed %d, %q: %q in %s", seed, s.Entry, found, text)
				}
			}
			figures := []float64{s.HerdIndex, s.Amplification, s.LostShare(), s.Wasted(), s.Tail.Retries, s.Tail.Returning, s.Herd.Mean}
			for _, v := range figures {
				if math.IsNaN(v) || math.IsInf(v, 0) || v < 0 {
					t.Errorf("seed %d, %q: figures %v", seed, s.Entry, figures)
				}
			}
			if s.Wasted() > 1 || s.HerdIndex > float64(max(s.HerdSeconds, 1))+1e-9 || s.Period < 0 {
				t.Errorf("seed %d, %q: wasted %v, herd index %v of %d, period %v", seed, s.Entry, s.Wasted(), s.HerdIndex, s.HerdSeconds, s.Period)
			}
		}
	}
}

// Silence behind the last attempt changes no class. It only tells that those who had no
// time to try again do not try.
func TestSilenceChangesNoClass(t *testing.T) {
	for seed := range uint64(60) {
		short, _ := newWorld(seed, 1).run()
		for _, quiet := range []int{3, 40} {
			long, _ := newWorld(seed, quiet).run()
			was, is := short.Storms(), long.Storms()
			if len(was) != len(is) {
				t.Errorf("seed %d: %d storms, %d after %d s of silence", seed, len(was), len(is), quiet)
				continue
			}
			for i := range was {
				soon := was[i].Class == Recovering && is[i].Class == NotRecovered && strings.Contains(was[i].Because, "nobody has tried again") ||
					is[i].Class == Recovered && strings.Contains(was[i].Because, "they drop again and again")
				if was[i].Class != is[i].Class && !soon {
					t.Errorf("seed %d, %q: %v, and %v after %d s of silence:\n%s\n%s", seed, was[i].Entry, was[i].Class, is[i].Class, quiet, was[i].Because, is[i].Because)
				}
			}
		}
	}
}

// The rows of a run tell its storms as the run did.
func TestRestoredStormsAreTheSame(t *testing.T) {
	for seed := range uint64(60) {
		w := newWorld(seed, 3)
		a, rows := w.run()
		r := NewRestored(w.layout)
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
		if d := cmp.Diff(a.Storms(), r.Aggregate().Storms(), cmp.AllowUnexported(Storm{}, roll{}, Tail{})); d != "" {
			t.Fatalf("seed %d: %s", seed, d)
		}
	}
}

// aloof is a run in which 100 arrive in its first seconds, and all drop in second at; then one
// of them comes back every so many seconds, 0 = nobody tries.
func aloof(begin, end Time, every, duration int) []Storm {
	l := Layout{Populations: []string{"phones"}, Entries: []string{"cut"}, Begins: []Time{begin}, Ends: []Time{end}, Recovers: []bool{true}, Capacity: 400}
	at := int(begin / time.Second)
	return run(l, 1, duration, func(r *Recorder, _, second int) {
		switch {
		case second == 0:
			r.Place(0, login.Unknown, 100)
		case second < 6:
			for range 20 {
				r.Dialled(0, wire.Auto)
				r.Add(AttemptsPlanned, 1)
				r.Attempt(0, wire.Auto, wire.Success)
				r.Move(0, login.Unknown, login.LoggedIn)
			}
		case second == at:
			r.FaultBegan(0, 100, 100)
			for range 100 {
				r.FaultHit(0)
				r.Move(0, login.LoggedIn, login.NetBroken)
			}
		case second > at && every > 0 && second%every == 0:
			r.Dialled(0, wire.Reconnect)
			r.FaultAttempt(0)
			r.Attempt(0, wire.Reconnect, wire.Success)
			r.FaultBack(0, Time(second-at)*time.Second)
			r.Move(0, login.NetBroken, login.LoggedIn)
		}
		if second == duration-1 {
			back := uint64(0)
			for s := at + 1; every > 0 && s < duration; s++ {
				if s%every == 0 {
					back++
				}
			}
			for range 100 - back {
				r.Stranded(0, 0, login.NetBroken, wire.Success, wire.NoReason, Tries)
			}
		}
	}).Storms()
}

// Entry and run agree about those who are out, whatever happened before they dropped, and
// wherever in a second the fault begins and ends.
func TestWhoIsOutWhenTheRunEnds(t *testing.T) {
	const s = time.Second
	for _, c := range []struct {
		name            string
		begin, end      Time
		every, duration int
		class           Class
		says            string
	}{
		{"drops in the last second", 59 * s, 59 * s, 0, 60, Recovering, "nobody has tried again since the trigger is gone, in second 59, and the run ends in second 60"},
		{"drops at the last instant", 60*s - 1, 60*s - 1, 0, 60, Recovering, "the run ends in second 60"},
		{"nobody tries for long", 10 * s, 10 * s, 0, 60, NotRecovered, "nobody has tried again since the trigger is gone, in second 10"},
		{"nor within a second", 10*s + s/2, 10*s + s/2, 0, 60, NotRecovered, "nobody has tried again since the trigger is gone, in second 11"},
		{"gone in the last second", 50 * s, 59*s + s/2, 0, 60, Recovering, "nobody has tried again since the trigger is gone, in second 60"},
		{"up to the end", 50 * s, 60 * s, 0, 60, NotRecovered, "the trigger is still in force when the run ends"},
		{"beyond the end", 10 * s, 120 * s, 0, 60, NotRecovered, "the trigger is still in force when the run ends"},
		{"too slow while it lasts", 10 * s, 120 * s, 12, 60, NotRecovered, "the trigger is still in force when the run ends"},
		{"fast enough while it lasts", 10 * s, 120 * s, 1, 60, Recovering, "the trigger is still in force"},
	} {
		for _, storm := range aloof(c.begin, c.end, c.every, c.duration) {
			if storm.Class != c.class || !strings.Contains(storm.Because, c.says) {
				t.Errorf("%s, %q: %v: %s", c.name, storm.Entry, storm.Class, storm.Because)
			}
		}
	}
}

// Those who left by themselves after one entry do not keep the run from being judged by
// the others; where nobody else is there, nothing is.
func TestWhoLeftIsNoJudgement(t *testing.T) {
	l := Layout{Populations: []string{"phones"}, Entries: []string{"cut", "kill"}, Begins: []Time{5 * time.Second, 8 * time.Second},
		Recovers: []bool{true, true}}
	story := func(others int) []Storm {
		return run(l, 1, 40, func(r *Recorder, _, second int) {
			switch second {
			case 0:
				r.Place(0, login.LoggedIn, int64(50+others))
			case 5, 8:
				n, entry := 50, uint16(1)
				if second == 5 {
					n, entry = others, 0
				}
				r.FaultBegan(entry, uint32(n), uint32(n))
				for range n {
					r.FaultHit(entry)
					r.Move(0, login.LoggedIn, login.NetBroken)
				}
			case 6:
				for range others {
					r.Dialled(0, wire.Reconnect)
					r.FaultAttempt(0)
					r.Attempt(0, wire.Reconnect, wire.Success)
					r.FaultBack(0, time.Second)
					r.Move(0, login.NetBroken, login.LoggedIn)
				}
			case 9:
				for range 50 {
					r.Move(0, login.NetBroken, login.Unknown)
				}
			case 39:
				for range 50 {
					r.Stranded(0, 1, login.Unknown, wire.Success, wire.NoReason, Rests)
				}
			}
		}).Storms()
	}
	for others, want := range map[int]Class{0: Unjudged, 100: Recovered} {
		all := story(others)
		kill, whole := all[len(all)-2], all[len(all)-1]
		if kill.Entry != "kill" || kill.Class != Unjudged || whole.Class != want {
			t.Errorf("%d others: %q %v, run %v: %s", others, kill.Entry, kill.Class, whole.Class, whole.Because)
		}
	}
}

// Who was pushed out for good did drop, but is not expected back.
func TestCalmDoesNotDenyWhoIsGone(t *testing.T) {
	a := run(Layout{Populations: []string{"phones"}}, 1, 30, func(r *Recorder, _, second int) {
		switch second {
		case 0:
			r.Place(0, login.LoggedIn, 1000)
		case 5:
			for range 3 {
				r.Kick(0, wire.ByServer, login.KickOut)
				r.Move(0, login.LoggedIn, login.KickOut)
				r.Dialled(0, wire.Auto)
				r.Attempt(0, wire.Auto, wire.Success)
			}
		}
	})
	if s := a.Storms()[0]; s.Class != Calm || !strings.Contains(s.Because, "nobody dropped who is expected back") {
		t.Errorf("%v: %s", s.Class, s.Because)
	}
}
