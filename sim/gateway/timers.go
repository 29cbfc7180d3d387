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
// order they went in. The timeouts of links, one each and a minute or more ahead, have a
// heap of their own, so that the few short timers beside them move among few.
type timers struct {
	timeouts timerHeap
	others   timerHeap
	next     uint64
}

func (t *timers) push(at Time, kind timerKind, target, check uint32) {
	e := timer{at: at, order: t.next<<8 | uint64(kind), target: target, check: check}
	t.next++
	if kind == dueTimeout {
		t.timeouts.push(e)
	} else {
		t.others.push(e)
	}
}

// earlier returns the heap with the first timer, nil without one.
func (t *timers) earlier() *timerHeap {
	switch {
	case len(t.others) > 0 && (len(t.timeouts) == 0 || t.others[0].before(&t.timeouts[0]) == 1):
		return &t.others
	case len(t.timeouts) > 0:
		return &t.timeouts
	}
	return nil
}

// first returns the instant of the first timer.
func (t *timers) first() (at Time, ok bool) {
	if h := t.earlier(); h != nil {
		return (*h)[0].at, true
	}
	return 0, false
}

// due removes and returns the first timer, if it lies at or before now.
func (t *timers) due(now Time) (timer, bool) {
	if h := t.earlier(); h != nil && (*h)[0].at <= now {
		return h.pop(), true
	}
	return timer{}, false
}

// forgetTimeouts drops the timeouts of all links.
func (t *timers) forgetTimeouts() { t.timeouts = t.timeouts[:0] }

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
