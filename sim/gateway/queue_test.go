package gateway

import (
	"math"
	"testing"
	"time"

	"loginstorm/sim/chance"
	"loginstorm/sim/wire"
)

// TestOneWorkerIsAnMM1Queue holds the cost model beside a closed formula: with
// arrivals at rate l and exponential service at rate m, a login takes 1/(m-l) on
// average, and the worker is busy for l/m of the time.
func TestOneWorkerIsAnMM1Queue(t *testing.T) {
	const arrivals, n = 80.0, 300_000
	service := chance.Dist{Shape: chance.Exponential, A: 10 * time.Millisecond}
	g, err := New(Config{Seed: 3, Accounts: 1, MultiDevice: MultiDevice{Policy: PolicyAll}, AnyDevice: true,
		Auth: Auth{Workers: 1, Queue: 1 << 20, ServiceTime: service}})
	if err != nil {
		t.Fatal(err)
	}
	var out []Output
	var total, worked, arrive, done Time
	var job uint32
	count := 0
	gap := chance.Dist{Shape: chance.Exponential, A: time.Second / arrivals}
	take := func(now Time, in Input) {
		out = g.Step(now, in, out[:0])
		for i := range out {
			switch o := &out[i]; o.Kind {
			case Work:
				job, done = o.Job, now+o.After
				worked += o.After
			case Judged:
				total += o.After
				count++
			}
		}
	}
	// A wrong token: the login costs its service time and leaves nothing behind.
	ask := &Request{Device: 1, ClientType: wire.Web, Origin: wire.Manual, Token: 1}
	for i := range uint32(n) {
		arrive += gap.Sample(chance.Draw(4, chance.Arrival, 0, i))
		for job != 0 && done <= arrive {
			now, old := done, job
			job = 0
			take(now, Input{Kind: Worked, Job: old})
		}
		l := Link(i % 10_000)
		out = g.Step(arrive, Input{Kind: Closed, Link: l}, out[:0])
		out = g.Step(arrive, Input{Kind: Opened, Link: l}, out[:0])
		take(arrive, Input{Kind: LoginAsked, Link: l, Login: ask})
	}
	mean := (total / time.Duration(count)).Seconds()
	if want := 1 / (1/service.A.Seconds() - arrivals); math.Abs(mean/want-1) > 0.05 {
		t.Errorf("a login takes %.4f s on average, the formula says %.4f s", mean, want)
	}
	if busy := worked.Seconds() / arrive.Seconds(); math.Abs(busy-0.8) > 0.01 {
		t.Errorf("the worker is busy for %.3f of the time, the formula says 0.8", busy)
	}
	t.Logf("mean %.4f s over %d logins, peak queue %d", mean, count, g.Stats().PeakQueue)
}
