package live

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// server is a Prometheus that this test started.
type server struct {
	name, url string
}

func TestEveryQueryOnRealServers(t *testing.T) {
	for _, tool := range []string{"prometheus", "promtool"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Fatalf("%s is not in the path: apt-get install prometheus, or https://prometheus.io/download", tool)
		}
	}
	dir := t.TempDir()
	grafana, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	do(t, grafana, "promtool", "check", "config", "prometheus.yml")
	do(t, grafana, "promtool", "check", "rules", "rules/recording.yml", "rules/alerts.yml")
	do(t, grafana, "promtool", "test", "rules", "rules/tests/rules.yml", "rules/tests/gate.yml")

	binary := os.Getenv("LOGINSTORM")
	if binary == "" {
		binary = filepath.Join(dir, "loginstorm")
		do(t, filepath.Dir(grafana), "go", "build", "-o", binary, "./cmd/loginstorm")
	}
	pushed := &page{}
	gate := serve(t, pushed)
	metrics := fmt.Sprintf("127.0.0.1:%d", freePort(t))
	servers := []server{
		start(t, "classic", grafana, metrics, gate),
		start(t, "native", grafana, metrics, gate, "--enable-feature=native-histograms"),
	}

	began := time.Now()
	out := filepath.Join(dir, "run")
	storm := launch(t, binary, "run", "--quiet", "--metrics", metrics, "--metrics-linger", "3s", "--out", out, "storm.yaml")
	check := exec.Command("promtool", "check", "metrics")
	check.Stdin = bytes.NewReader(scrape(t, "http://"+metrics+"/metrics", 20*time.Second))
	if said, err := check.CombinedOutput(); err != nil {
		t.Errorf("promtool check metrics: %v\n%s", err, said)
	}
	if err := storm.Wait(); err != nil {
		// A verdict is not this test's: an overloaded machine makes runs invalid.
		t.Logf("loginstorm run: %v", err)
	}
	for _, side := range []string{"base", "candidate"} {
		for seed := range 5 {
			do(t, ".", binary, "simulate", "--quiet", "--seed", fmt.Sprint(seed+1), "--out", filepath.Join(dir, side, fmt.Sprint(seed)), "storm.yaml")
		}
	}
	pushed.set(said(t, binary, "compare", "--base", filepath.Join(dir, "base"), "--candidate", filepath.Join(dir, "candidate"),
		"--metric", "p99(connect_to_logged_in)", "--metric", "herd_index(after: cut)", "--format", "openmetrics"),
		said(t, binary, "report", "--format", "openmetrics", out))

	summary := readRun(t, out)
	for _, s := range servers {
		t.Run(s.name, func(t *testing.T) {
			waitFor(t, s, `count_over_time(loginstorm_threshold_met[10s]) >= 4`) // More than a step of a range.
			q := newQuestions(t, s, began, summary)
			panels, asked := q.dashboards(t, filepath.Join(grafana, "dashboards"))
			rules := q.rules(t)
			compared := q.percentiles(t, summary)
			t.Logf("%s: %d panels, %d queries, %d rules, %d percentiles", s.name, panels, asked, rules, compared)
		})
	}
}

// do runs a program that must succeed.
func do(t *testing.T, dir, name string, args ...string) {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Dir = dir
	if said, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, said)
	}
}

// said is what a program writes to standard output, whatever its verdict.
func said(t *testing.T, name string, args ...string) []byte {
	t.Helper()
	var words bytes.Buffer
	cmd := exec.Command(name, args...)
	cmd.Stderr = &words
	text, err := cmd.Output()
	if len(text) == 0 {
		t.Fatalf("%s %s: %v: it says nothing\n%s", name, strings.Join(args, " "), err, words.Bytes())
	}
	return text
}

// launch starts a program that is stopped with the test.
func launch(t *testing.T, name string, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(name, args...)
	var words bytes.Buffer
	cmd.Stderr = &words
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if cmd.ProcessState == nil { // Nobody waited for it.
			_ = cmd.Process.Signal(os.Interrupt)
			_ = cmd.Wait()
		}
		if t.Failed() {
			t.Logf("%s:\n%s", filepath.Base(name), tail(words.String(), 3000))
		}
	})
	return cmd
}

func tail(s string, n int) string { return s[max(0, len(s)-n):] }

// freePort finds a port below those that the system gives out.
func freePort(t *testing.T) int {
	t.Helper()
	for port := 19464; port < 19964; port++ {
		if taken[port] {
			continue
		}
		l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err != nil {
			continue
		}
		l.Close()
		taken[port] = true
		return port
	}
	t.Fatal("no free port from 19464 to 19963")
	return 0
}

// taken holds the ports that this test has promised to somebody.
var taken = map[int]bool{}

// start starts a Prometheus with the configuration in the box, on ports of this test.
func start(t *testing.T, name, grafana, metrics, gate string, flags ...string) server {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(grafana, "prometheus.yml"))
	if err != nil {
		t.Fatal(err)
	}
	config := strings.NewReplacer("127.0.0.1:9464", metrics, "127.0.0.1:9091", gate, "rules/", grafana+"/rules/",
		"scrape_interval: 15s", "scrape_interval: 1s", "scrape_timeout: 10s", "scrape_timeout: 900ms").Replace(string(text))
	dir := t.TempDir()
	file := filepath.Join(dir, "prometheus.yml")
	if err := os.WriteFile(file, []byte(config), 0o644); err != nil {
		t.Fatal(err)
	}
	address := fmt.Sprintf("127.0.0.1:%d", freePort(t))
	launch(t, "prometheus", append([]string{"--config.file=" + file, "--storage.tsdb.path=" + filepath.Join(dir, "data"),
		"--web.listen-address=" + address, "--log.level=warn"}, flags...)...)
	s := server{name: name, url: "http://" + address}
	scrape(t, s.url+"/-/ready", 20*time.Second)
	return s
}

// scrape gets a page as soon as there is one.
func scrape(t *testing.T, url string, patience time.Duration) []byte {
	t.Helper()
	var last error
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		r, err := http.Get(url)
		if err != nil {
			last = err
			continue
		}
		text, err := io.ReadAll(r.Body)
		r.Body.Close()
		if err == nil && r.StatusCode == http.StatusOK {
			return text
		}
		last = fmt.Errorf("%s: %w", r.Status, err)
	}
	t.Fatalf("%s: %v", url, last)
	return nil
}

// run is what the test reads of run.json.
type run struct {
	Name    string
	Summary struct {
		Latency []struct {
			Population, Origin string
			Connect            figures `json:"connect_to_logged_in"`
			Time               figures `json:"time_to_logged_in"`
		}
	}
}

type figures struct {
	Count int
	P50   float64 `json:"p50_seconds"`
	P90   float64 `json:"p90_seconds"`
	P99   float64 `json:"p99_seconds"`
}

func readRun(t *testing.T, dir string) (r run) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, "run.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &r); err != nil {
		t.Fatal(err)
	}
	return r
}
