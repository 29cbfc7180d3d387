package gateway

import (
	"cmp"
	"slices"
)

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
	order  uint64
	target uint32
	check  uint32
	kind   timerKind
}

// timers is a packed heap with four children a node: half the levels of a
// binary one, and the children of a node lie side by side. Equal instants come
// out in the order they went in.
type timers struct {
	heap []timer
	next uint64
}

func (a *timer) before(b *timer) bool {
	return a.at < b.at || a.at == b.at && a.order < b.order
}

func (t *timers) push(at Time, kind timerKind, target, check uint32) {
	e := timer{at: at, order: t.next, target: target, check: check, kind: kind}
	t.next++
	t.heap = append(t.heap, e)
	h, i := t.heap, len(t.heap)-1
	for i > 0 {
		up := (i - 1) / 4
		if !e.before(&h[up]) {
			break
		}
		h[i], i = h[up], up
	}
	h[i] = e
}

// forget drops all timers of a kind. Those that are left keep their order.
func (t *timers) forget(kind timerKind) {
	t.heap = slices.DeleteFunc(t.heap, func(e timer) bool { return e.kind == kind })
	slices.SortFunc(t.heap, func(a, b timer) int {
		return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.order, b.order))
	})
}

// pop removes and returns the first timer. There must be one.
func (t *timers) pop() timer {
	first := t.heap[0]
	n := len(t.heap) - 1
	e, h := t.heap[n], t.heap[:n]
	t.heap = h
	if n == 0 {
		return first
	}
	i := 0
	for {
		child := 4*i + 1
		if child >= n {
			break
		}
		for c := child + 1; c < min(4*i+5, n); c++ {
			if h[c].before(&h[child]) {
				child = c
			}
		}
		if !h[child].before(&e) {
			break
		}
		h[i], i = h[child], child
	}
	h[i] = e
	return first
}
