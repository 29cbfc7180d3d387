package backend

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"loginstorm/sim/chance"
)

// drill is what happens to a server, in the order of instants.
type drill struct {
	cfg   Config
	kind  Kind
	seed  uint64
	asks  []Time
	turns map[int]Change // Before the n-th request, at its instant.
}

type answer struct {
	at Time
	ok bool
}

// ask lets the server answer. It carries a change out only when nobody waits, as
// follow does; wait says whether somebody does.
func (d *drill) ask(t *testing.T, idle map[int]bool) []answer {
	t.Helper()
	s, err := New(d.cfg, d.kind, d.seed)
	if err != nil {
		t.Fatal(err)
	}
	var all []answer
	for n, now := range d.asks {
		if c, ok := d.turns[n]; ok && idle[n] {
			s.Change(c)
		}
		at, ok := s.Ask(now)
		all = append(all, answer{at, ok})
		if at < now {
			t.Fatalf("request %d: asked at %v, answered at %v", n, now, at)
		}
		if s.begins.size() > int(d.cfg.Queue) {
			t.Fatalf("request %d: %d wait, %d may", n, s.begins.size(), d.cfg.Queue)
		}
	}
	return all
}

// follow is the second oracle: it walks from event to event, with a queue of
// numbers and a list of what each busy worker still has to do. It shares nothing
// with the server but the draws.
type follow struct {
	*drill
	change  Change
	now     Time
	queue   []int
	working map[int]Time // Finishing instants by request.
	answers []answer
	idle    map[int]bool // Nobody waited when request n came.
}

func (d *drill) follow() ([]answer, map[int]bool) {
	f := &follow{drill: d, working: map[int]Time{}, answers: make([]answer, len(d.asks)), idle: map[int]bool{}}
	for n, now := range d.asks {
		f.advance(now)
		if f.idle[n] = len(f.queue) == 0; f.idle[n] {
			if c, ok := d.turns[n]; ok {
				f.change = c
				f.expire()
			}
		}
		switch {
		case len(f.queue) == 0 && len(f.working) < f.workers():
			f.serve(n)
		case len(f.queue) < int(d.cfg.Queue):
			f.queue = append(f.queue, n)
		default:
			f.answers[n] = answer{now, false}
		}
	}
	f.advance(1 << 62)
	return f.answers, f.idle
}

// advance carries out what is due up to an instant: workers that finish, changes
// that end, and requests that begin because of it.
func (f *follow) advance(until Time) {
	for {
		next := until + 1
		for _, at := range f.working {
			next = min(next, at)
		}
		if f.change.Until > 0 {
			next = min(next, f.change.Until)
		}
		if next > until {
			break
		}
		f.now = max(f.now, next)
		for n, at := range f.working {
			if at <= f.now {
				delete(f.working, n)
			}
		}
		f.expire()
		for len(f.queue) > 0 && len(f.working) < f.workers() {
			n := f.queue[0]
			f.queue = f.queue[1:]
			f.serve(n)
		}
	}
	f.now = until
}

func (f *follow) expire() {
	if f.change.Until > 0 && f.now >= f.change.Until {
		f.change = Change{}
	}
}

func (f *follow) workers() int {
	if f.cfg.Workers == 0 {
		return 1 << 30
	}
	if f.change.Workers == 0 {
		return int(f.cfg.Workers)
	}
	return max(1, int(f.cfg.Workers)*int(f.change.Workers)/1000)
}

func (f *follow) serve(n int) {
	span := f.cfg.ServiceTime.Sample(chance.Draw(f.seed, chance.Backend, uint32(f.kind), uint32(2*n)))
	if f.change.ServiceTime != 0 {
		span = span * Time(f.change.ServiceTime) / 1000
	}
	ok := !chance.Hit(chance.Draw(f.seed, chance.Backend, uint32(f.kind), uint32(2*n+1)), f.change.Fails)
	f.working[n] = f.now + span
	f.answers[n] = answer{f.now + span, ok}
}

// random is a drill in which instants coincide often and queues fill.
func random(seed uint64, n int) *drill {
	rnd := rand.New(rand.NewPCG(seed, 3))
	d := &drill{kind: Kind(rnd.IntN(Kinds)), seed: seed, turns: map[int]Change{}, cfg: Config{
		Workers: uint32(rnd.IntN(6)), Queue: uint32(rnd.IntN(8)),
		ServiceTime: chance.Dist{Shape: chance.Shape(rnd.IntN(int(chance.Lognormal) + 1)), A: 20, B: 60}}}
	if rnd.IntN(3) == 0 {
		d.cfg.Queue = 1 << 20
	}
	var now Time
	for i := range n {
		now += Time(rnd.IntN(15))
		if rnd.IntN(20) == 0 {
			now += Time(rnd.IntN(200))
		}
		d.asks = append(d.asks, now)
		if rnd.IntN(12) == 0 {
			c := Change{Workers: uint32(rnd.IntN(3000)), ServiceTime: uint32(rnd.IntN(4000)), Fails: uint32(rnd.IntN(300_000))}
			if rnd.IntN(3) > 0 {
				c.Until = now + Time(rnd.IntN(100))
			}
			d.turns[i] = c
		}
	}
	return d
}

// TestItIsAQueueBeforeWorkers holds every answer beside a walk from event to event,
// over changes of workers, service time and failures, announced ends, and full
// queues.
func TestItIsAQueueBeforeWorkers(t *testing.T) {
	var shed, failed, waited, turned int
	for seed := range uint64(400) {
		d := random(seed, 300)
		want, idle := d.follow()
		got := d.ask(t, idle)
		if !slices.Equal(got, want) {
			for n := range want {
				if got[n] != want[n] {
					t.Fatalf("seed %d: request %d at %v: got %v, want %v", seed, n, d.asks[n], got[n], want[n])
				}
			}
		}
		for n := range got {
			switch {
			case !got[n].ok && got[n].at == d.asks[n]:
				shed++
			case !got[n].ok:
				failed++
			}
			if !idle[n] {
				waited++
			} else if _, ok := d.turns[n]; ok {
				turned++
			}
		}
	}
	// The drill is worth something only if all of it happens.
	if shed < 1000 || failed < 500 || waited < 5000 || turned < 2000 {
		t.Errorf("too little happens: %d shed, %d failed, %d came to a queue, %d changes", shed, failed, waited, turned)
	}
}

// TestTheWalkCatchesPlantedFaults spoils what is asked and demands that the second
// oracle sees it.
func TestTheWalkCatchesPlantedFaults(t *testing.T) {
	for name, spoil := range map[string]func(d *drill){
		"a worker too many":       func(d *drill) { d.cfg.Workers++ },
		"a place too many":        func(d *drill) { d.cfg.Queue++ },
		"a change that is not":    func(d *drill) { clear(d.turns) },
		"an end that is not":      func(d *drill) { forever(d.turns) },
		"another server's draws":  func(d *drill) { d.kind = 1 - d.kind },
		"a request that is early": func(d *drill) { d.asks[20] = d.asks[19] },
	} {
		caught := false
		for seed := uint64(0); seed < 40 && !caught; seed++ {
			d := random(seed, 300)
			want, idle := d.follow()
			spoil(d)
			caught = !slices.Equal(d.ask(t, idle), want)
		}
		if !caught {
			t.Errorf("%s: nobody noticed", name)
		}
	}
}

func forever(turns map[int]Change) {
	for n, c := range turns {
		c.Until = 0
		turns[n] = c
	}
}

// FuzzServer asks and changes by bytes, whether somebody waits or not. Promises are
// in order as long as nothing changes unannounced, no more are at work at once than
// there ever were workers, and no more wait than may.
func FuzzServer(f *testing.F) {
	f.Add(uint64(1), uint32(2), uint32(3), []byte("asks and changes"))
	f.Add(uint64(9), uint32(1), uint32(0), []byte{0, 255, 1, 2, 250, 3, 3, 3, 0, 0, 0, 251, 9, 0, 0})
	f.Fuzz(func(t *testing.T, seed uint64, workers, queue uint32, data []byte) {
		cfg := Config{Workers: workers % 5, Queue: queue % 10, ServiceTime: chance.Dist{Shape: chance.Exponential, A: 30}}
		s, err := New(cfg, App, seed)
		if err != nil {
			t.Fatal(err)
		}
		var now Time
		most := int(cfg.Workers)
		for len(data) > 0 {
			b := data[0]
			data = data[1:]
			if b >= 250 && len(data) >= 3 {
				c := Change{Workers: uint32(data[0]) * 20, ServiceTime: uint32(data[1]) << (b - 250) * 100, Fails: uint32(data[2]) * 5000}
				if b%2 == 0 {
					c.Until = now + Time(data[2])
				}
				s.Change(c)
				most = max(most, s.workers(now))
				data = data[3:]
				continue
			}
			now += Time(b % 32)
			at, _ := s.Ask(now)
			if at < now || s.begins.size() > int(cfg.Queue) {
				t.Fatalf("asked at %v, answered at %v, %d wait", now, at, s.begins.size())
			}
			if s.busy.size() > most || !ascending(&s.busy) || !ascending(&s.begins) {
				t.Fatalf("busy %v of %d, begins %v", s.busy, most, s.begins)
			}
		}
	})
}

func ascending(l *instants) bool { return slices.IsSorted(l.all[l.head:]) }

// TestPromisesAreKept: what nobody announced leaves those alone that wait, and
// those who come later take what there is now.
func TestPromisesAreKept(t *testing.T) {
	s, err := New(Config{Workers: 1, Queue: 3, ServiceTime: chance.Dist{A: 10 * time.Second}}, Address, 1)
	if err != nil {
		t.Fatal(err)
	}
	expect := func(now, at Time, ok bool) {
		t.Helper()
		if gotAt, gotOK := s.Ask(now * time.Second); gotAt != at*time.Second || gotOK != ok {
			t.Errorf("asked at %d s: got %v, %v, want %d s, %v", now, gotAt, gotOK, at, ok)
		}
	}
	expect(0, 10, true)
	expect(1, 20, true)
	expect(2, 30, true)
	// Two more workers arrive: newcomers find them idle, and they are two.
	s.Change(Change{Workers: 3000})
	expect(3, 13, true)
	expect(3, 13, true)
	// All three are busy. The first one has two promises to keep after its own.
	expect(4, 23, true)
	// The queue is full: those of 20, 30 and 23 wait.
	expect(5, 5, false)
	expect(11, 23, true)
	// One is left, and what was promised needs all three.
	s.Change(Change{})
	expect(14, 40, true)
	expect(19, 50, true)
	expect(19, 19, false)
	if got, want := s.Stats(), (Stats{Asked: 11, Shed: 2, PeakQueue: 3}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

// TestABrownOutEndsForThoseWhoWait: an announced end is part of the promise.
func TestABrownOutEndsForThoseWhoWait(t *testing.T) {
	s, err := New(Config{Workers: 4, Queue: 100, ServiceTime: chance.Dist{A: time.Second}}, App, 1)
	if err != nil {
		t.Fatal(err)
	}
	s.Change(Change{Workers: 1, ServiceTime: 5000, Until: 8 * time.Second})
	// The first begins at 0 and the second at 5 s, as slow as that; at 8 s there are
	// three idle workers, and one more at 10 s, and all are quick again.
	for n, want := range []Time{5, 10, 9, 9, 9, 10, 10, 10, 11} {
		if at, ok := s.Ask(0); at != want*time.Second || !ok {
			t.Errorf("request %d: got %v, %v, want %d s", n, at, ok, want)
		}
	}
}
