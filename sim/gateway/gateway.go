package gateway

import (
	"loginstorm/sim/chance"
	"loginstorm/sim/wire"
)

// MaxLink is the highest link number; links are indexed by it.
const MaxLink Link = 1<<26 - 1

// Gateway is the server. One goroutine owns it; see the package comment.
type Gateway struct {
	cfg     Config
	exclude exclusion
	now     Time
	out     []Output // The caller's, during Step alone.

	links     []link
	sessions  []session // Slot 0 is nobody's.
	unused    uint32    // First free session slot, chained by next.
	accounts  []account
	lasts     []lastDevice      // Slot 0 is nobody's.
	logins    uint64            // How many got 200.
	tokens    map[uint32]uint64 // Digests that were given instead of the static ones.
	rotations []uint32          // By account; empty until the first rotation.
	nodes     []node
	timers    timers
	limiter   limiter

	jobs    []job  // Slot 0 is nobody's.
	idle    uint32 // First free job slot, chained by next.
	first   uint32 // The queue of logins that wait for a worker.
	last    uint32
	waiting uint32
	busy    uint32
	auth    authNow
	service chance.Stream
	syncs   chance.Stream
	cold    cold
	outage  outage
	timeout Time   // The session timeout in force.
	paces   []Time // Of links at rest.
	bucket  bucket

	part       int     // How many outputs a part of a restart has; 0 = it is done in one.
	restarts   Command // While restarting: what is done in parts.
	restarting bool
	swept      int // The next link that it looks at.
	given      int // Outputs that the caller had before the part.

	evicted []uint32            // Scratch of one judgement.
	dirty   []uint32            // Accounts whose set of devices changed.
	clients []wire.OnlineClient // Lists handed out by the current Step.
	stats   counters
}

// authNow is the cost of logins in force: what was configured, by thousandths.
type authNow struct {
	workers uint32 // 0 = no limit.
	service uint32 // Thousandths.
	check   uint32
}

// cold is how much longer than configured data sync takes.
type cold struct {
	by    uint32 // Thousandths.
	check uint32
}

// outage answers every login that a worker has finished with by code while code
// is not 0.
type outage struct {
	code  wire.Code
	hint  Time
	check uint32
}

// New returns a gateway at Time 0 with no links, or what is wrong with cfg.
func New(cfg Config) (*Gateway, error) {
	cfg = cfg.Normal()
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	g := &Gateway{
		cfg:      cfg,
		exclude:  exclusionOf(&cfg.MultiDevice),
		sessions: make([]session, 1),
		accounts: make([]account, cfg.Accounts),
		lasts:    make([]lastDevice, 1),
		tokens:   map[uint32]uint64{},
		nodes:    make([]node, cfg.Nodes),
		limiter:  newLimiter(cfg.RateLimit),
		jobs:     make([]job, 1),
		auth:     authNow{workers: cfg.Auth.Workers, service: 1000},
		service:  chance.Stream{Seed: cfg.Seed, Purpose: chance.Service},
		syncs:    chance.Stream{Seed: cfg.Seed, Purpose: chance.SyncTime},
		cold:     cold{by: 1000},
		timeout:  cfg.SessionTimeout,
	}
	return g, nil
}

// Step tells the gateway what happened at now and appends to out what it does,
// in order.
//
//   - Time never goes back; an earlier now counts as the last one.
//   - Deadlines up to and including now are carried out first, each at its own
//     instant: a frame that arrives at the very end of a session timeout is late.
//   - An input that names a link, node, job or account that is not there, or not
//     in a state where the input makes sense, changes nothing.
//   - in.Login and in.Command are read during Step and not kept; lists in
//     messages are valid until the next Step.
func (g *Gateway) Step(now Time, in Input, out []Output) []Output {
	for g.restarting {
		out = g.More(out)
	}
	g.out, g.given = out, len(out)
	g.clients = g.clients[:0]
	now = max(now, g.now)
	for t, ok := g.timers.due(now); ok; t, ok = g.timers.due(now) {
		g.now = max(g.now, t.at)
		g.due(&t)
		g.tellLists()
	}
	g.now = now
	g.take(&in)
	return g.done()
}

// done hands over what a Step brought forth. The lists go out behind all of it.
func (g *Gateway) done() []Output {
	if !g.restarting {
		g.tellLists()
	}
	out := g.out
	g.out = nil
	return out
}

// Deadline is the instant at which a Tick is due if nothing else comes before.
// It may be early: a link that was heard since is looked at and left alone.
func (g *Gateway) Deadline() (at Time, ok bool) {
	return g.timers.first()
}

func (g *Gateway) take(in *Input) {
	switch in.Kind {
	case Opened:
		g.opened(in)
	case LoginAsked:
		g.loginAsked(in)
	case LogoutAsked:
		if l := g.hear(in.Link); l != nil && l.session != 0 {
			g.endSession(l.session, LoggedOut)
		}
	case Pinged:
		if g.hear(in.Link) != nil {
			g.send(in.Link, wire.Message{Kind: wire.Pong, Serial: in.Serial})
		}
	case KickOtherAsked:
		g.kickOther(in)
	case Garbage:
		if g.hear(in.Link) != nil {
			g.closeLink(in.Link, wire.CloseProtocol, LinkGone)
		}
	case Closed:
		if g.hear(in.Link) != nil {
			g.freeLink(in.Link, LinkGone)
		}
	case Worked:
		g.worked(in.Job)
	case AppAnswered:
		g.appAnswered(in.Job, in.Code)
	case Commanded:
		if in.Command != nil {
			g.command(in.Command)
		}
	}
}

func (g *Gateway) due(t *timer) {
	switch t.kind() {
	case dueTimeout:
		g.timeoutDue(Link(t.target), t.check)
	case dueSync:
		g.syncDue(t.target, t.check)
	case dueOrphan:
		g.orphanDue(t.target, t.check)
	case dueUp:
		g.upDue(uint8(t.target), t.check)
	case dueDrain:
		g.drainDue(uint8(t.target), t.check)
	case dueAuth:
		if t.check == g.auth.check {
			g.setAuth(0, 0)
		}
	case dueSyncTime:
		if t.check == g.cold.check {
			g.cold.by = 1000
		}
	case dueOutage:
		if t.check == g.outage.check {
			g.outage.code = 0
		}
	case dueStall:
		g.stallDue(uint8(t.target), t.check)
	}
}

// emit appends an empty output of a kind for the caller to fill in.
func (g *Gateway) emit(kind OutputKind) *Output {
	g.out = append(g.out, Output{Kind: kind})
	return &g.out[len(g.out)-1]
}

func (g *Gateway) send(id Link, m wire.Message) {
	o := g.emit(Send)
	o.Link, o.Message = id, m
}
