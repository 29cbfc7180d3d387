package virtual

import (
	"loginstorm/sim/backend"
	"loginstorm/sim/client"
	"loginstorm/sim/dialect"
	"loginstorm/sim/login"
	"loginstorm/sim/plan"
)

// populate makes the clients; their processes have not started.
func (s *Simulator) populate() {
	p := s.plan
	dialogue := dialect.Reference()
	s.specs = make([]client.Spec, len(p.Populations))
	fetched, faults, alone := false, faultsOf(p), lone(p)
	for i := range p.Populations {
		pop := &p.Populations[i]
		s.specs[i] = client.Spec{Population: uint16(i), Seed: p.Seed, Profile: pop.Profile, Habits: pop.Habits,
			Dialogue: dialogue, Login: pop.Login, Force: pop.Force, Tokens: client.Tokens(pop.Fetch),
			Lookup: p.Address != nil, Nodes: len(s.nodes), Stride: pop.Stride, Faults: faults, Alone: alone[i]}
		fetched = fetched || pop.Fetch != plan.FetchNever
		s.rec.Place(uint16(i), login.Unknown, int64(pop.Count))
	}
	for who := range s.clients {
		s.clients[who] = client.New(&s.specs[p.Clients.Population[who]], uint32(who), p.Clients.Account[who])
		s.timers[who] = never
	}
	for who, broken := range p.Clients.Database {
		if broken {
			s.clients[who].Step(0, client.Input{Kind: client.Database}, s.rec, &s.out)
		}
	}
	s.byStatus[login.Unknown] = uint32(len(s.clients))
	if fetched {
		s.tokens = make([]token, len(s.clients))
	}
	if p.Address != nil {
		s.told = make([]uint32, len(s.clients))
	}
	s.accounts = client.NewAccounts(p.Gateway.MultiDevice.Excludes)
	s.out.Accounts = s.accounts
}

// lone says of which populations no client has an account that another one has too, or may
// come to have: theirs need not be followed.
func lone(p *plan.Plan) []bool {
	alone, shared := make([]bool, len(p.Populations)), make([]bool, len(p.Populations))
	for i := range p.Populations {
		if p.Populations[i].Stride != 0 {
			return alone // People who change accounts.
		}
	}
	first := make([]uint32, p.Accounts.Count) // The account's first client + 1; 0 = none so far.
	for who, account := range p.Clients.Account {
		if int(account) >= len(first) {
			return alone // An account that nobody counts: a plan made by hand.
		}
		if other := first[account]; other != 0 {
			shared[p.Clients.Population[who]], shared[p.Clients.Population[other-1]] = true, true
			continue
		}
		first[account] = uint32(who) + 1
	}
	for i := range alone {
		alone[i] = !shared[i]
	}
	return alone
}

// beside makes the servers beside the gateway that the plan has, and the nodes that
// are named at first.
func (s *Simulator) beside() (err error) {
	if app := s.plan.App; app != nil {
		if s.servers[backend.App], err = backend.New(app.Server, backend.App, s.plan.Seed); err != nil {
			return err
		}
	}
	if cfg := s.plan.Address; cfg != nil {
		if s.servers[backend.Address], err = backend.New(*cfg, backend.Address, s.plan.Seed); err != nil {
			return err
		}
	}
	all := make([]uint8, len(s.nodes))
	for n := range all {
		all[n] = uint8(n)
	}
	s.lists = [][]uint8{all}
	return nil
}
