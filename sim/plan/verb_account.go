package plan

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"loginstorm/sim/gateway"
	"loginstorm/sim/scenario"
)

// accountVerb makes the steps of what happens to accounts, and of the rules that
// logins are judged by.
func (t *turn) accountVerb(e *scenario.Entry, path string) bool {
	switch {
	case e.RateLimit != nil:
		limit := t.rateLimit(e.RateLimit, path)
		t.entry.Says = "the 416 limiter lets " + limiter(limit)
		t.control(path, gateway.Command{Kind: gateway.SetRateLimit, RateLimit: &limit})
	case e.MinVersion != nil:
		t.minVersion(e.MinVersion, path)
	case e.MultiDevice != nil:
		policy := t.multiDevice(e.MultiDevice, path)
		t.entry.Says = fmt.Sprintf("later logins follow policy %v%s", policy.Policy, sets(policy))
		t.control(path, gateway.Command{Kind: gateway.SetMultiDevice, MultiDevice: &policy})
	case e.KickServer != nil:
		t.kickServer(e.KickServer, path)
	case e.Ban != nil:
		t.ban(e.Ban, path)
	case e.Unban != nil:
		t.unban(e.Unban, path)
	case e.RotateTokens != nil:
		t.rotate(e.RotateTokens, path)
	default:
		return false
	}
	return true
}

func (t *turn) minVersion(v *scenario.MinVersion, path string) {
	t.entry.Says = fmt.Sprintf("clients older than %v get 317", v.To)
	if v.To == 0 {
		t.entry.Says = "clients of every version are let in"
	}
	t.control(path, gateway.Command{Kind: gateway.SetMinVersion, Version: uint32(v.To)})
}

// due is an account whose turn comes at an instant.
type due struct {
	at      Time
	account uint32
}

// batch gives the same command to accounts, those of one instant together.
type batch struct {
	t       *turn
	command gateway.Command
	dues    []due
	devices func(account uint32) []uint64 // Those of an account that the command names; nil = none.
}

// A command does not hold up others for long: it names so many accounts at most, and
// fewer when each of their sessions is looked up among devices.
const (
	mostAccounts        = gateway.MaxBatch
	mostAccountsDevices = 32
)

// grain is how exactly commands to accounts keep a spread: those within it go
// together.
const grain = time.Millisecond

// add gives the command to an account, in its place within the spread.
func (b *batch) add(account uint32, spread *scenario.Span) {
	at := offset(b.t.plan.Seed, b.t.entry.Name, account, span(spread, 0)).Truncate(grain)
	b.dues = append(b.dues, due{b.t.entry.At + at, account})
}

// send makes the steps.
func (b *batch) send(path string) {
	b.t.obeyed(path)
	slices.SortFunc(b.dues, func(x, y due) int { return cmp.Or(cmp.Compare(x.at, y.at), cmp.Compare(x.account, y.account)) })
	most := mostAccounts
	if b.devices != nil {
		most = mostAccountsDevices
	}
	for rest := b.dues; len(rest) > 0; {
		command := b.command
		n := 0
		for n < min(len(rest), most) && rest[n].at == rest[0].at {
			if b.devices != nil {
				command.Devices = append(command.Devices, b.devices(rest[n].account)...)
			}
			command.Accounts = append(command.Accounts, rest[n].account)
			n++
		}
		b.t.add(Step{At: rest[0].at, Kind: Control, Command: &command})
		rest = rest[n:]
	}
}

// nodeless refuses a node where accounts are chosen, which have links to several.
func (t *turn) nodeless(w *scenario.Who, path string) {
	if w.Node > 0 {
		t.fault(path+".node", fmt.Sprintf("%s is about accounts, and those are at no node", t.entry.Verb), "leave node out")
	}
}

// kickServer lets the server API kick devices of accounts.
func (t *turn) kickServer(v *scenario.KickServer, path string) {
	which := v.Which
	if len(which) == 0 {
		which = []uint32{1}
	}
	some := v.Devices == "some" || v.Devices == "allBut"
	if !some && len(v.Which) > 0 {
		t.fault(path+".which", "which belongs to devices: some and devices: allBut", "leave it out, or say which devices")
	}
	t.nodeless(&v.Who, path)
	short := ""
	b := batch{t: t, command: gateway.Command{Kind: gateway.KickServer, AllBut: v.Devices == "allBut"}}
	if some {
		b.devices = func(account uint32) []uint64 {
			g := t.owner(account)
			var devices []uint64
			for _, w := range which {
				if w > uint32(len(g.devices)) {
					short = g.name
					continue
				}
				devices = append(devices, t.plan.Clients.Device[t.client(g, (account-g.base)%g.accounts, w-1)])
			}
			return devices
		}
	}
	says := t.eachAccount(&v.Who, path, true, func(account uint32) { b.add(account, v.Spread) })
	b.send(path)
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
}

func (t *turn) ban(v *scenario.Ban, path string) {
	t.nodeless(&v.Who, path)
	b := batch{t: t, command: gateway.Command{Kind: gateway.Ban, Kick: v.Kick}}
	says := t.eachAccount(&v.Who, path, true, func(account uint32) { b.add(account, nil) })
	b.send(path)
	t.entry.Says = "ban " + says
	if v.Kick {
		t.entry.Says += " and end their sessions"
	}
}

// unban takes back what an earlier ban did; of one that is repeated, what its latest
// repetition until then did.
func (t *turn) unban(v *scenario.Unban, path string) {
	found := -1
	for i := range t.plan.Entries {
		e := &t.plan.Entries[i]
		if e.Verb == "ban" && (e.Name == v.Entry || found >= 0 && t.sources[i] == t.sources[found] && t.file.Timeline[t.sources[i]].Name == v.Entry && e.At <= t.entry.At) {
			found = i
		}
	}
	if found < 0 {
		t.noBan(v, path)
		return
	}
	e := &t.plan.Entries[found]
	if e.At > t.entry.At {
		t.fault(t.path+".at", fmt.Sprintf("%s begins at %v only", v.Entry, e.At), "write an instant behind the ban")
	}
	ban := turn{compiler: t.compiler, entry: &Entry{Name: e.Name}, path: fmt.Sprintf("timeline[%d]", t.sources[found])}
	b := batch{t: t, command: gateway.Command{Kind: gateway.Unban}}
	ban.eachAccount(&t.file.Timeline[t.sources[found]].Ban.Who, ban.path+".ban", true, func(account uint32) { b.add(account, nil) })
	t.entry.Says = fmt.Sprintf("the %s %s of %s are free again", thousands(uint64(len(b.dues))), plural(uint64(len(b.dues)), "accounts"), e.Name)
	b.send(path)
}

// noBan says that a ban is not known, unless it may stand in a part of the file that
// could not be read.
func (t *turn) noBan(v *scenario.Unban, path string) {
	var bans []string
	for i, e := range t.plan.Entries {
		if t.file.Lost(fmt.Sprintf("timeline[%d]", t.sources[i])) && (e.Name == v.Entry || e.Name == scenario.NoName) {
			return
		}
		if e.Verb == "ban" {
			bans = append(bans, e.Name)
		}
	}
	t.fault(path+".entry", fmt.Sprintf("no ban is called %q", v.Entry), suggest(v.Entry, bans))
}

// rotate gives accounts new tokens. Each entry is a rotation of its own.
func (t *turn) rotate(v *scenario.Rotate, path string) {
	t.nodeless(&v.Who, path)
	rotation := uint32(1)
	for i := range t.number {
		if t.plan.Entries[i].Verb == t.entry.Verb {
			rotation++
		}
	}
	b := batch{t: t, command: gateway.Command{Kind: gateway.RotateToken, Rotation: rotation}}
	says := t.eachAccount(&v.Who, path, true, func(account uint32) { b.add(account, v.Spread) })
	b.send(path)
	t.entry.Says = fmt.Sprintf("%s get new tokens%s: logins with the old ones get 302", says, over(v.Spread))
}
