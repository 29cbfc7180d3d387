//go:build prometheus

package push

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/common/expfmt"
)

// Programs of Prometheus, tried as they are: go test -tags prometheus ./report/push

// program is one that has to be on the path.
func program(t *testing.T, names ...string) string {
	t.Helper()
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	t.Fatalf("%s is not on the path: install it, or leave -tags prometheus out", strings.Join(names, " or "))
	return ""
}

// free is an address on loopback that nobody listens on, below the range that the
// system gives out.
func free(t *testing.T) string {
	t.Helper()
	for port := 19100; port < 19400; port++ {
		if l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port)); err == nil {
			defer l.Close()
			return l.Addr().String()
		}
	}
	t.Fatal("no free port")
	return ""
}

// start runs a program until the test ends, and waits until it answers.
func start(t *testing.T, ready, name string, args ...string) {
	t.Helper()
	var words bytes.Buffer
	cmd := exec.Command(name, args...)
	cmd.Stdout, cmd.Stderr = &words, &words
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		http.DefaultClient.CloseIdleConnections()
	})
	until(t, name+" answers", func() bool {
		response, err := http.Get(ready)
		if err != nil {
			return false
		}
		response.Body.Close()
		return response.StatusCode == http.StatusOK
	})
}

// until asks again and again, for a minute at most.
func until(t *testing.T, what string, done func() bool) {
	t.Helper()
	deadline := time.Now().Add(time.Minute)
	for !done() {
		if time.Now().After(deadline) {
			t.Fatalf("after a minute it is not so that %s", what)
		}
		time.Sleep(100 * time.Millisecond) // Another process has to get there.
	}
}

// asked is the value of an expression; NaN = it gives none.
func asked(t *testing.T, base, query string) float64 {
	t.Helper()
	response, err := http.Get(base + "/api/v1/query?" + url.Values{"query": {query}}.Encode())
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var reply struct {
		Data struct{ Result []struct{ Value [2]any } }
	}
	if err := json.NewDecoder(response.Body).Decode(&reply); err != nil {
		t.Fatal(err)
	}
	if len(reply.Data.Result) != 1 {
		return math.NaN()
	}
	var v float64
	if _, err := fmt.Sscan(reply.Data.Result[0].Value[1].(string), &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// TestRealPrometheus: what is written to a Prometheus can be asked of it, native and
// classic buckets alike, and stays after the run is over; one without native histograms
// takes the rest.
func TestRealPrometheus(t *testing.T) {
	prometheus := program(t, "prometheus")
	for _, native := range []bool{true, false} {
		address := free(t)
		config := filepath.Join(t.TempDir(), "prometheus.yml")
		if err := os.WriteFile(config, []byte("global: {}\n"), 0o644); err != nil {
			t.Fatal(err)
		}
		args := []string{"--config.file=" + config, "--storage.tsdb.path=" + t.TempDir(), "--web.listen-address=" + address, "--web.enable-remote-write-receiver"}
		if native {
			args = append(args, "--enable-feature=native-histograms")
		}
		start(t, "http://"+address+"/-/ready", prometheus, args...)
		registry, counter := figures(t)
		s, err := Start(Config{Gatherer: registry, Instance: "R1", Every: time.Second, RemoteWrite: "http://" + address, Native: native})
		if err != nil {
			t.Fatal(err)
		}
		counter.Add(37)
		if r := s.Close()[0]; !r.Whole() {
			t.Fatal(r)
		}
		for query, want := range map[string]float64{
			`storm_logins_total{job="loginstorm",instance="R1"}`: 42,
			`storm_clients{status="loggedIn"}`:                   7,
			`storm_seconds_bucket{le="1"}`:                       4,
			`histogram_quantile(0.4, storm_seconds_bucket)`:      .1,
		} {
			until(t, fmt.Sprintf("%s is %v (native %v)", query, want, native), func() bool { return asked(t, "http://"+address, query) == want })
		}
		if native {
			for query, want := range map[string]float64{"histogram_count(storm_seconds)": 5, "histogram_sum(storm_seconds)": 4.05} {
				if got := asked(t, "http://"+address, query); math.Abs(got-want) > 1e-9 {
					t.Errorf("%s is %v, want %v", query, got, want)
				}
			}
			if got := asked(t, "http://"+address, "histogram_quantile(1, storm_seconds)"); got < 3 || got > 3.3 {
				t.Errorf("the greatest value is %v, want 3", got)
			}
		}
	}
}

// TestRealPushgateway: the group of a run is there with its last values after it.
func TestRealPushgateway(t *testing.T) {
	address := free(t)
	start(t, "http://"+address+"/-/ready", program(t, "prometheus-pushgateway", "pushgateway"), "--web.listen-address="+address)
	registry, counter := figures(t)
	s, err := Start(Config{Gatherer: registry, Instance: "R1", Every: time.Second, Pushgateway: "http://" + address})
	if err != nil {
		t.Fatal(err)
	}
	counter.Add(37)
	if r := s.Close()[0]; !r.Whole() {
		t.Fatal(r)
	}
	response, err := http.Get("http://" + address + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{`storm_logins_total{instance="R1",job="loginstorm"} 42`, `storm_seconds_bucket{instance="R1",job="loginstorm",le="1"} 4`} {
		if !bytes.Contains(text, []byte(line)) {
			t.Errorf("no %s in\n%s", line, text)
		}
	}
}

// TestPromtool: promtool has nothing to say about what a scrape of a run gets, and says
// something about a planted fault.
func TestPromtool(t *testing.T) {
	promtool := program(t, "promtool")
	check := func(text []byte) (string, error) {
		cmd := exec.Command(promtool, "check", "metrics")
		cmd.Stdin = bytes.NewReader(text)
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	golden, err := os.ReadFile(filepath.Join("..", "testdata", "metrics.txt"))
	if err != nil {
		t.Fatal(err)
	}
	registry, _ := figures(t)
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	var own bytes.Buffer
	for _, f := range families {
		if _, err := expfmt.MetricFamilyToText(&own, f); err != nil {
			t.Fatal(err)
		}
	}
	for name, text := range map[string][]byte{"testdata/metrics.txt": golden, "figures": own.Bytes()} {
		if out, err := check(text); err != nil || out != "" {
			t.Errorf("%s: %v\n%s", name, err, out)
		}
	}
	for _, planted := range []string{"# HELP logins Logins.\n# TYPE logins counter\nlogins 1\n", "# HELP a_milliseconds A.\n# TYPE a_milliseconds gauge\na_milliseconds 1\n", "x{ 1\n"} {
		if _, err := check([]byte(planted)); err == nil {
			t.Errorf("promtool lets %q through", planted)
		}
	}
}
