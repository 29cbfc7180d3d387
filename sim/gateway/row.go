package gateway

import "slices"

// timerRow is a ring of timers that were pushed in the order in which they are due. The
// zero row is ready.
type timerRow struct {
	all  []timer
	head int // The first one's place.
	n    int
}

// takes reports whether a timer belongs at the end of the row.
func (r *timerRow) takes(at Time) bool { return r.n == 0 || r.all[r.place(r.n-1)].at <= at }

// place returns where the i-th timer stands.
func (r *timerRow) place(i int) int {
	if i += r.head; i >= len(r.all) {
		i -= len(r.all)
	}
	return i
}

func (r *timerRow) push(e timer) {
	if r.n == len(r.all) {
		r.grow()
	}
	r.all[r.place(r.n)] = e
	r.n++
}

// grow makes room for a quarter more. The ring is full.
func (r *timerRow) grow() {
	bigger := make([]timer, len(r.all)+max(8, len(r.all)/4))
	moved := copy(bigger, r.all[r.head:])
	copy(bigger[moved:], r.all[:r.head])
	r.all, r.head = bigger, 0
}

// clone returns a row that shares nothing with this one.
func (r *timerRow) clone() timerRow {
	c := *r
	c.all = slices.Clone(r.all)
	return c
}

func (r *timerRow) peek() *timer {
	if r.n == 0 {
		return nil
	}
	return &r.all[r.head]
}

// pop removes and returns the first timer. There must be one.
func (r *timerRow) pop() timer {
	e := r.all[r.head]
	r.head = r.place(1)
	r.n--
	return e
}
