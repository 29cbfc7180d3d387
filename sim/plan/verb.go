package plan

import (
	"fmt"

	"loginstorm/sim/scenario"
)

// verb makes the steps of an entry.
//
// An entry drops clients when links break by it: cuts, replays, lost networks, killed
// processes, a loss of everything, nodes that stop, drain or die, a session timeout that
// healthy clients do not keep, and a race against a reconnect. It recovers when they are
// expected back: not where nothing is left to come back to, and not in a race. Those
// that make logins slow, dear or impossible drop nobody, and whom a kick pushes out is
// counted with the kicks.
func (t *turn) verb(e *scenario.Entry) {
	path := t.path + "." + t.entry.Verb
	switch {
	case t.linkVerb(e, path), t.nodeVerb(e, path), t.serviceVerb(e, path), t.accountVerb(e, path):
	default:
		t.deviceVerb(e, path)
	}
}

// lasting names how long something lasts, for people.
func lasting(s *scenario.Span) string {
	if s == nil {
		return ""
	}
	return fmt.Sprintf(" for %v", s)
}

// stays marks an entry that nothing takes back, unless the scenario says for how long
// it lasts.
func (t *turn) stays(lasts *scenario.Span) { t.entry.Stays = lasts == nil }

// lapse makes the steps of something that is done to clients and taken back, and
// returns who they are and how long it lasts. end is nil when it is never taken back.
func (t *turn) lapse(w *scenario.Who, l scenario.While, path string, begin, end Step) (who, lasts string) {
	if l.For != nil && span(l.Spread, 0) > Time(*l.For) {
		t.fault(path+".spread", fmt.Sprintf("spread over %v, it has not hit all when it ends after %v", l.Spread, l.For), "write a spread that is not longer than for")
		return "", ""
	}
	if l.For == nil && l.ReturnSpread != nil {
		t.fault(path+".returnSpread", "what is never taken back has no return", "write for, too")
	}
	var hit []uint32
	who = t.eachClient(w, path, func(client uint32) {
		begin.At, begin.Client = t.offset(client, l.Spread), client
		t.hit(begin)
		hit = append(hit, client)
	})
	if l.For == nil {
		return who, ""
	}
	for _, client := range hit {
		arrive := t.plan.Clients.Arrive[client]
		switch {
		case end.Kind == Start && arrive != Never && arrive > t.offset(client, l.Spread):
			continue // It was not running when it was killed, and is not started early.
		case end.Kind == DatabaseWorks && t.plan.Clients.Database != nil && t.plan.Clients.Database[client]:
			continue // It did not open before.
		}
		end.At = t.entry.At + Time(*l.For) + offset(t.plan.Seed, t.entry.Name+" returns", client, span(l.ReturnSpread, 0))
		end.Client = client
		t.add(end)
	}
	lasts = fmt.Sprintf(" after %v", l.For)
	if spread := over(l.ReturnSpread); spread != "" {
		lasts += "," + spread
	}
	return who, lasts
}
