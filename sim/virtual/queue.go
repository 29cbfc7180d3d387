package virtual

import "math/bits"

// kind is what an event of the queue is about.
type kind uint8

const (
	// clientDue and gatewayDue: a deadline may be due. Use who (client).
	clientDue kind = iota
	gatewayDue
	// The steps of opening a link, on conn who: the SYN is sent again because the
	// one before was dropped, it arrives at the node, its answer at the client, the
	// upgrade request at the node, its answer at the client.
	synAgain
	synArrives
	synAnswered
	upgradeAsked
	upgradeAnswered
	// refused: the node's reset, or its answer to the upgrade, arrives at the
	// client. Uses packet ref.
	refused
	// toGateway and toClient: packet ref arrives on conn who.
	toGateway
	toClient
	// unread: the gateway's write deadline on conn who, whose client reads nothing.
	unread
	// worked and answered: a login worker or the app server is done with job who.
	// The app server could not be asked where ref is not 0.
	worked
	answered
	// The steps of errand who: the request arrives at its server, is served there,
	// and the answer arrives at the client.
	errandAsked
	errandServed
	errandAnswered
)

// event is one entry of the queue. Order is the serial number and the kind, so
// that events of one instant happen in the order in which they were made.
type event struct {
	at    Time
	order uint64 // serial<<8 | kind
	who   uint32
	ref   uint32
}

func (e *event) kind() kind { return kind(e.order & 0xff) }

// sooner returns 1 when an event comes before another, else 0: the borrow of a
// subtraction of 128 bits. Which of two events is sooner is a coin's toss to a
// processor that has to guess, so nothing here is guessed. Instants are not negative.
func (e *event) sooner(o *event) int {
	_, borrow := bits.Sub64(e.order, o.order, 0)
	_, borrow = bits.Sub64(uint64(e.at), uint64(o.at), borrow)
	return int(borrow)
}

// queue is a 4-ary heap in one slice: a node's children share a cache line or
// two, and a push or pop moves few entries.
type queue struct {
	heap   []event
	serial uint64
}

func (q *queue) push(at Time, k kind, who, ref uint32) {
	e := event{at: at, order: q.serial<<8 | uint64(k), who: who, ref: ref}
	q.serial++
	q.heap = append(q.heap, e)
	q.rise(len(q.heap)-1, e)
}

// next returns the instant of the earliest event.
func (q *queue) next() (Time, bool) {
	if len(q.heap) == 0 {
		return 0, false
	}
	return q.heap[0].at, true
}

// pop removes and returns the earliest event. There must be one. The hole that it
// leaves sinks to the bottom and the last event rises from there: it is a late one
// mostly, and belongs near the bottom anyway.
func (q *queue) pop() event {
	h := q.heap
	top, last := h[0], len(h)-1
	e := h[last]
	h = h[:last]
	q.heap = h
	i := 0
	for {
		first := 4*i + 1
		if first+3 >= last {
			if first >= last {
				break
			}
			least := first
			for c := first + 1; c < last; c++ {
				if h[c].sooner(&h[least]) == 1 {
					least = c
				}
			}
			h[i], i = h[least], least
			break // There is no level below an incomplete one.
		}
		k := h[first : first+4 : first+4]
		a, b := k[1].sooner(&k[0]), 2+k[3].sooner(&k[2])
		a += (b - a) * k[b&3].sooner(&k[a&3])
		h[i], i = k[a&3], first+a
	}
	if last > 0 {
		q.rise(i, e)
	}
	return top
}

// rise puts an event into the hole at i, or above it where it belongs.
func (q *queue) rise(i int, e event) {
	h := q.heap
	for i > 0 {
		parent := (i - 1) / 4
		if e.sooner(&h[parent]) == 0 {
			break
		}
		h[i], i = h[parent], parent
	}
	h[i] = e
}
