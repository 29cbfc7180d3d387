package dial

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"loginstorm/sim/wire"
)

// listener collects what a Conn heard.
type listener struct {
	heard []string
	code  int // Of the close frame; 0 = none, -1 = the link was cut for a broken frame.
}

func (l *listener) Began(*Conn, Time)         {}
func (l *listener) Failed(*Conn, Time, error) {}
func (l *listener) Up(*Conn, Time, Timings)   {}
func (l *listener) Frame(_ *Conn, _ Time, data []byte, binary bool) {
	l.heard = append(l.heard, fmt.Sprintf("%v %x", binary, data))
}
func (l *listener) Down(_ *Conn, _ Time, code uint16, cause error) {
	if l.code = int(code); cause != nil {
		l.code = -1
	}
}

// nowhere is a carrier that carries nothing.
type nowhere struct{ carrier }

func (nowhere) send([]byte) error { return nil }
func (nowhere) wake()             {}
func (nowhere) shut(bool)         {}
func (nowhere) thaw()             {}

// ours reads data in pieces of a size with the reader of this package.
func ours(data []byte, size int) *listener {
	l := &listener{}
	d := &Dialer{handler: l, conf: Config{Start: time.Now(), Linger: time.Hour}}
	d.lingering = sweeper{d: d, span: time.Hour}
	c := &Conn{d: d, state: open, carrier: nowhere{}}
	c.ws = newClient((*face)(c))
	for piece := range chunks(data, size) {
		if !c.follows() {
			break
		}
		c.take(0, piece)
	}
	d.lingering.stop()
	return l
}

func chunks(data []byte, size int) func(func([]byte) bool) {
	return func(yield func([]byte) bool) {
		for len(data) > 0 {
			n := min(size, len(data))
			if !yield(bytes.Clone(data[:n])) {
				return
			}
			data = data[n:]
		}
	}
}

// newClient returns gorilla's side of a connection without an upgrade.
func newClient(c net.Conn) *websocket.Conn {
	near, far := net.Pipe()
	go func() { defer far.Close(); answerUpgrade(far) }()
	ws, _, err := (&websocket.Dialer{NetDial: func(string, string) (net.Conn, error) { return &swapped{Conn: near, then: c}, nil }}).Dial("ws://x/", nil)
	if err != nil {
		panic(err)
	}
	near.Close()
	return ws
}

// swapped is one connection while the upgrade runs, and another afterwards.
type swapped struct {
	net.Conn
	then net.Conn
	done bool
}

func (s *swapped) SetDeadline(t time.Time) error { s.done = t.IsZero(); return nil }
func (s *swapped) Write(p []byte) (int, error) {
	if s.done {
		return s.then.Write(p)
	}
	return s.Conn.Write(p)
}
func (s *swapped) Read(p []byte) (int, error) {
	if s.done {
		return s.then.Read(p)
	}
	return s.Conn.Read(p)
}
func (s *swapped) SetWriteDeadline(time.Time) error { return nil }

// script is a connection that says data and hears nothing.
type script struct {
	net.Conn
	data io.Reader
}

func (s *script) Read(p []byte) (int, error)  { return s.data.Read(p) }
func (s *script) Write(p []byte) (int, error) { return len(p), nil }

// theirs reads data with gorilla's reader.
func theirs(data []byte) *listener {
	l := &listener{}
	ws := newClient(&script{data: bytes.NewReader(data)})
	ws.SetReadLimit(wire.MaxFrame)
	for {
		kind, p, err := ws.ReadMessage()
		if closed, ok := err.(*websocket.CloseError); ok && closed.Code != websocket.CloseAbnormalClosure {
			l.code = closed.Code
			return l
		}
		if err != nil {
			return l
		}
		l.heard = append(l.heard, fmt.Sprintf("%v %x", kind == websocket.BinaryMessage, p))
	}
}

// FuzzFrames reads the same bytes whole, in pieces and with gorilla's reader: the
// messages and the close code are the same.
func FuzzFrames(f *testing.F) {
	for _, seed := range []string{
		"", "\x81\x03one", "\x02\x02tw\x89\x02hi\x80\x01o\x81\x05three", "\x88\x02\x03\xe8", "\x88\x00", "\x88\x01x",
		"\x81\x83abcdefg", "\xc1\x00", "\x82\x7f\x00\x00\x00\x00\x7f\xff\xff\xff", "\x82\x7f\xff\xff\xff\xff\xff\xff\xff\xff",
		"\x81\x7e\x00\x03abc", "\x01\x01a\x01\x01b", "\x80\x00", "\x09\x00", "\x8a\x00\x81\x00", "\x83\x00", "\x88\x02\x03\xed",
	} {
		f.Add([]byte(seed), uint8(1))
	}
	f.Fuzz(func(t *testing.T, data []byte, size uint8) {
		whole, pieces, peer := ours(data, len(data)+1), ours(data, int(size)+1), theirs(data)
		if fmt.Sprint(whole) != fmt.Sprint(pieces) {
			t.Errorf("whole %v, in pieces %v", whole, pieces)
		}
		if whole.code == -1 {
			whole.code = 0
			if peer.code == codeNoStatus {
				peer.code = 0 // Half a close code is a fault here; gorilla lets it pass.
			}
		}
		if fmt.Sprint(whole) != fmt.Sprint(peer) {
			t.Errorf("ours %v, gorilla's %v", whole, peer)
		}
	})
}

func (c *Conn) follows() bool {
	yes, _ := c.hears()
	return yes
}
