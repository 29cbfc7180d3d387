package oracle

import (
	"slices"

	"loginstorm/sim/gateway"
	"loginstorm/sim/wire"
)

type multiDevice = gateway.MultiDevice

const (
	policyOne    = gateway.PolicyOne
	policyClass  = gateway.PolicyClass
	policyAll    = gateway.PolicyAll
	policyCustom = gateway.PolicyCustom
)

// door is what is known of one link.
type door struct{ open bool }

// session is one session of the gateway, as its observers were told.
type session struct {
	judged     uint64 // Serial of the login that was answered 200; 0 = not seen yet.
	began      Time
	device     uint64
	link       gateway.Link
	account    uint32
	next       int32
	clientType wire.ClientType
	ended      bool
	cause      gateway.Cause // Once ended.
}

// win is a login that was answered 200.
type win struct {
	serial     uint64
	device     uint64
	link       gateway.Link
	account    uint32
	before     uint32 // Sessions of the account just before.
	clientType wire.ClientType
	origin     wire.Origin
	force      bool
	policy     multiDevice
}

// kick is a kick that was asked for, for an account or by the session on a
// link. Devices empty = all.
type kick struct {
	cause   gateway.Cause
	allBut  bool
	account uint32 // NoOne: that of the session on link.
	link    gateway.Link
	devices []uint64
}

// moment is what happened at one instant; it is judged when the next instant
// comes, so that the order of outputs within a step does not matter.
type moment struct {
	at    Time
	wins  []win
	ends  []int32 // Their places are free when the moment is over.
	began []int32
	kicks []kick
}

// mostKept is how many ends there is room for from one moment to the next. When a
// gateway restarts all its sessions end in one.
const mostKept = 1 << 14

func (m *moment) reset() {
	clear(m.wins)
	clear(m.kicks)
	m.wins, m.ends, m.began, m.kicks = m.wins[:0], m.ends[:0], m.began[:0], m.kicks[:0]
	if cap(m.ends) > mostKept {
		m.ends = nil
	}
}

// turn settles the last moment when a new one begins.
func (c *Checker) turn(at Time) {
	if at != c.now.at {
		c.settle()
		c.now.at = at
	}
}

// Asked takes one input that the gateway was given, before the outputs that
// follow from it.
func (c *Checker) Asked(at Time, in *gateway.Input) {
	c.turn(at)
	c.hung = noLink
	switch in.Kind {
	case gateway.Opened:
		c.opened(at, in.Link)
	case gateway.Closed:
		c.closed(at, in.Link)
		c.hung = in.Link
	case gateway.KickOtherAsked:
		c.now.kicks = append(c.now.kicks, kick{cause: gateway.KickedByOther, account: NoOne, link: in.Link, devices: []uint64{in.Device}})
	case gateway.Commanded:
		c.commanded(at, in.Command)
	}
}

// noLink is the number of no link.
const noLink = ^gateway.Link(0)

func (c *Checker) commanded(at Time, cmd *gateway.Command) {
	c.Faulted(at + cmd.Downtime)
	switch cmd.Kind {
	case gateway.SetMultiDevice:
		if cmd.MultiDevice != nil {
			c.cfg.MultiDevice, c.policed = *cmd.MultiDevice, true
		}
	case gateway.KickServer:
		c.kicked(cmd, cmd.Devices)
	case gateway.Ban:
		if cmd.Kick {
			c.kicked(cmd, nil)
		}
	}
}

// kicked notes whom the server kicks by a command.
func (c *Checker) kicked(cmd *gateway.Command, devices []uint64) {
	accounts := cmd.Accounts
	if len(accounts) == 0 {
		accounts = []uint32{cmd.Account}
	}
	for _, account := range accounts {
		c.now.kicks = append(c.now.kicks, kick{cause: gateway.KickedByServer, account: account, allBut: cmd.AllBut, devices: devices})
	}
}

// Gateway takes one output of the gateway.
func (c *Checker) Gateway(at Time, o *gateway.Output) {
	switch o.Kind {
	case gateway.Refuse, gateway.Close, gateway.Cut:
		c.turn(at)
		if o.Link == c.hung && o.Kind != gateway.Refuse {
			// A deadline that was due before the link's end was told: the gateway ended it
			// first, and the input then names a link that is gone.
			c.hung = noLink
			return
		}
		c.closed(at, o.Link)
		return
	case gateway.Judged, gateway.SessionBegan, gateway.SessionEnded:
	default:
		return
	}
	c.turn(at)
	c.trail.add(trace{at: at, client: NoOne, account: o.Account, number: uint32(o.Link), device: o.Device, code: o.Code,
		side: told, kind: uint8(o.Kind), a: uint8(o.Cause), b: uint8(o.Origin)})
	switch o.Kind {
	case gateway.Judged:
		c.answered(o)
	case gateway.SessionBegan:
		c.began(at, o)
	case gateway.SessionEnded:
		c.ended(at, o)
	}
}

// opened and closed keep the books of links. Spec 6, rule 4.
func (c *Checker) opened(at Time, l gateway.Link) {
	for uint32(len(c.links)) <= uint32(l) {
		c.links = append(c.links, door{})
	}
	if c.links[l].open {
		c.find(OneEnd, at, NoOne, NoOne, "link %d is opened a second time", l)
		return
	}
	c.links[l].open = true
	c.open++
}

func (c *Checker) closed(at Time, l gateway.Link) {
	if !c.cfg.Inputs {
		return // Without Opened nothing is known of links.
	}
	if uint32(len(c.links)) <= uint32(l) || !c.links[l].open {
		c.find(OneEnd, at, NoOne, NoOne, "link %d ends, but it is not open", l)
		return
	}
	c.links[l].open = false
	c.open--
}

// answered notes a login that was judged. Spec 6, step 8.
func (c *Checker) answered(o *gateway.Output) {
	c.judged++
	if o.Code != wire.Success {
		return
	}
	w := win{serial: c.judged, device: o.Device, link: o.Link, account: o.Account, clientType: o.ClientType, origin: o.Origin,
		force: o.Force, policy: c.cfg.MultiDevice}
	for i := c.head(o.Account); i != 0; i = c.sessions[i].next {
		switch s := &c.sessions[i]; {
		case s.judged != 0:
			w.before++
		case s.link == o.Link && s.device == o.Device:
			s.judged = w.serial
		}
	}
	for _, i := range c.now.ends {
		if s := &c.sessions[i]; s.account == o.Account && s.judged < w.serial {
			w.before++
		}
	}
	c.now.wins = append(c.now.wins, w)
}

func (c *Checker) head(account uint32) int32 {
	if account >= uint32(len(c.accounts)) {
		return 0
	}
	return c.accounts[account]
}

func (c *Checker) began(at Time, o *gateway.Output) {
	if o.Account == NoOne {
		c.find(LastWins, at, NoOne, NoOne, "a session begins without an account")
		return
	}
	for uint32(len(c.accounts)) <= o.Account {
		c.accounts = append(c.accounts, 0)
	}
	i := c.free
	if i != 0 {
		c.free = c.sessions[i].next
	} else {
		i = int32(len(c.sessions))
		c.sessions = append(c.sessions, session{})
	}
	s := session{began: at, device: o.Device, link: o.Link, account: o.Account, clientType: o.ClientType, next: c.accounts[o.Account]}
	for n := range c.now.wins {
		// The answer may have been told before the session.
		if w := &c.now.wins[n]; w.link == o.Link && w.device == o.Device && w.account == o.Account && !c.holds(w) {
			s.judged = w.serial
		}
	}
	c.sessions[i] = s
	c.accounts[o.Account] = i
	c.live++
	c.now.began = append(c.now.began, i)
}

// holds reports whether a login that was answered 200 has its session.
func (c *Checker) holds(w *win) bool {
	for i := c.head(w.account); i != 0; i = c.sessions[i].next {
		if c.sessions[i].judged == w.serial {
			return true
		}
	}
	return false
}

func (c *Checker) ended(at Time, o *gateway.Output) {
	if o.Account >= uint32(len(c.accounts)) {
		c.find(OneEnd, at, NoOne, o.Account, "a session of device %d ends that never began", o.Device)
		return
	}
	var found *int32 // The oldest that fits: a link's number may come again while a session lingers.
	for p := &c.accounts[o.Account]; *p != 0; p = &c.sessions[*p].next {
		if s := &c.sessions[*p]; s.link == o.Link && s.device == o.Device {
			found = p
		}
	}
	if found == nil {
		c.find(OneEnd, at, NoOne, o.Account, "a session of device %d on link %d ends that is not there", o.Device, o.Link)
		return
	}
	i := *found
	s := &c.sessions[i]
	*found = s.next
	s.ended, s.cause, s.next = true, o.Cause, 0
	if len(c.now.ends) == mostKept {
		c.now.ends = slices.Grow(c.now.ends, int(c.live)) // The gateway goes, with everybody.
	}
	c.now.ends = append(c.now.ends, i)
	c.live--
}
