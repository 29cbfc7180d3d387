package watch

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"loginstorm/sim/plan"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreTopFunction("net/http.(*persistConn).readLoop"), goleak.IgnoreTopFunction("net/http.(*persistConn).writeLoop"))
}

// served answers one question after the other, and keeps what was asked.
type served struct {
	answers []answer
	asked   []*http.Request
	done    func()
	mu      sync.Mutex
}

type answer struct {
	status int
	body   string
}

func (s *served) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked = append(s.asked, r.Clone(context.Background()))
	if len(s.asked) > len(s.answers) {
		s.done()
		return
	}
	a := s.answers[len(s.asked)-1]
	if a.status == 302 {
		w.Header().Set("Location", "/elsewhere")
	}
	w.WriteHeader(a.status)
	fmt.Fprint(w, a.body)
}

// ask puts the answers to an asker, one after the other, a second apart each.
func ask(t *testing.T, m plan.Metric, answers ...answer) (heard []string, s *served) {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	s = &served{answers: answers, done: stop}
	server := httptest.NewServer(s)
	defer server.Close()
	m.Timeout, m.Scale = 5*time.Second, max(m.Scale, 0)
	if m.Scale == 0 {
		m.Scale = 1
	}
	if m.Query != "" {
		m.Prometheus = server.URL
	} else {
		m.Scrape = server.URL + "/metrics"
	}
	a, err := newAsker(&m)
	if err != nil {
		t.Fatal(err)
	}
	defer a.client.CloseIdleConnections()
	at := time.Unix(0, 0)
	read := a.read
	a.read = func(a *asker, body []byte, _ time.Time) (float64, error) { return read(a, body, at) }
	for range answers {
		at = at.Add(time.Second)
		switch v, err := a.ask(ctx); err {
		case nil:
			heard = append(heard, fmt.Sprintf("%.4g", v*m.Scale))
		default:
			heard = append(heard, err.Error())
		}
	}
	return heard, s
}

const page = `# TYPE http_requests_total counter
http_requests_total{code="200",node="1"} %d
http_requests_total{code="500",node="1"} %d
http_requests_total{code="503",node="2"} %d
# TYPE cpu gauge
cpu 0.75
# TYPE wait_seconds histogram
wait_seconds_bucket{le="0.1"} 3
wait_seconds_bucket{le="+Inf"} 5
wait_seconds_sum 2.5
wait_seconds_count 5
`

func pages(all ...[3]int) (out []answer) {
	for _, n := range all {
		out = append(out, answer{200, fmt.Sprintf(page, n[0], n[1], n[2])})
	}
	return out
}

func TestScrape(t *testing.T) {
	for _, c := range []struct {
		name string
		m    plan.Metric
		in   []answer
		want []string
	}{
		{"a gauge", plan.Metric{Series: "cpu", Scale: 100}, pages([3]int{}), []string{"75"}},
		{"all that match are added up", plan.Metric{Series: "http_requests_total{code=~'5..'}"}, pages([3]int{1, 2, 3}), []string{"5"}},
		{"a share", plan.Metric{Series: "http_requests_total{code=~'5..'}", Of: "http_requests_total"}, pages([3]int{95, 2, 3}, [3]int{}), []string{"0.05", "http_requests_total is 0: nothing happened"}},
		{"a rate needs two pages", plan.Metric{Series: "http_requests_total", Rate: true}, pages([3]int{10, 0, 0}, [3]int{30, 1, 0}), []string{errFirst.Error(), "21"}},
		{"a counter that begins anew", plan.Metric{Series: "http_requests_total{code='200'}", Rate: true}, pages([3]int{1000, 0, 0}, [3]int{7, 0, 0}), []string{errFirst.Error(), "7"}},
		{"errors of what happened since", plan.Metric{Series: "http_requests_total{code=~'5..'}", Of: "http_requests_total", Rate: true},
			pages([3]int{1000, 500, 0}, [3]int{1090, 510, 0}, [3]int{1090, 510, 0}), []string{errFirst.Error(), "0.1", "http_requests_total is 0: nothing happened"}},
		{"a counter that appears", plan.Metric{Series: "late_total", Rate: true}, append(pages([3]int{}), answer{200, "late_total 4\n"}), []string{"the page has no series late_total", "4"}},
		{"labels that are not there yet are 0", plan.Metric{Series: "http_requests_total{code='404'}"}, pages([3]int{1, 1, 1}), []string{"0"}},
		{"buckets", plan.Metric{Series: "wait_seconds_bucket{le='0.1'}", Of: "wait_seconds_count"}, pages([3]int{}), []string{"0.6"}},
		{"no such series", plan.Metric{Series: "http_request_total"}, pages([3]int{}), []string{"the page has no series http_request_total"}},
		{"no page", plan.Metric{Series: "cpu"}, []answer{{200, "<html>"}, {500, "canary"}, {302, ""}}, []string{"the page is not in Prometheus' text format", "HTTP 500", "HTTP 302: redirects are not followed"}},
	} {
		got, s := ask(t, c.m, c.in...)
		if strings.Join(got, "; ") != strings.Join(c.want, "; ") {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
		if len(s.asked) != len(c.in) || s.asked[0].URL.Path != "/metrics" {
			t.Errorf("%s: it was asked %d times", c.name, len(s.asked))
		}
	}
}

func TestQuery(t *testing.T) {
	result := func(kind, value string) answer {
		return answer{200, `{"status":"success","data":{"resultType":"` + kind + `","result":` + value + `}}`}
	}
	got, s := ask(t, plan.Metric{Query: `sum(rate(x{a="b"}[1m]))`, Scale: 0.01, Token: plan.NewSecret("canary")},
		result("vector", `[{"metric":{},"value":[1,"5"]}]`), result("vector", `[{"metric":{"a":"1"},"value":[1,"5"]},{"metric":{"a":"2"},"value":[1,"7.5"]}]`),
		result("scalar", `[1,"50"]`), result("vector", `[]`), result("matrix", `[]`), result("vector", `[{"metric":{},"histogram":[1,{}]}]`),
		answer{400, `{"status":"error","errorType":"bad_data","error":"parse error"}`}, answer{502, "bad gateway"})
	want := []string{"0.05", "0.125", "0.5", "the query gave nothing", "the query gave a matrix: write one that gives a scalar or a vector",
		"the query gave a histogram, and not a number", "HTTP 400: the query was refused: parse error", "HTTP 502: that is no answer of a Prometheus"}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	if r := s.asked[0]; r.URL.Path != "/api/v1/query" || r.URL.Query().Get("query") != `sum(rate(x{a="b"}[1m]))` || r.Header.Get("Authorization") != "Bearer canary" {
		t.Errorf("asked %v, %q", r.URL, r.Header.Get("Authorization"))
	}
}

// TestPace: every series is asked at its own pace from the begin on, and a silent target
// gives gaps and holds nobody.
func TestPace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithTimeout(context.Background(), 9500*time.Millisecond)
		defer stop()
		var mu sync.Mutex
		heard := map[int][]string{}
		metric := plan.Metric{Scrape: "http://watched.invalid/metrics", Series: "x", Every: 2 * time.Second, Timeout: time.Second, Scale: 1}
		a, err := newAsker(&metric)
		if err != nil {
			t.Fatal(err)
		}
		slow := 0
		a.client.Transport = transport(func(r *http.Request) (*http.Response, error) {
			if slow++; slow == 2 || slow == 3 { // It hangs twice.
				<-r.Context().Done()
				return nil, r.Context().Err()
			}
			w := httptest.NewRecorder()
			fmt.Fprintf(w, "x %d\n", slow)
			return w.Result(), nil
		})
		begin := time.Now()
		a.run(ctx, begin, func(s Sample) {
			mu.Lock()
			defer mu.Unlock()
			text := fmt.Sprintf("%v=%v", s.At, s.Value)
			if s.Gap != "" {
				text = fmt.Sprintf("%v: %s", s.At, s.Gap)
			}
			heard[0] = append(heard[0], text)
		})
		if got, want := strings.Join(heard[0], "; "), "0s=1; 2s: no answer within 1s; 4s: no answer within 1s; 6s=4; 8s=5"; got != want {
			t.Errorf("heard %s, want %s", got, want)
		}
	})
}

type transport func(*http.Request) (*http.Response, error)

func (t transport) RoundTrip(r *http.Request) (*http.Response, error) { return t(r) }

// TestRun ends when its context does, with all it started.
func TestRun(t *testing.T) {
	ctx, stop := context.WithCancel(context.Background())
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "x 3\n") }))
	defer server.Close()
	m := plan.Metric{Scrape: server.URL, Series: "x", Every: time.Second, Timeout: time.Second, Scale: 1}
	var mu sync.Mutex
	seen := map[int]float64{}
	err := Run(ctx, []plan.Metric{m, m}, time.Now(), func(s Sample) {
		mu.Lock()
		defer mu.Unlock()
		if seen[s.Series] = s.Value; len(seen) == 2 {
			stop()
		}
	})
	if err != nil || seen[0] != 3 || seen[1] != 3 {
		t.Errorf("%v, %v", err, seen)
	}
	if err := Run(ctx, []plan.Metric{{Scrape: "x", Series: "{"}}, time.Now(), nil); err == nil {
		t.Error("a series that cannot be picked is asked for")
	}
}

func FuzzPage(f *testing.F) {
	f.Add([]byte(page), "http_requests_total{code=~'5..'}")
	f.Add([]byte("x NaN\n"), "x")
	f.Add([]byte("# TYPE a summary\na{quantile=\"0.5\"} 1\na_sum 2\na_count 3\n"), "a_sum")
	f.Fuzz(func(t *testing.T, body []byte, series string) {
		a, err := newAsker(&plan.Metric{Series: series, Of: series, Rate: true})
		if err != nil {
			return
		}
		for i := range 2 {
			_, _ = a.page(body, time.Unix(int64(i), 0)) // It may refuse it, and nothing more.
		}
		_, _ = a.answer(body, time.Time{})
	})
}
