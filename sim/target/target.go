// Package target serves the gateway of sim/gateway over real WebSockets: the
// embedded target of a run, and the command `loginstorm target`.
//
// Most callers use New, Listen, Serve and Do; whoever runs it in another
// process talks to its control port with a ControlClient. One lock guards the
// gateway, real time since New is its clock, and nothing that holds the lock
// waits for a socket: frames go into the link's bounded queue and are written
// at once where the kernel takes them, by a goroutine of their own where it
// does not.
//
//	listener -> worker: upgrade -> Opened  \                 / Send, Close, Cut -> link
//	reader, one a link: frame   -> Asked... > gateway.Step < Work, AskApp -> due
//	clock: due work, Deadline   -> Worked  /                 \ Down, Up, Stalled -> door
//
// Beside the gateway stand the app server and the address server of sim/backend,
// asked over HTTP on a port of their own (TokenPath, AddressPath) and, about
// third-party logins, by the gateway (CallbackPath is for other gateways). What a
// request costs is theirs to say; it waits without the gateway's lock and without a
// goroutine that could grow. A server API registers, blocks and refreshes accounts:
// CreatePath and its like.
//
// A login costs about 55 us of processor time, most of it the kernel's, an idle
// link 4 kB and a request that waits 3 kB: BenchmarkLogins, BenchmarkIdle and
// BenchmarkWaiting say what they cost here.
//
// Serve returns when every connection is closed and every goroutine has ended.
// The package decides nothing that a client could tell from the rules: those
// are the gateway's.
package target

import (
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"time"

	"loginstorm/sim/backend"
	"loginstorm/sim/gateway"
	"loginstorm/sim/wire"
)

// Config is everything a Server is told before it starts.
type Config struct {
	Gateway gateway.Config // Epoch 0 = the wall clock when New is called.

	// Addrs are the addresses to listen on; several may belong to one node.
	// Empty is fine when listeners are attached.
	Addrs []Addr
	// AllowNonLoopback permits addresses that other machines can reach.
	AllowNonLoopback bool

	// TLS secures the gateway's links; nil = they are not. A link then costs a
	// goroutine's stack and the state of TLS, some 20 kB, while it is idle.
	TLS *tls.Config

	Control string // Address of the control port, "127.0.0.1:0"; "" = none.
	Secret  Secret // What the control port asks for; must be set off loopback.

	// Directory resolves an accid to its account number, and should not allocate.
	// nil = Generated.
	Directory func(name string) (account uint32, ok bool)
	Generated Generated

	// Web is the address of the HTTP port of the app server and the address server,
	// "127.0.0.1:0", see TokenPath and AddressPath; "" = none.
	Web string
	// App and Address are what it costs to ask the app server, also about third-party
	// logins, and the address server; nil = nothing, and they never fail.
	App     *backend.Config
	Address *backend.Config
	AppTTL  time.Duration // How long a dynamic token is good for, in whole seconds; 0 = 1 h.
	AppSkew time.Duration // How far the app server's clock is ahead of the gateway's; may be negative.
	// AppKey is what dynamic tokens are signed for; none = tokens are given out for no
	// key, and those of logins are verified for the key that the login says.
	AppKey Secret
	// AppSecret signs dynamic tokens and calls of the server API; none =
	// gateway.AppSecret of the TokenSeed.
	AppSecret Secret
	// API is the server API through which accounts are registered and blocked.
	API API
	// AppSays is what the app server says of a third-party login when it can be asked;
	// 0 = Success.
	AppSays wire.Code

	// Observe sees every output of the gateway, in order. It is called under the
	// gateway's lock: it must be quick, and must not call the Server.
	Observe func(now gateway.Time, o *gateway.Output)
	// Given sees every input before the gateway does, under the same conditions.
	Given func(now gateway.Time, in *gateway.Input)

	Log *slog.Logger // nil = silent.

	HandshakeTimeout time.Duration // For the request and its answer; 0 = 10 s.
	WriteTimeout     time.Duration // For a peer that reads nothing; 0 = 10 s. Spec 10, "freeze".
	CloseTimeout     time.Duration // How long a closed link waits for its peer; 0 = 3 s.
	StopTimeout      time.Duration // How long Serve waits for peers before it cuts them; 0 = 3 s.
	MaxQueue         int           // Bytes that may wait for one peer; 0 = 64 KiB.
}

// Addr is one address to listen on.
type Addr struct {
	Listen string `json:"listen"` // "127.0.0.1:0": port 0 picks a free one below 32768.
	Node   uint8  `json:"node"`
}

// Path is where upgrades are accepted.
const Path = wire.Path

// maxSpan bounds spans that are added to instants.
const maxSpan = 100 * 365 * 24 * time.Hour

// maxQueue is the default bound of what waits for one peer: the longest
// message there is, and 15,000 such peers are still less than a gigabyte.
const maxQueue = wire.MaxFrame

// normal returns cfg with defaults filled in, or all its faults at once.
func (cfg Config) normal() (Config, error) {
	for _, d := range []struct {
		value     *time.Duration
		otherwise time.Duration
	}{
		{&cfg.HandshakeTimeout, 10 * time.Second},
		{&cfg.WriteTimeout, 10 * time.Second},
		{&cfg.CloseTimeout, 3 * time.Second},
		{&cfg.StopTimeout, 3 * time.Second},
	} {
		if *d.value <= 0 {
			*d.value = d.otherwise
		}
	}
	if cfg.MaxQueue <= 0 {
		cfg.MaxQueue = maxQueue
	}
	if cfg.AppSays == 0 {
		cfg.AppSays = wire.Success
	}
	if cfg.AppTTL == 0 {
		cfg.AppTTL = time.Hour
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Directory == nil {
		if cfg.Generated.Count == 0 {
			cfg.Generated.Count = cfg.Gateway.Accounts
		}
		cfg.Directory = cfg.Generated.Number
	}
	if cfg.Gateway.Nodes == 0 {
		cfg.Gateway.Nodes = 1
	}
	var faults []error
	for _, a := range cfg.Addrs {
		if a.Node >= cfg.Gateway.Nodes {
			faults = append(faults, fmt.Errorf("listen %s: node %d of %d", a.Listen, a.Node, cfg.Gateway.Nodes))
		}
		if err := cfg.permitted(a.Listen); err != nil {
			faults = append(faults, err)
		}
	}
	if cfg.Web != "" {
		if err := cfg.permitted(cfg.Web); err != nil {
			faults = append(faults, err)
		}
	}
	if cfg.API.Addr != "" {
		if err := cfg.permitted(cfg.API.Addr); err != nil {
			faults = append(faults, err)
		}
	}
	if cfg.AppTTL < time.Second || cfg.AppTTL > maxSpan {
		faults = append(faults, fmt.Errorf("app: a token's time to live is from 1 s to %v, got %v", maxSpan, cfg.AppTTL))
	}
	if cfg.AppSkew < -maxSpan || cfg.AppSkew > maxSpan {
		faults = append(faults, fmt.Errorf("app: a clock skew is at most %v either way, got %v", maxSpan, cfg.AppSkew))
	}
	if cfg.Control != "" {
		loopback, err := isLoopback(cfg.Control)
		switch {
		case err != nil:
			faults = append(faults, err)
		case !loopback && !cfg.Secret.Set():
			faults = append(faults, fmt.Errorf("control %s: an address that is not loopback needs a secret", cfg.Control))
		case !loopback && !cfg.AllowNonLoopback:
			faults = append(faults, cfg.permitted(cfg.Control))
		}
	}
	return cfg, errors.Join(faults...)
}

// permitted returns an error when others could reach addr and that was not
// asked for.
func (cfg *Config) permitted(addr string) error {
	loopback, err := isLoopback(addr)
	if err != nil {
		return err
	}
	if !loopback && !cfg.AllowNonLoopback {
		return fmt.Errorf("listen %s: not a loopback address, and others were not allowed", addr)
	}
	return nil
}

// isLoopback reports whether only this machine can reach addr.
func isLoopback(addr string) (bool, error) {
	tcp, err := net.ResolveTCPAddr("tcp", addr)
	if err != nil {
		return false, fmt.Errorf("listen %s: %w", addr, err)
	}
	return tcp.IP.IsLoopback(), nil
}
