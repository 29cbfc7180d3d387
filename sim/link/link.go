package link

import (
	"math/bits"
	"time"

	"loginstorm/sim/chance"
)

const (
	// retransmit is the delay of a lost send where the configuration says
	// nothing: the least retransmission time-out of Linux.
	retransmit = 200 * time.Millisecond
	// maxLosses bounds how often one send is lost: with the default delay the
	// ninth try arrives 51 s late, when every heartbeat has given the link up.
	maxLosses = 8
	// million is the whole of which Loss counts parts.
	million = 1_000_000
	// farthest bounds every arrival, so that a slow link cannot overflow a clock.
	farthest Time = 1 << 61
	// noCloseFrame is the close code that stands for an end without a close
	// frame. RFC 6455, 7.1.5.
	noCloseFrame = 1006
)

// condition is what a link does with what is sent.
type condition uint8

const (
	whole    condition = iota // Everything arrives.
	halfOpen                  // Nothing arrives. Left by Healed, Thawed, or the link's end.
	frozen                    // Nothing arrives at the client. Left by Healed, Thawed, or the link's end.
	doomed                    // The gateway ended a frozen link; the client learns it when Healed or Thawed.
	broken                    // The link is no more. Never left.
)

// Link is one connection. Make it with New. Its owner steps it in order of time.
type Link struct {
	cfg       *Config
	seed      uint64
	last      [2]Time   // When the latest send arrives, by direction.
	busy      [2]Time   // Until when earlier sends occupy the bandwidth.
	sent      [2]uint32 // How much was sent: the number of the next draw.
	delay     Time      // Of a Delayed.
	bandwidth uint64    // Of a Slowed; 0 = none.
	client    uint32
	loss      uint32 // The loss in force.
	code      uint16 // doomed: how the gateway ended the link.
	condition condition
	touched   bool // A fault delayed or held something, now or once.
}

// New returns the link number gen of a client. cfg is shared, not changed and
// not nil. Every link has draws of its own, whatever was sent on others.
func New(cfg *Config, seed uint64, client, gen uint32) Link {
	return Link{
		cfg:    cfg,
		seed:   chance.Draw(seed, chance.LinkUp, client, gen),
		client: client,
		loss:   cfg.Loss,
	}
}

// Arrives returns when size bytes that are sent now arrive at the other end,
// never before what was sent earlier in the same direction. A send first waits
// for the bandwidth that earlier ones occupy, then takes size/bandwidth, the
// latency and the delay of its retransmissions.
//
// ok is false when it does not arrive: Holds says whether it waits for the thaw,
// otherwise it is gone.
func (l *Link) Arrives(now Time, dir Direction, size int) (at Time, ok bool) {
	n := l.sent[dir]
	l.sent[dir]++
	if !l.carries(dir) || l.loss >= million {
		return 0, false
	}
	start := max(now, l.busy[dir])
	if rate := l.rate(); rate > 0 {
		start = min(start+transmission(size, rate), farthest)
		l.busy[dir] = start
	}
	return l.arrival(start+l.late(dir, n), dir, n), true
}

// End is told when one end closes or resets the link itself: a client Down its
// heartbeat, a gateway behind a kick. code is the close code, 1006 for a reset.
// It returns what the far end notices, behind everything sent earlier; the end
// that acts knows. From now on the link is broken.
func (l *Link) End(now Time, from Direction, code uint16) (far Sees) {
	n := l.sent[from]
	l.sent[from]++
	switch {
	case l.carries(from) && l.loss < million:
		far = sees(l.arrival(max(now, l.busy[from]), from, n), code)
		l.condition = broken
	case l.condition == frozen:
		l.condition, l.code = doomed, code
	default:
		l.condition = broken
	}
	return far
}

// Broken reports whether the link has ended for at least one end and carries
// nothing any more.
func (l *Link) Broken() bool { return l.condition >= doomed }

// Holds reports whether what is sent in a direction, or is on its way when it
// would arrive, waits until the link is Healed or Thawed. The driver keeps it, and
// hands it over in order at that instant, before anything newer and before an end of
// the link that Apply tells then.
func (l *Link) Holds(dir Direction) bool {
	return dir == Down && (l.condition == frozen || l.condition == doomed)
}

// Transparent reports whether the link neither delays nor alters anything and
// never did, so that a driver of real sockets can leave it out.
func (l *Link) Transparent() bool {
	c := l.cfg
	return l.condition == whole && !l.touched && c.Loss == 0 && c.Bandwidth == 0 && still(c.Latency)
}

// carries reports whether anything arrives in a direction.
func (l *Link) carries(dir Direction) bool {
	return l.condition == whole || l.condition == frozen && dir == Up
}

// rate returns the bandwidth in force; 0 = not limited.
func (l *Link) rate() uint64 {
	if l.bandwidth == 0 || l.cfg.Bandwidth != 0 && l.cfg.Bandwidth < l.bandwidth {
		return l.cfg.Bandwidth
	}
	return l.bandwidth
}

// arrival adds the latency of the n-th send to start and keeps the order.
func (l *Link) arrival(start Time, dir Direction, n uint32) Time {
	at := start + l.delay
	if !still(l.cfg.Latency) {
		at += l.cfg.Latency.Sample(l.draw(dir, 2*n))
	}
	at = max(min(at, farthest), l.last[dir])
	l.last[dir] = at
	return at
}

// late returns the delay of the n-th send's retransmissions: r, r+2r, r+2r+4r ...
func (l *Link) late(dir Direction, n uint32) Time {
	if l.loss == 0 {
		return 0
	}
	delay := l.cfg.Retransmit
	if delay <= 0 {
		delay = retransmit
	}
	return min(min(delay, chance.Longest)<<losses(l.draw(dir, 2*n+1), l.loss)-delay, farthest/2)
}

// draw returns the n-th number of a direction. A send has two, for latency and
// loss, so that a fault that changes one leaves the other as it was.
func (l *Link) draw(dir Direction, n uint32) uint64 {
	purpose := chance.LinkUp
	if dir == Down {
		purpose = chance.LinkDown
	}
	return chance.Draw(l.seed, purpose, l.client, n)
}

// losses returns how often a send is lost: the leading digits below ppm of u,
// read as a fraction to the base of a million.
func losses(u uint64, ppm uint32) (k uint) {
	for k < maxLosses {
		digit, rest := bits.Mul64(u, million)
		if digit >= uint64(ppm) {
			break
		}
		u = rest
		k++
	}
	return k
}

// transmission returns how long size bytes occupy a bandwidth.
func transmission(size int, rate uint64) Time {
	hi, lo := bits.Mul64(uint64(max(0, size)), uint64(time.Second))
	if hi >= rate {
		return chance.Longest
	}
	span, _ := bits.Div64(hi, lo, rate)
	return Time(min(span, uint64(chance.Longest)))
}

// still reports whether a latency is always zero.
func still(d chance.Dist) bool { return d.Shape == chance.Constant && d.A <= 0 }

// Passed notes that so many sends went each way over a transparent link, the last ones at
// an instant.
func (l *Link) Passed(sends uint32, at Time) {
	for dir := range l.sent {
		l.sent[dir] += sends
		l.last[dir] = max(l.last[dir], at)
	}
}
