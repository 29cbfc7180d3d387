package gateway

import "math/bits"

// timerKind is what is due.
type timerKind uint8

const (
	dueTimeout  timerKind = iota // A link may have been silent for too long. Target: link.
	dueSync                      // Data sync of a session ends. Target: session slot.
	dueOrphan                    // A session without a link ends. Target: session slot.
	dueUp                        // A node takes links again. Target: node.
	dueDrain                     // A draining node closes its next link. Target: node.
	dueAuth                      // A changed cost of logins is over.
	dueSyncTime                  // A changed time of data sync is over.
	dueOutage                    // An outage is over.
	dueStall                     // An accept queue drains again. Target: node.
)

// timer is one pending deadline. Check must still equal the serial that its
// target holds, otherwise the target moved on and the timer means nothing.
type timer struct {
	at     Time
	order  uint64 // serial<<8 | kind
	target uint32
	check  uint32
}

func (a *timer) kind() timerKind { return timerKind(a.order & 0xff) }

// before returns 1 when a timer comes before another, else 0: the borrow of a
// subtraction of 128 bits, so that a processor has nothing to guess. Instants are not
// negative.
func (a *timer) before(b *timer) int {
	_, borrow := bits.Sub64(a.order, b.order, 0)
	_, borrow = bits.Sub64(uint64(a.at), uint64(b.at), borrow)
	return int(borrow)
}

// timers are the deadlines in order of their instants; equal instants come out in the
// order they went in. The timeouts of links, one each and a minute or more ahead, are apart
// from the few short timers, which move among few then. Most timeouts lie behind all that
// are pending, because each is the same span ahead: these stand in a row, and only the rest
// is a heap.
type timers struct {
	row      timerRow
	timeouts timerHeap
	others   timerHeap
	next     uint64
}

func (t *timers) push(at Time, kind timerKind, target, check uint32) {
	e := timer{at: at, order: t.next<<8 | uint64(kind), target: target, check: check}
	t.next++
	switch {
	case kind != dueTimeout:
		t.others.push(e)
	case t.row.takes(at):
		t.row.push(e)
	default:
		t.timeouts.push(e)
	}
}

// peek returns the first timer, nil without one.
func (t *timers) peek() *timer {
	first := t.row.peek()
	for _, h := range [...]timerHeap{t.timeouts, t.others} {
		if len(h) > 0 && (first == nil || h[0].before(first) == 1) {
			first = &h[0]
		}
	}
	return first
}

// pop removes the first timer. There must be one.
func (t *timers) pop() timer {
	switch first := t.peek(); {
	case first == t.row.peek():
		return t.row.pop()
	case first.kind() == dueTimeout:
		return t.timeouts.pop()
	}
	return t.others.pop()
}

// first returns the instant of the first timer.
func (t *timers) first() (at Time, ok bool) {
	if e := t.peek(); e != nil {
		return e.at, true
	}
	return 0, false
}

// due removes and returns the first timer, if it lies at or before now.
func (t *timers) due(now Time) (timer, bool) {
	if e := t.peek(); e != nil && e.at <= now {
		return t.pop(), true
	}
	return timer{}, false
}

// forgetTimeouts drops the timeouts of all links.
func (t *timers) forgetTimeouts() { t.timeouts, t.row = t.timeouts[:0], timerRow{all: t.row.all} }

// timerHeap is a packed heap with four children a node: half the levels of a
// binary one, and the children of a node lie side by side.
type timerHeap []timer

func (t *timerHeap) push(e timer) {
	*t = append(*t, e)
	t.rise(len(*t)-1, e)
}

// rise puts a timer into the hole at i, or above it where it belongs.
func (t *timerHeap) rise(i int, e timer) {
	h := *t
	for i > 0 {
		up := (i - 1) / 4
		if e.before(&h[up]) == 0 {
			break
		}
		h[i], i = h[up], up
	}
	h[i] = e
}

// pop removes and returns the first timer. There must be one. The hole sinks to the
// bottom, and the last timer, which is a late one mostly, rises from there.
func (t *timerHeap) pop() timer {
	h := *t
	first, n := h[0], len(h)-1
	e := h[n]
	h = h[:n]
	*t = h
	i := 0
	for child := 1; child < n; child = 4*i + 1 {
		if child+3 < n {
			k := h[child : child+4 : child+4]
			a, b := k[1].before(&k[0]), 2+k[3].before(&k[2])
			child += a + (b-a)*k[b&3].before(&k[a&3])
		} else {
			for c := child + 1; c < n; c++ {
				if h[c].before(&h[child]) == 1 {
					child = c
				}
			}
		}
		h[i], i = h[child], child
	}
	if n > 0 {
		t.rise(i, e)
	}
	return first
}
