package target

import "loginstorm/sim/gateway"

// works is the service times that run: a binary heap by the instant they end,
// equal ones in the order they began.
type works struct {
	heap []work
	n    uint64
}

type work struct {
	at  gateway.Time
	seq uint64
	job uint32
}

func (a work) before(b work) bool { return a.at < b.at || a.at == b.at && a.seq < b.seq }

// next returns when the first one ends.
func (w *works) next() gateway.Time {
	if len(w.heap) == 0 {
		return forever
	}
	return w.heap[0].at
}

// push begins one.
func (w *works) push(at gateway.Time, job uint32) {
	w.n++
	w.heap = append(w.heap, work{at, w.n, job})
	for i := len(w.heap) - 1; i > 0; {
		up := (i - 1) / 2
		if !w.heap[i].before(w.heap[up]) {
			return
		}
		w.heap[i], w.heap[up] = w.heap[up], w.heap[i]
		i = up
	}
}

// pop returns the job of the first one that ended by now.
func (w *works) pop(now gateway.Time) (job uint32, ok bool) {
	if w.next() > now || len(w.heap) == 0 {
		return 0, false
	}
	job = w.heap[0].job
	last := len(w.heap) - 1
	w.heap[0] = w.heap[last]
	w.heap = w.heap[:last]
	for i := 0; ; {
		least := i
		for child := 2*i + 1; child <= 2*i+2 && child < last; child++ {
			if w.heap[child].before(w.heap[least]) {
				least = child
			}
		}
		if least == i {
			return job, true
		}
		w.heap[i], w.heap[least] = w.heap[least], w.heap[i]
		i = least
	}
}
