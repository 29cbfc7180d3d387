package plan

import (
	"fmt"
	"slices"

	"loginstorm/sim/scenario"
	"loginstorm/sim/wire"
)

// deviceVerb makes the steps of what devices and their apps do.
func (t *turn) deviceVerb(e *scenario.Entry, path string) {
	switch {
	case e.KickRace != nil:
		t.race(e.KickRace, path)
	case e.KickOther != nil && e.KickOther.Mutual:
		t.mutual(&e.KickOther.Call, path)
	case e.KickOther != nil:
		t.call(&e.KickOther.Call, path, CallKickOther, "call kickOutOtherOnlineClient")
	case e.Kill != nil:
		t.kill(e.Kill, path)
	case e.DatabaseFail != nil:
		t.databaseFail(e.DatabaseFail, path)
	case e.Logout != nil:
		t.call(e.Logout, path, CallLogout, "log out")
	case e.Login != nil:
		t.call(e.Login, path, CallLogin, "call login")
	}
}

// call lets clients call something.
func (t *turn) call(v *scenario.Call, path string, kind StepKind, what string) {
	who := t.eachClient(&v.Who, path, func(client uint32) {
		t.hit(Step{At: t.offset(client, v.Spread), Kind: kind, Client: client})
	})
	t.entry.Says = fmt.Sprintf("%s %s%s", who, what, over(v.Spread))
}

// mutual lets all devices of accounts call kickOutOtherOnlineClient for each other:
// each names the next one of its account, the last one the first.
func (t *turn) mutual(v *scenario.Call, path string) {
	t.nodeless(&v.Who, path)
	alone := ""
	who := t.eachAccount(&v.Who, path, false, func(account uint32) {
		g := t.owner(account)
		n := uint32(len(g.devices))
		if n < 2 {
			alone = g.name
			return
		}
		for d := range n {
			client, next := t.client(g, account-g.base, d), t.client(g, account-g.base, (d+1)%n)
			t.entry.Asked++
			t.add(Step{At: t.offset(client, v.Spread), Kind: CallKickOther, Client: client, Device: t.plan.Clients.Device[next]})
		}
	})
	if alone != "" && !t.uncounted() {
		t.fault(path+".mutual", fmt.Sprintf("accounts of %s have one device, and nobody to kick out", alone), "name populations with several devices an account")
	}
	t.entry.Says = fmt.Sprintf("all devices of %s call kickOutOtherOnlineClient for each other%s", who, over(v.Spread))
}

func (t *turn) kill(v *scenario.Kill, path string) {
	t.drops(v.For != nil)
	who, back := t.lapse(&v.Who, v.While, path, Step{Kind: Kill}, Step{Kind: Start})
	t.entry.Says = fmt.Sprintf("the processes of %s are killed%s%s", who, over(v.Spread), unless(back == "", "; they start again"+back))
}

func (t *turn) databaseFail(v *scenario.DatabaseFail, path string) {
	t.stays(v.For)
	who, back := t.lapse(&v.Who, scenario.While{For: v.For, Spread: v.Spread}, path, Step{Kind: DatabaseFails}, Step{Kind: DatabaseWorks})
	t.entry.Says = fmt.Sprintf("the local databases of %s do not open%s%s", who, over(v.Spread), unless(back == "", "; they do again"+back))
	_, parts := t.members(v.Of, path+".of")
	t.unopened(t.entry.Name, parts)
}

// unopened warns that a local database that does not open is of no account to those
// who log in by themselves. Spec 4: the row is about manual logins.
func (c *compiler) unopened(what string, parts []uint16) {
	var auto []string
	for _, n := range parts {
		if p := &c.plan.Populations[n]; p.Login == wire.Auto {
			auto = append(auto, p.Name)
		}
	}
	if len(auto) > 0 {
		c.warn("%s: a local database that does not open fails manual logins alone, and %s log in automatically", what, some(auto))
	}
}

// racers finds a device of a group's accounts for each platform listed.
func (t *turn) racers(g *group, types []scenario.ClientType) ([]uint32, bool) {
	var found []uint32
	for _, name := range types {
		for d := range g.devices {
			if n := uint32(d); t.plan.Populations[g.devices[d].part].ClientType.String() == string(name) && !slices.Contains(found, n) {
				found = append(found, n)
				break
			}
		}
	}
	return found, len(found) == len(types)
}
