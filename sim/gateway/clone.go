package gateway

import (
	"bytes"
	"encoding/binary"
	"maps"
	"slices"
)

// Clone returns a gateway that is equal and shares nothing that either changes, so
// that one history can go on in several ways.
func (g *Gateway) Clone() *Gateway {
	c := *g
	c.out, c.evicted, c.clients = nil, nil, nil
	c.links, c.sessions = slices.Clone(g.links), slices.Clone(g.sessions)
	c.accounts, c.lasts = slices.Clone(g.accounts), slices.Clone(g.lasts)
	c.rotations, c.nodes, c.jobs = slices.Clone(g.rotations), slices.Clone(g.nodes), slices.Clone(g.jobs)
	c.timers.timeouts, c.timers.others = slices.Clone(g.timers.timeouts), slices.Clone(g.timers.others)
	c.timers.row = g.timers.row.clone()
	c.dirty = slices.Clone(g.dirty)
	c.tokens = maps.Clone(g.tokens)
	c.limiter = g.limiter.clone()
	return &c
}

func (l *limiter) clone() limiter {
	c := *l
	c.index, c.free = maps.Clone(l.index), slices.Clone(l.free)
	c.keys = slices.Clone(l.keys)
	for i := range c.keys {
		c.keys[i].log = slices.Clone(c.keys[i].log)
	}
	return c
}

// AppendState appends what decides how a gateway goes on with the logins and sessions
// of one account: two gateways of one configuration that append the same bytes for
// the same links, in the same order, answer everything that is about them alike.
// Links are named by their place in the list, instants by how far off they are, and
// serials of answers not at all.
//
// Left out is what only counts (totals, draws, the instants of logins), and what
// nobody changes where the state of a small world is compared: nodes, tokens, the
// limiter, and commands that last.
func (g *Gateway) AppendState(dst []byte, number uint32, links []Link) []byte {
	place := func(id Link) byte { return byte(slices.Index(links, id)) }
	for _, id := range links {
		if int(id) >= len(g.links) || !g.links[id].open {
			dst = append(dst, 0)
			continue
		}
		dst = append(dst, 1)
		dst = binary.AppendVarint(dst, int64(g.heardOf(&g.links[id], g.now)-g.now))
	}
	a := &g.accounts[number]
	dst = append(dst, bit(a.banned))
	for slot := a.first; slot != 0; slot = g.sessions[slot].next {
		s := &g.sessions[slot]
		dst = append(dst, 1, bit(s.linked), bit(s.listed), bit(s.lingers), bit(s.syncing), byte(s.client), byte(s.origin))
		dst = binary.AppendUvarint(dst, s.device)
		if s.linked {
			dst = append(dst, place(s.link))
		}
	}
	dst = append(dst, 0)
	dst = g.appendLasts(dst, a)
	var served [][]byte // Where a job stands in the table means nothing.
	for id := range g.jobs {
		if j := &g.jobs[id]; j.state == jobWorking || j.state == jobAsking {
			served = append(served, appendJob(nil, j, place))
		}
	}
	slices.SortFunc(served, bytes.Compare)
	for _, job := range served {
		dst = append(dst, job...)
	}
	dst = append(dst, 0)
	for id := g.first; id != 0; id = g.jobs[id].next {
		dst = appendJob(dst, &g.jobs[id], place)
	}
	return append(dst, 0)
}

// appendJob appends a login that is not answered yet.
func appendJob(dst []byte, j *job, place func(Link) byte) []byte {
	dst = append(dst, byte(j.state), bit(j.gone), byte(j.ask.Origin), bit(j.ask.Force), byte(j.ask.ClientType))
	dst = binary.AppendUvarint(dst, j.ask.Device)
	if !j.gone {
		dst = append(dst, place(j.link))
	}
	return dst
}

// appendLasts appends the last devices of an account, the latest first.
func (g *Gateway) appendLasts(dst []byte, a *account) []byte {
	for before := ^uint64(0); ; {
		var next *lastDevice
		for at := a.lasts; at != 0; at = g.lasts[at].next {
			if d := &g.lasts[at]; d.login < before && (next == nil || d.login > next.login) {
				next = d
			}
		}
		if next == nil {
			return append(dst, 0xff)
		}
		dst = append(dst, next.platform)
		dst = binary.AppendUvarint(dst, next.device)
		before = next.login
	}
}

func bit(b bool) byte {
	if b {
		return 1
	}
	return 0
}

// Job returns the device whose login a job is, and its link unless that is gone.
func (g *Gateway) Job(id uint32) (device uint64, at Link, ok bool) {
	if id == 0 || id >= uint32(len(g.jobs)) || g.jobs[id].state == jobFree {
		return 0, 0, false
	}
	j := &g.jobs[id]
	return j.ask.Device, j.link, !j.gone
}
