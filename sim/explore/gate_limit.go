package explore

import (
	"loginstorm/sim/gateway"
	"loginstorm/sim/wire"
)

// limit is the 416 limiter, with a plain list of attempts for each key. Spec 6.2.
type limit struct {
	rule gateway.RateLimit
	keys map[uint64]*attempts
}

// attempts are those of one key that count, and until when a penalty refuses more.
type attempts struct {
	at    []Time
	until Time
}

func newLimit(rule gateway.RateLimit) limit {
	return limit{rule: rule, keys: map[uint64]*attempts{}}
}

// of returns the attempts that a login is counted with; nil = it is not limited.
func (l *limit) of(now Time, r *gateway.Request, ip uint64) *attempts {
	if l.rule.Limit == 0 || l.rule.Counts == gateway.CountManual && r.Origin != wire.Manual {
		return nil
	}
	key := uint64(r.Account)
	switch l.rule.Scope {
	case gateway.ByDevice:
		key = r.Device
	case gateway.ByIP:
		key = ip
	case gateway.ByApp:
		key = r.App
	}
	if l.keys[key] == nil {
		l.keys[key] = &attempts{}
	}
	k := l.keys[key]
	for len(k.at) > 0 && k.at[0] <= now-l.rule.Window {
		k.at = k.at[1:]
	}
	return k
}

// passes reports whether a login passes, and counts it.
func (l *limit) passes(now Time, r *gateway.Request, ip uint64) bool {
	k := l.of(now, r, ip)
	if k == nil {
		return true
	}
	if now >= k.until {
		if len(k.at) < int(l.rule.Limit) {
			if l.rule.Counts != gateway.CountFailed {
				l.count(k, now)
			}
			return true
		}
		// It trips: the penalty is all there is to wait for.
		if l.rule.Penalty > 0 {
			k.until, k.at = now+l.rule.Penalty, nil
		}
	}
	if l.rule.CountRefused {
		l.count(k, now)
	}
	return false
}

// failed counts a login that was refused, where those are what counts.
func (l *limit) failed(now Time, r *gateway.Request, ip uint64) {
	if l.rule.Counts != gateway.CountFailed {
		return
	}
	if k := l.of(now, r, ip); k != nil {
		l.count(k, now)
	}
}

// count keeps as many attempts as could ever matter.
func (l *limit) count(k *attempts, now Time) {
	k.at = append(k.at, now)
	if len(k.at) > int(l.rule.Limit) {
		k.at = k.at[1:]
	}
}
