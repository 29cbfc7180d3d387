package gateway

import "loginstorm/sim/wire"

// MaxRateLimit bounds RateLimit.Limit: a key's log of attempts costs eight bytes
// each, so one key never holds more than 8 MiB.
const MaxRateLimit = 1 << 20

// limiter is the 416 limiter of spec 6.2: for each key the exact log of counted
// attempts within the sliding window.
//
// An attempt at t counts against attempts in [t, t+Window): one that is exactly
// a window old counts no more. A penalty that began at t refuses in
// [t, t+Penalty). Tripping with a penalty empties the window, so that refusal
// lasts for the penalty and not for what is left of the window as well; with
// CountRefused the refused attempts, the tripping one first, fill it again.
//
// A key that nothing is known about any more is forgotten: each new key looks at
// two old ones, so there are never many more than twice as many as are in use.
type limiter struct {
	rule  RateLimit
	index map[uint64]uint32
	keys  []limitKey
	free  []uint32
	hand  uint32
}

// limitKey is what the limiter knows about one account, device, address or app.
type limitKey struct {
	key   uint64
	until Time   // The penalty refuses before this instant.
	log   []Time // A ring of the last n counted attempts, oldest at head.
	head  uint32
	n     uint32
	used  bool
}

func newLimiter(rule RateLimit) limiter {
	return limiter{rule: rule, index: map[uint64]uint32{}}
}

// keyOf returns what a login is counted by. A login that cannot be told apart
// from others that have nothing to do with it (an account nobody knows) is not
// limited [ours].
func (l *limiter) keyOf(r *Request, ip uint64) (key uint64, ok bool) {
	if l.rule.Limit == 0 || l.rule.Counts == CountManual && r.Origin != wire.Manual {
		return 0, false
	}
	switch l.rule.Scope {
	case ByDevice:
		return r.Device, true
	case ByIP:
		return ip, true
	case ByApp:
		return r.App, true
	}
	return uint64(r.Account), r.Account != NoAccount
}

// pass judges an attempt. A refused one has to wait at least for wait.
func (l *limiter) pass(now Time, key uint64) (wait Time, ok bool) {
	slot, known := l.index[key]
	if !known {
		if l.rule.Counts != CountFailed {
			l.count(now, key)
		}
		return 0, true
	}
	k := &l.keys[slot]
	k.expire(now, l.rule.Window)
	if now >= k.until {
		if k.n < l.rule.Limit {
			if l.rule.Counts != CountFailed {
				k.add(now, l.rule.Limit)
			}
			return 0, true
		}
		if l.rule.Penalty > 0 {
			k.until = now + l.rule.Penalty
			k.n = 0
		}
	}
	if l.rule.CountRefused {
		k.add(now, l.rule.Limit)
	}
	return k.wait(now, &l.rule), false
}

// count puts an attempt into the log of its key.
func (l *limiter) count(now Time, key uint64) {
	slot, known := l.index[key]
	if !known {
		slot = l.take(now, key)
	}
	k := &l.keys[slot]
	k.expire(now, l.rule.Window)
	k.add(now, l.rule.Limit)
}

// take finds a slot for a new key and forgets idle ones on its way.
func (l *limiter) take(now Time, key uint64) uint32 {
	for range min(2, len(l.keys)) {
		if l.hand >= uint32(len(l.keys)) {
			l.hand = 0
		}
		k := &l.keys[l.hand]
		if k.used && k.idle(now, l.rule.Window) {
			delete(l.index, k.key)
			k.used = false
			l.free = append(l.free, l.hand)
		}
		l.hand++
	}
	slot := uint32(len(l.keys))
	if n := len(l.free); n > 0 {
		slot, l.free = l.free[n-1], l.free[:n-1]
	} else {
		l.keys = append(l.keys, limitKey{})
	}
	k := &l.keys[slot]
	*k = limitKey{key: key, log: k.log, used: true}
	l.index[key] = slot
	return slot
}

func (k *limitKey) at(i uint32) Time { return k.log[(k.head+i)%uint32(len(k.log))] }

// expire drops what is a window old or older.
func (k *limitKey) expire(now, window Time) {
	for k.n > 0 && k.log[k.head] <= now-window {
		k.head = (k.head + 1) % uint32(len(k.log))
		k.n--
	}
}

// add logs an attempt and keeps the last limit of them.
func (k *limitKey) add(now Time, limit uint32) {
	if k.n == limit {
		k.head = (k.head + 1) % uint32(len(k.log))
		k.n--
	}
	if k.n == uint32(len(k.log)) {
		log := make([]Time, min(limit, max(4, 2*k.n)))
		for i := range k.n {
			log[i] = k.at(i)
		}
		k.log, k.head = log, 0
	}
	k.log[(k.head+k.n)%uint32(len(k.log))] = now
	k.n++
}

// wait is how long an attempt would have to wait if no other came before it.
func (k *limitKey) wait(now Time, rule *RateLimit) Time {
	at := k.until
	if k.n >= rule.Limit {
		at = max(at, k.log[k.head]+rule.Window)
	}
	return max(0, at-now)
}

func (k *limitKey) idle(now, window Time) bool {
	return k.until <= now && (k.n == 0 || k.at(k.n-1) <= now-window)
}
