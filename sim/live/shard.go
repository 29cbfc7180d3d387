package live

import (
	"time"

	"loginstorm/sim/client"
	"loginstorm/sim/dial"
	"loginstorm/sim/dialect"
	"loginstorm/sim/link"
	"loginstorm/sim/login"
	"loginstorm/sim/record"
	"loginstorm/sim/wire"
)

// shard owns the clients whose numbers it lists. Its goroutine alone touches what is
// not said otherwise.
type shard struct {
	f       *Fleet
	index   int
	numbers []uint32 // By place.
	clients []client.Virtual
	links   []slot
	armed   []Time // The earliest entry of each client in dues; never = none.
	dues    dues

	arrivals []uint32 // Places, in the order of their arrivals.
	steps    []int32  // Indexes into plan.Steps.
	entries  entries
	way      way     // What is on its way over links that delay it.
	held     []start // Attempts that the cap holds back, in order.

	weather map[uint32]link.Weather // By place; most have none.
	errands map[uint32]*errand      // What clients ask over HTTP, by place.
	tokens  []token                 // By place; nil = nobody fetches any.
	told    []uint16                // Which of lists each client was told, from 1; nil = nobody asks.
	lists   lists
	faults  []link.Fault

	rec      *record.Recorder
	back     chan *record.Interval // Merged intervals come back here.
	second   Time                  // When the current second ends.
	cuts     int
	out      client.Out
	accounts *client.Accounts
	scratch  []byte
	login    wire.Credentials
	speaker  dialect.Speaker
	columns  []string // What the account of the speaker has beside name and token.
	decoded  dialect.Scratch

	inbox  inbox // Shared.
	events []event
	bytes  []byte
	clock  clock
	dialer *dial.Dialer
	web    *dial.Web // nil: nobody asks anything.
	stop   chan struct{}

	opened, ended, dropped uint64
	shortages              map[string]uint64
}

// slot is the newest link of a client.
type slot struct {
	conn  *dial.Conn // nil: there is none that matters.
	bends *bends     // nil: the link is left to the network.
}

// slice is how many events or deadlines are carried out before the shard looks
// at the other ones: a few hundred microseconds' worth.
const slice = 256

func (s *shard) now() Time { return s.f.now() }

// number returns the number of the client at a place.
func (s *shard) number(place uint32) uint32 { return s.numbers[place] }

// place is the reverse of number.
func (s *shard) place(number uint32) uint32 { return s.f.places.place[number] }

// mine reports whether this shard owns a client.
func (s *shard) mine(number uint32) bool { return int(s.f.places.shard[number]) == s.index }

// run carries out the shard's part of the plan until it is told to stop.
func (s *shard) run() {
	for {
		select {
		case <-s.stop:
			return
		default:
		}
		s.heed()
		until := s.timely()
		s.events, s.bytes = s.inbox.take(s.events, s.bytes, true)
		if len(s.events) > 0 {
			s.heard()
			continue
		}
		s.sleep(until)
	}
}

// heed carries out what the inbox holds now.
func (s *shard) heed() {
	s.events, s.bytes = s.inbox.take(s.events, s.bytes, false)
	s.heard()
}

func (s *shard) heard() {
	for i := range s.events {
		s.happened(&s.events[i])
		if i%slice == slice-1 {
			s.timely()
		}
	}
	clear(s.events) // Conns that ended must not be kept.
	s.events = s.events[:0]
}

// timely carries out what is due by the clock, and returns when something is
// due again. Arrivals come first, then steps, then what arrives over links that
// delay, then the clients' own deadlines: the order of the other driver. A second
// is cut before anything that is due at its end, which belongs to the next one. It
// stops after a slice, so that what arrived meanwhile has its turn.
func (s *shard) timely() Time {
	arrive, p := s.f.plan.Clients.Arrive, s.f.plan
	for range slice {
		now := s.now()
		next := never
		if len(s.arrivals) > 0 {
			next = arrive[s.number(s.arrivals[0])]
		}
		if len(s.steps) > 0 && p.Steps[s.steps[0]].At < next {
			next = p.Steps[s.steps[0]].At
		}
		if len(s.held) > 0 && s.held[0].at <= now {
			s.begins()
			continue
		}
		at := min(next, s.way.next(), s.dues.next(), s.second)
		if at > now {
			if len(s.held) > 0 {
				at = min(at, s.held[0].at)
			}
			return at
		}
		switch {
		case s.second == at:
			s.cut(now)
		case next == at && len(s.arrivals) > 0 && arrive[s.number(s.arrivals[0])] == at:
			place := s.arrivals[0]
			s.arrivals = s.arrivals[1:]
			s.arrive(now, place, at)
		case next == at:
			step := &p.Steps[s.steps[0]]
			s.steps = s.steps[1:]
			s.carryOut(now, step)
		case s.way.next() == at:
			s.arrived(now, s.way.pop())
		default:
			s.expire(now, s.dues.pop())
		}
	}
	return 0
}

// expire carries out a deadline, unless an earlier step moved it.
func (s *shard) expire(now Time, d due) {
	if s.armed[d.slot] != d.at {
		return
	}
	s.armed[d.slot] = never
	if at, ok := s.clients[d.slot].Deadline(); ok && at <= now {
		s.rec.Observe(record.TimerLateness, 0, login.Origin(0), now-at)
		s.tell(now, d.slot, client.Input{Kind: client.Tick})
		return
	}
	s.arm(d.slot)
}

// arm puts a client's deadline into the queue when it is earlier than what the
// queue holds; a later one is found when that is due.
func (s *shard) arm(place uint32) {
	if at, ok := s.clients[place].Deadline(); ok && at < s.armed[place] {
		s.armed[place] = at
		s.dues.push(due{at, place})
	}
}

// tell steps a client and carries out what it wants.
func (s *shard) tell(now Time, place uint32, in client.Input) {
	s.out.Reset()
	s.clients[place].Step(now, in, s.rec, &s.out)
	if s.out.Watched && len(s.out.Published) > 0 {
		s.f.publish(s.out.Published)
	}
	for i := range s.out.Effects {
		s.effect(now, place, &s.out.Effects[i])
	}
	s.arm(place)
}

// cut ends a second of the recorder; seconds that were missed are empty. The
// last second of a run is cut by its end.
func (s *shard) cut(now Time) {
	for s.second <= now {
		s.handOver(now)
		if s.second += time.Second; s.second >= s.f.plan.Duration {
			s.second = never
		}
	}
}

// handOver gives away what was recorded and takes back what was merged.
func (s *shard) handOver(now Time) {
	for {
		select {
		case iv := <-s.back:
			s.rec.Release(iv)
			continue
		default:
		}
		break
	}
	s.cuts++
	s.f.collect <- full{s.rec.Cut(now), s}
}

// arrive starts the process of a client that arrives by itself.
func (s *shard) arrive(now Time, place uint32, at Time) {
	s.tell(now, place, client.Input{Kind: client.Arrive, Due: at})
}
