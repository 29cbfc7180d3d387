package push

import (
	"bytes"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/exp/api/remote"
	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	"go.uber.org/goleak"
	"google.golang.org/protobuf/encoding/protowire"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreTopFunction("net/http.(*persistConn).readLoop"), goleak.IgnoreTopFunction("net/http.(*persistConn).writeLoop"))
}

// figures is a registry with a counter, a gauge and a histogram of both kinds.
func figures(t testing.TB) (*prometheus.Registry, prometheus.Counter) {
	t.Helper()
	registry := prometheus.NewPedanticRegistry()
	counter := prometheus.NewCounter(prometheus.CounterOpts{Name: "storm_logins_total", Help: "Logins."})
	gauge := prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "storm_clients", Help: "Clients."}, []string{"status"})
	both := prometheus.NewHistogram(prometheus.HistogramOpts{Name: "storm_seconds", Help: "Spans.", Buckets: []float64{.1, 1}, NativeHistogramBucketFactor: 1.1})
	registry.MustRegister(counter, gauge, both)
	gauge.WithLabelValues("loggedIn").Set(7)
	gauge.WithLabelValues("kickOut").Set(2)
	for _, v := range []float64{0, .05, .5, .5, 3} {
		both.Observe(v)
	}
	counter.Add(5)
	return registry, counter
}

// receiver is a remote-write receiver as the library has it.
type receiver struct {
	mu       sync.Mutex
	requests [][]byte
	auth     []string
	fail     int // How many requests are refused first.
	status   int
}

func (r *receiver) Store(req *http.Request, kind remote.WriteMessageType) (*remote.WriteResponse, error) {
	body, err := io.ReadAll(req.Body)
	r.mu.Lock()
	defer r.mu.Unlock()
	answer := remote.NewWriteResponse()
	r.auth = append(r.auth, req.Header.Get("Authorization"))
	if r.fail > 0 {
		r.fail--
		answer.SetStatusCode(r.status)
		return answer, fmt.Errorf("refused in this test")
	}
	if kind != remote.WriteV1MessageType {
		return answer, fmt.Errorf("it is %s", kind)
	}
	r.requests = append(r.requests, body)
	return answer, err
}

func (r *receiver) serve(t *testing.T) *httptest.Server {
	server := httptest.NewServer(remote.NewWriteHandler(r, remote.MessageTypes{remote.WriteV1MessageType}))
	t.Cleanup(server.Close)
	return server
}

// series reads requests by the protocol's own numbers: a second reader beside encode.
func series(t *testing.T, requests [][]byte) (values map[string]float64, natives map[string]map[protowire.Number][]uint64) {
	t.Helper()
	values, natives = map[string]float64{}, map[string]map[protowire.Number][]uint64{}
	for _, request := range requests {
		for _, one := range fields(t, request)[1] {
			parts := fields(t, one)
			var labels []string
			for _, pair := range parts[1] {
				p := fields(t, pair)
				labels = append(labels, fmt.Sprintf("%s=%s", p[1][0], p[2][0]))
			}
			if !slices.IsSorted(labels) {
				t.Errorf("labels are not sorted: %v", labels)
			}
			name := strings.Join(labels, ",")
			for _, sample := range parts[2] {
				bits, n := protowire.ConsumeFixed64(sample[1:])
				if n < 0 || sample[0] != 1<<3|1 {
					t.Fatal("a sample without a value")
				}
				values[name] = math.Float64frombits(bits)
			}
			for _, h := range parts[4] {
				natives[name] = numbers(t, h)
			}
		}
	}
	return values, natives
}

// fields takes a message apart: what is of length-delimited type, by number.
func fields(t *testing.T, message []byte) map[protowire.Number][][]byte {
	t.Helper()
	out := map[protowire.Number][][]byte{}
	for len(message) > 0 {
		number, kind, n := protowire.ConsumeTag(message)
		if n < 0 {
			t.Fatal("no tag")
		}
		size := protowire.ConsumeFieldValue(number, kind, message[n:])
		if size < 0 {
			t.Fatal("no value")
		}
		if kind == protowire.BytesType {
			body, _ := protowire.ConsumeBytes(message[n:])
			out[number] = append(out[number], body)
		}
		message = message[n+size:]
	}
	return out
}

func numbers(t *testing.T, message []byte) map[protowire.Number][]uint64 {
	t.Helper()
	out := map[protowire.Number][]uint64{}
	for len(message) > 0 {
		number, kind, n := protowire.ConsumeTag(message)
		message = message[n:]
		var v uint64
		switch kind {
		case protowire.VarintType:
			v, n = protowire.ConsumeVarint(message)
		case protowire.Fixed64Type:
			v, n = protowire.ConsumeFixed64(message)
		case protowire.BytesType:
			var body []byte
			body, n = protowire.ConsumeBytes(message)
			v = uint64(len(body))
		}
		if n < 0 {
			t.Fatal("no value")
		}
		out[number] = append(out[number], v)
		message = message[n:]
	}
	return out
}

func TestRemoteWrite(t *testing.T) {
	registry, counter := figures(t)
	r := &receiver{}
	s, err := Start(Config{Gatherer: registry, Instance: "R1", Every: time.Hour, RemoteWrite: r.serve(t).URL, Native: true})
	if err != nil {
		t.Fatal(err)
	}
	counter.Add(37) // The last values are the ones that arrive.
	results := s.Close()
	if len(results) != 1 || !results[0].Whole() || results[0].Delivered != 1 {
		t.Fatalf("%+v", results)
	}
	values, natives := series(t, r.requests)
	for name, want := range map[string]float64{
		"__name__=storm_logins_total,instance=R1,job=loginstorm":            42,
		"__name__=storm_clients,instance=R1,job=loginstorm,status=loggedIn": 7,
		"__name__=storm_seconds_bucket,instance=R1,job=loginstorm,le=0.1":   2,
		"__name__=storm_seconds_bucket,instance=R1,job=loginstorm,le=1":     4,
		"__name__=storm_seconds_bucket,instance=R1,job=loginstorm,le=+Inf":  5,
		"__name__=storm_seconds_count,instance=R1,job=loginstorm":           5,
		"__name__=storm_seconds_sum,instance=R1,job=loginstorm":             4.05,
		"__name__=storm_clients,instance=R1,job=loginstorm,status=kickOut":  2,
	} {
		if got, ok := values[name]; !ok || got != want {
			t.Errorf("%s is %v (%v), want %v", name, got, ok, want)
		}
	}
	native := natives["__name__=storm_seconds,instance=R1,job=loginstorm"]
	if native[1] == nil || native[1][0] != 5 || native[6][0] != 1 || protowire.DecodeZigZag(native[4][0]) != 3 || native[12] == nil {
		t.Errorf("native %v", native)
	}
	if uint64(len(values)+len(natives)) != results[0].Series {
		t.Errorf("%d series arrived, %d are told", len(values)+len(natives), results[0].Series)
	}
}

// TestRemoteWriteIsTriedAgain: what is refused for a moment arrives; what is refused for
// good is counted, and neither holds anybody.
func TestRemoteWriteIsTriedAgain(t *testing.T) {
	for _, c := range []struct {
		fail, status int
		whole        bool
		words        string
	}{
		{2, 503, true, "2 retries"},
		{1, 400, false, "refused in this test"},
		{100, 500, false, "the last values among them"},
	} {
		registry, _ := figures(t)
		r := &receiver{fail: c.fail, status: c.status}
		s, err := Start(Config{Gatherer: registry, Instance: "R1", Every: time.Hour, RemoteWrite: r.serve(t).URL, Retry: time.Millisecond})
		if err != nil {
			t.Fatal(err)
		}
		result := s.Close()[0]
		if result.Whole() != c.whole || !strings.Contains(result.String(), c.words) {
			t.Errorf("%d times %d: %v", c.fail, c.status, result)
		}
	}
}

// TestNobodyIsThere: no error says the password, and closing comes to an end.
func TestNobodyIsThere(t *testing.T) {
	registry, _ := figures(t)
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	address := strings.Replace(gone.URL, "http://", "http://me:canary@", 1)
	s, err := Start(Config{Gatherer: registry, Instance: "R1", Every: time.Hour, RemoteWrite: address + "/x?key=canary", Pushgateway: address, Retry: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range s.Close() {
		if r.Whole() || r.Last == "" || strings.Contains(fmt.Sprintf("%+v %v", r, r), "canary") {
			t.Errorf("%v", r)
		}
	}
	for _, bad := range []string{"localhost:9090", "ftp://a/b", "http://"} {
		if Check(bad, "") == nil {
			t.Errorf("%q is let through", bad)
		}
	}
	if Check("http://me:canary@127.0.0.1:9090", "token") == nil {
		t.Error("a user and a token are let through together")
	}
	if Check("http://127.0.0.1:9090", "token") != nil || Check("http://me:canary@127.0.0.1:9090", "") != nil || (*Sender)(nil).Close() != nil {
		t.Error("a good address, or none, is refused")
	}
}

// TestWhoAsks: a user of the address, or a token, is sent along, and no redirect is
// followed with it.
func TestWhoAsks(t *testing.T) {
	registry, _ := figures(t)
	r := &receiver{}
	server := r.serve(t)
	away := httptest.NewServer(http.RedirectHandler(server.URL+"/api/v1/write", http.StatusTemporaryRedirect))
	defer away.Close()
	for _, c := range []struct{ address, token, want string }{
		{strings.Replace(server.URL, "://", "://me:pass@", 1), "", "Basic bWU6cGFzcw=="},
		{server.URL, "secret", "Bearer secret"},
		{away.URL, "secret", ""},
	} {
		r.auth = nil
		s, err := Start(Config{Gatherer: registry, Instance: "R1", Every: time.Hour, RemoteWrite: c.address, RemoteToken: c.token})
		if err != nil {
			t.Fatal(err)
		}
		whole := s.Close()[0].Whole()
		if got := strings.Join(r.auth, ""); got != c.want || whole != (c.want != "") {
			t.Errorf("%s: asked by %q, whole %v", c.address, got, whole)
		}
	}
}

// TestPushgateway: the last values are in one group, by job and instance.
func TestPushgateway(t *testing.T) {
	registry, counter := figures(t)
	var mu sync.Mutex
	got := map[string]*dto.MetricFamily{}
	path, fail := "", 1
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		if fail > 0 {
			fail--
			http.Error(w, "not now", http.StatusServiceUnavailable)
			return
		}
		path = r.Method + " " + r.URL.Path
		decoder := expfmt.NewDecoder(r.Body, expfmt.ResponseFormat(r.Header))
		for {
			f := &dto.MetricFamily{}
			if decoder.Decode(f) != nil {
				break
			}
			got[f.GetName()] = f
		}
	}))
	defer server.Close()
	s, err := Start(Config{Gatherer: registry, Instance: "R1", Every: time.Hour, Pushgateway: server.URL, Retry: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	counter.Add(1)
	if r := s.Close()[0]; !r.Whole() || r.Retried != 1 || r.Series != 4 {
		t.Errorf("%+v", r)
	}
	mu.Lock()
	defer mu.Unlock()
	if path != "PUT /metrics/job/loginstorm/instance/R1" || got["storm_logins_total"].GetMetric()[0].GetCounter().GetValue() != 6 {
		t.Errorf("%s: %v", path, got)
	}
}

// TestAFullQueueHoldsNobody: a receiver that hangs loses the oldest batches.
func TestAFullQueueHoldsNobody(t *testing.T) {
	registry, _ := figures(t)
	l := &line{batches: make(chan batch, 2)}
	s := &Sender{cfg: Config{Gatherer: registry, RemoteWrite: "x"}, lines: []*line{l}}
	for i := range 5 {
		s.offer(time.UnixMilli(int64(i)), i == 4)
	}
	first, last := <-l.batches, <-l.batches
	if l.result.Dropped != 3 || first.last || !last.last {
		t.Errorf("%+v, %v, %v", l.result, first.last, last.last)
	}
}

// TestAReceiverThatHangsHoldsNobody: the end waits so long and no longer.
func TestAReceiverThatHangsHoldsNobody(t *testing.T) {
	registry, _ := figures(t)
	over := make(chan struct{})
	hung := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-over }))
	defer hung.Close()
	defer close(over)
	s, err := Start(Config{Gatherer: registry, Instance: "R1", Every: time.Hour, RemoteWrite: hung.URL, Pushgateway: hung.URL, Parting: 20 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range s.Close() {
		if r.Whole() || r.Failed != 1 || r.Last != "no answer within 20ms of the end" {
			t.Errorf("%+v", r)
		}
	}
}

// TestRequestsAreBounded: many series come in several requests, none twice.
func TestRequestsAreBounded(t *testing.T) {
	var text bytes.Buffer
	text.WriteString("# TYPE x gauge\n")
	for i := range perRequest*2 + 1 {
		fmt.Fprintf(&text, "x{i=\"%d\"} %d\n", i, i)
	}
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(&text)
	if err != nil {
		t.Fatal(err)
	}
	requests, n := encode([]*dto.MetricFamily{families["x"]}, time.Now(), nil, false)
	all := make([][]byte, len(requests))
	for i, r := range requests {
		all[i] = r
	}
	if values, _ := series(t, all); len(requests) != 3 || n != perRequest*2+1 || len(values) != n {
		t.Errorf("%d requests, %d series, %d arrived", len(requests), n, len(values))
	}
}
