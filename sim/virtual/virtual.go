// Package virtual is the driver of a plan in virtual time: the same clients, the
// same gateway and the same links as in a live run, with an event queue instead
// of a clock and sockets. What it predicts, a live run measures.
//
// Most callers use New and Simulator.Run:
//
//	plan.Steps, arrivals --+
//	                       v
//	        queue -> client.Virtual <-> link.Link <-> gateway.Gateway
//	                       |                              |
//	                 record.Recorder               oracle.Checker
//
// and beside the gateway backend.Server: the app's own, and the address server.
//
// It is one goroutine and one loop, and it is deterministic: the same plan gives
// the same events in the same order, byte for byte. Events of one instant happen
// in this order: the end of a second, arrivals by client number, steps of the
// timeline as the plan lists them, deadlines that clients set a heartbeat's span before,
// then whatever was queued, first come first served. No map is walked and no rounded
// number decides an order.
//
// Every client has an IP address of its own. Opening a link takes two round
// trips, the TCP handshake and the upgrade, each hop with a delay drawn from the
// link. Servers beside the gateway are asked over HTTP, on a connection of its own:
// a request and its answer take one latency each, the service what backend.Server
// says. Names and TLS take no time, frames are counted and bytes are not, and a
// generator's own lateness does not exist. A gateway's sends to a client that reads
// nothing meet its write deadline from the first one on: there are no socket
// buffers. The run ends where its plan does, or at the first broken rule if that is
// wanted: links that are open then are counted, nobody logs out.
package virtual

import (
	"context"
	"fmt"
	"time"

	"loginstorm/sim/backend"
	"loginstorm/sim/client"
	"loginstorm/sim/gateway"
	"loginstorm/sim/link"
	"loginstorm/sim/login"
	"loginstorm/sim/oracle"
	"loginstorm/sim/plan"
	"loginstorm/sim/record"
	"loginstorm/sim/wire"
)

// Time is an instant, as elapsed time since the run began.
type Time = time.Duration

// never is an instant that does not come.
const never Time = 1<<63 - 1

// Config is what a simulation is made of. Only Plan must be given.
type Config struct {
	Plan *plan.Plan
	// Check connects the oracles: Result.Broken and Result.Convergence. It costs
	// about a fifth of the speed.
	Check bool
	// StopOnBroken, with Check, ends the run when the first broken rule is found.
	StopOnBroken bool
	// Sink takes what was recorded in each virtual second. The interval is taken
	// back when Sink returns.
	Sink func(*record.Interval)
	// Watch hears what the clients do, step by step; the slice is taken back when
	// Watch returns.
	Watch func([]client.Published)
	// WatchGateway hears what the gateway does, output by output.
	WatchGateway func(Time, *gateway.Output)
	// Progress hears how far the simulation is, once a virtual second.
	Progress func(Progress)
	// Plain has every hop of every heartbeat carried out as an event of its own, by the
	// client, its link and the gateway. The run is the same, Result.Events apart: without it
	// a heartbeat that is answered within its instant is one event instead of three, and a
	// client that does nothing else is not touched by it until something happens to it.
	Plain bool
}

// Progress is how far a simulation is.
type Progress struct {
	At     Time
	Events uint64
	Queue  int // Events that wait.
	Links  int // Links of which at least one end is open.
	// Statuses counts the clients. Spec 6, rule 5.
	Statuses [login.Statuses]uint32
}

// Result is what a simulation came to, beside what the recorder holds.
type Result struct {
	End       Time   // The plan's duration, or less when it was stopped.
	Events    uint64 // How many events were carried out; see Config.Plain.
	Digest    uint64 // Of all events in order: equal digests, equal runs.
	Links     uint32 // Links that the gateway held at the end. Spec 6, rule 4.
	Sessions  uint32 // Sessions that the gateway held at the end.
	PeakQueue int    // The most events that waited.
	Statuses  [login.Statuses]uint32
	Gateway   gateway.Stats

	OnBroken bool // The run ended early because a rule was broken: Config.StopOnBroken.

	Broken      []oracle.Finding   // With Config.Check: the rules that were broken,
	Breaches    uint64             // how often, those not listed included,
	Convergence oracle.Convergence // and who came back.
}

// Simulator carries out one plan once. One goroutine owns it.
type Simulator struct {
	cfg      Config
	plan     *plan.Plan
	rec      *record.Recorder
	check    *oracle.Checker
	specs    []client.Spec
	clients  []client.Virtual
	timers   []Time   // The instant of each client's latest clientDue; never = none waits.
	conns    []uint32 // Each client's newest link, as its place in links + 1; 0 = none.
	byStatus [login.Statuses]uint32

	gw      *gateway.Gateway
	gwTimer Time
	renewed bool // The gateway carried a deadline out, and its next one is not queued yet.
	nodes   []node
	links   []conn
	spare   []uint32 // Places in links that are free.
	inUse   int

	weather map[uint32]link.Weather // Of clients whose network is not as usual.
	servers [backend.Kinds]*backend.Server
	errands errands
	tokens  []token   // That each client holds; nil = nobody asks for any.
	lists   [][]uint8 // Nodes that the address server named, as that changed.
	told    []uint32  // The list that each client was told; nil = nobody is told.

	accounts *client.Accounts
	tamper   Tamper
	plain    bool // Heartbeats are carried out hop by hop.
	lanes    lanes
	paces    []int8  // The rhythm of each population, -1 without lanes for it.
	rests    []uint8 // By client: how often it came to rest or was roused; odd = it rests since its timer.
	pulsed   uint32  // The client that beat last while it rested,
	pulsedAt Time    // and when.
	rested   uint64  // Turns of clients that rested.

	queue    queue
	packets  packets
	arrivals []uint32 // Clients in the order of their arrivals.
	step     int      // The next of plan.Steps.
	what     source   // Of what is being carried out.
	entries  entries

	out     client.Out
	message wire.Message
	request gateway.Request
	gwOut   []gateway.Output
	faults  []link.Fault
	now     Time
	still   uint64 // Events since now last moved.
	events  uint64
	digest  uint64
	peak    int
	warmed  uint64 // What warm read, so that it has to.
}

// partOutputs is how many outputs of a gateway that restarts are carried out at once: as
// many as a processor keeps at hand.
const partOutputs = 1 << 12

// New returns a simulation of a plan that is ready to run.
func New(cfg Config) (*Simulator, error) {
	p := cfg.Plan
	gw, err := gateway.New(p.Gateway)
	if err != nil {
		return nil, fmt.Errorf("simulate %s: %w", p.Name, err)
	}
	n := len(p.Clients.Account)
	s := &Simulator{
		cfg: cfg, plan: p, gw: gw, gwTimer: never,
		rec:     record.NewRecorder(p.Layout(), 0),
		clients: make([]client.Virtual, n),
		timers:  make([]Time, n),
		conns:   make([]uint32, n),
		nodes:   make([]node, max(1, int(p.Gateway.Nodes))),
		weather: map[uint32]link.Weather{},
		queue:   queue{last: int(p.Duration>>turnBits) + 1},
		digest:  0xcbf29ce484222325,
	}
	// Nearly everybody is connected at a time, and some links are on their way out.
	s.links, s.spare = make([]conn, 0, n+n/64+1), make([]uint32, 0, n+n/64+1)
	gw.Expect(uint32(cap(s.links)))
	gw.InParts(partOutputs)
	if err := s.beside(); err != nil {
		return nil, fmt.Errorf("simulate %s: %w", p.Name, err)
	}
	s.plain = cfg.Plain || cfg.Watch != nil || cfg.WatchGateway != nil
	s.out.Watched = cfg.Watch != nil || cfg.Check
	if cfg.Check {
		s.check = oracle.New(Rules(p))
	}
	s.populate()
	s.rhythms()
	s.arrivals = arrivals(&p.Clients)
	s.entries = entriesOf(p)
	return s, nil
}

// Run carries the plan out to its end, or until ctx is done; what was computed
// until then counts, and the error is nil. It is called once.
//
// An error says that virtual time cannot go on: clients that try again at once,
// over links without latency, never let an instant end.
func (s *Simulator) Run(ctx context.Context) (Result, error) {
	var err error
	for second := Time(time.Second); ; second += time.Second {
		until := min(second, s.plan.Duration)
		if err = s.until(ctx, until); err != nil || ctx.Err() != nil || s.broken() {
			break
		}
		s.now = until
		if until == s.plan.Duration {
			break
		}
		if s.cut(); s.broken() {
			break
		}
	}
	s.close()
	s.cut()
	return s.result(), err
}

// result sums up.
func (s *Simulator) result() Result {
	r := Result{End: s.now, OnBroken: s.broken(), Events: s.events, Digest: s.digest, PeakQueue: s.peak, Statuses: s.byStatus, Gateway: s.gw.Stats()}
	r.Links, r.Sessions = r.Gateway.Links, r.Gateway.Sessions
	if s.check != nil {
		s.check.Counted(s.now, &s.byStatus)
		s.check.End(s.now)
		r.Broken, r.Convergence = s.check.Broken(), s.check.Converged(s.now)
		r.Convergence.Since = min(r.Convergence.Since, s.now) // The run may end while a fault lasts.
		for rule := oracle.Rule(1); rule <= oracle.Rules; rule++ {
			r.Breaches += s.check.Count(rule)
		}
	}
	return r
}

// close has those who follow clients close their books, before the last second
// is cut.
func (s *Simulator) close() {
	if s.accounts != nil {
		s.accounts.End(s.now, s.rec)
	}
	for who := range s.clients {
		s.clients[who].End(s.now, s.rec)
	}
}

// cut ends a second of the recorder.
func (s *Simulator) cut() {
	iv := s.rec.Cut(s.now)
	if s.cfg.Sink != nil {
		s.cfg.Sink(iv)
	}
	s.rec.Release(iv)
	if s.check != nil {
		s.check.Counted(s.now, &s.byStatus)
	}
	if s.cfg.Progress != nil {
		s.cfg.Progress(Progress{At: s.now, Events: s.events, Queue: s.waiting(), Links: s.inUse, Statuses: s.byStatus})
	}
}
