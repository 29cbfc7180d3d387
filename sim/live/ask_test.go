package live

import (
	"bufio"
	"context"
	"io"
	"net"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"loginstorm/sim/dial"
	"loginstorm/sim/link"
	"loginstorm/sim/login"
	"loginstorm/sim/plan"
	"loginstorm/sim/record"
	"loginstorm/sim/target"
)

// Over real sockets: tokens that only the app server knows are fetched, said and
// taken, and links go where the address server says.
func TestTokensAndAddressesOverSockets(t *testing.T) {
	p := compile(t, `
name: test
duration: 60s
gateway: {nodes: 2}
app: {workers: 4, serviceTime: 1ms}
addressServer: {workers: 4, serviceTime: 1ms}
populations:
  phones: {accounts: 50, clientType: android, profile: nim-android, login: auto, authType: dynamic, arrive: [{atOnce: {}}]}
`)
	s := serve(t, p)
	at := append(endpoints(s), dial.Endpoint{URL: nobody, Node: 7}) // The address server does not name it.
	st := run(t, Config{Plan: p, Endpoints: at, AppURL: s.WebURL(), AddressURL: s.WebURL()}, online)
	for c, want := range map[record.Counter]uint64{record.TokensFetched: 50, record.TokensFailed: 0, record.AddressesAsked: 50, record.AddressesFailed: 0, record.LoginsSent: 50} {
		if got := st.totals.Counter(c); got != want {
			t.Errorf("%v: %d, want %d", c, got, want)
		}
	}
	if n := st.totals.Histogram(record.StartLateness, record.Filter{}).Count(); n != 150 {
		t.Errorf("%d beginnings were timed, of 50 links and 100 questions", n)
	}
	for _, m := range []record.Metric{record.PhaseToken, record.PhaseAddress} {
		if n := st.totals.Histogram(m, record.Filter{}).Count(); n < 50 {
			t.Errorf("%v was timed %d times", m, n)
		}
	}
}

// A server that is not there is a failed attempt and nothing else.
func TestServersThatAreNotThere(t *testing.T) {
	for name, test := range map[string]struct {
		beside string
		count  record.Counter
	}{
		"app":     {"app: {}\n", record.TokensFailed},
		"address": {"addressServer: {}\n", record.AddressesFailed},
	} {
		t.Run(name, func(t *testing.T) {
			p := compile(t, strings.Replace(phones, "login: auto", "login: auto, token: {fetch: everyLogin}", 1)+"app: {}\n"+strings.TrimPrefix(test.beside, "app: {}\n"))
			hurry(p, time.Minute, time.Minute)
			s := serve(t, p)
			conf := Config{Plan: p, Endpoints: endpoints(s), AppURL: "http://127.0.0.1:1", AddressURL: s.WebURL()}
			if name == "address" {
				conf.AppURL, conf.AddressURL = s.WebURL(), "http://127.0.0.1:1"
			}
			st := run(t, conf, func(s *story) bool { return s.every(2) })
			if st.totals.Counter(test.count) < 100 || len(st.result.Shortages) > 0 {
				t.Errorf("%d failed, %+v", st.totals.Counter(test.count), st.result)
			}
		})
	}
}

func TestAPlanNeedsTheServersItAsks(t *testing.T) {
	p := compile(t, strings.Replace(phones, "login: auto", "login: auto, token: {fetch: first}", 1)+"app: {}\naddressServer: {}\n")
	_, err := New(Config{Plan: p, Endpoints: []dial.Endpoint{{URL: nobody}}})
	for _, want := range []string{"no app server is given", "has an address server, and none is given"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v does not say %q", err, want)
		}
	}
	f, err := New(Config{Plan: p, Endpoints: []dial.Endpoint{{URL: nobody}}, AppURL: "http://u:hunter2@h/", AddressURL: "ftp://h"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Run(t.Context()); err == nil || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("got %v", err)
	}
}

// Nobody is sent where the scenario does not say.
func TestOnlyKnownEndpointsAreDialled(t *testing.T) {
	all := []dial.Endpoint{{URL: "ws://a/", Node: 0}, {URL: "ws://b/", Node: 1}, {URL: "ws://c/", Node: 1}}
	f := &Fleet{plan: &plan.Plan{}, conf: Config{Endpoints: all}}
	f.places, _ = placesOf([]uint32{0, 1, 2, 3, 4, 5, 6}, 1)
	s := &shard{f: f, numbers: []uint32{0, 1, 2, 3, 4, 5, 6}, told: make([]uint16, 7)}
	for place, test := range []struct {
		told []dial.Address
		want []uint16
	}{
		{[]dial.Address{{URL: "ws://b/", Node: -1}}, []uint16{1}},
		{[]dial.Address{{URL: "ws://elsewhere/", Node: 1}, {URL: "ws://a/", Node: -1}}, []uint16{0, 1, 2}},
		{[]dial.Address{{URL: "ws://elsewhere/", Node: -1}, {Node: 9}}, nil},
		{[]dial.Address{{URL: "ws://a/", Node: 0}}, []uint16{0}},
		{[]dial.Address{{URL: "ws://b/", Node: -1}}, []uint16{1}},
	} {
		ok := s.directed(uint32(place), test.told)
		if ok != (test.want != nil) {
			t.Errorf("%v: taken %v", test.told, ok)
		}
		var dialled []uint16
		for gen := range uint32(6) {
			dialled = append(dialled, uint16(s.endpoint(uint32(place), gen+1)))
		}
		slices.Sort(dialled)
		dialled = slices.Compact(dialled)
		if want := test.want; want == nil && len(dialled) != 3 || want != nil && !slices.Equal(dialled, want) {
			t.Errorf("%v: dials %v, want %v", test.told, dialled, want)
		}
	}
	if len(s.lists.all) != 3 {
		t.Errorf("%d lists are kept, of three", len(s.lists.all))
	}
}

// An attempt that the weather refuses, or whose first packet is lost, opens no
// socket: as many connections as there are links.
func TestWhatDoesNotLeaveOpensNoSocket(t *testing.T) {
	for name, f := range map[string]link.Fault{
		"unreachable": {Kind: link.Unreachable, Loss: 1_000_000}, "nameless": {Kind: link.Nameless, Loss: 1_000_000}, "lost": {Kind: link.Lossy, Loss: 1_000_000},
	} {
		var dials atomic.Int64
		p := compile(t, four)
		for client := range uint32(4) {
			add := func(at Time, kind plan.StepKind, f link.Fault) {
				p.Steps = append(p.Steps, plan.Step{At: at, Kind: kind, Client: client, Fault: f, Entry: 0xffff})
			}
			add(20*time.Second, plan.Weather, f)
			add(21*time.Second, plan.Fault, link.Fault{Kind: link.Reset})
			f.Loss = 0
			add(60*time.Second, plan.Weather, f)
		}
		slices.SortStableFunc(p.Steps, func(a, b plan.Step) int { return int(a.At - b.At) })
		st := memory{dials: &dials}.run(t, p)
		if !st.all(login.LoggedIn) || dials.Load() != 8 || st.totals.Counter(record.LinksOpened) != 8 {
			t.Errorf("%s: %d connections for %d links", name, dials.Load(), st.totals.Counter(record.LinksOpened))
		}
		if blocked := st.totals.Counter(record.ConnectsBlocked); (blocked > 0) != (f.Kind != link.Lossy) {
			t.Errorf("%s: %d attempts were blocked", name, blocked)
		}
	}
}

// A thaw is for the link that was hit: the one that its client opened since stays as
// another entry left it.
func TestAThawIsForTheLinkThatWasHit(t *testing.T) {
	for entry, want := range map[uint16]int{1: 3, 2: 2} {
		p := compile(t, four)
		p.Entries = make([]plan.Entry, 3)
		step := func(at Time, entry uint16, kind link.FaultKind) {
			p.Steps = append(p.Steps, plan.Step{At: at, Kind: plan.Fault, Client: 1, Entry: entry, Fault: link.Fault{Kind: kind}})
		}
		step(10*time.Second, 1, link.HalfOpen) // Its client comes back after 53 s at the latest,
		step(70*time.Second, 2, link.HalfOpen) // and is hit again.
		step(71*time.Second, entry, link.Thawed)
		st := planInMemory(t, p, nil, nil)
		logins := 0
		for _, s := range st.statuses[1] {
			if s == login.LoggedIn {
				logins++
			}
		}
		if logins != want {
			t.Errorf("thawed by entry %d: %d logins, want %d: %s", entry, logins, want, st.line(1))
		}
	}
}

// A question that its client has given up is not asked any longer: there is one for
// each client at most, however often they try.
func TestQuestionsEndWithTheirAttempts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := compile(t, strings.Replace(four, "login: auto", "login: auto, token: {fetch: everyLogin}", 1)+"app: {}\n")
		hurry(p, time.Minute, 2*time.Second)
		l := newPipes()
		s, err := target.New(targetOf(p))
		if err != nil {
			t.Fatal(err)
		}
		s.Attach(0, l)
		done := make(chan error, 1)
		go func() { done <- s.Serve(t.Context()) }()
		var open atomic.Int64
		conf := Config{Plan: p, Endpoints: []dial.Endpoint{{URL: "ws://in.memory/im"}}, AppURL: "http://web.memory",
			Connect: func(ctx context.Context, _ dial.Endpoint) (net.Conn, error) { return l.connect(ctx) },
			ConnectWeb: func(ctx context.Context, _ string) (net.Conn, error) {
				near, far := net.Pipe()
				go func() { _, _ = io.Copy(io.Discard, far) }()
				open.Add(1)
				return &counted{Conn: near, open: &open}, nil
			}}
		st := runFleet(t, conf, []func(*story) bool{nil}, func(f *Fleet) {
			f.atEnd = func() {
				synctest.Wait()
				if n := open.Load(); n > 4 {
					t.Errorf("%d questions of four clients", n)
				}
			}
		})
		s.Stop()
		<-done
		if n := st.totals.Counter(record.TokensFailed); n < 4*50 || open.Load() != 0 {
			t.Errorf("%d tokens failed, %d questions are left", n, open.Load())
		}
	})
}

// An answer that comes too late leaves the question that replaced its own alone.
func TestALateAnswerIsNobodys(t *testing.T) {
	s := &shard{errands: map[uint32]*errand{0: {gen: 2}}}
	s.arrived(0, parcel{kind: reply, errand: &errand{gen: 1, news: &news{}}})
	s.arrived(0, parcel{kind: question, errand: &errand{gen: 1}})
	if len(s.errands) != 1 || s.errands[0].ask != nil {
		t.Error("it was taken for another one")
	}
}

// A gateway that pings, closes and waits hears nothing over a link that is half-open,
// also when its client gives the link up, until the run ends.
func TestHalfOpenIsSilent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := compile(t, strings.Replace(four, "accounts: 4", "accounts: 1", 1))
		p.Steps = append(p.Steps, plan.Step{At: 5 * time.Second, Kind: plan.Fault, Fault: link.Fault{Kind: link.HalfOpen}, Entry: 0xffff},
			plan.Step{At: 20 * time.Second, Kind: plan.CallLogout, Entry: 0xffff})
		begun, ended, heard := time.Now(), Time(0), 0
		served := make(chan struct{})
		conf := Config{Plan: p, Endpoints: []dial.Endpoint{{URL: "ws://in.memory/im"}}, Connect: func(context.Context, dial.Endpoint) (net.Conn, error) {
			near, far := net.Pipe()
			go func() {
				defer close(served)
				r := bufio.NewReader(far)
				if !upgrade(far, r) {
					return
				}
				_, _ = r.Discard(r.Buffered())
				time.Sleep(6 * time.Second)
				go func() {
					for range 3 {
						_, _ = io.WriteString(far, "\x89\x02hi\x88\x02\x03\xe9")
						time.Sleep(time.Second)
					}
				}()
				n, _ := io.Copy(io.Discard, r)
				heard, ended = int(n), time.Since(begun)
				far.Close()
			}()
			return near, nil
		}}
		run(t, conf, nil)
		<-served
		if heard != 0 || ended < p.Duration {
			t.Errorf("the gateway heard %d bytes, and of the end after %v", heard, ended)
		}
	})
}
