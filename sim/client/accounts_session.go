package client

import (
	"math/bits"

	"loginstorm/sim/record"
	"loginstorm/sim/wire"
)

// joined notes that a client heard its 200.
func (a *Accounts) joined(now Time, s seat, rec *record.Recorder) {
	a.expire(now, rec)
	c := a.table.find(s.account)
	if c == nil {
		if !s.alone {
			a.table.put(quiet(s.account, s.client, now, s.kind))
		}
		return
	}
	n := a.open(c)
	acc := &a.busy[n]
	acc.population = s.population
	if acc.locked != never {
		rec.Observe(record.Lockout, s.population, wire.NoOrigin, now-acc.locked)
		acc.locked = never
	}
	a.heard(acc, s, rec)
	if d := a.seat(n, s); d != 0 {
		a.enter(n, d, now)
	}
	a.settle(n)
}

// left notes that a client is no longer loggedIn.
func (a *Accounts) left(now Time, s seat, rec *record.Recorder) {
	a.expire(now, rec)
	c := a.table.find(s.account)
	if c == nil {
		return
	}
	if c.ref&busyBit == 0 {
		if c.ref == s.client+1 {
			a.table.drop(c)
		}
		return
	}
	n := int32(c.ref &^ busyBit)
	acc := &a.busy[n]
	acc.population = s.population
	apart := true
	for i := acc.devices; i != 0; i = a.devices[i].next {
		d := &a.devices[i]
		if d.client == s.client {
			d.in = false
			a.forget(acc, d.place)
		}
	}
	for i := acc.devices; i != 0; i = a.devices[i].next {
		apart = apart && a.devices[i].rivals == 0
	}
	if apart && acc.together != never {
		rec.Observe(record.Overlap, s.population, wire.NoOrigin, now-acc.together)
		acc.together = never
	}
	a.settle(n)
}

// forget ends all pairs that the device of a place is part of.
func (a *Accounts) forget(acc *account, place uint8) {
	for i := acc.devices; i != 0; i = a.devices[i].next {
		d := &a.devices[i]
		if d.rivals &^= 1 << place; d.place == place {
			d.rivals = 0
		}
	}
}

// limited notes that a login got 416. Spec section 5.
func (a *Accounts) limited(now Time, s seat, rec *record.Recorder) {
	a.expire(now, rec)
	acc := &a.busy[a.follow(s)]
	acc.population = s.population
	if acc.locked == never {
		acc.locked = now
		rec.Add(record.Lockouts, 1)
	}
}

// enter makes a device one that is loggedIn: together with those that the policy in
// force now excludes against it. Spec section 6.
func (a *Accounts) enter(n, number int32, now Time) {
	acc, d := &a.busy[n], &a.devices[number]
	a.forget(acc, d.place)
	d.in, d.since = true, now
	if d.grudge == pushed {
		d.grudge = returned
	}
	for i := acc.devices; i != 0; i = a.devices[i].next {
		e := &a.devices[i]
		if i == number || !e.in || !a.excludes(e.kind, d.kind) {
			continue
		}
		d.rivals |= 1 << e.place
		e.rivals |= 1 << d.place
		if acc.together == never {
			acc.together = now
		}
	}
}

// follow returns the busy account of a seat, which begins to be one if need be.
func (a *Accounts) follow(s seat) int32 {
	if c := a.table.find(s.account); c != nil {
		return a.open(c)
	}
	n := a.take(s.account)
	a.table.put(cell{account: s.account, ref: busyBit | uint32(n)})
	return n
}

// open returns the busy account of a cell; a quiet one becomes busy with its client.
func (a *Accounts) open(c *cell) int32 {
	if c.ref&busyBit != 0 {
		return int32(c.ref &^ busyBit)
	}
	client, since, kind := c.client()
	n := a.take(c.account)
	c.ref, c.since = busyBit|uint32(n), 0
	d := &a.devices[a.seat(n, seat{client: client, kind: kind})]
	d.in, d.since = true, since
	return n
}

// settle makes an account quiet again when nothing is left but one client that is
// loggedIn, or nobody.
func (a *Accounts) settle(n int32) {
	acc := &a.busy[n]
	if acc.kicks != 0 || acc.locked != never || acc.together != never {
		return
	}
	in, who := 0, int32(0)
	for i := acc.devices; i != 0; i = a.devices[i].next {
		if a.devices[i].in {
			in, who = in+1, i
		}
	}
	if in > 1 {
		return
	}
	c := a.table.find(acc.number)
	if in == 1 {
		d := &a.devices[who]
		*c = quiet(acc.number, d.client, d.since, d.kind)
	} else {
		a.table.drop(c)
	}
	a.release(n)
}

// take returns a busy account that has seen nothing.
func (a *Accounts) take(number uint32) int32 {
	n := a.free
	if n != 0 {
		a.free = a.busy[n].next
	} else {
		n = int32(len(a.busy))
		a.busy = append(a.busy, account{})
	}
	a.busy[n] = account{number: number, together: never, locked: never}
	return n
}

// release gives a busy account and its devices back.
func (a *Accounts) release(n int32) {
	acc := &a.busy[n]
	for acc.devices != 0 {
		i := acc.devices
		acc.devices = a.devices[i].next
		a.devices[i].next, a.unused = a.unused, i
	}
	acc.next, a.free = a.free, n
}

// seat returns the device of a seat, which is new if need be; 0 when there are too
// many to follow.
func (a *Accounts) seat(n int32, s seat) int32 {
	acc := &a.busy[n]
	for i := acc.devices; i != 0; i = a.devices[i].next {
		if a.devices[i].client == s.client {
			return i
		}
	}
	place := bits.TrailingZeros32(^acc.places)
	if place >= MaxDevices {
		return 0
	}
	i := a.unused
	if i != 0 {
		a.unused = a.devices[i].next
	} else {
		i = int32(len(a.devices))
		a.devices = append(a.devices, device{})
	}
	acc.places |= 1 << place
	a.devices[i] = device{client: s.client, next: acc.devices, since: never, place: uint8(place), kind: s.kind}
	acc.devices = i
	return i
}
