package plan

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Register is how the accounts of a plan come to be before the run: through a server API.
// Spec section 8.
type Register struct {
	URL       string // Of the API, without the path of an action.
	AppKey    Secret
	AppSecret Secret
	Rate      float64 // Calls a second at most.
	State     string  // The file that keeps what was registered, as the scenario names it.
	Timeout   Time    // Of one call.
}

// What registering does when the scenario does not say.
const (
	// DefaultRegisterRate is in calls a second; APIs of the kind allow some hundreds.
	DefaultRegisterRate    = 50
	DefaultRegisterState   = "accounts.ndjson"
	DefaultRegisterTimeout = 10 * time.Second
)

// mostName is the longest name of an account. Spec section 8.
const mostName = 32

// accounts settles whose accounts the clients log in with.
func (c *compiler) accounts() {
	a := &c.plan.Accounts
	*a = Accounts{Prefix: DefaultPrefix, TokenSeed: c.plan.Seed}
	if c.file.Target == nil || c.file.Target.Accounts == nil {
		return
	}
	s := c.file.Target.Accounts
	a.Chosen = true
	embedded := len(c.plan.Target.URLs) == 0 && !c.options.Virtual
	if s.Prefix != "" {
		a.Prefix = s.Prefix
	}
	if s.File != "" && len(c.plan.Target.URLs) == 0 {
		c.fault("target.accounts.file", "the embedded gateway knows generated accounts alone", "name the target's url, or leave the file out")
	}
	r := s.Register
	if r == nil {
		return
	}
	if r.Prefix != "" {
		a.Prefix = r.Prefix
	}
	if embedded {
		c.fault("target.accounts.register", "the embedded gateway knows generated accounts alone", "name the target's url, such as that of `loginstorm target --api`, or write accounts: {prefix: "+a.Prefix+"}")
	}
	a.Register = &Register{URL: strings.TrimSuffix(r.URL, "/"), AppKey: NewSecret(c.options.Secrets[r.AppKey]), AppSecret: NewSecret(c.options.Secrets[r.AppSecret]),
		Rate: DefaultRegisterRate, State: r.State, Timeout: span(r.Timeout, DefaultRegisterTimeout)}
	if r.AppKey == nil {
		a.Register.AppKey = c.plan.Target.AppKey
		if c.file.Target.AppKey == nil {
			c.fault("target.accounts.register", "a server API asks for an appKey, and there is none", "write appKey: {env: APP_KEY}, here or under target")
		}
	}
	if c.plan.Target.AppKey.Empty() {
		c.plan.Target.AppKey = a.Register.AppKey // It is one app's.
	}
	if a.Register.State == "" {
		a.Register.State = DefaultRegisterState
	}
	if r.Rate != nil {
		a.Register.Rate = r.Rate.PerSecond()
	}
	if a.Register.Rate <= 0 {
		c.fault("target.accounts.register.rate", "at this rate nothing is ever registered", "write a rate such as 50/s")
	}
	if a.Register.Timeout <= 0 {
		c.fault("target.accounts.register.timeout", "no answer comes in no time", "write a span such as 10s")
	}
	c.apiURL(a.Register.URL)
}

// apiURL checks where a server API is asked.
func (c *compiler) apiURL(address string) {
	u, err := url.Parse(address)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || !port(u.Port()) || u.RawQuery != "" || u.Fragment != "":
		c.fault("target.accounts.register.url", "the address cannot be asked over HTTP", "write http://host:port")
	case u.User != nil:
		c.fault("target.accounts.register.url", "the address holds a user", "leave it out")
	}
}

// listed checks the accounts that a list brings, gives the clients the devices it names, and
// finds out whether the dialect asks for more than it has.
func (c *compiler) listed() {
	p := c.plan
	if r := p.Accounts.Register; r != nil && p.Accounts.Count > 0 {
		if name := p.Accounts.Name(p.Accounts.Count - 1); len(name) > mostName {
			c.fault("target.accounts.register.prefix", fmt.Sprintf("%s has more than the %d characters of an account's name", name, mostName), "write a shorter prefix")
		}
	}
	known := p.Accounts.Columns()
	if d := p.Target.Dialogue; d != nil && c.foreign() { // Elsewhere nothing is said in it.
		for _, column := range d.Columns() {
			if !slices.Contains(known, column) {
				c.fault("target.accounts", fmt.Sprintf("the dialect %s wants the column %s of every account, and there is none", d.Name(), column),
					"name it in the first line of the accounts' file: account,token,"+column)
			}
		}
	}
	list := p.Accounts.list
	if list == nil || list.devices == nil {
		return
	}
	// Of several devices only one could be meant: those keep their own.
	clients := make([]uint8, p.Accounts.Count)
	for _, account := range p.Clients.Account {
		clients[account] = min(clients[account]+1, 2)
	}
	for client, account := range p.Clients.Account {
		if device := list.Device(int(account)); device != 0 && clients[account] == 1 {
			p.Clients.Device[client] = device
		}
	}
}
