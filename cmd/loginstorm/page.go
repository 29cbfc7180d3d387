package main

import (
	"fmt"
	"io"
	"net"

	"github.com/spf13/pflag"

	"loginstorm/report"
	"loginstorm/report/page"
	"loginstorm/report/rundir"
	"loginstorm/sim/record"
)

// livePage is the page of a run that goes on; nil = nobody asked for it, and its
// methods do nothing.
type livePage struct {
	listener net.Listener
	server   *page.Server
}

// registerPage adds the flag of the live page.
func (o *stormOptions) registerPage(flags *pflag.FlagSet) {
	flags.StringVar(&o.ui, "ui", "", "serve a live page with the report's charts on this address while the run lasts (127.0.0.1:8090, or :8090 for loopback)")
}

// openPage binds the address of --ui, before anything is started.
func (o *stormOptions) openPage(words io.Writer) error {
	if o.ui == "" {
		return nil
	}
	l, err := page.Listen(o.ui)
	if err != nil {
		return &ended{code: exitError, err: fmt.Errorf("serve the live page: %w", err), hint: "name a free address with --ui, such as 127.0.0.1:8091"}
	}
	o.page = &livePage{listener: l}
	if !o.quiet {
		fmt.Fprintf(words, "page      http://%s/\n", l.Addr())
	}
	return nil
}

// begin serves the page of the run that a manifest describes.
func (l *livePage) begin(m rundir.Manifest, standing page.Standing) {
	if l != nil {
		l.server = page.New(l.listener, m, standing)
	}
}

// row shows a second. It never waits.
func (l *livePage) row(r record.Row) {
	if l != nil && l.server != nil {
		l.server.Row(r)
	}
}

// target shows a sample of the target's own series. It never waits.
func (l *livePage) target(one rundir.TargetSample) {
	if l != nil && l.server != nil {
		l.server.Target(one)
	}
}

// end shows how the run ended.
func (l *livePage) end(sum *report.Summary) {
	if l != nil && l.server != nil {
		known := *sum // What the caller adds later is said on its own output.
		l.server.End(&known)
	}
}

// close ends the page once its readers know the end, or after a moment.
func (l *livePage) close() {
	switch {
	case l == nil:
	case l.server != nil:
		l.server.Close()
	default:
		l.listener.Close()
	}
}
