// Package chance is the one source of randomness: the n-th draw of a purpose
// is a hash of (seed, purpose, who, n).
//
// There is no hidden state. A stream costs its owner one counter, two owners
// never shift each other's numbers, and a part of a plan that is run alone
// draws what it would draw in the whole. Every distribution takes exactly one
// draw a sample (inverse of its distribution function), so that a counter is
// enough to say where a stream stands.
//
// It does not read a clock, and it is not fit for secrets.
package chance

import "math/bits"

// Purpose names what a stream is drawn for; streams of different purposes are
// independent. The numbers are part of what a seed means: never renumber.
type Purpose uint32

const (
	// Backoff is the reconnect delay of a client's machine.
	Backoff Purpose = 1
	// BackoffBase is a client's fixed base delay (the smack policy).
	BackoffBase Purpose = 2
	// Habit is what a person does about what was published.
	Habit Purpose = 3
	// LinkUp and LinkDown are delay and loss of one direction of a link.
	LinkUp   Purpose = 4
	LinkDown Purpose = 5
	// Service is the service time of a login worker, SyncTime that of data sync.
	Service  Purpose = 6
	SyncTime Purpose = 7
	// Arrival is the arrival process of a population.
	Arrival Purpose = 8
	// Pick chooses the members of a target set, Spread their offsets in time.
	Pick   Purpose = 9
	Spread Purpose = 10
	// Accounts derives tokens of generated accounts.
	Accounts Purpose = 11
	// Database decides whose local database fails to open.
	Database Purpose = 12
	// Backend is service times and failures of a server beside the gateway.
	Backend Purpose = 13
	// Reach decides which attempts fail to connect while a fault says that some do.
	Reach Purpose = 14
	// Resample draws what a bootstrap takes from the intervals of a run.
	Resample Purpose = 15
	// Words is what clients make up in a described dialogue: nonces, identifiers.
	Words Purpose = 16
)

// Draw returns the n-th number of the stream (seed, purpose, who), uniform
// over all 64-bit values.
func Draw(seed uint64, purpose Purpose, who, n uint32) uint64 {
	h := mix(seed + 0x9e3779b97f4a7c15)
	h = mix(h ^ (uint64(purpose)<<32 | uint64(who)) + 0xbf58476d1ce4e5b9)
	return mix(h ^ uint64(n)*0x9e3779b97f4a7c15 + 0x94d049bb133111eb)
}

// mix is the finalizer of SplitMix64: every input bit reaches every output bit.
func mix(x uint64) uint64 {
	x ^= x >> 30
	x *= 0xbf58476d1ce4e5b9
	x ^= x >> 27
	x *= 0x94d049bb133111eb
	return x ^ x>>31
}

// Unit maps a draw to [0, 1) with 53 bits of precision.
func Unit(u uint64) float64 { return float64(u>>11) / (1 << 53) }

// Below maps a draw to [0, n) without the bias of a remainder. n must not be 0.
func Below(u, n uint64) uint64 {
	hi, _ := bits.Mul64(u, n)
	return hi
}

// Hit reports whether a draw falls into a share of ppm parts in a million,
// decided in whole numbers so that it never depends on rounding.
func Hit(u uint64, ppm uint32) bool { return Below(u, 1_000_000) < uint64(ppm) }

// Stream is a counter over the draws of one owner and purpose.
type Stream struct {
	Seed    uint64
	Purpose Purpose
	Who     uint32
	N       uint32
}

// Next returns the stream's next draw.
func (s *Stream) Next() uint64 {
	u := Draw(s.Seed, s.Purpose, s.Who, s.N)
	s.N++
	return u
}
