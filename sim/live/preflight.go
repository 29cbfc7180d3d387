package live

import (
	"fmt"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"loginstorm/sim/dial"
	"loginstorm/sim/gateway"
	"loginstorm/sim/link"
	"loginstorm/sim/plan"
	"loginstorm/sim/record"
)

// What a client and a run take from the machine, at most.
const (
	// spareFiles are descriptors for everything but links: logs, the run
	// directory, a child's pipes, metrics.
	spareFiles = 128
	// lingering is the share of links, one in so many, that may still be closing
	// while their clients have new ones.
	lingering = 8
	// perLink is the memory of a client that opens a link, in bytes: itself, a
	// worker's stack, what the system keeps for a socket.
	perLink = 32 << 10
	// perPopulation is what a population's histograms take on each shard, at 9
	// histograms of 200 kB, twice over.
	perPopulation = 4 << 20
)

// Short is the error of a machine that cannot carry a plan.
type Short struct {
	Shortages []record.Shortage
}

// Error says for everything that is short what to do.
func (e *Short) Error() string {
	var b strings.Builder
	b.WriteString("this machine cannot carry the plan")
	for _, s := range e.Shortages {
		fmt.Fprintf(&b, "; %s: %s", s.What, s.Remedy)
	}
	return b.String()
}

// machine is what this machine has to offer; 0 = not known.
type machine struct {
	files  uint64 // Descriptors that this process may still open.
	ports  uint64 // Local ports for one pair of addresses.
	memory uint64 // Available, in bytes.
}

// Preflight checks that this machine can carry a plan: descriptors, whose soft
// limit it raises as far as it may, local ports, memory. The error is a *Short
// that names everything that is short, and what to do about it.
func Preflight(p *plan.Plan, endpoints []dial.Endpoint, shards int) error {
	m := inspect(needFiles(p))
	short := m.short(p, endpoints, max(1, shards))
	if len(short) == 0 {
		return nil
	}
	return &Short{short}
}

// needFiles bounds the descriptors that a plan takes at once: a link for each client
// and those that linger; a connection for each client that asks for a token while
// its link is open; the connections over which an address was asked for, of which
// only those that linger come on top, because the link comes after them; the links
// that clients have left in silence and the gateway still believes in.
func needFiles(p *plan.Plan) uint64 {
	n := uint64(len(p.Clients.Account))
	need := n + n/lingering + spareFiles + silent(p)
	if asking := fetchers(p); asking > 0 {
		need += asking + dial.MaxKept
	}
	if p.Address != nil {
		need += n/lingering + dial.MaxKept
	}
	return need
}

// silent counts the clients that leave a link in silence. A gateway believes in one
// link of a device: the next login ends the one before.
func silent(p *plan.Plan) (n uint64) {
	leaves := make([]bool, len(p.Clients.Account))
	for i := range p.Steps {
		s := &p.Steps[i]
		quiet := s.Kind == plan.NetworkLost || s.Kind == plan.Fault && (s.Fault.Kind == link.HalfOpen || s.Fault.Kind == link.RadioLost)
		if quiet && !leaves[s.Client] {
			leaves[s.Client] = true
			n++
		}
	}
	return n
}

// patience is how long a link that its client has left in silence is held: longer
// than the gateway believes in it.
func patience(p *plan.Plan) Time {
	longest := p.Gateway.SessionTimeout
	for i := range p.Steps {
		if c := p.Steps[i].Command; c != nil && c.Kind == gateway.SetSessionTimeout {
			longest = max(longest, c.Downtime)
		}
	}
	return max(leastPatience, longest+leastPatience/10)
}

// leastPatience is for gateways of which nothing is known.
const leastPatience = 10 * time.Minute

func (m machine) short(p *plan.Plan, endpoints []dial.Endpoint, shards int) (all []record.Shortage) {
	clients := uint64(len(p.Clients.Account))
	if need := needFiles(p); m.files > 0 && m.files < need {
		all = append(all, record.Shortage{
			What:   fmt.Sprintf("open files: %d of the %d needed for %d clients", m.files, need, clients),
			Remedy: fmt.Sprintf("raise the limit: ulimit -n %d", need+spareFiles),
		})
	}
	pairs := pairs(p, endpoints)
	if have := m.ports * pairs; m.ports > 0 && pairs > 0 && have < clients {
		all = append(all, record.Shortage{
			What:   fmt.Sprintf("local ports: %d of the %d needed, over %d pairs of addresses", have, clients, pairs),
			Remedy: fmt.Sprintf("spread over %d pairs of target and source addresses, or widen net.ipv4.ip_local_port_range", (clients+m.ports-1)/m.ports),
		})
	}
	need := clients*perLink + uint64(shards*len(p.Populations))*perPopulation
	if m.memory > 0 && m.memory < need {
		all = append(all, record.Shortage{
			What:   fmt.Sprintf("memory: %d MiB of the %d MiB needed", m.memory>>20, need>>20),
			Remedy: "let fewer clients in, or run on a larger machine",
		})
	}
	return all
}

// pairs counts the pairs of source and target addresses; each has all local
// ports for itself.
func pairs(p *plan.Plan, endpoints []dial.Endpoint) uint64 {
	seen := map[string]bool{}
	for _, e := range endpoints {
		host := e.URL
		if u, err := url.Parse(e.URL); err == nil {
			host = u.Host
		}
		seen[host] = true
	}
	sources := map[netip.Addr]bool{}
	for _, text := range p.Target.SourceAddrs {
		if a, err := netip.ParseAddr(text); err == nil {
			sources[a] = true
		}
	}
	return uint64(len(seen)) * uint64(max(1, len(sources)))
}
