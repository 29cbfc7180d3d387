package worlds

import (
	"fmt"

	"loginstorm/sim/client"
	"loginstorm/sim/gateway"
	"loginstorm/sim/login"
)

// longestRest bounds how many steps a world may need to come to rest: far more than
// any does that comes to rest at all.
const longestRest = 400

// settle leaves a world alone until it is at rest: whatever is on its way arrives,
// workers finish, timers expire, nobody interferes. Then it demands what spec section 6
// promises: who may come back is loggedIn (rule 6), the table and the clients agree,
// and of those who exclude each other one is in (rule 3). seen is asked about each
// state on the way, and ends it early: that one came to rest before.
func (w *world) settle(seen func(*world) bool) string {
	for n := 0; ; n++ {
		if n > 0 && seen(w) {
			return ""
		}
		if n == longestRest {
			return "left alone, the world does not come to rest"
		}
		ch, ok := w.next()
		if !ok {
			if !w.endDead() {
				return w.atRest()
			}
			continue
		}
		w.goOn(ch)
		if w.step.broken != "" {
			return w.step.broken
		}
		if broken := w.hold(); broken != "" {
			return broken
		}
	}
}

// goOn makes a choice of a world that is left alone, and tells of it if somebody
// wants to read that.
func (w *world) goOn(ch choice) {
	says := ""
	if w.tells != nil {
		says = w.says(ch)
	}
	w.make(ch)
	if w.tells != nil {
		w.tells(says + w.step.came())
	}
}

// next returns what happens next by itself: things on their way before workers,
// workers before timers.
func (w *world) next() (choice, bool) {
	for n := range w.conns {
		c := &w.conns[n]
		if len(c.up) > 0 {
			return choice{act: arrives, who: uint8(n)}, true
		}
		if c.near && len(c.down) > 0 {
			return choice{act: isHeard, who: uint8(n)}, true
		}
	}
	if len(w.jobs) > 0 {
		return choice{act: judges}, true
	}
	for i := range w.actors {
		if w.ticks(i) {
			return choice{act: expires, who: uint8(i)}, true
		}
	}
	return choice{}, false
}

// endDead has the session timeout end links that nobody speaks on any more, while
// heartbeats keep the others. It reports whether there was such a link.
func (w *world) endDead() bool {
	dead := false
	for n := range w.conns {
		dead = dead || w.conns[n].far && !w.conns[n].near
	}
	if !dead {
		return false
	}
	at, ok := w.gw.Deadline()
	if !ok {
		return false
	}
	w.gwNow = max(w.gwNow, at-1)
	for i := range w.actors {
		a := &w.actors[i]
		if m := a.v.Machine(); m.Status() == login.LoggedIn {
			at, _ := m.Deadline()
			a.now = max(a.now, at)
			w.tell(i, client.Input{Kind: client.Tick})
		}
	}
	for ch, ok := w.next(); ok; ch, ok = w.next() {
		w.goOn(ch)
	}
	w.gwNow = max(w.gwNow, at)
	w.tellGateway(gateway.Input{Kind: gateway.Tick})
	return true
}

// atRest says what is wrong with a world in which nothing happens any more.
func (w *world) atRest() string {
	in := 0
	for i := range w.actors {
		a := &w.actors[i]
		m := a.v.Machine()
		if a.pending && m.Status() != login.LoggedIn && !m.Parked() {
			return fmt.Sprintf("client %d may come back and stays %v", i, m.Status())
		}
		if m.Status() != login.LoggedIn {
			if m.Linked() {
				return fmt.Sprintf("client %d stays %v for ever", i, m.Status())
			}
			continue
		}
		in++
		c := w.connOf(i, m.Gen())
		if c == nil || !c.far || !c.session {
			return fmt.Sprintf("client %d is loggedIn, and the gateway has no session of it", i)
		}
		for j := range i {
			if w.actors[j].v.Status() == login.LoggedIn && w.exclusive(i, j) {
				return fmt.Sprintf("clients %d and %d are loggedIn together, which the policy forbids", j, i)
			}
		}
	}
	if s := w.gw.Stats(); int(s.Sessions) != in || int(s.Links) != in || s.Busy+s.Queue > 0 {
		return fmt.Sprintf("%d clients are loggedIn, the gateway has %d sessions on %d links and %d logins under way", in, s.Sessions, s.Links, s.Busy+s.Queue)
	}
	return ""
}
