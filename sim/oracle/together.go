package oracle

import (
	"slices"

	"loginstorm/sim/wire"
)

// joins notes that a client is loggedIn, beside those of its account that are.
func (c *Checker) joins(who uint32, k *client) {
	if k.account == NoOne || c.cfg.Silence == 0 || c.cfg.ClientType == nil {
		return
	}
	for uint32(len(c.online)) <= k.account {
		c.online = append(c.online, 0)
	}
	k.mate = c.online[k.account]
	c.online[k.account] = int32(who-c.cfg.First) + 1
}

// leaves takes a client off its account's list, and looks for another one that
// believed to be loggedIn beside it for longer than a dead link can go unnoticed,
// although the policy excludes them. Spec 6, rule 3, as far as the clients can see
// it: what ends sooner is a kick in flight.
func (c *Checker) leaves(at Time, who uint32, k *client) {
	if k.account == NoOne || uint32(len(c.online)) <= k.account {
		return
	}
	me := int32(who-c.cfg.First) + 1
	for p := &c.online[k.account]; *p != 0; {
		if *p == me {
			*p, k.mate = k.mate, 0
			continue
		}
		other := &c.clients[*p-1]
		c.together(at, who, k, uint32(*p-1), other)
		p = &other.mate
	}
}

// together judges two clients of one account that are loggedIn.
func (c *Checker) together(at Time, who uint32, k *client, i uint32, other *client) {
	since := max(k.changed, other.changed)
	if c.policed || c.cfg.Foreign || at-since <= c.cfg.Silence || (k.flags|other.flags)&offline != 0 {
		return
	}
	if excludes(&c.cfg.MultiDevice, c.cfg.ClientType[who-c.cfg.First], c.cfg.ClientType[i]) {
		c.find(LastWins, at, who, k.account, "loggedIn from %v to %v together with client %d, which the policy excludes",
			since, at, c.cfg.First+i)
	}
}

// excludes reports whether two client types of one account exclude each other.
// Spec 6, multi-device policies.
func excludes(m *multiDevice, a, b wire.ClientType) bool {
	switch m.Policy {
	case policyOne:
		return true
	case policyClass:
		return class(a) != 0 && class(a) == class(b)
	case policyCustom:
		return slices.ContainsFunc(m.Custom, func(set []wire.ClientType) bool { return slices.Contains(set, a) && slices.Contains(set, b) })
	}
	return false
}

// class returns 1 for the desktop class, 2 for the mobile class.
func class(t wire.ClientType) int {
	switch t {
	case wire.Windows, wire.MacOS, wire.Web:
		return 1
	case wire.Android, wire.IOS, wire.HarmonyOS, wire.WindowsPhone:
		return 2
	}
	return 0
}
