package plan

import (
	"fmt"
	"slices"
	"time"

	"loginstorm/sim/chance"
	"loginstorm/sim/login"
	"loginstorm/sim/scenario"
	"loginstorm/sim/wire"
)

// group is a population as the scenario has it: accounts with equal devices. It
// becomes one Population a platform, its parts.
type group struct {
	name     string
	base     uint32 // Its first account.
	accounts uint32 // Those that people begin with; each switches among as many more.
	each     uint32 // How many accounts one person has, accounts apart from another.
	devices  []slot // Of each account, in order.
	parts    []uint16
	race     int // Timeline entry of a kickRace; -1 = none.
}

// slot is where the clients of one device of all accounts are: in a part that
// has every so many devices of an account.
type slot struct {
	part  uint16 // Population.
	at    uint32 // Among the account's devices in that part.
	every uint32
}

// clients returns how many clients a group has.
func (g *group) clients() uint64 { return uint64(g.accounts) * uint64(len(g.devices)) }

// client returns the number of device d of account a, counted within the group.
func (c *compiler) client(g *group, a, d uint32) uint32 {
	s := g.devices[d]
	return c.plan.Populations[s.part].First + a*s.every + s.at
}

// populations makes the populations of the file.
func (c *compiler) populations() {
	for i := range c.file.Populations {
		s := &c.file.Populations[i]
		path := "populations." + s.Name
		types := c.types(s.ClientType, path+".clientType")
		if len(types) == 0 {
			continue
		}
		n := int(s.DevicesPerAccount)
		switch {
		case n == 0:
			n = len(types)
		case n < len(types):
			c.fault(path+".devicesPerAccount", fmt.Sprintf("devicesPerAccount is %d, and %d platforms are listed", n, len(types)), "leave one of the two out")
		}
		c.addGroup(s, path, types, n, -1)
	}
}

// types reads platforms. Those that cannot log in are faults and left out.
func (c *compiler) types(names []scenario.ClientType, path string) []wire.ClientType {
	var out []wire.ClientType
	for i, name := range names {
		at := path
		if c.file.Has(fmt.Sprintf("%s[%d]", path, i)) {
			at = fmt.Sprintf("%s[%d]", path, i)
		}
		t, ok := wire.ParseClientType(string(name))
		switch {
		case !ok:
			c.fault(at, fmt.Sprintf("unknown client type %q", name), "")
		case t == wire.REST:
			// Spec 6: REST cannot log in.
			c.fault(at, "a rest client cannot log in", "choose a platform with a login: android, ios, windows, macos, web, harmonyos, windowsPhone")
		default:
			out = append(out, t)
		}
	}
	return out
}

// addGroup adds a population and its parts; path is where it stands in the file.
func (c *compiler) addGroup(s *scenario.Population, path string, types []wire.ClientType, devices, race int) *group {
	g := group{name: s.Name, accounts: s.Accounts, each: each(s.Behavior), race: race, devices: make([]slot, devices)}
	distinct := slices.Clone(types)
	slices.Sort(distinct)
	distinct = slices.Compact(distinct)
	slices.SortStableFunc(distinct, func(a, b wire.ClientType) int { return slices.Index(types, a) - slices.Index(types, b) })
	for _, t := range distinct {
		p := c.population(s, path, t)
		if len(distinct) > 1 {
			p.Name = s.Name + "." + t.String()
		}
		number, every := uint16(len(c.plan.Populations)), uint32(0)
		for d := range g.devices {
			if types[d%len(types)] == t {
				g.devices[d] = slot{part: number, at: every}
				every++
			}
		}
		for d := range g.devices {
			if g.devices[d].part == number && types[d%len(types)] == t {
				g.devices[d].every = every
			}
		}
		// The count is checked for overflow before anything is made of it.
		p.Count = every
		g.parts, c.owners = append(g.parts, number), append(c.owners, len(c.groups))
		c.plan.Populations = append(c.plan.Populations, p)
	}
	c.groups = append(c.groups, g)
	return &c.groups[len(c.groups)-1]
}

// population makes one part: clients of one platform.
func (c *compiler) population(s *scenario.Population, path string, t wire.ClientType) Population {
	p := Population{Name: s.Name, ClientType: t, CustomType: s.CustomClientType, Version: DefaultVersion, Force: s.Force,
		Tag: s.LoginExt, Login: wire.Manual, Profile: c.profile(s, path, t), Habits: c.habits(s.Behavior, path)}
	if s.Version != nil {
		p.Version = uint32(*s.Version)
	}
	p.AuthType = map[string]wire.AuthType{"dynamic": wire.AuthDynamic, "thirdParty": wire.AuthThirdParty}[s.AuthType]
	p.Fetch = c.fetch(s, &p, path)
	// A generated world has an app secret, which its gateway checks dynamic tokens with.
	c.plan.Gateway.Dynamic = c.plan.Gateway.Dynamic || p.AuthType == wire.AuthDynamic
	switch {
	case s.Login == "auto" && !login.AutoLogin(t):
		// Spec 3: a desktop or web client cannot log in automatically.
		c.fault(path+".login", fmt.Sprintf("%s clients cannot log in automatically: only android and ios can", t), "write login: manual")
	case s.Login == "auto" || s.Login == "" && login.AutoLogin(t):
		p.Login = wire.Auto
	}
	return p
}

// DefaultVersion is the SDK version of clients whose scenario does not say.
const DefaultVersion = 9_10_00

// count numbers accounts and clients, and refuses more than there may be.
func (c *compiler) count() bool {
	var accounts, clients uint64
	for i := range c.groups {
		accounts += uint64(c.groups[i].accounts) * uint64(c.groups[i].each)
		clients += c.groups[i].clients()
	}
	most, remedy := uint64(MostClients), "lower accounts or devicesPerAccount"
	if m := c.options.MaxClients; m > 0 && uint64(m) < most {
		most, remedy = uint64(m), "lower accounts or devicesPerAccount, or raise --max-clients"
	}
	if clients > most {
		c.fault("populations", fmt.Sprintf("the scenario has %d clients, more than %d", clients, most), remedy)
		return false
	}
	if accounts > uint64(MostClients) {
		c.fault("populations", fmt.Sprintf("the scenario has %d accounts, more than %d", accounts, MostClients), "lower accounts, or switchAccounts")
		return false
	}
	if len(c.plan.Populations) > 1000 {
		c.fault("populations", fmt.Sprintf("the scenario has %d populations, more than 1000", len(c.plan.Populations)), "put clients of one kind into one population")
		return false
	}
	if list := c.options.Accounts; list != nil {
		if uint64(list.Len()) < accounts {
			c.fault("target.accounts", fmt.Sprintf("the file has %d accounts, and the populations want %d", list.Len(), accounts), "lower accounts, or add to the file")
			return false
		}
		c.plan.Accounts.list = list
	}
	c.plan.Accounts.Count, c.plan.Gateway.Accounts = uint32(accounts), uint32(accounts)
	c.number(int(clients))
	c.listed()
	return true
}

// number fills in who is who: clients in order of populations, and within each in
// order of accounts, then devices.
func (c *compiler) number(clients int) {
	all := &c.plan.Clients
	all.Population, all.Account = make([]uint16, clients), make([]uint32, clients)
	all.Device, all.Arrive = make([]uint64, clients), make([]Time, clients)
	var base, first uint32
	for i := range c.groups {
		g := &c.groups[i]
		g.base = base
		base += g.accounts * g.each
		for _, number := range g.parts {
			p := &c.plan.Populations[number]
			every := p.Count
			p.First, p.Count = first, every*g.accounts
			if g.each > 1 {
				p.Stride, p.Accounts = g.accounts, g.each
			}
			for k := range p.Count {
				n := first + k
				all.Population[n], all.Account[n] = number, g.base+k/every
				// A device is as stable as its client's number.
				all.Device[n], all.Arrive[n] = uint64(n)+1, Never
			}
			first += p.Count
		}
	}
}

// databases settles whose local database does not open: an exact share of each
// population, chosen under its name.
func (c *compiler) databases() {
	for i := range c.groups {
		g := &c.groups[i]
		s := c.scenario(g.name)
		if g.race >= 0 || s == nil || share(s.DatabaseFails) == 0 {
			continue
		}
		if c.plan.Clients.Database == nil {
			c.plan.Clients.Database = make([]bool, len(c.plan.Clients.Arrive))
		}
		var all crowd
		for _, n := range g.parts {
			all.add(stretch{c.plan.Populations[n].First, c.plan.Populations[n].Count})
		}
		all.choose(c.plan.Seed, chance.Database, g.name, part(share(s.DatabaseFails), all.total), func(client uint32) {
			c.plan.Clients.Database[client] = true
		})
		c.unopened(g.name, g.parts)
	}
}

// PeakRate returns the highest arrival rate in clients a second, over whole
// seconds. Arrivals of steps are not counted.
func (p *Plan) PeakRate() float64 {
	var seconds []uint32
	var peak uint32
	for _, at := range p.Clients.Arrive {
		if at == Never {
			continue
		}
		s := int(at / time.Second)
		for s >= len(seconds) {
			seconds = append(seconds, 0)
		}
		seconds[s]++
		peak = max(peak, seconds[s])
	}
	return float64(peak)
}
