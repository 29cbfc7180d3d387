package plan

import (
	"fmt"
	"slices"

	"loginstorm/sim/gateway"
	"loginstorm/sim/link"
	"loginstorm/sim/login"
	"loginstorm/sim/scenario"
	"loginstorm/sim/wire"
)

// verb makes the steps of an entry.
func (t *turn) verb(e *scenario.Entry) {
	path := t.path + "." + t.entry.Verb
	switch {
	case e.Cut != nil:
		t.cut(e.Cut, path)
	case e.Restart != nil:
		t.restart(e.Restart, path)
	case e.Refuse != nil:
		t.entry.Says = fmt.Sprintf("%s refuses new links for %v", nth(e.Refuse.Node), e.Refuse.For)
		t.control(path, t.node(e.Refuse.Node, path), gateway.Command{Kind: gateway.RefuseLinks, Downtime: Time(e.Refuse.For)})
		t.entry.Until += Time(e.Refuse.For)
	case e.NodeDown != nil:
		t.nodeDown(e.NodeDown, path)
	case e.NetworkLoss != nil:
		t.networkLoss(e.NetworkLoss, path)
	case e.RateLimit != nil:
		t.limit(e.RateLimit, path)
	case e.KickRace != nil:
		t.race(e.KickRace, path)
	case e.KickOther != nil:
		t.call(e.KickOther, path, CallKickOther, "call kickOutOtherOnlineClient")
	case e.Logout != nil:
		t.call(e.Logout, path, CallLogout, "log out")
	case e.Login != nil:
		t.call(e.Login, path, CallLogin, "call login")
	case e.KickServer != nil:
		t.kickServer(e.KickServer, path)
	case e.Ban != nil:
		t.ban(e.Ban, path)
	case e.Unban != nil:
		t.unban(e.Unban, path)
	}
}

// control adds a command to the gateway, which needs somebody to obey it.
func (t *turn) control(path string, node uint8, command gateway.Command) {
	t.obeyed(path)
	command.Node = node
	if err := command.Validate(); err != nil {
		t.fault(path, err.Error(), "")
	}
	t.add(Step{At: t.entry.At, Kind: Control, Command: &command})
}

// node turns a scenario's node (from 1, 0 = all) into a gateway's.
func (t *turn) node(n uint8, path string) uint8 {
	if n > t.plan.Gateway.Nodes && !t.file.Lost("gateway.nodes") && !t.file.Lost("gateway") && (t.plan.Target.Control == "embedded" || t.options.Virtual) {
		t.fault(path+".node", fmt.Sprintf("there is no node %d: the gateway has %d", n, t.plan.Gateway.Nodes), "raise gateway.nodes, or name another node")
	}
	if n == 0 {
		return gateway.AllNodes
	}
	return n - 1
}

func (t *turn) cut(v *scenario.Cut, path string) {
	fault := link.Fault{Kind: link.Reset}
	how := "reset"
	if v.By == "close" {
		fault = link.Fault{Kind: link.Closed, Code: 1001}
		if v.Code != 0 {
			fault.Code = v.Code
		}
		how = fmt.Sprintf("close %d", fault.Code)
		if fault.Code == 1005 || fault.Code == 1006 || fault.Code == 1015 {
			t.fault(path+".code", fmt.Sprintf("close code %d is never sent", fault.Code), "1001 says that the server goes away")
		}
	} else if v.Code != 0 {
		t.fault(path+".code", "a reset carries no close code", "write by: close, or leave the code out")
	}
	t.entry.Recover = true
	says := t.clients(&v.Who, path, func(client uint32) {
		t.add(Step{At: t.offset(client, v.Spread), Kind: Fault, Client: client, Fault: fault})
	})
	t.entry.Says = fmt.Sprintf("cut %s by %s%s", says, how, over(v.Spread))
}

func (t *turn) restart(v *scenario.Restart, path string) {
	how, sessions := "killed", "lost"
	if v.By == "orderly" {
		how = "stopped"
	}
	if v.Sessions == "kept" {
		sessions = "kept"
	}
	t.entry.Says = fmt.Sprintf("%s is %s, back after %v, sessions %s", nth(v.Node), how, v.Downtime, sessions)
	t.entry.Recover, t.entry.Wide, t.entry.Node = true, true, t.node(v.Node, path)
	t.control(path, t.entry.Node, gateway.Command{Kind: gateway.Restart, Downtime: Time(v.Downtime), Orderly: v.By == "orderly", KeepSessions: v.Sessions == "kept"})
	t.entry.Until += Time(v.Downtime)
}

func (t *turn) nodeDown(v *scenario.NodeDown, path string) {
	t.entry.Says = fmt.Sprintf("%s dies", nth(v.Node))
	downtime := span(v.For, whole)
	if v.For != nil {
		t.entry.Says += fmt.Sprintf(" for %v", v.For)
	}
	t.entry.Recover, t.entry.Wide, t.entry.Node = true, true, t.node(v.Node, path)
	if t.plan.Gateway.Nodes == 1 && v.For == nil && (t.plan.Target.Control == "embedded" || t.options.Virtual) {
		t.warn("%s: the only node dies for good, so nobody comes back", t.entry.Name)
	}
	t.control(path, t.entry.Node, gateway.Command{Kind: gateway.Restart, Downtime: downtime})
	t.entry.Until += span(v.For, 0)
}

func (t *turn) networkLoss(v *scenario.NetworkLoss, path string) {
	if v.For != nil && span(v.Spread, 0) > Time(*v.For) {
		t.fault(path+".spread", fmt.Sprintf("a loss spread over %v has not hit all when it ends after %v", v.Spread, v.For), "write a spread that is not longer than for")
		return
	}
	if v.For == nil && v.ReturnSpread != nil {
		t.fault(path+".returnSpread", "a network that never comes back has no return", "write for, too")
	}
	t.entry.Recover = v.For != nil
	var hit []uint32
	says := t.clients(&v.Who, path, func(client uint32) {
		t.add(Step{At: t.offset(client, v.Spread), Kind: NetworkLost, Client: client})
		hit = append(hit, client)
	})
	t.entry.Says = fmt.Sprintf("%s lose their network%s", says, over(v.Spread))
	if v.For == nil {
		return
	}
	t.entry.Says += fmt.Sprintf("; it returns after %v%s", v.For, over(v.ReturnSpread))
	for _, client := range hit {
		back := offset(t.plan.Seed, t.entry.Name+" returns", client, span(v.ReturnSpread, 0))
		t.add(Step{At: t.entry.At + Time(*v.For) + back, Kind: NetworkBack, Client: client})
	}
}

func (t *turn) limit(v *scenario.RateLimit, path string) {
	limit := t.rateLimit(v, path)
	t.entry.Says = "the 416 limiter lets " + limiter(limit)
	t.control(path, 0, gateway.Command{Kind: gateway.SetRateLimit, RateLimit: &limit})
}

// call lets clients call something.
func (t *turn) call(v *scenario.Call, path string, kind StepKind, what string) {
	says := t.clients(&v.Who, path, func(client uint32) {
		t.add(Step{At: t.offset(client, v.Spread), Kind: kind, Client: client})
	})
	t.entry.Says = fmt.Sprintf("%s %s%s", says, what, over(v.Spread))
}

// race lets devices of an account log in at the same instant.
func (t *turn) race(v *scenario.KickRace, path string) {
	platforms := make([]string, len(v.Devices))
	for i, d := range v.Devices {
		platforms[i] = string(d)
	}
	if v.Existing {
		t.raceExisting(v, path)
		t.entry.Says = fmt.Sprintf("%s accounts: %v log in at once%s", thousands(uint64(v.Accounts)), platforms, over(v.Spread))
		return
	}
	t.entry.Says = fmt.Sprintf("%s new accounts: %v log in at once%s", thousands(uint64(v.Accounts)), platforms, over(v.Spread))
	if len(v.Of) > 0 {
		t.fault(path+".of", "of belongs to a race on existing accounts", "write existing: true, or leave of out")
	}
	for i := range t.groups {
		if g := &t.groups[i]; g.race == int(t.number) {
			t.raceNew(v, g, path)
		}
	}
}

func (t *turn) raceNew(v *scenario.KickRace, g *group, path string) {
	for d := range g.devices {
		auto := d < len(v.Origins) && origin(v.Origins[d]) == wire.Auto
		if p := t.plan.Populations[g.devices[d].part]; auto && !login.AutoLogin(p.ClientType) {
			// Spec 3: a desktop or web client cannot log in automatically.
			t.fault(fmt.Sprintf("%s.origins[%d]", path, d), fmt.Sprintf("%s clients cannot log in automatically: only android and ios can", p.ClientType), "write manual")
		}
	}
	for a := range g.accounts {
		for d := range g.devices {
			client := t.client(g, a, uint32(d))
			at := t.offset(client, v.Spread)
			t.entry.Until = max(t.entry.Until, at)
			if d < len(v.Origins) && origin(v.Origins[d]) == wire.Auto {
				t.add(Step{At: at, Kind: AutoLogin, Client: client})
				continue
			}
			t.plan.Clients.Arrive[client] = at
		}
	}
}

// raceExisting lets devices that an account has already call login.
func (t *turn) raceExisting(v *scenario.KickRace, path string) {
	if slices.Contains(v.Origins, "auto") {
		t.fault(path+".origins", "existing clients race by calling login", "leave origins out, or leave existing out for new clients")
	}
	groups, _ := t.members(v.Of, path+".of")
	for _, g := range groups {
		if _, ok := t.racers(g, v.Devices); !ok && t.uncounted() {
			return
		} else if !ok {
			t.fault(path+".devices", fmt.Sprintf("an account of %s has no such devices: %v", g.name, v.Devices), "list devices that its accounts have, or leave existing out for new clients")
			return
		}
	}
	who := scenario.Who{Count: &v.Accounts, Of: v.Of}
	t.accounts(&who, path, func(g *group, a uint32) {
		devices, _ := t.racers(g, v.Devices)
		for _, d := range devices {
			client := t.client(g, a, d)
			t.entry.Asked++
			t.add(Step{At: t.offset(client, v.Spread), Kind: CallLogin, Client: client})
		}
	})
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

// kickServer lets the server API kick devices of accounts.
func (t *turn) kickServer(v *scenario.KickServer, path string) {
	which := v.Which
	if len(which) == 0 {
		which = []uint32{1}
	}
	if all := v.Devices == "" || v.Devices == "all"; all && len(v.Which) > 0 {
		t.fault(path+".which", "which belongs to devices: some and devices: allBut", "leave it out, or say which devices")
	}
	short := ""
	says := t.accounts(&v.Who, path, func(g *group, a uint32) {
		command := gateway.Command{Kind: gateway.KickServer, Account: g.base + a, AllBut: v.Devices == "allBut"}
		if v.Devices == "some" || v.Devices == "allBut" {
			for _, w := range which {
				if w > uint32(len(g.devices)) {
					short = g.name
					continue
				}
				command.Devices = append(command.Devices, t.plan.Clients.Device[t.client(g, a, w-1)])
			}
		}
		at := t.entry.At + offset(t.plan.Seed, t.entry.Name, g.base+a, span(v.Spread, 0))
		t.add(Step{At: at, Kind: Control, Command: &command})
	})
	if short != "" && !t.uncounted() {
		t.fault(path+".which", fmt.Sprintf("accounts of %s have fewer devices than that", short), "devices are counted from 1")
	}
	devices := "all devices"
	switch v.Devices {
	case "some":
		devices = fmt.Sprintf("devices %v", which)
	case "allBut":
		devices = fmt.Sprintf("all devices but %v", which)
	}
	t.entry.Says = fmt.Sprintf("the server kicks %s of %s%s", devices, says, over(v.Spread))
	t.obeyed(path)
}

// obeyed refuses commands when there is nobody to carry them out.
func (t *turn) obeyed(path string) {
	if t.plan.Target.Control == "" && !t.options.Virtual && !t.file.Lost("target.control") {
		t.fault(path, fmt.Sprintf("the target has no control port, so nothing can carry out %s", t.entry.Verb),
			"set target.control to its control port, or leave the target out for the embedded gateway")
	}
}

func (t *turn) ban(v *scenario.Ban, path string) {
	says := t.accounts(&v.Who, path, func(g *group, a uint32) {
		t.add(Step{At: t.entry.At, Kind: Control, Command: &gateway.Command{Kind: gateway.Ban, Account: g.base + a, Kick: v.Kick}})
	})
	t.entry.Says = "ban " + says
	if v.Kick {
		t.entry.Says += " and end their sessions"
	}
	t.obeyed(path)
}

// unban takes back what an earlier ban did.
func (t *turn) unban(v *scenario.Unban, path string) {
	i := slices.IndexFunc(t.plan.Entries, func(e Entry) bool { return e.Name == v.Entry && e.Verb == "ban" })
	if i < 0 {
		for i, e := range t.plan.Entries {
			if t.file.Lost(fmt.Sprintf("timeline[%d]", i)) && (e.Name == v.Entry || e.Name == scenario.NoName) {
				return // It may be the ban.
			}
		}
		var bans []string
		for _, e := range t.plan.Entries {
			if e.Verb == "ban" {
				bans = append(bans, e.Name)
			}
		}
		t.fault(path+".entry", fmt.Sprintf("no ban is called %q", v.Entry), suggest(v.Entry, bans))
		return
	}
	if t.plan.Entries[i].At > t.entry.At {
		t.fault(t.path+".at", fmt.Sprintf("%s begins at %v only", v.Entry, t.plan.Entries[i].At), "write an instant behind the ban")
	}
	ban := turn{compiler: t.compiler, entry: &Entry{Name: v.Entry}, path: t.path}
	n := 0
	ban.accounts(&t.file.Timeline[i].Ban.Who, fmt.Sprintf("timeline[%d].ban", i), func(g *group, a uint32) {
		n++
		t.add(Step{At: t.entry.At, Kind: Control, Command: &gateway.Command{Kind: gateway.Unban, Account: g.base + a}})
	})
	t.entry.Says = fmt.Sprintf("the %s accounts of %s are free again", thousands(uint64(n)), v.Entry)
	t.obeyed(path)
}
