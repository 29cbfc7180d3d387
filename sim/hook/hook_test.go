package hook

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"loginstorm/sim/gateway"
	"loginstorm/sim/plan"
)

// TestMain lets the test binary be the program that hooks run, wherever there is no shell.
func TestMain(m *testing.M) {
	switch os.Getenv("HOOK_TEST") {
	case "tell": // Everything it was told goes into a file.
		said, _ := io.ReadAll(os.Stdin)
		var vars []string
		for _, v := range os.Environ() {
			if strings.HasPrefix(v, "LOGINSTORM_") {
				vars = append(vars, v)
			}
		}
		text, _ := json.Marshal(struct {
			Vars []string
			Said string
		}{vars, string(said)})
		if os.WriteFile(os.Args[1]+"."+os.Getenv("LOGINSTORM_PHASE"), text, 0o600) != nil {
			os.Exit(1)
		}
		os.Exit(0)
	case "fail":
		_, _ = os.Stderr.WriteString("first\n" + strings.Repeat("x", 2000) + "\nno such unit\n")
		os.Exit(3)
	case "hang":
		child := exec.Command(os.Args[0])
		child.Env = append(os.Environ(), "HOOK_TEST=wait")
		_ = child.Run()
	case "wait":
		select {}
	}
	os.Exit(m.Run())
}

// runner is a Runner for one restart of node 2 and what it came to.
func runner(t *testing.T, h *plan.Hook, command *gateway.Command) (*Runner, *plan.Step, func() []Outcome) {
	t.Helper()
	p := &plan.Plan{Name: "night", Duration: time.Hour, Entries: []plan.Entry{{Name: "deploy", Verb: "restart", Hook: h}}}
	p.Accounts.Prefix, p.Accounts.Count = "qa-", 100
	var mu sync.Mutex
	var outcomes []Outcome
	r := New(Config{Plan: p, RunID: "abc", Note: func(o Outcome) {
		mu.Lock()
		defer mu.Unlock()
		o.Took = 0
		outcomes = append(outcomes, o)
	}})
	return r, &plan.Step{At: 1500 * time.Millisecond, Kind: plan.Control, Command: command}, func() []Outcome {
		for _, err := range r.Close() {
			t.Error(err)
		}
		return outcomes
	}
}

func self(mode string, args ...string) ([]string, func(*testing.T)) {
	exe, _ := os.Executable()
	return append([]string{exe}, args...), func(t *testing.T) { t.Setenv("HOOK_TEST", mode) }
}

func restart(downtime time.Duration) *gateway.Command {
	return &gateway.Command{Kind: gateway.Restart, Node: 1, Orderly: true, Downtime: downtime}
}

func TestAProgramIsToldEverything(t *testing.T) {
	file := filepath.Join(t.TempDir(), "told")
	argv, mode := self("tell", file)
	mode(t)
	h := &plan.Hook{Run: argv, Timeout: time.Minute, Then: &plan.Hook{Run: argv, Timeout: time.Minute}}
	r, step, end := runner(t, h, restart(time.Millisecond))
	if err := r.Do(t.Context(), step); err != nil {
		t.Fatal(err)
	}
	want := []Outcome{{Entry: "deploy", Phase: "begin", What: "runs " + argv[0]}, {Entry: "deploy", Phase: "end", What: "runs " + argv[0]}}
	if diff := cmp.Diff(want, end()); diff != "" {
		t.Error(diff)
	}
	for _, phase := range []string{"begin", "end"} {
		text, err := os.ReadFile(file + "." + phase)
		if err != nil {
			t.Fatal(err)
		}
		var told struct {
			Vars []string
			Said string
		}
		if err := json.Unmarshal(text, &told); err != nil {
			t.Fatal(err)
		}
		for _, v := range []string{"PHASE=" + phase, "ENTRY=deploy", "VERB=restart", "COMMAND=restart", "NODE=2", "BY=orderly", "SESSIONS=lost",
			"SECONDS=0.001", "AT=1.5", "SCENARIO=night", "RUN_ID=abc"} {
			if !strings.Contains(strings.Join(told.Vars, "\n")+"\n", "LOGINSTORM_"+v+"\n") {
				t.Errorf("%s: %s is missing in %v", phase, v, told.Vars)
			}
		}
		var call Call
		if err := json.Unmarshal([]byte(told.Said), &call); err != nil {
			t.Fatal(err)
		}
		if call.Phase != phase || call.Node != "2" || call.Details == nil || call.Details.Downtime != time.Millisecond {
			t.Errorf("%s: said %s", phase, told.Said)
		}
	}
}

func TestAProgramThatFailsSaysWhy(t *testing.T) {
	argv, mode := self("fail")
	mode(t)
	r, step, _ := runner(t, &plan.Hook{Run: argv, Timeout: time.Minute}, restart(0))
	err := r.Do(t.Context(), step)
	if err == nil || !strings.Contains(err.Error(), "exit status 3") || !strings.HasSuffix(err.Error(), "no such unit") || len(err.Error()) > 1000 {
		t.Errorf("error %v", err)
	}
	r, step, _ = runner(t, &plan.Hook{Run: []string{"./no-such-program"}, Timeout: time.Minute}, restart(0))
	if err := r.Do(t.Context(), step); err == nil || !strings.Contains(err.Error(), "no-such-program") {
		t.Errorf("error %v", err)
	}
}

// What was begun is taken back at once when the run ends meanwhile.
func TestAnInterruptedRunTakesBack(t *testing.T) {
	for name, command := range map[string]*gateway.Command{
		"node":   restart(time.Hour / 2),
		"shared": {Kind: gateway.SetSync, Downtime: time.Hour / 2},
	} {
		t.Run(name, func(t *testing.T) {
			begun := make(chan struct{})
			var once sync.Once
			server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { once.Do(func() { close(begun) }) }))
			defer server.Close()
			hook := &plan.Hook{Webhook: server.URL, Timeout: time.Minute, Then: &plan.Hook{Webhook: server.URL + "/back", Timeout: time.Minute}}
			r, step, end := runner(t, hook, command)
			ctx, cancel := context.WithCancel(t.Context())
			done := make(chan error)
			go func() { done <- r.Do(ctx, step) }()
			<-begun
			if name == "shared" {
				if err := <-done; err != nil { // It does not hold up what comes next.
					t.Error(err)
				}
				cancel()
			} else {
				cancel()
				<-done
			}
			var phases []string
			for _, o := range end() {
				phases = append(phases, o.Phase)
			}
			if len(phases) == 0 || phases[len(phases)-1] != "end" {
				t.Errorf("phases %v", phases)
			}
		})
	}
}

func TestAWebhook(t *testing.T) {
	const hidden = "s3cr3t"
	var got Call
	mux := http.NewServeMux()
	mux.HandleFunc("POST /ok", func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != hidden || r.Header.Get("X-Team") != "im" {
			w.WriteHeader(http.StatusForbidden)
		}
		_ = json.NewDecoder(r.Body).Decode(&got)
	})
	mux.HandleFunc("POST /bad", func(w http.ResponseWriter, _ *http.Request) { http.Error(w, hidden, http.StatusTeapot) })
	mux.Handle("POST /elsewhere", http.RedirectHandler("/ok", http.StatusTemporaryRedirect))
	server := httptest.NewServer(mux)
	defer server.Close()
	headers := []plan.Header{{Name: "Authorization", Secret: plan.NewSecret(hidden)}, {Name: "X-Team", Value: "im"}}
	for path, want := range map[string]string{"/ok": "", "/bad": "HTTP 418", "/elsewhere": "HTTP 307"} {
		r, step, _ := runner(t, &plan.Hook{Webhook: server.URL + path, Headers: headers, Timeout: time.Minute}, &gateway.Command{Kind: gateway.Ban, Accounts: []uint32{3, 4}})
		err := r.Do(t.Context(), step)
		switch {
		case want == "" && err != nil, want != "" && (err == nil || !strings.Contains(err.Error(), want)):
			t.Errorf("%s: error %v, want %q", path, err, want)
		case err != nil && strings.Contains(err.Error(), hidden):
			t.Errorf("%s: the error gives a secret away: %v", path, err)
		}
	}
	if got.Command != "ban" || len(got.Accounts) != 2 || !strings.HasPrefix(got.Accounts[0], "qa-") {
		t.Errorf("told %+v", got)
	}
	closed := httptest.NewServer(nil)
	closed.Close()
	r, step, _ := runner(t, &plan.Hook{Webhook: closed.URL + "/token/" + hidden, Timeout: time.Minute}, restart(0))
	if err := r.Do(t.Context(), step); err == nil || strings.Contains(err.Error(), hidden) {
		t.Errorf("error %v", err)
	}
}

// A mark does nothing, and something for good is not taken back.
func TestWhatIsNotTakenBack(t *testing.T) {
	hook := &plan.Hook{Timeout: time.Minute, Then: &plan.Hook{Run: []string{"./never"}, Timeout: time.Minute}}
	for _, downtime := range []time.Duration{0, time.Hour, 10 * 365 * 24 * time.Hour} {
		r, step, end := runner(t, hook, restart(downtime))
		if err := r.Do(t.Context(), step); err != nil {
			t.Error(err)
		}
		if all := end(); len(all) != 1 || all[0].What != "marks the instant" {
			t.Errorf("%v: %v", downtime, all)
		}
	}
}

// What fails beside the timeline is told at the end.
func TestCloseTellsWhatFailed(t *testing.T) {
	hook := &plan.Hook{Timeout: time.Minute, Then: &plan.Hook{Run: []string{"./never"}, Timeout: time.Minute}}
	r, step, _ := runner(t, hook, &gateway.Command{Kind: gateway.SetAuth, Downtime: time.Millisecond})
	if err := r.Do(t.Context(), step); err != nil {
		t.Fatal(err)
	}
	faults := r.Close()
	if len(faults) != 1 || !errors.Is(faults[0], os.ErrNotExist) {
		t.Errorf("faults %v", faults)
	}
}
