package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"net"
	"net/netip"
	"net/url"
	"strings"

	"github.com/dustin/go-humanize"
	"golang.org/x/sync/errgroup"

	"loginstorm/sim/plan"
)

// consent says, before the first packet leaves, whom the run will reach: the
// resolved addresses, how many clients, the peak rate, and whose accounts. A
// target that is not loopback needs somebody's word that it may be loaded.
func consent(ctx context.Context, p *plan.Plan, urls []string, w io.Writer) error {
	addrs, err := resolveAll(ctx, urls, p.Target.Way.Proxy != "")
	if err != nil {
		return &ended{code: exitError, err: err, hint: "check target.url, target.accounts.register.url, app.url and addressServer.url in the scenario, or --target"}
	}
	foreign := ""
	for i, raw := range urls {
		what := "target"
		if strings.HasPrefix(raw, "http") {
			what = "asked"
		}
		names := make([]string, len(addrs[i]))
		for j, a := range addrs[i] {
			names[j] = a.String()
			if !a.IsLoopback() && foreign == "" {
				foreign = raw
			}
		}
		if len(names) == 0 { // Where that is, the proxy knows.
			names = []string{"by the proxy"}
			foreign = cmp.Or(foreign, raw)
		}
		fmt.Fprintf(w, "%-9s %s -> %s\n", what, redactURL(raw), strings.Join(names, ", "))
	}
	fmt.Fprintf(w, "load      %s clients, at most %.0f arrivals/s\n", humanize.Comma(int64(len(p.Clients.Account))), p.PeakRate())
	fmt.Fprintf(w, "accounts  %s\n", whose(p))
	if foreign != "" && !p.Target.Authorized {
		return usagef("if you may load it, write `authorized: true` under target in the scenario, or pass --authorized",
			"%s is not a loopback address, and nobody has said that it may be loaded", redactURL(foreign))
	}
	if foreign != "" && p.Accounts.Generated() && !p.Accounts.Chosen {
		return usagef("write target.accounts: {prefix: qa-}, {file: accounts.csv} or {register: ...}, so that nobody's customers are kicked",
			"%s is not a loopback address, and nobody has said whose accounts may log in there", redactURL(foreign))
	}
	return nil
}

// lookups is how many names are asked for at a time: a scenario may list thousands
// of addresses.
const lookups = 16

// resolveAll returns the addresses behind each URL. The first failure ends it; behind a
// proxy a gateway's name may be known to nobody here, and has no addresses then.
func resolveAll(ctx context.Context, urls []string, proxied bool) ([][]netip.Addr, error) {
	all := make([][]netip.Addr, len(urls))
	asking, ctx := errgroup.WithContext(ctx)
	asking.SetLimit(lookups)
	for i, raw := range urls {
		asking.Go(func() (err error) {
			all[i], err = resolve(ctx, raw)
			if proxied && strings.HasPrefix(raw, "ws") {
				err = nil
			}
			return err
		})
	}
	return all, asking.Wait()
}

// resolve returns the addresses behind a URL.
func resolve(ctx context.Context, raw string) ([]netip.Addr, error) {
	u, err := url.Parse(raw)
	if err != nil {
		return nil, fmt.Errorf("target %q: not a URL", redactURL(raw))
	}
	addrs, err := net.DefaultResolver.LookupNetIP(ctx, "ip", u.Hostname())
	if err != nil {
		return nil, fmt.Errorf("resolve target %s: %w", redactURL(raw), err)
	}
	for i := range addrs {
		addrs[i] = addrs[i].Unmap()
	}
	return addrs, nil
}

// redactURL leaves out what may be secret in a URL: password and query.
func redactURL(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return "(unreadable URL)"
	}
	if u.RawQuery != "" {
		u.RawQuery = "..."
	}
	return u.Redacted()
}

// whose says where the accounts of a plan come from.
func whose(p *plan.Plan) string {
	count := humanize.Comma(int64(p.Accounts.Count))
	switch {
	case p.Accounts.Listed():
		return count + " from the scenario's list"
	case p.Accounts.Register != nil:
		return fmt.Sprintf("%s registered, %s to %s", count, p.Accounts.Name(0), p.Accounts.Name(max(p.Accounts.Count, 1)-1))
	}
	return fmt.Sprintf("%s generated, %s to %s", count, p.Accounts.Name(0), p.Accounts.Name(max(p.Accounts.Count, 1)-1))
}
