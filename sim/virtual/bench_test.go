package virtual

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"testing"
	"time"

	"loginstorm/sim/plan"
	"loginstorm/sim/record"
	"loginstorm/sim/scenario"
)

// thousandfold makes the plan of scenarios/gateway-restart.yaml over ten minutes for so
// many clients, with a gateway as many times as strong: the same story at every size,
// in which everybody comes back twice.
func thousandfold(b testing.TB, clients int, latency string) *plan.Plan {
	b.Helper()
	const usual = 5000
	text, err := os.ReadFile("../../scenarios/gateway-restart.yaml")
	if err != nil {
		b.Fatal(err)
	}
	var patches []scenario.Patch
	for key, value := range map[string]string{
		"duration": "10m", "thresholds": "",
		"gateway.auth.workers": fmt.Sprint(max(1, 32*clients/usual)), "gateway.auth.queue": fmt.Sprint(8 * clients / 5),
		"network.latency": latency,
	} {
		if key == "network.latency" && value == "" {
			continue
		}
		p, err := scenario.ParsePatch(key + "=" + value)
		if err != nil {
			b.Fatal(err)
		}
		patches = append(patches, p)
	}
	file, err := scenario.Parse("gateway-restart.yaml", text, patches...)
	if err != nil {
		b.Fatal(err)
	}
	if _, err := file.Scale(uint32(clients * 1000 / usual)); err != nil {
		b.Fatal(err)
	}
	p, err := plan.Compile(file, plan.Options{Virtual: true})
	if err != nil {
		b.Fatal(err)
	}
	return p
}

// BenchmarkRestart is a restart and a crash of a gateway with everybody online, over
// ten virtual minutes, with everything recorded. Every figure is of the processor's time
// and not of the clock's. Events are what is carried out one by one, each in its turn;
// resting-% of them are turns of clients that rest, which touch neither client nor gateway.
//
// With -short there is none of a million clients, which take minutes.
func BenchmarkRestart(b *testing.B) {
	sizes := []int{10_000, 100_000, 1_000_000}
	if testing.Short() {
		sizes = sizes[:2]
	}
	for _, latency := range []string{"", "{normal: {mean: 20ms, sd: 5ms}}"} {
		for _, check := range []bool{false, true} {
			for _, clients := range sizes {
				name := fmt.Sprintf("latency=%t/oracles=%t/clients=%d", latency != "", check, clients)
				b.Run(name, func(b *testing.B) { restart(b, clients, latency, check) })
			}
		}
	}
}

func restart(b *testing.B, clients int, latency string, check bool) {
	var events uint64
	var spent time.Duration
	var heap, rested uint64
	for b.Loop() {
		before := inUse()
		p := thousandfold(b, clients, latency)
		began := processor()
		all := record.NewAggregate(p.Layout(), 1)
		s, err := New(Config{Plan: p, Check: check, Sink: func(iv *record.Interval) { all.Add(iv); all.Sealed() }})
		if err != nil {
			b.Fatal(err)
		}
		r, err := s.Run(context.Background())
		if err != nil {
			b.Fatal(err)
		}
		spent += processor() - began
		events, rested = events+r.Events, rested+s.rested
		heap = inUse() - before
		runtime.KeepAlive(s)
		runtime.KeepAlive(p)
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(spent.Seconds()/float64(b.N), "cpu-s/run")
	b.ReportMetric(float64(events)/spent.Seconds()/1e6, "Mevents/s")
	b.ReportMetric(float64(spent.Nanoseconds())/float64(events), "ns/event")
	b.ReportMetric(float64(events)/float64(b.N)/float64(clients), "events/client")
	b.ReportMetric(100*float64(rested)/float64(events), "resting-%")
	b.ReportMetric(600*float64(clients)*float64(b.N)/spent.Seconds()/1e6, "Mclient-s/s")
	b.ReportMetric(float64(heap)/float64(clients), "B/client")
}

// inUse is what is in use of the heap.
func inUse() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
