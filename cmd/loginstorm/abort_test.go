package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/prometheus/client_golang/exp/api/remote"
	"github.com/rogpeppe/go-internal/testscript"

	"loginstorm/sim/record"
)

// TestAbort runs and simulates scenarios that end themselves, beside a page that shows a
// gateway's own figures, and receivers of ours.
func TestAbort(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:  filepath.Join("testdata", "abort"),
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"exits": exits, "nowhere": nowhere, "page": showPage, "receiver": receiver, "received": received},
	})
}

// showPage serves figures of a gateway: every look finds 100 requests more, and from the
// third one on 20 more that failed. With "asks" it wants a token.
//
//	page VARIABLE [asks TOKEN]
func showPage(ts *testscript.TestScript, neg bool, args []string) {
	var mu sync.Mutex
	looks := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if len(args) == 3 && r.Header.Get("Authorization") != "Bearer "+args[2] {
			http.Error(w, "who are you", http.StatusUnauthorized)
			return
		}
		mu.Lock()
		defer mu.Unlock()
		looks++
		fmt.Fprintf(w, "requests_total{code=\"200\"} %d\nrequests_total{code=\"503\"} %d\n", 100*looks, 20*max(0, looks-2))
	}))
	ts.Defer(server.Close)
	ts.Setenv(args[0], server.URL)
}

// got is what a receiver got, by the path that it came to.
type got struct {
	mu    sync.Mutex
	paths map[string]int
}

func (g *got) Store(r *http.Request, _ remote.WriteMessageType) (*remote.WriteResponse, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.paths["/api/v1/write"]++
	return remote.NewWriteResponse(), nil
}

// receiver serves remote write and what a Pushgateway does: receiver VARIABLE
func receiver(ts *testscript.TestScript, neg bool, args []string) {
	g := &got{paths: map[string]int{}}
	write := remote.NewWriteHandler(g, remote.MessageTypes{remote.WriteV1MessageType})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasPrefix(r.URL.Path, "/metrics/job/loginstorm/instance/") {
			write.ServeHTTP(w, r)
			return
		}
		g.mu.Lock()
		defer g.mu.Unlock()
		g.paths["/metrics"]++
	}))
	ts.Defer(server.Close)
	ts.Setenv(args[0], server.URL)
	receivers.Store(server.URL, g)
	ts.Defer(func() { receivers.Delete(server.URL) })
}

// receivers are those that serve, by their address. Scripts run beside each other.
var receivers sync.Map

// received demands that something came to a path: received URL /api/v1/write
func received(ts *testscript.TestScript, neg bool, args []string) {
	g, _ := receivers.Load(args[0])
	one := g.(*got)
	one.mu.Lock()
	defer one.mu.Unlock()
	if one.paths[args[1]] == 0 {
		ts.Fatalf("nothing came to %s: %v", args[1], one.paths)
	}
}

// TestAbortJudged: what the target says of itself counts whatever the generator could do;
// what we say of it does not.
func TestAbortJudged(t *testing.T) {
	for _, c := range []struct {
		was    record.Verdict
		series string
		want   record.Verdict
	}{
		{record.Pass, "", record.Failed}, {record.Pass, "errors", record.Failed},
		{record.Failed, "", record.Failed}, {record.Invalid, "errors", record.Failed},
		{record.Invalid, "", record.Invalid}, {record.Broken, "errors", record.Broken},
	} {
		st := &storm{tripped: &record.Tripped{Condition: "it hurts", Value: "7%", Series: c.series}}
		j := st.abortJudged(record.Judgement{Verdict: c.was, Reasons: []string{"before"}})
		if j.Verdict != c.want || len(j.Reasons) != 2 || !strings.Contains(strings.Join(j.Reasons, " "), "it hurts: it was 7%") {
			t.Errorf("%v with %q: %+v", c.was, c.series, j)
		}
		if j = (&storm{}).abortJudged(record.Judgement{Verdict: c.was}); j.Verdict != c.was || j.Reasons != nil {
			t.Errorf("%v without: %+v", c.was, j)
		}
	}
}

// TestWithoutSecrets: what was typed is kept, and no password in it.
func TestWithoutSecrets(t *testing.T) {
	in := []string{"loginstorm", "run", "--remote-write", "http://me:canary@host:9090/x", "--pushgateway=https://canary:canary@host", "--target", "ws://host/im",
		"--remote-write=http://me:ca%%nary@host/", "--set", "a=b@c", "a@b.yaml"}
	out := strings.Join(withoutSecrets(in), " ")
	if strings.Contains(out, "canary") || strings.Contains(out, "ca%%nary") {
		t.Error(out)
	}
	for _, kept := range []string{"@host:9090/x", "--pushgateway=https://", "ws://host/im", "a=b@c a@b.yaml"} {
		if !strings.Contains(out, kept) {
			t.Errorf("%s is gone: %s", kept, out)
		}
	}
}
