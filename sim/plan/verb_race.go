package plan

import (
	"fmt"
	"slices"
	"time"

	"loginstorm/sim/gateway"
	"loginstorm/sim/link"
	"loginstorm/sim/login"
	"loginstorm/sim/scenario"
	"loginstorm/sim/wire"
)

// DefaultLead is how much earlier the first device of a race logs in when the others
// race against its reconnect or its logout.
const DefaultLead = 2 * time.Second

// raceForm refuses a race whose parts do not fit one another.
func (c *compiler) raceForm(r *scenario.KickRace, path string) bool {
	before := len(c.faults)
	switch {
	case len(r.Origins) > 0 && len(r.Origins) != len(r.Devices):
		c.fault(path+".origins", fmt.Sprintf("%d origins for %d devices", len(r.Origins), len(r.Devices)), "write one for each device")
	case r.Against != "" && len(r.Origins) > 0 && r.Origins[0] == "auto":
		c.fault(path+".origins[0]", fmt.Sprintf("the device that the others race against (%s) logs in by hand first", r.Against), "write manual")
	case r.Existing && slices.Contains(r.Origins, "auto"):
		c.fault(path+".origins", "existing clients race by calling login", "leave origins out, or leave existing out for new clients")
	}
	if len(r.Offsets) > 0 && len(r.Offsets) != len(r.Devices) {
		c.fault(path+".offsets", fmt.Sprintf("%d offsets for %d devices", len(r.Offsets), len(r.Devices)), "write one for each device")
	}
	if r.Against != "" && len(r.Devices) < 2 {
		c.fault(path+".against", "one device alone races against nobody", "list at least two devices")
	}
	switch {
	case r.Lead != nil && r.Against == "":
		c.fault(path+".lead", "without against no device logs in earlier", "write against, or leave lead out")
	case r.Lead != nil && r.Existing:
		c.fault(path+".lead", "existing devices are logged in already", "leave lead out")
	}
	if r.Against == "sync" && c.ours() && c.plan.Gateway.Sync.Mean() == 0 && !c.file.Lost("gateway.sync") && !c.file.Lost("gateway") {
		c.fault(path+".against", "data sync takes no time, so nobody can race against it", "set gateway.sync")
	}
	if first := slices.IndexFunc(r.Devices, func(d scenario.ClientType) bool { return d != r.Devices[0] }); r.SameDevice && !r.Existing && first >= 0 {
		c.fault(path+".sameDevice", fmt.Sprintf("one device cannot be %s and %s", r.Devices[0], r.Devices[first]), "list one platform, as often as it logs in")
	}
	if !r.Existing && len(r.Of) > 0 {
		c.fault(path+".of", "of belongs to a race on existing accounts", "write existing: true, or leave of out")
	}
	for _, word := range []struct {
		set  bool
		name string
		say  string
	}{{r.SameDevice, "sameDevice", "existing devices have numbers of their own"}, {r.Force, "force", "existing clients log in as their population does"}} {
		if r.Existing && word.set {
			c.fault(path+"."+word.name, word.say, "leave existing out for new clients")
		}
	}
	return len(c.faults) == before
}

// race lets devices of an account log in at the same instant.
func (t *turn) race(v *scenario.KickRace, path string) {
	t.entry.Says = t.raceSays(v)
	if v.Existing {
		if t.raceForm(v, path) {
			t.raceExisting(v, path)
		}
		return
	}
	for i := range t.groups {
		if g := &t.groups[i]; g.race == int(t.number) {
			t.raceNew(v, g, path)
		}
	}
}

// raceSays names a race for people.
func (t *turn) raceSays(v *scenario.KickRace) string {
	whose, racers, how, comma := plural(uint64(v.Accounts), "accounts"), v.Devices, "", ""
	if !v.Existing {
		whose = "new " + whose
	}
	if v.Against != "" && len(racers) > 1 {
		racers, how = racers[1:], " "+t.againstSays(v)
	} else if span(v.Spread, 0) == 0 {
		how = " at once"
	}
	when := over(v.Spread)
	if len(v.Offsets) > 0 {
		if v.Against != "" {
			comma = ","
		}
		when += fmt.Sprintf(", later by %v%s", v.Offsets[len(v.Offsets)-min(len(racers), len(v.Offsets)):], comma)
	}
	text := fmt.Sprintf("%s %s: %v log in", thousands(uint64(v.Accounts)), whose, racers)
	if v.Against == "" {
		text += how + when
	} else {
		text += when + how
	}
	if v.SameDevice {
		text += ", all of them one device"
	}
	if v.Force {
		text += ", with force"
	}
	return text
}

// againstSays names what a race is against.
func (t *turn) againstSays(v *scenario.KickRace) string {
	lead, later := t.lead(v)
	first := string(v.Devices[0])
	if v.Against == "sync" {
		if lead+later == 0 {
			return fmt.Sprintf("during the data sync of %s, which logs in at that instant", first) + t.shiftSays(v)
		}
		return fmt.Sprintf("during the data sync of %s, which logs in %v before", first, lead+later) + t.shiftSays(v)
	}
	if !v.Existing {
		first += fmt.Sprintf(", which logged in %v before,", lead)
	}
	if v.Against == "logout" {
		return fmt.Sprintf("when %s logs out", first) + t.shiftSays(v)
	}
	return fmt.Sprintf("when the link of %s is reset", first) + t.shiftSays(v)
}

// shiftSays names the offset of the first device.
func (t *turn) shiftSays(v *scenario.KickRace) string {
	if len(v.Offsets) == 0 || v.Offsets[0] == 0 {
		return ""
	}
	return fmt.Sprintf("; that comes %v later, too", v.Offsets[0])
}

// lead returns how much earlier than the race's instant the first device logs in,
// and how much later the others come unless offsets say it.
func (t *turn) lead(v *scenario.KickRace) (lead, later Time) {
	if v.Against == "sync" {
		lead = span(v.Lead, 0)
		if len(v.Offsets) == 0 {
			later = max(t.plan.Gateway.Sync.Mean()/2-lead, 0)
		}
		return lead, later
	}
	return span(v.Lead, DefaultLead), 0
}

// raceAt returns when a device of a race logs in; second is the second device of its
// account. Against something, the devices behind the first share one draw of the
// spread, so that offsets keep their order, and are scattered around what they race
// against; otherwise each device has its own draw.
func (t *turn) raceAt(v *scenario.KickRace, d int, client, second uint32) Time {
	if v.Against == "" {
		return t.offset(client, v.Spread) + raceOffset(v, d)
	}
	lead, later := t.lead(v)
	if d == 0 {
		return t.meets(v) - lead
	}
	return t.offset(second, v.Spread) + later + raceOffset(v, d)
}

// meets returns when that happens to the first devices what the others race against.
func (t *turn) meets(v *scenario.KickRace) Time { return t.entry.At + raceOffset(v, 0) }

// raceOffset returns how much later than its account a device's turn comes.
func raceOffset(v *scenario.KickRace, d int) Time {
	if d >= len(v.Offsets) {
		return 0
	}
	return Time(v.Offsets[d])
}

// against does to the first device of an account what the others race against.
func (t *turn) against(v *scenario.KickRace, client uint32) {
	switch v.Against {
	case "reconnect":
		t.drops(false) // Whether they come back is what the race is about.
		t.entry.Asked++
		t.add(Step{At: t.meets(v), Kind: Fault, Client: client, Fault: link.Fault{Kind: link.Reset}})
	case "logout":
		t.entry.Asked++
		t.add(Step{At: t.meets(v), Kind: CallLogout, Client: client})
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
	if lead, _ := t.lead(v); v.Against != "" && lead > t.entry.At {
		t.fault(t.path+".at", fmt.Sprintf("the first devices log in %v before the race, which is before the run begins", lead), "write a later instant, or a shorter lead")
		return
	}
	t.crammed(v)
	for a := range g.accounts {
		for d := range g.devices {
			client := t.client(g, a, uint32(d))
			if v.SameDevice {
				t.plan.Clients.Device[client] = t.plan.Clients.Device[t.client(g, a, 0)]
			}
			at := t.raceAt(v, d, client, t.client(g, a, min(uint32(len(g.devices)-1), 1)))
			t.entry.Until = max(t.entry.Until, at)
			if d < len(v.Origins) && origin(v.Origins[d]) == wire.Auto {
				t.add(Step{At: at, Kind: AutoLogin, Client: client})
				continue
			}
			t.plan.Clients.Arrive[client] = at
			if d == 0 {
				t.against(v, client)
			}
		}
	}
}

// crammed warns of a race of more devices than a policy without a limit of ten sees
// together.
func (t *turn) crammed(v *scenario.KickRace) {
	if p := t.plan.Gateway.MultiDevice.Policy; len(v.Devices) > gateway.DeviceLimit && !v.SameDevice && p != gateway.PolicyAll && t.ours() {
		t.warn("%s: %d devices an account meet the limit of %d under policy all, and the policy is %v", t.entry.Name, len(v.Devices), gateway.DeviceLimit, p)
	}
}

// raceExisting lets devices that an account has already call login.
func (t *turn) raceExisting(v *scenario.KickRace, path string) {
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
	t.eachAccount(&who, path, false, func(account uint32) {
		g := t.owner(account)
		devices, _ := t.racers(g, v.Devices)
		for i, d := range devices {
			client := t.client(g, account-g.base, d)
			if i == 0 && (v.Against == "reconnect" || v.Against == "logout") {
				t.against(v, client)
				continue
			}
			t.entry.Asked++
			at := t.raceAt(v, i, client, t.client(g, account-g.base, devices[min(len(devices)-1, 1)]))
			t.add(Step{At: at, Kind: CallLogin, Client: client})
		}
	})
}
