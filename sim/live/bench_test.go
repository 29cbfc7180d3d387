//go:build unix

package live

import (
	"context"
	"fmt"
	"runtime"
	"syscall"
	"testing"
	"time"

	"loginstorm/sim/client"
	"loginstorm/sim/login"
	"loginstorm/sim/plan"
)

// BenchmarkLogins logs 15,000 clients in, of which so many are on their way at
// any time, from one processor against a target in a process of its own. They
// stay online until all are, so that an idle one can be weighed.
func BenchmarkLogins(b *testing.B) {
	const clients = 15_000
	for _, inFlight := range []int{200, 10_000} {
		b.Run(fmt.Sprintf("inflight=%d", inFlight), func(b *testing.B) {
			defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
			yaml := benchScenario(clients)
			at := targetProcess(b, yaml)
			for range b.N {
				logins(b, Config{Plan: compile(b, yaml), Endpoints: at, Shards: 1, UserAgent: "loginstorm/bench", RunID: "bench"}, inFlight)
			}
		})
	}
}

func logins(b *testing.B, conf Config, inFlight int) {
	b.StopTimer()
	arrive := conf.Plan.Clients.Arrive
	for i := inFlight; i < len(arrive); i++ {
		arrive[i] = plan.Never
	}
	next, online := inFlight, 0
	ctx, cancel := context.WithCancel(b.Context())
	defer cancel()
	var f *Fleet
	before := heap()
	conf.Watch = func(ps []client.Published) {
		for i := range ps {
			if a := &ps[i].Action; a.Kind != login.PublishStatus || a.Status != login.LoggedIn {
				continue
			}
			// The one shard calls, so its arrivals may grow here.
			if next < len(arrive) {
				s := f.shards[0]
				arrive[next] = s.now()
				s.arrivals = append(s.arrivals, uint32(next))
				next++
			}
			if online++; online == len(arrive) {
				cancel()
			}
		}
	}
	f, err := New(conf)
	if err != nil {
		b.Fatal(err)
	}
	weigh := int64(0)
	f.atEnd = func() { weigh = heap() - before }
	begun, cpu := time.Now(), cpuTime()
	var took, used time.Duration
	stopped := context.AfterFunc(ctx, func() { took, used = time.Since(begun), cpuTime()-cpu })
	defer stopped()
	b.StartTimer()
	r, err := f.Run(ctx)
	b.StopTimer()
	if err != nil || r.OpenAtEnd != len(arrive) {
		b.Fatalf("got %+v, %v", r, err)
	}
	n := float64(len(arrive))
	b.ReportMetric(n/took.Seconds(), "logins/s")
	b.ReportMetric(used.Seconds()/n*10_000, "cpu-s/10k-logins")
	b.ReportMetric(float64(weigh)/n, "B/idle-client")
}

// heap returns the bytes in use by heap and stacks.
func heap() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapInuse + m.StackInuse)
}

// cpuTime returns the processor time this process has used.
func cpuTime() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
