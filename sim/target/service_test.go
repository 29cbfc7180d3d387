package target

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"loginstorm/sim/backend"
	"loginstorm/sim/chance"
	"loginstorm/sim/gateway"
	"loginstorm/sim/wire"
)

// A second path to the same figures: backend.Server alone says when each request
// of a herd is answered.
func TestRequestsWaitAsTheirServerSays(t *testing.T) {
	app := backend.Config{Workers: 2, Queue: 5, ServiceTime: chance.Dist{Shape: chance.Uniform, A: 10 * time.Millisecond, B: 90 * time.Millisecond}}
	cfg := webbed()
	cfg.Web, cfg.App, cfg.Gateway.Seed = "", &app, 11
	inMemory(t, cfg, func(t *testing.T, s *Server, _ func() *peer) {
		const herd = 12
		model, err := backend.New(app, backend.App, 11)
		if err != nil {
			t.Fatal(err)
		}
		now := s.now()
		var want, got [2]map[time.Duration]int // Answers by the time they took, failures and successes apart.
		for i := range want {
			want[i], got[i] = map[time.Duration]int{}, map[time.Duration]int{}
		}
		type answer struct {
			ok   bool
			took time.Duration
		}
		answers := make(chan answer, herd)
		ask := asking(t, s)
		begin := time.Now()
		for range herd {
			at, ok := model.Ask(now)
			want[truth(ok)][at-now]++
			go func() {
				status, _ := ask(TokenPath + "?account=u0001")
				answers <- answer{status == http.StatusOK, time.Since(begin)}
			}()
		}
		synctest.Wait()
		if st := s.Stats(); st.App.Asked != herd || st.App.Waiting != 7 || st.App.Shed != 5 {
			t.Errorf("meanwhile %+v", *st.App)
		}
		for range herd {
			a := <-answers
			got[truth(a.ok)][a.took]++
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("answered after %v, want %v", got, want)
		}
		if st := s.Stats(); st.App.Waiting != 0 || st.Address != nil {
			t.Errorf("at the end %+v", st)
		}
	})
}

// Requests whose clocks were read in another order than they got through the lock
// are asked in the order of the lock.
func TestServicesNeverGoBack(t *testing.T) {
	s, err := newService(&backend.Config{ServiceTime: chance.Dist{Shape: chance.Constant, A: time.Second}}, backend.App, 1)
	if err != nil {
		t.Fatal(err)
	}
	for _, now := range []gateway.Time{10 * time.Second, 9 * time.Second, 10 * time.Second} {
		if at, ok := s.ask(now); at != 11*time.Second || !ok {
			t.Errorf("asked at %v: answered at %v, %v", now, at, ok)
		}
	}
}

func truth(ok bool) int {
	if ok {
		return 1
	}
	return 0
}

// asking returns a client of the web port in memory; each call is a connection of
// its own. A request that is not answered has status 0.
func asking(t *testing.T, s *Server) func(path string) (status int, body string) {
	dial := s.web.door.ln.(*pipes).dial
	client := &http.Client{Transport: &http.Transport{DialContext: dial, DisableKeepAlives: true}}
	return func(path string) (int, string) {
		w, err := client.Get("http://web" + path)
		if err != nil {
			return 0, err.Error()
		}
		defer func() { _ = w.Body.Close() }()
		text, err := io.ReadAll(w.Body)
		if err != nil {
			t.Error(err)
		}
		return w.StatusCode, string(text)
	}
}

func TestBackendsChangeForAWhile(t *testing.T) {
	cfg := webbed()
	cfg.Web = ""
	cfg.Address = &backend.Config{ServiceTime: chance.Dist{Shape: chance.Constant, A: time.Second}}
	inMemory(t, cfg, func(t *testing.T, s *Server, _ func() *peer) {
		ask := asking(t, s)
		want := func(status int, took time.Duration) {
			t.Helper()
			begin := time.Now()
			if got, body := ask(AddressPath); got != status || time.Since(begin) != took {
				t.Errorf("%d %s after %v, want %d after %v", got, body, time.Since(begin), status, took)
			}
		}
		want(http.StatusOK, time.Second)
		change := gateway.Command{Kind: gateway.SetBackend, Backend: backend.Address, ServiceTime: 2500, Fails: 1_000_000, Downtime: time.Minute}
		do(t, s, change)
		want(http.StatusServiceUnavailable, 2500*time.Millisecond)
		time.Sleep(time.Minute)
		want(http.StatusOK, time.Second)
		change.Backend = backend.App
		if err := s.Do(t.Context(), change); err == nil || !strings.Contains(err.Error(), "no app") {
			t.Errorf("a server that is not there changed: %v", err)
		}
	})
}

func TestThirdPartyLoginsWaitForTheApp(t *testing.T) {
	cfg := config()
	cfg.App = &backend.Config{Workers: 1, ServiceTime: chance.Dist{Shape: chance.Constant, A: time.Second}, Queue: 1}
	inMemory(t, cfg, func(t *testing.T, s *Server, connect func() *peer) {
		login := func(account uint32) (wire.Code, time.Duration) {
			c := credentials(account, 1)
			c.AuthType = wire.AuthThirdParty
			p, begin := connect(), time.Now()
			return p.login(c), time.Since(begin)
		}
		if code, took := login(1); code != wire.Success || took != time.Second {
			t.Errorf("code %d after %v", code, took)
		}
		do(t, s, gateway.Command{Kind: gateway.SetBackend, Backend: backend.App, ServiceTime: 3000, Fails: 1_000_000})
		if code, took := login(2); code != wire.Unavailable || took != 3*time.Second {
			t.Errorf("code %d after %v", code, took)
		}
		do(t, s, gateway.Command{Kind: gateway.SetBackend, Backend: backend.App})
		codes := make(chan wire.Code, 3)
		for account := range uint32(3) {
			go func() {
				code, _ := login(10 + account)
				codes <- code
			}()
		}
		full := 0
		for range 3 {
			if <-codes == wire.Unavailable {
				full++
			}
		}
		if full != 1 {
			t.Errorf("%d of 3 found the app's queue full, want 1", full)
		}
		do(t, s, gateway.Command{Kind: gateway.SetBackend, Backend: backend.App, Denies: 1_000_000, Code: 20042, Downtime: time.Minute})
		if code, took := login(2); code != 20042 || took != time.Second {
			t.Errorf("code %d after %v", code, took)
		}
		time.Sleep(time.Minute)
		if code, _ := login(2); code != wire.Success {
			t.Errorf("code %d behind the verdicts", code)
		}
		if st := s.Stats(); st.App.Asked != 7 || st.App.Failed != 1 || st.App.Denied != 1 || st.App.Shed != 1 || st.App.Waiting != 0 {
			t.Errorf("%+v", *st.App)
		}
	})
}
