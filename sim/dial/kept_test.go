//go:build unix

package dial

import (
	"bufio"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"loginstorm/sim/wire"
)

// In memory, where time is exact: what nobody asks over is closed when its time is
// over, without another question, and whoever looked after it has ended.
func TestKeptConnectionsEndByThemselves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const asked = 5
		begun := time.Now()
		ends := make(chan time.Duration, asked)
		all := make(chan struct{})
		var here atomic.Int32
		connect := func(context.Context, string) (net.Conn, error) {
			near, far := net.Pipe()
			go func() {
				defer far.Close()
				in := bufio.NewReader(far)
				for {
					if _, err := http.ReadRequest(in); err != nil {
						ends <- time.Since(begun)
						return
					}
					if here.Add(1) == asked {
						close(all)
					}
					<-all // Nobody is answered before all have asked.
					_, _ = io.WriteString(far, "HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\n{\"token\":\"t\"}")
				}
			}()
			return near, nil
		}
		w, h := web(t, "http://app.example", func(c *WebConfig) { c.Connect = connect })
		for i := range uint32(asked) {
			w.AskToken(i, 1, 0, "a", wire.AuthDefault)
		}
		for range asked {
			if got := <-h; got.err != nil {
				t.Fatal(got.err)
			}
		}
		// One of them serves once more, and has its time from then on.
		time.Sleep(10 * time.Second)
		w.AskToken(0, 2, 0, "a", wire.AuthDefault)
		<-h
		for i := range asked {
			want := keptFor
			if i == asked-1 {
				want += 10 * time.Second
			}
			if got := <-ends; got < want || got > want+lookAtKept {
				t.Errorf("connection %d ended after %v, want %v", i, got, want)
			}
		}
		synctest.Wait()
		if k := &w.app.kept; k.watched || len(k.visits) > 0 {
			t.Errorf("%d are kept, watched: %v", len(k.visits), k.watched)
		}
		// The next question begins anew.
		w.AskToken(0, 3, 0, "a", wire.AuthDefault)
		if got := <-h; got.err != nil || !w.app.kept.watched {
			t.Errorf("%v, watched: %v", got.err, w.app.kept.watched)
		}
		w.Shutdown()
		<-ends
	})
}

// storm has so many questions outstanding at once that as many connections as may be
// are kept when they are answered.
func storm(t *testing.T, server *httptest.Server, full chan struct{}, asked int) *kept {
	t.Helper()
	w, h := web(t, server.URL, nil)
	for i := range asked {
		w.AskToken(uint32(i), 1, 0, "a", wire.AuthDefault)
	}
	<-full
	for range asked {
		if got := <-h; got.err != nil {
			t.Fatal(got.err)
		}
	}
	k := &w.app.kept
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.visits) != maxKept {
		t.Fatalf("%d connections are kept", len(k.visits))
	}
	return k
}

// crowd is a server that answers nobody before so many have asked; it then closes
// full.
func crowd(t *testing.T, asked int) (*httptest.Server, chan struct{}) {
	var here atomic.Int32
	full := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if here.Add(1) == int32(asked) {
			close(full)
		}
		<-full
		fmt.Fprint(w, `{"token": "t"}`)
	}))
	t.Cleanup(server.Close)
	return server, full
}

// A connection that its server has ended is seen by the next look, whatever its age.
func TestEndedConnectionsAreNotKept(t *testing.T) {
	const asked = maxKept + 40
	server, full := crowd(t, asked)
	k := storm(t, server, full, asked)
	if !k.look(time.Now()) || len(k.visits) != maxKept {
		t.Fatalf("%d connections are kept although none has ended", len(k.visits))
	}
	server.CloseClientConnections()
	for k.look(time.Now()) {
		runtime.Gosched() // The ends are on their way.
	}
}

// The end of a connection with TLS is seen as well; what belongs to its handshake is
// none.
func TestEndsAreSeenThroughTLS(t *testing.T) {
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "here") }))
	defer server.Close()
	c, err := tls.Dial("tcp", server.Listener.Addr().String(), server.Client().Transport.(*http.Transport).TLSClientConfig)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := io.WriteString(c, "GET / HTTP/1.1\r\nHost: h\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	answer, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		t.Fatal(err)
	}
	if body, err := io.ReadAll(answer.Body); err != nil || string(body) != "here" {
		t.Fatal(string(body), err)
	}
	if ended(c) {
		t.Error("it has ended before it did")
	}
	server.CloseClientConnections()
	for !ended(c) {
		runtime.Gosched()
	}
	near, far := net.Pipe()
	far.Close()
	if ended(near) {
		t.Error("a pipe is no socket")
	}
	near.Close()
}
