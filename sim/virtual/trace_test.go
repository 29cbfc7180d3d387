package virtual

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"loginstorm/sim/client"
	"loginstorm/sim/login"
	"loginstorm/sim/plan"
	"loginstorm/sim/record"
	"loginstorm/sim/wire"
)

// traceOf runs a plan and returns the trace of some clients.
func traceOf(t *testing.T, p *plan.Plan, clients ...uint32) (string, Result, *record.Aggregate) {
	t.Helper()
	var b bytes.Buffer
	all := record.NewAggregate(p.Layout(), 1)
	s, err := New(Config{Plan: p, Check: true, Sink: all.Add})
	if err != nil {
		t.Fatal(err)
	}
	trace := NewTrace(p, clients, func(line []byte) { b.Write(line) })
	trace.Follow(s)
	r, err := s.Run(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	trace.End(r.End)
	all.Flush()
	if lines := uint64(strings.Count(b.String(), "\n")); lines != trace.Events()+uint64(len(trace.Legend())) {
		t.Errorf("%d lines, %d events", lines, trace.Events())
	}
	return b.String(), r, all
}

const shortLife = `
name: short-life
seed: 5
duration: 20s
gateway: {nodes: 2, multiDevice: class, rateLimit: {scope: account, limit: 1, window: 1m, counts: all}}
network: {latency: 10ms}
populations:
  phones: {accounts: 2, clientType: android, profile: nim-android, reconnect: {base: 1s, factor: 2, cap: 4s}, login: auto, arrive: [{atOnce: {}}]}
timeline:
  - {name: cut, at: 2s, cut: {share: 100%, of: phones, by: reset}}
  - {name: free, at: 4500ms, rateLimit: {limit: 100, window: 1m}}
  - {name: race, at: 6s, kickRace: {accounts: 2, devices: [android, ios]}}
  - {name: abuse, at: 10s, kickServer: {share: 100%, of: phones}}
  - {name: down, at: 12s, nodeDown: {node: 1, for: 1s}}
`

// The life of a phone as somebody on call reads it: cut off, refused with 416, back
// again, and pushed out.
const shortLifeTold = `# short-life, seed 5: the lives of 1 of 6 clients in virtual time
# client 1: account storm-000001, device 2, one of phones, android, profile nim-android, reconnect policy custom
# seconds  since the run began, to the microsecond
# who      app: a call, or something that happens to the device; client: what the SDK does;
#          gateway: what it does for this client; timeline: an entry of the scenario
# link     the client's n-th link since the run began
#    seconds    client  who       status               -> status after           link  what happens
    0.000000         1  app       unknown                                              call 1: initialize, with credentials for storm-000001
    0.000000         1  client    unknown              -> connecting               #1  opens link 1 to node 2: auto login as storm-000001
    0.000000         1  client    connecting                                       #1  call 1 ends with 200 (success)
    0.040000         1  client    connecting           -> logging                  #1  link 1 is open, sends the login (auto)
    0.050000         1  gateway   logging                                          #1  node 2 answers the auto login 200 (success), 0s after it arrived
    0.050000         1  gateway   logging                                          #1  session begins on node 2
    0.050000         1  gateway   logging                                          #1  begins data sync
    0.050000         1  gateway   logging                                          #1  ends data sync
    0.060000         1  client    logging                                          #1  the attempt ends with 200 (success)
    0.060000         1  client    logging              -> loggedIn                 #1  auto login succeeded
    0.060000         1  client    loggedIn                                         #1  hears dataSyncStart
    0.060000         1  client    loggedIn                                         #1  hears dataSyncFinish
    2.000000         1  timeline  loggedIn                                         #1  cut: its link, if it has one, is reset
    2.000000         1  client    loggedIn             -> netBroken                #1  the session is lost
    2.000000         1  client    netBroken                                        #1  waits 1s: delay 1 of reconnect policy custom, because the link was lost
    2.010000         1  gateway   netBroken                                        #1  session on node 2 ends: linkGone
    3.000000         1  client    netBroken            -> connecting               #2  opens link 2 to node 1: reconnect login as storm-000001
    3.040000         1  client    connecting           -> logging                  #2  link 2 is open, sends the login (reconnect)
    3.050000         1  gateway   logging                                          #2  node 1 answers the reconnect login 416 (login called too often), 0s after it arrived
    3.060000         1  client    logging                                          #2  closes the link
    3.060000         1  client    logging                                          #2  the attempt ends with 416 (login called too often)
    3.060000         1  client    logging              -> unLogin                  #2  not logged in
    3.060000         1  client    unLogin                                          #2  waits 2s: delay 2 of reconnect policy custom, because the attempt ended with 416 (login called too often)
    4.500000       all  timeline                                                       free: the 416 limiter lets 100 manual logins of each account pass in 1m0s
    5.060000         1  client    unLogin              -> connecting               #3  opens link 3 to node 2: reconnect login as storm-000001
    5.100000         1  client    connecting           -> logging                  #3  link 3 is open, sends the login (reconnect)
    5.110000         1  gateway   logging                                          #3  node 2 answers the reconnect login 200 (success), 0s after it arrived
    5.110000         1  gateway   logging                                          #3  session begins on node 2
    5.110000         1  gateway   logging                                          #3  begins data sync
    5.110000         1  gateway   logging                                          #3  ends data sync
    5.120000         1  client    logging                                          #3  the attempt ends with 200 (success)
    5.120000         1  client    logging              -> loggedIn                 #3  reconnect login succeeded
    5.120000         1  client    loggedIn                                         #3  hears dataSyncStart
    5.120000         1  client    loggedIn                                         #3  hears dataSyncFinish
   10.000000       all  timeline                                                       abuse: the server kicks all devices of 100% of phones (2 of 2 accounts)
   10.000000         1  gateway   loggedIn                                         #3  sends a kick, reason 2 (server)
   10.000000         1  gateway   loggedIn                                         #3  closes the link with code 4001
   10.000000         1  gateway   loggedIn                                         #3  session on node 2 ends: kickedByServer
   10.010000         1  client    loggedIn                                         #3  closes the link
   10.010000         1  client    loggedIn             -> kickOut                  #3  kick event: reason 2 (server)
   12.000000       all  timeline                                                       down: node 1 dies for 1s
   12.000000       all  gateway                                                        node 1 takes no new links
   13.000000       all  gateway                                                        node 1 takes new links again
   20.000000         1  run       kickOut                                          #3  ends
`

func TestTraceTellsALife(t *testing.T) {
	got, _, _ := traceOf(t, compile(t, shortLife), 1)
	if diff := cmp.Diff(shortLifeTold, got); diff != "" {
		t.Errorf("the trace is another one (-want +got):\n%s\n%s", diff, got)
	}
}

// disagreements compares what the lines of a trace of everybody say with what the
// recorder and the gateway counted.
func disagreements(lines string, clients int, r *Result, all *record.Aggregate) (faults []string) {
	events := strings.Split(lines, "\n")
	count := func(who string, words ...string) (n uint64) {
		for _, e := range events {
			if len(e) > 24 && strings.HasPrefix(e[24:], who) && !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(e, w) }) {
				n++
			}
		}
		return n
	}
	totals := all.Totals()
	kicks := totals.Kicks(record.Filter{})
	for _, c := range []struct {
		who   string
		words []string
		want  uint64
	}{
		{"client", []string{"  opens link "}, totals.Dials(record.Filter{})},
		{"client", []string{"  the attempt ends with "}, totals.Attempts(record.Filter{}).Sum()},
		{"app", []string{"  call "}, totals.Counter(record.CallsMade)},
		{"client", []string{"  call ", " ends with "}, totals.Counter(record.CallsEnded)},
		{"client", []string{"  kick event: reason 1 "}, kicks[wire.ByLogin]},
		{"client", []string{"  kick event"}, kicks.Sum()},
		{"gateway", []string{" login 200 ("}, r.Gateway.Of(wire.Success)},
		{"gateway", []string{" login 416 ("}, r.Gateway.Of(wire.TooOften)},
		{"gateway", []string{" login 417 ("}, r.Gateway.Of(wire.NotLastDevice)},
		{"gateway", []string{"  session begins "}, uint64(r.Sessions) + count("gateway", "  session on node ", " ends: ")},
		{"run", nil, uint64(clients)},
	} {
		if got := count(c.who, c.words...); got != c.want {
			faults = append(faults, fmt.Sprintf("%s %q: %d lines, %d counted", c.who, c.words, got, c.want))
		}
	}
	for status, n := range r.Statuses {
		if got := count("run", fmt.Sprintf(" %v ", login.Status(status))); got != uint64(n) {
			faults = append(faults, fmt.Sprintf("at the end %d lines say %v, %d clients are", got, login.Status(status), n))
		}
	}
	return faults
}

// TestTraceAgreesWithTheFigures traces everybody and counts the lines.
func TestTraceAgreesWithTheFigures(t *testing.T) {
	for name, text := range map[string]string{"short life": shortLife, "everything": strings.NewReplacer("600", "30", "200,", "10,", "accounts: 50,", "accounts: 5,").Replace(everything)} {
		p := compile(t, text)
		everybody := make([]uint32, len(p.Clients.Account))
		for i := range everybody {
			everybody[i] = uint32(i)
		}
		lines, r, all := traceOf(t, p, everybody...)
		for _, fault := range disagreements(lines, len(everybody), &r, all) {
			t.Errorf("%s: %s", name, fault)
		}
		for _, planted := range []string{"  opens link ", "  the attempt ends with ", "  kick event", "  session begins ", " login 200 (", "run       loggedIn"} {
			if at := strings.Index(lines, planted); at < 0 || len(disagreements(lines[:at]+"lost"+lines[at+len(planted):], len(everybody), &r, all)) == 0 {
				t.Errorf("%s: a trace without one %q is let through", name, planted)
			}
		}
		// Who watches changes nothing.
		if silent, _ := simulate(t, p); silent.Digest != r.Digest || silent.Events != r.Events {
			t.Errorf("%s: a run that is traced is another one", name)
		}
	}
}

// TestTraceCostsTheOthersNothing demands that a step of a client that is not traced
// writes nothing and allocates nothing.
func TestTraceCostsTheOthersNothing(t *testing.T) {
	p := compile(t, shortLife)
	s, err := New(Config{Plan: p})
	if err != nil {
		t.Fatal(err)
	}
	written := 0
	trace := NewTrace(p, []uint32{1, 1, 400}, func([]byte) { written++ })
	trace.Follow(s)
	if len(trace.lives) != 1 || written != len(trace.Legend()) {
		t.Fatalf("%d lives, %d lines", len(trace.lives), written)
	}
	written = 0
	heard := []client.Published{{Client: 0, Action: login.Action{Kind: login.Dial}}}
	if n := testing.AllocsPerRun(100, func() { s.cfg.Watch(heard) }); n != 0 || written != 0 {
		t.Errorf("somebody else's step costs %v allocations and %d lines", n, written)
	}
}
