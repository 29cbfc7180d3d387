// Package plan is everything decided before a run: a scenario and a seed become
// arrivals, accounts, devices, a timeline, and the configuration of every other
// room.
//
// Most callers use Compile, which makes all checks of meaning and reports all
// faults at once with their places in the file, and Plan.Print. The same
// scenario and seed give the same plan, byte for byte; Plan.Digest proves it.
//
//	populations        clients are numbered population by population
//	  phones  0 ... 5999      account a, device d -> client
//	  desks   6000 ... 6999
//	timeline           steps in order of (at, entry), then as their entry names them
//
// A population whose devices differ in platform becomes one population a
// platform, named like phones.android; a timeline entry may name the whole or a
// part. Members of a share are exactly round(share x whole) many, chosen by a
// draw that belongs to the entry's name: other entries do not shift it.
//
// An entry that is repeated becomes one entry a repetition, each with draws of its own
// (name, name-2, name-3 ...); what is taken back is a step of its own, at once for all
// or over a spread of its own. testdata/steps shows what each verb becomes.
//
// It does no I/O and reads no clock: files and secrets that a scenario names are
// read by the caller and handed over in Options.
package plan

import (
	"time"

	"loginstorm/sim/backend"
	"loginstorm/sim/dialect"
	"loginstorm/sim/gateway"
	"loginstorm/sim/link"
	"loginstorm/sim/login"
	"loginstorm/sim/record"
	"loginstorm/sim/wire"
)

// Time is an instant, as elapsed time since the run began.
type Time = time.Duration

// Plan is everything decided before a run. It is read by all, changed by none.
type Plan struct {
	Name     string
	Question string // The scenario's opening comment, or its description.
	Seed     uint64
	Duration Time // The run ends here, or sooner when the plan says so.

	Populations []Population
	Clients     Clients
	Steps       []Step  // What happens at which instant to whom, in order.
	Entries     []Entry // The named timeline entries that Steps refer to.
	Accounts    Accounts

	Target     Target
	Gateway    gateway.Config
	App        *App            // The app's own server; nil = there is none.
	Address    *backend.Config // The address server; nil = there is none.
	Network    link.Config
	Inject     bool // In run: put Network's latency on the real links.
	Thresholds []record.Threshold
	Watches    []Watch       // Thresholds that end the run early.
	Metrics    []Metric      // The target's own series; none in virtual time.
	Stops      []record.Stop // Conditions that end the run early.
	Gate       []GateMetric  // What runs are compared by; nil = the default.
	Warnings   []string      // What is legal and yet probably not meant.
}

// Population is clients of one kind.
type Population struct {
	Name       string
	First      uint32 // Its clients are numbered First to First+Count-1.
	Count      uint32
	ClientType wire.ClientType
	CustomType int32
	Version    uint32
	AuthType   wire.AuthType
	Force      bool
	Tag        string
	Login      wire.Origin // Auto or Manual: how its clients log in first.
	Profile    *login.Profile
	Habits     *login.Habits
	Fetch      Fetch // Where its clients get the token of a login from.
	// Stride is between two accounts of one person: account + k x Stride, for k
	// below Accounts. 0 = everybody has one.
	Stride   uint32
	Accounts uint32
}

// Fetch is when a client asks the app's server for its token. Spec section 8.
type Fetch uint8

const (
	FetchNever Fetch = iota // It has the token.
	FetchFirst              // Once; then it is stored.
	FetchEvery              // On every login, as SDKs do with dynamic tokens.
)

// App is the app's own server.
type App struct {
	Server backend.Config
	TTL    Time // How long a dynamic token is good for.
	Skew   Time // How far the app's clock is ahead of the gateway's; may be negative.
	// Question is how it is asked for a token; nil = as the target's own is.
	Question *Question `json:",omitempty"`
}

// Clients holds a column an attribute; the index is the client's number.
type Clients struct {
	Population []uint16
	Account    []uint32
	Device     []uint64
	Arrive     []Time // Never = not by itself.
	// Database marks those whose local database does not open (1000); nil = none.
	Database []bool
}

// Never is the arrival of a client that only a step wakes.
const Never Time = 1<<63 - 1

// Watch ends the run as soon as a threshold is crossed.
type Watch struct {
	Threshold int  // Index into Plan.Thresholds.
	Grace     Time // Not before this instant.
}

// StepKind is what a step does.
type StepKind uint8

const (
	// Arrive: the client's process starts; it logs in by its population's way.
	// Arrivals are not in Plan.Steps: they are Clients.Arrive.
	Arrive StepKind = iota
	// CallLogin, CallLogout, CallKickOther: the app of Client calls. CallKickOther
	// names Device, or with Device 0 the first entry of the client's own list.
	CallLogin
	CallLogout
	CallKickOther
	// Fault: Fault happens to the link of Client.
	Fault
	// NetworkLost, NetworkBack: the physical network of Client.
	NetworkLost
	NetworkBack
	// Kill and Start: the process of Client.
	Kill
	Start
	// Control: Command goes to the gateway. Client is unused.
	Control
	// Mark: the entry begins or ends; nothing is done. Client is unused.
	Mark
	// AutoLogin: the process of Client starts with given credentials although its
	// population logs in by hand (a race of mixed origins).
	AutoLogin
	// Weather: Fault changes what the network of Client is like, its link and those
	// it opens later: Slowed, Delayed, Lossy, Unreachable, Nameless, Healed.
	Weather
	// DatabaseFails, DatabaseWorks: the local database of Client.
	DatabaseFails
	DatabaseWorks
	// Outside: the entry's Hook is carried out, and taken back after Lasts. Client is
	// unused.
	Outside
)

// Personal reports whether a step is about one client.
func (k StepKind) Personal() bool { return k != Control && k != Mark && k != Outside }

// Hits reports whether steps of a kind are what an entry does to a client, and not how
// that ends: a client that gets its network back was counted when it lost it. Of a
// Fault and a Weather only the step itself can tell: see Step.Hits.
func (k StepKind) Hits() bool {
	return k.Personal() && k != NetworkBack && k != Start && k != DatabaseWorks
}

// Hits reports whether a step is what its entry does to a client, and not how that
// ends: a Fault that is Thawed or Healed, and a Weather without a value, take back
// what an earlier step of the entry did.
func (s *Step) Hits() bool {
	f := &s.Fault
	switch {
	case !s.Kind.Hits():
		return false
	case s.Kind == Fault:
		return f.Kind != link.Thawed && f.Kind != link.Healed
	case s.Kind == Weather:
		return f.Kind != link.Healed && (f.Loss > 0 || f.Bandwidth > 0 || f.Delay > 0)
	}
	return true
}

// Strikes reports whether a step may make its client drop, so that somebody has to
// recover from it: a call is nothing of the kind.
func (s *Step) Strikes() bool {
	switch s.Kind {
	case Fault, NetworkLost, Kill, Weather, DatabaseFails:
		return s.Hits()
	}
	return false
}

// Takes reports whether a step is a command by which nodes lose their links: whoever is
// loggedIn there at its instant is a victim of its entry, and whoever logs in while it
// lasts.
func (p *Plan) Takes(s *Step) bool {
	if s.Kind != Control || int(s.Entry) >= len(p.Entries) {
		return false
	}
	e := &p.Entries[s.Entry]
	switch s.Command.Kind {
	case gateway.Restart, gateway.Drain:
		return e.Drops && e.Wide
	case gateway.SetSessionTimeout:
		return e.Drops && e.Wide && s.At == e.At // The second one takes it back.
	}
	return false
}

// Step is one instant of the timeline for one client or for the gateway.
type Step struct {
	At    Time
	Kind  StepKind
	Entry uint16
	// On is the node, from 1, that the client's link must go to at that instant;
	// otherwise the step is left out. 0 = any, also none.
	On      uint8
	Client  uint32
	Device  uint64
	Fault   link.Fault
	Command *gateway.Command
	Lasts   Time // Of Outside.
}

// Entry is a named timeline entry, or one repetition of it.
type Entry struct {
	Name    string
	Repeat  uint32 // 0 = the first one; n = its n-th repetition, called name-(n+1).
	Verb    string
	Says    string // What it does, for people: "cut 33 % of phones by reset".
	At      Time
	Until   Time   // When its last step is done.
	Stays   bool   // What it does is never taken back: its fault goes on to the end of the run.
	Asked   uint32 // How many clients the scenario asked for; 0 = the gateway decides, or new ones come.
	Drops   bool   // It makes clients drop, and they are counted as its victims.
	Recover bool   // They are expected back, too: it is a storm, and has a time to recover.
	Gradual bool   // It hits one client after another, each at an instant of its own.
	// Again is until when it may make a client drop that it made drop before (a replay
	// that names it in several rows, a drain of one node after another); 0 = it does so
	// once at most.
	Again Time
	// Gateway-wide entries hit every client that is loggedIn when they begin
	// (Node gateway.AllNodes) or those of one node.
	Wide bool
	Node uint8
	// Hook carries out what the entry does to the gateway, in place of a control port;
	// nil = none.
	Hook *Hook `json:",omitempty"`
}

// Target is where the clients go.
type Target struct {
	URLs        []string // Empty: the embedded gateway.
	Authorized  bool
	AppKey      Secret
	Control     string // "embedded", "" (none), Hooked, or a control URL.
	MaxRate     float64
	MaxClients  uint32
	Dialogue    *dialect.Dialogue // nil: the reference dialogue.
	SourceAddrs []string          // Source addresses to spread over; empty: the system's choice.
	Way         Way
	// Where tokens and addresses are asked for over HTTP; "" = the embedded target's
	// own, where the plan has such a server.
	AppURL     string
	AddressURL string
}
