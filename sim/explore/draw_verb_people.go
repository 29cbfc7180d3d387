package explore

import (
	"time"

	"loginstorm/sim/scenario"
)

func (d *drawer) kickServer(e *scenario.Entry) bool {
	v := &scenario.KickServer{Who: d.who(true), Devices: of(&d.dice, "", "all", "some", "allBut"), Spread: d.spread()}
	if (v.Devices == "some" || v.Devices == "allBut") && d.one(3) {
		v.Which = []uint32{uint32(d.between(1, 2))}
	}
	e.KickServer = v
	return true
}

func (d *drawer) ban(e *scenario.Entry) bool {
	e.Ban = &scenario.Ban{Who: d.who(true), Kick: d.one(2)}
	return true
}

// unban draws a ban and its end, a while or a race's offset later.
func (d *drawer) unban(e *scenario.Entry) bool {
	ban := scenario.Entry{At: e.At}
	d.ban(&ban)
	d.enter(ban, "ban")
	e.At += of(&d.dice, d.micro(of(&d.dice, offsets[:]...)), d.span(0, d.window/2))
	e.Unban = &scenario.Unban{Entry: d.file.Timeline[len(d.file.Timeline)-1].Name}
	return true
}

func (d *drawer) rotateTokens(e *scenario.Entry) bool {
	e.RotateTokens = &scenario.Rotate{Who: d.who(true), Spread: d.spread()}
	return true
}

func (d *drawer) call() scenario.Call { return scenario.Call{Who: d.who(false), Spread: d.spread()} }

func (d *drawer) kickOther(e *scenario.Entry) bool {
	v := &scenario.KickOther{Call: d.call()}
	for i := range d.file.Populations {
		// All devices of each account call it for each other, where there are several.
		if p := &d.file.Populations[i]; len(p.ClientType) > 1 && d.one(2) {
			v.Mutual, v.Who = true, scenario.Who{Of: scenario.Names{p.Name}}
			break
		}
	}
	e.KickOther = v
	return true
}

func (d *drawer) kill(e *scenario.Entry) bool {
	e.Kill = &scenario.Kill{Who: d.who(false), While: d.while()}
	return true
}

func (d *drawer) databaseFail(e *scenario.Entry) bool {
	v := &scenario.DatabaseFail{Who: d.who(false), For: d.lasting(), Spread: d.spread()}
	v.Spread = within(v.Spread, v.For)
	e.DatabaseFail = v
	return true
}

func (d *drawer) logout(e *scenario.Entry) bool {
	e.Logout = ref(d.call())
	return true
}

func (d *drawer) callLogin(e *scenario.Entry) bool {
	e.Login = ref(d.call())
	return true
}

// kickRace draws devices that log in next to each other: new ones, or those of a
// population.
func (d *drawer) kickRace(e *scenario.Entry) bool {
	most := of(&d.dice, offsets[:]...)
	v := &scenario.KickRace{Accounts: uint32(d.between(1, 3))}
	if d.one(3) {
		if !d.existing(v) {
			return false
		}
	} else {
		for range of(&d.dice, 2, 2, 3, 4, 11) {
			v.Devices = append(v.Devices, of(&d.dice, platforms[:]...))
		}
		d.fresh(v)
		d.total += int(v.Accounts) * len(v.Devices)
	}
	if d.one(4) {
		v.Spread = d.spanRef(0, time.Second)
	}
	if d.in(70) {
		for range v.Devices {
			v.Offsets = append(v.Offsets, d.micro(most))
		}
	}
	d.against(v, time.Duration(e.At))
	e.KickRace = v
	return true
}

// existing lets devices of a population race.
func (d *drawer) existing(v *scenario.KickRace) bool {
	p := of(&d.dice, d.file.Populations...)
	seen := map[scenario.ClientType]bool{}
	for _, t := range p.ClientType {
		if !seen[t] {
			v.Devices = append(v.Devices, t)
		}
		seen[t] = true
	}
	v.Existing, v.Of, v.Accounts = true, scenario.Names{p.Name}, min(v.Accounts, p.Accounts)
	return true
}

// fresh draws what is only said of new devices.
func (d *drawer) fresh(v *scenario.KickRace) {
	if v.SameDevice = d.one(6); v.SameDevice {
		for i := range v.Devices {
			v.Devices[i] = v.Devices[0]
		}
	}
	v.Force = d.one(3)
	if d.one(4) {
		for i, t := range v.Devices {
			origin := "manual"
			if i > 0 && (t == "android" || t == "ios") {
				origin = of(&d.dice, "manual", "auto")
			}
			v.Origins = append(v.Origins, origin)
		}
	}
}

// against draws what the race is against beside the others.
func (d *drawer) against(v *scenario.KickRace, at time.Duration) {
	if len(v.Devices) < 2 || d.one(2) {
		return
	}
	v.Against = of(&d.dice, "reconnect", "logout")
	if s := d.file.Gateway.Sync; s != nil && d.one(3) {
		v.Against = "sync"
	}
	if !v.Existing {
		v.Lead = d.spanRef(0, min(at, 4*time.Second))
	}
}
