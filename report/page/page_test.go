package page

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"loginstorm/report"
	"loginstorm/report/rundir"
	"loginstorm/sim/login"
	"loginstorm/sim/record"
	"loginstorm/sim/wire"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// run is a server of a run that goes on, and what a second of it is recorded with.
type run struct {
	*Server
	t   *testing.T
	r   *record.Recorder
	agg *record.Aggregate
	s   int
}

func begun(t *testing.T, standing Standing) *run {
	t.Helper()
	l, err := Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	layout := record.Layout{Populations: []string{"phones"}}
	m := rundir.Manifest{Name: "demo", Driver: "run", Seed: 7, Layout: rundir.LayoutOf(layout), Environment: rundir.Environment{RunID: "r1"},
		Known: rundir.Known{Planned: 60e9, Clients: []uint64{100}, Thresholds: []string{"p99(connect_to_logged_in) < 1s"}}}
	r := &run{New(l, m, standing), t, record.NewRecorder(layout, 0), record.NewAggregate(layout, 1), 0}
	r.r.Place(0, login.Unknown, 100)
	t.Cleanup(r.Close)
	t.Cleanup(http.DefaultClient.CloseIdleConnections)
	return r
}

// second lets a second pass in which somebody logs in.
func (r *run) second() {
	r.r.Move(0, login.Unknown, login.LoggedIn)
	r.r.Dialled(0, wire.Auto)
	r.r.Attempt(0, wire.Auto, 200)
	r.r.Observe(record.ConnectToLoggedIn, 0, wire.Auto, time.Millisecond)
	r.s++
	r.agg.Add(r.r.Cut(time.Duration(r.s) * time.Second))
	for _, row := range r.agg.Sealed() {
		r.Row(row)
	}
}

// told is what a reader gets.
type told struct {
	After  int
	Ended  bool
	Word   string
	Now    []struct{ Name, Value string }
	Charts []struct {
		ID     string
		Series []struct{ Values []*float64 }
	}
	Tables map[string][]struct{ Rows [][]string }
}

// seconds counts those that a chart has.
func (m told) seconds(t *testing.T) (n int) {
	t.Helper()
	for _, c := range m.Charts {
		if c.ID != "rate" {
			continue
		}
		for _, v := range c.Series[0].Values {
			if v != nil {
				n++
			}
		}
	}
	return n
}

func (r *run) ask(reader string, after int) (told, int) {
	r.t.Helper()
	answer, err := http.Get(fmt.Sprintf("%sfigures?after=%d&reader=%s", r.URL(), after, reader))
	if err != nil {
		r.t.Fatal(err)
	}
	defer answer.Body.Close()
	var m told
	if answer.StatusCode == http.StatusOK {
		if err := json.NewDecoder(answer.Body).Decode(&m); err != nil {
			r.t.Fatal(err)
		}
	}
	return m, answer.StatusCode
}

// until asks until the reader knows so many seconds.
func (r *run) until(reader string, seconds int) told {
	r.t.Helper()
	after := -1
	for {
		m, code := r.ask(reader, after)
		if code != http.StatusOK {
			r.t.Fatalf("the answer is %d", code)
		}
		if after = m.After; m.seconds(r.t) >= seconds {
			return m
		}
	}
}

// Whoever comes late has the whole run, and whoever waits is answered by the next second.
func TestReaders(t *testing.T) {
	r := begun(t, nil)
	for range 5 {
		r.second()
	}
	first := r.until("one", 5)
	if first.Word != "RUNNING" || first.Now[0].Value != "5" {
		t.Errorf("after five seconds: %s, %v", first.Word, first.Now)
	}
	var waits sync.WaitGroup
	for i := range 3 {
		waits.Go(func() {
			if m, code := r.ask(fmt.Sprint("waits", i), first.After); code != http.StatusOK || m.seconds(t) != 6 {
				t.Errorf("who waited got %d with %d seconds", code, m.seconds(t))
			}
		})
	}
	r.second()
	waits.Wait()
	if m := r.until("late", 6); m.seconds(t) != 6 {
		t.Errorf("who came late has %d seconds", m.seconds(t))
	}
	if m, _ := r.ask("stranger", 1000); m.seconds(t) != 6 {
		t.Errorf("who knows of moments to come has %d seconds", m.seconds(t))
	}
}

// The end is told to whoever waits, and then nothing is left.
func TestEnd(t *testing.T) {
	r := begun(t, nil)
	r.second()
	after := r.until("one", 1).After
	got := make(chan told, 1)
	go func() {
		m, _ := r.ask("one", after)
		got <- m
	}()
	r.End(&report.Summary{Name: "demo", Judgement: record.Judgement{Verdict: record.Pass}})
	if m := <-got; !m.Ended || m.Word != "PASS" {
		t.Errorf("the end is told as %+v", m)
	}
	r.Close()
	if _, err := http.Get(r.URL()); err == nil {
		t.Error("the page is there after the end")
	}
	r.Row(record.Row{}) // Too late, and nobody is held.
	r.Close()
}

// Somebody who opens a connection and says nothing, or reads nothing, holds neither
// seconds nor the end.
func TestDeadReaders(t *testing.T) {
	r := begun(t, nil)
	for _, says := range []string{"", "GET /figures?after=-1&reader=dead HTTP/1.1\r\nHost: " + r.listener.Addr().String() + "\r\n\r\n", "GET / HTT"} {
		c, err := net.Dial("tcp", r.listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		if _, err := io.WriteString(c, says); err != nil {
			t.Fatal(err)
		}
	}
	for range 50 {
		r.second()
	}
	if m := r.until("alive", 50); m.seconds(t) != 50 {
		t.Errorf("beside dead readers: %d seconds", m.seconds(t))
	}
	r.inbox.Lock()
	defer r.inbox.Unlock()
	if len(r.rows) != 0 {
		t.Errorf("%d rows are kept for somebody", len(r.rows))
	}
}

// Too many pages are told so; one that is open goes on.
func TestTooManyReaders(t *testing.T) {
	r := begun(t, nil)
	r.second()
	for i := range MaxReaders {
		if _, code := r.ask(fmt.Sprint(i), -1); code != http.StatusOK {
			t.Fatalf("reader %d is answered %d", i, code)
		}
	}
	if _, code := r.ask("more", -1); code != http.StatusServiceUnavailable {
		t.Errorf("one reader too many is answered %d", code)
	}
	if _, code := r.ask("0", -1); code != http.StatusOK {
		t.Errorf("a reader that is known is answered %d", code)
	}
}

// How thresholds stand is asked for readers alone.
func TestStanding(t *testing.T) {
	asked := make(chan bool, 100)
	r := begun(t, func() ([]record.Outcome, bool) {
		asked <- true
		return []record.Outcome{{Text: "x < 1s", Value: "2s", Known: true, Count: 3}}, true
	})
	r.second()
	m := r.until("one", 1)
	if len(asked) > 0 {
		t.Error("thresholds were asked for before anybody read")
	}
	r.second()
	if m = r.until("one", 2); m.Tables["thresholds"][0].Rows[0][1] != "not now" {
		t.Errorf("the thresholds stand at %v", m.Tables["thresholds"])
	}
}

// What does not come under the page's own address is refused, and so is what would
// change something.
func TestRefused(t *testing.T) {
	r := begun(t, nil)
	port := strings.TrimPrefix(r.listener.Addr().String(), "127.0.0.1:")
	for _, c := range []struct {
		method, path, host string
		want               int
	}{
		{"GET", "", "127.0.0.1:" + port, 200}, {"GET", "", "localhost:" + port, 200}, {"GET", "favicon.ico", "127.0.0.1:" + port, 204},
		{"GET", "", "evil.example:" + port, 421}, {"GET", "figures?after=-1&reader=x", "evil.example:" + port, 421}, {"GET", "", "127.0.0.1", 421},
		{"GET", "", "127.0.0.1:1", 421}, {"GET", "", "127.0.0.1.evil.example:" + port, 421}, {"GET", "", "127.0.0.2:" + port, 421},
		{"POST", "", "127.0.0.1:" + port, 405}, {"DELETE", "figures", "127.0.0.1:" + port, 405}, {"GET", "etc/passwd", "127.0.0.1:" + port, 404},
		{"GET", "figures", "127.0.0.1:" + port, 400}, {"GET", "figures?after=x&reader=1", "127.0.0.1:" + port, 400},
		{"GET", "figures?after=-1&reader=" + strings.Repeat("r", 65), "127.0.0.1:" + port, 400},
	} {
		q, err := http.NewRequest(c.method, r.URL()+c.path, nil)
		if err != nil {
			t.Fatal(err)
		}
		q.Host = c.host
		answer, err := http.DefaultClient.Do(q)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		if answer.StatusCode != c.want {
			t.Errorf("%s /%s of %s is answered %d, want %d", c.method, c.path, c.host, answer.StatusCode, c.want)
		}
		if c.want == 200 && (answer.Header.Get("Cache-Control") != "no-store" || answer.Header.Get("X-Frame-Options") != "DENY") {
			t.Errorf("the page comes with %v", answer.Header)
		}
	}
}

// Which addresses are bound, and which names they answer under.
func TestAddresses(t *testing.T) {
	for _, c := range []struct{ addr, host string }{{"127.0.0.1:0", "127.0.0.1"}, {":0", "127.0.0.1"}, {"0", "127.0.0.1"}, {"localhost:0", "127.0.0.1"}} {
		l, err := Listen(c.addr)
		if err != nil {
			t.Fatal(err)
		}
		if host, _, _ := net.SplitHostPort(l.Addr().String()); host != c.host {
			t.Errorf("%s binds %s", c.addr, l.Addr())
		}
		if again, err := Listen(l.Addr().String()); err == nil {
			again.Close()
			t.Errorf("%s is bound twice", l.Addr())
		}
		l.Close()
	}
	for _, addr := range []string{"", "nonsense", "127.0.0.1", "127.0.0.1:99999", "a:b:c"} {
		if l, err := Listen(addr); err == nil {
			l.Close()
			t.Errorf("%q is bound to %s", addr, l.Addr())
		}
	}
	all, six := &net.TCPAddr{IP: net.IPv4zero, Port: 80}, &net.TCPAddr{IP: net.IPv6loopback, Port: 8090}
	for _, c := range []struct {
		host string
		addr net.Addr
		want bool
	}{
		{"10.1.2.3", all, true}, {"10.1.2.3:80", all, true}, {"localhost", all, true}, {"gateway.example", all, false}, {"10.1.2.3:81", all, false},
		{"[::1]:8090", six, true}, {"localhost:8090", six, true}, {"127.0.0.1:8090", six, false}, {"", six, false}, {"[::1", six, false},
	} {
		if got := own(c.host, c.addr); got != c.want {
			t.Errorf("%q is its own address of %v: %v", c.host, c.addr, got)
		}
	}
}
