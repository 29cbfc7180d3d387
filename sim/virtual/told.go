package virtual

import (
	"time"

	"loginstorm/sim/gateway"
	"loginstorm/sim/plan"
	"loginstorm/sim/wire"
)

// token is what a client got from the app's server, in numbers.
type token struct {
	account  uint32
	rotation uint32 // Of a static one.
	issued   Time   // Of a dynamic one: when it says it was made.
	held     bool
}

// issue is the token that the app's server hands out now: the static one in force,
// and a dynamic one stamped by its own clock, whose stamps have milliseconds. Spec 8.
func (s *Simulator) issue(account uint32) token {
	_, skew := s.plan.TokenTTL()
	return token{account: account, rotation: s.gw.Rotation(account), issued: (s.now + skew).Truncate(time.Millisecond), held: true}
}

// fill puts down what a login says: who asks, for which account, and with the token
// that the client got for that account or, where it asks nobody, was given before
// the run.
func (s *Simulator) fill(c *conn, p *packet) {
	r := &s.request
	*r = s.plan.RequestFor(c.client, p.account)
	r.Origin, r.Force = p.origin, p.force
	if s.tokens == nil {
		return
	}
	t := &s.tokens[c.client]
	switch {
	case !t.held || t.account != p.account:
	case r.AuthType == wire.AuthDynamic:
		r.Issued = t.issued
	case t.rotation != 0:
		r.Token = gateway.RotatedDigest(s.plan.Accounts.TokenSeed, t.rotation, p.account)
	}
}

// lists are the nodes that the address server names, as they change: all but those
// that drain. A node that is down is still named. Spec 10.
func (s *Simulator) relist(c *gateway.Command) {
	if s.plan.Address == nil {
		return
	}
	var list []uint8
	for n := range s.nodes {
		if c.Node == gateway.AllNodes || int(c.Node) == n {
			s.nodes[n].draining = c.Kind == gateway.Drain
		}
		if !s.nodes[n].draining {
			list = append(list, uint8(n))
		}
	}
	s.lists = append(s.lists, list)
}

// node returns the node that a client's link goes to, of those it was told.
func (s *Simulator) node(who, gen uint32) uint8 {
	list := s.lists[0]
	if s.told != nil {
		list = s.lists[s.told[who]]
	}
	return list[plan.Address(who, gen, len(list))]
}
