package client

import (
	"loginstorm/sim/record"
	"loginstorm/sim/wire"
)

// kicked notes that a client heard that a login pushed it out; by is the type of the
// winner, or none. left follows it.
func (a *Accounts) kicked(now Time, s seat, by wire.ClientType, rec *record.Recorder) {
	a.expire(now, rec)
	n := a.follow(s)
	acc := &a.busy[n]
	acc.population = s.population
	if won, back, ok := a.winner(acc, s, by); ok {
		rec.Observe(record.KickDelivery, s.population, wire.NoOrigin, now-won)
		acc.fought = acc.fought || back
	} else {
		acc.unheard = min(acc.unheard, 254) + 1
		acc.loser, acc.losers = s.client, s.population
	}
	if acc.kicks == 0 {
		acc.began = now
	} else {
		a.unlink(n)
	}
	acc.kicks++
	acc.kicked = now
	if d := a.device(acc, s.client); d != nil {
		acc.fought = acc.fought || d.grudge == returned
		d.grudge = pushed
	}
	a.link(n)
}

// device returns a client of an account, nil when it is not known.
func (a *Accounts) device(acc *account, client uint32) *device {
	for i := acc.devices; i != 0; i = a.devices[i].next {
		if d := &a.devices[i]; d.client == client {
			return d
		}
	}
	return nil
}

// winner returns when the login that pushed a client out was heard to succeed. It
// was judged later than the loser's, so its 200 came after the loser's login had
// left; of several it is the first that came after the loser's own 200, or else the
// last one before. Nobody is the winner as long as its 200 is still on its way. back
// tells whether the winner was pushed out before in the chain.
func (a *Accounts) winner(acc *account, s seat, by wire.ClientType) (won Time, back, ok bool) {
	in := never // When the loser heard its own 200.
	if d := a.device(acc, s.client); d != nil {
		in = d.since
	}
	won = never
	for i := acc.devices; i != 0; i = a.devices[i].next {
		d := &a.devices[i]
		if d.client == s.client || d.since == never || d.since < s.sent {
			continue
		}
		if by != wire.NoClientType && d.kind != by || by == wire.NoClientType && !a.excludes(d.kind, s.kind) {
			continue
		}
		switch {
		case won == never,
			won < in && d.since > won,
			d.since >= in && d.since < won:
			won, back = d.since, d.grudge == returned
		case d.since == won:
			back = back || d.grudge == returned
		}
	}
	return won, back, won != never
}

// heard takes a 200 as that of the winner of the kicks that were heard of before it:
// no time passed between them for those who lost. Its login had left by then.
func (a *Accounts) heard(acc *account, s seat, rec *record.Recorder) {
	if acc.unheard == 0 || s.client == acc.loser || s.sent > acc.kicked {
		return
	}
	for range acc.unheard {
		rec.Observe(record.KickDelivery, acc.losers, wire.NoOrigin, 0)
	}
	acc.unheard = 0
	if d := a.device(acc, s.client); d != nil && d.grudge != unharmed {
		acc.fought = true
	}
}

// expire ends the chains of kicks that nobody took up again.
func (a *Accounts) expire(now Time, rec *record.Recorder) {
	for a.first != 0 && now-a.busy[a.first].kicked > Grudge {
		n := a.first
		a.unlink(n)
		a.conclude(&a.busy[n], rec)
		a.settle(n)
	}
}

// conclude ends a chain of kicks: a war, if there were enough of them and somebody
// came back to fight.
func (a *Accounts) conclude(acc *account, rec *record.Recorder) {
	if acc.kicks >= WarKicks && acc.fought {
		rec.Add(record.Wars, 1)
		rec.Add(record.WarKicks, uint64(acc.kicks))
		rec.Observe(record.KickWar, acc.population, wire.NoOrigin, acc.kicked-acc.began)
	}
	acc.kicks, acc.unheard, acc.fought = 0, 0, false
	for i := acc.devices; i != 0; i = a.devices[i].next {
		a.devices[i].grudge = unharmed
	}
}

// link puts an account at the end of the list of chains.
func (a *Accounts) link(n int32) {
	acc := &a.busy[n]
	acc.prev, acc.next = a.last, 0
	if a.last != 0 {
		a.busy[a.last].next = n
	} else {
		a.first = n
	}
	a.last = n
}

// unlink takes an account out of the list of chains.
func (a *Accounts) unlink(n int32) {
	acc := &a.busy[n]
	if acc.prev != 0 {
		a.busy[acc.prev].next = acc.next
	} else {
		a.first = acc.next
	}
	if acc.next != 0 {
		a.busy[acc.next].prev = acc.prev
	} else {
		a.last = acc.prev
	}
	acc.prev, acc.next = 0, 0
}
