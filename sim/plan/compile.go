package plan

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"loginstorm/sim/gateway"
	"loginstorm/sim/link"
	"loginstorm/sim/record"
	"loginstorm/sim/scenario"
)

// Compile makes a plan of a scenario. The error is scenario.Faults when the
// scenario asks for something that makes no sense: all such faults at once, each
// at its place.
func Compile(f *scenario.File, o Options) (*Plan, error) {
	return compile(f, o, MostSteps)
}

func compile(f *scenario.File, o Options, steps int) (*Plan, error) {
	c := &compiler{file: f, options: o, steps: steps, plan: &Plan{Name: f.Name, Question: f.Description, Seed: 1, Duration: Time(f.Duration)}}
	c.frame()
	c.target()
	c.gateway()
	c.servers()
	c.network()
	c.populations()
	c.entries()
	if c.count() {
		c.arrivals()
		c.databases()
		c.timeline()
	}
	c.thresholds()
	c.metrics()
	c.stops()
	c.gate()
	c.compare()
	if len(c.faults)+len(c.rows) > 0 {
		return nil, append(c.faults.Sort(), c.rows...)
	}
	return c.plan, nil
}

// Faults returns what makes no sense in a file of which parts are lost to faults
// of form (scenario.Salvage): the faults that do not hang on those parts.
func Faults(f *scenario.File, o Options) scenario.Faults {
	_, err := Compile(f, o)
	var faults scenario.Faults
	errors.As(err, &faults)
	return faults
}

// compiler is a plan in the making.
type compiler struct {
	file    *scenario.File
	options Options
	plan    *Plan
	groups  []group
	owners  []int // The group of each population.
	sources []int // The item of the file's timeline that each entry comes from.
	steps   int   // Most of the timeline.
	faults  scenario.Faults
	rows    scenario.Faults     // In the logs that replays name.
	logs    map[string][]broken // Those that were read.
}

func (c *compiler) fault(path, message, remedy string) {
	if c.file.Lost(path) {
		return // What stands there was not written by anybody.
	}
	c.faults = append(c.faults, c.file.Fault(path, message, remedy))
}

// uncounted reports whether it is not known how many clients there are, because
// that part of the file could not be read.
func (c *compiler) uncounted() bool {
	return slices.ContainsFunc(c.file.Populations, func(p scenario.Population) bool {
		at := "populations." + p.Name
		return c.file.Lost(at+".accounts") || c.file.Lost(at+".clientType") || c.file.Lost(at+".devicesPerAccount")
	})
}

// nameless reports whether a fault says that a name is not known, and the name may
// have stood in a part of the file that could not be read.
func (c *compiler) nameless(message string) bool {
	switch {
	case strings.HasPrefix(message, "unknown timeline entry"):
		return c.file.Lost("timeline") || slices.ContainsFunc(c.file.Timeline, func(e scenario.Entry) bool { return e.Name == scenario.NoName }) ||
			c.repeated(message)
	case !strings.HasPrefix(message, "unknown population"):
		return false
	case c.file.Lost("timeline"):
		return true
	}
	for i := range c.file.Timeline {
		// A race brings populations of its own.
		if at := fmt.Sprintf("timeline[%d]", i); c.file.Lost(at) && (c.file.Has(at+".kickRace") || c.file.Timeline[i].Name == scenario.NoName) {
			return true
		}
	}
	return slices.ContainsFunc(c.file.Populations, func(p scenario.Population) bool {
		// With several platforms, each is a population: homes.web.
		return c.file.Lost("populations."+p.Name+".clientType") && strings.Contains(message, `"`+p.Name+`.`)
	})
}

// repeated reports whether a name may be that of a repetition, and it is not known
// how often its entry is repeated.
func (c *compiler) repeated(message string) bool {
	for i := range c.file.Timeline {
		unknown := c.file.Lost("duration") || c.file.Lost(fmt.Sprintf("timeline[%d]", i))
		if unknown && strings.Contains(message, `"`+c.file.Timeline[i].Name+`-`) {
			return true
		}
	}
	return false
}

func (c *compiler) warn(format string, args ...any) {
	if text := fmt.Sprintf(format, args...); !slices.Contains(c.plan.Warnings, text) {
		c.plan.Warnings = append(c.plan.Warnings, text)
	}
}

// frame settles name, seed and duration.
func (c *compiler) frame() {
	p, o := c.plan, c.options
	if p.Name == "" {
		p.Name = o.Name
	}
	if p.Name == "" {
		p.Name = "scenario"
	}
	if c.file.Seed != nil {
		p.Seed = *c.file.Seed
	}
	if o.Seed != nil {
		p.Seed = *o.Seed
	}
	if o.Duration > 0 {
		p.Duration = o.Duration
	}
	if p.Duration <= 0 {
		c.fault("duration", "the run has no length", "write a duration such as 1m")
	}
}

// target settles where the clients go, and what may be asked of it.
func (c *compiler) target() {
	t, o := &c.plan.Target, c.options
	t.AppKey, t.MaxRate, t.MaxClients, t.Control, t.Authorized = NewSecret(o.AppKey), o.MaxRate, o.MaxClients, "embedded", o.Authorized
	t.URLs = o.URLs
	if s := c.file.Target; s != nil {
		t.SourceAddrs = c.sourceAddresses(s.SourceAddresses)
		t.Authorized = t.Authorized || s.Authorized
		if s.URL != "" && len(s.URLs) > 0 {
			c.fault("target.urls", "the target has url and urls", "put all addresses into urls")
		}
		if len(t.URLs) == 0 {
			for _, a := range s.URLs {
				t.URLs = append(t.URLs, a.URL)
			}
			if s.URL != "" {
				t.URLs = []string{s.URL}
			}
		}
		c.way(s)
		c.dialogue(s)
		if s.Control != nil {
			t.Control = s.Control.URL
			if s.Control.Hooks != nil {
				t.Control = Hooked
			} else if u, err := url.Parse(s.Control.URL); err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
				c.fault("target.control", fmt.Sprintf("%q is no address of a control port", s.Control.URL), "write http://host:port")
			}
		}
	}
	c.addresses()
	switch {
	case len(t.URLs) > 0 && t.Control == "embedded":
		t.Control = ""
	case len(t.URLs) == 0 && t.Control == Hooked:
		t.Control = "embedded" // It obeys by itself.
	}
	c.accounts()
}

// addresses checks the target's.
func (c *compiler) addresses() {
	for i, address := range c.plan.Target.URLs {
		path := fmt.Sprintf("target.urls[%d]", i)
		if c.file.Has("target.url") {
			path = "target.url"
		}
		u, err := url.Parse(address)
		switch {
		case err != nil || u.Host == "":
			c.fault(path, "the target's address cannot be read", "write ws://host:port/path")
		case u.Scheme != "ws" && u.Scheme != "wss":
			c.fault(path, fmt.Sprintf("the target's address begins with %s:", u.Scheme), "write ws://host:port/path, or wss://")
		case !port(u.Port()):
			c.fault(path, fmt.Sprintf("the target's address has the port %s", u.Port()), "ports are from 1 to 65535")
		case u.User != nil:
			c.fault(path, "the target's address holds a user", "leave it out: clients log in with accounts")
		}
	}
}

// port reports whether a port can be connected to; none stands for the scheme's.
func port(text string) bool {
	n, err := strconv.ParseUint(text, 10, 16)
	return text == "" || err == nil && n > 0
}

// network settles what links are like.
func (c *compiler) network() {
	n := c.file.Network
	if n == nil {
		return
	}
	c.plan.Network = link.Config{Latency: c.dist(n.Latency, "network.latency"), Loss: share(n.Loss),
		Retransmit: span(n.Retransmit, 0), Bandwidth: n.Bandwidth}
	c.plan.Inject = n.Inject
	if share(n.Loss) == 1_000_000 {
		c.fault("network.loss", "with a loss of 100% nothing ever arrives", "write less")
	}
}

// gateway settles the embedded and the simulated gateway.
func (c *compiler) gateway() {
	g := c.file.Gateway
	if g == nil {
		g = &scenario.Gateway{}
	}
	cfg := gateway.Config{
		Seed: c.plan.Seed, TokenSeed: c.plan.Seed, App: gateway.TokenDigest(c.plan.Target.AppKey.Reveal()),
		Nodes: g.Nodes, Sync: c.dist(g.Sync, "gateway.sync"), MaxLinks: g.MaxLinks,
		SessionTimeout: span(g.SessionTimeout, 0), Linger: span(g.Linger, 0),
		Admission: buckets(g.Admission),
		AnyDevice: !either(g.DeviceCheck, true), ReconnectEvicts: g.ReconnectEvicts, UnknownIs404: g.UnknownIs404,
	}
	if g.SessionTimeout != nil && *g.SessionTimeout == 0 {
		c.fault("gateway.sessionTimeout", "a session timeout of 0s ends every session at once", "write a span such as 90s, or leave it out")
	}
	if g.MultiDevice != nil {
		cfg.MultiDevice = c.multiDevice(g.MultiDevice, "gateway.multiDevice")
	}
	if g.RateLimit != nil {
		cfg.RateLimit = c.rateLimit(g.RateLimit, "gateway.rateLimit")
	}
	if a := g.Auth; a != nil {
		cfg.Auth = gateway.Auth{Workers: a.Workers, Queue: a.Queue, ServiceTime: c.dist(a.ServiceTime, "gateway.auth.serviceTime"),
			ChargeGone: either(a.ChargeGone, true), Hint: span(a.Hint, 0)}
		if !c.file.Has("gateway.auth.queue") {
			cfg.Auth.Queue = DefaultQueue
		}
	}
	if g.MinVersion != nil {
		cfg.MinVersion = uint32(*g.MinVersion)
	}
	if g.AcceptRate != nil {
		cfg.AcceptRate = uint32(g.AcceptRate.PerSecond())
		if cfg.AcceptRate == 0 {
			c.fault("gateway.acceptRate", fmt.Sprintf("an accept rate of %v is less than one link a second", g.AcceptRate), "write at least 1/s, or leave it out for no limit")
		}
	}
	c.plan.Gateway = cfg.Normal()
	if err := c.plan.Gateway.Validate(); err != nil && len(c.faults) == 0 {
		c.fault("gateway", strings.ReplaceAll(err.Error(), "\n", "; "), "")
	}
}

// DefaultQueue is how many logins wait for a worker when the scenario does not say.
const DefaultQueue = 1024

// DefaultWindow is the window of a 416 limiter when the scenario does not say.
const DefaultWindow = time.Minute

func (c *compiler) multiDevice(m *scenario.MultiDevice, path string) gateway.MultiDevice {
	policies := map[string]gateway.Policy{"one": gateway.PolicyOne, "class": gateway.PolicyClass, "all": gateway.PolicyAll, "custom": gateway.PolicyCustom}
	out := gateway.MultiDevice{Policy: policies[m.Policy]}
	for i, set := range m.Custom {
		types := c.types(set, fmt.Sprintf("%s.custom[%d]", path, i))
		out.Custom = append(out.Custom, types)
	}
	return out
}

func (c *compiler) rateLimit(r *scenario.RateLimit, path string) gateway.RateLimit {
	scopes := map[string]gateway.Scope{"": gateway.ByAccount, "account": gateway.ByAccount, "device": gateway.ByDevice, "ip": gateway.ByIP, "app": gateway.ByApp}
	counts := map[string]gateway.Counts{"": gateway.CountManual, "manual": gateway.CountManual, "all": gateway.CountAll, "failed": gateway.CountFailed}
	out := gateway.RateLimit{Scope: scopes[r.Scope], Counts: counts[r.Counts], Limit: r.Limit, Window: span(r.Window, DefaultWindow),
		Penalty: span(r.Penalty, 0), CountRefused: r.CountRefused, Hint: r.Hint}
	if err := out.Validate(); err != nil {
		c.fault(path, strings.ReplaceAll(err.Error(), "\n", "; "), "")
	}
	if out.Limit > 0 && out.Scope == gateway.ByIP {
		c.warn("scope ip: in run all clients come from %s; in simulate each has an address of its own",
			sources(len(c.plan.Target.SourceAddrs)))
	}
	return out
}

// sources names the addresses that clients of a run come from.
func sources(n int) string {
	if n > 1 {
		return fmt.Sprintf("%d source addresses", n)
	}
	return "one source address"
}

// thresholds reads them, and checks the names in them.
func (c *compiler) thresholds() {
	layout := c.plan.Layout()
	for i, t := range c.file.Thresholds {
		path := fmt.Sprintf("thresholds[%d]", i)
		parsed, err := record.ParseThreshold(t.Text)
		if err == nil {
			err = parsed.Check(layout)
		}
		if err != nil {
			prefix := fmt.Sprintf("threshold %q: ", strings.Join(strings.Fields(t.Text), " "))
			for line := range strings.SplitSeq(err.Error(), "\n") {
				if line = strings.TrimPrefix(line, prefix); !c.nameless(line) {
					c.fault(path, line, "")
				}
			}
			continue
		}
		if t.Abort {
			c.plan.Watches = append(c.plan.Watches, Watch{Threshold: len(c.plan.Thresholds), Grace: span(t.Grace, 0)})
		} else if t.Grace != nil {
			c.fault(path, "grace belongs to a threshold with abort: true", "add abort: true, or leave grace out")
		}
		c.plan.Thresholds = append(c.plan.Thresholds, parsed)
	}
}
