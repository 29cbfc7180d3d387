package gateway

import "loginstorm/sim/wire"

// account is one account, indexed by its number.
type account struct {
	first  uint32 // Its oldest session, chained by next.
	lasts  uint32 // Its last devices, chained by next.
	banned bool
	dirty  bool // Stands in Gateway.dirty.
}

// session is one entry of the table that all nodes share. Until it is gone its
// device counts as online, whatever became of the link. Spec section 10.
type session struct {
	device  uint64
	began   Time
	tag     string
	account uint32
	link    Link
	next    uint32 // The account's next session, or the next free slot.
	check   uint32 // Serial of the slot's present use.
	custom  int32
	client  wire.ClientType
	origin  wire.Origin
	node    uint8
	used    bool
	linked  bool // False: kept over a restart, or lingering.
	listed  bool // The last list sent to it was not empty.
	lingers bool // Its node died; it ends with the linger time.
	syncing bool
}

// lastDevice is the last device of one platform that got 200 on an account.
type lastDevice struct {
	device   uint64
	login    uint64 // Gateway.logins at that moment.
	next     uint32
	platform uint8
}

// account returns an account, nil when there is none of this number.
func (g *Gateway) account(number uint32) *account {
	if number >= uint32(len(g.accounts)) {
		return nil
	}
	return &g.accounts[number]
}

// beginSession puts a session into the table, as the newest of its account.
func (g *Gateway) beginSession(j *job) uint32 {
	slot := g.unused
	if slot == 0 {
		g.sessions = append(g.sessions, session{})
		slot = uint32(len(g.sessions) - 1)
	} else {
		g.unused = g.sessions[slot].next
	}
	l := &g.links[j.link]
	s := &g.sessions[slot]
	*s = session{
		device: j.ask.Device, began: g.now, tag: j.ask.Tag, account: j.ask.Account, link: j.link,
		check: s.check + 1, custom: j.ask.CustomType, client: j.ask.ClientType, origin: j.ask.Origin,
		node: l.node, used: true, linked: true,
	}
	l.session = slot
	at := &g.accounts[s.account].first
	for *at != 0 {
		at = &g.sessions[*at].next
	}
	*at = slot
	g.stats.sessions++
	g.touch(s.account)
	g.tellSession(SessionBegan, s, NoCause)
	return slot
}

// endSession takes a session out of the table. Its link, if any, stays.
func (g *Gateway) endSession(slot uint32, cause Cause) {
	s := &g.sessions[slot]
	if s.linked {
		g.links[s.link].session = 0
	}
	at := &g.accounts[s.account].first
	for *at != slot {
		at = &g.sessions[*at].next
	}
	*at = s.next
	g.stats.sessions--
	g.touch(s.account)
	g.tellSession(SessionEnded, s, cause)
	s.used, s.tag = false, ""
	s.check++
	s.next, g.unused = g.unused, slot
}

func (g *Gateway) tellSession(kind OutputKind, s *session, cause Cause) {
	o := g.emit(kind)
	o.Link, o.Account, o.Device, o.ClientType = s.link, s.account, s.device, s.client
	o.Origin, o.Node, o.Cause = s.origin, s.node, cause
}

// orphan leaves a session in the table without a link until an instant.
func (g *Gateway) orphan(slot uint32, until Time) {
	s := &g.sessions[slot]
	g.links[s.link].session = 0
	s.linked, s.syncing = false, false
	s.check++
	g.timers.push(until, dueOrphan, slot, s.check)
}

func (g *Gateway) orphanDue(slot, check uint32) {
	if s := &g.sessions[slot]; s.used && s.check == check {
		cause := TimedOut
		if s.lingers {
			cause = NodeLost
		}
		g.endSession(slot, cause)
	}
}

// remember notes the device of a login that got 200 as its platform's last.
func (g *Gateway) remember(a *account, platform uint8, device uint64) {
	g.logins++
	for at := a.lasts; at != 0; at = g.lasts[at].next {
		if d := &g.lasts[at]; d.platform == platform {
			d.device, d.login = device, g.logins
			return
		}
	}
	g.lasts = append(g.lasts, lastDevice{device: device, login: g.logins, next: a.lasts, platform: platform})
	a.lasts = uint32(len(g.lasts) - 1)
}

// lastAmong returns the device that got the latest 200 among some platforms.
func (g *Gateway) lastAmong(a *account, platforms uint8) (device uint64, ok bool) {
	var latest uint64
	for at := a.lasts; at != 0; at = g.lasts[at].next {
		if d := &g.lasts[at]; platforms>>d.platform&1 != 0 && d.login > latest {
			latest, device = d.login, d.device
		}
	}
	return device, latest != 0
}

// startSync begins data sync behind a reply. Spec section 6, data sync.
func (g *Gateway) startSync(slot uint32) {
	s := &g.sessions[slot]
	g.send(s.link, wire.Message{Kind: wire.SyncStart})
	span := scale(g.cfg.Sync.Sample(g.syncs.Next()), g.cold.by)
	s.syncing = true
	if span == 0 {
		g.syncDue(slot, s.check)
		return
	}
	g.timers.push(g.now+span, dueSync, slot, s.check)
}

func (g *Gateway) syncDue(slot, check uint32) {
	if s := &g.sessions[slot]; s.syncing && s.check == check {
		s.syncing = false
		g.send(s.link, wire.Message{Kind: wire.SyncFinish})
	}
}
