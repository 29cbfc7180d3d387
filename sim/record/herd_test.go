package record

import (
	queue "container/heap"
	"encoding/json"
	"math"
	"testing"
	"time"

	"loginstorm/sim/login"
	"loginstorm/sim/wire"
)

// attempt is one that a client of a crowd is going to make.
type attempt struct {
	at     Time
	client int
	try    uint32
	prev   Time
}

type attempts []attempt

func (a attempts) Len() int           { return len(a) }
func (a attempts) Less(i, j int) bool { return a[i].at < a[j].at }
func (a attempts) Swap(i, j int)      { a[i], a[j] = a[j], a[i] }
func (a *attempts) Push(x any)        { *a = append(*a, x.(attempt)) }
func (a *attempts) Pop() any {
	old := *a
	last := old[len(old)-1]
	*a = old[:len(old)-1]
	return last
}

// crowd is clients that draw their delays from a policy and drop all at once. Every
// attempt is refused at once until the gateway is there again, and then when more than
// so many came in that second. No simulator and no gateway: what policies do to a load,
// and nothing else.
type crowd struct {
	policy   string
	tune     func(*login.Policy)
	rounds   []Round // Worked out by hand.
	clients  int
	down     Time          // From the drop on.
	capacity int           // Logins a second; 0 = all.
	parked   bool          // Without a network meanwhile: they come when it is over.
	spread   time.Duration // Of that.
	late     Time          // In its second, that it drops.
	rest     Time          // How long the run lasts after the return.
	seed     uint64
}

// dropAt is the second in which a crowd drops.
const dropAt = 5 * time.Second

func (c crowd) storm(t *testing.T) Storm {
	t.Helper()
	a, _ := c.run(t)
	return a.Storms()[0]
}

func (c crowd) layout() Layout {
	drop := dropAt + c.late
	return Layout{Populations: []string{"phones"}, Entries: []string{"outage"}, Begins: []Time{drop}, Ends: []Time{drop + c.down},
		Recovers: []bool{true}, Rounds: [][]Round{c.rounds}}
}

func (c crowd) run(t *testing.T) (*Aggregate, []Row) {
	t.Helper()
	policy, ok := login.PolicyNamed(c.policy)
	if !ok {
		t.Fatal(c.policy)
	}
	if c.tune != nil {
		c.tune(&policy)
	}
	r, a := NewRecorder(c.layout(), 0), NewAggregate(c.layout(), 1)
	r.Place(0, login.LoggedIn, int64(c.clients))
	var all attempts
	wait := func(client int, now Time, try uint32, prev Time) {
		d := policy.Delay(login.Turn{Seed: c.seed, Client: uint32(client), N: try, Try: try, Prev: prev})
		queue.Push(&all, attempt{now + d, client, try + 1, d})
	}
	drop := dropAt + c.late
	up := drop + c.down
	var rows []Row
	for now := Time(0); now < up+c.rest; now += time.Second {
		if now == dropAt {
			r.FaultBegan(0, uint32(c.clients), uint32(c.clients))
			for i := range c.clients {
				r.FaultHit(0)
				r.Move(0, login.LoggedIn, login.NetBroken)
				if c.parked {
					queue.Push(&all, attempt{up + c.spread*Time(i)/Time(c.clients), i, 1, 0})
				} else {
					wait(i, drop, 0, 0)
				}
			}
		}
		served := 0
		for len(all) > 0 && all[0].at < now+time.Second {
			one := queue.Pop(&all).(attempt)
			r.DialledAt(0, wire.Reconnect, one.at)
			r.FaultAttempt(0)
			if one.at < up || c.capacity > 0 && served >= c.capacity {
				r.Attempt(0, wire.Reconnect, wire.Disconnected)
				wait(one.client, one.at, one.try, one.prev)
				continue
			}
			served++
			r.Attempt(0, wire.Reconnect, wire.Success)
			r.Move(0, login.NetBroken, login.LoggedIn)
			r.FaultBack(0, one.at-drop)
		}
		a.Add(r.Cut(now + time.Second))
		rows = append(rows, a.Sealed()...)
	}
	return a, rows
}

func pairs(v ...float64) (all []Round) {
	for i := 0; i < len(v); i += 2 {
		all = append(all, Round{Time(v[i] * float64(time.Second)), Time(v[i+1] * float64(time.Second))})
	}
	return all
}

// The policies of the theory, with the longest delay so far behind the next attempt.
func nimWeb() crowd {
	return crowd{policy: "nim-web", clients: 2000, rest: 120 * time.Second, rounds: pairs(0, 1.6, 0, 3.2, 1.6, 6.4, 4.8, 8)}
}

func jittered(policy string) crowd {
	return crowd{policy: policy, clients: 2000, rest: 200 * time.Second, rounds: pairs(0, 1, 0, 2, 1, 4, 3, 8, 7, 16, 15, 32, 31, 60)}
}

// sameDelays is full jitter with the delays of nim-web.
func sameDelays() crowd {
	c := nimWeb()
	c.policy, c.tune = "full-jitter", func(p *login.Policy) { p.Base, p.Cap = 1600*time.Millisecond, 8*time.Second }
	return c
}

// A herd that comes once in 8 s has 8, in whatever phase the gateway returns, whether it is
// let in at once or over minutes, and how long the run goes on.
func TestHerdIndexOfAPhase(t *testing.T) {
	for down := 12 * time.Second; down <= 60*time.Second; down += 2300 * time.Millisecond {
		for _, capacity := range []int{0, 80, 20} {
			for _, rest := range []Time{20 * time.Second, 250 * time.Second} {
				c := nimWeb()
				c.clients, c.down, c.capacity, c.rest = 400, down, capacity, rest
				c.late = down % (900 * time.Millisecond)
				if s := c.storm(t); s.HerdIndex < 8*.85 || s.HerdIndex > 8*1.15 {
					t.Errorf("down for %v, %d logins/s, %v more: herd index %.2f of %+v over %d s", down, capacity, rest, s.HerdIndex, s.Herd, s.HerdSeconds)
				}
			}
		}
	}
}

// Where the seconds are cut is nobody's doing: nor is a herd smaller that comes on both
// sides, in the rows of a run directory as in the run itself.
func TestHerdIndexOnBothSidesOfACut(t *testing.T) {
	for late := Time(0); late < time.Second; late += 70 * time.Millisecond {
		c := nimWeb()
		c.clients, c.down, c.late = 500, 20*time.Second, late
		a, rows := c.run(t)
		if s := a.Storms()[0]; s.HerdIndex < 7.9 || s.HerdIndex > 8 {
			t.Errorf("%v late: herd index %.2f of %+v", late, s.HerdIndex, s.Herd)
		}
		r := NewRestored(c.layout())
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
		if got, want := r.Aggregate().Storms()[0].Herd, a.Storms()[0].Herd; got != want {
			t.Errorf("%v late: restored %+v, want %+v", late, got, want)
		}
		c = sameDelays()
		c.clients, c.down, c.late = 500, 20*time.Second, late
		if s := c.storm(t); s.HerdIndex > 2.5 {
			t.Errorf("full jitter, %v late: herd index %.2f of %+v", late, s.HerdIndex, s.Herd)
		}
	}
}

// What draws its delays is never more of a herd than what does not, and all in one second
// is the most there is.
func TestHerdIndexInOrder(t *testing.T) {
	for down := 5 * time.Second; down <= 60*time.Second; down += time.Second {
		for _, capacity := range []int{0, 120} {
			index := func(c crowd) Storm {
				c.clients, c.rest, c.down, c.capacity = 800, 90*time.Second, down, capacity
				return c.storm(t)
			}
			herd := index(nimWeb())
			spread := map[string]crowd{"same delays": sameDelays(), "full": jittered("full-jitter")}
			if (capacity == 0) == (down/time.Second%2 == 0) {
				spread["equal"], spread["decorrelated"] = jittered("equal-jitter"), jittered("decorrelated")
			}
			for name, c := range spread {
				if s := index(c); s.HerdIndex >= herd.HerdIndex || s.HerdIndex < 1 {
					t.Errorf("down for %v, %d logins/s: %s has %.2f, without jitter it is %.2f", down, capacity, name, s.HerdIndex, herd.HerdIndex)
				}
			}
			if herd.HerdIndex > float64(herd.HerdSeconds)+1e-9 {
				t.Errorf("down for %v: %.2f, above %d", down, herd.HerdIndex, herd.HerdSeconds)
			}
		}
	}
}

// A network that returns to all at once is the worst there is; the more it is spread, the
// less of a herd they are, down to none.
func TestHerdIndexOfAReturn(t *testing.T) {
	for _, down := range []Time{time.Second, 4 * time.Second, 8 * time.Second, 47500 * time.Millisecond} {
		most := 0.0
		for spread := Time(0); spread <= 100*time.Second; spread += 1700 * time.Millisecond {
			c := crowd{policy: "nim-ios", clients: 1000, down: down, parked: true, spread: spread, rest: spread + 20*time.Second,
				rounds: pairs(0, 2, 0, 4, 2, 6, 6, 8, 12, 16, 20, 32, 36, 64)}
			s := c.storm(t)
			if spread == 0 {
				if most = s.HerdIndex; most != float64(s.HerdSeconds) || most < 6 {
					t.Errorf("%v away, all at once: %.2f of at most %d", down, most, s.HerdSeconds)
				}
			}
			if s.HerdIndex > most {
				t.Errorf("%v away, spread over %v: %.2f, all at once %.2f", down, spread, s.HerdIndex, most)
			}
			if spread >= 80*time.Second && s.HerdIndex > 1.1 {
				t.Errorf("%v away, spread over %v: %.2f", down, spread, s.HerdIndex)
			}
		}
	}
}

// What theory says of a herd. Of clients whose delays are uniform in 0 to T, so that they
// are T/2 on average, a share of 2s/T - (s/T)^2 tries within s seconds of any instant: those
// of one second over the mean of a round of T seconds, in which all of them come, are
// 2 - 1/T; of delays uniform in T/2 to T, 4/3. While the gateway lets nobody in, both are
// even. The busiest of several seconds is a little above what each is on average.
func TestHerdIndexInTheory(t *testing.T) {
	even := func(T Time) func(*login.Policy) { return func(p *login.Policy) { p.Base, p.Cap = T, T } }
	fixed := func(T Time) func(*login.Policy) { return func(p *login.Policy) { p.Delays = []Time{T} } }
	all := func(jitter string, T float64, tune func(Time) func(*login.Policy)) crowd {
		return crowd{policy: jitter, tune: tune(Time(T * float64(time.Second))), clients: 2000, down: Time(12 * T * float64(time.Second)), rest: 60 * time.Second, rounds: pairs(0, T)}
	}
	for _, c := range []struct {
		crowd
		name      string
		low, high float64
	}{
		{all("full-jitter", 8, even), "full jitter, 8 s", 1.7, 2.1},
		{all("full-jitter", 16, even), "full jitter, 16 s", 1.8, 2.2},
		{all("full-jitter", 32, even), "full jitter, 32 s", 1.85, 2.3},
		{all("equal-jitter", 8, even), "equal jitter, 8 s", 1.25, 1.5},
		{all("equal-jitter", 16, even), "equal jitter, 16 s", 1.25, 1.6},
		{all("fixed", 5, fixed), "each 5 s", 5, 5},
		{all("fixed", 10, fixed), "each 10 s", 10, 10},
		{all("fixed", 25, fixed), "each 25 s", 25, 25},
	} {
		s := c.storm(t)
		if s.HerdIndex < c.low-1e-9 || s.HerdIndex > c.high+1e-9 {
			t.Errorf("%s: herd index %.3f, not in %g to %g", c.name, s.HerdIndex, c.low, c.high)
		}
		c.capacity = 1 // Nobody to speak of is let in.
		s = c.storm(t)
		low, high := 1., 1.3
		if c.policy == "fixed" {
			low, high = c.low, c.high
		}
		if s.HerdIndex < low-1e-9 || s.HerdIndex > high+1e-9 {
			t.Errorf("%s, refused: herd index %.3f, not in %g to %g", c.name, s.HerdIndex, low, high)
		}
	}
	each := all("fixed", 1, fixed)
	if s := each.storm(t); s.HerdIndex != 8 {
		t.Errorf("each second, all let in by the first: %g", s.HerdIndex)
	}
	each.capacity = 1
	if s := each.storm(t); math.Abs(s.HerdIndex-1) > 1e-2 {
		t.Errorf("each second, refused: %g", s.HerdIndex)
	}
}

// The attempts for each that came back are those of the known answers, and the one that
// succeeds: of clients that drop at 0 and are refused up to and including t. Spec 7.
func TestAmplificationInTheory(t *testing.T) {
	for policy, want := range map[string][4]float64{
		"nim-web": {2, 9, 39, 114}, "nim-ios": {2, 5, 9, 19}, "rongcloud": {6, 8, 12, 22}, "openim": {4, 10, 50, 147}, "phoenix": {10, 20, 68, 188},
		"slack-socket": {1, 4, 10, 18}, "full-jitter": {3.99, 6.63, 14.62, 34.62},
	} {
		for i, seconds := range []Time{10, 60, 300, 900} {
			c := crowd{policy: policy, clients: 2000, down: seconds*time.Second + time.Millisecond, rest: 200 * time.Second}
			s := c.storm(t)
			slack := 1e-9
			if policy == "full-jitter" {
				slack = 4 * math.Sqrt(want[i]/float64(c.clients)) // The counts vary less than Poisson's.
			}
			if s.Back != 2000 || math.Abs(s.Amplification-1-want[i]) > slack {
				t.Errorf("%s, %d s: %.3f for each of %d, want %.3f", policy, seconds, s.Amplification, s.Back, want[i]+1)
			}
		}
	}
}

// Those who try every second show no gap: nothing can be said of their waves.
func TestNoWavesToTell(t *testing.T) {
	c := crowd{policy: "fixed", tune: func(p *login.Policy) { p.Delays = []Time{time.Second} }, clients: 2000, down: 20 * time.Second, capacity: 200, rest: 60 * time.Second, rounds: pairs(0, 1)}
	s := c.storm(t)
	if got, want := s.WaveText(), "no waves to tell apart: whoever is away tries every 1 s on average"; s.WaveCount > 1 || got != want {
		t.Errorf("%d waves, %q, want %q", s.WaveCount, got, want)
	}
	c = sameDelays()
	c.down, c.capacity = 20*time.Second, 200
	s = c.storm(t)
	if got, want := s.WaveText(), "no second wave: the herd spreads out"; got != want {
		t.Errorf("%q, want %q; pace %g, %g of %d", got, want, s.pace, s.HerdIndex, s.HerdSeconds)
	}
}
