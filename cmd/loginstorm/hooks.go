package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"loginstorm/sim/hook"
	"loginstorm/sim/plan"
	"loginstorm/sim/scenario"
)

// newHooks returns who carries out the hooks of a plan, and notes what they come to.
func newHooks(in *loaded, note func(hook.Outcome)) *hook.Runner {
	conf := hook.Config{Plan: in.plan, RunID: in.runID, UserAgent: "loginstorm/" + buildVersion(), Note: note}
	if in.path != "-" {
		conf.Directory = filepath.Dir(in.path)
	}
	return hook.New(conf)
}

// hooked notes what a hook came to, where the entry stands in the diary.
func (st *storm) hooked(at time.Duration, o hook.Outcome) {
	st.mu.Lock()
	defer st.mu.Unlock()
	st.event(at, "hook", o.Entry, o.String())
}

// webhooks lists the addresses that a plan's hooks ask.
func webhooks(p *plan.Plan) (all []string) {
	for i := range p.Entries {
		for h := p.Entries[i].Hook; h != nil; h = h.Then {
			if h.Webhook != "" {
				all = append(all, h.Webhook)
			}
		}
	}
	return all
}

// sourceSecrets reads the secrets of a scenario's hooks, headers, proxy, certificate, server
// API and app server.
func sourceSecrets(s streams, base string, f *scenario.File, opts *plan.Options) error {
	opts.Secrets = map[*scenario.Source]string{}
	for path, src := range f.Secrets() {
		read := secret
		if path == "target.tls.key" {
			read = whole
		}
		text, err := read(s, base, src)
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		opts.Secrets[src] = text
	}
	for path, h := range f.EachHook() {
		if h.Webhook == nil {
			continue
		}
		for i := range h.Webhook.Headers {
			src := h.Webhook.Headers[i].From
			if src == nil {
				continue
			}
			text, err := secret(s, base, src)
			if err != nil {
				return fmt.Errorf("%s.webhook.headers[%d]: %w", path, i, err)
			}
			opts.Secrets[src] = text
		}
	}
	return nil
}

// whole reads a secret of several lines, such as a key.
func whole(s streams, base string, src *scenario.Source) (string, error) {
	in := s.in
	switch {
	case src.Env != "":
		return secret(s, base, src)
	case src.File != "":
		f, err := os.Open(relative(base, src.File))
		if err != nil {
			return "", err
		}
		defer f.Close()
		in = f
	}
	text, err := io.ReadAll(io.LimitReader(in, maxSecret))
	return string(text), err
}
