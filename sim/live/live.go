// Package live drives a plan in real time over real sockets: the second driver
// beside sim/virtual, with the same clients, the same plan and the same verbs.
//
// A Fleet is cut into shards. A shard is one goroutine that owns its clients,
// their deadlines, their part of the plan and a recorder; nothing it does waits.
// A dial.Dialer of its own opens and reads its links, and puts what happened into
// the shard's inbox, stamped where it happened:
//
//	plan --> arrivals, steps --+
//	         deadlines --------+--> shard --> client.Step --> effects
//	dial.Dialer --> inbox -----+                 |               |
//	   ^   dial.Web --^                      recorder    dial, say, close,
//	   |       ^                                         fetch, look up
//	   +-------+-------------------------------------------------+
//
// All clients of an account are in one shard, so that what happens among them
// needs no lock. What the network of a client is like (plan.Weather) bends its
// links, and what it asks the servers beside the gateway over HTTP.
//
// The load is open: as many attempts are outstanding as clients want, and
// whatever begins late is counted as late. The generator's own delays are
// metrics beside the others.
//
// A Monitor looks once a second, beside all this, at what the generator and its
// machine have left; what it tells the caller puts into the rows.
//
// Most callers use Preflight, New and Fleet.Run. The package knows no gateway:
// commands leave through Control.
package live

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"runtime"
	"time"

	"loginstorm/sim/client"
	"loginstorm/sim/dial"
	"loginstorm/sim/dialect"
	"loginstorm/sim/gateway"
	"loginstorm/sim/plan"
	"loginstorm/sim/record"
)

// Time is an instant, as elapsed time since the run began.
type Time = time.Duration

// never is an instant that does not come.
const never Time = 1<<63 - 1

// Control carries a command to the gateway, or to a server beside it
// (gateway.SetBackend), and returns when it took effect; it may wait for as long as
// the gateway is down. Commands for the same node come one at a time and in their
// order, and so do all others among themselves; two that are not of the same kind
// may overlap when their instants differ.
type Control interface {
	Do(ctx context.Context, c gateway.Command) error
}

// Config is what a Fleet is made of. Plan and Endpoints must be given.
type Config struct {
	Plan      *plan.Plan
	Endpoints []dial.Endpoint
	Dialogue  *dialect.Dialogue // nil: the plan's, or else the reference dialogue.
	Shards    int               // 0: one for each processor Go may use.
	Control   Control           // nil: a plan with commands is refused.
	// Hook carries out a step whose entry has a Hook, and returns when that is done or
	// was taken back. nil: a plan with hooks is refused. Several may overlap.
	Hook      func(ctx context.Context, s *plan.Step) error
	UserAgent string // Sent with every upgrade and every question.
	RunID     string // Sent with every upgrade and every question.

	// AppURL and AddressURL are the bases of the app server and of the address
	// server, "http://127.0.0.1:20002": asked are AppURL/app/token?account=NAME&
	// authType=default|dynamic and AddressURL/address. They must be given where the
	// plan has clients that fetch tokens, or an address server. Of what the address
	// server names, only Endpoints are dialled.
	AppURL     string
	AddressURL string

	// Sink takes what a shard recorded in a second. Calls come one at a time; the
	// interval is taken back when Sink returns.
	Sink func(*record.Interval)
	// Watch hears what clients published and were told to do, in the order of each
	// client. Calls come one at a time, from the goroutines that own the clients; the
	// slice is taken back when Watch returns.
	Watch func([]client.Published)

	// Connect replaces the sockets by connections of the caller's making, for
	// tests in memory.
	Connect func(ctx context.Context, e dial.Endpoint) (net.Conn, error)
	// ConnectWeb is the same for the servers beside the gateway; address is a host and
	// a port.
	ConnectWeb func(ctx context.Context, address string) (net.Conn, error)
	// Grace is how long the end waits for orderly closes; 0: 3 s.
	Grace time.Duration
}

// maxShards is far more than a machine has processors.
const maxShards = 1 << 12

// fetchers counts the clients that ask the app server for their tokens.
func fetchers(p *plan.Plan) (n uint64) {
	for i := range p.Populations {
		if p.Populations[i].Fetch != plan.FetchNever {
			n += uint64(p.Populations[i].Count)
		}
	}
	return n
}

// graceDefault is Config.Grace where it is not given: longer than a target under
// load takes to answer close frames.
const graceDefault = 3 * time.Second

// Result is what a run came to, beside what its recorders hold.
type Result struct {
	End         Time // The plan's duration, or less when the run was stopped.
	Interrupted bool // The context ended the run.
	Opened      uint64
	Ended       uint64 // Links that were opened have ended; equal to Opened.
	OpenAtEnd   int    // Of those, the links that the run's end closed.
	Dropped     uint64 // Attempts that never began.
	Shortages   []record.Shortage
	Control     []error // Commands that failed.
}

// normal fills in defaults and finds all faults.
func (c Config) normal() (Config, []netip.Addr, error) {
	var faults []error
	if c.Plan == nil {
		return c, nil, errors.New("live: no plan is given")
	}
	if len(c.Endpoints) == 0 {
		faults = append(faults, errors.New("no address to dial is given"))
	}
	faults = append(faults, c.commands()...)
	if c.AppURL == "" && fetchers(c.Plan) > 0 {
		faults = append(faults, errors.New("the plan's clients fetch tokens, and no app server is given"))
	}
	if c.AddressURL == "" && c.Plan.Address != nil {
		faults = append(faults, errors.New("the plan has an address server, and none is given"))
	}
	var sources []netip.Addr
	for _, text := range c.Plan.Target.SourceAddrs {
		a, err := netip.ParseAddr(text)
		if err != nil {
			faults = append(faults, fmt.Errorf("source address %q: %w", text, err))
		}
		sources = append(sources, a)
	}
	if c.Shards <= 0 {
		c.Shards = runtime.GOMAXPROCS(0)
	}
	c.Shards = max(1, min(c.Shards, maxShards, len(c.Plan.Clients.Account)))
	if c.Dialogue == nil {
		c.Dialogue = c.Plan.Target.Dialogue
	}
	if c.Dialogue == nil {
		c.Dialogue = dialect.Reference()
	}
	if c.Grace <= 0 {
		c.Grace = graceDefault
	}
	if err := errors.Join(faults...); err != nil {
		return c, nil, fmt.Errorf("live: %w", err)
	}
	return c, sources, nil
}
