// Package oracle checks what must always hold, whatever the timing: the six
// rules at the end of spec section 6.
//
// A Checker listens. Client takes what the clients publish, Event the calls and
// faults a driver gives them, Gateway what the gateway lets its observers know,
// Asked what the gateway was given. Each side can be checked alone: a run
// against a foreign gateway has the clients' side only, a target process the
// gateway's. Broken returns what was found.
//
// It costs a constant time an event and a few dozen bytes a client, a session
// and an open link. It does not act, it has no clock, and it shares no code
// with the rooms it watches: the policies are written down here a second time.
package oracle

import (
	"fmt"
	"time"

	"loginstorm/sim/gateway"
	"loginstorm/sim/login"
	"loginstorm/sim/wire"
)

// Time is an instant, as elapsed time since the run began. It never goes back.
type Time = time.Duration

// Rule is one of the six rules of spec section 6.
type Rule uint8

const (
	// TerminalStays: a client leaves a terminal status only as section 1 allows,
	// and its statuses follow one another as section 4 says.
	TerminalStays Rule = 1 + iota
	// ExcludedGoes: a 200 leaves no session that the policy excludes against it,
	// and nobody is pushed out without a login or a kick that may do so.
	ExcludedGoes
	// LastWins: of the logins answered 200, the one judged last holds the session.
	LastWins
	// OneEnd: every call gets one result, every link and every attempt one end.
	OneEnd
	// OneStatus: every client is counted in one status.
	OneStatus
	// Converges: who may come back does, or there is a reason.
	Converges
)

// Rules is how many rules there are; they are numbered from 1.
const Rules = 6

// String returns the rule in a few words.
func (r Rule) String() string {
	names := [...]string{"", "terminal statuses stay", "the excluded go, the others stay", "the last judged login wins",
		"one end for each call, attempt and link", "one status for each client", "who may come back does"}
	if int(r) < len(names) && r > 0 {
		return names[r]
	}
	return fmt.Sprintf("Rule(%d)", uint8(r))
}

// Config is what a Checker has to know beforehand. The zero value of a field
// leaves out what cannot be checked without it.
type Config struct {
	First      uint32            // The first client's number.
	Clients    uint32            // How many clients there are; 0 = the clients' side is not fed.
	Account    []uint32          // First account of each client, from First on; nil = not known. A Dial may name another.
	ClientType []wire.ClientType // Client type of each client, from First on; nil = not known.

	MultiDevice     gateway.MultiDevice // In force at first; commands given to Asked change it.
	ReconnectEvicts bool
	Inputs          bool // Asked is fed: kicks and links are checked against it.
	// Foreign: the gateway is somebody else's, whose policy is not known for sure and
	// whose kicks take their time: two sessions at once are overlap, not a broken rule.
	Foreign bool

	// Bound is the longest a client that may come back can take after the last
	// fault: longest delay + connect and login time-outs + the queue. Rule 6.
	Bound Time
	// LongestCall is the longest a call may take: manual.timeout, or the 8 s of
	// kickOutOtherOnlineClient. Rule 4.
	LongestCall Time
	// Silence is how long a dead link may go unnoticed; a client that has been
	// loggedIn for longer is believed to have a session. Rule 3.
	Silence Time
}

// MaxFindings is how many findings are kept; further ones are only counted. A
// broken machine breaks a rule with every client it has.
const MaxFindings = 64

// NoOne is the Client or Account of a finding that concerns none.
const NoOne = ^uint32(0)

// Finding is one broken rule.
type Finding struct {
	Rule    Rule     `json:"rule"`
	At      Time     `json:"at"`
	Client  uint32   `json:"client"`  // NoOne where the gateway's side found it.
	Account uint32   `json:"account"` // NoOne where it is not known.
	Says    string   `json:"says"`
	Last    []string `json:"last,omitempty"` // The last events of those involved, oldest first.
}

// String returns the finding in one line.
func (f Finding) String() string {
	who := ""
	if f.Client != NoOne {
		who += fmt.Sprintf(" client %d", f.Client)
	}
	if f.Account != NoOne {
		who += fmt.Sprintf(" account %d", f.Account)
	}
	return fmt.Sprintf("rule %d (%v) at %v%s: %s", f.Rule, f.Rule, f.At, who, f.Says)
}

// Checker follows one run. One goroutine owns it.
type Checker struct {
	cfg      Config
	broken   []Finding
	count    [Rules + 1]uint64
	trail    trail
	clients  []client
	online   []int32 // Head of each account's loggedIn clients + 1; 0 = none.
	calls    calls
	counts   [login.Statuses]uint32
	faulted  Time // The last instant at which a fault or a step was at work.
	policed  bool // The policy was changed while it ran.
	links    []door
	open     uint32
	hung     gateway.Link // The link whose end is being told; noLink = none.
	accounts []int32      // Head of each account's sessions; 0 = none.
	sessions []session
	free     int32
	live     uint32
	judged   uint64
	now      moment
}

// New returns a Checker of clients that are all unknown, and of a gateway
// without sessions.
func New(cfg Config) *Checker {
	c := &Checker{cfg: cfg, hung: noLink, clients: make([]client, cfg.Clients)}
	c.sessions = make([]session, 1, 1+cfg.Clients) // Index 0 means none.
	c.links = make([]door, 0, cfg.Clients)
	c.accounts = make([]int32, 0, cfg.Clients)
	c.online = make([]int32, 0, cfg.Clients)
	c.calls.nodes = make([]call, 1)
	c.counts[login.Unknown] = cfg.Clients
	c.trail.size = uint32(min(max(trailLeast, uint64(cfg.Clients)*trailEach), trailMost))
	for i := range c.clients {
		c.clients[i].resulted = -1
		c.clients[i].account = NoOne
		if i < len(cfg.Account) {
			c.clients[i].account = cfg.Account[i]
		}
	}
	return c
}

// Broken returns the findings in the order in which they were made.
func (c *Checker) Broken() []Finding { return c.broken }

// Count returns how often a rule was broken, those not kept included.
func (c *Checker) Count(r Rule) uint64 { return c.count[r] }

// OpenLinks and Sessions return how many links are open and how many sessions
// there are, as far as the gateway's side was fed. Spec section 6, rule 4.
func (c *Checker) OpenLinks() uint32 { return c.open }

// Found returns how many rules were broken so far, those not kept included.
func (c *Checker) Found() uint64 {
	var n uint64
	for _, k := range c.count {
		n += k
	}
	return n
}

// Sessions returns how many sessions there are.
func (c *Checker) Sessions() uint32 { return c.live }

// End closes the books: what is owed now was never paid.
func (c *Checker) End(at Time) {
	c.settle()
	c.now.at = at
	c.endClients(at)
}

func (c *Checker) find(r Rule, at Time, who, account uint32, format string, args ...any) {
	c.count[r]++
	if len(c.broken) >= MaxFindings {
		return
	}
	if account == NoOne && who != NoOne && who-c.cfg.First < uint32(len(c.clients)) {
		account = c.clients[who-c.cfg.First].account
	}
	c.broken = append(c.broken, Finding{Rule: r, At: at, Client: who, Account: account,
		Says: fmt.Sprintf(format, args...), Last: c.trail.of(who, account)})
}
