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
//	     client.Accounts           what clients of one account do to each other
//	  -> driver                    virtual.Simulator        live.Fleet
//	       clock                   event queue, jumps       real timers
//	       network                 link.Link, link.Weather  dial: WebSockets, obeying the same link.Link
//	       server                  gateway.Gateway          your gateway, or target.Server in a child process
//	       servers beside it       backend.Server           yours over HTTP (dial.Web), or the target's web port
//	  -> record.Recorder           one a shard, merged;  oracle.Checker beside it
//	  -> record.Brakes             conditions that end a run, over our own last seconds and the target's series
//	  -> record.Storm              what each fault made of the load, read from one-second counts
//	  -> report/rundir             run.json, *.hlog, series, events; readable after a crash
//	  -> report                    text, JSON, JUnit, OpenMetrics, CSV; Prometheus while it runs; exit code
//
// # Rooms
//
// Pure rooms decide: they take now and an input, append outputs to the caller's
// buffer and expose their next Deadline. They read no clock, start no goroutine,
// lock nothing and touch nothing outside.
//
//	chance    the one source of randomness: a draw is a hash of (seed, purpose, who, n)
//	wire      messages as values; the reference JSON protocol (PROTOCOL.md)
//	backend   a server beside the gateway: the app's own, and the one that names addresses
//	link      one link as a state machine: delay, loss, cut, half-open, frozen; Weather: what
//	          the network of a device is like for every link it opens
//	scenario  the YAML files: bounded strict parse, schema, positions
//	login     the client: Machine, profiles, reconnect policies; Person and its Habits
//	gateway   the server: admission, limiter, tokens, policies, sessions, kicks, cost; Command
//	dialect   how a gateway speaks: a Session between frames and meanings; built in, or
//	          compiled from a description (scenarios/dialects); dialect/mqtt reads and
//	          writes packets for those
//	client    one virtual client put together, with the instants of its figures; Accounts
//	record    samples -> histograms, series, recovery, storms, thresholds, verdict
//	oracle    the invariants, fed by what clients and gateway publish
//	plan      scenario + seed -> everything decided before the run
//	virtual   driver A: virtual time; Trace: the lives of a few clients
//	explore   scenarios drawn from seeds, judged, healed, and shrunk when they fail
//	worlds    every order of events of two or three clients, until there is no other state;
//	          the oracles hear all of them
//	calibrate the figures of a run -> the gateway's cost model and the link, as a fragment
//	          of a scenario
//
// The others act:
//
//	account   accounts from outside: lists in files, and the server API that they are
//	          registered through before a run
//	dial      everything up to an open socket, and sockets that wait without a goroutine; Web:
//	          questions to the servers beside the gateway
//	live      driver B: real time; shards, workers, deadlines
//	hook      what is done to a gateway from outside: programs, webhooks
//	target    the gateway's rules served over real WebSockets, with a control port, a web
//	          port for tokens and addresses, and the server API that accounts come from
//	watch     the target's own series, asked for while a run goes on
//	report    run directory, whole or not -> text, JSON, JUnit, CSV, Prometheus; two of them laid over each other;
//	          report/html a page with charts, report/page serves
//	          it while a run goes on, report/chromium tries both in tests; report/screen the live view of a
//	          terminal; report/compare the gate; report/push sends figures to
//	          where nobody scrapes; report/rundir the files themselves
//	cmd       flags, files, signals, exit codes, wiring
//
// Who may import whom is a test (structure_test.go); each ban has its reason
// there. live and target do not know each other: a timeline verb for the gateway
// leaves live as a gateway.Command through the Control it declares, and cmd joins
// it to the embedded target's control port.
//
// # Who owns what
//
//	an instant, a victim, an account     plan: drawn before the run; a driver only asks who is on
//	                                     a node at that instant (Step.On)
//	status, retries, what is published   login.Machine, stepped by its client alone
//	what people do next                  login.Person, from what was published alone
//	which token, which address, when     client.Virtual decides to ask; the driver asks, and keeps
//	                                     tokens and addresses for each client
//	how a link is bent                   link.Link and link.Weather; drivers obey them
//	sessions, limits, kicks, cost        gateway.Gateway
//	cost beside the gateway              backend.Server
//	clock, sockets, order                the driver
//	what a figure means                  client (instants), record (samples, storms, classes)
//	the rules that always hold           oracle, written down a second time
//
// # Where this differs from the first sketch
//
// chance is a room of its own, because link, login, gateway and plan all draw and
// may not import one another. client is a room of its own, because what both
// drivers share should be shared by construction and not by care: a driver gets
// effects (dial, say, close) and gives inputs, and all figures of a client are
// taken in one place.
//
// backend is a room of its own, because the storm on a token endpoint is as real as
// the one on the gateway, and virtual time and a real port need the same queue. The
// gateway knows none of these servers: about a third-party login it asks by an output,
// and a later input brings the verdict.
//
// gateway.Command carries the changes of the servers beside the gateway too, so that a
// timeline has one way out of live and a target one control port. The gateway ignores
// that kind; whoever drives it hands it over.
//
// The gateway judges a dynamic token by its instants alone: when it was made, and how
// long it is good for. Whoever hears the login has the secret and verifies the signature
// (Request.ReadDynamic), so that no secret enters a pure room and no hash is taken under
// the target's lock. A simulated login brings its instants and is genuine.
//
// A shard of live owns home accounts, not clients by number: all clients of an account,
// and all accounts that a person switches among, are in one shard. Kicks, wars, lockouts
// and overlaps are followed there by client.Accounts without a lock.
//
// A person's decisions are carried out after all actions of the machine that they heard
// of, not between them: somebody who logs in again on a kick must not do so before the
// link of that kick is closed.
//
// A recorded log of disconnects becomes steps of the plan, so that a replay is as exact
// and as repeatable as a verb. A row that names a node takes clients whose first link
// goes there; those who have moved on when it is due are asked for and not hit.
//
// What a network is like (slow, far, lossy, unreachable) is weather of a device and not a
// fault of a link: the next link has it too. It is taken back by the same kind without a
// value, so that one ends while another stays; a half-open link is a fault of its own.
//
// Which answer to kickOutOtherOnlineClient belongs to which question is the dialogue's
// to know: the machine waits for the newest alone. When both kept count, a late answer was
// skipped twice, and the second question ended with 408 although it was answered.
//
// Determinism rests on integers: instants are whole nanoseconds, equal ones are ordered by
// serial numbers, and no map is walked where it would show. Floating point enters in draws
// (math.Log1p, math.Exp, math.Erfinv) before they are rounded, and in figures after the
// fact; so two results are equal byte for byte on one architecture and version of Go.
//
// A way back counts from the instant at which its own client was hit, an entry's curve and
// time_to_recover from the entry's begin: a rolling drain of a minute says how long each
// client was away, and how long it all took.
//
// In live a command that lasts, because its node is down meanwhile, holds back only the
// commands that have to come behind it: those about its node.
//
// Storms are read from one-second counts and not from events, so that the rows of a run
// that was killed give the same storms as its aggregate did.
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
// gateway's side in the embedded target. Either reports a broken rule at once, and it ends
// the run. Beside somebody else's gateway two sessions at once are overlap and not a
// broken rule: a kick may be in flight there.
package sim
