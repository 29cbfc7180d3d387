package explore

import (
	"fmt"

	"loginstorm/sim/gateway"
	"loginstorm/sim/plan"
	"loginstorm/sim/virtual"
	"loginstorm/sim/wire"
)

// gate judges every login a second time, from what the gateway is given and what it
// lets its observers know: steps 2 to 7 of spec section 6, written down as plainly as
// they stand there. The oracles look after what follows from a judgement; that it was
// the right one is looked after here.
type gate struct {
	plan       *plan.Plan
	policy     gateway.MultiDevice
	minVersion uint32
	accounts   map[uint32]*holder
	links      map[gateway.Link]*caller
	limit      limit
	arrived    *caller // Its login was given to the gateway and not answered yet, nor anything else.
	logins     uint64  // That got 200.
	failure    *Failure
}

// holder is an account as the gateway has it.
type holder struct {
	banned   bool
	rotation uint32 // Of its static token.
	online   []device
	lasts    []device // The last device of each platform that got 200.
}

// device is a device that is online, or that was.
type device struct {
	number uint64
	kind   wire.ClientType
	id     gateway.Link
	link   *caller // Online: that it logged in on, as link id.
	login  uint64  // Which login of all that got 200.
}

// caller is an open link.
type caller struct {
	ip     uint64
	open   bool
	notice wire.Reason     // Of the kick that it was told of.
	asks   gateway.Request // The login in progress,
	since  Time            // and when it arrived.
}

func newGate(p *plan.Plan) *gate {
	return &gate{plan: p, policy: p.Gateway.MultiDevice, minVersion: p.Gateway.MinVersion, limit: newLimit(p.Gateway.RateLimit),
		accounts: map[uint32]*holder{}, links: map[gateway.Link]*caller{}}
}

// listen lets the gate hear what the gateway is given, and what it does, besides
// whatever a plant does: a gateway that is tampered with breaks the rules by itself.
func (g *gate) listen(t virtual.Tamper) virtual.Tamper {
	asked, decided := t.Asked, t.Decided
	t.Asked = func(now virtual.Time, in *gateway.Input) bool {
		g.given(now, in)
		return asked == nil || asked(now, in)
	}
	t.Decided = func(now virtual.Time, o *gateway.Output) bool {
		if decided != nil && !decided(now, o) {
			return false
		}
		g.decided(now, o)
		return true
	}
	return t
}

// find notes the first fault.
func (g *gate) find(now Time, format string, args ...any) {
	if g.failure == nil {
		g.failure = &Failure{Kind: Misjudged, At: now, Says: fmt.Sprintf(format, args...)}
	}
}

func (g *gate) account(number uint32) *holder {
	if g.accounts[number] == nil {
		g.accounts[number] = &holder{}
	}
	return g.accounts[number]
}

// given takes an input of the gateway.
func (g *gate) given(now Time, in *gateway.Input) {
	g.settle()
	switch in.Kind {
	case gateway.Opened:
		g.links[in.Link] = &caller{ip: in.IP, open: true}
	case gateway.LoginAsked:
		if c := g.links[in.Link]; c != nil && c.open && in.Login != nil {
			c.asks, c.since = *in.Login, now
			g.arrived = c
		}
	case gateway.Closed:
		g.shut(in.Link)
	case gateway.Commanded:
		g.commanded(in.Command)
	}
}

// settle closes the books of the input before.
func (g *gate) settle() {
	if c := g.arrived; c != nil {
		// It was not answered at once: it has passed the limiter.
		g.arrived = nil
		g.frequency(c, true)
	}
}

func (g *gate) shut(id gateway.Link) {
	if c := g.links[id]; c != nil {
		c.open = false
	}
}

// commanded takes a change of the gateway.
func (g *gate) commanded(c *gateway.Command) {
	accounts := c.Accounts
	if len(accounts) == 0 {
		accounts = []uint32{c.Account}
	}
	switch c.Kind {
	case gateway.Ban, gateway.Unban:
		for _, number := range accounts {
			g.account(number).banned = c.Kind == gateway.Ban
		}
	case gateway.RotateToken:
		for _, number := range accounts {
			g.account(number).rotation = c.Rotation
		}
	case gateway.SetMultiDevice:
		g.policy = *c.MultiDevice
	case gateway.SetMinVersion:
		g.minVersion = c.Version
	case gateway.SetRateLimit:
		g.limit = newLimit(*c.RateLimit)
	case gateway.Restart:
		// A restart of all nodes forgets the limiter.
		if c.Node == gateway.AllNodes || g.plan.Gateway.Nodes <= 1 {
			g.limit = newLimit(g.limit.rule)
		}
	}
}

// decided takes an output of the gateway.
func (g *gate) decided(now Time, o *gateway.Output) {
	c := g.links[o.Link]
	switch o.Kind {
	case gateway.Refuse, gateway.Cut:
		g.shut(o.Link)
	case gateway.Send:
		if o.Message.Kind == wire.Kick && c != nil {
			c.notice = o.Message.Reason
		}
	case gateway.Close:
		if o.CloseCode == wire.CloseKicked && c != nil && c.notice == wire.NoReason {
			g.find(now, "link %d is closed by a kick that it was not told of", o.Link)
		}
		g.shut(o.Link)
	case gateway.Judged:
		if c != nil {
			g.judged(now, c, o)
		}
	case gateway.SessionBegan:
		a := g.account(o.Account)
		a.online = append(a.online, device{number: o.Device, kind: o.ClientType, id: o.Link, link: c})
	case gateway.SessionEnded:
		g.ended(now, o)
	}
}

// ended takes the end of a session: whoever is pushed out on an open link hears so.
// Spec 6: a kicked link gets the notice, then the close.
func (g *gate) ended(now Time, o *gateway.Output) {
	a := g.account(o.Account)
	for i := range a.online {
		d := a.online[i]
		if d.number != o.Device || d.id != o.Link {
			continue // A newer session of the same device has a link of its own.
		}
		a.online = append(a.online[:i:i], a.online[i+1:]...)
		switch o.Cause {
		case gateway.ExcludedByLogin, gateway.KickedByServer, gateway.KickedByOther, gateway.SameDevice:
			if d.link != nil && d.link.open {
				g.find(now, "device %d of account %d is pushed out, and its link stays open", o.Device, o.Account)
			}
		}
		return
	}
}

// judged takes the answer to a login.
func (g *gate) judged(now Time, c *caller, o *gateway.Output) {
	if g.arrived == c {
		g.arrived = nil
		if (o.Code == wire.Unavailable && g.plan.Gateway.Auth.Workers > 0) || o.Code == wire.BadParameter {
			return // The queue is full, or the link has a login already: nobody has looked at the limiter.
		}
		g.frequency(c, o.Code != wire.TooOften)
		if o.Code == wire.TooOften {
			return
		}
	}
	if o.Code != wire.Success && counted(o.Code) {
		g.limit.failed(now, &c.asks, c.ip)
	}
	if want := g.want(&c.asks); want != 0 && weighed(o.Code) && o.Code != want {
		g.find(now, "the %v login of device %d of account %d got %d and should have got %d", c.asks.Origin, o.Device, o.Account, o.Code, want)
	}
	if o.Code == wire.Success {
		g.remember(&c.asks)
	}
}

// weighed reports whether a code is one of those that steps 3 to 7 come to. What an
// outage or the app's server says comes before them, or between.
func weighed(code wire.Code) bool {
	switch code {
	case wire.Success, wire.VersionTooOld, wire.Mismatch, wire.AccountDisabled, wire.NotLastDevice:
		return true
	}
	return false
}

// counted reports whether a refusal is the client's own failure, which a limiter of
// failed logins counts: that the gateway is busy or out of order is none.
func counted(code wire.Code) bool {
	return weighed(code) || code == wire.NotPermitted || code >= wire.ThirdPartyFirst && code <= wire.ThirdPartyLast
}

// want judges a login by steps 3 to 7; 0 = it depends on what is not seen here.
func (g *gate) want(r *gateway.Request) wire.Code {
	a := g.account(r.Account)
	switch {
	case r.Version < g.minVersion:
		return wire.VersionTooOld
	case r.AuthType == wire.AuthDefault && r.Token != gateway.RotatedDigest(g.plan.Gateway.TokenSeed, a.rotation, r.Account):
		return wire.Mismatch
	case r.AuthType == wire.AuthDynamic:
		return 0 // How old its token is, is told by clocks that are not read here.
	case a.banned:
		return wire.AccountDisabled
	case !g.room(a, r):
		return wire.NotLastDevice
	}
	return wire.Success
}

// room judges steps 6 and 7.
func (g *gate) room(a *holder, r *gateway.Request) bool {
	if r.Origin == wire.Auto && !g.plan.Gateway.AnyDevice {
		last := device{number: r.Device}
		for _, d := range a.lasts {
			if g.policy.Excludes(r.ClientType, d.kind) && d.login > last.login {
				last = d
			}
		}
		if last.number != r.Device {
			return false
		}
	}
	excluded, others := 0, 0
	for _, d := range a.online {
		switch {
		case d.number == r.Device:
		case g.policy.Excludes(r.ClientType, d.kind):
			excluded++
		default:
			others++
		}
	}
	if excluded > 0 && r.Origin != wire.Manual && (r.Origin != wire.Reconnect || !g.plan.Gateway.ReconnectEvicts) {
		return false
	}
	return g.policy.Policy != gateway.PolicyAll || others < gateway.DeviceLimit || r.Origin == wire.Manual && r.Force
}

// remember notes a device as the last one of its platform.
func (g *gate) remember(r *gateway.Request) {
	g.logins++
	a := g.account(r.Account)
	now := device{number: r.Device, kind: r.ClientType, login: g.logins}
	for i := range a.lasts {
		if a.lasts[i].kind == r.ClientType {
			a.lasts[i] = now
			return
		}
	}
	a.lasts = append(a.lasts, now)
}

// frequency holds what the limiter said against what it should have said.
func (g *gate) frequency(c *caller, passed bool) {
	if want := g.limit.passes(c.since, &c.asks, c.ip); want != passed {
		said := "let a login pass that comes too often"
		if !passed {
			said = "refused a login that does not come too often"
		}
		g.find(c.since, "the limiter %s: the %v one of device %d of account %d", said, c.asks.Origin, c.asks.Device, c.asks.Account)
	}
}
