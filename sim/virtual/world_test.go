package virtual

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"loginstorm/sim/backend"
	"loginstorm/sim/chance"
	"loginstorm/sim/gateway"
	"loginstorm/sim/link"
	"loginstorm/sim/login"
	"loginstorm/sim/plan"
	"loginstorm/sim/wire"
)

// world is a plan in the making, by hand: each client is a population of its own.
type world struct {
	plan  *plan.Plan
	names []string
	yaml  bool // It was made of a scenario file.
}

func newWorld() *world {
	return &world{plan: &plan.Plan{Name: "story", Seed: 1, Duration: 3 * time.Minute,
		Gateway: gateway.Config{Seed: 1, Nodes: 1, TokenSeed: 1}, Network: link.Config{Latency: chance.Dist{A: 10 * time.Millisecond}}}}
}

// settings takes what the first line of a story says.
func (w *world) settings(args map[string]string) error {
	g := &w.plan.Gateway
	for key, v := range args {
		var err error
		switch key {
		case "seed":
			w.plan.Seed, err = strconv.ParseUint(v, 10, 64)
			g.Seed, g.TokenSeed = w.plan.Seed, w.plan.Seed
		case "duration":
			w.plan.Duration, err = time.ParseDuration(v)
		case "policy":
			g.MultiDevice = multiDevice(v)
		case "latency":
			w.plan.Network.Latency.A, err = time.ParseDuration(v)
		case "sync":
			g.Sync.A, err = time.ParseDuration(v)
		case "nodes":
			g.Nodes = uint8(number(v))
		case "limit":
			g.RateLimit.Limit, g.RateLimit.Window = uint32(number(v)), time.Minute
		case "penalty":
			g.RateLimit.Penalty, err = time.ParseDuration(v)
		case "workers":
			g.Auth.Workers = uint32(number(v))
		case "queue":
			g.Auth.Queue = uint32(number(v))
		case "service":
			g.Auth.ServiceTime.A, err = time.ParseDuration(v)
		case "timeout":
			g.SessionTimeout, err = time.ParseDuration(v)
		case "linger":
			g.Linger, err = time.ParseDuration(v)
		case "evicts":
			g.ReconnectEvicts = true
		default:
			err = w.beside(key, v)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func multiDevice(name string) gateway.MultiDevice {
	return gateway.MultiDevice{Policy: gateway.Policy(slices.Index([]string{"one", "class", "all"}, name))}
}

func number(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		panic(err)
	}
	return n
}

// client adds a client: client NAME [profile=..] [account=..] [login=manual] ...
func (w *world) client(name string, args map[string]string) error {
	profile, ok := login.ProfileNamed(or(args["profile"], "nim-android"))
	if !ok {
		return fmt.Errorf("profile %s is not known", args["profile"])
	}
	profile.Seed = w.plan.Seed
	if name := args["reconnect"]; name != "" {
		if profile.Policy, ok = login.PolicyNamed(name); !ok {
			return fmt.Errorf("policy %s is not known", name)
		}
	}
	who := len(w.names)
	pop := plan.Population{Name: name, First: uint32(who), Count: 1, ClientType: profile.ClientType, Version: 90000, Login: wire.Auto, Profile: &profile}
	at, account, device, broken := Time(0), uint32(0), uint64(who+1), false
	for key, v := range args {
		var err error
		switch key {
		case "profile", "reconnect":
		case "account":
			account = uint32(number(v))
		case "device":
			device = uint64(number(v))
		case "login":
			pop.Login = map[string]wire.Origin{"manual": wire.Manual, "auto": wire.Auto}[v]
		case "force":
			pop.Force = true
		case "version":
			pop.Version = uint32(number(v))
		case "database":
			broken = true
		case "at":
			if at = plan.Never; v != "never" {
				at, err = time.ParseDuration(v)
			}
		case "fetch":
			pop.Fetch = map[string]plan.Fetch{"first": plan.FetchFirst, "every": plan.FetchEvery}[v]
		case "auth":
			pop.AuthType = map[string]wire.AuthType{"dynamic": wire.AuthDynamic, "thirdParty": wire.AuthThirdParty}[v]
		default:
			pop.Habits, err = habits(pop.Habits, key, v)
		}
		if err != nil {
			return err
		}
	}
	mine := uint32(1)
	if h := pop.Habits; h != nil && h.Switch.Accounts > 1 {
		mine, pop.Stride, pop.Accounts = h.Switch.Accounts, stride, h.Switch.Accounts
	}
	w.names = append(w.names, name)
	w.plan.Populations = append(w.plan.Populations, pop)
	c := &w.plan.Clients
	c.Population, c.Account = append(c.Population, uint16(who)), append(c.Account, account)
	c.Device, c.Arrive = append(c.Device, device), append(c.Arrive, at)
	c.Database = append(c.Database, broken)
	w.plan.Gateway.Accounts = max(w.plan.Gateway.Accounts, account+(mine-1)*stride+1)
	w.plan.Accounts = plan.Accounts{Count: w.plan.Gateway.Accounts, TokenSeed: w.plan.Seed}
	return nil
}

// step adds a step of the timeline: AT VERB [NAME] ...
func (w *world) step(at Time, verb string, names []string, args map[string]string) error {
	step := plan.Step{At: at}
	kinds := map[string]plan.StepKind{"login": plan.CallLogin, "logout": plan.CallLogout, "kickOther": plan.CallKickOther,
		"networkLost": plan.NetworkLost, "networkBack": plan.NetworkBack, "kill": plan.Kill, "start": plan.Start, "autoLogin": plan.AutoLogin,
		"databaseFails": plan.DatabaseFails, "databaseWorks": plan.DatabaseWorks}
	if command := w.command(verb, names, args); command != nil {
		step.Kind, step.Command = plan.Control, command
	} else if f, ok := fault(verb, names, args); ok {
		step.Kind, step.Fault, step.Client = plan.Weather, f, w.who(names[0])
		if verb == "cut" {
			step.Kind = plan.Fault
		}
	} else if kind, ok := kinds[verb]; ok {
		step.Kind, step.Client = kind, w.who(names[0])
		if len(names) > 1 {
			step.Device = w.plan.Clients.Device[w.who(names[1])]
		}
	} else {
		return fmt.Errorf("verb %s is not known", verb)
	}
	w.plan.Steps = append(w.plan.Steps, step)
	return nil
}

func (w *world) who(name string) uint32 { return uint32(slices.Index(w.names, name)) }

func (w *world) command(verb string, names []string, args map[string]string) *gateway.Command {
	downtime, _ := time.ParseDuration(or(args["downtime"], "0s"))
	_, orderly := args["orderly"]
	_, keep := args["keep"]
	_, kick := args["kick"]
	c := &gateway.Command{Node: gateway.AllNodes, Downtime: downtime, Orderly: orderly, KeepSessions: keep, Kick: kick}
	if n := args["node"]; n != "" {
		c.Node = uint8(number(n))
	}
	if n := args["account"]; n != "" {
		c.Account = uint32(number(n))
	}
	if but := args["but"]; but != "" {
		c.AllBut, c.Devices = true, []uint64{w.plan.Clients.Device[w.who(but)]}
	}
	switch verb {
	case "restart":
		c.Kind = gateway.Restart
	case "refuse":
		c.Kind = gateway.RefuseLinks
	case "drain":
		c.Kind = gateway.Drain
	case "undrain":
		c.Kind = gateway.Undrain
	case "kickServer":
		c.Kind = gateway.KickServer
	case "ban":
		c.Kind = gateway.Ban
	case "unban":
		c.Kind = gateway.Unban
	case "rotate":
		c.Kind, c.Rotation = gateway.RotateToken, 1
	case "stall":
		c.Kind = gateway.Stall
	case "backend":
		c.Kind, c.Backend = gateway.SetBackend, map[string]backend.Kind{"app": backend.App, "address": backend.Address}[names[0]]
		c.ServiceTime, c.Fails = uint32(number(or(args["service"], "0"))), uint32(number(or(args["fails"], "0")))
	case "sessionTimeout":
		c.Kind = gateway.SetSessionTimeout
	case "admission":
		c.Kind, c.Admission = gateway.SetAdmission, &gateway.Admission{Bucket: uint32(number(names[0])), Every: time.Second, Hint: true}
	case "brownOut":
		c.Kind, c.ServiceTime = gateway.SetAuth, 5000
	case "minVersion":
		c.Kind, c.Version = gateway.SetMinVersion, uint32(number(names[0]))
	case "outage":
		c.Kind, c.Code = gateway.Outage, wire.Code(number(names[0]))
	case "policy":
		m := multiDevice(names[0])
		c.Kind, c.MultiDevice = gateway.SetMultiDevice, &m
	default:
		return nil
	}
	return c
}

func or(a, b string) string {
	if a == "" {
		return b
	}
	return a
}

// words splits a line into names and arguments.
func words(line string) (names []string, args map[string]string) {
	args = map[string]string{}
	for _, word := range strings.Fields(line) {
		if key, v, ok := strings.Cut(word, "="); ok {
			args[key] = v
		} else if slices.Contains([]string{"force", "orderly", "keep", "database", "evicts"}, word) {
			args[word] = ""
		} else {
			names = append(names, word)
		}
	}
	return names, args
}

// read makes a world of a story's lines.
func read(settings, lines string) (*world, error) {
	w := newWorld()
	_, args := words(settings)
	if err := w.settings(args); err != nil {
		return nil, err
	}
	for line := range strings.Lines(lines) {
		names, args := words(line)
		if len(names) == 0 {
			continue
		}
		var err error
		if names[0] == "client" {
			err = w.client(names[1], args)
		} else {
			var at Time
			if at, err = time.ParseDuration(names[0]); err == nil {
				err = w.step(at, names[1], names[2:], args)
			}
		}
		if err != nil {
			return nil, fmt.Errorf("%q: %w", strings.TrimSpace(line), err)
		}
	}
	slices.SortStableFunc(w.plan.Steps, func(a, b plan.Step) int { return int(max(-1, min(1, a.At-b.At))) })
	return w, nil
}
