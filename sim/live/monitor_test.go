package live

import (
	"math"
	"runtime/metrics"
	"slices"
	"testing"
	"time"

	"loginstorm/sim/record"
)

// A process that is stopped is away; one that is late because it is busy is not, nor
// one that sleeps and is woken in time.
func TestHeartKnowsStoppedFromBusy(t *testing.T) {
	const ms = time.Millisecond
	begin := time.Now()
	for _, c := range []struct {
		name       string
		procs      int
		gap, spent time.Duration
		away       time.Duration
	}{
		{"on time", 1, pulse, ms / 10, 0},
		{"a little late", 1, pulse + pulseLate, 0, 0},
		{"stopped", 1, pulse + 60*ms, ms / 10, 60 * ms},
		{"stopped while it was busy", 2, pulse + 60*ms, 40 * ms, 60 * ms},
		{"busy on its core", 1, pulse + 60*ms, 70 * ms, 0},
		{"busy on both cores", 2, pulse + 60*ms, 150 * ms, 0},
		{"another core was not to be had", 4, pulse + 60*ms, 75 * ms, 60 * ms},
	} {
		h := heart{at: begin, used: time.Second}
		h.beat(begin.Add(c.gap), time.Second+c.spent, c.procs)
		if h.away != c.away {
			t.Errorf("%s: away for %v, want %v", c.name, h.away, c.away)
		}
		h.beat(begin.Add(c.gap+pulse), time.Second+c.spent, c.procs)
		if h.away != c.away {
			t.Errorf("%s: a pulse in time makes it %v", c.name, h.away)
		}
	}
}

// A distribution that grows is told by what came since; its quantiles are those of a
// list of the same values, at the upper ends of their buckets.
func TestWhatCameSince(t *testing.T) {
	d := &metrics.Float64Histogram{Buckets: []float64{0, 0.001, 0.002, 0.004, math.Inf(1)}, Counts: []uint64{10, 0, 0, 0}}
	_, last := since(d, nil)
	d.Counts = []uint64{110, 97, 2, 1}
	got, last := since(d, last)
	var values []time.Duration
	for i, n := range []int{100, 97, 2, 1} {
		upper := []time.Duration{time.Millisecond, 2 * time.Millisecond, 4 * time.Millisecond, 4 * time.Millisecond}[i]
		values = append(values, slices.Repeat([]time.Duration{upper}, n)...)
	}
	rank := func(q float64) record.Seconds {
		return record.Seconds(values[int(math.Ceil(q*float64(len(values))))-1])
	}
	if want := (record.Brief{Count: 200, P50: rank(.5), P99: rank(.99), Max: rank(1)}); got != want {
		t.Errorf("since the last look: %+v, want %+v", got, want)
	}
	if again, _ := since(d, last); again != (record.Brief{}) {
		t.Errorf("nothing came, and it tells %+v", again)
	}
}

// Every second has its sample once, whoever asks first; one that nobody could take
// belongs to the last second that is over.
func TestMonitorTakes(t *testing.T) {
	m := &Monitor{begin: time.Now().Add(-2500 * time.Millisecond), stop: make(chan struct{}), done: make(chan struct{})}
	close(m.done)
	m.probes.begin()
	m.since, m.next = m.begin, 0
	m.heart.begin(m.since)
	if m.Take(0) != nil {
		t.Error("a second in which nobody looked has a sample")
	}
	h := m.Take(1)
	if h == nil || h.Span.Duration() < 2500*time.Millisecond || h.Runtime.Procs < 1 {
		t.Fatalf("the second that was over last: %+v", h)
	}
	if m.Take(1) != nil {
		t.Error("a sample is given twice")
	}
	if m.Take(2) != nil {
		t.Error("a second that is not over has a sample")
	}
	m.Close()
	m.Close()
}

func TestMonitorStops(t *testing.T) {
	m := NewMonitor(time.Now(), nil)
	m.Close()
	m.Close()
}
