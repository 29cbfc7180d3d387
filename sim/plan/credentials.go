package plan

import (
	"time"

	"loginstorm/sim/gateway"
	"loginstorm/sim/wire"
)

// Credentials fills in what a client says when it logs in with the account that it
// begins with. See CredentialsFor.
func (p *Plan) Credentials(client uint32, dst *wire.Credentials) {
	p.CredentialsFor(client, p.Clients.Account[client], dst)
}

// CredentialsFor fills in what a client says when it logs in with one of its accounts.
// Origin and Force are left alone: they are the attempt's, not the client's. A
// client that fetches its token (Population.Fetch) says that one instead.
//
// Tokens of a dynamic population are made at Time 0, which is Gateway.Epoch.
func (p *Plan) CredentialsFor(client, account uint32, dst *wire.Credentials) {
	pop := &p.Populations[p.Clients.Population[client]]
	dst.Account = p.Accounts.Name(account)
	dst.Token = p.token(pop, account, dst.Account)
	dst.AppKey = p.Target.AppKey.Reveal()
	dst.AuthType = pop.AuthType
	dst.ClientType = pop.ClientType
	dst.CustomType = pop.CustomType
	dst.Device = p.Clients.Device[client]
	dst.Version = pop.Version
	dst.Tag = pop.Tag
}

// token returns what an account is given before the run begins.
func (p *Plan) token(pop *Population, account uint32, name string) string {
	if pop.AuthType != wire.AuthDynamic || p.Accounts.Listed() {
		return p.Accounts.Token(account)
	}
	secret := gateway.AppSecret(p.Gateway.TokenSeed)
	if r := p.Accounts.Register; r != nil {
		secret = r.AppSecret.Reveal() // The API's secret is the app's, and signs both.
	}
	ttl, skew := p.TokenTTL()
	return string(gateway.AppendDynamicToken(nil, p.Target.AppKey.Reveal(), name, max(p.Gateway.Epoch+skew.Milliseconds(), 0), int64(ttl/time.Second), secret))
}

// Request is RequestFor the account that a client begins with.
func (p *Plan) Request(client uint32) gateway.Request {
	return p.RequestFor(client, p.Clients.Account[client])
}

// RequestFor is CredentialsFor in numbers, for the simulated gateway. Tokens are
// the generated ones, also when the scenario has accounts from a file: that gateway
// knows no others.
func (p *Plan) RequestFor(client, account uint32) gateway.Request {
	pop := &p.Populations[p.Clients.Population[client]]
	r := gateway.Request{
		Account: account, App: gateway.TokenDigest(p.Target.AppKey.Reveal()),
		Token: gateway.AccountDigest(p.Accounts.TokenSeed, account), Device: p.Clients.Device[client],
		AuthType: pop.AuthType, ClientType: pop.ClientType, CustomType: pop.CustomType,
		Version: pop.Version, Tag: pop.Tag,
	}
	if pop.AuthType == wire.AuthDynamic {
		r.Genuine = true
		r.TTL, r.Issued = p.TokenTTL()
	}
	return r
}

// Address returns which of n addresses a client dials for its link gen (from 1):
// neighbours spread evenly, and each new link goes on to the next address.
func Address(client, gen uint32, n int) int {
	if n <= 1 {
		return 0
	}
	return int((uint64(client) + uint64(gen) + uint64(n) - 1) % uint64(n))
}
