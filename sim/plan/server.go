package plan

import (
	"fmt"
	"net/url"
	"strings"
	"time"

	"loginstorm/sim/backend"
	"loginstorm/sim/scenario"
	"loginstorm/sim/wire"
)

// DefaultEvery is how long a bucket of admission lasts when the scenario does not say.
const DefaultEvery = time.Second

// DefaultTTL is how long a dynamic token is good for when the scenario does not say.
const DefaultTTL = time.Hour

// servers settles the servers beside the gateway.
func (c *compiler) servers() {
	if s := c.file.App; s != nil {
		c.plan.App = &App{Server: c.server(s.Workers, s.Queue, s.ServiceTime, "app"), TTL: span(s.TTL, DefaultTTL), Skew: Time(s.ClockSkew)}
		c.plan.Target.AppURL = c.serverURL(s.URL, "app")
		c.plan.App.Question = c.question(s)
		if ttl := c.plan.App.TTL; ttl < time.Second || ttl%time.Second != 0 {
			c.fault("app.ttl", fmt.Sprintf("a token counts whole seconds, and %v are none", ttl), "write a span such as 30s or 1h")
		}
	}
	if s := c.file.AddressServer; s != nil {
		server := c.server(s.Workers, s.Queue, s.ServiceTime, "addressServer")
		c.plan.Address = &server
		c.plan.Target.AddressURL = c.serverURL(s.URL, "addressServer")
		if s.URL == "" && c.foreign() {
			c.fault("addressServer", "the target brings no address server", "write its url, or leave the target out for the embedded one")
		}
	}
}

// foreign reports whether a target of somebody else's is to be met over the network.
func (c *compiler) foreign() bool { return len(c.plan.Target.URLs) > 0 && !c.options.Virtual }

// server settles what it costs to ask a server.
func (c *compiler) server(workers uint32, queue *uint32, service *scenario.Dist, path string) backend.Config {
	cfg := backend.Config{Workers: workers, Queue: DefaultQueue, ServiceTime: c.dist(service, path+".serviceTime")}
	if queue != nil {
		cfg.Queue = *queue
	}
	if err := cfg.Validate(); err != nil && !c.file.Lost(path+".serviceTime") {
		c.fault(path, strings.ReplaceAll(err.Error(), "\n", "; "), "")
	}
	return cfg
}

// serverURL checks where a server is asked.
func (c *compiler) serverURL(address, path string) string {
	if address == "" {
		return ""
	}
	u, err := url.Parse(address)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || !port(u.Port()):
		c.fault(path+".url", "the address cannot be asked over HTTP", "write http://host:port/path")
	case u.User != nil:
		c.fault(path+".url", "the address holds a user", "leave it out")
	}
	return address
}

// fetch settles when clients of a population ask for their token.
func (c *compiler) fetch(s *scenario.Population, p *Population, path string) Fetch {
	how := ""
	if s.Token != nil {
		how = s.Token.Fetch
	}
	switch {
	case how == "" && p.AuthType == wire.AuthDynamic && c.plan.App != nil && c.servesTokens():
		// Spec 8: SDKs ask the app for a dynamic token on every login.
		return FetchEvery
	case how == "" || how == "never":
		return FetchNever
	case c.plan.App == nil && !c.file.Lost("app"):
		c.fault(path+".token.fetch", "there is no app server to ask for a token", "describe it at the top: app: {workers: 8, serviceTime: 5ms}")
	case !c.servesTokens() && !c.file.Lost("app"):
		c.fault(path+".token.fetch", "the target brings no app server to ask for a token", "write app.url, or leave the target out for the embedded one")
	}
	if how == "first" {
		return FetchFirst
	}
	return FetchEvery
}

// servesTokens reports whether the app's server can be asked for tokens.
func (c *compiler) servesTokens() bool { return !c.foreign() || c.plan.Target.AppURL != "" }

// TokenTTL returns how long a dynamic token is good for, and how far its maker's
// clock is ahead of the gateway's.
func (p *Plan) TokenTTL() (ttl, skew Time) {
	if p.App == nil {
		return DefaultTTL, 0
	}
	return p.App.TTL, p.App.Skew
}
