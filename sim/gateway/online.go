package gateway

import (
	"time"

	"loginstorm/sim/wire"
)

// touch notes that an account's set of devices changed.
func (g *Gateway) touch(number uint32) {
	if a := &g.accounts[number]; !a.dirty {
		a.dirty = true
		g.dirty = append(g.dirty, number)
	}
}

// tellLists sends the online lists of the accounts whose devices changed: one to
// each device that has a link, without the receiver itself. Spec section 2.
//
// A list names the oldest wire.MaxClients devices at most; only custom lets in as
// many. An empty list is sent only to a device that was sent a non-empty one before;
// a device that was always alone hears nothing [ours].
func (g *Gateway) tellLists() {
	for _, number := range g.dirty {
		a := &g.accounts[number]
		a.dirty = false
		for to := a.first; to != 0; to = g.sessions[to].next {
			if s := &g.sessions[to]; s.linked {
				g.tellList(a, to, s)
			}
		}
	}
	g.dirty = g.dirty[:0]
}

func (g *Gateway) tellList(a *account, to uint32, receiver *session) {
	from := len(g.clients)
	for other := a.first; other != 0 && len(g.clients)-from < wire.MaxClients; other = g.sessions[other].next {
		if other == to {
			continue
		}
		s := &g.sessions[other]
		g.clients = append(g.clients, wire.OnlineClient{
			Device: s.device, ClientType: s.client, CustomType: s.custom, OS: s.client.OS(),
			LoginTime: g.cfg.Epoch + int64(s.began/time.Millisecond), Tag: s.tag,
		})
	}
	list := g.clients[from:len(g.clients):len(g.clients)]
	if len(list) == 0 && !receiver.listed {
		return
	}
	receiver.listed = len(list) > 0
	g.send(receiver.link, wire.Message{Kind: wire.Online, Clients: list})
}
