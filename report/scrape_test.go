package report

import (
	"fmt"
	"math"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"loginstorm/sim/login"
	"loginstorm/sim/record"
	"loginstorm/sim/wire"
)

// crowd is a run that has seen so many clients: eight populations, twenty timeline
// entries of which each drops a twentieth, four shards, two minutes, every metric.
func crowd(clients int) *record.Aggregate {
	const shards, seconds, populations, entries = 4, 120, 8, 20
	l := record.Layout{}
	for i := range populations {
		l.Populations = append(l.Populations, fmt.Sprintf("population-%d", i))
	}
	for i := range entries {
		l.Entries = append(l.Entries, fmt.Sprintf("entry-%d", i))
		l.Begins, l.Recovers = append(l.Begins, record.Time(10+5*i)*time.Second), append(l.Recovers, true)
	}
	a, draw := record.NewAggregate(l, shards), rand.New(rand.NewPCG(1, 2))
	var all []*record.Recorder
	for i := range shards {
		all = append(all, record.NewRecorder(l, i))
	}
	for s := range seconds {
		for n, r := range all {
			for i := range clients / shards / seconds {
				login1(r, draw, uint16((i+n)%populations))
			}
			if s >= 10 && (s-10)%5 == 0 && (s-10)/5 < entries {
				dropped(r, draw, uint16((s-10)/5), clients/shards/entries)
			}
			iv := r.Cut(record.Time(s+1) * time.Second)
			a.Add(iv)
			r.Release(iv)
		}
		a.Sealed()
	}
	return a
}

// took draws a span whose median is 50 ms, and whose p99 is about 1.5 s.
func took(draw *rand.Rand) time.Duration {
	return time.Duration(50e6 * math.Exp(1.5*draw.NormFloat64()))
}

// login1 records a login with everything around it.
func login1(r *record.Recorder, draw *rand.Rand, pop uint16) {
	origin := login.Origin(1 + draw.IntN(3))
	r.Dialled(pop, origin)
	for m := range record.Metric(record.Metrics) {
		if m < record.TimeBack || m > record.Detection { // Those are by timeline entry.
			r.Observe(m, pop, origin, took(draw))
		}
	}
	r.Attempt(pop, origin, wire.Success)
	r.Place(pop, login.LoggedIn, 1)
}

// dropped records what an entry did to clients.
func dropped(r *record.Recorder, draw *rand.Rand, entry uint16, n int) {
	r.FaultBegan(entry, uint32(n), uint32(n))
	for range n {
		r.FaultHit(entry)
		r.Observe(record.Detection, entry, 0, took(draw))
		r.FaultAttempt(entry)
		r.FaultBack(entry, 20*took(draw))
	}
}

// BenchmarkScrapeOverHTTP is a whole scrape of a run that has seen 100,000 clients, as a
// Prometheus makes it: snapshot, buckets, encoding, compression. It is to stay below
// 50 ms.
func BenchmarkScrapeOverHTTP(b *testing.B) {
	registry := prometheus.NewRegistry()
	registry.MustRegister(collector(crowd(100_000)))
	handler := promhttp.HandlerFor(registry, promhttp.HandlerOpts{EnableOpenMetrics: true})
	families, err := registry.Gather()
	if err != nil {
		b.Fatal(err)
	}
	series := 0
	for _, f := range families {
		for _, m := range f.Metric {
			series += 1
			if h := m.Histogram; h != nil {
				series += len(h.Bucket) + 2
			}
		}
	}
	for _, c := range []struct{ name, accept, encoding string }{
		{"text", "text/plain", ""},
		{"text-gzip", "text/plain", "gzip"},
		{"openmetrics", "application/openmetrics-text;version=1.0.0", ""},
		{"protobuf-gzip", "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited", "gzip"},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			bytes := 0
			for b.Loop() {
				q := httptest.NewRequest(http.MethodGet, "/metrics", nil)
				q.Header.Set("Accept", c.accept)
				q.Header.Set("Accept-Encoding", c.encoding)
				w := httptest.NewRecorder()
				handler.ServeHTTP(w, q)
				if w.Code != http.StatusOK {
					b.Fatal(w.Body)
				}
				bytes = w.Body.Len()
			}
			b.ReportMetric(float64(series), "series")
			b.ReportMetric(float64(bytes), "bytes")
		})
	}
}
