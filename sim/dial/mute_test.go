package dial

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"
)

// sayer is a carrier that counts what is sent.
type sayer struct {
	nowhere
	sent int
}

func (s *sayer) send([]byte) error { s.sent++; return nil }

// A half-open link may be so for any stretch of what arrives: a message is heard
// if its last byte came while the link carried, and nothing else changes. Every
// stretch is tried.
func TestAMutedLinkLosesMessagesAndNotItsPlace(t *testing.T) {
	data := []byte("\x81\x03one\x02\x02tw\x80\x01o\x89\x02hi\x81\x05three\x82\x7e\x00\x80" + strings.Repeat("x", 128) + "\x81\x04last")
	type message struct {
		end  int // Of its last byte.
		text string
	}
	messages := []message{{5, "false 6f6e65"}, {12, "true 74776f"}, {23, "false 7468726565"}, {155, "true " + strings.Repeat("78", 128)}, {161, "false 6c617374"}}
	const pinged = 16
	if len(data) != 161 {
		t.Fatalf("%d bytes", len(data))
	}
	for from := range len(data) {
		for to := from; to <= len(data); to += 1 + to/32 {
			l := &listener{}
			d := &Dialer{handler: l}
			voice := &sayer{}
			c := &Conn{d: d, state: open, carrier: voice}
			c.ws = newClient((*face)(c))
			c.take(0, slices.Clone(data[:from]))
			c.Mute(true)
			c.take(0, slices.Clone(data[from:to]))
			c.Mute(false)
			c.take(0, slices.Clone(data[to:]))
			var want []string
			pongs := 1
			for _, m := range messages {
				if m.end <= from || m.end > to {
					want = append(want, m.text)
				}
			}
			if pinged > from && pinged <= to {
				pongs = 0
			}
			if !slices.Equal(l.heard, want) || l.code != 0 || voice.sent != pongs {
				t.Fatalf("half-open for bytes %d to %d: heard %q, %d pongs, ended with %d; want %q, %d pongs", from, to, l.heard, voice.sent, l.code, want, pongs)
			}
		}
	}
}

// bystander opens a link and closes it: whatever another one sent before would have
// been heard by then.
func bystander(t *testing.T, s *server) {
	t.Helper()
	d, h := s.dialer(t, "/echo", nil)
	c := d.NewConn(99, 1)
	if err := c.Open(0); err != nil {
		t.Fatal(err)
	}
	c.Close(3001)
	<-h.down
	if got := <-s.heard; !strings.Contains(got, "3001") {
		t.Fatalf("the server heard %q", got)
	}
}

// An attempt over a link that is half-open asks for nothing, hears nothing and
// fails for nobody; given up, it stays silent.
func TestAMutedAttemptIsSilent(t *testing.T) {
	carriers(t, func(t *testing.T, s *server) {
		for name, leave := range map[string]func(*Conn){"close": func(c *Conn) { c.Close(1000) }, "reset": (*Conn).Reset, "abandon": (*Conn).Abandon} {
			d, h := s.dialer(t, "/answered", nil)
			before, after := d.NewConn(0, 1), d.NewConn(1, 1)
			failed := make(chan error, 2)
			before.Mute(true) // Its request never leaves.
			go func() { failed <- before.Open(0) }()
			go func() { failed <- after.Open(0) }()
			if got := <-s.heard; got != "asked" {
				t.Fatalf("the server heard %q", got)
			}
			after.Mute(true) // Its answer never comes.
			s.cue <- struct{}{}
			if got := <-s.heard; got != "answered" {
				t.Fatalf("the server heard %q", got)
			}
			bystander(t, s)
			if len(failed)+len(h.up)+len(s.heard) > 0 {
				t.Fatalf("%s: %d attempts failed, %d links are up, the server heard %d things", name, len(failed), len(h.up), len(s.heard))
			}
			for _, c := range []*Conn{before, after} {
				leave(c)
				var e *Error
				if err := <-failed; !errors.As(err, &e) || e.Kind != Aborted {
					t.Errorf("%s: got %v", name, err)
				}
			}
			bystander(t, s)
			if len(h.up)+len(h.down)+len(s.heard) > 0 {
				t.Errorf("%s: something was told", name)
			}
		}
	})
}

// An end that came while a link was half-open is told when it carries again, to an
// attempt as well.
func TestAMissedEndIsToldAfterwards(t *testing.T) {
	carriers(t, func(t *testing.T, s *server) {
		d, _ := s.dialer(t, "/answered", nil)
		c := d.NewConn(0, 1)
		failed := make(chan error, 1)
		go func() { failed <- c.Open(0) }()
		<-s.heard
		c.Mute(true)
		s.hangUp <- struct{}{}
		bystander(t, s)
		c.Mute(false)
		var e *Error
		if err := <-failed; !errors.As(err, &e) || e.Kind != Cut {
			t.Errorf("got %v", err)
		}
	})
}

// What is left before it has its turn never begins.
func TestWhatIsLeftBeforeItBeginsNeverDoes(t *testing.T) {
	carriers(t, func(t *testing.T, s *server) {
		for name, leave := range map[string]func(*Conn){"close": func(c *Conn) { c.Close(1000) }, "reset": (*Conn).Reset, "abandon": (*Conn).Abandon} {
			d, h := s.dialer(t, "/echo", nil)
			c := d.NewConn(0, 1)
			leave(c)
			var e *Error
			if err := c.Open(0); !errors.As(err, &e) || e.Kind != Aborted || len(h.up) > 0 || len(d.conns()) > 0 {
				t.Errorf("%s: got %v, %d links are up and %d held", name, err, len(h.up), len(d.conns()))
			}
		}
	})
}

// What is abandoned waits for the peer, and no longer than it is told to.
func TestWhatIsAbandonedIsForgotten(t *testing.T) {
	carriers(t, func(t *testing.T, s *server) {
		d, h := s.dialer(t, "/echo", func(c *Config) { c.Forget = 20 * time.Millisecond })
		for range 3 {
			c := d.NewConn(0, 1)
			if err := c.Open(0); err != nil {
				t.Fatal(err)
			}
			c.Mute(true)
			c.Close(1000)
			<-h.down
		}
		for range 3 {
			if got := <-s.heard; got != "reset" && t.Name() != "TestWhatIsAbandonedIsForgotten/pipe" {
				t.Errorf("the server heard %q", got)
			}
		}
		if open := d.conns(); len(open) != 0 {
			t.Errorf("%d links are held", len(open))
		}
	})
}
