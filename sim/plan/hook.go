package plan

import (
	"net/url"
	"time"

	"loginstorm/sim/scenario"
)

// HookTimeout is how long a hook may take when the scenario does not say.
const HookTimeout = 30 * time.Second

// Hooked is Target.Control where hooks carry out what the timeline does to the gateway.
const Hooked = "hooks"

// Hook is something done to a gateway from outside: a program is run, an address is
// asked with POST, or nothing is done but to mark the instant.
type Hook struct {
	Run     []string `json:",omitempty"` // A program and its arguments, without a shell.
	Webhook string   `json:",omitempty"`
	Headers []Header `json:",omitempty"` // Of the webhook.
	Timeout Time
	Then    *Hook `json:",omitempty"` // What takes it back when its time is over; nil = nothing.
}

// Header is a header of a webhook. Secret replaces Value where it is not empty.
type Header struct {
	Name, Value string
	Secret      Secret `json:"-"`
}

// Mark reports whether nothing is done but to mark the instant.
func (h *Hook) Mark() bool { return len(h.Run) == 0 && h.Webhook == "" }

// String says for people what is done; secrets and arguments are left out.
func (h *Hook) String() string {
	switch {
	case len(h.Run) > 0:
		return "runs " + h.Run[0]
	case h.Webhook != "":
		if u, err := url.Parse(h.Webhook); err == nil {
			return "asks " + u.Host // What follows it may be a secret.
		}
		return "asks a webhook"
	}
	return "marks the instant"
}

// hooked gives the entry the hook that carries out its verb, where the target has hooks.
func (t *turn) hooked() {
	if t.plan.Target.Control != Hooked || t.options.Virtual {
		return
	}
	if h := t.file.Target.Control.Hooks.For(t.entry.Verb); h != nil {
		t.entry.Hook = t.hook(h, "target.control.hooks."+t.entry.Verb)
	}
}

// outside is an entry that does something to the gateway by itself.
func (t *turn) outside(v *scenario.Outside, path string) {
	h := t.hook(&v.Hook, path)
	t.entry.Says = h.String()
	t.entry.Until += span(v.For, 0)
	if v.For == nil && h.Then != nil {
		t.fault(path+".then", "nothing says when it is to be taken back", "write for, too")
	}
	if t.options.Virtual {
		t.warn("%s: in simulate nothing is done to a gateway from outside; the instant is marked alone", t.entry.Name)
		return
	}
	t.entry.Hook = h
	t.add(Step{At: t.entry.At, Kind: Outside, Lasts: span(v.For, 0)})
}

// hook settles a hook and what takes it back.
func (c *compiler) hook(h *scenario.Hook, path string) *Hook {
	hook := &Hook{Run: h.Run, Timeout: span(h.Timeout, HookTimeout)}
	if len(h.Run) > 0 && h.Run[0] == "" {
		c.fault(path+".run", "the program has no name", "write the program, then its arguments: [./gateway.sh, stop]")
	}
	if w := h.Webhook; w != nil {
		hook.Webhook = w.URL
		if u, err := url.Parse(w.URL); err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil {
			c.fault(path+".webhook", "that is no address of a webhook", "write http://host:port/path, and what it asks for in a header")
		}
		for i := range w.Headers {
			header := &w.Headers[i]
			hook.Headers = append(hook.Headers, Header{header.Name, header.Value, NewSecret(c.options.Secrets[header.From])})
		}
	}
	if h.Then != nil {
		if h.Then.Then != nil {
			c.fault(path+".then.then", "what takes something back is not taken back itself", "leave it out")
		}
		hook.Then = c.hook(h.Then, path+".then")
	}
	return hook
}
