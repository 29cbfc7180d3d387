package virtual

import "math/bits"

const (
	// slotBits is how long a slot is: 2^21 ns, 2.1 ms. A million clients have a few
	// hundred events in one, enough to sort them in few passes.
	slotBits = 21
	// A row has 2^5 slots, 67 ms; a turn has 2^10 rows, 69 s, so that heartbeats and most
	// delays fall into this turn or the next.
	rowBits  = slotBits + 5
	turnBits = rowBits + 10
)

// queue holds events in order of their instants, those of one instant in the order
// in which they were pushed. Instants do not go back: what is pushed lies at or
// after what was popped last. The zero queue is ready.
//
//	later         the turns of the wheel behind this one
//	rows          this turn, by 67 ms
//	slots         this row, by 2.1 ms
//	run           the slot that was opened last, sorted
//	near          what came for that slot since
//	instant       what came for this very instant since
//
// A push is a write behind another one, into one of a thousand places that a processor
// keeps at hand, and a pop is a read in order, whatever the number of events. What is
// pushed into one place stands there in the order in which it came, and moves on to the
// next place before anything newer is put there; so no event carries a number, and
// sorting has only to be stable. Of the last three places, which may hold events of one
// instant, those of run are older than those of near, and these older than those of
// instant.
type queue struct {
	later   []list // By number of the turn.
	rows    wheel
	slots   wheel
	turn    int  // That rows stands for.
	row     int  // Since the beginning, that slots stands for.
	end     Time // Where the slot ends that was opened last.
	last    int  // The turn behind the end of the run, which never comes; 0 = there is none.
	beyond  int  // Events of that turn.
	run     []event
	head    int // The next one of run.
	cold    int // The first one of run that the driver has not looked at yet.
	near    heap
	instant list
	first   uint32 // The next one in the first block of instant.
	looked  bool   // The driver has looked at that block.
	now     Time   // The instant of what was popped last, or that was reached since.
	reached bool   // There was one.
	len     int
	blocks  blocks
	room    []event // Scratch of sort.
}

func (q *queue) push(at Time, k kind, who, ref uint32) {
	e := newEvent(min(at, latest), k, who, ref)
	q.len++
	switch {
	case at <= q.now && q.reached:
		q.blocks.add(&q.instant, e)
	case at < q.end:
		q.near.push(e)
	case int(at>>rowBits) == q.row:
		q.slots.add(&q.blocks, e, slotBits)
	case int(at>>turnBits) == q.turn:
		q.rows.add(&q.blocks, e, rowBits)
	default:
		q.postpone(e)
	}
}

// reach notes that it is now, and that all that lay before now was popped: what is pushed
// into an instant that is reached needs no sorting.
func (q *queue) reach(now Time) {
	q.now, q.reached = now, true
}

// postpone puts an event into a later turn.
func (q *queue) postpone(e event) {
	turn := int(e.at() >> turnBits)
	if q.last > 0 && turn >= q.last {
		turn = q.last
		q.beyond++
	}
	for len(q.later) <= turn {
		q.later = append(q.later, list{})
	}
	q.blocks.add(&q.later[turn], e)
}

// next returns the instant of the earliest event.
func (q *queue) next() (Time, bool) {
	if q.len == q.beyond {
		return 0, false
	}
	if q.instant.first != 0 {
		return q.now, true
	}
	if q.head == len(q.run) && len(q.near.all) == 0 {
		q.open()
	}
	at := never
	if q.head < len(q.run) {
		at = q.run[q.head].at()
	}
	if len(q.near.all) > 0 {
		at = min(at, q.near.all[0].at)
	}
	return at, true
}

// where says which of the last three places the earliest event is in: the oldest one that
// holds an event of that instant.
func (q *queue) where() place {
	at := never
	if q.head < len(q.run) {
		at = q.run[q.head].at()
	}
	from := ofRun
	if len(q.near.all) > 0 && q.near.all[0].at < at {
		at, from = q.near.all[0].at, ofNear
	}
	if q.instant.first != 0 && at > q.now {
		return ofInstant
	}
	return from
}

// place is one of the last three of a queue.
type place uint8

const (
	ofRun place = iota
	ofNear
	ofInstant
)

// peek returns what pop would. next was called, and there was one.
func (q *queue) peek() event {
	switch q.where() {
	case ofRun:
		return q.run[q.head]
	case ofNear:
		n := &q.near.all[0]
		return newEvent(n.at, kind(n.order&0xff), n.who, n.ref)
	}
	return q.blocks.at(q.instant.first).events[q.first]
}

// pop removes and returns the earliest event. next was called since the last one, and
// there was one.
func (q *queue) pop() event {
	q.len--
	q.reached = true
	switch q.where() {
	case ofRun:
		e := q.run[q.head]
		q.head++
		q.now = e.at()
		return e
	case ofNear:
		e := q.near.pop()
		q.now = e.at()
		return e
	}
	b := q.blocks.at(q.instant.first)
	e := b.events[q.first]
	if q.first++; q.first == b.n {
		q.first, q.looked = 0, false
		if q.instant.first = q.blocks.free(q.instant.first); q.instant.first == 0 {
			q.instant.last = 0
		}
	}
	return e
}

// unseen returns events that come next, once: the driver may look at all they are about
// before it carries out the first.
func (q *queue) unseen() []event {
	if q.head == q.cold && q.head < len(q.run) {
		q.cold = min(q.head+ahead, len(q.run))
		return q.run[q.head:q.cold]
	}
	// What follows at once is at hand still, unless there is much of it.
	if q.instant.first != 0 && !q.looked {
		q.looked = true
		if b := q.blocks.at(q.instant.first); b.n == blockLen {
			return b.events[:]
		}
	}
	return nil
}

// open opens the next slot that holds something, of this row or a later one. There
// is one.
func (q *queue) open() {
	slot := q.slots.next()
	for slot < 0 {
		q.unroll()
		slot = q.slots.next()
	}
	q.run, q.head = q.blocks.empty(&q.slots.lists[slot], q.run[:0]), 0
	q.cold = 0
	q.end = Time(q.row)<<rowBits + Time(slot+1)<<slotBits
	q.run, q.room = sorted(q.run, q.room)
}

// unroll begins the next row that holds something, of this turn or a later one.
func (q *queue) unroll() {
	row := q.rows.next()
	for row < 0 {
		for q.turn++; q.later[q.turn].first == 0; {
			q.turn++
		}
		q.blocks.spread(&q.later[q.turn], &q.rows, rowBits)
		row = q.rows.next()
	}
	q.row = q.turn<<(turnBits-rowBits) + row
	q.blocks.spread(&q.rows.lists[row], &q.slots, slotBits)
}

// wheel is a number of places for events, one a span of a power of two.
type wheel struct {
	lists []list
	taken []uint64 // A bit for each that holds something.
}

// add puts an event into its place, of a wheel whose places are 2^bits long.
func (w *wheel) add(p *blocks, e event, bits int) {
	if w.lists == nil {
		n := 1 << (turnBits - rowBits)
		if bits == slotBits {
			n = 1 << (rowBits - slotBits)
		}
		w.lists, w.taken = make([]list, n), make([]uint64, (n+63)/64)
	}
	i := int(e.when>>(8+bits)) & (len(w.lists) - 1)
	w.taken[i/64] |= 1 << (i % 64)
	p.add(&w.lists[i], e)
}

// next returns the first place that holds something, -1 without one, and takes it for
// empty from now on. Those before it are empty: they were emptied, and nothing is put
// there before the wheel has come round.
func (w *wheel) next() int {
	for i, word := range w.taken {
		if word != 0 {
			bit := bits.TrailingZeros64(word)
			w.taken[i] &^= 1 << bit
			return 64*i + bit
		}
	}
	return -1
}
