package plan

import (
	"loginstorm/sim/gateway"
	"loginstorm/sim/wire"
)

// Credentials fills in what a client says when it logs in. Origin and Force are
// left alone: they are the attempt's, not the client's. Nothing is allocated but
// the two strings.
func (p *Plan) Credentials(client uint32, dst *wire.Credentials) {
	pop, account := &p.Populations[p.Clients.Population[client]], p.Clients.Account[client]
	dst.Account = p.Accounts.Name(account)
	dst.Token = p.Accounts.Token(account)
	dst.AppKey = p.Target.AppKey.Reveal()
	dst.AuthType = pop.AuthType
	dst.ClientType = pop.ClientType
	dst.CustomType = pop.CustomType
	dst.Device = p.Clients.Device[client]
	dst.Version = pop.Version
	dst.Tag = pop.Tag
}

// Request is Credentials in numbers, for the simulated gateway. Tokens are the
// generated ones, also when the scenario has accounts from a file: that gateway
// knows no others.
func (p *Plan) Request(client uint32) gateway.Request {
	pop, account := &p.Populations[p.Clients.Population[client]], p.Clients.Account[client]
	return gateway.Request{
		Account: account, App: gateway.TokenDigest(p.Target.AppKey.Reveal()),
		Token: gateway.AccountDigest(p.Accounts.TokenSeed, account), Device: p.Clients.Device[client],
		AuthType: pop.AuthType, ClientType: pop.ClientType, CustomType: pop.CustomType,
		Version: pop.Version, Tag: pop.Tag,
	}
}

// Address returns which of n addresses a client dials for its link gen (from 1):
// neighbours spread evenly, and each new link goes on to the next address.
func Address(client, gen uint32, n int) int {
	if n <= 1 {
		return 0
	}
	return int((uint64(client) + uint64(gen) + uint64(n) - 1) % uint64(n))
}
