package report

import (
	"bytes"
	"math"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"

	"loginstorm/sim/login"
	"loginstorm/sim/record"
	"loginstorm/sim/wire"
)

// guarded is an aggregate behind a lock, as a driver keeps it.
type guarded struct {
	mu sync.Mutex
	a  *record.Aggregate
}

func (g *guarded) Snapshot() *record.Snapshot {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.a.Snapshot()
}

func collector(a *record.Aggregate) *Collector {
	return NewCollector(&guarded{a: a}, Run{Name: "storm", ID: "r1", Version: "1.2.3", Driver: "run", Seed: 42, Began: time.Unix(1_770_000_000, 0)})
}

func TestExposition(t *testing.T) {
	a, _ := storm(50 * time.Microsecond)
	registry := prometheus.NewPedanticRegistry()
	registry.MustRegister(collector(a))
	golden(t, "metrics.txt", scrape(t, registry))
}

// The gauges of storms hold what the storms are.
func TestExpositionOfStorms(t *testing.T) {
	_, a, _ := night()
	registry := prometheus.NewPedanticRegistry()
	registry.MustRegister(collector(a))
	var b bytes.Buffer
	for line := range strings.Lines(string(scrape(t, registry))) {
		for _, family := range []string{"storm_", "capacity_", "stranded_", "fault_", "kick_wars", "kick_war_kicks", "lockouts", "locked_out", "logins_", "tokens_"} {
			if strings.Contains(line, "loginstorm_"+family) {
				b.WriteString(line)
				break
			}
		}
	}
	golden(t, "metrics-storms.txt", b.Bytes())
}

// scrape writes what a scrape gets, as text.
func scrape(t testing.TB, g prometheus.Gatherer) []byte {
	families, err := g.Gather()
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	for _, f := range families {
		if _, err := expfmt.MetricFamilyToText(&b, f); err != nil {
			t.Fatal(err)
		}
	}
	return b.Bytes()
}

// rate() sees nothing of what a series holds when it first appears: what a storm
// fills is there before it.
func TestEverythingIsThereBeforeTheStorm(t *testing.T) {
	series := func(a *record.Aggregate) (all map[string]float64) {
		registry := prometheus.NewPedanticRegistry()
		registry.MustRegister(collector(a))
		all = map[string]float64{}
		for line := range strings.Lines(string(scrape(t, registry))) {
			if name, value, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "} "); ok && line[0] != '#' {
				all[name], _ = strconv.ParseFloat(value, 64)
			}
		}
		return all
	}
	before := series(record.NewAggregate(layout(), 1))
	a, _ := storm(50 * time.Microsecond)
	after := series(a)
	for name, now := range after {
		switch was, there := before[name]; {
		case strings.HasPrefix(name, "loginstorm_call_results_total"), strings.HasPrefix(name, "loginstorm_run_info"),
			strings.HasPrefix(name, "loginstorm_storm_"), strings.HasPrefix(name, "loginstorm_capacity_logins"),
			strings.HasPrefix(name, "loginstorm_fault_began_timestamp_seconds"),
			strings.HasPrefix(name, "loginstorm_clients{"):
		case !there:
			t.Errorf("%s} is not there before the storm", name)
		case was != 0:
			t.Errorf("%s} is %v before the storm and %v after it", name, was, now)
		}
	}
	for name := range before {
		if _, ok := after[name]; !ok {
			t.Errorf("%s} vanished", name)
		}
	}
}

func TestLint(t *testing.T) {
	a, _ := storm(50 * time.Microsecond)
	registry := prometheus.NewPedanticRegistry()
	if err := registry.Register(collector(a)); err != nil {
		t.Fatal(err)
	}
	problems, err := testutil.GatherAndLint(registry)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Errorf("%s: %s", p.Metric, p.Text)
	}
}

// Native and classic buckets stand in one metric and tell the same story.
func TestNativeBesideClassic(t *testing.T) {
	a, _ := storm(50 * time.Microsecond)
	registry := prometheus.NewPedanticRegistry()
	registry.MustRegister(collector(a))
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	checked := 0
	for _, f := range families {
		if f.GetType() != dto.MetricType_HISTOGRAM {
			continue
		}
		for _, m := range f.Metric {
			h := m.Histogram
			checked++
			for i, b := range h.Bucket {
				least, most := nativeBelow(h, b.GetUpperBound())
				if c := b.GetCumulativeCount(); float64(c) < least-0.5 || float64(c) > most+0.5 {
					t.Errorf("%s%v: bucket %d holds %d, the native ones say %v to %v", f.GetName(), m.Label, i, c, least, most)
				}
			}
			if h.GetCreatedTimestamp().GetSeconds() != 1_770_000_000 {
				t.Errorf("%s: created %v", f.GetName(), h.GetCreatedTimestamp())
			}
		}
	}
	if checked < 10 {
		t.Errorf("%d histograms checked", checked)
	}
}

// nativeBelow bounds how many values of the native buckets do not exceed a bound.
func nativeBelow(h *dto.Histogram, bound float64) (least, most float64) {
	least, most = float64(h.GetZeroCount()), float64(h.GetZeroCount())
	base := math.Pow(2, math.Pow(2, -float64(h.GetSchema())))
	i, count, at := 0, int64(0), 0
	for n, span := range h.PositiveSpan {
		at += int(span.GetOffset())
		if n == 0 {
			at = int(span.GetOffset())
		}
		for range span.GetLength() {
			count += h.PositiveDelta[i]
			i++
			if math.Pow(base, float64(at)) <= bound {
				least += float64(count)
			}
			// A value lies up to a bucket of the finer histogram beside its place.
			if math.Pow(base, float64(at-1)) <= bound*1.01 {
				most += float64(count)
			}
			at++
		}
	}
	return least, most
}

func TestScrapesOverlap(t *testing.T) {
	g := &guarded{a: record.NewAggregate(layout(), 1)}
	registry := prometheus.NewRegistry()
	registry.MustRegister(NewCollector(g, Run{Name: "storm"}))
	r := record.NewRecorder(layout(), 0)
	var scrapes sync.WaitGroup
	for range 4 {
		scrapes.Go(func() {
			for range 10 {
				if _, err := registry.Gather(); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for s := range 20 {
		r.Observe(record.ConnectToLoggedIn, 0, wire.Auto, time.Duration(s)*time.Millisecond)
		r.Place(0, login.LoggedIn, 1)
		iv := r.Cut(record.Time(s+1) * time.Second)
		g.mu.Lock()
		g.a.Add(iv)
		g.mu.Unlock()
		r.Release(iv)
	}
	scrapes.Wait()
}

// BenchmarkScrape is a scrape after the samples of 100,000 clients.
func BenchmarkScrape(b *testing.B) {
	a, r := record.NewAggregate(layout(), 1), record.NewRecorder(layout(), 0)
	for i := range 100_000 {
		v := time.Duration(i*i%79190) * 17 * time.Microsecond
		for _, m := range []record.Metric{record.ConnectToLoggedIn, record.ConnectToLoggedInUncorrected, record.TimeToLoggedIn,
			record.PhaseDial, record.PhaseUpgrade, record.PhaseLogin, record.StartLateness} {
			r.Observe(m, uint16(i%2), login.Origin(1+i%3), v)
		}
		r.Attempt(uint16(i%2), login.Origin(1+i%3), wire.Success)
	}
	a.Add(r.Cut(time.Second))
	registry := prometheus.NewRegistry()
	registry.MustRegister(collector(a))
	b.ReportAllocs()
	for b.Loop() {
		scrape(b, registry)
	}
}

func BenchmarkText(b *testing.B) {
	s := summary(b, 50*time.Microsecond)
	for b.Loop() {
		var out bytes.Buffer
		if err := Text(&out, s, Options{Width: 100}); err != nil {
			b.Fatal(err)
		}
	}
}
