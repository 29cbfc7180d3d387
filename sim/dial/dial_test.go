package dial

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestEcho(t *testing.T) {
	carriers(t, func(t *testing.T, s *server) {
		d, h := s.dialer(t, "/echo", nil)
		c := d.NewConn(7, 1)
		if err := c.Open(0); err != nil {
			t.Fatal(err)
		}
		if got := <-h.up; got != c {
			t.Fatal("another Conn is up")
		}
		long := strings.Repeat("long ", 10_000)
		for i, say := range []string{"one", "two", long, ""} {
			if err := c.Say([]byte(say), i == 1); err != nil {
				t.Fatal(err)
			}
			want := say
			if i == 1 {
				want = "b:" + say
			}
			if got := <-h.frame; got != want {
				t.Fatalf("said %.20q, heard %.20q", want, got)
			}
		}
		if !c.Close(1000) {
			t.Error("the link was open and Close says it was not")
		}
		if got := <-s.heard; !strings.Contains(got, "1000") {
			t.Errorf("the server heard %q", got)
		}
		<-h.down
		if c.Close(1000) || c.Say(nil, false) == nil {
			t.Error("a dead link can be used")
		}
	})
}

// Where the address is no name, no time is spent on finding it: no phase of an attempt
// begins with it, not even of the first one.
func TestALiteralAddressIsNotLookedUp(t *testing.T) {
	carriers(t, func(t *testing.T, s *server) {
		d, h := s.dialer(t, "/echo", nil)
		for i := range uint32(4) {
			c := d.NewConn(i, 1)
			if err := c.Open(0); err != nil {
				t.Fatal(err)
			}
			<-h.up
			c.Reset()
		}
		if took := time.Duration(h.lookedUp.Load()); took != 0 {
			t.Errorf("looked up for %v", took)
		}
	})
}

func TestUpgradeNamesTheLoad(t *testing.T) {
	carriers(t, func(t *testing.T, s *server) {
		d, _ := s.dialer(t, "/who", nil)
		err := d.NewConn(0, 1).Open(0)
		var e *Error
		if !errors.As(err, &e) || e.Kind != Denied || e.HTTPStatus != 418 {
			t.Errorf("got %v", err)
		}
		if got := <-s.heard; got != "loginstorm/test r1 test.v1" {
			t.Errorf("the server heard %q", got)
		}
	})
}

func TestFailuresAreClassified(t *testing.T) {
	carriers(t, func(t *testing.T, s *server) {
		for path, want := range map[string]ErrorKind{"/deny": Denied, "/nowhere": Denied, "/garbage": OtherError, "/drop": Cut, "/flood": BadUpgrade} {
			d, h := s.dialer(t, path, nil)
			err := d.NewConn(0, 1).Open(0)
			var e *Error
			if !errors.As(err, &e) || e.Kind != want && !(path == "/garbage" && e.Kind == BadUpgrade) {
				t.Errorf("%s: got %v", path, err)
				continue
			}
			if path == "/deny" && (e.HTTPStatus != 503 || e.RetryAfter != 7*time.Second) {
				t.Errorf("got status %d, hint %v", e.HTTPStatus, e.RetryAfter)
			}
			if len(h.up)+len(h.down) > 0 {
				t.Errorf("%s: something was told", path)
			}
		}
	})
}

func TestFramesThatCameWithTheUpgrade(t *testing.T) {
	carriers(t, func(t *testing.T, s *server) {
		d, h := s.dialer(t, "/glued", nil)
		if err := d.NewConn(0, 1).Open(0); err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{"one", "b:two", "three"} {
			if got := <-h.frame; got != want {
				t.Errorf("got %q, want %q", got, want)
			}
		}
	})
}

func TestBrokenFramesEndTheLink(t *testing.T) {
	carriers(t, func(t *testing.T, s *server) {
		for path, want := range map[string]string{
			"/masked": "masked", "/reserved": "reserved", "/oversized": "longer", "/endless": "longer",
			"/badclose": "half a code", "/truncated": "EOF", "/gone": "EOF",
		} {
			d, h := s.dialer(t, path, nil)
			if err := d.NewConn(0, 1).Open(0); err != nil {
				t.Fatalf("%s: %v", path, err)
			}
			got := <-h.down
			if got.code != 1006 || got.cause == nil || !strings.Contains(got.cause.Error(), want) && !strings.Contains(got.cause.Error(), "reset") {
				t.Errorf("%s: got %d %v", path, got.code, got.cause)
			}
		}
	})
}

func TestPeerCloses(t *testing.T) {
	carriers(t, func(t *testing.T, s *server) {
		d, h := s.dialer(t, "/echo", nil)
		c := d.NewConn(0, 1)
		if err := c.Open(0); err != nil {
			t.Fatal(err)
		}
		_ = c.Say([]byte("close now"), false)
		if got := <-h.down; got.code != 4001 || got.cause == nil || got.cause.Error() != "kicked" {
			t.Errorf("got %d %v", got.code, got.cause)
		}
		d, h = s.dialer(t, "/closed", nil)
		if err := d.NewConn(0, 1).Open(0); err != nil {
			t.Fatal(err)
		}
		if got := <-h.down; got.code != 1001 {
			t.Errorf("got %d %v", got.code, got.cause)
		}
	})
}

func TestResetIsHeardAtOnce(t *testing.T) {
	carriers(t, func(t *testing.T, s *server) {
		d, h := s.dialer(t, "/echo", nil)
		c := d.NewConn(0, 1)
		if err := c.Open(0); err != nil {
			t.Fatal(err)
		}
		c.Reset()
		<-h.down
		if got := <-s.heard; got != "reset" && t.Name() != "TestResetIsHeardAtOnce/pipe" {
			t.Errorf("the server heard %q", got)
		}
	})
}

func TestAnAttemptIsCutShort(t *testing.T) {
	carriers(t, func(t *testing.T, s *server) {
		for name, cut := range map[string]func(*Conn){"close": func(c *Conn) { c.Close(1000) }, "reset": (*Conn).Reset, "abandon": (*Conn).Abandon} {
			d, h := s.dialer(t, "/never", nil)
			c := d.NewConn(0, 1)
			opened := make(chan error)
			go func() { opened <- c.Open(0) }()
			<-s.heard
			cut(c)
			var e *Error
			if err := <-opened; !errors.As(err, &e) || e.Kind != Aborted {
				t.Errorf("%s: got %v", name, err)
			}
			if len(h.up)+len(h.down) > 0 {
				t.Errorf("%s: something was told", name)
			}
			if name != "abandon" {
				if got := <-s.heard; got != "left" {
					t.Errorf("%s: the server heard %q", name, got)
				}
			} else if len(s.heard) > 0 {
				t.Errorf("the server heard %q of an abandoned attempt", <-s.heard)
			}
		}
	})
}

// A second link is opened, used and closed after the silent one, so that
// whatever had left would have arrived.
func TestWhatIsAbandonedStaysSilent(t *testing.T) {
	carriers(t, func(t *testing.T, s *server) {
		for name, leave := range map[string]func(*Conn){
			"abandon":     (*Conn).Abandon,
			"muted close": func(c *Conn) { c.Mute(true); _ = c.Say([]byte("lost"), false); c.Close(1000) },
			"muted reset": func(c *Conn) { c.Mute(true); c.Reset() },
		} {
			d, h := s.dialer(t, "/echo", nil)
			c, other := d.NewConn(0, 1), d.NewConn(1, 1)
			for _, c := range []*Conn{c, other} {
				if err := c.Open(0); err != nil {
					t.Fatal(err)
				}
			}
			leave(c)
			<-h.down
			other.Close(3001)
			<-h.down
			if got := <-s.heard; !strings.Contains(got, "3001") {
				t.Errorf("%s: the server heard %q", name, got)
			}
			if open := d.conns(); len(open) != 1 || open[0] != c {
				t.Errorf("%s: %d links are held", name, len(open))
			}
			c.end(0, 1006, errAborted)
			<-s.heard
		}
	})
}

func TestFrozenReadsNothingUntilItThaws(t *testing.T) {
	carriers(t, func(t *testing.T, s *server) {
		d, h := s.dialer(t, "/echo", nil)
		c, other := d.NewConn(0, 1), d.NewConn(1, 1)
		for _, c := range []*Conn{c, other} {
			if err := c.Open(0); err != nil {
				t.Fatal(err)
			}
		}
		c.Freeze()
		_ = c.Say([]byte("frozen"), false)
		for range 20 {
			_ = other.Say([]byte("awake"), false)
			if got := <-h.frame; got != "awake" {
				t.Fatalf("heard %q", got)
			}
		}
		c.Thaw()
		if got := <-h.frame; got != "frozen" {
			t.Fatalf("heard %q", got)
		}
	})
}

func TestAPeerThatDoesNotReadEndsTheLinkAndStallsNobody(t *testing.T) {
	carriers(t, func(t *testing.T, s *server) {
		d, h := s.dialer(t, "/echo", nil)
		c := d.NewConn(0, 1)
		if err := c.Open(0); err != nil {
			t.Fatal(err)
		}
		c.Freeze() // The echoes pile up until the server cannot read on.
		piece := make([]byte, 32<<10)
		var err error
		for err == nil {
			err = c.Say(piece, true)
		}
		if err != errOverflow {
			t.Errorf("got %v", err)
		}
		if got := <-h.down; got.cause != errOverflow {
			t.Errorf("got %v", got.cause)
		}
	})
}

func TestShutdownCountsWhatWasOpen(t *testing.T) {
	carriers(t, func(t *testing.T, s *server) {
		d, h := s.dialer(t, "/echo", nil)
		for i := range 10 {
			if err := d.NewConn(uint32(i), 1).Open(0); err != nil {
				t.Fatal(err)
			}
		}
		if n, _ := d.Shutdown(t.Context(), 1001); n != 10 {
			t.Errorf("%d were open", n)
		}
		if len(h.down) != 10 {
			t.Errorf("%d went down", len(h.down))
		}
		if err := d.NewConn(11, 1).Open(0); err == nil {
			t.Error("a Dialer that was shut down opens links")
		}
	})
}

func TestRefused(t *testing.T) {
	for _, url := range []string{"ws://127.0.0.1:1/x", "ws://localhost:1/x"} {
		d, err := New(Config{Endpoints: []Endpoint{{URL: url}}}, newEar())
		if err != nil {
			t.Fatal(err)
		}
		var e *Error
		if err := d.NewConn(0, 1).Open(0); !errors.As(err, &e) || e.Kind != Refused {
			t.Errorf("got %v", err)
		}
		d.Shutdown(t.Context(), 1000)
	}
}

func TestBadAddresses(t *testing.T) {
	for _, url := range []string{"http://127.0.0.1/", "ws://", "ws://u:p@h/", "::"} {
		if _, err := New(Config{Endpoints: []Endpoint{{URL: url}}}, newEar()); err == nil {
			t.Errorf("%s was taken", url)
		}
	}
	if _, err := New(Config{}, newEar()); err == nil {
		t.Error("no endpoint was taken")
	}
}

func ExampleError() {
	fmt.Println(&Error{Kind: Denied, HTTPStatus: 503, Address: "ws://127.0.0.1/im"})
	// Output: dial ws://127.0.0.1/im: answered with HTTP status 503
}
