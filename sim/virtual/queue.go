package virtual

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

func (e *event) before(o *event) bool { return e.at < o.at || e.at == o.at && e.order < o.order }

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
	i := len(q.heap) - 1
	for i > 0 {
		parent := (i - 1) / 4
		if !e.before(&q.heap[parent]) {
			break
		}
		q.heap[i] = q.heap[parent]
		i = parent
	}
	q.heap[i] = e
}

// next returns the instant of the earliest event.
func (q *queue) next() (Time, bool) {
	if len(q.heap) == 0 {
		return 0, false
	}
	return q.heap[0].at, true
}

func (q *queue) pop() event {
	top := q.heap[0]
	last := len(q.heap) - 1
	e := q.heap[last]
	q.heap = q.heap[:last]
	if last == 0 {
		return top
	}
	i := 0
	for {
		first := 4*i + 1
		if first >= last {
			break
		}
		least := first
		for c := first + 1; c < min(first+4, last); c++ {
			if q.heap[c].before(&q.heap[least]) {
				least = c
			}
		}
		if !q.heap[least].before(&e) {
			break
		}
		q.heap[i] = q.heap[least]
		i = least
	}
	q.heap[i] = e
	return top
}
