package gateway

import (
	"slices"

	"loginstorm/sim/wire"
)

// ledger is the part of a book that knows secrets, bans, buckets, stalls and the
// hours that workers worked.
type ledger struct {
	asks     map[Link]Request // Logins that are not answered.
	second   bool             // The input is a second one on its link.
	rotation map[uint32]uint32
	given    map[uint32]uint64 // Tokens that were given by their digest.
	banned   map[uint32]bool
	admitted map[int64]uint32 // Links, by the bucket since the last change of the rule.
	stalled  map[uint8]Time   // When it ends, for each node that is.
	spans    map[uint32]Time  // Of jobs that a worker has.
	worked   Time
	wasted   uint64
	apps     uint64
}

func newLedger() ledger {
	return ledger{asks: map[Link]Request{}, rotation: map[uint32]uint32{}, given: map[uint32]uint64{}, banned: map[uint32]bool{},
		admitted: map[int64]uint32{}, stalled: map[uint8]Time{}, spans: map[uint32]Time{}}
}

// names reports whether a command names an account.
func names(c *Command, account uint32) bool {
	if len(c.Accounts) > 0 {
		return slices.Contains(c.Accounts, account)
	}
	return c.Account == account
}

// ask notes what an input changes.
func (b *book) ask() {
	m := &b.more
	m.second = false
	switch b.in.Kind {
	case LoginAsked:
		if _, m.second = m.asks[b.in.Link]; !m.second && b.open[b.in.Link] {
			m.asks[b.in.Link] = *b.in.Login
		}
	case Opened, Closed:
		delete(m.asks, b.in.Link)
	case Worked:
		m.worked += m.spans[b.in.Job]
		delete(m.spans, b.in.Job)
	case Commanded:
		if b.in.Command.Validate() == nil {
			b.commanded(b.in.Command)
		}
	}
}

func (b *book) commanded(c *Command) {
	m := &b.more
	for account := range b.cfg.Accounts {
		switch {
		case !names(c, account):
		case c.Kind == Ban, c.Kind == Unban:
			m.banned[account] = c.Kind == Ban
		case c.Kind == RotateToken && c.Token != 0:
			m.given[account] = c.Token
		case c.Kind == RotateToken:
			delete(m.given, account)
			m.rotation[account] = c.Rotation
		}
	}
	switch c.Kind {
	case SetAdmission:
		b.cfg.Admission = *c.Admission
		clear(m.admitted)
	case Stall:
		for n := range b.cfg.Nodes {
			if end := b.now + c.Downtime; (c.Node == n || c.Node == AllNodes) && c.Downtime > 0 {
				m.stalled[n] = max(m.stalled[n], end)
			}
		}
	}
}

// settle looks at what came of the input as a whole.
func (b *book) settle(out []Output) {
	m := &b.more
	has := func(kinds ...OutputKind) bool {
		return slices.ContainsFunc(out, func(o Output) bool { return slices.Contains(kinds, o.Kind) })
	}
	for i := range out {
		switch o := &out[i]; o.Kind {
		case Work:
			m.spans[o.Job] = o.After
		case AskApp:
			m.apps++
		case Judged:
			if !m.second || o.Code != wire.BadParameter {
				delete(m.asks, o.Link)
			}
		case Stalled:
			if _, known := m.stalled[o.Node]; !known {
				b.fault("node %d stalls, and nobody wants it", o.Node)
			}
		case Unstalled:
			restarted := b.in.Kind == Commanded && b.in.Command.Kind == Restart
			if m.stalled[o.Node] != b.now && !restarted {
				b.fault("node %d stalls until %v, not %v", o.Node, m.stalled[o.Node], b.now)
			}
			delete(m.stalled, o.Node)
		}
	}
	for n, end := range m.stalled {
		if end < b.now {
			b.fault("node %d still stalls, until %v", n, end)
		}
	}
	switch b.in.Kind {
	case Opened:
		if rule := b.cfg.Admission; rule.Bucket > 0 && b.open[b.in.Link] {
			window := int64(b.now / rule.Every)
			if m.admitted[window]++; m.admitted[window] > rule.Bucket {
				b.fault("%d links in bucket %d, which holds %d", m.admitted[window], window, rule.Bucket)
			}
		}
	case Worked, AppAnswered:
		if !has(Judged, AskApp) {
			m.wasted++
		}
	}
}

// entitled checks a 200 against secrets and bans: steps 4 and 5.
func (b *book) entitled(o *Output) {
	m := &b.more
	r, known := m.asks[o.Link]
	if !known || r.Account != o.Account {
		b.fault("link %d: 200 for somebody else", o.Link)
	}
	token := RotatedDigest(0, m.rotation[o.Account], o.Account)
	if digest, is := m.given[o.Account]; is {
		token = digest
	}
	switch {
	case m.banned[o.Account]:
		b.fault("account %d is banned and gets 200", o.Account)
	case r.AuthType == wire.AuthDefault && r.Token != token:
		b.fault("account %d gets 200 with a wrong token", o.Account)
	case r.AuthType == wire.AuthDynamic && (!b.cfg.Dynamic || !r.Genuine || b.now-r.Issued >= r.TTL):
		b.fault("account %d gets 200 with a dynamic token that is not good", o.Account)
	}
}

// tally compares the ledger with the gateway's own counts.
func (b *book) tally(s *Stats) {
	if m := &b.more; s.WorkedTime != m.worked || s.Wasted != m.wasted || s.AppAsked != m.apps || s.WastedTime > s.WorkedTime {
		b.fault("the gateway counts %v worked, %v and %d logins of it wasted, %d asked on; the ledger %v, %d, %d",
			s.WorkedTime, s.WastedTime, s.Wasted, s.AppAsked, m.worked, m.wasted, m.apps)
	}
}
