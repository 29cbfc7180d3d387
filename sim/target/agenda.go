package target

import "loginstorm/sim/gateway"

// agenda is what falls due: a binary heap by instant, equal ones in the order in
// which they were put down.
type agenda[T any] struct {
	heap []item[T]
	n    uint64
}

type item[T any] struct {
	at   gateway.Time
	seq  uint64
	what T
}

func (a *item[T]) before(b *item[T]) bool { return a.at < b.at || a.at == b.at && a.seq < b.seq }

// forever is later than every deadline.
const forever = gateway.Time(1<<63 - 1)

// next returns when the first one is due.
func (a *agenda[T]) next() gateway.Time {
	if len(a.heap) == 0 {
		return forever
	}
	return a.heap[0].at
}

// push puts one down.
func (a *agenda[T]) push(at gateway.Time, what T) {
	a.n++
	a.heap = append(a.heap, item[T]{at, a.n, what})
	for i := len(a.heap) - 1; i > 0; {
		up := (i - 1) / 2
		if !a.heap[i].before(&a.heap[up]) {
			return
		}
		a.heap[i], a.heap[up] = a.heap[up], a.heap[i]
		i = up
	}
}

// pop returns the first one, if it is due by now.
func (a *agenda[T]) pop(now gateway.Time) (what T, ok bool) {
	if len(a.heap) == 0 || a.heap[0].at > now {
		return what, false
	}
	what = a.heap[0].what
	last := len(a.heap) - 1
	a.heap[0] = a.heap[last]
	a.heap[last] = item[T]{} // It may refer to something.
	a.heap = a.heap[:last]
	for i := 0; ; {
		least := i
		for child := 2*i + 1; child <= 2*i+2 && child < last; child++ {
			if a.heap[child].before(&a.heap[least]) {
				least = child
			}
		}
		if least == i {
			return what, true
		}
		a.heap[i], a.heap[least] = a.heap[least], a.heap[i]
		i = least
	}
}
