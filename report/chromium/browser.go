//go:build browser

package chromium

import (
	"bufio"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync"
	"testing"
	"time"
)

// patience bounds whatever a browser is asked: a stuck one fails with what it said.
const patience = 60 * time.Second

// Path finds Chromium, or fails with what is missing and how it is had.
func Path(t testing.TB) string {
	t.Helper()
	path := cmp.Or(os.Getenv("CHROMIUM"), "/usr/bin/chromium")
	found, err := exec.LookPath(path)
	if err != nil {
		t.Fatalf("no browser: there is no program %s (%v); install it (apt-get install chromium), or name another: CHROMIUM=/path/to/chrome go test -tags browser ./report/...", path, err)
	}
	return found
}

// Browser is a Chromium without a window and with a profile of its own.
type Browser struct {
	t   testing.TB
	in  io.Writer
	mu  sync.Mutex
	n   int
	got map[int]chan reply
	tab map[string]*Tab // By session.
}

type reply struct {
	Result json.RawMessage
	Error  *struct{ Message string }
}

// Start begins a browser, which ends with the test.
func Start(t testing.TB, flags ...string) *Browser {
	t.Helper()
	hear, say, err := pipes()
	if err != nil {
		t.Fatal(err)
	}
	profile, err := os.MkdirTemp("", "chromium-profile-")
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(Path(t), append([]string{"--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
		"--disable-component-update", "--disable-sync", "--hide-scrollbars", "--user-data-dir=" + profile, "--remote-debugging-pipe"}, flags...)...)
	cmd.ExtraFiles = []*os.File{hear[0], say[1]} // Descriptors 3 and 4 of the browser.
	if err := cmd.Start(); err != nil {
		t.Fatalf("start %s: %v", cmd.Path, err)
	}
	hear[0].Close()
	say[1].Close()
	b := &Browser{t: t, in: hear[1], got: map[int]chan reply{}, tab: map[string]*Tab{}}
	done := make(chan struct{})
	go func() { defer close(done); b.listen(say[0]) }()
	t.Cleanup(func() {
		_ = b.call("", "Browser.close", nil, nil)
		until := time.AfterFunc(patience, func() { _ = cmd.Process.Kill() })
		_ = cmd.Wait()
		until.Stop()
		_ = os.RemoveAll(profile)
		hear[1].Close()
		say[0].Close()
		<-done
	})
	return b
}

func pipes() (hear, say [2]*os.File, err error) {
	if hear[0], hear[1], err = os.Pipe(); err != nil {
		return hear, say, err
	}
	say[0], say[1], err = os.Pipe()
	return hear, say, err
}

// listen hands what the browser says to whoever waits for it. Messages end with a zero
// byte.
func (b *Browser) listen(from io.Reader) {
	lines := bufio.NewReader(from)
	for {
		text, err := lines.ReadBytes(0)
		if err != nil {
			return
		}
		var m struct {
			ID        int
			Method    string
			SessionID string
			Params    json.RawMessage
			reply
		}
		if json.Unmarshal(text[:len(text)-1], &m) != nil {
			continue
		}
		b.mu.Lock()
		waits, tab := b.got[m.ID], b.tab[m.SessionID]
		delete(b.got, m.ID)
		b.mu.Unlock()
		switch {
		case waits != nil:
			waits <- m.reply
		case tab != nil:
			tab.heard(m.Method, m.Params)
		}
	}
}

// call asks the browser and waits for its answer.
func (b *Browser) call(session, method string, params, into any) error {
	b.mu.Lock()
	b.n++
	id, answer := b.n, make(chan reply, 1)
	b.got[id] = answer
	m := map[string]any{"id": id, "method": method}
	if params != nil {
		m["params"] = params
	}
	if session != "" {
		m["sessionId"] = session
	}
	text, err := json.Marshal(m)
	if err == nil {
		_, err = b.in.Write(append(text, 0))
	}
	b.mu.Unlock()
	if err != nil {
		return fmt.Errorf("%s: %w", method, err)
	}
	late := time.NewTimer(patience)
	defer late.Stop()
	select {
	case r := <-answer:
		if r.Error != nil {
			return fmt.Errorf("%s: %s", method, r.Error.Message)
		}
		if into == nil {
			return nil
		}
		return json.Unmarshal(r.Result, into)
	case <-late.C:
		return fmt.Errorf("%s: no answer in %v", method, patience)
	}
}
