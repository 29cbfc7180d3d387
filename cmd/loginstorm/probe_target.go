package main

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"loginstorm/sim/dial"
	"loginstorm/sim/dialect"
	"loginstorm/sim/plan"
	"loginstorm/sim/scenario"
	"loginstorm/sim/wire"
)

// probeWay is what lies between a probe and its target.
type probeWay struct {
	ca       string
	insecure bool
	proxy    string
	headers  []string // NAME=ENV.
}

func (w *probeWay) flags(flags *pflag.FlagSet) {
	flags.StringVar(&w.ca, "ca", "", "a file of certificates in PEM by which the target's is verified")
	flags.BoolVar(&w.insecure, "insecure", false, "do not verify the target's certificate")
	flags.StringVar(&w.proxy, "proxy", "", "an HTTP proxy on the way: http://host:port")
	flags.StringArrayVar(&w.headers, "header", nil, "a header of the upgrade and the environment variable that holds its value: --header Authorization=BEARER (may be repeated)")
}

// aim is who logs in where, and how one gets there.
type aim struct {
	url        string
	dialogue   *dialect.Dialogue
	who        *wire.Credentials
	columns    []string
	authorized bool
	named      bool // Somebody said whose account it is.
	dial       dial.Config
}

// aim reads what to probe: a target by its address, or the one of a scenario.
func (o *probeOptions) aim(s streams, target string) (*aim, error) {
	if !strings.Contains(target, "://") {
		return o.scenario(s, target)
	}
	a := &aim{url: target, authorized: o.authorized, named: true, columns: o.columns}
	var err error
	if a.dialogue, err = o.dialogue(s); err != nil {
		return nil, err
	}
	if a.who, err = o.credentials(s); err != nil {
		return nil, err
	}
	return a, o.way.onto(&a.dial)
}

// scenario reads the target of a scenario, and its first client. Flags come before it.
func (o *probeOptions) scenario(s streams, path string) (*aim, error) {
	if _, err := os.Stat(path); err != nil && path != "-" {
		return nil, usagef("write ws://host:port or wss://host:port, or name a scenario", "probe %s: it is neither an address nor a file", path)
	}
	in, err := load(s, path, stormOptions{}, plan.Options{})
	if err != nil {
		return nil, err
	}
	p := in.plan
	if len(p.Target.URLs) == 0 {
		return nil, usagef("write target: {url: ...}", "%s names no target: it runs against the embedded gateway", path)
	}
	p.Gateway.Epoch = time.Now().UnixMilli()
	a := &aim{url: p.Target.URLs[0], dialogue: p.Target.Dialogue, authorized: o.authorized || p.Target.Authorized,
		named: o.account != "" || !p.Accounts.Generated() || p.Accounts.Chosen, columns: o.columns}
	if a.dialogue == nil || o.chosen {
		if a.dialogue, err = o.dialogue(s); err != nil {
			return nil, err
		}
	}
	if o.account != "" {
		if a.who, err = o.credentials(s); err != nil {
			return nil, err
		}
	} else {
		first := p.Clients.Account[0]
		a.who = new(wire.Credentials)
		p.CredentialsFor(0, first, a.who)
		a.who.Origin = wire.Manual
		for _, name := range a.dialogue.Columns() {
			if len(o.columns) == 0 {
				a.columns = append(a.columns, p.Accounts.Field(first, name))
			}
		}
		if o.secret != (scenario.Source{}) {
			if a.who.Token, err = secret(s, ".", &o.secret); err != nil {
				return nil, usagef("", "the token: %w", err)
			}
		}
	}
	w := &p.Target.Way
	a.dial = dial.Config{TLS: w.TLS, Proxy: w.Proxy, ProxyAuthorization: w.ProxyAuth.Reveal(), Header: http.Header{}}
	for _, line := range w.Headers {
		value := line.Value
		if !line.Secret.Empty() {
			value = line.Secret.Reveal()
		}
		a.dial.Header.Add(line.Name, value)
	}
	return a, o.way.onto(&a.dial)
}

// onto puts the flags over what is known of the way.
func (w *probeWay) onto(c *dial.Config) error {
	c.Proxy = cmp.Or(w.proxy, c.Proxy)
	if w.ca != "" || w.insecure {
		conf := &tls.Config{}
		if c.TLS != nil {
			conf = c.TLS.Clone()
		}
		conf.InsecureSkipVerify = conf.InsecureSkipVerify || w.insecure
		if w.ca != "" {
			text, err := os.ReadFile(w.ca)
			if err != nil {
				return usagef("", "--ca: %w", err)
			}
			if conf.RootCAs = x509.NewCertPool(); !conf.RootCAs.AppendCertsFromPEM(text) {
				return usagef("name a file of certificates in PEM: -----BEGIN CERTIFICATE-----", "--ca %s holds no certificate", w.ca)
			}
		}
		c.TLS = conf
	}
	for _, line := range w.headers {
		name, env, ok := strings.Cut(line, "=")
		value, set := os.LookupEnv(env)
		switch {
		case !ok || name == "" || env == "":
			return usagef("write --header NAME=ENV", "--header %q names no environment variable", name)
		case !set || value == "":
			return usagef("", "--header %s: the environment variable %s is not set", name, env)
		case c.Header == nil:
			c.Header = http.Header{}
		}
		c.Header.Set(name, value)
	}
	return nil
}

// consent lets nobody but an owner's word lead off this machine, and nobody's customers be
// pushed out there.
func (a *aim) consent(ctx context.Context) error {
	asked := []string{a.url}
	if a.dial.Proxy != "" {
		asked = append(asked, a.dial.Proxy)
	}
	all, err := resolveAll(ctx, asked, a.dial.Proxy != "")
	if err != nil {
		return usagef("", "%w", err)
	}
	foreign := ""
	for i, addrs := range all {
		off := len(addrs) == 0 // Where that is, the proxy knows.
		for _, addr := range addrs {
			off = off || !addr.IsLoopback()
		}
		if off {
			foreign = cmp.Or(foreign, asked[i])
		}
	}
	switch {
	case foreign == "":
		return nil
	case !a.authorized:
		return usagef("if you may log in there, pass --authorized", "%s is not a loopback address, and nobody has said that it may be used", redactURL(foreign))
	case !a.named:
		return usagef("write --account NAME, or target.accounts in the scenario: somebody whom it is no harm to push out",
			"%s is not a loopback address, and nobody has said whose account may log in there", redactURL(foreign))
	}
	return nil
}

// unreachable says in a hint what may help when no link came about.
func unreachable(err error) string {
	var unknown x509.UnknownAuthorityError
	var host x509.HostnameError
	switch {
	case errors.As(err, &unknown):
		return fmt.Sprintf("%v; name its certificate's issuer with --ca, or pass --insecure", err)
	case errors.As(err, &host):
		return fmt.Sprintf("%v; pass --insecure if it is the right one all the same", err)
	}
	return err.Error()
}
