package live

import (
	"errors"
	"sync"

	"loginstorm/sim/dial"
	"loginstorm/sim/wire"
)

// eventKind is what happens on links.
type eventKind uint8

const (
	began    eventKind = iota // An attempt began, at its stamp.
	failed                    // It came to nothing. Uses status, code, hint, cause.
	up                        // The link is open. Uses timings.
	framed                    // A message came. Uses data, binary.
	down                      // The link ended. Uses code, data (the reason).
	answered                  // A server beside the gateway answered. Uses news; conn is nil.
	policed                   // The multi-device policy changed. Uses news; conn is nil.
)

// event is one entry of an inbox.
type event struct {
	kind    eventKind
	binary  bool
	code    uint16
	status  uint16
	from    uint32 // data is inbox.bytes[from:to].
	to      uint32
	conn    *dial.Conn
	at      Time
	hint    Time
	timings dial.Timings
	cause   error
	news    *news
}

// inbox collects events for a shard that takes them all at once. Its memory is
// swapped with the shard's, so that a full inbox costs no allocation.
type inbox struct {
	mu     sync.Mutex
	events []event
	bytes  []byte
	asleep bool
	alarm  chan struct{} // Wakes the shard; holds one.
}

// keepBytes and keepEvents bound what an inbox keeps after a burst.
const (
	keepBytes  = 1 << 20
	keepEvents = 8 << 10
)

func (b *inbox) put(e event, data []byte) {
	b.mu.Lock()
	e.from = uint32(len(b.bytes))
	b.bytes = append(b.bytes, data...)
	e.to = uint32(len(b.bytes))
	b.events = append(b.events, e)
	wake := b.asleep
	b.asleep = false
	b.mu.Unlock()
	if wake {
		b.ring()
	}
}

func (b *inbox) ring() {
	select {
	case b.alarm <- struct{}{}:
	default:
	}
}

// take swaps what came for the shard's empty buffers. With sleep set, an empty
// inbox notes that the shard goes to sleep.
func (b *inbox) take(events []event, bytes []byte, sleep bool) ([]event, []byte) {
	if cap(bytes) > keepBytes {
		bytes = nil
	}
	if cap(events) > keepEvents {
		events = nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.events) == 0 {
		b.asleep = sleep
		return events[:0], bytes[:0]
	}
	full, data := b.events, b.bytes
	b.events, b.bytes = events[:0], bytes[:0]
	return full, data
}

// Began, Failed, Up, Frame and Down make a shard the dial.Handler of its links.

func (s *shard) Began(c *dial.Conn, at dial.Time) {
	s.inbox.put(event{kind: began, conn: c, at: at}, nil)
}

func (s *shard) Failed(c *dial.Conn, at dial.Time, err error) {
	e := event{kind: failed, conn: c, at: at, code: wire.CloseAbnormal, cause: err}
	var why *dial.Error
	if errors.As(err, &why) {
		if why.Kind == dial.Aborted {
			return // The client ended it.
		}
		e.status, e.hint = why.HTTPStatus, why.RetryAfter
	}
	s.inbox.put(e, nil)
}

func (s *shard) Up(c *dial.Conn, at dial.Time, t dial.Timings) {
	s.inbox.put(event{kind: up, conn: c, at: at, timings: t}, nil)
}

func (s *shard) Frame(c *dial.Conn, at dial.Time, data []byte, binary bool) {
	s.inbox.put(event{kind: framed, conn: c, at: at, binary: binary}, data)
}

func (s *shard) Down(c *dial.Conn, at dial.Time, code uint16, cause error) {
	var text []byte
	if closed, ok := cause.(*dial.Closed); ok && s.f.conf.Dialogue.Described() {
		text = []byte(closed.Text) // What the end means may stand in it.
	}
	s.inbox.put(event{kind: down, conn: c, at: at, code: code, cause: cause}, text)
}
