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

// event is one entry of the queue: 16 bytes.
type event struct {
	when uint64 // at<<8 | kind.
	who  uint32
	ref  uint32
}

// latest bounds the instants of events: what is left of 64 bits beside a kind, more
// than two years. Nothing is queued that comes behind the end of a run.
const latest = Time(1)<<55 - 1

func newEvent(at Time, k kind, who, ref uint32) event {
	return event{when: uint64(at)<<8 | uint64(k), who: who, ref: ref}
}

func (e *event) at() Time   { return Time(e.when >> 8) }
func (e *event) kind() kind { return kind(e.when & 0xff) }
