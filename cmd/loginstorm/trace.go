package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"github.com/spf13/pflag"

	"loginstorm/sim/plan"
	"loginstorm/sim/virtual"
)

// traceOptions are the flags that show the lives of a few clients.
type traceOptions struct {
	whom []string
	out  string
}

func (o *traceOptions) register(flags *pflag.FlagSet) {
	flags.StringArrayVar(&o.whom, "trace", nil, "show the life of client=17, or of everybody on account=storm-000042, one line an event (may be repeated)")
	flags.StringVar(&o.out, "trace-out", "", "write what --trace shows into this file (default: standard output, before the summary)")
}

// tracing is a trace on its way to where it is read; nil = there is none.
type tracing struct {
	trace  *virtual.Trace
	lines  *bufio.Writer
	file   io.Closer // nil = standard output.
	failed error
}

// open finds who is to be traced, and opens the place for it.
func (o *traceOptions) open(s streams, format string, p *plan.Plan) (*tracing, error) {
	if len(o.whom) == 0 {
		if o.out != "" {
			return nil, usagef("write --trace client=0, too", "--trace-out %s: nobody is traced", o.out)
		}
		return nil, nil
	}
	if format == "json" && o.out == "" {
		return nil, usagef("write the trace to a file with --trace-out", "--trace: standard output is JSON")
	}
	var clients []uint32
	for _, whom := range o.whom {
		found, err := traced(p, whom)
		if err != nil {
			return nil, err
		}
		clients = append(clients, found...)
	}
	t := &tracing{lines: bufio.NewWriter(s.out)}
	if o.out != "" {
		f, err := os.Create(o.out)
		if err != nil {
			return nil, fmt.Errorf("--trace-out: %w", err)
		}
		t.file = f
		t.lines.Reset(f)
	}
	t.trace = virtual.NewTrace(p, clients, t.write)
	return t, nil
}

// printed reports whether the trace goes to standard output while a simulation runs.
func (t *tracing) printed() bool { return t != nil && t.file == nil }

func (t *tracing) write(line []byte) {
	if _, err := t.lines.Write(line); err != nil && t.failed == nil {
		t.failed = err
	}
}

// follow has the trace hear a simulation that has not begun.
func (t *tracing) follow(sim *virtual.Simulator) {
	if t != nil {
		t.trace.Follow(sim)
	}
}

// end closes a trace whose simulation came to an end at an instant.
func (t *tracing) end(at virtual.Time) error {
	if t == nil {
		return nil
	}
	t.trace.End(at)
	err := t.lines.Flush()
	if t.failed != nil {
		err = t.failed
	}
	if t.file != nil {
		if closed := t.file.Close(); err == nil {
			err = closed
		}
	} else if _, blank := fmt.Fprintln(t.lines); blank == nil && err == nil {
		err = t.lines.Flush()
	}
	if err != nil {
		return fmt.Errorf("write the trace: %w", err)
	}
	return nil
}

// traced returns the clients that one --trace means.
func traced(p *plan.Plan, whom string) ([]uint32, error) {
	key, value, ok := strings.Cut(whom, "=")
	switch {
	case ok && key == "client":
		n := uint64(len(p.Clients.Account))
		who, err := strconv.ParseUint(value, 10, 32)
		if err != nil || who >= n {
			return nil, usagef("", "--trace client=%s: %s has the clients 0 to %d", value, p.Name, n-1)
		}
		return []uint32{uint32(who)}, nil
	case ok && key == "account":
		return onAccount(p, value)
	}
	return nil, usagef("", "--trace %s: write client=17 or account=%s", whom, p.Accounts.Name(0))
}

// onAccount returns the clients of an account, those whose people switch to it
// included.
func onAccount(p *plan.Plan, name string) ([]uint32, error) {
	account, ok := numberOf(&p.Accounts, name)
	if !ok {
		return nil, usagef(fmt.Sprintf("the nearest name is %s", nearest(&p.Accounts, name)),
			"--trace account=%s: %s has the accounts %s to %s", name, p.Name, p.Accounts.Name(0), p.Accounts.Name(p.Accounts.Count-1))
	}
	var clients []uint32
	for who, home := range p.Clients.Account {
		q := &p.Populations[p.Clients.Population[who]]
		for k := uint32(0); k < max(q.Accounts, 1); k++ {
			if home+k*q.Stride == account {
				clients = append(clients, uint32(who))
				break
			}
		}
	}
	if len(clients) == 0 {
		return nil, usagef("", "--trace account=%s: no client of %s logs in with it", name, p.Name)
	}
	return clients, nil
}

// numberOf finds an account by its name.
func numberOf(a *plan.Accounts, name string) (uint32, bool) {
	if a.Generated() {
		return a.Number(name)
	}
	for i := range a.Count {
		if a.Name(i) == name {
			return i, true
		}
	}
	return 0, false
}

// nearest returns the account that somebody may have meant: of generated ones that
// with the same number, or else the name that shares most of its beginning and end.
func nearest(a *plan.Accounts, name string) string {
	if a.Generated() {
		digits := name[len(strings.TrimRight(name, "0123456789")):]
		n, _ := strconv.ParseUint(digits, 10, 64)
		return a.Name(uint32(min(n, uint64(a.Count-1))))
	}
	best, most := a.Name(0), -1
	for i := range a.Count {
		other := a.Name(i)
		if n := alike(other, name); n > most {
			best, most = other, n
		}
	}
	return best
}

// alike counts the characters that two names share at their begins and ends.
func alike(a, b string) (n int) {
	for n < min(len(a), len(b)) && a[n] == b[n] {
		n++
	}
	head := n
	for n-head < min(len(a), len(b))-head && a[len(a)-1-(n-head)] == b[len(b)-1-(n-head)] {
		n++
	}
	return n
}
