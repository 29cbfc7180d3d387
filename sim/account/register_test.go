package account

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"loginstorm/sim/plan"
)

// TestCheckSum compares with
//
//	printf %s 'thesecretnonce1234567890' | openssl dgst -sha1
//	printf %s '' | openssl dgst -sha1
//	printf %s 'go9dnk49bkd9jd9vmel1kglw0803mgq34tgggergigwow323t23t1443592222' | openssl dgst -sha1
func TestCheckSum(t *testing.T) {
	for _, known := range [][4]string{
		{"thesecret", "nonce", "1234567890", "cbfa6417aa690d20805ec098e8af45be06ce3976"},
		{"", "", "", "da39a3ee5e6b4b0d3255bfef95601890afd80709"},
		{"go9dnk49bkd9jd9vmel1kglw0803mgq3", "4tgggergigwow323t23t", "1443592222", "021889e740178fc3cc1c8e04fd29fdf28ecfa810"},
	} {
		if got := CheckSum(known[0], known[1], known[2]); got != known[3] {
			t.Errorf("%v: %s", known[:3], got)
		}
	}
}

const (
	someKey    = "CANARY-key"
	someSecret = "CANARY-secret"
)

// api is a server API of the test's own: it shares no code with anybody's but CheckSum.
type api struct {
	*httptest.Server
	mu     sync.Mutex
	tokens map[string]string
	calls  map[action]int
	answer func(do action, accid string, calls int) (handled bool, w func(http.ResponseWriter))
}

func serveAPI(t *testing.T) *api {
	a := &api{tokens: map[string]string{}, calls: map[action]int{}}
	a.Server = httptest.NewServer(http.HandlerFunc(a.serve))
	t.Cleanup(a.Close)
	return a
}

func (a *api) serve(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	defer a.mu.Unlock()
	do, accid := action(r.URL.Path), r.PostFormValue("accid")
	a.calls[do]++
	if a.answer != nil {
		if handled, say := a.answer(do, accid, a.calls[do]); handled {
			say(w)
			return
		}
	}
	at, err := strconv.ParseInt(r.Header.Get("CurTime"), 10, 64)
	if age := time.Since(time.Unix(at, 0)); err != nil || age.Abs() > 5*time.Minute || len(r.Header.Get("Nonce")) < 8 || len(r.Header.Get("Nonce")) > 128 ||
		r.Header.Get("AppKey") != someKey || CheckSum(someSecret, r.Header.Get("Nonce"), r.Header.Get("CurTime")) != r.Header.Get("CheckSum") {
		fmt.Fprint(w, `{"code":414,"desc":"bad checksum CANARY"}`)
		return
	}
	_, here := a.tokens[accid]
	switch {
	case do == create && here, do != create && !here:
		fmt.Fprint(w, `{"code":414,"desc":"already register"}`)
		return
	case do == create || do == refresh:
		a.tokens[accid] = fmt.Sprintf("CANARY-%s-%d", accid, a.calls[do])
	}
	fmt.Fprintf(w, `{"code":200,"info":{"accid":%q,"token":%q}}`, accid, a.tokens[accid])
}

func (a *api) client(t *testing.T) (*Client, string) {
	c := NewClient(&plan.Register{URL: a.URL, AppKey: plan.NewSecret(someKey), AppSecret: plan.NewSecret(someSecret), Rate: 1e6, Timeout: 20 * time.Second}, "test")
	t.Cleanup(c.Close)
	c.again, c.pace.first = time.Millisecond, time.Millisecond
	return c, filepath.Join(t.TempDir(), "accounts.ndjson")
}

func name(i uint32) string { return fmt.Sprintf("qa-%03d", i) }

// register opens the state, registers and closes it.
func register(ctx context.Context, t *testing.T, c *Client, path string, count int, tell func(Progress)) ([]string, error) {
	t.Helper()
	s, err := OpenState(path, c.conf.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	return c.Register(ctx, s, count, name, tell)
}

func TestRegisterGoesOn(t *testing.T) {
	a := serveAPI(t)
	c, path := a.client(t)
	ctx, stop := context.WithCancel(t.Context())
	_, err := register(ctx, t, c, path, 100, func(p Progress) {
		if p.Done == 40 {
			stop()
		}
	})
	if !Interrupted(err) || strings.Contains(err.Error(), "CANARY") {
		t.Fatalf("interrupted: %v", err)
	}
	a.mu.Lock()
	first := len(a.tokens)
	a.mu.Unlock()
	// The process ended while it wrote.
	f, _ := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	fmt.Fprint(f, `{"account":"qa-099","tok`)
	f.Close()
	var last Progress
	tokens, err := register(t.Context(), t, c, path, 100, func(p Progress) { last = p })
	if err != nil || last.Done != 100 || last.Total != 100 {
		t.Fatalf("%v, %+v", err, last)
	}
	a.Close() // Nobody is asked any more, and what was under way is over.
	for i, token := range tokens {
		if token == "" || a.tokens[name(uint32(i))] != token {
			t.Errorf("account %d has another token", i)
		}
	}
	// What was under way when it was interrupted was made, and its answer was not heard.
	if a.calls[create] > 100+workers || first < 40 || a.calls[refresh] > workers {
		t.Errorf("%d calls in all, %d accounts at first, %d refreshed", a.calls[create], first, a.calls[refresh])
	}
	if again, err := register(t.Context(), t, c, path, 100, nil); err != nil || fmt.Sprint(again) != fmt.Sprint(tokens) {
		t.Errorf("the third time: %v", err)
	}
	if info, _ := os.Stat(path); info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v", info.Mode())
	}
	if l, err := Read(path); err != nil || l.Len() < 100 || l.Columns()[0] != "api" {
		t.Errorf("as a list: %v", err)
	}
}

func TestAnotherAPIsAccountsAreLeftAlone(t *testing.T) {
	a, b := serveAPI(t), serveAPI(t)
	ca, path := a.client(t)
	cb, _ := b.client(t)
	if _, err := register(t.Context(), t, ca, path, 3, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := register(t.Context(), t, cb, path, 3, nil); err != nil || len(b.tokens) != 3 {
		t.Errorf("%v, %d", err, len(b.tokens))
	}
}

func TestRegisteredAlreadyGetsAToken(t *testing.T) {
	a := serveAPI(t)
	c, path := a.client(t)
	a.tokens["qa-001"] = "CANARY-old"
	tokens, err := register(t.Context(), t, c, path, 3, nil)
	if err != nil || tokens[1] == "CANARY-old" || tokens[1] != a.tokens["qa-001"] || a.calls[refresh] != 1 {
		t.Errorf("%v, %d refreshed", err, a.calls[refresh])
	}
}

func TestTooOftenIsWaitedOut(t *testing.T) {
	a := serveAPI(t)
	c, path := a.client(t)
	refused := 0
	a.answer = func(_ action, _ string, n int) (bool, func(http.ResponseWriter)) {
		if n > 3 && n < 6 || n == 9 {
			refused++
			return true, func(w http.ResponseWriter) {
				if n == 9 {
					w.WriteHeader(http.StatusTooManyRequests)
				}
				fmt.Fprint(w, `{"code":416,"desc":"CANARY"}`)
			}
		}
		return false, nil
	}
	slow := 0
	_, err := register(t.Context(), t, c, path, 12, func(p Progress) {
		if p.Slow {
			slow++
		}
	})
	if err != nil || refused != 3 || len(a.tokens) != 12 || slow == 0 || a.calls[create] != 15 {
		t.Errorf("%v, %d refused, %d made, slow %d", err, refused, len(a.tokens), slow)
	}
}

func TestPaceSlowsDownOnce(t *testing.T) {
	p := newPace(100)
	begun := time.Now()
	p.slow(begun, 0)
	p.slow(begun, 0) // It was under way at the same time.
	if p.rate != 50 || p.wait != firstWait {
		t.Errorf("%v/s, %v", p.rate, p.wait)
	}
	p.slow(time.Now().Add(time.Second), time.Minute)
	p.slow(time.Now().Add(time.Hour), 0) // Without a hint it is waited longer each time.
	if p.wait != 2*firstWait {
		t.Errorf("then %v", p.wait)
	}
	p.slow(time.Now().Add(time.Hour), time.Minute)
	if p.rate != 6.25 || time.Until(p.next) < 50*time.Second {
		t.Errorf("%v/s, %v, %v", p.rate, p.wait, time.Until(p.next))
	}
	for range 1000 {
		p.good()
	}
	if p.rate != 100 || p.wait != 0 {
		t.Errorf("%v/s, %v", p.rate, p.wait)
	}
}

// TestErrorsAreBoundedAndSayWhere: none goes on for ever, and none shows a secret.
func TestErrorsAreBoundedAndSayWhere(t *testing.T) {
	text := func(status int, body string) func(action, string, int) (bool, func(http.ResponseWriter)) {
		return func(action, string, int) (bool, func(http.ResponseWriter)) {
			return true, func(w http.ResponseWriter) { w.WriteHeader(status); fmt.Fprint(w, body) }
		}
	}
	for what, c := range map[string]struct {
		answer func(action, string, int) (bool, func(http.ResponseWriter))
		want   string
	}{
		"another key":  {text(200, `{"code":414,"desc":"bad CANARY"}`), "refused with 414: appKey and appSecret are not this API's"},
		"forbidden":    {text(200, `{"code":403}`), "account qa-00"},
		"busy":         {text(200, `{"code":503}`), "answered with 503 (tried 5 times)"},
		"broken":       {text(500, `CANARY`), "answered with HTTP 500 (tried 5 times)"},
		"no JSON":      {text(200, `<html>CANARY`), "the answer is no {\"code\": ...} (tried 5 times)"},
		"no token":     {text(200, `{"code":200,"info":{}}`), "has no token in the answer"},
		"a redirect":   {text(302, ``), "answered with HTTP 302"},
		"a wrong time": {nil, "good for 5 minutes, and its clock is -6m"},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			a := serveAPI(t)
			a.answer = c.answer
			client, path := a.client(t)
			if c.answer == nil {
				client.now = func() time.Time { return time.Now().Add(6 * time.Minute) }
			}
			_, err := register(t.Context(), t, client, path, 2, nil)
			if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "CANARY") {
				t.Errorf("%v", err)
			}
		})
	}
	a := serveAPI(t)
	client, path := a.client(t)
	a.Close()
	_, err := register(t.Context(), t, client, path, 1, nil)
	if err == nil || !strings.Contains(err.Error(), "connection refused (tried 5 times)") || !strings.Contains(err.Error(), a.URL) {
		t.Errorf("nobody there: %v", err)
	}
}

func TestTooOftenForEverIsBounded(t *testing.T) {
	a := serveAPI(t)
	a.answer = func(action, string, int) (bool, func(http.ResponseWriter)) {
		return true, func(w http.ResponseWriter) { fmt.Fprint(w, `{"code":416}`) }
	}
	c, path := a.client(t)
	c.often = 3 * time.Millisecond
	if _, err := register(t.Context(), t, c, path, 20, nil); err == nil || !strings.Contains(err.Error(), "refused with 416 for 3ms: lower rate") {
		t.Errorf("%v", err)
	}
}

func TestOneProcessRegisters(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state")
	s, err := OpenState(path, "x")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := OpenState(path, "x"); err == nil || !strings.Contains(err.Error(), "another process registers accounts") {
		t.Errorf("%v", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	again, err := OpenState(path, "x")
	if err != nil {
		t.Fatal(err)
	}
	again.Close()
}

func TestStateNamesItsFaults(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state")
	for text, want := range map[string]string{
		"{\"account\":\"a\",\"token\":\"CANARY\",\"api\":\"x\"}\nCANARY\n": ":2: no account that was registered",
		"{\"account\":\"a\"}\n":                  "1: no account that was registered",
		strings.Repeat("CANARY", maxLine) + "\n": ":1: the line is longer",
	} {
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		_, err := OpenState(path, "x")
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "CANARY") {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

func TestBlockAndUnblock(t *testing.T) {
	a := serveAPI(t)
	c, path := a.client(t)
	if _, err := register(t.Context(), t, c, path, 20, nil); err != nil {
		t.Fatal(err)
	}
	if err := c.Block(t.Context(), 20, name, true, nil); err != nil || a.calls[block] != 20 {
		t.Errorf("%v", err)
	}
	if err := c.Unblock(t.Context(), 20, name, nil); err != nil || a.calls[unblock] != 20 {
		t.Errorf("%v", err)
	}
	if err := c.Block(t.Context(), 21, name, false, nil); err == nil || !strings.Contains(err.Error(), "qa-020 was refused with 414") {
		t.Errorf("a stranger: %v", err)
	}
}
