package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"loginstorm/sim/dial"
	"loginstorm/sim/dialect"
	"loginstorm/sim/scenario"
	"loginstorm/sim/wire"
)

// probeOptions are the flags of probe.
type probeOptions struct {
	dialect    string
	set        map[string]string
	account    string
	secret     scenario.Source
	columns    []string
	clientType string
	device     uint64
	conflict   bool
	authorized bool
	chosen     bool // Somebody named the dialect.
	way        probeWay
	linger     time.Duration
	timeout    time.Duration
}

func newProbe(s streams) *cobra.Command {
	var o probeOptions
	cmd := &cobra.Command{
		Use:   "probe TARGET|SCENARIO",
		Short: "Log one client in and print the dialogue",
		Long: `One client, one login: every frame in and out, what it was taken for and by which
line of the description, where it stopped and what was expected there. Secrets are
not shown. It ends with exit code 0 if the client was loggedIn (and, with
--conflict, if it was pushed out by a second login of the same account). TARGET is
ws://host:port or wss://host:port; a scenario gives its target with everything under
it, and its first client, as far as flags do not say otherwise.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.chosen = cmd.Flags().Changed("dialect")
			return o.run(cmd.Context(), s, args[0])
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&o.dialect, "dialect", "reference", "a shipped dialect ("+strings.Join(shippedNames(), ", ")+"), or the file of a description")
	flags.StringToStringVar(&o.set, "set", nil, "settings of the description: --set domain=example.org")
	flags.StringVar(&o.account, "account", "", "whom to log in")
	flags.StringVar(&o.secret.Env, "token-env", "", "the environment variable that holds the token or password")
	flags.StringVar(&o.secret.File, "token-file", "", "the file that holds it")
	flags.StringArrayVar(&o.columns, "column", nil, "a field of the account beside name and token, in the description's order (may be repeated)")
	flags.StringVar(&o.clientType, "client-type", "android", "the platform of the client")
	flags.Uint64Var(&o.device, "device", 1, "the number of its device; a second login has the next one")
	flags.BoolVar(&o.conflict, "conflict", false, "log in twice, and show the kick")
	flags.BoolVar(&o.authorized, "authorized", false, "the target's owner agreed; needed for what is not loopback")
	flags.DurationVar(&o.linger, "linger", 2*time.Second, "how long to listen once it is loggedIn")
	flags.DurationVar(&o.timeout, "timeout", 15*time.Second, "how long to wait for the login, or for the kick")
	o.way.flags(flags)
	return cmd
}

// run probes a target.
func (o *probeOptions) run(ctx context.Context, s streams, target string) error {
	a, err := o.aim(s, target)
	if err != nil {
		return err
	}
	if err := a.consent(ctx); err != nil {
		return err
	}
	p := &probe{s: s, o: o, a: a, d: a.dialogue, events: make(chan probeEvent, probeBacklog), begun: time.Now()}
	conf := a.dial
	conf.Endpoints, conf.Subprotocol = []dial.Endpoint{{URL: a.url}}, a.dialogue.Subprotocol()
	conf.UserAgent, conf.Start = "loginstorm/"+buildVersion(), p.begun
	p.dialer, err = dial.New(conf, p)
	if err != nil {
		return usagef("write ws://host:port or wss://host:port", "probe %s: %w", redactURL(a.url), err)
	}
	ok := p.play(ctx, a.who)
	closing, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	p.dialer.Shutdown(closing, wire.CloseNormal)
	if !ok {
		return silently(exitError)
	}
	return nil
}

// dialogue reads the description.
func (o *probeOptions) dialogue(s streams) (*dialect.Dialogue, error) {
	text, ok := shippedDialects()[o.dialect]
	if !ok {
		var err error
		if text, err = os.ReadFile(o.dialect); err != nil {
			return nil, usagef("shipped are "+strings.Join(shippedNames(), ", "), "--dialect %s: %w", o.dialect, err)
		}
	}
	d, err := dialect.Parse(o.dialect, text, o.set)
	if faults, is := dialect.Describes(err); is {
		fmt.Fprint(s.err, faults.Format())
		return nil, usagef("", "%d fault(s) in the description", len(faults))
	}
	return d, err
}

// credentials reads who logs in.
func (o *probeOptions) credentials(s streams) (*wire.Credentials, error) {
	kind, ok := wire.ParseClientType(o.clientType)
	if !ok {
		return nil, usagef("android, ios, windows, web, macos, harmonyos ...", "--client-type %s is unknown", o.clientType)
	}
	if o.account == "" {
		return nil, usagef("write --account NAME: somebody whom it is no harm to push out", "nobody is named to log in")
	}
	c := &wire.Credentials{Account: o.account, ClientType: kind, Device: o.device, Origin: wire.Manual, Version: 91203}
	if o.secret != (scenario.Source{}) {
		var err error
		if c.Token, err = secret(s, ".", &o.secret); err != nil {
			return nil, usagef("", "the token: %w", err)
		}
	}
	return c, nil
}

// probeBacklog is how many events may wait for the screen; one login brings a few.
const probeBacklog = 4096

// probeEvent is something that happened on a link.
type probeEvent struct {
	conn *dial.Conn
	at   time.Duration
	in   dialect.Input
	note string
}

// probe is one or two clients, and what is printed of them.
type probe struct {
	s       streams
	o       *probeOptions
	d       *dialect.Dialogue
	dialer  *dial.Dialer
	events  chan probeEvent
	begun   time.Time
	a       *aim
	scratch dialect.Scratch
	clients []*probed
}

// put hands an event over; a flood beyond any login is not printed.
func (p *probe) put(e probeEvent) {
	select {
	case p.events <- e:
	default:
	}
}

// Began, Failed, Up, Frame and Down make a probe the dial.Handler of its links.

func (p *probe) Began(*dial.Conn, dial.Time) {}

func (p *probe) Failed(c *dial.Conn, at dial.Time, err error) {
	in := dialect.Input{Kind: dialect.LinkDown, CloseCode: wire.CloseAbnormal}
	if why, ok := err.(*dial.Error); ok && why.HTTPStatus != 0 {
		in = dialect.Input{Kind: dialect.Refused, HTTPStatus: why.HTTPStatus, RetryAfter: why.RetryAfter}
	}
	p.put(probeEvent{c, at, in, unreachable(err)})
}

func (p *probe) Up(c *dial.Conn, at dial.Time, t dial.Timings) {
	p.put(probeEvent{c, at, dialect.Input{Kind: dialect.LinkUp}, fmt.Sprintf("dial %v, upgrade %v", t.Dial.Round(time.Microsecond), t.Upgrade.Round(time.Microsecond))})
}

func (p *probe) Frame(c *dial.Conn, at dial.Time, data []byte, binary bool) {
	p.put(probeEvent{c, at, dialect.Input{Kind: dialect.Frame, Data: append([]byte(nil), data...), Binary: binary}, ""})
}

func (p *probe) Down(c *dial.Conn, at dial.Time, code uint16, cause error) {
	e := probeEvent{conn: c, at: at, in: dialect.Input{Kind: dialect.LinkDown, CloseCode: code}}
	if closed, ok := cause.(*dial.Closed); ok {
		e.in.Data = []byte(closed.Text)
	}
	p.put(e)
}

// header makes a request's header.
func header(lines []dialect.Header) http.Header {
	h := http.Header{}
	for _, l := range lines {
		h[http.CanonicalHeaderKey(l.Name)] = []string{l.Value}
	}
	return h
}
