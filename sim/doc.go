// Package sim is documentation alone: the house, for whoever enters it.
//
// loginstorm drives thousands of virtual clients, each with the exact login
// machine and reconnection backoff of a real IM SDK, against a gateway. One
// scenario, two clocks: live drives real sockets in real time, virtual drives
// the same plan, the same clients and the same gateway rules in virtual time.
//
//	scenarios/gateway-restart.yaml
//	  -> scenario.Parse            every fault at once, with line, column, excerpt
//	  -> plan.Compile(seed)        printable: arrivals, accounts, timeline; everyone's configuration
//	  -> N client.Virtual          login.Machine + login.Person + dialect.Session
//	  -> driver                    virtual.Simulator        live.Fleet
//	       clock                   event queue, jumps       real timers
//	       network                 link.Link                dial: WebSockets, obeying the same link.Link
//	       server                  gateway.Gateway          your gateway, or target.Server in a child process
//	  -> record.Recorder           one a shard, merged;  oracle.Checker beside it
//	  -> report/rundir             run.json, *.hlog, series, events; readable after a crash
//	  -> report                    text, JSON; Prometheus while it runs; exit code
//
// # Rooms
//
// Pure rooms decide: they take now and an input, append outputs to the caller's
// buffer and expose their next Deadline. They read no clock, start no goroutine,
// lock nothing and touch nothing outside.
//
//	chance    the one source of randomness: a draw is a hash of (seed, purpose, who, n)
//	wire      messages as values; the reference JSON protocol (PROTOCOL.md)
//	link      one link as a state machine: delay, loss, cut, half-open, frozen
//	scenario  the YAML files: bounded strict parse, schema, positions
//	login     the client: Machine, profiles, reconnect policies; Person
//	gateway   the server: admission, limiter, policies, sessions, kicks, cost
//	dialect   how a gateway speaks: a Session between frames and meanings
//	client    one virtual client put together, with the instants of its figures
//	record    samples -> histograms, series, recovery, thresholds, verdict
//	oracle    the invariants, fed by what clients and gateway publish
//	plan      scenario + seed -> everything decided before the run
//	virtual   driver A: virtual time
//
// The others act:
//
//	dial      everything up to an open socket, and sockets that wait without a goroutine
//	live      driver B: real time; shards, workers, deadlines
//	target    the gateway's rules served over real WebSockets, with a control port
//	report    run directory -> text, JSON, Prometheus; report/rundir the files themselves
//	cmd       flags, files, signals, exit codes, wiring
//
// Who may import whom is a test (structure_test.go); each ban has its reason
// there. live and target do not know each other: a timeline verb for the gateway
// leaves live as a gateway.Command through the Control it declares, and cmd joins
// it to the embedded target's control port.
//
// # Where this differs from the first sketch
//
// chance is a room of its own, because link, login, gateway and plan all draw and
// may not import one another. client is a room of its own, because what both
// drivers share should be shared by construction and not by care: a driver gets
// effects (dial, say, close) and gives inputs, and all figures of a client are
// taken in one place.
//
// A link is obeyed by live's shard and not by a wrapper around the connection: the
// shard owns time, and a wrapper would cost every idle client its memory although
// most links are never bent.
//
// On Linux a connection of dial is a bare descriptor in an epoll set of its own.
// gorilla opens and writes; what comes in is read by a strict reader of dial's,
// fuzzed against gorilla's, because gorilla cannot tell whether its buffer is empty,
// and a socket may only be parked when it is. Attempts that are outstanding hold no
// processor; those that can go on take turns, so that a herd does not stand before
// the goroutines that read and that own the clients.
//
// An interval of the invalid rule ends ten seconds after its attempts began: a herd
// is late in one second and logs in over the next ones, and its lateness is judged
// beside the latencies that it is part of.
//
// Oracles run in both processes of a run: the clients' side in the generator, the
// gateway's side in the embedded target, which reports when it stops.
package sim
