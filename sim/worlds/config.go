package worlds

import (
	"errors"
	"fmt"
	"time"

	"loginstorm/sim/chance"
	"loginstorm/sim/client"
	"loginstorm/sim/dialect"
	"loginstorm/sim/gateway"
	"loginstorm/sim/login"
	"loginstorm/sim/oracle"
	"loginstorm/sim/wire"
)

// Time is an instant of one clock. Each client and the gateway have their own.
type Time = time.Duration

// Budget is how often the outside may interfere in one history. What follows from
// that by itself (messages, workers, delays, time-outs of what is dead, reconnects) is
// not bounded.
type Budget struct {
	Logins uint8 // login is called.
	// Faults is how many of all that follows there may be in all.
	Faults      uint8
	Logouts     uint8 // logout is called.
	KickOthers  uint8 // kickOutOtherOnlineClient is called.
	ServerKicks uint8 // The server kicks all devices of the account.
	Cuts        uint8 // A link is reset; what is on its way is lost.
	Mutes       uint8 // A link is half-open: nothing arrives any more.
	Kills       uint8 // A process is killed; it may start again.
	Losses      uint8 // A physical network is lost; it may come back.
	Lates       uint8 // A client waits for too long for something that would have come.
	Timeouts    uint8 // The gateway hears nothing on a link for the session timeout.
}

// DefaultBudget lets everything happen as often as there are faults.
func DefaultBudget(logins, faults uint8) Budget {
	return Budget{logins, faults, faults, faults, faults, faults, faults, faults, faults, faults, faults}
}

// Bounds of a world: a state more than these has is one that nobody waits for.
const (
	MaxClients = 3
	MaxDepth   = 1000
)

// Config is what a world is made of. Policy, Clients and Depth must be given.
type Config struct {
	Policy  gateway.Policy
	Clients int // Devices of the account: 1 to MaxClients.
	Depth   int // The most choices of a history.
	States  int // Stop behind the depth that reaches so many states; 0 = no limit.
	Budget  Budget
	// ReconnectEvicts is the gateway's habit of that name. Spec 6.7.
	ReconnectEvicts bool
	// Progress hears of each depth that is done; nil = nobody does.
	Progress func(Level)
	// Stop is asked now and then whether to give up; nil = never.
	Stop func() bool

	plant plant
}

// plant is a fault in a copy of the rules, for tests of what would find it.
type plant struct {
	output func(*gateway.Output) bool // Changes an output of the gateway; false = drops it.
	action func(*login.Action) bool   // Changes what is heard of an action of a machine; false = drops it.
	input  func(*client.Input)        // Changes what reaches a client.
	config func(*gateway.Config)      // Changes the gateway, and not what the oracles know of it.
	prof   func(*login.Profile)       // Changes the clients.
}

// account is the number of the one account.
const account = 0

// world's seeds: nothing that matters is drawn.
const seed = 1

// kinds is the clients of a world: the first one logs in automatically when it starts,
// the others when their owners press the button. Under each policy some exclude each
// other.
func kinds(n int) []wire.ClientType {
	return []wire.ClientType{wire.Android, wire.IOS, wire.Web}[:n]
}

// policy is a multi-device policy in full. The sets of custom overlap: the iPhone
// excludes both others, which do not exclude each other.
func policy(p gateway.Policy) gateway.MultiDevice {
	m := gateway.MultiDevice{Policy: p}
	if p == gateway.PolicyCustom {
		m.Custom = [][]wire.ClientType{{wire.Android, wire.IOS}, {wire.IOS, wire.Web}}
	}
	return m
}

// workers is how many logins are served at a time: two may be judged in any order, and
// a third one waits.
const workers = 2

// gatewayConfig is the gateway of a world.
func (c *Config) gatewayConfig() gateway.Config {
	g := gateway.Config{
		Seed: seed, TokenSeed: seed, Nodes: 1, Accounts: 1,
		MultiDevice: policy(c.Policy), ReconnectEvicts: c.ReconnectEvicts,
		Auth: gateway.Auth{Workers: workers, Queue: 8, ServiceTime: chance.Dist{A: time.Second}, ChargeGone: true},
	}
	if c.plant.config != nil {
		c.plant.config(&g)
	}
	return g
}

// specOf is a client of a world: the SDK of its platform with one reconnect delay,
// one probe and two tries a call, so that its states are few.
func (c *Config) specOf(t wire.ClientType, dialogue *dialect.Dialogue) *client.Spec {
	name := map[wire.ClientType]string{wire.Android: "nim-android", wire.IOS: "nim-ios", wire.Web: "nim-web"}[t]
	p, _ := login.ProfileNamed(name)
	p.Seed = seed
	p.Policy = login.Policy{Name: "constant", Delays: []login.Time{2 * time.Second}}
	p.ManualAttempts, p.Probes = 2, 1
	if c.plant.prof != nil {
		c.plant.prof(&p)
	}
	return &client.Spec{Seed: seed, Profile: &p, Dialogue: dialogue, Login: wire.Auto, Alone: true}
}

// rules is what the oracles know of so many copies of the world.
func (c *Config) rules(copies int) oracle.Config {
	types := kinds(c.Clients)
	o := oracle.Config{Clients: uint32(copies * len(types)), MultiDevice: policy(c.Policy), ReconnectEvicts: c.ReconnectEvicts, Inputs: true}
	for n := range copies {
		for _, t := range types {
			o.Account, o.ClientType = append(o.Account, uint32(n)), append(o.ClientType, t)
		}
	}
	return o
}

// Validate returns all that is wrong with a configuration.
func (c *Config) Validate() error {
	var faults []error
	if c.Policy > gateway.PolicyCustom {
		faults = append(faults, fmt.Errorf("policy %d: no such policy", c.Policy))
	}
	if c.Clients < 1 || c.Clients > MaxClients {
		faults = append(faults, fmt.Errorf("%d clients: not between 1 and %d", c.Clients, MaxClients))
	}
	if c.Depth < 1 || c.Depth > MaxDepth {
		faults = append(faults, fmt.Errorf("depth %d: not between 1 and %d", c.Depth, MaxDepth))
	}
	if c.States < 0 {
		faults = append(faults, fmt.Errorf("%d states: negative", c.States))
	}
	return errors.Join(faults...)
}
