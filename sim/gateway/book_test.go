package gateway

import (
	"fmt"
	"slices"

	"loginstorm/sim/wire"
)

// book is an observer that believes nothing: it keeps its own account of links,
// logins and sessions from inputs and outputs alone, and says after each step
// what section 6 of the specification forbids. It shares no code with the rules.
type book struct {
	cfg      Config
	open     map[Link]bool
	pending  map[Link]bool // A login was asked and is not answered.
	jobs     map[uint32]bool
	sessions []entry // In the order in which they began.
	judged   uint64
	faults   []string
	more     ledger

	now     Time
	in      *Input
	wins    []Output // Judged 200 of this step.
	before  int      // Sessions of the winner's account before this step.
	replies []Output // Judged that still wait for their reply.
	fresh   map[Link]bool
	kicked  map[Link]bool // Notice given; nothing but the close may follow.
}

type entry struct {
	link    Link
	account uint32
	device  uint64
	client  wire.ClientType
	cause   Cause
	oldest  bool
}

func newBook(cfg Config) *book {
	return &book{cfg: cfg.Normal(), open: map[Link]bool{}, pending: map[Link]bool{}, jobs: map[uint32]bool{}, more: newLedger()}
}

func (b *book) fault(format string, args ...any) {
	b.faults = append(b.faults, fmt.Sprintf(format, args...))
}

// excludes is the multi-device table, written out pair by pair.
func (b *book) excludes(x, y wire.ClientType) bool {
	switch m := &b.cfg.MultiDevice; m.Policy {
	case PolicyOne:
		return true
	case PolicyClass:
		return x.Mobile() && y.Mobile() || x.Desktop() && y.Desktop()
	case PolicyCustom:
		return slices.ContainsFunc(m.Custom, func(set []wire.ClientType) bool { return slices.Contains(set, x) && slices.Contains(set, y) })
	}
	return false
}

func (b *book) of(account uint32) int {
	n := 0
	for _, s := range b.sessions {
		if s.account == account {
			n++
		}
	}
	return n
}

// step takes one input and what came of it.
func (b *book) step(now Time, in *Input, out []Output) {
	b.now, b.in, b.wins, b.replies, b.fresh, b.kicked = now, in, nil, nil, map[Link]bool{}, map[Link]bool{}
	b.ask()
	switch in.Kind {
	case Opened:
		if b.open[in.Link] {
			delete(b.pending, in.Link)
		}
		b.open[in.Link] = true
	case Closed:
		b.gone(in.Link)
	case LoginAsked:
		b.pending[in.Link] = b.open[in.Link]
	case Worked, AppAnswered:
		delete(b.jobs, in.Job)
	case Commanded:
		if c := in.Command; c.Kind == SetMultiDevice && c.Validate() == nil {
			b.cfg.MultiDevice = *c.MultiDevice
		}
	}
	var ended []entry
	for i := range out {
		if e, ok := b.output(&out[i]); ok {
			ended = append(ended, e)
		}
	}
	b.settle(out)
	for _, w := range b.replies {
		b.fault("link %d: judged %v, but no reply follows", w.Link, w.Code)
	}
	for l := range b.kicked {
		b.fault("link %d: kicked and not closed", l)
	}
	for i := range b.wins {
		b.won(&b.wins[i])
	}
	for _, e := range ended {
		b.justify(e)
	}
	for _, s := range b.sessions {
		if b.pending[s.link] && b.open[s.link] && b.fresh[s.link] {
			b.fault("link %d: a session without an answer", s.link)
		}
	}
}

func (b *book) gone(l Link) {
	b.open[l] = false
	delete(b.pending, l)
	delete(b.kicked, l)
}

func (b *book) output(o *Output) (ended entry, ok bool) {
	switch o.Kind {
	case Refuse:
		if b.in.Kind != Opened || o.Link != b.in.Link {
			b.fault("link %d refused without being opened", o.Link)
		}
		b.gone(o.Link)
	case Close, Cut:
		if !b.open[o.Link] {
			b.fault("link %d ends, but it is not open", o.Link)
		}
		b.gone(o.Link)
	case Send:
		b.sent(o)
	case Work, AskApp:
		if b.jobs[o.Job] {
			b.fault("job %d given out twice", o.Job)
		}
		b.jobs[o.Job] = true
	case Judged:
		b.judged++
		if !b.pending[o.Link] && o.Code != wire.BadParameter {
			b.fault("link %d: judged, but nothing was asked", o.Link)
		}
		b.replies = append(b.replies, *o)
		if o.Code == wire.Success {
			b.before = b.of(o.Account)
			b.entitled(o)
			b.wins = append(b.wins, *o)
		}
	case SessionBegan:
		for _, s := range b.sessions {
			if s.link == o.Link && s.account == o.Account && s.device == o.Device && b.fresh[o.Link] {
				b.fault("link %d: two sessions", o.Link)
			}
		}
		b.fresh[o.Link] = true
		b.sessions = append(b.sessions, entry{link: o.Link, account: o.Account, device: o.Device, client: o.ClientType})
	case SessionEnded:
		return b.ended(o)
	}
	return ended, false
}

func (b *book) ended(o *Output) (ended entry, ok bool) {
	oldest := true
	for i, s := range b.sessions {
		if s.account != o.Account {
			continue
		}
		if s.link == o.Link && s.device == o.Device {
			b.sessions = slices.Delete(b.sessions, i, i+1)
			s.cause, s.oldest = o.Cause, oldest
			return s, true
		}
		oldest = false
	}
	b.fault("account %d device %d link %d: a session ends that never began, or ended before", o.Account, o.Device, o.Link)
	return ended, false
}

// sent checks that a message finds its link, and that step 8 keeps its order.
func (b *book) sent(o *Output) {
	if !b.open[o.Link] {
		b.fault("%v sent on link %d, which is not open", o.Message.Kind, o.Link)
	}
	if b.kicked[o.Link] {
		b.fault("link %d: %v behind a kick", o.Link, o.Message.Kind)
	}
	switch o.Message.Kind {
	case wire.LoginReply:
		if len(b.replies) == 0 || b.replies[0].Link != o.Link || b.replies[0].Code != o.Message.Code {
			b.fault("link %d: reply %v, which nobody judged", o.Link, o.Message.Code)
			return
		}
		b.replies = b.replies[1:]
		if o.Message.Code != wire.BadParameter {
			delete(b.pending, o.Link)
		}
		if o.Message.Code == wire.Success && !b.fresh[o.Link] {
			b.fault("link %d: 200 before the session is in the table", o.Link)
		}
	case wire.Kick, wire.Online, wire.SyncStart:
		if len(b.replies) > 0 && b.replies[0].Code == wire.Success {
			b.fault("link %d: %v before the 200 was sent", o.Link, o.Message.Kind)
		}
	}
	if o.Message.Kind == wire.Kick {
		b.kicked[o.Link] = true
	}
	if o.Message.Kind == wire.Online {
		for _, c := range o.Message.Clients {
			for _, s := range b.sessions {
				if s.link == o.Link && s.device == c.Device && b.open[s.link] && s.device != 0 && b.live(s) {
					b.fault("link %d: the list names the receiver", o.Link)
				}
			}
		}
	}
}

// live reports whether s is the newest session on its link; an older one on the
// same number lingers.
func (b *book) live(s entry) bool {
	for i := len(b.sessions) - 1; i >= 0; i-- {
		if b.sessions[i].link == s.link {
			return b.sessions[i] == s
		}
	}
	return false
}

// won checks invariant 2, first sentence: nobody is left whom the policy excludes.
func (b *book) won(w *Output) {
	mine, others := 0, 0
	for _, s := range b.sessions {
		switch {
		case s.account != w.Account:
		case s.device == w.Device:
			mine++
		default:
			others++
			if b.excludes(w.ClientType, s.client) {
				b.fault("account %d: device %d got 200 and device %d stays", w.Account, w.Device, s.device)
			}
		}
	}
	// Invariant 3: the login judged last holds its session.
	if mine != 1 {
		b.fault("account %d: device %d got 200 and holds %d sessions", w.Account, w.Device, mine)
	}
	if b.cfg.MultiDevice.Policy == PolicyAll && others >= DeviceLimit {
		b.fault("account %d: %d devices beside device %d", w.Account, others, w.Device)
	}
}

// justify checks invariant 2, second sentence: who may push whom out.
func (b *book) justify(e entry) {
	var w *Output
	for i := range b.wins {
		if b.wins[i].Account == e.account {
			w = &b.wins[i]
		}
	}
	switch e.cause {
	case NoCause:
		b.fault("account %d device %d: a session ends for no cause", e.account, e.device)
	case SameDevice:
		if w == nil || w.Device != e.device {
			b.fault("account %d device %d: replaced by nobody", e.account, e.device)
		}
	case ExcludedByLogin:
		switch {
		case w == nil || w.Device == e.device:
			b.fault("account %d device %d: pushed out without a login", e.account, e.device)
		case w.Origin != wire.Manual && !(w.Origin == wire.Reconnect && b.cfg.ReconnectEvicts):
			b.fault("account %d device %d: pushed out by a login that may not: %v", e.account, e.device, w.Origin)
		case !b.excludes(w.ClientType, e.client) && !(b.cfg.MultiDevice.Policy == PolicyAll && w.Force && b.before >= DeviceLimit):
			b.fault("account %d device %d: pushed out though not excluded", e.account, e.device)
		}
	case KickedByOther:
		if b.in.Kind != KickOtherAsked || b.in.Device != e.device {
			b.fault("account %d device %d: kicked by nobody", e.account, e.device)
		}
	case KickedByServer:
		if c := b.in.Command; b.in.Kind != Commanded || !names(c, e.account) || c.Kind != KickServer && !(c.Kind == Ban && c.Kick) {
			b.fault("account %d device %d: kicked by no command", e.account, e.device)
		}
	}
}

// balance compares the book with the gateway's own counts.
func (b *book) balance(g *Gateway) {
	s := g.Stats()
	b.tally(&s)
	open := 0
	for _, is := range b.open {
		if is {
			open++
		}
	}
	var logins uint64
	for _, c := range s.Logins {
		logins += c.Count
	}
	if int(s.Sessions) != len(b.sessions) || int(s.Links) != open || logins != b.judged {
		b.fault("the gateway counts %d sessions, %d links, %d logins; the book %d, %d, %d",
			s.Sessions, s.Links, logins, len(b.sessions), open, b.judged)
	}
	if s.Queue > g.cfg.Auth.Queue {
		b.fault("%d logins wait, %d may", s.Queue, g.cfg.Auth.Queue)
	}
	if g.cfg.Auth.Workers > 0 && s.Busy > 2*g.cfg.Auth.Workers {
		b.fault("%d workers are busy", s.Busy)
	}
}
