package virtual

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"loginstorm/sim/client"
	"loginstorm/sim/gateway"
	"loginstorm/sim/login"
	"loginstorm/sim/record"
	"loginstorm/sim/wire"
)

// theoryLatency is what a message takes in each direction.
const theoryLatency = 3 * time.Millisecond

// queueing is a scenario in which strangers log in, once each, and nothing else ever
// happens: arrivals in front of login workers.
type queueing struct {
	seed    int
	logins  int
	arrive  string // poisson or constant.
	rate    int    // A second.
	workers int
	service string
}

func (q queueing) text() string {
	return fmt.Sprintf(`
name: queueing
seed: %d
duration: %ds
gateway:
  multiDevice: all
  sessionTimeout: 10h
  auth: {workers: %d, queue: 100000000, serviceTime: %s}
network: {latency: %v}
populations:
  strangers: {accounts: %d, clientType: android, heartbeat: 3h, arrive: [{%s: {rate: %d/s}}]}
`, q.seed, q.logins*21/20/q.rate+10, q.workers, q.service, theoryLatency, q.logins, q.arrive, q.rate)
}

// visit is the life of one login, in the order of arrival at the gateway.
type visit struct {
	account uint32
	arrived Time // By the client's side: when it was sent, and a latency.
	begun   Time // By the gateway: a worker took it.
	service Time // By the gateway: what the worker takes.
	judged  Time // By the gateway.
	after   Time // By the gateway: what it says that this took.
}

// gauge is what the gateway's and the recorder's counts said at the end of a second.
type gauge struct {
	at          Time
	queue, busy uint32
	logging     int64
}

// watched is a run as two sides saw it.
type watched struct {
	logins []visit
	gauges []gauge
	all    *record.Aggregate
}

// watch simulates a scenario and sees to it that it is one queue, whatever theory says
// of its length: nobody is refused or lost, and the gateway agrees with everybody.
func watch(t testing.TB, q queueing) *watched {
	t.Helper()
	p := compile(t, q.text())
	o := &watched{all: record.NewAggregate(p.Layout(), 1)}
	begins := make([]visit, 0, q.logins)
	type answer struct{ at, after Time }
	answers := make([]answer, q.logins) // By account.
	var s *Simulator
	s, err := New(Config{Plan: p, Sink: o.all.Add, Watch: func(heard []client.Published) {
		for i := range heard {
			if h := &heard[i]; h.Action.Kind == login.SendLogin {
				o.logins = append(o.logins, visit{account: p.Clients.Account[h.Client], arrived: h.At + theoryLatency})
			}
		}
	}, WatchGateway: func(now Time, out *gateway.Output) {
		switch out.Kind {
		case gateway.Work:
			begins = append(begins, visit{begun: now, service: out.After})
		case gateway.Judged:
			answers[out.Account] = answer{now, out.After}
		}
	}, Progress: func(now Progress) {
		st := s.gw.Stats()
		o.gauges = append(o.gauges, gauge{now.At, st.Queue, st.Busy, 0})
	}})
	if err != nil {
		t.Fatal(err)
	}
	r, err := s.Run(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if len(o.logins) != q.logins || len(begins) != q.logins || r.Gateway.Of(wire.Success) != uint64(q.logins) {
		t.Fatalf("%d of %d logins were sent, workers took %d, %d succeeded", len(o.logins), q.logins, len(begins), r.Gateway.Of(wire.Success))
	}
	for i, row := range o.all.Sealed() {
		o.gauges[i].logging = row.Statuses[login.Logging]
	}
	for i := range o.logins {
		l := &o.logins[i]
		l.begun, l.service = begins[i].begun, begins[i].service
		l.judged, l.after = answers[l.account].at, answers[l.account].after
	}
	return o
}

// inOrder demands that the run is the queue which a scenario asks for, to the
// nanosecond: who comes first is served first, by the worker that is idle first, and
// as long as it was said. Kiefer and Wolfowitz's recursion, on what the clients say
// of arrivals.
func (o *watched) inOrder(workers int) error {
	idle := make([]Time, workers) // When each worker is, in order.
	for i := range o.logins {
		l := &o.logins[i]
		if want := max(l.arrived, idle[0]); l.begun != want {
			return fmt.Errorf("login %d, arrived at %v: a worker took it at %v, want %v", i, l.arrived, l.begun, want)
		}
		if l.judged != l.begun+l.service || l.after != l.judged-l.arrived {
			return fmt.Errorf("login %d, arrived at %v, taken at %v for %v: judged at %v, after %v", i, l.arrived, l.begun, l.service, l.judged, l.after)
		}
		place, _ := slices.BinarySearch(idle[1:], l.judged)
		copy(idle, idle[1:place+1])
		idle[place] = l.judged
	}
	return nil
}

// little demands Little's law, in which there is nothing of chance when a run begins
// and ends empty: the integral of how many are there, a walk from event to event, is
// the sum of how long they were there. It is so for the queue and for the workers
// apart. At the end of each second the walk agrees with two who know nothing of it:
// the gateway's own gauges, and the recorder's count of those who are logging.
func (o *watched) little() error {
	type event struct {
		at                   Time
		queue, busy, logging int
	}
	events := make([]event, 0, 5*len(o.logins))
	var waits, services, phases Time
	for i := range o.logins {
		l := &o.logins[i]
		events = append(events, event{l.arrived - theoryLatency, 0, 0, 1}, event{l.arrived, 1, 0, 0}, event{l.begun, -1, 1, 0},
			event{l.judged, 0, -1, 0}, event{l.judged + theoryLatency, 0, 0, -1})
		services += l.service
		waits += l.after - l.service
		phases += l.after + 2*theoryLatency
	}
	slices.SortStableFunc(events, func(a, b event) int { return cmp.Compare(a.at, b.at) })
	var queued, worked, logged, last Time
	var now event
	gauges := o.gauges
	for _, e := range events {
		for len(gauges) > 0 && gauges[0].at <= e.at {
			if g := gauges[0]; int(g.queue) != now.queue || int(g.busy) != now.busy || int(g.logging) != now.logging {
				return fmt.Errorf("at %v %d wait, %d are served and %d are logging by the run's own counts: %+v", g.at, now.queue, now.busy, now.logging, g)
			}
			gauges = gauges[1:]
		}
		queued += Time(now.queue) * (e.at - last)
		worked += Time(now.busy) * (e.at - last)
		logged += Time(now.logging) * (e.at - last)
		now, last = event{0, now.queue + e.queue, now.busy + e.busy, now.logging + e.logging}, e.at
	}
	if queued != waits || worked != services || logged != phases || now != (event{}) {
		return fmt.Errorf("waited for %v, the queue's integral is %v; served for %v and %v; logging for %v and %v; left at the end: %+v",
			waits, queued, services, worked, phases, logged, now)
	}
	return nil
}
