package dial

import (
	"runtime"
	"testing"

	"golang.org/x/sys/unix"
)

// An answer that came while a link was half-open is lost: the attempt goes on without
// one when the link carries again. Only a Dialer's own sockets tell when they have
// read it.
func TestALostAnswerStaysLost(t *testing.T) {
	carriers(t, func(t *testing.T, s *server) {
		if s.connect != nil || s.proxy != "" { // A proxy has bytes of its own on their way.
			return
		}
		d, h := s.dialer(t, "/answered", nil)
		c := d.NewConn(0, 1)
		failed := make(chan error, 1)
		go func() { failed <- c.Open(0) }()
		<-s.heard
		c.Mute(true)
		s.cue <- struct{}{}
		if got := <-s.heard; got != "answered" {
			t.Fatalf("the server heard %q", got)
		}
		for unread := true; unread; runtime.Gosched() {
			c.mu.Lock()
			n, err := unix.IoctlGetInt(c.socket.fd, unix.TIOCINQ)
			unread = err != nil || n > 0
			c.mu.Unlock()
		}
		c.Mute(false)
		bystander(t, s)
		if len(failed)+len(h.up) > 0 {
			t.Error("the answer was heard")
		}
		c.Close(1000)
		<-failed
	})
}
