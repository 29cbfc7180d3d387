package dial

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"loginstorm/sim/wire"
)

// answer is what a test's handler heard.
type answer struct {
	ask       *Ask
	begun, at Time
	token     string
	list      []Address
	err       error
}

type answers chan answer

func (c answers) Token(a *Ask, begun, at Time, token string, err error) {
	c <- answer{ask: a, begun: begun, at: at, token: token, err: err}
}
func (c answers) Addresses(a *Ask, begun, at Time, list []Address, err error) {
	c <- answer{ask: a, begun: begun, at: at, list: list, err: err}
}

// web returns a Web that asks one server for everything; it is shut down with the
// test.
func web(t *testing.T, base string, change func(*WebConfig)) (*Web, answers) {
	t.Helper()
	h := make(answers, 1024)
	conf := WebConfig{AppURL: base, AddressURL: base, UserAgent: "loginstorm/test", RunID: "r1"}
	if change != nil {
		change(&conf)
	}
	w, err := NewWeb(conf, h)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Shutdown)
	return w, h
}

func TestTokensAndAddressesAreAskedFor(t *testing.T) {
	var asked []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.Method+" "+r.URL.String()+" "+r.UserAgent()+" "+r.Header.Get(wire.RunIDHeader))
		if r.URL.Path == "/base/address" {
			fmt.Fprint(w, `{"addresses": [{"url": "ws://a/im", "node": 0}, {"url": "ws://b/im"}, {"node": 2}, {}], "more": 1}`)
			return
		}
		fmt.Fprintf(w, `{"token": "secret of %s"}`, r.URL.Query().Get("account"))
	}))
	defer server.Close()
	w, h := web(t, server.URL+"/base/", nil)
	a := w.AskToken(7, 3, 5, "a & b", wire.AuthThirdParty)
	if got := <-h; got.err != nil || got.token != "secret of a & b" || got.ask != a || a.Client != 7 || a.Gen != 3 || a.Due != 5 || got.begun > got.at {
		t.Errorf("got %+v", got)
	}
	w.AskToken(7, 4, 5, "c", wire.AuthDynamic)
	if got := <-h; got.token != "secret of c" {
		t.Errorf("got %+v", got)
	}
	w.AskAddresses(1, 1, 0)
	want := []Address{{"ws://a/im", 0}, {"ws://b/im", -1}, {"", 2}}
	if got := <-h; got.err != nil || cmp.Diff(want, got.list) != "" {
		t.Errorf("got %+v", got)
	}
	wantAsked := []string{
		"GET /base/app/token?account=a+%26+b&authType=default loginstorm/test r1",
		"GET /base/app/token?account=c&authType=dynamic loginstorm/test r1",
		"GET /base/address loginstorm/test r1",
	}
	if diff := cmp.Diff(wantAsked, asked); diff != "" {
		t.Error(diff)
	}
}

// Whatever a server answers is a verdict, and what it says is in no error: it may
// hold a token.
func TestServersThatMisbehave(t *testing.T) {
	long := strings.Repeat("y", 300<<10)
	for name, test := range map[string]struct {
		says string
		kind ErrorKind
	}{
		"hangs up":         {"", Cut},
		"another protocol": {"220 hunter2\r\n", OtherError},
		"not found":        {"HTTP/1.1 404 hunter2\r\nContent-Length: 0\r\n\r\n", Denied},
		"busy":             {"HTTP/1.1 503 Busy\r\nRetry-After: 7\r\nContent-Length: 7\r\n\r\nhunter2", Denied},
		"elsewhere":        {"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/hunter2\r\nContent-Length: 0\r\n\r\n", Denied},
		"no JSON":          {"HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\nhunter2", OtherError},
		"another shape":    {"HTTP/1.1 200 OK\r\nContent-Length: 21\r\n\r\n{\"token\":[\"hunter2\"]}", OtherError},
		"an empty one":     {"HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n{\"token\":\"\"}", OtherError},
		"half":             {"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{\"token\":\"hunter2\"}", Cut},
		"a long one":       {"HTTP/1.1 200 OK\r\n\r\n{\"token\":\"hunter2" + long + "\"}", OtherError},
		"a long header":    {"HTTP/1.1 200 OK\r\nX: hunter2" + long + "\r\n\r\n", OtherError},
		"endless news":     {strings.Repeat("HTTP/1.1 100 Continue\r\n\r\n", 1000), Denied},
		"a broken chunk":   {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nhunter2\r\n", OtherError},
	} {
		t.Run(name, func(t *testing.T) {
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			var serving sync.WaitGroup
			serving.Go(func() {
				for {
					c, err := l.Accept()
					if err != nil {
						return
					}
					if _, err := http.ReadRequest(bufio.NewReader(c)); err == nil {
						_, _ = io.WriteString(c, test.says)
					}
					c.Close()
				}
			})
			defer serving.Wait()
			defer l.Close()
			w, h := web(t, "http://"+l.Addr().String(), nil)
			for _, ask := range []func(){func() { w.AskToken(0, 1, 0, "a", wire.AuthDefault) }, func() { w.AskAddresses(0, 1, 0) }} {
				ask()
				got := <-h
				var e *Error
				if !errors.As(got.err, &e) || e.Kind != test.kind && e.Kind != Cut || got.token != "" && got.err == nil {
					t.Fatalf("got %+v", got)
				}
				if text := got.err.Error(); strings.Contains(text, "hunter2") || !strings.Contains(text, l.Addr().String()) {
					t.Errorf("the error says %q", text)
				}
				if name == "busy" && (e.RetryAfter != 7*time.Second || e.HTTPStatus != 503) {
					t.Errorf("got %+v", e)
				}
			}
		})
	}
}

// All questions are outstanding at once although none is answered; cancelled, they
// leave and have no answer.
func TestNothingHoldsAQuestionBack(t *testing.T) {
	const asked = 300
	var here atomic.Int32
	full, left := make(chan struct{}), make(chan struct{}, asked)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if here.Add(1) == asked {
			close(full)
		}
		<-r.Context().Done()
		left <- struct{}{}
	}))
	defer server.Close()
	w, h := web(t, server.URL, nil)
	all := make([]*Ask, asked)
	for i := range all {
		all[i] = w.AskToken(uint32(i), 1, 0, "a", wire.AuthDefault)
	}
	<-full
	for _, a := range all[:asked/2] {
		a.Cancel()
	}
	for range asked / 2 {
		<-left
	}
	w.Shutdown()
	for range asked / 2 {
		<-left
	}
	w.AskToken(0, 2, 0, "a", wire.AuthDefault)
	if len(h) > 0 {
		t.Errorf("somebody heard %+v", <-h)
	}
}

// A connection serves again; one that the server has ended meanwhile costs nobody
// an answer.
func TestConnectionsAreUsedAgain(t *testing.T) {
	var opened atomic.Int32
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, `{"token": "t"}`)
	}))
	server.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		if s == http.StateNew {
			opened.Add(1)
		}
	}
	server.Start()
	defer server.Close()
	w, h := web(t, server.URL, nil)
	for i := range 6 {
		w.AskToken(0, 1, 0, "a", wire.AuthDefault)
		if got := <-h; got.err != nil {
			t.Fatalf("question %d: %v", i, got.err)
		}
		if i == 3 {
			server.CloseClientConnections()
		}
	}
	if n := opened.Load(); n != 2 {
		t.Errorf("%d connections for six questions, one end between them", n)
	}
}

// In memory, where time is exact: a question ends after its bound whatever its
// server does, and what was kept too long is not used again.
func TestAQuestionIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		served := 0
		connect := func(ctx context.Context, address string) (net.Conn, error) {
			if address != "app.example:80" {
				t.Errorf("asked at %s", address)
			}
			served++
			if served == 3 {
				<-ctx.Done()
				return nil, ctx.Err()
			}
			near, far := net.Pipe()
			silent := served == 2
			go func() {
				in := bufio.NewReader(far)
				for {
					if _, err := http.ReadRequest(in); err != nil {
						far.Close()
						return
					}
					if !silent {
						_, _ = io.WriteString(far, "HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\n{\"token\":\"t\"}")
					}
				}
			}()
			return near, nil
		}
		w, h := web(t, "http://app.example", func(c *WebConfig) { c.Connect, c.Timeout = connect, 5*time.Second })
		for i, want := range []struct {
			span time.Duration
			kind ErrorKind
		}{{0, 0}, {5 * time.Second, TimedOut}, {5 * time.Second, TimedOut}, {0, 0}} {
			begun := time.Now()
			a := w.AskToken(0, uint32(i), 0, "a", wire.AuthDefault)
			got := <-h
			var e *Error
			if errors.As(got.err, &e); time.Since(begun) != want.span || got.at-got.begun != want.span || got.ask != a || e == nil && want.kind != 0 || e != nil && e.Kind != want.kind {
				t.Errorf("question %d: after %v: %+v", i, time.Since(begun), got)
			}
			time.Sleep(keptFor)
		}
		w.Shutdown()
	})
}

func TestBadBases(t *testing.T) {
	for _, base := range []string{"ws://h/", "http://", "http://user:hunter2@h/", "http://h/?x", "::", "http://h/#f"} {
		_, err := NewWeb(WebConfig{AppURL: base}, nil)
		if err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: %v", base, err)
		}
	}
	if _, err := NewWeb(WebConfig{AppURL: "http://h/", UserAgent: "a\r\nb: c"}, nil); err == nil {
		t.Error("a header was smuggled in")
	}
}
