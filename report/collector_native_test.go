package report

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"

	"loginstorm/sim/record"
)

// fetched is what a scraper with these preferences gets over HTTP.
func fetched(t *testing.T, accept string) map[string]*dto.MetricFamily {
	t.Helper()
	a, _ := storm(50 * time.Microsecond)
	registry := prometheus.NewPedanticRegistry()
	registry.MustRegister(collector(a))
	server := httptest.NewServer(promhttp.HandlerFor(registry, promhttp.HandlerOpts{EnableOpenMetrics: true}))
	defer server.Close()
	request, err := http.NewRequest(http.MethodGet, server.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Accept", accept)
	response, err := server.Client().Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		text, _ := io.ReadAll(response.Body)
		t.Fatalf("%s: HTTP %d: %s", accept, response.StatusCode, text)
	}
	all := map[string]*dto.MetricFamily{}
	decoder := expfmt.NewDecoder(response.Body, expfmt.ResponseFormat(response.Header))
	for {
		f := &dto.MetricFamily{}
		if decoder.Decode(f) != nil {
			break
		}
		all[f.GetName()] = f
	}
	if len(all) == 0 {
		t.Fatalf("%s: nothing can be read of %s", accept, response.Header.Get("Content-Type"))
	}
	return all
}

// TestNativeExposition: a scraper that asks for protobuf gets native buckets, with
// these values; one that asks for text gets the classic ones alone.
func TestNativeExposition(t *testing.T) {
	native := fetched(t, "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited")
	classic := fetched(t, "text/plain;version=0.0.4")
	var b bytes.Buffer
	for _, info := range record.Catalogue() {
		if info.Type != "histogram" {
			continue
		}
		for i, m := range native[info.Prometheus].GetMetric() {
			h := m.Histogram
			if h.GetSampleCount() == 0 {
				continue
			}
			fmt.Fprintf(&b, "%s{%s} count %d sum %.6g schema %d zero %d below %.3g\n", info.Prometheus, labelsOf(m), h.GetSampleCount(), h.GetSampleSum(), h.GetSchema(), h.GetZeroCount(), h.GetZeroThreshold())
			for _, s := range h.PositiveSpan {
				fmt.Fprintf(&b, "    skip %d, then %d buckets\n", s.GetOffset(), s.GetLength())
			}
			fmt.Fprintf(&b, "    deltas %v\n", h.PositiveDelta)
			text := classic[info.Prometheus].GetMetric()[i].Histogram
			if text.Schema != nil || len(text.PositiveSpan) > 0 || text.GetSampleCount() != h.GetSampleCount() {
				t.Errorf("%s: text has native buckets, or another count", info.Prometheus)
			}
			if len(h.Bucket) == 0 || len(h.Bucket)+1 != len(text.Bucket) && len(h.Bucket) != len(text.Bucket) {
				t.Errorf("%s: %d classic buckets in protobuf and %d in text", info.Prometheus, len(h.Bucket), len(text.Bucket))
			}
		}
	}
	golden(t, "metrics-native.txt", b.Bytes())
}

func labelsOf(m *dto.Metric) string {
	var all []string
	for _, l := range m.Label {
		all = append(all, fmt.Sprintf("%s=%q", l.GetName(), l.GetValue()))
	}
	return strings.Join(all, ",")
}

// TestEveryMetricIsInTheCatalogue: a scrape holds nothing that the catalogue does not
// describe, in type, help and labels, and no more series than the layout bounds.
func TestEveryMetricIsInTheCatalogue(t *testing.T) {
	known := map[string]record.Info{}
	for _, info := range record.Catalogue() {
		if _, twice := known[info.Prometheus]; twice || info.Help == "" || !strings.HasPrefix(info.Prometheus, "loginstorm_") {
			t.Errorf("%s: twice, without help, or not ours", info.Prometheus)
		}
		known[info.Prometheus] = info
	}
	for name, f := range fetched(t, "text/plain;version=0.0.4") {
		info, ok := known[name]
		if !ok || !strings.EqualFold(f.GetType().String(), info.Type) || f.GetHelp() != info.Help {
			t.Errorf("%s: a %v, %q, which the catalogue has as %+v", name, f.GetType(), f.GetHelp(), info)
		}
		for _, m := range f.Metric {
			if len(m.Label) != len(info.Labels) {
				t.Errorf("%s: labels %s, want %v", name, labelsOf(m), info.Labels)
			}
		}
		if most := 32 * 4 * 20; len(f.Metric) > most {
			t.Errorf("%s: %d series", name, len(f.Metric))
		}
	}
}
